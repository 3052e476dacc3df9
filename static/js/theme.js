// Runs before the first paint: says that scripts run, and takes the choices of the user menu without a reload.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const year = 365 * 24 * 60 * 60;

  const remember = (name, value) => {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${name}=${value}; path=/; max-age=${year}; SameSite=Lax${secure}`;
  };

  const press = (button) => {
    for (const each of button.parentElement.querySelectorAll("button")) each.setAttribute("aria-pressed", String(each === button));
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("form[data-preferences] button");
    if (!button) return;
    event.preventDefault();
    remember(button.name, button.value);
    root.dataset[button.name] = button.value;
    press(button);
    document.dispatchEvent(new CustomEvent("jlseko:look"));
  });

  // A wish is kept with the person: it is pressed once the server has it, and sent as a plain form where that fails
  document.addEventListener("submit", async (event) => {
    const form = event.target, button = event.submitter;
    if (!form.matches("form[data-wish]") || !button) return;
    event.preventDefault();
    const kept = await fetch(form.action, { method: "POST", body: new FormData(form, button) }).then((answer) => answer.ok, () => false);
    if (!kept) return form.submit();
    document.body.dataset[button.name] = button.value;
    press(button);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("jlseko:look")));
})();
