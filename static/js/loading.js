// What htmx does is seen: a bar while it works, words where it fails, a way to sign in where the session is over.
// Anything may say something: document.dispatchEvent(new CustomEvent("jlseko:say", { detail: { words, tone, href, label } })).
"use strict";
(() => {
  const root = document.documentElement;
  const stays = 8000; // milliseconds that good news stays; bad news waits until it is closed
  let working = 0;

  const say = ({ words, tone = "danger", href = "", label = "" }) => {
    const region = document.getElementById("toasts");
    const model = region?.querySelector(`template[data-toast="${tone}"]`);
    if (!model || [...region.children].some((each) => each.dataset.words === words)) return;
    const toast = model.content.firstElementChild.cloneNode(true);
    toast.dataset.words = words;
    const body = toast.querySelector(".notice-body");
    body.textContent = words;
    if (href) {
      const link = Object.assign(document.createElement("a"), { href, textContent: label, target: "_blank", rel: "noopener" });
      body.append(" ", link);
    }
    region.append(toast);
    if (tone !== "danger") setTimeout(() => toast.remove(), stays);
  };

  const count = (step) => {
    working = Math.max(0, working + step);
    root.classList.toggle("is-busy", working > 0);
  };

  const failed = (status) => {
    if (status === 403) return "You may not do this, or the page is too old. Reload it and try once more.";
    if (status === 404) return "This is no longer there. Reload the page to see what is.";
    if (status === 409) return "Somebody changed this meanwhile. Reload the page to see it.";
    if (status >= 500) return "Something broke on our side. Nothing that was saved is lost; try again in a minute.";
    return "This was not understood. Reload the page and try once more.";
  };

  const isDoor = (address) => Boolean(address) && new URL(address, location.href).pathname === root.dataset.door;

  document.addEventListener("htmx:beforeRequest", () => count(1));
  document.addEventListener("htmx:afterRequest", () => count(-1));
  document.addEventListener("htmx:responseError", (event) => say({ words: failed(event.detail.xhr.status) }));
  document.addEventListener("htmx:sendError", () => say({ words: "No answer. Check the connection to the network, then try again." }));
  document.addEventListener("htmx:timeout", () => say({ words: "No answer in time. Try again in a moment." }));
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isDoor(event.detail.xhr.responseURL)) return;
    event.detail.shouldSwap = false;
    say({ words: "Your session is over. Sign in again, then come back: nothing that you typed is lost.", href: root.dataset.door, label: "Sign in" });
  });
  document.addEventListener("jlseko:say", (event) => say(event.detail));

  document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast-note").remove());
})();
