// A form that offers several ways on shows only the fields of the chosen one. Without JavaScript all are shown.
"use strict";
(() => {
  const refresh = () => {
    for (const box of document.querySelectorAll("[data-ways]")) {
      const chosen = document.querySelector(`input[name="${CSS.escape(box.dataset.wayField)}"]:checked`);
      const wrong = box.querySelector(".has-error");
      box.hidden = Boolean(chosen) && !wrong && !box.dataset.ways.split(" ").includes(chosen.value);
    }
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches('input[type="radio"]')) refresh();
  });
  document.addEventListener("DOMContentLoaded", refresh);
  addEventListener("pageshow", refresh);
})();
