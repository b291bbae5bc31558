// The attention explorer: where does each token look, in every head, how do the numbers come about, and what is lost
// without a head?
//
// data: {model, megabytes, layers, heads, d_k, layer, head, view ("words" or "tokens"), texts}; model is the name of the
//   weights to open for the reader's own sentences and for heads that are not stored; null for one that no page has
// texts: [{text, tokens, gloss, token, overview, stored}]; arrays are {dtype: "f2", bdata: base64 of 16-bit floats}
//   tokens: what each token adds to the text; token: the one to look from at first, or null
//   overview[layer][head]: the weights summed up to a small square matrix, for the thumbnails
//   stored["layer.head"]: {scores: T·T scaled scores before the mask, row by row; query, key, value: the first dimensions}
// window: how many tokens back attention reaches, if that is limited; biased: true if positions add to the scores
// ablation: {en, zh: {jobs: [layer][head] [kind, share, even], measured: on what}}, if heads can be switched off; then the steps
//   of the formula are left out
minillm.explorable("attention", function (el, data, host) {
  "use strict";
  const { h } = host;
  const LONGEST = 200; // tokens of the reader's own sentence: more cannot be told apart in the matrix
  const model = data.model || (host.live ? "your model" : null); // a kernel can send the weights of any model

  const state = { text: 0, layer: data.layer, head: data.head, view: data.view, mask: true, scale: true,
    token: null, hover: null, step: 0, off: new Set() }; // off: heads as "layer.head"
  const texts = host.use("attention/texts")(h);
  const { gathered, label, spaced, percent, languageOf, START } = texts;
  const drawing = host.use("attention/drawing")(el, h);
  const { shade } = drawing;
  const stored = data.texts.map(texts.prepared);
  let client = null, own = null, timer = null;

  // ---- what is shown ------------------------------------------------------------------------------------------

  const current = () => (state.text === "own" ? own : stored[state.text]);
  const headNow = () => current().heads.get(`${state.layer}.${state.head}`);
  const unitsNow = () => (state.view === "words" ? current().words : current().tokens.map((_, t) => [t, t + 1]));
  const sees = (t, s) => !state.mask || (s <= t && (!data.window || t - s < data.window));

  // The score of query t and key s as the toggles have it: stored scores are scaled.
  const score = (t, s) => headNow().scores[t * current().tokens.length + s] * (state.scale ? 1 : Math.sqrt(data.d_k));

  // Row by row: softmax over the scores that the mask lets through. Returns T rows.
  function weightsNow() {
    return current().tokens.map((_, t, { length }) => {
      const row = Array.from({ length }, (_, s) => (sees(t, s) ? score(t, s) : -Infinity));
      const max = Math.max(...row);
      const exps = row.map((value) => Math.exp(value - max));
      const sum = exps.reduce((a, b) => a + b, 0);
      return exps.map((value) => value / sum);
    });
  }

  // ---- the frame ----------------------------------------------------------------------------------------------

  const line = h("div", { class: "ml-att-line", role: "radiogroup", "aria-label": "Look from this part of the text",
    onkeydown: moveAlong, onpointerleave: () => hover(null) });
  const arcs = h("svg", { class: "ml-att-arcs", "aria-hidden": "true" });
  const gloss = h("p", { class: "ml-muted ml-att-gloss" });
  const said = h("p", { class: "ml-att-said" });
  const message = h("p", { class: "ml-error", role: "alert", hidden: true });
  const progress = h("progress", { max: 1, value: 0, hidden: true, "aria-label": "Loading the model" });
  const matrix = drawing.matrixView({ onpointermove: pointAt, onclick: pickAt, onpointerleave: () => hover(null) });

  function choices(name, options, chosen, choose) {
    const buttons = options.map(([value, text, extra]) => h("button", { type: "button", ...extra,
      "aria-pressed": String(value === chosen), onclick: () => {
        buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(options[i][0] === value)));
        choose(value);
      } }, text));
    return h("div", { class: "ml-att-choices", role: "group", "aria-label": name }, buttons);
  }

  const root = () => h("span", {}, "√d", h("sub", {}, "k"));
  const check = (text, key) => h("label", { class: "ml-check" },
    h("input", { type: "checkbox", checked: state[key], onchange: ({ target }) => {
      state[key] = target.checked;
      update();
      host.announce(`${target.checked ? "On" : "Off"}. ${said.textContent}`);
    } }), h("span", {}, text));

  const page = { data, state, current, head: headNow, weights: weightsNow, score, sees, choices, root, arrow, withModel, turn,
    choose: chooseHead, tell: (words) => grid.tell(words), model: () => client, narrow: () => el.clientWidth < 500, canCompute: Boolean(model),
    switchable: Boolean(data.ablation && model) };
  const grid = host.use("attention/grid")(page, drawing, texts, host);
  const steps = data.ablation || data.biased ? null : host.use("attention/steps")(page, texts, host);
  const ablation = page.switchable ? host.use("attention/ablation")(page, texts, host) : null;

  const picker = choices("Sentence", stored.map(({ text }, i) => [i, text, { lang: languageOf(text) }]), 0, (index) => {
    state.text = index;
    state.token = state.hover = null;
    show();
  });
  const input = h("input", { type: "text", class: "ml-att-input", autocomplete: "off", spellcheck: "false",
    "aria-label": "Your own sentence", placeholder: `Or your own sentence (loads ${data.megabytes} MB)`, oninput: typed });
  const go = h("button", { type: "submit" }, "Look inside");
  const form = h("form", { class: "ml-att-own", onsubmit: (event) => {
    event.preventDefault();
    lookInside();
  } }, input, go);

  const views = choices("Show", [["words", "By words"], ["tokens", "By tokens"]], state.view, (view) => {
    state.view = view;
    state.hover = null;
    update();
  });

  const job = h("p", { class: "ml-muted", hidden: !data.ablation });
  const switches = steps ? [check("Causal mask", "mask"), check(["Divide by ", root()], "scale"),
    h("p", { class: "ml-muted" }, "The switches act on this head alone, and only in this picture.")] : [job];

  el.append(
    picker, ...(model ? [form, progress] : []), message, views,
    h("div", { class: "ml-att-text" }, arcs, line), gloss, said, ...(ablation ? [ablation.element] : []),
    h("div", { class: `ml-att-panels${data.ablation ? " ml-att-wide" : ""}` },
      h("div", {}, h("h4", {}, "Choose a head"), grid.element, switches),
      h("div", {}, h("h4", {}, "This head: who looks at whom"), matrix.element,
        h("p", { class: "ml-muted" }, "A row looks, a column is looked at. The stronger the color, the larger the weight.",
          ablation ? " Pictures are of the whole model, with all heads on." : ""))),
    ...(steps ? [steps.element] : []));

  // ---- drawing ------------------------------------------------------------------------------------------------

  let cells = [], units = []; // the matrix as shown, and what its rows stand for
  const labelOf = (unit) => label(current().tokens, unit);

  // Everything that depends on the sentence.
  function show() {
    gloss.textContent = current().gloss || "";
    gloss.hidden = !current().gloss;
    views.hidden = current().words.length === current().tokens.length; // every token is a word: no choice to make
    grid.draw();
    showHead();
    if (ablation && client) ablation.update();
  }

  // Everything that depends on the head. One that the page does not hold has to be computed first.
  function showHead() {
    message.hidden = true;
    grid.mark();
    job.textContent = grid.told();
    if (headNow()) update();
    else openHead();
  }

  function update() {
    units = unitsNow();
    cells = gathered(weightsNow(), units);
    if (state.token === null) state.token = telling();
    drawLine();
    paint();
    drawRow();
  }

  // What depends on the token that looks.
  function drawRow() {
    if (steps) steps.draw();
    if (ablation) ablation.draw();
  }

  // Where to begin: the token that was asked for, or the word that gives most to a word far back.
  function telling() {
    if (Number.isInteger(current().token)) return current().token + 1;
    const isWord = units.map((unit) => unit[0] > 0 && /[\p{L}\p{N}]/u.test(labelOf(unit)));
    const far = cells.map((row, i) => Math.max(0, ...row.map((weight, j) =>
      isWord[i] && isWord[j] && j < i - 1 ? weight * Math.sqrt(i - j) : 0)));
    return units[far.indexOf(Math.max(...far))][1] - 1;
  }

  const rowOf = (token) => units.findIndex(([from, to]) => token >= from && token < to);
  const rowNow = () => (state.hover === null ? rowOf(state.token) : state.hover);

  let drawn = null; // the text and the view that the line shows: another head keeps its buttons, and the focus on them

  function drawLine() {
    if (drawn && drawn.text === current() && drawn.view === state.view) return;
    drawn = { text: current(), view: state.view };
    line.lang = languageOf(current().text);
    line.classList.toggle("ml-att-fine", units.every((unit) => unit[0] === 0 || [...labelOf(unit)].length === 1));
    line.replaceChildren(...units.map((unit, i) => h("button", {
      type: "button", role: "radio", class: "ml-att-token", "data-start": unit[0] === 0,
      onpointermove: (event) => event.pointerType === "mouse" && hover(i), onclick: () => select(i) },
      h("span", {}, state.view === "tokens" ? spaced(current().tokens[i]) : labelOf(unit)), h("span", { class: "ml-att-share" }))));
  }

  // What changes when the reader looks from another token: shades, shares, arcs, the marked row of the matrix.
  function paint() {
    const row = rowNow(), weights = cells[row];
    [...line.children].forEach((token, i) => {
      const chosen = i === rowOf(state.token), hidden = state.mask && i > row;
      token.setAttribute("aria-checked", String(chosen));
      token.tabIndex = chosen ? 0 : -1;
      token.classList.toggle("ml-att-from", i === row);
      token.classList.toggle("ml-att-hidden", hidden);
      token.style.setProperty("--share", `${Math.round(60 * shade(weights[i]))}%`);
      const least = line.classList.contains("ml-att-fine") ? 0.05 : 0.01;
      token.lastChild.textContent = hidden || weights[i] < least ? "" : percent(weights[i]);
      token.setAttribute("aria-label", `${labelOf(units[i])}, ${hidden ? "hidden by the mask" : percent(weights[i])}`);
    });
    drawArcs(row, weights);
    matrix.draw(cells, units.map(labelOf), row);
    matrix.say(`Attention weights of layer ${state.layer + 1}, head ${state.head + 1}, ${cells.length} by ${cells.length}. ` +
      `Marked row: ${sentence(row, weights)}`);
    said.textContent = sentence(row, weights);
  }

  function sentence(row, weights) {
    const best = weights.map((_, i) => i).sort((a, b) => weights[b] - weights[a]).slice(0, 3)
      .filter((i) => weights[i] >= 0.05);
    const quoted = (i) => {
      const name = labelOf(units[i]);
      if (units[i][0] === 0) return `the ${START}`;
      if (/[\p{L}\p{N}]/u.test(name)) return `“${name}”`;
      if (!current().tokens[units[i][1] - 1]) return "a part of a character";
      return name === "␣" ? "the space" : `the mark ${name}`;
    };
    const name = (i) => (i === row ? "itself" : quoted(i));
    const from = quoted(row).replace(/^[ta]/, (letter) => letter.toUpperCase());
    return `${from} looks at ${best.map((i) => `${name(i)} (${percent(weights[i])})`).join(", ") || "everything a little"}.`;
  }

  function drawArcs(row, weights) {
    const box = line.getBoundingClientRect();
    const place = (i) => {
      const r = line.children[i].getBoundingClientRect();
      return { x: r.left + r.width / 2 - box.left, top: r.top - box.top, bottom: r.bottom - box.top };
    };
    const from = place(row);
    const strongest = weights.map((_, i) => i).filter((i) => i !== row && weights[i] >= 0.03)
      .sort((a, b) => weights[b] - weights[a]).slice(0, 8);
    arcs.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
    arcs.replaceChildren(...strongest.map((i) => {
      const to = place(i);
      let d;
      if (Math.abs(to.top - from.top) < 4) {
        const rise = from.top - Math.min(26, 10 + Math.abs(to.x - from.x) / 9) * 1.3;
        d = `M${from.x} ${from.top}C${from.x} ${rise} ${to.x} ${rise} ${to.x} ${to.top}`;
      } else {
        const [y1, y2] = to.top < from.top ? [from.top, to.bottom] : [from.bottom, to.top];
        d = `M${from.x} ${y1}C${from.x} ${(y1 + y2) / 2} ${to.x} ${(y1 + y2) / 2} ${to.x} ${y2}`;
      }
      return h("path", { d, "stroke-width": (1 + 5 * weights[i]).toFixed(1), opacity: 0.35 + 0.6 * shade(weights[i]) });
    }));
  }

  // ---- what the reader does -----------------------------------------------------------------------------------

  function hover(row) {
    if (!headNow() || state.hover === row) return;
    state.hover = row;
    paint();
  }

  function select(i) {
    state.token = units[i][1] - 1;
    state.hover = null;
    paint();
    drawRow();
    host.announce(said.textContent);
  }

  // Arrow keys among the items of a radio group; returns the index to go to, or null.
  function arrow(event, index, count, across = 1) {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across, Home: -index, End: count - 1 - index }[event.key];
    if (by === undefined) return null;
    event.preventDefault();
    return Math.max(0, Math.min(count - 1, index + by));
  }

  function moveAlong(event) {
    const to = arrow(event, rowOf(state.token), units.length);
    if (to === null) return;
    select(to);
    line.children[to].focus();
  }

  function chooseHead(layer, head) {
    Object.assign(state, { layer, head });
    showHead();
    if (headNow()) host.announce(`Layer ${layer + 1}, head ${head + 1}. ${said.textContent}`);
  }

  function turn(heads, on) {
    heads.forEach(([layer, head]) => state.off[on ? "delete" : "add"](`${layer}.${head}`));
    grid.sayOff();
    ablation.update();
  }

  function pointAt(event) {
    const at = matrix.at(event);
    hover(at ? at[0] : null);
    if (at) said.textContent = `${labelOf(units[at[0]])} → ${labelOf(units[at[1]])}: ${percent(cells[at[0]][at[1]])}`;
  }

  function pickAt(event) {
    const at = matrix.at(event);
    if (at) select(at[0]);
  }

  // ---- the model, for the reader's own sentence and for heads that are not stored ------------------------------

  async function withModel(use) {
    message.hidden = true;
    try {
      if (!client) {
        progress.hidden = false;
        client = await host.model(model, { onProgress: (fraction) => (progress.value = fraction) });
        input.placeholder = "Or your own sentence";
      }
      await use(client);
    } catch (error) {
      message.textContent = error.message[0].toUpperCase() + error.message.slice(1) + (/[.!]$/.test(error.message) ? "" : ".");
      message.hidden = false;
      input.toggleAttribute("aria-invalid", true);
    } finally {
      progress.hidden = true;
    }
  }

  async function computed(text) {
    const ids = [client.tokenizer.endId, ...client.tokenizer.encode(text)];
    if (ids.length > LONGEST + 1) throw new Error(`That is ${ids.length - 1} tokens; take at most ${LONGEST}.`);
    return texts.computed(text, client.tokenizer.pieces(ids.slice(1)), await client.forward(ids, { attention: true }));
  }

  function lookInside() {
    const text = input.value.trim();
    withModel(async () => {
      if (!text) throw new Error("Type a sentence first.");
      own = await computed(text);
      input.toggleAttribute("aria-invalid", false);
      state.text = "own";
      state.token = state.hover = null;
      [...picker.children].forEach((button) => button.setAttribute("aria-pressed", "false"));
      show();
    });
  }

  function typed() {
    clearTimeout(timer);
    if (client && input.value.trim()) timer = setTimeout(lookInside, 300);
  }

  // A head of a chosen sentence that the page does not hold: the model computes it.
  function openHead() {
    const entry = current();
    withModel(async () => {
      entry.heads = (await computed(entry.text)).heads;
      if (current() === entry) showHead();
    });
  }

  show();
  let connected = el.isConnected; // a notebook puts the element into the page later: sizes and colors are known then
  const observer = new ResizeObserver(() => {
    if (!connected) show();
    else if (headNow()) paint();
    connected = true;
  });
  observer.observe(el);
  const forget = host.onTheme(() => show());
  return () => {
    observer.disconnect();
    forget();
    clearTimeout(timer);
  };
}, ["attention/texts", "attention/drawing", "attention/steps", "attention/grid", "attention/ablation"]);
