// Draws every figure[data-chart] from its JSON with Chart.js, which is fetched only where a page has a chart.
"use strict";
(() => {
  const bundle = document.currentScript.dataset.bundle;
  const drawn = new Map();

  const colour = (token) => {
    const probe = document.createElement("span");
    probe.className = "visually-hidden";
    probe.style.color = `var(--${token})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };

  const options = (data) => {
    const ink = colour("ink-3");
    const font = { family: getComputedStyle(document.body).fontFamily, size: 12 };
    const axis = (extra) => ({ stacked: data.stacked, border: { display: false }, ticks: { color: ink, font }, ...extra });
    return {
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 250 },
      maintainAspectRatio: false,
      responsive: true,
      interaction: { mode: "index", intersect: false },
      plugins: { legend: { display: data.series.length > 1, position: "bottom", labels: { color: colour("ink-2"), font, boxWidth: 10, boxHeight: 10, usePointStyle: true } } },
      scales: {
        x: axis({ grid: { display: false } }),
        y: axis({ beginAtZero: true, grid: { color: colour("line-soft") }, title: { display: Boolean(data.unit), text: data.unit, color: ink, font } }),
      },
    };
  };

  const draw = (figure) => {
    const data = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
    const canvas = figure.querySelector("canvas");
    drawn.get(canvas)?.destroy();
    const datasets = data.series.map((series) => {
      const tint = colour(`chart-${series.tone}`);
      return { label: series.label, data: series.values, backgroundColor: tint, borderColor: tint, borderWidth: data.kind === "line" ? 2 : 0, borderRadius: 3, maxBarThickness: 28, pointRadius: 0, stepped: data.stepped, tension: data.stepped ? 0 : 0.25 };
    });
    drawn.set(canvas, new window.Chart(canvas, { type: data.kind, data: { labels: data.labels, datasets }, options: options(data) }));
  };

  const drawAll = () => {
    const figures = document.querySelectorAll("figure[data-chart]");
    if (!figures.length) return;
    if (window.Chart) {
      figures.forEach(draw);
      return;
    }
    const script = document.createElement("script");
    script.src = bundle;
    script.addEventListener("load", () => figures.forEach(draw));
    document.head.append(script);
  };

  drawAll();
  document.addEventListener("jlseko:look", drawAll);
  document.addEventListener("htmx:afterSettle", drawAll);
})();
