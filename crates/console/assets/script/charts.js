// Draws charts and keeps them up to date while somebody looks. Each figure says where its series is and which lines
// it has: `key:tone:label|..`; a key that ends in `/s` is divided by the length of a step.
"use strict";
(function () {
  const charts = [];
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // Custom properties with light-dark() are not resolved by themselves: an element's colour is.
  function colour(name) {
    const probe = document.createElement("span");
    probe.className = "probe-" + name;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

  const compact = new Intl.NumberFormat(document.documentElement.lang, { notation: "compact", maximumFractionDigits: 1 });
  const plain = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2 });
  const short = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  const units = {
    rate: (value) => compact.format(value),
    count: (value) => compact.format(value),
    ms: (value) => plain.format(value) + " ms",
    bytes: (value) => compact.format(value) + "B",
  };

  function read(series, key) {
    const [path, isRate] = key.endsWith("/s") ? [key.slice(0, -2), true] : [key, false];
    const values = path.split(".").reduce((found, part) => found[part], series);
    return isRate ? values.map((value) => value / series.step_s) : values;
  }

  function data(chart, series) {
    const from = Date.parse(series.from) / 1000;
    const times = series.requests.map((_, step) => from + step * series.step_s);
    // What never happened is no line along the bottom.
    const line = (values) => (values.some((value) => value > 0) ? values : values.map(() => null));
    const [first, ...others] = chart.lines.map((one) => read(series, one.key));
    return [times, first, ...others.map(line)];
  }

  function axis(size) {
    const grid = { stroke: colour("line"), width: 1 };
    return { stroke: colour("muted"), grid, ticks: { show: false }, font: `11px ${style("--font")}`, size };
  }

  function draw(chart, values) {
    const unit = units[chart.unit];
    const lines = chart.lines.map((line, index) => ({
      label: line.label,
      stroke: colour(line.tone),
      width: 1.75,
      fill: index === 0 ? colour("area") : undefined,
      points: { show: false },
      value: (_, value) => (value == null ? "–" : unit(value)),
    }));
    const day = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
    const options = {
      width: chart.plot.clientWidth,
      height: 204,
      padding: [8, 8, 0, 0],
      cursor: { points: { size: 7 }, drag: { x: false, y: false }, sync: { key: "elbow" } },
      legend: { live: true },
      scales: { y: { range: (_, least, most) => [0, most > 0 ? most * 1.1 : 1] } },
      axes: [{ ...axis(28), space: 64, values: (_, splits) => splits.map((at) => (splits[1] - splits[0] < 60 ? day : short).format(at * 1000)) }, { ...axis(56), values: (_, splits) => splits.map(unit) }],
      series: [{ label: chart.timeLabel, value: (_, at) => (at == null ? "–" : day.format(at * 1000)) }, ...lines],
    };
    chart.plot.replaceChildren();
    chart.uplot = new uPlot(options, values, chart.plot);
  }

  async function refresh() {
    if (document.hidden) return;
    const sources = new Map();
    for (const chart of charts) sources.set(chart.source, [...(sources.get(chart.source) || []), chart]);
    for (const [source, group] of sources) {
      const response = await fetch(source).catch(() => null);
      if (!response || !response.ok || response.redirected) continue;
      const { series } = await response.json();
      for (const chart of group) {
        const values = data(chart, series);
        if (chart.uplot) chart.uplot.setData(values);
        else draw(chart, values);
      }
    }
  }

  function redraw() {
    for (const chart of charts) {
      if (!chart.uplot) continue;
      const values = chart.uplot.data;
      chart.uplot.destroy();
      draw(chart, values);
    }
  }

  window.elbow.prepared.push((root) => {
    for (const figure of root.querySelectorAll("figure[data-chart]")) {
      if (charts.some((chart) => chart.figure === figure)) continue;
      const lines = figure.dataset.lines.split("|").map((text) => {
        const [key, tone, ...label] = text.split(":");
        return { key, tone, label: label.join(":") };
      });
      const timeLabel = figure.querySelector("th")?.textContent || "";
      charts.push({ figure, plot: figure.querySelector(".plot"), source: figure.dataset.chart, unit: figure.dataset.unit, lines, timeLabel });
    }
    if (root !== document || !charts.length) return;
    refresh();
    const step = Number(new URL(charts[0].source, location.href).searchParams.get("range_s")) <= 300 ? 1000 : 5000;
    setInterval(refresh, step);
    let width = 0;
    new ResizeObserver(([entry]) => {
      if (Math.abs(entry.contentRect.width - width) < 2) return;
      width = entry.contentRect.width;
      for (const chart of charts) chart.uplot?.setSize({ width: chart.plot.clientWidth, height: 204 });
    }).observe(charts[0].plot);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  });
})();
