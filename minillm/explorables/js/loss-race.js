// Loss landscape race: optimizers run over a slice of a real loss. The slice is stored; the steps are made here.
//
// data: {xs, ys, loss: [row of each y], points: [{name, x, y}], start: [x, y], steps,
//        optimizers: [{id: "sgd" | "momentum" | "adam" | "muon", name, rate, shown}]}
minillm.explorable("loss-race", function (el, data, host) {
  "use strict";
  const { h } = host;
  const id = Math.random().toString(36).slice(2);
  const { xs, ys, loss, steps } = data;
  const columns = xs.length, rows = ys.length;
  const dx = (xs[columns - 1] - xs[0]) / (columns - 1), dy = (ys[rows - 1] - ys[0]) / (rows - 1);
  const lowest = Math.min(...loss.flat()), highest = Math.max(...loss.flat());
  const racers = data.optimizers.map((each) => ({ ...each }));
  const marks = { sgd: "circle", momentum: "square", adam: "triangle", muon: "diamond" };
  let start = data.start.slice(), beta = 0.9, shown = 0, timer = 0; // nobody has run yet: readers predict first

  // ---- the loss between the points of the grid, and its slope ---------------------------------------------------

  // Bilinear in the cell that holds (x, y): value, slope to the right, slope upward; null outside of the map.
  function at(x, y) {
    const u = (x - xs[0]) / dx, v = (y - ys[0]) / dy;
    if (!(u >= 0 && v >= 0 && u <= columns - 1 && v <= rows - 1)) return null;
    const i = Math.min(columns - 2, Math.floor(u)), j = Math.min(rows - 2, Math.floor(v));
    const a = u - i, b = v - j;
    const [p, q, r, s] = [loss[j][i], loss[j][i + 1], loss[j + 1][i], loss[j + 1][i + 1]];
    return {
      value: (1 - b) * ((1 - a) * p + a * q) + b * ((1 - a) * r + a * s),
      slope: [((1 - b) * (q - p) + b * (s - r)) / dx, ((1 - a) * (r - p) + a * (s - q)) / dy],
    };
  }

  // The rules, as in minillm.training.rules; Muon takes the point for a matrix of one row.
  const rules = {
    sgd: (g, state, rate) => g.map((each) => -rate * each),
    momentum(g, state, rate) {
      state.v = g.map((each, i) => beta * (state.v ? state.v[i] : 0) + each);
      return state.v.map((each) => -rate * each);
    },
    adam(g, state, rate) {
      state.t = (state.t || 0) + 1;
      state.m = g.map((each, i) => beta * (state.m ? state.m[i] : 0) + (1 - beta) * each);
      state.s = g.map((each, i) => 0.95 * (state.s ? state.s[i] : 0) + 0.05 * each * each);
      return g.map((_, i) => {
        const mean = state.m[i] / (1 - beta ** state.t), square = state.s[i] / (1 - 0.95 ** state.t);
        return (-rate * mean) / (Math.sqrt(square) + 1e-8);
      });
    },
    muon(g, state, rate) {
      state.m = g.map((each, i) => beta * (state.m ? state.m[i] : 0) + (1 - beta) * each);
      const step = g.map((each, i) => (1 - beta) * each + beta * state.m[i]);
      const size = Math.max(1e-9, Math.hypot(...step));
      return step.map((each) => (-rate * each) / size);
    },
  };

  function run(racer) {
    const state = {}, path = [];
    let [x, y] = start;
    for (let t = 0; t <= steps; t++) {
      const here = at(x, y);
      path.push({ x, y, value: here ? here.value : NaN });
      if (!here) break;
      const [right, up] = rules[racer.id](here.slope, state, racer.rate);
      x += right;
      y += up;
    }
    racer.path = path;
    racer.left = Number.isNaN(path[path.length - 1].value) ? path.length - 1 : 0;
  }

  // ---- the frame ------------------------------------------------------------------------------------------------

  const mark = (name, x, y, size) => {
    const shape = marks[name], attributes = { class: `ml-race-mark ml-race-${name}` };
    if (shape === "circle") return h("circle", { ...attributes, cx: x, cy: y, r: size });
    const corners = { square: [[-1, -1], [1, -1], [1, 1], [-1, 1]], triangle: [[0, -1.2], [1.2, 1], [-1.2, 1]],
      diamond: [[0, -1.4], [1.4, 0], [0, 1.4], [-1.4, 0]] }[shape];
    return h("path", { ...attributes, d: "M" + corners.map(([a, b]) => `${x + a * size} ${y + b * size}`).join("L") + "Z" });
  };
  const slider = (name, label, low, high, step, act) => {
    const input = h("input", { type: "range", min: low, max: high, step, id: `ml-race-${id}-${name}`,
      oninput: () => { act(Number(input.value)); update(); }, onchange: say });
    return { input, label: h("label", { for: input.id }, label), output: h("output", { for: input.id }) };
  };
  // Rates move by factors: ten positions of the slider are a factor of ten.
  const toRate = (position) => Number((10 ** (position / 10)).toPrecision(2));
  for (const racer of racers) {
    racer.box = h("input", { type: "checkbox", id: `ml-race-${id}-${racer.id}-on`, checked: racer.shown,
      onchange: () => { racer.shown = racer.box.checked; update(); say(); } });
    racer.slider = slider(racer.id, "", -40, 10, 1, (position) => { racer.rate = toRate(position); });
    racer.slider.input.setAttribute("aria-label", `learning rate of ${racer.name}`);
    racer.slider.input.value = Math.round(10 * Math.log10(racer.rate));
    racer.result = h("span", { class: "ml-race-result" });
    racer.row = h("div", { class: "ml-race-racer" },
      h("label", { class: "ml-race-name", for: racer.box.id }, racer.box,
        h("svg", { class: "ml-race-key", viewBox: "-10 -10 20 20", "aria-hidden": "true" }, mark(racer.id, 0, 0, 6)),
        h("span", {}, racer.name)),
      racer.slider.input, racer.slider.output, racer.result);
  }
  const place = [0, 1].map((axis) => {
    const line = axis ? ys : xs;
    return slider(`start-${axis}`, axis ? "Start: up" : "Start: right", line[0], line[line.length - 1], 0.01,
      (value) => { start[axis] = value; });
  });
  const memory = slider("beta", "Momentum β", 0, 0.99, 0.01, (value) => { beta = value; });
  const time = slider("time", "Show steps", 0, steps, 1, (value) => { stop(); shown = value; });
  const play = h("button", { type: "button", class: "ml-primary", onclick: () => (timer ? stop() : race()) }, "Race");
  const canvas = h("canvas", { class: "ml-race-map", "aria-hidden": "true" });
  const over = h("svg", { class: "ml-race-over", role: "img" });
  const map = h("div", { class: "ml-race-ground" }, canvas, over);
  const chart = h("svg", { class: "ml-race-chart", role: "img" });
  const scale = h("p", { class: "ml-race-scale ml-muted" });
  const line = ({ label, input, output }) => h("div", { class: "ml-race-line" }, label, input, output);

  el.append(
    h("div", { class: "ml-race-two" },
      h("div", {}, map, scale, h("div", { class: "ml-row" }, play,
        h("span", { class: "ml-muted" }, "Drag on the map, or use two of the sliders, to start elsewhere."))),
      h("div", {}, chart,
        h("div", { class: "ml-race-racers", role: "group", "aria-label": "Optimizers" },
          h("div", { class: "ml-race-racer ml-race-head ml-muted", "aria-hidden": "true" },
            h("span", {}, "optimizer"), h("span", {}, "learning rate"), h("span", {}, "loss")),
          racers.map(({ row }) => row)),
        h("div", { class: "ml-race-lines" }, line(memory), ...place.map(line), line(time)))));

  // ---- drawing --------------------------------------------------------------------------------------------------

  const share = (value) => Math.log(value / lowest) / Math.log(highest / lowest); // low losses get most colors
  const level = (value) => Math.floor(share(value) * 16) / 16;
  const mix = (a, b, part) => a.map((each, i) => Math.round(each + (b[i] - each) * part));
  const fraction = (point) => [(point.x - xs[0]) / (xs[columns - 1] - xs[0]), 1 - (point.y - ys[0]) / (ys[rows - 1] - ys[0])];

  function paint() {
    const width = 2 * (columns - 1) * 5, height = 2 * (rows - 1) * 5;
    canvas.width = width;
    canvas.height = height;
    const [low, high] = host.dark() ? [[8, 22, 40], [148, 170, 190]] : [[120, 170, 205], [252, 252, 250]];
    const context = canvas.getContext("2d"), image = context.createImageData(width, height);
    const levels = [];
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const x = xs[0] + ((column + 0.5) / width) * (columns - 1) * dx;
        const y = ys[rows - 1] - ((row + 0.5) / height) * (rows - 1) * dy;
        const here = level(at(x, y).value), k = row * width + column;
        levels.push(here);
        const edge = (column && levels[k - 1] !== here) || (row && levels[k - width] !== here);
        const color = mix(low, high, edge ? Math.max(0, here - 0.14) : here);
        image.data.set([...color, 255], 4 * k);
      }
    }
    context.putImageData(image, 0, 0);
  }

  function drawOver() {
    const width = map.clientWidth || 400, height = map.clientHeight || 300;
    const to = (point) => { const [a, b] = fraction(point); return [a * width, b * height]; };
    const paths = racers.filter((racer) => racer.shown).flatMap((racer) => {
      const seen = racer.path.slice(0, shown + 1), points = seen.map(to);
      const [x, y] = points[points.length - 1];
      return [h("polyline", { class: `ml-race-path ml-race-${racer.id}`, points: points.map((p) => p.map((v) => v.toFixed(1)).join(",")).join(" ") }),
        mark(racer.id, Math.max(4, Math.min(width - 4, x)), Math.max(4, Math.min(height - 4, y)), 5)];
    });
    const places = data.points.flatMap((point, i) => {
      const [x, y] = to(point), inside = Math.max(46, Math.min(width - 54, x)); // names above and below in turn
      return [h("path", { class: "ml-race-place", d: `M${x - 5} ${y}h10M${x} ${y - 5}v10` }),
        h("text", { class: "ml-race-word", x: inside, y: i % 2 ? y - 14 : y + 22, "text-anchor": "middle" }, point.name)];
    });
    const [x, y] = to({ x: start[0], y: start[1] });
    over.setAttribute("viewBox", `0 0 ${width} ${height}`);
    over.setAttribute("aria-label", `Map of the loss. ${sentence()}`);
    over.replaceChildren(...places, ...paths, h("circle", { class: "ml-race-start", cx: x, cy: y, r: 9 }),
      h("text", { class: "ml-race-word", x: x + 13, y: y - 7 }, "start"));
  }

  function drawChart() {
    const width = Math.max(260, chart.clientWidth || 400), height = 190, left = 40, right = 8, top = 20, bottom = 34;
    const ticks = [0.2, 0.5, 1, 2, 5, 10, 20].filter((tick) => tick > lowest * 0.8 && tick < highest);
    const low = Math.log(lowest * 0.9), high = Math.log(Math.max(8, ...racers.flatMap(({ path, shown: on }) =>
      on ? path.map(({ value }) => value || 0) : [0])) * 1.05);
    const x = (step) => left + (step / steps) * (width - left - right);
    const y = (value) => top + ((high - Math.log(value)) / (high - low)) * (height - top - bottom);
    const text = (content, attributes) => h("text", { class: "ml-race-text", ...attributes }, content);
    chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
    chart.setAttribute("aria-label", `Loss against step. ${sentence()}`);
    chart.replaceChildren(
      ...ticks.filter((tick) => Math.log(tick) < high).flatMap((tick) => [h("line", { class: "ml-race-grid", x1: left, x2: width - right, y1: y(tick), y2: y(tick) }),
        text(String(tick), { x: left - 6, y: y(tick) + 4, "text-anchor": "end" })]),
      ...[0, 0.25, 0.5, 0.75, 1].map((part) => text(String(Math.round(part * steps)), { x: x(part * steps), y: height - bottom + 16,
        "text-anchor": part === 1 ? "end" : part ? "middle" : "start" })),
      text("loss, nats per token", { x: 4, y: 12 }), text("step", { x: (left + width) / 2, y: height - 4, "text-anchor": "middle" }),
      h("line", { class: "ml-race-now", x1: x(shown), x2: x(shown), y1: top, y2: height - bottom }),
      ...racers.filter((racer) => racer.shown).flatMap((racer) => {
        const points = racer.path.slice(0, shown + 1).filter(({ value }) => !Number.isNaN(value)).map(({ value }, step) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`);
        return [h("polyline", { class: `ml-race-path ml-race-${racer.id}`, points: points.join(" ") })];
      }));
  }

  const here = (racer) => racer.path[Math.min(shown, racer.path.length - 1)];
  const result = (racer) => (racer.left && racer.left <= shown ? `off at ${racer.left}` : here(racer).value.toFixed(2));
  function sentence() {
    if (shown === 0) return "Nobody has run yet: press Race.";
    const said = racers.filter((racer) => racer.shown).map((racer) => `${racer.name} ${result(racer).replace("off at", "off the map at step")}`);
    return `Loss after ${shown} steps: ${said.join("; ") || "nobody races"}.`;
  }
  function say() { host.announce(sentence()); }

  function update() {
    racers.forEach(run);
    draw();
  }

  function draw() {
    for (const racer of racers) {
      racer.slider.output.textContent = racer.rate;
      racer.slider.input.setAttribute("aria-valuetext", String(racer.rate));
      racer.result.textContent = racer.shown ? result(racer) : "";
      racer.row.dataset.off = racer.shown ? "" : "off";
    }
    place.forEach(({ input, output }, axis) => {
      input.value = start[axis];
      output.textContent = start[axis].toFixed(2).replace("-", "−");
    });
    memory.input.value = beta;
    memory.output.textContent = beta.toFixed(2);
    time.input.value = shown;
    time.output.textContent = shown;
    drawOver();
    drawChart();
  }

  // ---- playing and dragging -------------------------------------------------------------------------------------

  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Race";
  }
  function race() {
    if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
      shown = steps;
      draw();
      say();
      return;
    }
    shown = 0;
    draw();
    play.textContent = "Stop";
    timer = setInterval(() => {
      shown += 1;
      if (shown >= steps) {
        shown = steps;
        stop();
        say();
      }
      draw();
    }, 60);
  }
  function drag(event) {
    const box = map.getBoundingClientRect(), inside = (part) => Math.min(1, Math.max(0, part));
    start = [xs[0] + inside((event.clientX - box.left) / box.width) * (columns - 1) * dx,
      ys[rows - 1] - inside((event.clientY - box.top) / box.height) * (rows - 1) * dy];
    update();
  }
  // A finger that moves up or down scrolls the page; then the browser cancels the pointer, and nothing changes here.
  let held = false;
  map.addEventListener("pointerdown", (event) => {
    held = true;
    stop();
    if (shown === 0) shown = steps;
    map.setPointerCapture(event.pointerId);
    if (event.pointerType !== "touch") drag(event);
  });
  map.addEventListener("pointermove", (event) => { if (held) drag(event); });
  map.addEventListener("pointerup", (event) => {
    if (held) drag(event);
    held = false;
    say();
  });
  map.addEventListener("pointercancel", () => { held = false; });

  scale.replaceChildren("Darker: lower loss, ", h("strong", {}, lowest.toFixed(2)), " to ", h("strong", {}, highest.toFixed(1)), " nats per token. Right: from the first weights to the trained ones. Up: a random direction.");
  const noTheme = host.onTheme(paint);
  paint();
  update();
  const watch = new ResizeObserver(draw);
  watch.observe(el);
  return () => { stop(); noTheme(); watch.disconnect(); };
});
