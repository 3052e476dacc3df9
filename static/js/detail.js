// Single keys on the page of one exception: e fixes, a takes or assigns, s snoozes, r sends back. Every one of them is a
// link or a button that Tab reaches; body[data-shortcuts="off"] switches the keys off.
"use strict";
(() => {
  const field = ":is(input:not([type='hidden']), select, textarea, button)";

  const first = (place) => {
    const found = place?.querySelector(field);
    found?.focus();
    found?.scrollIntoView({ block: "center" });
    return Boolean(found);
  };

  const unfold = (id) => {
    const fold = document.getElementById(id);
    if (!fold) return false;
    const link = fold.querySelector(".fold-link");
    if (link) link.click();
    else fold.open = true;
    return first(fold) || Boolean(link);
  };

  const press = (name) => {
    const found = document.querySelector(`.page-head [data-act="${name}"], #fix-form [data-act="${name}"]`);
    found?.click();
    return Boolean(found);
  };

  const keys = {
    e: () => first(document.querySelector("#fix-form .fix-part") || document.getElementById("fix-form")),
    a: () => press("take") || unfold("do-assign"),
    s: () => unfold("do-snooze"),
    r: () => press("resubmit"),
  };

  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return;
    if (document.body.dataset.shortcuts === "off") return;
    if (event.target.closest("input:not([type='checkbox']), textarea, select, [contenteditable], dialog[open]")) return;
    if (Object.hasOwn(keys, event.key) && keys[event.key]()) event.preventDefault();
  });

  // A payload starts where something is marked in it
  const show = (place) => {
    for (const line of place.querySelectorAll(".payload li.is-marked:not(.is-marked ~ .is-marked)")) {
      const box = line.closest(".payload");
      const below = line.getBoundingClientRect().top - box.getBoundingClientRect().top;
      box.scrollTop += below - box.clientHeight / 3;
    }
  };
  show(document);
  document.addEventListener("toggle", (event) => event.target.open && show(event.target), true);

  // What was unfolded by htmx is what somebody wanted to fill in
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.elt?.id === "do-assign" || event.target.id === "do-assign") first(document.getElementById("do-assign"));
  });
})();
