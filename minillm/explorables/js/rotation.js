// Rotation: each pair of dimensions of a query and a key is a clock; positions turn its hands.
//
// data: {vectors: [{name, query, key}], positions: [query's, key's], limit, bases, base}
//   neighbors are a pair: (2i, 2i + 1); clock i turns by base^(-2i/d) radians for each position
minillm.explorable("rotation", function (el, data, host) {
  "use strict";
  const { h } = host;
  const id = Math.random().toString(36).slice(2);
  const d = data.vectors[0].query.length, pairs = d / 2, limit = data.limit;
  let chosen = 0, base = data.base;
  let [t, s] = data.positions;

  const speed = (i) => base ** (-2 * i / d);
  const hand = (vector, i) => {
    const [x, y] = vector.slice(2 * i, 2 * i + 2);
    return { length: Math.hypot(x, y), angle: Math.atan2(y, x) };
  };
  const longest = () => Math.max(...[data.vectors[chosen].query, data.vectors[chosen].key]
    .flatMap((vector) => Array.from({ length: pairs }, (_, i) => hand(vector, i).length)));
  // What a pair adds to the score at a distance of query position minus key position.
  const term = (i, distance) => {
    const q = hand(data.vectors[chosen].query, i), k = hand(data.vectors[chosen].key, i);
    return q.length * k.length * Math.cos(q.angle - k.angle + distance * speed(i));
  };
  const terms = (distance) => Array.from({ length: pairs }, (_, i) => term(i, distance));
  const sum = (values) => values.reduce((total, each) => total + each, 0);
  const signed = (value) => `${value < -0.004 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
  const long = (value) => (value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString("en"));
  const degrees = (angle) => Math.round((((angle * 180) / Math.PI) % 360 + 360) % 360) % 360;

  // ---- the frame ----------------------------------------------------------------------------------------------

  const slider = (name, act) => {
    const input = h("input", { type: "range", min: 0, max: limit, step: 1, id: `ml-rot-${id}-${name}`, oninput: () => {
      act(Number(input.value));
      draw();
    }, onchange: say });
    const output = h("output", { class: "ml-rot-at", for: input.id });
    const row = h("div", { class: "ml-rot-slide" },
      h("label", { for: input.id }, h("span", { class: `ml-rot-swatch ml-rot-${name}`, "aria-hidden": "true" }),
        `Position of the ${name}`), input, output);
    return { input, output, row };
  };
  const query = slider("query", (value) => { t = value; }), key = slider("key", (value) => { s = value; });
  const room = (by) => Math.max(-Math.min(t, s), Math.min(limit - Math.max(t, s), by)); // both must stay on the sliders
  const both = (by) => h("button", { type: "button", "aria-label": `both ${by < 0 ? "back" : "on"} by ${Math.abs(by)}`,
    onclick: () => {
      const step = room(by);
      t += step;
      s += step;
      draw();
      say();
    } }, `${by < 0 ? "−" : "+"}${Math.abs(by)}`);
  const select = (name, label, options, value, act) => {
    const input = h("select", { id: `ml-rot-${id}-${name}`, onchange: () => {
      act(Number(input.value));
      draw();
      say();
    } }, options.map(([each, text]) => h("option", { value: each, selected: each === value }, text)));
    return h("span", { class: "ml-rot-choice" }, h("label", { for: input.id }, label), input);
  };
  const clocks = Array.from({ length: pairs }, (_, i) => {
    const face = h("svg", { class: "ml-rot-face", viewBox: "-50 -50 100 100", role: "img" });
    const period = h("span", { class: "ml-muted" }), adds = h("span", { class: "ml-rot-adds" });
    return { face, period, adds, cell: h("div", { class: "ml-rot-clock" },
      h("span", {}, `pair ${i + 1}`), face, period, adds) };
  });
  const total = h("p", { class: "ml-rot-total" });
  const chart = h("svg", { class: "ml-rot-chart", role: "img" });

  const strides = [-10, -1, 1, 10], steps = strides.map(both);
  el.append(
    query.row, key.row,
    h("div", { class: "ml-rot-both", role: "group", "aria-label": "Move both" }, h("span", {}, "Move both"), ...steps),
    total, // beside the controls, so that a phone shows what they do
    h("div", { class: "ml-row" },
      select("vectors", "Query and key", data.vectors.map(({ name }, i) => [i, name]), chosen, (value) => { chosen = value; }),
      select("base", "Base", data.bases.map((each) => [each, each.toLocaleString("en")]), base, (value) => { base = value; })),
    h("div", { class: "ml-rot-clocks" }, clocks.map(({ cell }) => cell)), chart);

  // ---- what changes -------------------------------------------------------------------------------------------

  function sentence() {
    const distance = t - s, tokens = Math.abs(distance) === 1 ? "token" : "tokens";
    const where = distance > 0 ? `${distance} ${tokens} before the query` :
      distance < 0 ? `${-distance} ${tokens} after the query` : "where the query stands";
    return `Score ${signed(sum(terms(distance)))}; the key is ${where}.`;
  }

  function say() {
    host.announce(sentence());
  }

  // A clock's zero is at the top, and it runs clockwise.
  const tip = (angle, length) => [length * Math.sin(angle), -length * Math.cos(angle)];
  const point = ([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`;

  function drawClock(i) {
    const { face, period, adds } = clocks[i], scale = 40 / longest();
    const q = hand(data.vectors[chosen].query, i), k = hand(data.vectors[chosen].key, i);
    const a = q.angle + t * speed(i), b = k.angle + s * speed(i);
    const turn = Math.atan2(Math.sin(a - b), Math.cos(a - b)); // from key to query, the short way
    const wedge = `M0 0L${point(tip(b, 16))}A16 16 0 0 ${turn > 0 ? 1 : 0} ${point(tip(a, 16))}Z`;
    const line = (angle, length, name) => {
      const [x, y] = tip(angle, length * scale);
      return h("g", { class: `ml-rot-hand ml-rot-${name}` }, h("line", { x1: 0, y1: 0, x2: x, y2: y }),
        name === "query" ? h("circle", { cx: x, cy: y, r: 4 }) :
          h("rect", { x: x - 5.5, y: y - 5.5, width: 11, height: 11 }));
    };
    const ticks = Array.from({ length: 12 }, (_, hour) => {
      const [[x1, y1], [x2, y2]] = [44, 47].map((radius) => tip((hour * Math.PI) / 6, radius));
      return h("line", { class: "ml-rot-tick", x1, y1, x2, y2 });
    });
    face.replaceChildren(h("circle", { class: "ml-rot-rim", r: 48 }), ...ticks,
      h("path", { class: "ml-rot-wedge", d: wedge }), line(b, k.length, "key"), line(a, q.length, "query"));
    const value = term(i, t - s), turns = long((2 * Math.PI) / speed(i));
    period.textContent = `a turn in ${turns}`;
    adds.textContent = signed(value);
    face.setAttribute("aria-label", `Clock of pair ${i + 1}, a full turn in ${turns} tokens: query at ${degrees(a)} degrees, ` +
      `key at ${degrees(b)}. It adds ${signed(value)} to the score.`);
  }

  function drawChart() {
    const width = Math.max(280, Math.round(el.clientWidth - 34) || 640), height = 190;
    const left = 34, right = 8, top = 22, bottom = 34;
    const distances = Array.from({ length: 4 * limit + 1 }, (_, i) => i / 2 - limit);
    const scores = distances.map((distance) => sum(terms(distance)));
    const reach = sum(Array.from({ length: pairs }, (_, i) =>
      hand(data.vectors[chosen].query, i).length * hand(data.vectors[chosen].key, i).length));
    const x = (distance) => left + ((distance + limit) / (2 * limit)) * (width - left - right);
    const y = (score) => top + ((reach - score) / (2 * reach)) * (height - top - bottom);
    const text = (content, attributes) => h("text", { class: "ml-rot-text", ...attributes }, content);
    const across = [-1, -0.5, 0, 0.5, 1].map((part) => part * limit);
    chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
    chart.setAttribute("aria-label", `The score at every distance of query and key; the marked point: ${sentence()}`);
    chart.replaceChildren(
      h("rect", { class: "ml-rot-later", x: left, y: top, width: x(0) - left, height: height - top - bottom }),
      ...[-reach, 0, reach].flatMap((score) => [
        h("line", { class: "ml-rot-grid", x1: left, x2: width - right, y1: y(score), y2: y(score) }),
        text(score ? signed(score).replace(".00", "") : "0", { x: left - 6, y: y(score) + 4, "text-anchor": "end" })]),
      h("line", { class: "ml-rot-grid", x1: x(0), x2: x(0), y1: top, y2: height - bottom }),
      ...across.map((distance) => text(String(distance).replace("-", "−"), { x: x(distance), y: height - bottom + 15,
        "text-anchor": distance === limit ? "end" : distance === -limit ? "start" : "middle" })),
      text(`distance: ${width < 480 ? "" : "position of the "}query − ${width < 480 ? "" : "position of the "}key, in tokens`, { x: (left + width - right) / 2, y: height - 4, "text-anchor": "middle" }),
      text("score", { x: 4, y: 13 }), text("key later than query", { x: left + 6, y: height - bottom - 8 }),
      h("path", { class: "ml-rot-curve", d: "M" + distances.map((distance, i) => point([x(distance), y(scores[i])])).join("L") }),
      h("line", { class: "ml-rot-now", x1: x(t - s), x2: x(t - s), y1: top, y2: height - bottom }),
      h("circle", { class: "ml-rot-dot", cx: x(t - s), cy: y(sum(terms(t - s))), r: 6 }));
  }

  function draw() {
    for (const [{ input, output }, value, name] of [[query, t, "query"], [key, s, "key"]]) {
      input.value = value;
      output.textContent = value;
      input.setAttribute("aria-valuetext", `${name} at position ${value}; ${sentence()}`);
    }
    strides.forEach((by, i) => { steps[i].disabled = room(by) === 0; });
    clocks.forEach((_, i) => drawClock(i));
    const values = terms(t - s);
    total.replaceChildren(h("span", { class: "ml-rot-sum" }, `${values.map(signed).join(" ")} = `), h("strong", {}, sentence()));
    drawChart();
  }

  draw();
  const watch = new ResizeObserver(drawChart);
  watch.observe(el);
  return () => watch.disconnect();
});
