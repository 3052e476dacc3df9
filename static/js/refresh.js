// The list kept true while the page stays open. Rows keep their places, ticks, focus and open menus; what is new waits
// behind a button, and what left the list stays visible until the person acts.
"use strict";
(() => {
  const list = document.getElementById("list");
  const seconds = Number(list?.dataset.refresh);
  if (!seconds) return;
  const around = ["views", "pivots", "pins", "totals", "facets", "looked"];
  const rowsOf = (root) => new Map([...root.querySelectorAll("[data-list] tbody tr[id]")].map((row) => [row.id, row]));

  const busy = () => {
    const active = document.activeElement;
    const typing = active?.matches("input:not([type='checkbox']):not([type='radio']), textarea, select");
    const reading = !getSelection().isCollapsed;
    return document.hidden || typing || reading || document.querySelector("details[data-menu][open], dialog[open], .htmx-request");
  };

  // A row that is taken out while a button of the mouse is down loses the click: what came meanwhile waits for the release
  let pressed = false;
  let release = () => {};
  addEventListener("pointerdown", () => (pressed = true), true);
  for (const name of ["pointerup", "pointercancel", "blur"]) addEventListener(name, () => setTimeout(() => release((pressed = false))), true);
  const released = () => pressed && new Promise((done) => {
    const before = release;
    release = () => (before(), done());
  });

  const held = (element) => element.contains(document.activeElement) || element.querySelector("details[open]");

  const patch = (row, fresh) => {
    const was = row.classList.contains("is-current");
    row.className = fresh.className;
    row.classList.toggle("is-current", was);
    const cells = [...row.cells];
    [...fresh.cells].forEach((cell, place) => {
      const old = cells[place];
      if (!old || old.innerHTML === cell.innerHTML) return;
      const seen = old.querySelector("input[name='seen']");
      if (seen) {
        seen.value = cell.querySelector("input[name='seen']").value;
        old.querySelector("input[data-row]").disabled = false;
      } else if (!held(old)) old.replaceChildren(...cell.childNodes);
    });
  };

  const leave = (row) => {
    row.classList.add("is-gone");
    const box = row.querySelector("input[data-row]");
    if (box) Object.assign(box, { checked: false, disabled: true });
  };

  const sides = (root) => {
    for (const id of around) {
      const [old, fresh] = [document.getElementById(id), root.querySelector(`#${id}`)];
      if (old && fresh && old.innerHTML !== fresh.innerHTML && !held(old)) old.replaceChildren(...fresh.childNodes);
    }
    const [old, fresh] = [list.querySelector("#triage"), root.querySelector("#triage")];
    if (!old || !fresh) return;
    old.elements.counted.value = fresh.elements.counted.value;
    const [label, words] = [old.querySelector(".select-all"), fresh.querySelector(".select-all")];
    if (!label || !words) return;
    label.querySelector("span").textContent = words.textContent.trim();
    label.querySelector("input").dataset.words = words.querySelector("input").dataset.words;
  };

  const announce = (count) => {
    const place = document.getElementById("fresh");
    if (!place) return;
    const text = count ? `${count} new – show` : "";
    if (place.textContent === text) return;
    place.replaceChildren();
    if (!count) return;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: text });
    button.addEventListener("click", () => refresh(true));
    place.append(button);
  };

  // The person acted: the list becomes what the server says; the current row, or the one after it, stays current
  const rearrange = (root, now, next) => {
    const body = list.querySelector("[data-list] tbody");
    const order = [...now.values()];
    const at = order.findIndex((row) => row.classList.contains("is-current"));
    const focused = at >= 0 && (order[at].contains(document.activeElement) || document.activeElement === document.body);
    body.replaceChildren(...[...next.values()].map((fresh) => {
      const row = now.get(fresh.id);
      if (row) patch(row, fresh);
      return row || fresh;
    }));
    if (at < 0 || order[at].isConnected) return order[at];
    const follower = order.slice(at).concat(order.slice(0, at).reverse()).find((row) => row.isConnected);
    follower?.classList.add("is-current");
    if (focused) follower?.querySelector("td.primary a")?.focus({ preventScroll: true });
    follower?.dispatchEvent(new CustomEvent("jlseko:current", { bubbles: true }));
    return follower;
  };

  const apply = (root, own) => {
    const [now, next] = [rowsOf(list), rowsOf(root)];
    if (!now.size || (own && !next.size)) {
      const fresh = root.querySelector(".list-main");
      if (fresh) list.querySelector(".list-main")?.replaceWith(fresh);
      if (fresh) htmx.process(fresh);
    } else if (own) {
      rearrange(root, now, next);
    } else {
      for (const [id, row] of now) {
        if (next.has(id)) patch(row, next.get(id));
        else leave(row);
      }
    }
    announce(own || !now.size ? 0 : [...next.keys()].filter((id) => !now.has(id)).length);
    sides(root);
    if (own) htmx.process(list);
    dispatchEvent(new CustomEvent("jlseko:refreshed", { detail: { own } }));
  };

  let asking = null;
  const refresh = async (own) => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const answer = await fetch(location.href, { headers: { "HX-Request": "true" }, signal });
      if (!answer.ok || answer.redirected) return;
      const root = new DOMParser().parseFromString(await answer.text(), "text/html");
      await released();
      if (signal.aborted) return;
      if (own || !busy()) apply(root, own);
    } catch (error) {
      if (error.name !== "AbortError") dispatchEvent(new CustomEvent("jlseko:refreshed", { detail: { own } }));
    }
  };

  document.addEventListener("jlseko:refresh", (event) => refresh(Boolean(event.detail?.own)));
  setInterval(() => busy() || refresh(false), seconds * 1000);
})();
