// The slider of an incident's beginning: the day that it stands at is asked of the gateway, and what the answer changes of the page is
// put in its place. Without this script there is the field for a date.
"use strict";
(() => {
  const slider = document.querySelector("#since");
  if (!slider) return;
  const DAY = 86400000;
  const PAUSE = 200;
  const [field, shown] = [document.querySelector("#h2"), document.querySelector("#since-day")];
  const day = () => new Date(Date.parse(slider.dataset.first) + slider.value * DAY).toISOString().slice(0, 10);
  const say = () => {
    shown.textContent = day();
    slider.setAttribute("aria-valuetext", day());
  };
  let [busy, again, timer] = [false, false, 0];

  // One question at a time: the gateway replays its ledger for each.
  const ask = async () => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    const url = new URL(slider.dataset.page, location.href);
    url.searchParams.set("from", day());
    try {
      const answer = await fetch(url);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = ["bound", "rest", "take"].map((id) => [document.getElementById(id), page.getElementById(id)]);
      if (!answer.ok || fresh.some(([, own]) => !own)) throw new Error("another page");
      fresh.forEach(([old, own]) => old.replaceChildren(...own.childNodes));
      history.replaceState(null, "", url);
    } catch {
      location.assign(url);
      return;
    }
    busy = false;
    if (again) {
      again = false;
      ask();
    }
  };

  slider.addEventListener("input", () => {
    say();
    field.value = day();
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  say();
  document.querySelector("#when").hidden = false;
})();
