// Encoding explorer: a table of positions as a heat map, one row of it as clocks, and how alike rows are.
//
// data: {d_model, max_d, base, bases, position, positions, tables: [{name, positions, d, dtype: "f2", bdata}], table}
//   The sinusoidal table is computed here; `tables` are others, row after row in 16-bit floats. table: which one to
//   begin with, 0 for the sinusoidal, i + 1 for tables[i].
minillm.explorable("encoding-explorer", function (el, data, host) {
  "use strict";
  const { h } = host;
  const id = Math.random().toString(36).slice(2);
  const BLUE = [0, 114, 178], WHITE = [242, 242, 242], RED = [213, 94, 0]; // as in every figure of the book
  const CLOCKS = 12; // at most; of more pairs, some are shown
  const state = { d: data.d_model, base: data.base, t: data.position, table: data.table };
  let rows = [], scale = 1, alike = [];

  // ---- tables -------------------------------------------------------------------------------------------------

  const learned = () => state.table > 0;
  const frequency = (i) => state.base ** ((-2 * i) / state.d);
  const wavelength = (i) => (2 * Math.PI) / frequency(i);

  function sinusoids() {
    return Array.from({ length: data.positions }, (_, t) => Float64Array.from({ length: state.d }, (_, k) => {
      const angle = t * frequency(Math.floor(k / 2));
      return k % 2 ? Math.cos(angle) : Math.sin(angle);
    }));
  }

  function half(bits) {
    const exponent = (bits >> 10) & 31, fraction = bits & 1023;
    const size = exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024);
    return bits & 32768 ? -size : size;
  }

  // Less the mean row, which says nothing about position.
  function stored({ positions, d, bdata }) {
    const text = atob(bdata);
    const all = Array.from({ length: positions }, (_, t) => Float64Array.from({ length: d }, (_, k) => {
      const at = 2 * (t * d + k);
      return half(text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8));
    }));
    const mean = Float64Array.from({ length: d }, (_, k) => all.reduce((sum, row) => sum + row[k], 0) / positions);
    return all.map((row) => row.map((value, k) => value - mean[k]));
  }

  const dot = (x, y) => x.reduce((sum, value, k) => sum + value * y[k], 0);

  function compute() {
    rows = learned() ? stored(data.tables[state.table - 1]) : sinusoids();
    state.t = Math.min(state.t, rows.length - 1);
    if (!learned()) scale = 1;
    else scale = 2 * Math.sqrt(rows.reduce((sum, row) => sum + dot(row, row), 0) / (rows.length * rows[0].length));
  }

  function compare() {
    const own = rows[state.t];
    alike = rows.map((row) => dot(own, row) / (Math.sqrt(dot(own, own) * dot(row, row)) || 1));
  }

  // ---- the frame ----------------------------------------------------------------------------------------------

  const slider = (name, label, options, act) => {
    const input = h("input", { type: "range", id: `ml-enc-${id}-${name}`, ...options, oninput: () => {
      act(Number(input.value));
      draw();
    }, onchange: say });
    const output = h("output", { class: "ml-enc-value", for: input.id });
    return { input, output, row: h("div", { class: "ml-enc-slide" }, h("label", { for: input.id }, label), input, output) };
  };
  const place = slider("t", "Position", { min: 0, step: 1 }, (value) => { state.t = value; });
  const size = slider("d", "Dimensions", { min: 2, max: data.max_d, step: 2 }, (value) => {
    state.d = value;
    compute();
  });
  const select = (name, label, options, act) => {
    const input = h("select", { id: `ml-enc-${id}-${name}`, onchange: () => {
      act(Number(input.value));
      compute();
      draw();
      say();
    } }, options.map(([value, text]) => h("option", { value }, text)));
    return { input, row: h("span", { class: "ml-enc-choice" }, h("label", { for: input.id }, label), input) };
  };
  const base = select("base", "Base", data.bases.map((value) => [value, value.toLocaleString("en")]),
    (value) => { state.base = value; });
  const kind = select("table", "Table", [[0, "sinusoidal"], ...data.tables.map(({ name }, i) => [i + 1, name])],
    (value) => { state.table = value; });
  const move = (by) => h("button", { type: "button", "aria-label": `${by < 0 ? "back" : "on"} by ${Math.abs(by)}`,
    onclick: () => {
      state.t = Math.min(rows.length - 1, Math.max(0, state.t + by));
      draw();
      say();
    } }, `${by < 0 ? "−" : "+"}${Math.abs(by)}`);

  const cells = h("canvas", { class: "ml-enc-cells", role: "img", onclick: (event) => {
    const box = cells.getBoundingClientRect();
    state.t = Math.min(rows.length - 1, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * rows.length)));
    draw();
    say();
  } });
  const here = h("div", { class: "ml-enc-here", "aria-hidden": "true" });
  const ends = h("div", { class: "ml-enc-ends ml-muted", "aria-hidden": "true" });
  const down = h("div", { class: "ml-enc-down ml-muted", "aria-hidden": "true" });
  const rowTitle = h("h4", {}), faces = h("div", { class: "ml-enc-faces" });
  const chart = h("svg", { class: "ml-enc-chart", role: "img" });
  const verdict = h("p", { class: "ml-enc-verdict" });

  el.append(
    h("div", { class: "ml-row" }, data.tables.length ? kind.row : null, base.row),
    place.row,
    h("div", { class: "ml-row ml-enc-moves", role: "group", "aria-label": "Move the position" }, [-10, -1, 1, 10].map(move)),
    size.row,
    h("h4", {}, "How alike are this row and every other?"), chart, verdict,
    h("div", { class: "ml-enc-box" }, h("div", { class: "ml-enc-panels" },
      h("div", {}, h("h4", {}, "The table"), h("div", { class: "ml-enc-map" }, down,
        h("div", { class: "ml-enc-frame" }, cells, here)), ends),
      h("div", {}, rowTitle, faces))));

  // ---- drawing ------------------------------------------------------------------------------------------------

  const long = (value) => (value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString("en"));
  const number = (value) => (value < -0.004 ? "−" : "") + Math.abs(value).toFixed(2);

  // From blue (-1) through white (0) to vermilion (1).
  function color(value) {
    const share = Math.max(-1, Math.min(1, value)), end = share < 0 ? BLUE : RED;
    return WHITE.map((from, k) => from + Math.abs(share) * (end[k] - from));
  }

  function drawTable() {
    const d = rows[0].length;
    [cells.width, cells.height] = [d, rows.length];
    const pen = cells.getContext("2d"), image = pen.createImageData(d, rows.length);
    rows.forEach((row, t) => row.forEach((value, k) =>
      image.data.set([...color(value / scale), 255], 4 * (t * d + k))));
    pen.putImageData(image, 0, 0);
    cells.setAttribute("aria-label", learned()
      ? `Heat map of a learned table of ${rows.length} positions and ${d} dimensions, its mean row taken off.`
      : `Heat map of ${rows.length} positions and ${d} dimensions: the waves are ${long(wavelength(0))} positions long ` +
        `on the left and ${long(wavelength(d / 2 - 1))} on the right.`);
    ends.replaceChildren(h("span", {}, "dimension 0"), h("span", {}, String(d - 1)));
    down.replaceChildren(h("span", {}, "0"), h("span", {}, "position"), h("span", {}, String(rows.length - 1)));
    here.style.top = `${(100 * state.t) / rows.length}%`;
    here.style.height = `${100 / rows.length}%`;
  }

  function clock(i) {
    const angle = state.t * frequency(i), [x, y] = [Math.sin(angle), Math.cos(angle)];
    const face = h("svg", { class: "ml-enc-face", viewBox: "-50 -50 100 100", role: "img",
      "aria-label": `dimensions ${2 * i} and ${2 * i + 1}: sine ${number(x)}, cosine ${number(y)}` },
      h("circle", { r: 44, fill: "none", stroke: "var(--ml-border)", "stroke-width": 2 }),
      h("line", { x1: 0, y1: -44, x2: 0, y2: -36, stroke: "var(--ml-border)", "stroke-width": 3 }),
      h("line", { x1: 0, y1: 0, x2: 40 * x, y2: -40 * y, stroke: "var(--ml-7)", "stroke-width": 5, "stroke-linecap": "round" }),
      h("circle", { r: 4, fill: "var(--ml-7)" }));
    return h("div", { class: "ml-enc-clock" }, h("span", {}, `${2 * i}, ${2 * i + 1}`), face,
      h("span", { class: "ml-muted" }, long(wavelength(i))));
  }

  // A learned row has no clocks: its numbers as bars.
  function bars(row) {
    const width = 320, height = 150, step = width / row.length;
    return h("svg", { class: "ml-enc-bars", viewBox: `0 0 ${width} ${height}`, role: "img", preserveAspectRatio: "none",
      "aria-label": `the ${row.length} numbers of row ${state.t}` },
      h("line", { x1: 0, x2: width, y1: height / 2, y2: height / 2, stroke: "var(--ml-border)" }),
      ...Array.from(row, (value, k) => {
        const tall = Math.min(1, Math.abs(value) / (1.5 * scale)) * (height / 2 - 2);
        return h("rect", { x: k * step + step * 0.1, width: step * 0.8, y: value < 0 ? height / 2 : height / 2 - tall,
          height: tall, fill: value < 0 ? "var(--ml-6)" : "var(--ml-7)" });
      }));
  }

  function drawRow() {
    const pairs = rows[0].length / 2;
    if (learned()) {
      rowTitle.textContent = `Row ${state.t}: its numbers`;
      faces.replaceChildren(bars(rows[state.t]));
      return;
    }
    const count = Math.min(pairs, CLOCKS);
    const chosen = Array.from({ length: count }, (_, j) => (count > 1 ? Math.round((j * (pairs - 1)) / (count - 1)) : 0));
    rowTitle.textContent = `Row ${state.t}: ${count < pairs ? `${count} of ${pairs} clocks` : pairs === 1 ? "one clock" : `${pairs} clocks`}`;
    faces.replaceChildren(...chosen.map(clock),
      h("p", { class: "ml-muted ml-enc-note" }, "Above each: its dimensions, sine and cosine. Below: positions for one turn."));
  }

  // How far one has to go until the likeness first falls below one half.
  function reach() {
    for (let k = 1; k < rows.length; k++) {
      const seen = [state.t - k, state.t + k].filter((t) => t >= 0 && t < rows.length);
      if (seen.some((t) => alike[t] < 0.5)) return k;
    }
    return null;
  }

  function sentence() {
    const others = alike.map((value, t) => [value, t]).filter(([, t]) => t !== state.t).sort((a, b) => b[0] - a[0]);
    const twins = others.filter(([value]) => value > 0.995).length;
    const half = reach();
    return `Position ${state.t}: nearest is position ${others[0][1]}, at ${number(others[0][0])}. ` +
      (half === null ? "No position is less than half alike." : `At a distance of ${half} they are less than half alike.`) +
      (twins ? ` ${twins} other ${twins === 1 ? "position" : "positions"} can hardly be told from it.` : "");
  }

  function drawChart() {
    const width = Math.max(260, chart.clientWidth || 640), height = 190;
    const box = { left: 40, right: width - 10, top: 12, bottom: height - 30 };
    const low = Math.min(-0.25, ...alike), last = rows.length - 1;
    const x = (t) => box.left + (t / last) * (box.right - box.left);
    const y = (value) => box.bottom - ((value - low) / (1 - low)) * (box.bottom - box.top);
    const text = (attributes, content) => h("text", { "font-size": 13, fill: "var(--ml-muted)", ...attributes }, content);
    const ticks = [0, 0.5, 1];
    chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
    chart.setAttribute("height", height);
    chart.setAttribute("aria-label", `The likeness of row ${state.t} and each row, at most 1. ${sentence()}`);
    chart.replaceChildren(
      ...ticks.map((value) => h("line", { x1: box.left, x2: box.right, y1: y(value), y2: y(value), stroke: "var(--ml-border)",
        "stroke-width": value ? 0.5 : 1 })),
      ...ticks.map((value) => text({ x: box.left - 6, y: y(value) + 4, "text-anchor": "end" }, String(value))),
      h("line", { x1: x(state.t), x2: x(state.t), y1: box.top, y2: box.bottom, stroke: "var(--ml-7)", "stroke-dasharray": "3 4" }),
      h("polyline", { fill: "none", stroke: "var(--ml-6)", "stroke-width": 2,
        points: alike.map((value, t) => `${x(t).toFixed(1)},${y(value).toFixed(1)}`).join(" ") }),
      h("circle", { cx: x(state.t), cy: y(1), r: 5, fill: "var(--ml-7)" }),
      text({ x: box.left, y: height - 8 }, "0"),
      text({ x: (box.left + box.right) / 2, y: height - 8, "text-anchor": "middle" }, "position of the other row"),
      text({ x: box.right, y: height - 8, "text-anchor": "end" }, String(last)));
  }

  function say() {
    host.announce(sentence());
  }

  function draw() {
    compare();
    place.input.max = rows.length - 1;
    place.input.value = state.t;
    place.output.textContent = state.t;
    size.input.value = state.d;
    size.output.textContent = rows[0].length;
    size.row.hidden = base.row.hidden = learned();
    base.input.value = state.base;
    kind.input.value = state.table;
    drawTable();
    drawRow();
    drawChart();
    verdict.textContent = sentence();
    el.dataset.table = String(state.table);
  }

  compute();
  draw();
  const observer = new ResizeObserver(drawChart);
  observer.observe(el);
  return () => observer.disconnect();
});
