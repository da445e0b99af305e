"use strict";
/* A series as a table and as a picture, for use outside of this page. */
const exported = (() => {
  const SPACE = "http://www.w3.org/2000/svg";
  const MARGIN = { left: 76, right: 12, top: 34, bottom: 26 };
  const RISKY = /^[=+\-@\t\r\n]/; // a spreadsheet would take it for a formula

  function cell(value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    const text = RISKY.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  /* One line per run, in base units; `change`: relative, where the level changed at this run. */
  function csv(series, runs) {
    const head = ["benchmark", "metric", "unit", "started_at", "revision", "branch", "level", "adjusted", "lowest", "highest", "processes", "change"];
    const lines = series.x.map((place, index) => {
      const run = runs[place];
      const change = series.changes.find((one) => one.x === place);
      const when = new Date(run[0] * 1000).toISOString().replace(".000Z", "+00:00");
      return [series.name, series.metric, series.unit, when, run[1], run[2], series.level[index], series.adjusted[index],
        series.lowest[index], series.highest[index], series.n[index], change ? change.change : null];
    });
    return [head, ...lines].map((line) => `${line.map(cell).join(",")}\n`).join("");
  }

  /* Round numbers between two others, about `count` of them. */
  function marks(low, high, count) {
    const rough = (high - low) / count;
    if (!(rough > 0)) return [low];
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough * 0.999);
    const first = Math.ceil(low / step);
    return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, place) => (first + place) * step);
  }

  function draw(parent, name, attributes, text) {
    const node = document.createElementNS(SPACE, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, typeof value === "number" ? +value.toFixed(2) : value);
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  }

  /* `view`: width, height and the range shown, as [lowest, highest] of x and y; `paint`: colours; `words`: how to write a value, a day. */
  function svg(series, runs, view, paint, words) {
    const { width, height } = view;
    const [left, right] = [MARGIN.left, width - MARGIN.right];
    const [top, bottom] = [MARGIN.top, height - MARGIN.bottom];
    const [low, high] = view.y;
    const x = (place) => left + ((place - view.x[0]) / (view.x[1] - view.x[0])) * (right - left);
    const y = (value) => (high > low ? bottom - ((value - low) / (high - low)) * (bottom - top) : (top + bottom) / 2);
    const root = document.createElementNS(SPACE, "svg");
    const title = `${series.name} · ${series.metric}`;
    for (const [key, value] of Object.entries({ viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "font-family": "system-ui, sans-serif", "font-size": 11 })) root.setAttribute(key, value);
    draw(root, "title", {}, `${title}, ${series.x.length} runs, ${series.changes.length} changes`);
    draw(root, "rect", { width, height, fill: paint.panel });
    draw(root, "text", { x: left, y: 20, fill: paint.ink, "font-size": 13, "font-weight": 600 }, title);
    for (const mark of marks(low, high, 4)) {
      draw(root, "line", { x1: left, x2: right, y1: y(mark), y2: y(mark), stroke: paint.line });
      draw(root, "text", { x: left - 6, y: y(mark) + 4, fill: paint.soft, "text-anchor": "end" }, words.value(mark));
    }
    for (const mark of marks(...view.x, 6).filter((one) => runs[one])) {
      draw(root, "text", { x: x(mark), y: height - 8, fill: paint.soft, "text-anchor": "middle" }, words.day(runs[mark]));
    }
    const clip = draw(draw(root, "clipPath", { id: "in" }), "rect", { x: left, y: top, width: right - left, height: bottom - top });
    const inside = draw(root, "g", { "clip-path": `url(#${clip.parentNode.id})`, fill: "none", "stroke-linejoin": "round" });
    const points = (values) => series.x.flatMap((place, index) => (values[index] === null || values[index] === undefined ? [] : [`${x(place).toFixed(2)},${y(values[index]).toFixed(2)}`]));
    draw(inside, "polygon", { points: [...points(series.highest), ...points(series.lowest).reverse()].join(" "), fill: paint.band });
    const lines = series.adjusted.length ? [[series.level, paint.raw, 1], [series.adjusted, paint.main, 1.8]] : [[series.level, paint.main, 1.8]];
    for (const [values, stroke, wide] of lines) draw(inside, "polyline", { points: points(values).join(" "), stroke, "stroke-width": wide });
    series.changes.forEach((change, index) => {
      const at = x(change.x - 0.5);
      const stroke = change.improved ? paint.good : paint.bad;
      const from = index ? series.changes[index - 1].x - 0.5 : series.x[0];
      const to = index + 1 < series.changes.length ? series.changes[index + 1].x - 0.5 : series.x[series.x.length - 1];
      draw(inside, "line", { x1: at, x2: at, y1: top, y2: bottom, stroke, "stroke-width": 2 });
      draw(inside, "line", { x1: x(from), x2: at, y1: y(change.before), y2: y(change.before), stroke, "stroke-dasharray": "6 4" });
      draw(inside, "line", { x1: at, x2: x(to), y1: y(change.after), y2: y(change.after), stroke, "stroke-dasharray": "6 4" });
    });
    return `${new XMLSerializer().serializeToString(root)}\n`;
  }

  return { csv, svg };
})();
