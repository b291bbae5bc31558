// Budget: what training a model takes, in memory, machines, days and money.
//
// data: {shapes: {name: {parameters, length, vocabulary, layers, width, flops, head, block, end, states, tokens}},
//        hardware: {name: {title, flops, memory, power, price}}, precisions: {name: {weights, gradients, master, states,
//        activations, compute}}, shown, machine}
//   flops and head: of the way forward, a token; block: numbers that one block keeps of a text, end: those behind the
//   blocks without the log-probabilities. The sums are those of minillm.calculators.
minillm.explorable("budget", function (el, data, host) {
  "use strict";
  const { h } = host;
  const id = Math.random().toString(36).slice(2);
  const RESERVE = 0.1, OVERHEAD = 1.1, HOUSEHOLD = 10500; // kWh that a US household takes in a year (EIA, 2022)
  const PARTS = [["weights", 6], ["gradients", 3], ["optimizer", 2], ["activations", 7]];
  const state = { model: data.shown, machine: data.machine, precision: "mixed", optimizer: "adamw", texts: 0,
    checkpointing: false, devices: 0, tokens: 0, utilization: 40, timed: false }; // readers predict first

  // ---- the sums -----------------------------------------------------------------------------------------------

  function sums() {
    const model = data.shapes[state.model], machine = data.hardware[state.machine], form = data.precisions[state.precision];
    const texts = 2 ** state.texts, devices = 2 ** state.devices, tokens = 10 ** state.tokens;
    const inside = state.checkpointing ? model.layers * model.length * model.width + model.block : model.layers * model.block;
    const memory = {
      weights: model.parameters * form.weights,
      gradients: model.parameters * form.gradients,
      optimizer: model.states[state.optimizer] * form.states + model.parameters * form.master,
      activations: texts * ((inside + model.end) * form.activations + model.length * model.vocabulary * 4),
    };
    const room = machine.memory * (1 - RESERVE);
    const shared = memory.weights + memory.gradients + memory.optimizer;
    const needed = memory.activations < room ? Math.max(1, Math.ceil(shared / (room - memory.activations))) : Infinity;
    const flops = (3 * model.flops + (state.checkpointing ? model.flops - model.head : 0)) * tokens;
    const hours = flops / (machine.flops[form.compute] * state.utilization / 100) / 3600;
    return { model, machine, memory, room, needed, flops, hours, devices, texts, tokens, seconds: hours * 3600 / devices,
      dollars: hours * machine.price, energy: hours * machine.power * OVERHEAD / 1000 };
  }

  // ---- how numbers read ---------------------------------------------------------------------------------------

  const round = (value) => Number(value.toPrecision(value >= 100 ? 3 : 2)).toLocaleString("en", { maximumFractionDigits: 3 });
  const scaled = (value, units, step = 1000) => {
    let i = 0;
    while (i < units.length - 1 && value >= step * 0.9995) {
      value /= step;
      i += 1;
    }
    return `${round(value)}${units[i]}`;
  };
  const count = (value) => scaled(value, ["", " thousand", " million", " billion", " trillion"]);
  const bytes = (value) => scaled(value, [" B", " kB", " MB", " GB", " TB"]);
  const dollars = (value) => (value < 0.01 ? "less than a cent" : value < 1 ? `${round(value * 100)} cents` : `$${count(value)}`);
  const duration = (seconds) => {
    for (const [unit, size] of [["year", 31557600], ["day", 86400], ["hour", 3600], ["minute", 60]]) {
      if (seconds >= 1.5 * size) return `${round(seconds / size)} ${unit}s`;
    }
    return seconds < 1 ? "less than a second" : `${round(seconds)} seconds`;
  };
  const power = (value) => {
    const exponent = Math.floor(Math.log10(value) + 1e-9);
    return [`${(value / 10 ** exponent).toFixed(1)} × 10`, h("sup", {}, exponent)];
  };
  const machines = (number) => number.toLocaleString("en");

  // ---- the frame ----------------------------------------------------------------------------------------------

  const choose = (name, label, options) => {
    const input = h("select", { id: `ml-bud-${id}-${name}`, onchange: () => {
      state[name] = input.value;
      if (name === "model") readAsPublished();
      draw(true);
    } }, options.map(([value, text]) => h("option", { value, selected: value === state[name] }, text)));
    return { input, row: h("div", { class: "ml-bud-field" }, h("label", { for: input.id }, label), input) };
  };
  const slide = (name, label, min, max, step, words) => {
    const input = h("input", { type: "range", min, max, step, id: `ml-bud-${id}-${name}`, oninput: () => {
      state[name] = Number(input.value);
      draw(false);
    }, onchange: say });
    const output = h("output", { for: input.id });
    const show = () => {
      input.value = state[name];
      output.textContent = words();
      input.setAttribute("aria-valuetext", words());
    };
    return { show, row: h("div", { class: "ml-bud-field" }, h("label", { for: input.id }, label, " ", output), input) };
  };
  const title = (name) => `${name} (${count(data.shapes[name].parameters)})`;
  const sliders = [
    slide("texts", "Texts at a time, on each machine:", 0, 8, 1, () => `${2 ** state.texts} of ${data.shapes[state.model].length.toLocaleString("en")} tokens`),
    slide("tokens", "Reads:", 6, 13.5, 0.05, () => `${count(10 ** state.tokens)} tokens`),
    slide("devices", "Machines:", 0, 15, 1, () => (2 ** state.devices).toLocaleString("en")),
    slide("utilization", "Reached share of their peak:", 5, 80, 5, () => `${state.utilization} %`),
  ];
  const checkbox = h("input", { type: "checkbox", id: `ml-bud-${id}-checkpointing`, onchange: () => {
    state.checkpointing = checkbox.checked;
    draw(true);
  } });
  const twenty = h("button", { type: "button", onclick: () => {
    state.tokens = Math.log10(20 * data.shapes[state.model].parameters);
    draw(true);
  } }, "20 tokens a parameter");
  const verdict = h("p", { class: "ml-bud-verdict" }), bill = h("p", {}), time = h("p", { class: "ml-bud-time", id: `ml-bud-${id}-time` });
  const years = h("button", { type: "button", "aria-controls": time.id, onclick: () => {
    state.timed = !state.timed;
    draw(true);
  } }, "Show the years");
  const bars = h("div", { class: "ml-bud-bars" });
  const legend = h("div", { class: "ml-bud-legend", "aria-hidden": "true" }, PARTS.map(([name, color]) =>
    h("span", {}, h("i", { style: `background: var(--ml-${color})` }), name)));

  const [texts, reads, devices, share] = sliders.map(({ row }) => row);
  el.append(
    h("div", { class: "ml-bud-fields" },
      choose("model", "Model", Object.keys(data.shapes).map((name) => [name, title(name)])).row,
      choose("machine", "Machine", Object.entries(data.hardware).map(([name, row]) => [name, row.title])).row,
      devices, h("label", { class: "ml-check" }, checkbox, "activation checkpointing")),
    legend, bars, verdict, bill, h("div", { class: "ml-row" }, years), time,
    h("div", { class: "ml-bud-fields ml-bud-more" },
      choose("precision", "Precision", [["fp32", "fp32"], ["mixed", "bf16, added up in fp32"], ["bf16", "bf16 alone"]]).row,
      choose("optimizer", "Optimizer", [["adamw", "AdamW"], ["muon", "Muon"], ["momentum", "SGD with momentum"], ["sgd", "SGD"]]).row,
      texts, share, reads, twenty));

  // ---- what changes -------------------------------------------------------------------------------------------

  // What the published model read, or 20 tokens a parameter where nobody said.
  function readAsPublished() {
    const model = data.shapes[state.model];
    state.tokens = Math.log10(model.tokens || 20 * model.parameters);
  }

  const RESERVED = "of which a tenth is kept in reserve";

  function fits({ memory, room, needed, devices, machine, texts }) {
    if (memory.activations >= room) {
      return `No number of them is enough: the activations of ${texts === 1 ? "one text" : `${texts} texts`} alone do not fit ` +
        `on one ${machine.title}, ${RESERVED}. ${!state.checkpointing ? "Try checkpointing." : texts > 1 ? "Take fewer texts at a time." : "The model itself would have to be cut."}`;
    }
    if (needed === 1) return `It fits on one ${machine.title}.`;
    const enough = devices >= needed ? `${machines(devices)} do` : `${machines(devices)} ${devices === 1 ? "does" : "do"} not`;
    return `It takes ${machines(needed)} × ${machine.title} to hold it, each with its share of weights, gradients and optimizer; ${enough}.`;
  }

  const seen = (s) => `${duration(s.seconds)} on ${machines(s.devices)} × ${s.machine.title}, ${dollars(s.dollars)}`;

  function bar(label, parts, machine, scale) {
    const total = PARTS.reduce((sum, [name]) => sum + parts[name], 0);
    const line = Math.min(100, machine.memory / scale * 100);
    const words = PARTS.map(([name]) => `${name} ${bytes(parts[name])}`).join(", ");
    return h("div", { class: "ml-bud-bar" }, h("span", {}, h("b", {}, label), ` ${bytes(total)}`),
      h("div", { class: "ml-bud-track", role: "img", "aria-label": `${label} ${bytes(total)}; ${words}; one machine has ${bytes(machine.memory)}, ${RESERVED}` },
        PARTS.map(([name, color]) => h("i", { style: `width: ${parts[name] / scale * 100}%; background: var(--ml-${color})` })),
        h("em", { style: `left: ${line}%` })),
      h("small", { class: "ml-muted" }, words));
  }

  function draw(aloud) {
    const s = sums();
    checkbox.checked = state.checkpointing;
    for (const { show } of sliders) show();
    const each = Object.fromEntries(PARTS.map(([name]) => [name, name === "activations" ? s.memory[name] : s.memory[name] / s.devices]));
    const total = (parts) => PARTS.reduce((sum, [name]) => sum + parts[name], 0);
    const scale = Math.max(total(s.memory), s.machine.memory) * 1.02;
    const own = Math.max(total(each), s.machine.memory) * 1.02;
    bars.replaceChildren(bar("All on one machine:", s.memory, s.machine, scale),
      ...(s.devices > 1 ? [bar(`On each of ${machines(s.devices)}:`, each, s.machine, own)] : []),
      h("small", { class: "ml-muted" }, h("em", { class: "ml-bud-key" }), ` what one machine has: ${bytes(s.machine.memory)}, ${RESERVED}`));
    verdict.textContent = fits(s);
    bill.replaceChildren("Training: ", ...power(s.flops), " FLOPs (6", h("i", {}, "ND"), ": ", ...power(6 * s.model.parameters * s.tokens),
      `). It reads ${round(s.tokens / s.model.parameters)} tokens for each parameter.`);
    years.setAttribute("aria-pressed", state.timed);
    time.hidden = !state.timed;
    time.replaceChildren(...(state.timed ? [h("b", {}, seen(s)), `, ${count(s.energy)} kWh` +
      (s.energy > HOUSEHOLD ? `, as much as ${count(s.energy / HOUSEHOLD)} US households in a year.` : ".")] : []));
    if (aloud) say();
  }

  function say() {
    const s = sums();
    host.announce(state.timed ? `${fits(s)} ${seen(s)}.` : fits(s));
  }

  readAsPublished();
  draw(false);
});
