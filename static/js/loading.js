// What htmx does is seen: a bar while it works, words where it fails, a way to sign in where the session is over.
"use strict";
(() => {
  const root = document.documentElement;
  let working = 0;

  const say = (words, link) => {
    const region = document.getElementById("says");
    const model = region?.querySelector("template");
    if (!model || [...region.children].some((each) => each.dataset.words === words)) return;
    const said = model.content.firstElementChild.cloneNode(true);
    said.dataset.words = words;
    said.querySelector(".notice-body").append(words);
    if (link) said.querySelector(".notice-body").append(" ", Object.assign(document.createElement("a"), { target: "_blank", rel: "noopener", ...link }));
    region.append(said);
  };

  const count = (step) => {
    working = Math.max(0, working + step);
    root.classList.toggle("is-busy", working > 0);
  };

  const reason = (status) => {
    if (status === 403) return "You may not do this, or the page is too old. Reload it and try once more.";
    if (status === 404) return "This is no longer there. Reload the page to see what is.";
    if (status === 409) return "Somebody changed this meanwhile. Reload the page to see it.";
    if (status === 503) return "The database does not answer. What you just sent was not saved; try again in half a minute.";
    if (status >= 500) return "Something broke on our side. Nothing that was saved is lost; try again in a minute.";
    return "This was not understood. Reload the page and try once more.";
  };

  const isDoor = (address) => Boolean(address) && new URL(address, location.href).pathname === root.dataset.door;

  document.addEventListener("htmx:beforeRequest", () => count(1));
  document.addEventListener("htmx:afterRequest", () => count(-1));
  document.addEventListener("htmx:responseError", (event) => say(reason(event.detail.xhr.status)));
  document.addEventListener("htmx:sendError", () => say("No answer. Check the connection to the network, then try again."));
  document.addEventListener("htmx:timeout", () => say("No answer in time. Try again in a moment."));
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isDoor(event.detail.xhr.responseURL)) return;
    event.detail.shouldSwap = false;
    say("Your session is over. Sign in again, then come back: nothing that you typed is lost.", { href: root.dataset.door, textContent: "Sign in" });
  });
  document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".say")?.remove());
})();
