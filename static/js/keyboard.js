// One-key triage for lists: j k x e a s r / ? and Enter. Switched off by body[data-shortcuts="off"]; Tab reaches it all.
"use strict";
(() => {
  const rows = () => [...document.querySelectorAll(".desk-table tbody tr")].filter((row) => row.offsetParent !== null);
  const current = () => document.querySelector(".desk-table tr.is-current");
  const peeking = () => document.querySelector("#peek:not([hidden])");
  const selecting = () => document.querySelector("form[data-selecting]:has(:is(input[data-row], input[data-all-matching]):checked)");

  const mark = (row) => {
    for (const each of document.querySelectorAll(".desk-table tr.is-current")) each.classList.remove("is-current");
    row.classList.add("is-current");
    row.scrollIntoView({ block: "nearest" });
    (row.querySelector("td.primary a") || row.querySelector("a"))?.focus({ preventScroll: true });
    row.dispatchEvent(new CustomEvent("jlseko:current", { bubbles: true }));
  };

  const go = (step) => {
    const all = rows();
    if (!all.length) return false;
    const from = all.indexOf(current());
    mark(all[Math.max(0, Math.min(all.length - 1, from < 0 ? 0 : from + step))]);
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

  const say = (text) => document.dispatchEvent(new CustomEvent("jlseko:say", { detail: text }));

  // What is selected goes before the row that is current. Without either there is nothing to act on.
  const act = (names, otherwise) => {
    const bar = selecting()?.querySelector(".selection-bar");
    const place = bar || current();
    if (!place) return false;
    const found = names.map((name) => place.querySelector(`[data-act="${name}"]`)).find(Boolean);
    if (found) found.click();
    else say(bar ? "This cannot be done with several at once." : otherwise);
    return true;
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

  const keys = {
    j: () => go(1),
    k: () => go(-1),
    x: select,
    e: () => act(["fix"], "There is nothing that you can fix here."),
    a: () => act(["take", "assign"], "It is yours already, or it belongs to a queue that you do not work."),
    s: () => act(["snooze"], "This one cannot be snoozed by you."),
    r: () => act(["resubmit"], "It cannot go back as it is. Press e to fix it first."),
    Enter: open,
    "/": search,
    "?": help,
  };
  const arrows = { ArrowDown: () => peeking() && go(1), ArrowUp: () => peeking() && go(-1) };

  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return;
    const target = event.target;
    if (target.closest("input:not([type='checkbox']), textarea, select, [contenteditable], dialog[open]")) return;
    if (event.key in arrows) {
      if (!target.closest("#peek") && arrows[event.key]()) event.preventDefault();
      return;
    }
    if (document.body.dataset.shortcuts === "off") return;
    if (event.key === "Enter" && target.closest("a, button, summary, input")) return;
    if (Object.hasOwn(keys, event.key) && keys[event.key]()) event.preventDefault();
  });

  // The row in which somebody works by mouse or Tab is the current one too
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest(".desk-list .desk-table tbody tr[id]");
    if (!row || row.classList.contains("is-current")) return;
    current()?.classList.remove("is-current");
    row.classList.add("is-current");
  });
})();
