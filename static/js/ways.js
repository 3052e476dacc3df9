// A form that offers several ways on shows only the fields of the chosen one. Without JavaScript all are shown.
"use strict";
(() => {
  const refresh = () => {
    for (const box of document.querySelectorAll("[data-ways]")) {
      const name = CSS.escape(box.dataset.wayField);
      const chosen = document.querySelector(`input[name="${name}"]:checked, select[name="${name}"]`);
      const wrong = box.querySelector(".has-error");
      box.hidden = Boolean(chosen) && !wrong && !box.dataset.ways.split(" ").includes(chosen.value);
    }
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches('input[type="radio"], select')) refresh();
  });
  document.addEventListener("DOMContentLoaded", refresh);
  addEventListener("pageshow", refresh);
})();
