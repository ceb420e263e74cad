// Views of one's own, by name. They stay in this browser: what somebody calls a view may be a person's name, and the gateway keeps none.
"use strict";
(() => {
  const form = document.querySelector("#name-view");
  if (!form) return;
  const KEY = "bulla-views";
  const MOST = 20;
  const list = document.querySelector("#views");

  // What is stored may be anything: another page of this origin, an older version.
  const read = () => {
    try {
      const all = JSON.parse(localStorage.getItem(KEY));
      return Array.isArray(all) ? all.filter((one) => typeof one.name === "string" && /^\?[\w.%&=-]*$/.test(one.search)) : [];
    } catch {
      return [];
    }
  };
  const write = (all) => localStorage.setItem(KEY, JSON.stringify(all));

  const made = (tag, text, more) => Object.assign(document.createElement(tag), { textContent: text }, more);
  const show = () => {
    list.querySelectorAll("[data-own]").forEach((item) => item.remove());
    for (const { name, search } of read()) {
      const item = made("li", "");
      item.dataset.own = "";
      const drop = made("button", "×", { className: "btn", type: "button" });
      drop.setAttribute("aria-label", form.dataset.drop.replace("#", name));
      drop.addEventListener("click", () => {
        write(read().filter((one) => one.name !== name));
        show();
        form.elements.name.focus();
      });
      item.append(made("a", name, { href: `/console${search}#list` }), " ", drop);
      list.append(item);
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = form.elements.name.value.trim();
    if (!name) return;
    // The view is what is filtered, not the page of it.
    const asked = new URLSearchParams(location.search);
    asked.delete("after");
    const others = read().filter((one) => one.name !== name);
    write([...others, { name, search: `?${asked}` }].slice(-MOST));
    form.reset();
    show();
  });
  form.hidden = false;
  show();
})();
