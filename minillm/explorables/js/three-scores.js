// Training with three parameters: the reader moves three scores, or lets the gradient move them.
//
// data: {prompt, words, counts, limit, rates, rate}   counts: how often each word came; limit: the ends of the sliders
minillm.explorable("three-scores", function (el, data, host) {
  "use strict";
  const { h } = host;
  const total = data.counts.reduce((sum, count) => sum + count, 0);
  const seen = data.counts.map((count) => count / total);
  const floor = -seen.reduce((sum, q) => sum + (q > 0 ? q * Math.log(q) : 0), 0);
  const KEPT = 60; // losses in the chart
  const id = Math.random().toString(36).slice(2);
  let scores, losses, taken;

  const softmax = (z) => {
    const e = z.map((score) => Math.exp(score - Math.max(...z)));
    return e.map((value) => value / e.reduce((sum, each) => sum + each, 0));
  };
  const lossOf = (p) => -seen.reduce((sum, q, i) => sum + (q > 0 ? q * Math.log(p[i]) : 0), 0);
  const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;

  // ---- the frame ----------------------------------------------------------------------------------------------

  const rows = data.words.map((word, i) => {
    const slider = h("input", { type: "range", min: -data.limit, max: data.limit, step: 0.1, id: `ml-three-${id}-${i}`,
      oninput: () => {
        scores[i] = Number(slider.value);
        moved("by hand");
      }, onchange: say });
    const score = h("output", { class: "ml-three-score", for: slider.id });
    const bar = h("span", { class: "ml-three-fill" }), text = h("span", { class: "ml-three-p" });
    const slope = h("span", { class: "ml-three-slope" });
    const mark = h("span", { class: "ml-three-mark", style: `left:${100 * seen[i]}%` });
    const row = h("div", { class: "ml-three-row" },
      h("label", { class: "ml-three-word", for: slider.id }, word), h("span", { class: "ml-three-slide" }, slider, score),
      h("span", { class: "ml-three-bar" }, bar, mark), text, slope);
    return { slider, score, bar, text, slope, row };
  });
  const rate = h("select", { id: `ml-three-${id}-rate`, onchange: draw },
    data.rates.map((value) => h("option", { value, selected: value === data.rate }, String(value))));
  const button = (text, act, look) => h("button", { type: "button", class: look || null, onclick: act }, text);
  const verdict = h("p", { class: "ml-three-verdict" });
  const ahead = h("p", { class: "ml-muted" });
  const chart = h("svg", { class: "ml-three-chart", role: "img" });

  el.append(
    h("p", {}, `“${data.prompt} …” went on `, ...data.words.flatMap((word, i) => [
      i === 0 ? "" : i === data.words.length - 1 ? " and " : ", ", `${data.counts[i]} times with `, h("em", {}, word)]),
      ". The bars show what the model believes; the marks, what was seen."),
    h("div", { class: "ml-three-row ml-three-head", "aria-hidden": "true" }, h("span", {}, ""), h("span", {}, "score"),
      h("span", {}, "probability"), h("span", {}, ""), h("span", {}, "slope")),
    ...rows.map(({ row }) => row), verdict, chart, ahead,
    h("div", { class: "ml-row" }, button("One step downhill", () => step(1), "ml-primary"),
      button("Ten steps", () => step(10)), button("Start again", () => {
        begin();
        say();
      }),
      h("span", { class: "ml-three-rate" }, h("label", { for: rate.id }, "Learning rate"), rate)));

  // ---- what changes -------------------------------------------------------------------------------------------

  function begin() {
    scores = data.words.map(() => 0);
    losses = [];
    taken = 0;
    moved("start");
  }

  function moved(how) {
    const loss = lossOf(softmax(scores));
    const last = losses[losses.length - 1];
    // A slider that is dragged is one move, however many places it passes.
    if (how === "by hand" && last && last.how === how) last.loss = loss;
    else losses.push({ how, loss });
    if (losses.length > KEPT) losses.shift();
    draw();
  }

  function step(count) {
    for (let k = 0; k < count; k++) {
      const p = softmax(scores);
      scores = scores.map((score, i) => score - Number(rate.value) * (p[i] - seen[i]));
      taken += 1;
      moved("step");
    }
    say();
  }

  function sentence() {
    const loss = lossOf(softmax(scores));
    return `Loss ${loss.toFixed(3)} nats, ${(loss - floor).toFixed(3)} above the floor of ${floor.toFixed(3)}` +
      (taken ? `, after ${taken} ${taken === 1 ? "step" : "steps"}.` : ".");
  }

  function say() {
    host.announce(sentence());
  }

  function draw() {
    const p = softmax(scores);
    rows.forEach(({ slider, score, bar, text, slope }, i) => {
      slider.value = scores[i];
      slider.setAttribute("aria-valuetext", `score ${scores[i].toFixed(1)}, probability ${p[i].toFixed(2)}`);
      score.textContent = signed(scores[i]);
      bar.style.width = `${100 * p[i]}%`;
      text.textContent = p[i].toFixed(2);
      slope.textContent = signed(p[i] - seen[i]);
      slope.setAttribute("aria-label", `slope ${signed(p[i] - seen[i])}`);
    });
    verdict.textContent = sentence();
    ahead.textContent = `At this learning rate, the next step moves ${data.words.map((word, i) =>
      `${word} by ${signed(-Number(rate.value) * (p[i] - seen[i]))}`).join(", ")}.`;
    drawChart();
  }

  function drawChart() {
    const width = Math.max(260, chart.clientWidth || 600), height = 150;
    const box = { left: 42, right: width - 12, top: 12, bottom: height - 26 };
    const high = Math.max(1.25, ...losses.map(({ loss }) => loss)), low = floor - 0.12;
    const x = (i) => box.left + (i / Math.max(10, losses.length - 1)) * (box.right - box.left);
    const y = (loss) => box.bottom - ((loss - low) / (high - low)) * (box.bottom - box.top);
    const text = (attributes, content) => h("text", { "font-size": 13, fill: "var(--ml-muted)", ...attributes }, content);
    chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
    chart.setAttribute("height", height);
    chart.setAttribute("aria-label", `The loss after each move. ${sentence()}`);
    chart.replaceChildren(
      h("line", { x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom, stroke: "var(--ml-border)" }),
      h("line", { x1: box.left, x2: box.right, y1: y(floor), y2: y(floor), stroke: "var(--ml-7)", "stroke-width": 2,
        "stroke-dasharray": "2 4" }),
      text({ x: box.left - 6, y: y(floor) + 4, "text-anchor": "end" }, floor.toFixed(2)),
      text({ x: box.left - 6, y: y(high) + 8, "text-anchor": "end" }, high.toFixed(2)),
      text({ x: box.right, y: height - 6, "text-anchor": "end" }, "moves"),
      text({ x: box.left, y: height - 6 }, "loss, in nats; dotted: the floor"),
      h("polyline", { fill: "none", stroke: "var(--ml-6)", "stroke-width": 2,
        points: losses.map(({ loss }, i) => `${x(i).toFixed(1)},${y(loss).toFixed(1)}`).join(" ") }),
      ...losses.map(({ how, loss }, i) => h("circle", { cx: x(i).toFixed(1), cy: y(loss).toFixed(1), r: 3.5,
        fill: how === "step" ? "var(--ml-6)" : "var(--ml-2)" })));
  }

  begin();
  const observer = new ResizeObserver(drawChart);
  observer.observe(el);
  return () => observer.disconnect();
});
