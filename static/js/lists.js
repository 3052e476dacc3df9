// Lists: a click on a row opens it, boxes select rows, a range with Shift, and the bar says in words what is selected.
"use strict";
(() => {
  const named = 3;

  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (!row || event.defaultPrevented || event.button !== 0) return;
    if (event.target.closest("a, button, input, label, select, textarea, summary, details")) return;
    if (String(getSelection())) return;
    if (event.metaKey || event.ctrlKey) window.open(row.dataset.href, "_blank", "noopener");
    else location.assign(row.dataset.href);
  });

  const inWords = (chosen) => {
    const names = chosen.map((box) => box.dataset.subject).filter(Boolean);
    if (!names.length) return `${chosen.length} selected`;
    const more = names.length > named ? ` and ${names.length - named} more` : "";
    return `${chosen.length} selected: ${names.slice(0, named).join(", ")}${more}`;
  };

  const describe = (form) => {
    const rows = [...form.querySelectorAll("input[data-row]")];
    const chosen = rows.filter((each) => each.checked);
    const whole = form.querySelector("input[data-all-matching]:checked");
    const words = form.querySelector("[data-selection-words]");
    if (words) words.textContent = whole ? whole.dataset.words : inWords(chosen);
    const all = form.querySelector("input[data-all-rows]");
    if (all) {
      all.checked = chosen.length > 0 && chosen.length === rows.length;
      all.indeterminate = chosen.length > 0 && chosen.length < rows.length;
    }
    const widen = form.querySelector("[data-widen]");
    if (widen) widen.hidden = Boolean(whole) || chosen.length < rows.length;
  };

  let last = null;
  const range = (form, box) => {
    const rows = [...form.querySelectorAll("input[data-row]")];
    const [from, to] = [rows.indexOf(last), rows.indexOf(box)].sort((a, b) => a - b);
    if (from >= 0) for (const each of rows.slice(from, to + 1)) each.checked = box.checked;
  };

  document.addEventListener("click", (event) => {
    const box = event.target.closest("input[data-row]");
    if (box && box.form) {
      if (event.shiftKey && last?.form === box.form) range(box.form, box);
      last = box;
      describe(box.form);
    }
    const widen = event.target.closest("[data-widen]");
    if (widen) {
      widen.form.querySelector("input[data-all-matching]").checked = true;
      describe(widen.form);
    }
  });

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form");
    if (!form || !event.target.matches("input[data-row], input[data-all-rows], input[data-all-matching]")) return;
    if (event.target.matches("input[data-all-rows]")) {
      for (const each of form.querySelectorAll("input[data-row]")) each.checked = event.target.checked;
    }
    describe(form);
  });

  document.addEventListener("reset", (event) => event.target.matches("form[data-selecting]") && setTimeout(describe, 0, event.target));
  for (const name of ["jlseko:refreshed", "htmx:afterSwap", "pageshow"]) {
    addEventListener(name, () => document.querySelectorAll("form[data-selecting]").forEach(describe));
  }
})();
