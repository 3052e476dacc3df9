// One-key shortcuts for lists: j, k, Enter, x, / and ?. Switched off by body[data-shortcuts="off"].
"use strict";
(() => {
  const rows = () => [...document.querySelectorAll(".desk-table tbody tr")].filter((row) => row.offsetParent !== null);
  const current = () => document.querySelector(".desk-table tr.is-current");

  const go = (step) => {
    const all = rows();
    if (!all.length) return false;
    const from = all.indexOf(current());
    const next = all[Math.max(0, Math.min(all.length - 1, from < 0 ? 0 : from + step))];
    current()?.classList.remove("is-current");
    next.classList.add("is-current");
    next.scrollIntoView({ block: "nearest" });
    (next.querySelector("td.primary a") || next.querySelector("a"))?.focus({ preventScroll: true });
    return true;
  };

  const open = () => {
    const row = current();
    const address = row?.dataset.href || row?.querySelector("td.primary a, a")?.href;
    if (address) location.assign(address);
    return Boolean(address);
  };

  const select = () => {
    const box = current()?.querySelector("input[data-row]");
    box?.click();
    return Boolean(box);
  };

  const search = () => {
    const field = document.querySelector("[data-filter-search]") || document.querySelector("[data-global-search]");
    field?.focus();
    field?.select();
    return Boolean(field);
  };

  const help = () => {
    const dialog = document.getElementById("keys");
    if (dialog && !dialog.open) dialog.showModal();
    return Boolean(dialog);
  };

  const keys = { j: () => go(1), k: () => go(-1), Enter: open, x: select, "/": search, "?": help };

  document.addEventListener("keydown", (event) => {
    if (document.body.dataset.shortcuts === "off" || event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return;
    const target = event.target;
    if (target.closest("input:not([type='checkbox']), textarea, select, [contenteditable], dialog[open]")) return;
    if (event.key === "Enter" && target.closest("a, button, summary, input")) return;
    if (keys[event.key]?.()) event.preventDefault();
  });
})();
