// Copy buttons: the tick stays for a moment and a screen reader hears that it worked.
"use strict";
(() => {
  const voice = document.createElement("div");
  voice.className = "visually-hidden";
  voice.setAttribute("role", "status");
  document.body.append(voice);

  const write = async (text) => {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("copy was refused");
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    try {
      await write(button.dataset.copy);
    } catch {
      voice.textContent = "Copying was refused by the browser";
      return;
    }
    button.classList.add("is-copied");
    voice.textContent = "Copied";
    setTimeout(() => {
      button.classList.remove("is-copied");
      voice.textContent = "";
    }, 1600);
  });
})();
