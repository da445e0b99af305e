"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const el = (id) => document.getElementById(id);
  const SCALES = {
    s: [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]],
    B: [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"], [1, "B"]],
    "": [[1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""]],
  };
  let environment = data.environments[0];
  let shown = null; // the series of the large plot
  let large = null;
  const small = new Map();

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function quantity(value, unit) {
    if (value === null || value === undefined) return "–";
    const [base, per] = unit.split("/");
    const scales = SCALES[base] || SCALES[""];
    const [scale, name] = scales.find(([least]) => Math.abs(value) >= least * 0.9995) || scales[scales.length - 1];
    const extra = base in SCALES || base === "1" ? "" : base;
    const number = value / scale;
    const digits = Math.abs(number) >= 100 ? 0 : Math.abs(number) >= 10 ? 1 : 2;
    return `${number.toFixed(digits)} ${name}${extra}${per ? "/" + per : ""}`.trim();
  }

  /* A name that breaks where a reader would: after a folder, a module, a class. */
  function named(where, name) {
    const parts = name.split(/(?<=\/|::)(?=.)/);
    where.replaceChildren(...parts.flatMap((part, place) => (place ? [document.createElement("wbr"), part] : [part])));
  }

  const percent = (share) => `${share >= 0 ? "+" : "−"}${Math.abs(share * 100).toFixed(1)} %`;
  const day = (run) => new Date(run[0] * 1000).toISOString().slice(0, 10);
  const minute = (run) => new Date(run[0] * 1000).toISOString().slice(0, 16).replace("T", " ");
  const main = (series) => (series.adjusted.length ? series.adjusted : series.level);
  const newest = (series) => (series.changes.length ? series.changes[series.changes.length - 1] : null);

  /* Levels between the changes, in the plot's own places. */
  function drawChanges(plot, series, wide) {
    const { ctx } = plot;
    const { left, top, width, height } = plot.bbox;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    ctx.lineWidth = (wide ? 2 : 1.5) * devicePixelRatio;
    const x = (value) => plot.valToPos(value, "x", true);
    series.changes.forEach((change, index) => {
      ctx.strokeStyle = colour(change.improved ? "--good" : "--bad");
      ctx.beginPath();
      ctx.setLineDash([]);
      ctx.moveTo(x(change.x - 0.5), top);
      ctx.lineTo(x(change.x - 0.5), top + height);
      ctx.stroke();
      if (!wide) return;
      ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
      const before = index ? series.changes[index - 1].x - 0.5 : series.x[0];
      const after = index + 1 < series.changes.length ? series.changes[index + 1].x - 0.5 : series.x[series.x.length - 1];
      for (const [from, to, level] of [[before, change.x - 0.5, change.before], [change.x - 0.5, after, change.after]]) {
        const y = plot.valToPos(level, "y", true);
        ctx.beginPath();
        ctx.moveTo(x(from), y);
        ctx.lineTo(x(to), y);
        ctx.stroke();
      }
    });
    ctx.restore();
  }

  function smallPlot(series, where) {
    const values = main(series);
    return new uPlot({
      width: where.clientWidth || 240,
      height: 64,
      cursor: { show: false },
      legend: { show: false },
      padding: [4, 2, 4, 2],
      scales: { x: { time: false } },
      axes: [{ show: false }, { show: false }],
      series: [{}, { stroke: colour("--main"), width: 1.2, spanGaps: true, points: { show: values.length < 3 } }],
      hooks: { draw: [(plot) => drawChanges(plot, series, false)] },
    }, [series.x, values], where);
  }

  function say(index) {
    const series = shown;
    const run = environment.runs[series.x[index]];
    const lines = [`${minute(run)}  ${run[1] || "no commit"}${run[2] ? " on " + run[2] : ""}`];
    if (run[3]) lines.push(run[3]);
    if (series.adjusted.length) lines.push(`adjusted ${quantity(series.adjusted[index], series.unit)}`);
    const range = `${quantity(series.lowest[index], series.unit)} to ${quantity(series.highest[index], series.unit)}`;
    lines.push(`measured ${quantity(series.level[index], series.unit)}, ${series.n[index]} processes ${range}`);
    const change = series.changes.find((one) => one.x === series.x[index]);
    if (change) lines.push(words(change));
    return lines.join("\n");
  }

  function words(change) {
    const [low, high] = change.interval;
    const at = change.places > 1 ? ` or one of ${change.places - 1} runs beside it` : "";
    const cause = change.sameCode ? "; both sides are one commit: not the code" : "";
    return `${percent(change.change)} [${percent(low)}, ${percent(high)}] at ${change.commit || minute(environment.runs[change.x])}${at}${cause}`;
  }

  function moveTip(plot) {
    const tip = el("tip");
    const { idx, left, top } = plot.cursor;
    if (idx === null || idx === undefined || left < 0) {
      tip.hidden = true;
      return;
    }
    tip.textContent = say(idx);
    tip.hidden = false;
    const room = plot.over.clientWidth;
    const x = plot.over.offsetLeft + left;
    tip.style.left = left > room / 2 ? "" : `${x + 14}px`;
    tip.style.right = left > room / 2 ? `${el("plot").clientWidth - x + 14}px` : "";
    tip.style.top = `${Math.max(0, Math.min(top, plot.height - 120))}px`;
  }

  function largePlot() {
    if (large) large.destroy();
    const series = shown;
    const grid = { stroke: colour("--line"), width: 1 };
    const axis = { stroke: colour("--soft"), grid, ticks: grid, font: "11px system-ui, sans-serif" };
    const line = { spanGaps: true };
    const dots = { fill: colour("--panel") };
    const columns = [series.x, series.highest, series.lowest, series.level];
    const lines = [
      {},
      { ...line, stroke: "transparent", points: { show: false } },
      { ...line, stroke: "transparent", points: { show: false } },
      { ...line, stroke: colour("--raw"), width: 1, points: dots },
    ];
    if (series.adjusted.length) {
      columns.push(series.adjusted);
      lines.push({ ...line, stroke: colour("--main"), width: 1.8, points: dots });
    } else {
      lines[3] = { ...line, stroke: colour("--main"), width: 1.8, points: dots };
    }
    large = new uPlot({
      width: el("plot").clientWidth,
      height: Math.max(240, Math.min(460, Math.round(innerHeight * 0.5))),
      legend: { show: false },
      cursor: { drag: { x: true, y: false }, points: { size: 7 } },
      scales: { x: { time: false, range: (_plot, low, high) => (low === high ? [low - 1, high + 1] : [low, high]) } },
      bands: [{ series: [1, 2], fill: colour("--band") }],
      axes: [
        { ...axis, space: 90, values: (_plot, marks) => marks.map((mark) => (environment.runs[mark] ? day(environment.runs[mark]) : "")) },
        { ...axis, size: 76, values: (_plot, marks) => marks.map((mark) => quantity(mark, series.unit)) },
      ],
      series: lines,
      hooks: { draw: [(plot) => drawChanges(plot, series, true)], setCursor: [moveTip] },
    }, columns, el("plot"));
    el("plot").setAttribute("aria-label", `${series.name}, ${series.metric}, ${series.x.length} runs, ${series.changes.length} changes`);
  }

  function open(series) {
    shown = series;
    el("detail").hidden = false;
    named(el("title"), `${series.name} · ${series.metric}`);
    el("mainword").textContent = series.adjusted.length ? "with the machine's speed taken out" : "level";
    el("changes").replaceChildren(...[...series.changes].reverse().map((change) => {
      const item = document.createElement("li");
      item.className = change.improved ? "better" : "worse";
      item.textContent = words(change);
      return item;
    }));
    largePlot();
    const place = environment.series.indexOf(series);
    history.replaceState(null, "", `#${data.environments.indexOf(environment)}.${place}`);
  }

  function close() {
    const place = shown;
    shown = null;
    if (large) large.destroy();
    large = null;
    el("detail").hidden = true;
    el("tip").hidden = true;
    history.replaceState(null, "", "#");
    const card = [...small.keys()].find((one) => one.series === place);
    if (card) card.focus();
  }

  /* Keyboard: the cursor stands on a run, and what is there is said. */
  function stand(index) {
    const at = Math.max(0, Math.min(shown.x.length - 1, index));
    const { min, max } = large.scales.x;
    if (shown.x[at] < min || shown.x[at] > max) {
      const half = (max - min) / 2;
      large.setScale("x", { min: shown.x[at] - half, max: shown.x[at] + half });
    }
    large.setCursor({ left: large.valToPos(shown.x[at], "x"), top: large.valToPos(main(shown)[at], "y") });
    el("said").textContent = say(at);
  }

  function zoom(factor) {
    const { min, max } = large.scales.x;
    const idx = large.cursor.idx;
    const middle = idx === null || idx === undefined ? (min + max) / 2 : shown.x[idx];
    const half = Math.max(1.5, ((max - min) / 2) * factor);
    large.setScale("x", { min: middle - half, max: middle + half });
  }

  const whole = () => large.setScale("x", { min: shown.x[0], max: shown.x[shown.x.length - 1] });

  function onKey(event) {
    if (!large || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape") { close(); return; }
    if (event.target !== el("plot")) return;
    const idx = large.cursor.idx ?? shown.x.length - 1;
    const changes = shown.changes.map((change) => shown.x.indexOf(change.x));
    const actions = {
      ArrowLeft: () => stand(idx - 1),
      ArrowRight: () => stand(idx + 1),
      Home: () => stand(0),
      End: () => stand(shown.x.length - 1),
      "+": () => zoom(0.5),
      "-": () => zoom(2),
      0: whole,
      n: () => stand(changes.find((place) => place > idx) ?? idx),
      p: () => stand([...changes].reverse().find((place) => place < idx) ?? idx),
    };
    if (!(event.key in actions)) return;
    event.preventDefault();
    actions[event.key]();
  }

  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const card = target;
      const plot = small.get(card);
      if (isIntersecting && !plot) small.set(card, smallPlot(card.series, card.querySelector(".plot")));
      if (!isIntersecting && plot) { plot.destroy(); small.set(card, null); }
    }
  }, { rootMargin: "300px" });

  function cardOf(series) {
    const card = document.createElement("button");
    card.type = "button";
    card.className = "card";
    card.series = series;
    const name = document.createElement("strong");
    named(name, series.name);
    const facts = document.createElement("span");
    facts.className = "facts";
    facts.textContent = `${series.metric} · ${quantity(main(series)[series.x.length - 1], series.unit)} · ${series.x.length} runs`;
    const last = document.createElement("span");
    const change = newest(series);
    last.className = `facts ${change ? (change.improved ? "better" : "worse") : ""}`;
    last.textContent = change ? `${percent(change.change)} on ${day(environment.runs[change.x])}` : "no change";
    const plot = document.createElement("span");
    plot.className = "plot";
    card.append(name, facts, last, plot);
    card.addEventListener("click", () => { open(series); el("detail").scrollIntoView({ block: "nearest" }); el("plot").focus({ preventScroll: true }); });
    return card;
  }

  function showGrid() {
    watcher.disconnect();
    for (const plot of small.values()) if (plot) plot.destroy();
    small.clear();
    const wanted = el("search").value.toLowerCase();
    const metric = el("metric").value;
    const orders = {
      name: () => 0,
      change: (a, b) => (newest(b)?.x ?? -1) - (newest(a)?.x ?? -1),
      size: (a, b) => Math.abs(newest(b)?.change ?? 0) - Math.abs(newest(a)?.change ?? 0),
    };
    const series = environment.series
      .filter((one) => (!metric || one.metric === metric) && one.name.toLowerCase().includes(wanted))
      .sort(orders[el("order").value]);
    const cards = series.map(cardOf);
    el("grid").replaceChildren(...cards);
    for (const card of cards) { small.set(card, null); watcher.observe(card); }
    el("about").textContent = `${cards.length} of ${environment.series.length} series, ${environment.runs.length} runs, ${day(environment.runs[0])} to ${day(environment.runs[environment.runs.length - 1])}`;
  }

  function showEnvironment() {
    const names = [...new Set(environment.series.map((one) => one.metric))];
    const choices = names.length > 1 ? ["", ...names] : names;
    el("metric").replaceChildren(...choices.map((name) => new Option(name || "all", name)));
    el("metric").value = names.includes("execution_time") ? "execution_time" : choices[0] ?? "";
    el("notes").replaceChildren(...environment.notes.map((note) => {
      const line = document.createElement("p");
      line.className = "soft";
      line.textContent = `⚠️ ${note}`;
      return line;
    }));
    if (shown) close();
    showGrid();
  }

  data.environments.forEach((one, place) => el("environment").add(new Option(one.name, String(place))));
  el("environment").addEventListener("change", () => { environment = data.environments[Number(el("environment").value)]; showEnvironment(); });
  for (const id of ["metric", "order"]) el(id).addEventListener("change", showGrid);
  el("search").addEventListener("input", showGrid);
  el("controls").addEventListener("submit", (event) => event.preventDefault());
  el("close").addEventListener("click", close);
  el("reset").addEventListener("click", whole);
  function save(address, name) {
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    link.click();
  }

  function saveText(text, type, name) {
    const address = URL.createObjectURL(new Blob([text], { type }));
    save(address, name);
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }

  /* What is seen now, zoomed and in these colours. */
  function picture() {
    const { x, y } = large.scales;
    const view = { width: large.width, height: large.height, x: [x.min, x.max], y: [y.min ?? 0, y.max ?? 1] };
    const paint = Object.fromEntries(["ink", "soft", "line", "panel", "band", "raw", "main", "good", "bad"].map((name) => [name, colour(`--${name}`)]));
    return exported.svg(shown, environment.runs, view, paint, { value: (value) => quantity(value, shown.unit), day });
  }

  el("image").addEventListener("click", () => save(large.ctx.canvas.toDataURL("image/png"), "history.png"));
  el("vector").addEventListener("click", () => saveText(picture(), "image/svg+xml", "history.svg"));
  el("table").addEventListener("click", () => saveText(exported.csv(shown, environment.runs), "text/csv", "history.csv"));
  document.addEventListener("keydown", onKey);
  const redraw = () => { if (shown) largePlot(); showGrid(); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; redraw(); } });

  const [place, number] = location.hash.slice(1).split(".").map(Number);
  if (data.environments[place]) environment = data.environments[place];
  el("environment").value = String(data.environments.indexOf(environment));
  showEnvironment();
  if (environment.series[number]) open(environment.series[number]);
  document.documentElement.dataset.ready = "yes";
})();
