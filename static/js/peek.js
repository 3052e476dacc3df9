// The panel beside the list: it follows the current row while it is open, lies over the list so that nothing moves, and
// stands in the address.
"use strict";
(() => {
  const panel = document.getElementById("peek");
  if (!panel) return;
  let asking = null;
  let waiting = 0;

  const shown = () => panel.querySelector("[data-peeked]")?.dataset.peeked;
  const keyOf = (row) => row?.id.startsWith("row-") && row.id.slice(4);
  const remember = (key) => {
    const address = new URL(location.href);
    if (key) address.searchParams.set("peek", key);
    else address.searchParams.delete("peek");
    history.replaceState(history.state, "", address);
  };

  const show = async (key) => {
    asking?.abort();
    asking = new AbortController();
    try {
      const where = new URL(`${key}/peek/`, location.origin + location.pathname);
      const answer = await fetch(where, { headers: { "HX-Request": "true" }, signal: asking.signal });
      if (!answer.ok || answer.redirected) return;
      const body = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      panel.replaceChildren(...body.childNodes);
      panel.hidden = false;
      panel.scrollTop = 0;
      remember(key);
    } catch (error) {
      if (error.name !== "AbortError") document.dispatchEvent(new CustomEvent("jlseko:say", { detail: "The panel could not be loaded. Try again in a moment." }));
    }
  };

  const close = () => {
    asking?.abort();
    const inside = panel.contains(document.activeElement);
    panel.hidden = true;
    panel.replaceChildren();
    remember("");
    if (inside) document.querySelector(".desk-table tr.is-current td.primary a")?.focus({ preventScroll: true });
  };

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("a[data-peek]");
    if (opener && !event.metaKey && !event.ctrlKey) {
      event.preventDefault();
      const key = opener.dataset.peek;
      if (!panel.hidden && shown() === key) close();
      else show(key);
    } else if (event.target.closest("[data-peek-close]")) {
      event.preventDefault();
      close();
    }
  });

  document.addEventListener("jlseko:current", (event) => {
    const key = keyOf(event.target);
    if (panel.hidden || !key || key === shown()) return;
    clearTimeout(waiting);
    waiting = setTimeout(show, 60, key);
  });
  addEventListener("jlseko:refreshed", (event) => !panel.hidden && event.detail.own && shown() && show(shown()));

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.target.closest("input:not([type='checkbox']), textarea, select, dialog[open], details[data-menu][open]")) return;
    if (event.key === "ArrowRight" && panel.hidden) {
      const key = keyOf(document.querySelector(".desk-table tr.is-current"));
      if (key) {
        event.preventDefault();
        show(key);
      }
    } else if (!panel.hidden && (event.key === "ArrowLeft" || event.key === "Escape")) {
      event.preventDefault();
      close();
    } else if (event.key === "Escape") {
      document.querySelector("form[data-selecting]")?.reset();
    }
  });
})();
