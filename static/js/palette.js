// The command palette: Ctrl+K or Cmd+K from anywhere, even in a field. The server says what there is; a later answer
// never gives way to an earlier one. Without it the search box leads to a page with the same.
"use strict";
(() => {
  const palette = document.getElementById("palette");
  if (!palette) return;
  const field = palette.querySelector("[role='combobox']");
  const list = palette.querySelector("[role='listbox']");
  const status = palette.querySelector("[role='status']");
  const form = palette.querySelector("form");
  const pause = 120; // milliseconds after the last key
  const kept = `recent:${palette.dataset.person}`;
  const worth = /^\/(orders\/[^/]+\/.+|exceptions\/\d+|exceptions\/causes\/\d+|stock\/(?!files|rules|unlisted)[^/]+\/.+)\/$/;
  let timer = 0;
  let asked = null; // the request under way
  let shown = null; // the text that the options belong to

  const recent = () => {
    try {
      const found = JSON.parse(sessionStorage.getItem(kept) || "[]");
      return Array.isArray(found) ? found : [];
    } catch {
      return [];
    }
  };

  const remember = () => {
    if (!worth.test(location.pathname)) return;
    const title = document.title.replace(/ · jlseko$/, "");
    const others = recent().filter((each) => each.href !== location.pathname);
    try {
      sessionStorage.setItem(kept, JSON.stringify([{ href: location.pathname, title }, ...others].slice(0, 6)));
    } catch {
      // Without storage nothing is remembered
    }
  };

  const options = () => [...list.querySelectorAll("[role='option']")];
  const current = () => list.querySelector("[aria-selected='true']");

  const choose = (option) => {
    current()?.setAttribute("aria-selected", "false");
    if (!option) {
      field.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", option.id);
  };

  const step = (by) => {
    const all = options();
    if (all.length) choose(all[(all.indexOf(current()) + by + all.length) % all.length]);
  };

  const opened = () => {
    const group = document.createElement("div");
    const label = document.createElement("div");
    group.setAttribute("role", "group");
    group.setAttribute("aria-labelledby", "palette-recent");
    label.id = "palette-recent";
    label.className = "palette-group";
    label.setAttribute("role", "presentation");
    label.textContent = "Opened lately";
    group.append(label);
    for (const each of recent().filter((one) => one.href !== location.pathname).slice(0, 5)) {
      const option = document.createElement("div");
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.href = each.href;
      option.textContent = each.title;
      group.append(option);
    }
    return group.childElementCount > 1 ? group : null;
  };

  const show = (text, html) => {
    list.innerHTML = html;
    const before = text ? null : opened();
    if (before) list.firstElementChild?.prepend(before);
    const all = options();
    all.forEach((option, index) => { option.id = `palette-option-${index}`; });
    list.hidden = !all.length;
    list.scrollTop = 0;
    field.setAttribute("aria-expanded", String(all.length > 0));
    shown = text;
    choose(all[0]);
    status.textContent = all.length ? `${all.length} to choose from` : `Nothing matches “${text}”. Enter shows what can be searched.`;
    status.classList.toggle("visually-hidden", all.length > 0);
    palette.dataset.shown = text;
  };

  const fail = () => {
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    choose(null);
    status.classList.remove("visually-hidden");
    status.textContent = "The search does not answer. Press Enter to try it as a page.";
  };

  const ask = async () => {
    const text = field.value.trim();
    asked?.abort();
    asked = new AbortController();
    const mine = asked;
    palette.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`${palette.dataset.source}?q=${encodeURIComponent(text)}`, { signal: mine.signal, headers: { "HX-Request": "true" } });
      if (answer.redirected) return location.reload(); // signed out meanwhile: the page asks to sign in
      const html = answer.ok ? await answer.text() : null;
      if (mine !== asked) return undefined;
      if (html === null) fail();
      else show(text, html);
    } catch (problem) {
      if (problem.name !== "AbortError" && mine === asked) fail();
    }
    if (mine === asked) palette.removeAttribute("aria-busy");
    return undefined;
  };

  const open = () => {
    if (palette.open) return palette.close();
    for (const other of document.querySelectorAll("dialog[open]")) other.close();
    field.value = "";
    shown = null;
    delete palette.dataset.shown;
    palette.showModal();
    field.focus();
    return ask();
  };

  const follow = (href, elsewhere) => {
    if (elsewhere) window.open(href, "_blank", "noopener");
    else location.assign(href);
  };

  const take = (option, elsewhere) => {
    const { href, post, choice, dialog } = option.dataset;
    if (!elsewhere) palette.close();
    if (href?.startsWith("/")) follow(href, elsewhere);
    else if (post) {
      form.action = post;
      form.submit();
    } else if (choice) {
      const [name, value] = choice.split("=");
      document.querySelector(`.menu-choice button[name="${name}"][value="${value}"]`)?.click();
    } else if (dialog) document.getElementById(dialog)?.showModal();
  };

  const enter = (elsewhere) => {
    const text = field.value.trim();
    const option = current();
    // What was typed after the options came is searched as a page: nothing is opened that was not meant
    if (option && text === shown) take(option, elsewhere);
    else if (text) follow(`${palette.dataset.search}?q=${encodeURIComponent(text)}`, elsewhere);
  };

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, pause);
  });

  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const keys = { ArrowDown: () => step(1), ArrowUp: () => step(-1), Enter: () => enter(event.ctrlKey || event.metaKey) };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  list.addEventListener("mousemove", (event) => {
    const option = event.target.closest("[role='option']");
    if (option && option !== current()) choose(option);
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role='option']");
    if (option) take(option, event.ctrlKey || event.metaKey);
  });
  palette.querySelector(".palette-close").addEventListener("click", () => palette.close());
  palette.addEventListener("close", () => {
    clearTimeout(timer);
    asked?.abort();
  });

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    open();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette]")) open();
  });
  remember();
})();
