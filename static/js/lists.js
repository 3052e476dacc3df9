// Lists: a click on a row opens it, the header box selects the page, the bar counts the selection.
"use strict";
(() => {
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (!row || event.defaultPrevented || event.button !== 0) return;
    if (event.target.closest("a, button, input, label, select, textarea, summary")) return;
    if (String(getSelection())) return;
    if (event.metaKey || event.ctrlKey) window.open(row.dataset.href, "_blank", "noopener");
    else location.assign(row.dataset.href);
  });

  const describe = (form) => {
    const rows = [...form.querySelectorAll("input[data-row]")];
    const chosen = rows.filter((each) => each.checked).length;
    const words = form.querySelector("[data-selection-words]");
    if (words) words.textContent = `${chosen} selected`;
    const all = form.querySelector("input[data-all-rows]");
    if (all) {
      all.checked = chosen > 0 && chosen === rows.length;
      all.indeterminate = chosen > 0 && chosen < rows.length;
    }
  };

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form");
    if (!form || !event.target.matches("input[data-row], input[data-all-rows]")) return;
    if (event.target.matches("input[data-all-rows]")) {
      for (const each of form.querySelectorAll("input[data-row]")) each.checked = event.target.checked;
    }
    describe(form);
  });
})();
