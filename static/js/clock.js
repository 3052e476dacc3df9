// The business clock, and the words of deadlines, kept true while the page stays open. Nothing here is announced aloud.
"use strict";
(() => {
  const clock = document.querySelector("[data-clock]");
  if (!clock) return;
  const start = Date.parse(clock.dateTime);
  const opened = Date.now();
  const factor = Number(clock.dataset.factor) || 1;
  const soon = 2 * 60 * 60;
  const london = { timeZone: "Europe/London" };
  const time = new Intl.DateTimeFormat("en-GB", { ...london, hour: "2-digit", minute: "2-digit" });
  const day = new Intl.DateTimeFormat("en-GB", { ...london, weekday: "short", day: "numeric", month: "short" });

  const span = (seconds) => {
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} m`;
    const [large, small, names] = seconds >= 86400 ? [86400, 3600, "dh"] : [3600, 60, "hm"];
    const whole = Math.floor(seconds / large);
    const rest = Math.floor((seconds % large) / small);
    return rest && whole < 10 ? `${whole} ${names[0]} ${rest} ${names[1]}` : `${whole} ${names[0]}`;
  };
  const say = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };

  const tick = () => {
    const now = start + (Date.now() - opened) * factor;
    say(clock, time.format(now));
    const date = document.querySelector("[data-clock-day]");
    if (date) say(date, day.format(now).replace(",", ""));
    for (const element of document.querySelectorAll("time[data-due]")) {
      const left = (Date.parse(element.dateTime) - now) / 1000;
      const words = span(Math.floor(Math.abs(left)));
      say(element, left <= 0 ? `${words} late` : `${element.dataset.due} in ${words}`);
      const badge = element.closest(".due");
      if (!badge) continue;
      badge.classList.toggle("due-late", left <= 0);
      badge.classList.toggle("due-soon", left > 0 && left <= soon);
      badge.classList.toggle("due-ok", left > soon);
    }
    for (const element of document.querySelectorAll("time[data-ago]")) {
      const passed = Math.floor((now - Date.parse(element.dateTime)) / 1000);
      say(element, passed === 0 ? "now" : passed > 0 ? `${span(passed)} ago` : `in ${span(-passed)}`);
    }
  };
  setInterval(tick, Math.max(1000, 20000 / factor));
  document.addEventListener("visibilitychange", () => document.hidden || tick());
})();
