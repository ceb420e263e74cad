// The desk as it is now, every few seconds: what changed of it is put in its place. Nobody is disturbed by it: what has the focus, what is
// picked and what somebody has scrolled to stays as it is, and a screen reader is told how many are new, not all of them. It says of
// itself that nobody asked, so that the gateway logs out who is not there.
"use strict";
(() => {
  const note = document.querySelector("#live");
  if (!note) return;
  const PERIOD = 15000;
  const [show, list] = [document.querySelector("#fresh"), document.querySelector("#rows")];
  const ids = (root) => [...root.querySelectorAll("tbody th a")].map((link) => link.pathname);
  const say = (text) => note.textContent === text || (note.textContent = text);
  let then = new Date();

  const isLeftAlone = () =>
    list.contains(document.activeElement) || list.querySelector("input:checked") || list.getBoundingClientRect().top < 0;

  // What is the same stays, with what is unfolded in it.
  const put = (old, own) => old.innerHTML === own.innerHTML || old.replaceChildren(...own.childNodes);

  const take = (page) => {
    const own = page.querySelector("#rows");
    const parts = ["#figures", "#pulse"].map((id) => [document.querySelector(id), page.querySelector(id)]);
    if (!own || parts.some(([old, part]) => !old || !part)) throw new Error("another page");
    parts.filter(([old]) => !old.contains(document.activeElement)).forEach(([old, part]) => put(old, part));
    const known = new Set(ids(list));
    const news = ids(own).filter((id) => !known.has(id));
    const waits = isLeftAlone();
    show.hidden = !waits || news.length === 0;
    if (!waits) {
      put(list, own);
      list.querySelectorAll("tbody tr").forEach((row) => row.classList.toggle("fresh", ids(row).some((id) => news.includes(id))));
    }
    const words = news.length === 1 ? note.dataset.one : note.dataset.other;
    if (news.length) say(words.replace("#", news.length));
  };

  const ask = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { "bulla-live": "1" } });
      // Whoever was not there is logged out by now: the page goes, too.
      if (answer.redirected) return location.reload();
      if (!answer.ok) throw new Error("no answer");
      take(new DOMParser().parseFromString(await answer.text(), "text/html"));
      then = new Date();
    } catch {
      say(note.dataset.late.replace("#", then.toLocaleTimeString(document.documentElement.lang)));
    }
  };

  // One question at a time, however long it takes.
  const go = async () => {
    await ask();
    setTimeout(go, PERIOD);
  };
  setTimeout(go, PERIOD);
})();
