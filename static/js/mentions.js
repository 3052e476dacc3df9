// While a name is typed behind @ in a note, the people who may be named are offered. Without this, the name can be typed.
"use strict";
(() => {
  const LIST = "people-list";
  const MOST = 8;
  let people = null;
  let active = -1;

  const load = async (url) => {
    if (people) return people;
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      people = answer.ok ? (await answer.json()).people : [];
    } catch {
      return [];
    }
    return people;
  };

  const typed = (area) => area.value.slice(0, area.selectionStart).match(/(?:^|[^\w.@+-])@([\w.+-]*)$/)?.[1];

  const list = () => document.getElementById(LIST);

  const close = (area) => {
    list()?.remove();
    area.removeAttribute("aria-activedescendant");
    area.removeAttribute("aria-controls");
    active = -1;
  };

  const point = (area, index) => {
    const rows = [...(list()?.children ?? [])];
    if (!rows.length) return;
    active = (index + rows.length) % rows.length;
    rows.forEach((row, place) => row.setAttribute("aria-selected", String(place === active)));
    rows[active].scrollIntoView({ block: "nearest" });
    area.setAttribute("aria-activedescendant", rows[active].id);
  };

  const choose = (area, row) => {
    const before = area.value.slice(0, area.selectionStart).replace(/@[\w.+-]*$/, `@${row.dataset.username} `);
    const after = area.value.slice(area.selectionStart);
    area.value = before + after;
    area.setSelectionRange(before.length, before.length);
    area.dispatchEvent(new Event("input", { bubbles: true }));
    close(area);
    area.focus();
  };

  const draw = (area, found) => {
    close(area);
    if (!found.length) return;
    const box = document.createElement("ul");
    box.id = LIST;
    box.className = "people-list";
    box.setAttribute("role", "listbox");
    box.setAttribute("aria-label", "People");
    found.forEach((each, place) => {
      const row = document.createElement("li");
      row.id = `${LIST}-${place}`;
      row.setAttribute("role", "option");
      row.dataset.username = each.username;
      const role = document.createElement("span");
      role.textContent = [`@${each.username}`, each.role].filter(Boolean).join(" · ");
      row.append(each.name, role);
      row.addEventListener("mousedown", (event) => {
        event.preventDefault();
        choose(area, row);
      });
      box.append(row);
    });
    area.after(box);
    box.style.top = `${area.offsetTop + area.offsetHeight + 4}px`;
    area.setAttribute("aria-controls", LIST);
    point(area, 0);
  };

  document.addEventListener("input", async (event) => {
    const area = event.target;
    if (!area.matches?.("[data-mentions]")) return;
    const wanted = typed(area);
    if (wanted === undefined) return close(area);
    const known = await load(area.closest("[data-people-url]").dataset.peopleUrl);
    if (typed(area) !== wanted) return;
    const start = wanted.toLowerCase();
    const fits = (each) => [each.username, ...each.name.split(" ")].some((word) => word.toLowerCase().startsWith(start));
    draw(area, known.filter(fits).slice(0, MOST));
  });

  document.addEventListener("keydown", (event) => {
    const area = event.target;
    if (!area.matches?.("[data-mentions]") || !list()) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) point(area, active + steps[event.key]);
    else if (event.key === "Enter") choose(area, list().children[active]);
    else if (event.key === "Escape") close(area);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  document.addEventListener("focusout", (event) => {
    if (event.target.matches?.("[data-mentions]")) close(event.target);
  });
})();
