// Counters below fields with a longest length, and a guard against sending a form twice.
"use strict";
(() => {
  document.addEventListener("input", (event) => {
    const field = event.target;
    const most = Number(field.dataset?.counted);
    if (!most) return;
    const counter = document.querySelector(`[data-counter-for="${CSS.escape(field.id)}"]`);
    if (!counter) return;
    const length = [...field.value].length;
    counter.textContent = `${length} of ${most}`;
    counter.classList.toggle("is-over", length > most);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.matches("[hx-post], [data-quick]") || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    event.submitter?.classList.add("is-sending");
  });
  // The page may come back from the browser's memory
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll(".is-sending")) button.classList.remove("is-sending");
  });
})();
