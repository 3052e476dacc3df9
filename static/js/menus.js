// Menus close on a click elsewhere and on Escape; dialogs open in browsers without command buttons too.
"use strict";
(() => {
  const native = "commandForElement" in HTMLButtonElement.prototype;

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.opens);
      if (dialog && !(native && opener.hasAttribute("command"))) {
        event.preventDefault();
        const menu = opener.closest("details[data-menu]");
        if (menu) menu.open = false;
        if (!dialog.open) dialog.showModal();
      }
      return;
    }
    const closer = event.target.closest("[data-closes]");
    if (closer && !native) document.getElementById(closer.dataset.closes)?.close();
    if (event.target instanceof HTMLDialogElement && event.target.open && !("closedBy" in HTMLDialogElement.prototype)) event.target.close();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A dialog whose body htmx has just filled opens itself
  document.addEventListener("htmx:afterSwap", (event) => {
    const dialog = event.detail.target.closest("dialog");
    if (dialog && !dialog.open) dialog.showModal();
  });
})();
