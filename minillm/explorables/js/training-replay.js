// The training replay: the loss on its way to the entropy floor, and what the model wrote at every saved step.
//
// data: {steps, tokens, unit, series: [{name, color, dash, values}], floors: [{name, color, value}],
//   samples: [{lang, name, texts}], start}; values and texts run along the steps, null where there is none
minillm.explorable("training-replay", function (el, data, host) {
  "use strict";
  const { h } = host;
  const count = data.steps.length;
  const state = { index: data.start, log: false, near: false, timer: null };
  const lowest = Math.min(...data.floors.map(({ value }) => value), ...data.series.flatMap(({ values }) =>
    values.filter((value) => value !== null)));
  const highest = Math.max(...data.series.flatMap(({ values }) => values.filter((value) => value !== null)));

  // ---- the frame ----------------------------------------------------------------------------------------------

  const chart = h("svg", { class: "ml-replay-chart", role: "img", onclick: jump });
  const slider = h("input", { type: "range", min: 0, max: count - 1, step: 1, class: "ml-replay-slider",
    "aria-label": "Saved step", oninput: () => {
      pause();
      go(Number(slider.value));
    } });
  const play = h("button", { type: "button", class: "ml-primary ml-replay-play", onclick: () =>
    state.timer ? pause() : start() }, "▶ Play");
  const numbers = h("dl", { class: "ml-replay-numbers" });
  const samples = data.samples.map(({ lang, name }) => {
    const text = h("p", { lang: lang === "zh" ? "zh-Hans" : lang, tabindex: 0 }); // a long sample is scrolled
    return { text, box: h("figure", { class: "ml-replay-sample" }, h("figcaption", {}, name), text) };
  });
  const check = (text, key) => h("label", { class: "ml-check" }, h("input", { type: "checkbox", onchange: ({ target }) => {
    state[key] = target.checked;
    draw();
    host.announce(`${text}: ${target.checked ? "on" : "off"}`);
  } }), text);
  const key = h("ul", { class: "ml-replay-key" },
    data.series.map((line) => h("li", {}, swatch(line.color, line.dash), line.name)),
    data.floors.map((line) => h("li", {}, swatch(line.color, "2 4"), line.name)));

  function swatch(color, dash) {
    return h("svg", { width: 28, height: 10, "aria-hidden": "true" },
      h("line", { x1: 1, x2: 27, y1: 5, y2: 5, stroke: color, "stroke-width": 2.5, "stroke-dasharray": dash || null }));
  }

  el.append(key, chart,
    h("div", { class: "ml-replay-controls" }, play, slider),
    h("div", { class: "ml-row" }, check("Logarithmic steps", "log"), check("Zoom in on the floor", "near")),
    numbers, h("div", { class: "ml-replay-samples" }, samples.map(({ box }) => box)));

  // ---- the chart ----------------------------------------------------------------------------------------------

  let scale = null; // {x(step), y(loss), width, height}, set by draw()

  function makeScale() {
    const width = Math.max(280, chart.clientWidth || 640), height = Math.round(Math.min(340, width * 0.62));
    const box = { left: 44, right: width - 18, top: 26, bottom: height - 40 };
    const reach = highest - lowest;
    const ends = data.series.map(({ values }) => values[count - 1]); // a short run may end far above its floor
    const [low, high] = state.near ? [lowest - 0.02 * reach, Math.max(lowest + 0.16 * reach, 1.05 * Math.max(...ends))]
      : [0, highest * 1.03];
    const visible = (_, i) => data.series.some(({ values }) => values[i] !== null && values[i] <= high);
    const from = state.near ? data.steps.find(visible) : state.log ? data.steps.find((step) => step > 0) : 0;
    const along = state.log ? (step) => Math.log(Math.max(step, 1)) : (step) => step;
    const [start, end] = [along(from), along(data.steps[count - 1])];
    return { width, height, box, low, high, from,
      x: (step) => box.left + ((along(step) - start) / (end - start || 1)) * (box.right - box.left),
      y: (loss) => box.bottom - ((loss - low) / (high - low)) * (box.bottom - box.top) };
  }

  // Round numbers between low and high: about `wanted` of them, 1, 2 or 5 times a power of ten apart.
  function ticks(low, high, wanted) {
    const rough = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(rough));
    const gap = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
    const found = [];
    for (let tick = Math.ceil(low / gap) * gap; tick <= high + gap / 1e6; tick += gap) found.push(Number(tick.toPrecision(6)));
    return found;
  }

  function stepTicks({ width, from }) {
    const last = data.steps[count - 1];
    if (!state.log) return ticks(from, last, width / 110);
    const found = [];
    for (let power = 1; power <= last; power *= 10) {
      for (const tick of [power, 2 * power, 5 * power]) if (tick >= from && tick <= last) found.push(tick);
    }
    return found;
  }

  function draw() {
    scale = makeScale();
    const { width, height, box, x, y, low, high, from } = scale;
    const text = (attributes, content) => h("text", { "font-size": 13, fill: "var(--ml-muted)", ...attributes }, content);
    const inside = (value) => Math.max(box.top, Math.min(box.bottom, y(value)));
    chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
    chart.setAttribute("height", height);
    chart.replaceChildren(
      ...ticks(low, high, 5).flatMap((tick) => [
        h("line", { class: "ml-replay-grid", x1: box.left, x2: box.right, y1: y(tick), y2: y(tick) }),
        text({ x: box.left - 6, y: y(tick) + 4, "text-anchor": "end" }, String(tick))]),
      ...stepTicks(scale).map((tick) => text({ x: x(tick), y: box.bottom + 18, "text-anchor": "middle" },
        tick >= 10000 ? `${tick / 1000}k` : String(tick))),
      text({ x: box.right, y: height - 4, "text-anchor": "end" }, "training steps"),
      text({ x: 4, y: 14 }, data.unit),
      h("line", { class: "ml-replay-axis", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom }),
      ...data.floors.map((floor) => h("line", { x1: box.left, x2: box.right, y1: y(floor.value), y2: y(floor.value),
        stroke: floor.color, "stroke-width": 2, "stroke-dasharray": "2 4" })),
      ...data.series.map((line) => h("polyline", { fill: "none", stroke: line.color, "stroke-width": 2.5,
        "stroke-linejoin": "round", "stroke-dasharray": line.dash || null,
        points: data.steps.map((step, i) => [step, line.values[i]])
          .filter(([step, value]) => value !== null && step >= from && (!state.near || value <= high))
          .map(([step, value]) => `${x(step).toFixed(1)},${inside(value).toFixed(1)}`).join(" ") })),
      h("g", { class: "ml-replay-now" }));
    drawNow();
  }

  // The mark of the chosen step: a vertical line, and a dot on every curve.
  function drawNow() {
    const { x, y, box, high, from } = scale, step = data.steps[state.index];
    chart.lastChild.replaceChildren(...step < from ? [] : [
      h("line", { x1: x(step), x2: x(step), y1: box.top, y2: box.bottom, stroke: "var(--ml-fg)", "stroke-width": 1.5 }),
      ...data.series.filter(({ values }) => values[state.index] !== null && values[state.index] <= high).map((line) =>
        h("circle", { cx: x(step), cy: y(line.values[state.index]), r: 5, fill: line.color, stroke: "var(--ml-bg)",
          "stroke-width": 2 }))]);
    chart.setAttribute("aria-label", `Loss over ${data.steps[count - 1]} training steps. ${summary()}`);
  }

  // ---- the chosen step ----------------------------------------------------------------------------------------

  const floorOf = (line) => data.floors.find(({ of }) => of === line.of);
  const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f");

  function summary() {
    const parts = data.series.filter(({ values }) => values[state.index] !== null)
      .map((line) => `${line.name} ${line.values[state.index].toFixed(3)}`);
    return `Step ${data.steps[state.index]}: ${parts.join(", ")}.`;
  }

  function go(index) {
    state.index = index;
    slider.value = index;
    slider.setAttribute("aria-valuetext", summary());
    const entry = (term, value, note) => h("div", {}, h("dt", {}, term), h("dd", {}, value,
      note ? h("span", { class: "ml-muted" }, ` ${note}`) : null));
    numbers.replaceChildren(
      entry("step", grouped(data.steps[index])),
      data.tokens[index] === null ? "" : entry("tokens read", grouped(data.tokens[index])),
      ...data.series.map((line) => {
        const value = line.values[index], floor = floorOf(line);
        return entry(line.name, value === null ? "–" : value.toFixed(3),
          value !== null && floor ? `floor + ${(value - floor.value).toFixed(3)}`.replace("+ -", "− ") : "");
      }));
    samples.forEach(({ text, box }, i) => {
      const sample = data.samples[i].texts[index];
      text.textContent = sample === null ? "no sample was kept at this step" : sample;
      box.classList.toggle("ml-muted", sample === null);
    });
    if (scale) drawNow();
  }

  function jump(event) {
    const box = chart.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * scale.width;
    const distance = (i) => Math.abs(scale.x(data.steps[i]) - at);
    pause();
    go(data.steps.reduce((best, _, i) => (distance(i) < distance(best) ? i : best), 0));
    host.announce(summary());
  }

  function start() {
    if (state.index === count - 1) go(0);
    play.textContent = "❚❚ Pause";
    state.timer = setInterval(() => {
      go(Math.min(count - 1, state.index + 1));
      if (state.index === count - 1) pause();
    }, Math.max(350, 9000 / count));
  }

  function pause() {
    if (state.timer === null) return;
    clearInterval(state.timer);
    state.timer = null;
    play.textContent = "▶ Play";
    host.announce(summary());
  }

  go(state.index);
  draw();
  const observer = new ResizeObserver(() => {
    if (Math.abs((chart.clientWidth || 640) - scale.width) > 1) draw();
  });
  observer.observe(el);
  return () => {
    observer.disconnect();
    clearInterval(state.timer);
  };
});
