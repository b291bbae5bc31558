// All heads of all layers as small pictures, to choose one from; with switches, if heads can be taken away. `page` gives
// data, state, current(), choose(layer, head), turn([[layer, head], ...], on).
minillm.define("attention/grid", function grid(page, drawing, texts, host) {
  "use strict";
  const { h } = host;
  const { data, state } = page;
  const { languageOf, percent } = texts;
  const JOBS = { start: "start mark", itself: "itself", previous: "previous", marks: "marks", same: "same word",
    after: "after same", near: "nearby", middle: "5–12 back", far: "far back", spread: "spread" };
  const GOES = { start: "goes to the start mark", itself: "stays on the token itself", previous: "goes to the token before",
    marks: "goes to punctuation marks", same: "goes to the same token earlier, where there is one",
    after: "goes to what followed the same token earlier, where there is one", near: "stays within the last five tokens",
    middle: "goes five to twelve tokens back", far: "goes more than twelve tokens back", spread: "" };
  const element = h("div", { class: "ml-att-gallery", role: "radiogroup", "aria-label": "Layer and head", onkeydown: move });
  let radios = [], cards = [], switches = [], layerSwitches = [], costs = [];

  const COLUMNS = Math.ceil(data.heads / Math.ceil(data.heads / 4)); // at most four, and rows of equal length: six are 3 + 3
  const heads = (layer) => Array.from({ length: data.heads }, (_, head) => [layer, head]);
  const isOff = ([layer, head]) => state.off.has(`${layer}.${head}`);
  const nameOf = ([layer, head]) => `Layer ${layer + 1}, head ${head + 1}`;

  // What the heads do in the language of the text: {jobs: [layer][head] [kind, share of the weight, share that even weights
  // would give], measured: on what}.
  const known = () => data.ablation[languageOf(page.current().text) === "en" ? "en" : "zh"];
  const jobOf = ([layer, head]) => (data.ablation ? known().jobs[layer][head] : null);

  function draw() {
    radios = [], cards = [], switches = [], layerSwitches = [], costs = [];
    element.classList.toggle("ml-att-switched", page.switchable);
    element.replaceChildren(...Array.from({ length: data.layers }, (_, layer) => h("div", { class: "ml-att-layer" },
      h("div", { class: "ml-att-layer-name" }, h("span", { class: "ml-muted" }, `Layer ${layer + 1}`),
        page.switchable ? layerSwitch(layer) : null),
      h("div", { class: "ml-att-row", style: `--columns: ${COLUMNS}` }, heads(layer).map(data.ablation ? card : radio)))));
    sayOff();
  }

  function radio(place) {
    const [layer, head] = place, canvas = h("canvas", { "aria-hidden": "true" }), job = jobOf(place);
    const available = page.canCompute || page.current().heads.has(`${layer}.${head}`);
    const button = h("button", { type: "button", role: "radio", disabled: !available,
      "aria-label": nameOf(place) + (job ? `: ${JOBS[job[0]]}` : ""),
      title: available ? null : "This head is not stored in the page", onclick: () => page.choose(layer, head) }, canvas);
    drawing.thumbnail(canvas, page.current().overview[layer][head]);
    radios.push(button);
    return button;
  }

  // A picture, what the head does in a word, a switch, and what the loss rises by without it once that was asked for.
  function card(place) {
    const turn = h("button", { type: "button", role: "switch", class: "ml-att-switch", "aria-label": nameOf(place),
      onclick: () => page.turn([place], isOff(place)) });
    const cost = h("span", { class: "ml-att-cost", hidden: true });
    const whole = h("div", { class: "ml-att-card" }, radio(place),
      h("span", { class: "ml-att-job", "aria-hidden": "true" }, JOBS[jobOf(place)[0]]), page.switchable ? turn : null, cost);
    switches.push(turn);
    costs.push(cost);
    cards.push(whole);
    return whole;
  }

  function layerSwitch(layer) {
    const button = h("button", { type: "button", class: "ml-att-layer-switch",
      onclick: () => page.turn(heads(layer), heads(layer).every(isOff)) });
    layerSwitches.push(button);
    return button;
  }

  // Which heads are off, after a switch was pressed.
  function sayOff() {
    cards.forEach((card, i) => {
      const off = isOff([Math.floor(i / data.heads), i % data.heads]);
      card.classList.toggle("ml-att-off", off);
      switches[i].setAttribute("aria-checked", String(!off));
      switches[i].textContent = off ? "Off" : "On";
    });
    layerSwitches.forEach((button, layer) => {
      const off = heads(layer).every(isOff);
      button.textContent = off ? "All on" : "All off";
      button.setAttribute("aria-label", `Layer ${layer + 1}: all heads ${off ? "on" : "off"}`);
    });
  }

  // A word under each picture.
  function tell(words) {
    costs.forEach((cost, i) => {
      cost.textContent = words[i];
      cost.hidden = false;
    });
  }

  function mark() {
    radios.forEach((button, i) => {
      const chosen = i === state.layer * data.heads + state.head;
      button.setAttribute("aria-checked", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    });
  }

  // What the chosen head does, in a sentence.
  function told() {
    const job = jobOf([state.layer, state.head]);
    if (!job) return "";
    const [kind, share, even] = job;
    const what = kind === "spread" ? "its weight is spread; no kind of place gets much more than its part"
      : `${percent(share)} of its weight ${GOES[kind]} (even weights would give ${percent(even)})`;
    return `${nameOf([state.layer, state.head])}: ${what}. Measured on ${known().measured}.`;
  }

  function move(event) {
    if (!radios.includes(event.target)) return;
    const to = page.arrow(event, state.layer * data.heads + state.head, radios.length, data.heads);
    if (to === null || radios[to].disabled) return;
    page.choose(Math.floor(to / data.heads), to % data.heads);
    radios[to].focus();
  }

  return { element, draw, mark, sayOff, tell, told };
});
