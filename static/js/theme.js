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

  document.addEventListener("click", (event) => {
    const button = event.target.closest("form[data-preferences] button");
    if (!button) return;
    event.preventDefault();
    remember(button.name, button.value);
    if (button.name === "shortcuts") document.body.dataset.shortcuts = button.value;
    else root.dataset[button.name] = button.value;
    for (const each of button.parentElement.querySelectorAll("button")) each.setAttribute("aria-pressed", String(each === button));
    document.dispatchEvent(new CustomEvent("jlseko:look"));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("jlseko:look")));
})();
