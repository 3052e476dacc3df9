// Forms marked data-quick act without leaving the list: what is asked opens in a dialog, what was done is said below.
// Without this script they are plain forms that lead to pages.
"use strict";
(() => {
  const toasts = document.getElementById("toasts");
  const dialog = document.getElementById("ask");
  if (!toasts || !dialog) return;
  const long = 6000;

  const part = (html) => new DOMParser().parseFromString(html, "text/html").body;

  const toast = (content) => {
    const box = document.createElement("div");
    box.className = "outcome-note";
    const close = document.createElement("button");
    Object.assign(close, { type: "button", className: "toast-close", ariaLabel: "Close this message", textContent: "×" });
    close.addEventListener("click", () => box.remove());
    box.append(...(typeof content === "string" ? [content] : content.childNodes), close);
    const shown = toasts.querySelectorAll(".outcome-note");
    if (shown.length > 2) shown[0].remove();
    toasts.append(box);
    if (!box.querySelector("[data-stays]")) setTimeout(() => box.remove(), long);
  };

  const ask = (html) => {
    dialog.querySelector("[data-ask]").replaceChildren(...part(html).childNodes);
    if (!dialog.open) dialog.showModal();
    dialog.querySelector("[autofocus], .ask-choice, input:not([type='hidden']), textarea, button")?.focus();
  };

  // Whoever acts twice in a row has seen their own first change, also before the list is read again
  const remember = (body) => {
    for (const each of body.querySelector("[data-seen]")?.dataset.seen.split(" ") || []) {
      const key = `${each.split(":")[0]}:`;
      for (const field of document.querySelectorAll("input[name='seen']")) if (field.value.startsWith(key)) field.value = each;
    }
  };

  const told = (html) => {
    const body = part(html);
    remember(body);
    if (dialog.open) dialog.close();
    const done = body.querySelector(".tone-success");
    if (done) for (const form of document.querySelectorAll("form[data-selecting]")) form.reset();
    toast(body);
    document.dispatchEvent(new CustomEvent("jlseko:refresh", { detail: { own: true } }));
  };

  const send = async (form, button) => {
    const to = button?.hasAttribute("formaction") ? button.formAction : form.action;
    const answer = await fetch(to, { method: "POST", body: new FormData(form, button), headers: { "HX-Request": "true" } });
    if (answer.redirected) return location.assign(answer.url);
    const kind = answer.headers.get("Desk-Answer");
    if (!kind) throw new Error(`answer ${answer.status}`);
    const html = await answer.text();
    return kind === "ask" ? ask(html) : told(html);
  };

  document.addEventListener("submit", async (event) => {
    const saved = event.target.querySelector("[data-saved-query]");
    if (saved) saved.value = location.search.slice(1);
    const form = event.target.closest("form[data-quick]");
    if (!form || event.defaultPrevented || event.submitter?.hasAttribute("data-leaves")) return;
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "yes";
    const menu = event.submitter?.closest("details[data-menu][open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus({ preventScroll: true });
    }
    try {
      await send(form, event.submitter);
    } catch {
      toast("The desk could not be reached. Whether anything changed is not known: look at the row, then try again.");
    } finally {
      delete form.dataset.busy;
    }
  });

  // A menu of a row near the lower edge opens upwards
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!menu.matches("details.row-menu")) return;
    menu.classList.remove("opens-up");
    const panel = menu.open && menu.querySelector(".menu-panel").getBoundingClientRect();
    if (panel) menu.classList.toggle("opens-up", panel.bottom > innerHeight && menu.getBoundingClientRect().top > panel.height);
  }, true);

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-ask-close]")) return;
    event.preventDefault();
    dialog.close();
  });
  document.addEventListener("jlseko:say", (event) => toast(event.detail));
})();
