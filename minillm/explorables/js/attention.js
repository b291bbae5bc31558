// The attention explorer: where does each token look, in every head, and how do the numbers come about?
//
// data: {model, megabytes, layers, heads, d_k, layer, head, view ("words" or "tokens"), texts}; model is the name of the weights to open for the
//   reader's own sentences and for heads that are not stored; null for one that no page has
// texts: [{text, tokens, gloss, token, overview, stored}]; arrays are {dtype: "f2", bdata: base64 of 16-bit floats}
//   tokens: what each token adds to the text; token: the one to look from at first, or null
//   overview[layer][head]: the weights summed up to a small square matrix, for the thumbnails
//   stored["layer.head"]: {scores: T·T scaled scores before the mask, row by row; query, key, value: the first dimensions}
minillm.explorable("attention", function (el, data, host) {
  "use strict";
  const { h } = host;
  const LONGEST = 200; // tokens of the reader's own sentence: more cannot be told apart in the matrix
  const model = data.model || (host.live ? "your model" : null); // a kernel can send the weights of any model
  const START = "start"; // stands for the mark before the first token
  const WIDEST = 440, LABELLED = 12; // pixels: the matrix, and a row of it that has room for its label
  const STEPS = ["Compare", "Scale", "Mask", "Softmax", "Mix"];

  const state = { text: 0, layer: data.layer, head: data.head, view: data.view, mask: true, scale: true,
    token: null, hover: null, step: 0 };
  const texts = data.texts.map(prepared);
  let client = null, own = null, timer = null;

  // ---- from numbers to what is shown ------------------------------------------------------------------------

  function prepared(entry) {
    const tokens = [START, ...entry.tokens];
    const heads = Object.entries(entry.stored).map(([name, parts]) =>
      [name, Object.fromEntries(Object.entries(parts).map(([part, array]) => [part, floats(array)]))]);
    const overview = entry.overview.map((layer) => layer.map((array) => square(floats(array))));
    return { ...entry, tokens, overview, words: wordsOf(tokens), heads: new Map(heads) };
  }

  // 16-bit floats; see halfToFloat in engine.js.
  function floats({ bdata }) {
    const bytes = Uint8Array.from(atob(bdata), (character) => character.charCodeAt(0));
    const bits = Uint32Array.from(new Uint16Array(bytes.buffer), (half) => ((half & 0x8000) << 16) | ((half & 0x7fff) << 13));
    return new Float32Array(bits.buffer).map((value) => value * 2 ** 112);
  }

  function square(flat) {
    const size = Math.sqrt(flat.length);
    return Array.from({ length: size }, (_, i) => flat.slice(i * size, (i + 1) * size));
  }

  // A word is a run of letters with the space before it; Chinese runs are cut by the browser's own word list where it has
  // one. Words that share a token are taken together. Returns [first token, one past the last] of each.
  function wordsOf(tokens) {
    const pieces = tokens.slice(1).join("").match(/ ?[\p{L}\p{N}'’-]+| ?[^\p{L}\p{N}]/gu) || [];
    const segmenter = Intl.Segmenter && new Intl.Segmenter("zh", { granularity: "word" });
    const cut = (piece) => !/\p{Script=Han}/u.test(piece) ? [piece]
      : segmenter ? Array.from(segmenter.segment(piece), ({ segment }) => segment) : [...piece];
    const ends = new Set();
    let end = 0;
    for (const piece of pieces.flatMap(cut)) ends.add(end += piece.length);
    const words = [[0, 1]];
    end = 0;
    tokens.slice(1).forEach((token, t) => {
      end += token.length;
      if (token && ends.has(end)) words.push([words[words.length - 1][1], t + 2]);
    });
    return words;
  }

  const current = () => (state.text === "own" ? own : texts[state.text]);
  const headName = () => `${state.layer}.${state.head}`;
  const headNow = () => current().heads.get(headName());
  const unitsNow = () => (state.view === "words" ? current().words : current().tokens.map((_, t) => [t, t + 1]));
  const sees = (t, s) => !state.mask || s <= t;

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

  // From tokens to words: what a word's tokens give to all tokens of another, on average over the looking tokens.
  function gathered(weights, units) {
    return units.map(([from, to]) => units.map(([start, end]) => {
      let sum = 0;
      for (let t = from; t < to; t++) for (let s = start; s < end; s++) sum += weights[t][s];
      return sum / (to - from);
    }));
  }

  // Without the space that most tokens of English begin with. A part of a character shows as dots.
  function label([from, to]) {
    if (from === 0) return START;
    const text = current().tokens.slice(from, to).join("");
    return text.trim() || (text ? "␣" : "…");
  }
  // With that space, where it tells tokens from words.
  function spaced(token) {
    return /^ ./.test(token) ? [h("span", { class: "ml-att-space" }, "␣"), token.slice(1)] : [token === " " ? "␣" : token || "…"];
  }
  const number = (value) => (value === -Infinity ? "−∞" : value.toFixed(2).replace(/^-(?!0\.00)/, "−").replace("-", ""));
  const percent = (weight) => (weight > 0 && weight < 0.01 ? "<1%" : `${Math.round(100 * weight)}%`);
  // The first dimensions of row t of a matrix with one row a token, times a factor; phones have room for two.
  function vector(values, t, factor = 1) {
    const width = values.length / current().tokens.length;
    return Array.from({ length: Math.min(narrow() ? 2 : 3, width) }, (_, i) => factor * values[t * width + i]);
  }
  const narrow = () => el.clientWidth < 500;

  // ---- the frame ----------------------------------------------------------------------------------------------

  const line = h("div", { class: "ml-att-line", role: "radiogroup", "aria-label": "Look from this part of the text",
    onkeydown: moveAlong, onpointerleave: () => hover(null) });
  const arcs = h("svg", { class: "ml-att-arcs", "aria-hidden": "true" });
  const gloss = h("p", { class: "ml-muted ml-att-gloss" });
  const said = h("p", { class: "ml-att-said" });
  const message = h("p", { class: "ml-error", role: "alert", hidden: true });
  const progress = h("progress", { max: 1, value: 0, hidden: true, "aria-label": "Loading the model" });
  const gallery = h("div", { class: "ml-att-gallery", role: "radiogroup", "aria-label": "Layer and head",
    onkeydown: moveInGallery });
  const matrix = h("canvas", { class: "ml-att-matrix", role: "img", onpointermove: pointAt, onclick: pickAt,
    onpointerleave: () => hover(null) });
  const scroller = h("div", { class: "ml-scroll" }, matrix);
  const steps = h("div", { class: "ml-att-steps" });

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

  const picker = choices("Sentence", texts.map(({ text }, i) => [i, text, { lang: languageOf(text) }]), 0, (index) => {
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

  el.append(
    picker, ...(model ? [form, progress] : []), message, views,
    h("div", { class: "ml-att-text" }, arcs, line), gloss, said,
    h("div", { class: "ml-att-panels" },
      h("div", {}, h("h4", {}, "Choose a head"), gallery, check("Causal mask", "mask"), check(["Divide by ", root()], "scale"),
        h("p", { class: "ml-muted" }, "The switches act on this head alone, and only in this picture.")),
      h("div", {}, h("h4", {}, "This head: who looks at whom"), scroller,
        h("p", { class: "ml-muted" }, "A row looks, a column is looked at. The stronger the color, the larger the weight."))),
    steps);

  function languageOf(text) {
    return /\p{Script=Han}/u.test(text) ? "zh-Hans" : "en";
  }

  // ---- drawing ------------------------------------------------------------------------------------------------

  const colors = () => {
    const style = getComputedStyle(el);
    return (name) => style.getPropertyValue(`--ml-${name}`).trim();
  };

  // The eye sees small differences among dark shades badly: the root spreads small weights out.
  const shade = (weight) => Math.sqrt(Math.min(1, weight));

  let cells = [], units = []; // the matrix as shown, and what its rows stand for

  // Everything that depends on the sentence.
  function show() {
    gloss.textContent = current().gloss || "";
    gloss.hidden = !current().gloss;
    views.hidden = current().words.length === current().tokens.length; // every token is a word: no choice to make
    drawGallery();
    showHead();
  }

  // Everything that depends on the head. One that the page does not hold has to be computed first.
  function showHead() {
    message.hidden = true;
    const chosen = state.layer * data.heads + state.head;
    [...gallery.querySelectorAll("button")].forEach((button, i) => {
      button.setAttribute("aria-checked", String(i === chosen));
      button.tabIndex = i === chosen ? 0 : -1;
    });
    if (headNow()) update();
    else openHead();
  }

  function update() {
    units = unitsNow();
    cells = gathered(weightsNow(), units);
    if (state.token === null) state.token = telling();
    drawLine();
    paint();
    drawSteps();
  }

  // Where to begin: the token that was asked for, or the word that gives most to a word far back.
  function telling() {
    if (Number.isInteger(current().token)) return current().token + 1;
    const isWord = units.map((unit) => unit[0] > 0 && /[\p{L}\p{N}]/u.test(label(unit)));
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
    line.classList.toggle("ml-att-fine", units.every((unit) => unit[0] === 0 || [...label(unit)].length === 1));
    line.replaceChildren(...units.map((unit, i) => h("button", {
      type: "button", role: "radio", class: "ml-att-token", "data-start": unit[0] === 0,
      onpointermove: (event) => event.pointerType === "mouse" && hover(i), onclick: () => select(i) },
      h("span", {}, state.view === "tokens" ? spaced(current().tokens[i]) : label(unit)), h("span", { class: "ml-att-share" }))));
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
      token.setAttribute("aria-label", `${label(units[i])}, ${hidden ? "hidden by the mask" : percent(weights[i])}`);
    });
    drawArcs(row, weights);
    drawMatrix(row);
    said.textContent = sentence(row, weights);
  }

  function sentence(row, weights) {
    const best = weights.map((_, i) => i).sort((a, b) => weights[b] - weights[a]).slice(0, 3)
      .filter((i) => weights[i] >= 0.05);
    const quoted = (i) => {
      const name = label(units[i]);
      if (units[i][0] === 0) return "the start";
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

  // A square of `size` weights drawn on a canvas from (left, top), `cell` pixels each.
  function drawCells(context, matrix, left, top, cell, color) {
    context.fillStyle = color;
    matrix.forEach((row, i) => row.forEach((weight, j) => {
      context.globalAlpha = shade(weight);
      context.fillRect(left + j * cell, top + i * cell, cell - (cell > 6 ? 1 : 0), cell - (cell > 6 ? 1 : 0));
    }));
    context.globalAlpha = 1;
  }

  function sized(canvas, width, height) {
    const ratio = globalThis.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    return context;
  }

  let frame = { left: 0, top: 0, cell: 1 }; // where the matrix lies in its canvas

  function drawMatrix(row) {
    const room = scroller.clientWidth || 320, n = cells.length;
    const texts = units.map((unit) => label(unit));
    const measure = matrix.getContext("2d");
    measure.font = "12px system-ui, sans-serif";
    const widest = Math.min(72, Math.max(...texts.map((text) => measure.measureText(text).width)));
    const least = widest + 8 + LABELLED * n; // with labels; it may be wider than the page, and then it scrolls
    const labelled = least <= 2 * room;
    const width = Math.max(Math.min(room, WIDEST), labelled ? least : 0);
    const margin = labelled ? widest + 6 : 2;
    const cell = Math.min(30, (width - margin - 2) / n);
    frame = { left: margin, top: margin, cell };
    matrix.style.width = `${width}px`;
    const scrolls = width > room + 1;
    for (const [name, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", "Matrix of attention weights"]]) {
      if (scrolls) scroller.setAttribute(name, value);
      else scroller.removeAttribute(name);
    }
    const context = sized(matrix, width, margin + n * cell + 2);
    const color = colors();
    context.fillStyle = color("surface");
    context.fillRect(margin, margin, n * cell, n * cell);
    drawCells(context, cells, margin, margin, cell, color("6"));
    context.strokeStyle = color("7");
    context.lineWidth = 2;
    context.strokeRect(margin, margin + row * cell - 0.5, n * cell, cell);
    if (labelled) {
      context.font = "12px system-ui, sans-serif";
      context.textBaseline = "middle";
      texts.forEach((text, i) => {
        context.fillStyle = color(i === row ? "fg" : "muted");
        context.textAlign = "right";
        context.fillText(text, margin - 4, margin + (i + 0.5) * cell, widest);
        context.save();
        context.translate(margin + (i + 0.5) * cell, margin - 4);
        context.rotate(-Math.PI / 2);
        context.textAlign = "left";
        context.fillText(text, 0, 0, widest);
        context.restore();
      });
    }
    matrix.setAttribute("aria-label", `Attention weights of layer ${state.layer + 1}, head ${state.head + 1}, ` +
      `${n} by ${n}. Marked row: ${sentence(row, cells[row])}`);
  }

  function drawGallery() {
    const color = colors();
    const rows = Array.from({ length: data.layers }, (_, layer) => {
      const buttons = Array.from({ length: data.heads }, (_, head) => {
        const canvas = h("canvas", { "aria-hidden": "true" });
        const available = model || current().heads.has(`${layer}.${head}`);
        const button = h("button", { type: "button", role: "radio", "aria-label": `Layer ${layer + 1}, head ${head + 1}`, disabled: !available,
          title: available ? null : "This head is not stored in the page", onclick: () => chooseHead(layer, head) },
          canvas);
        const overview = current().overview[layer][head];
        const context = sized(canvas, 44, 44);
        drawCells(context, overview, 0, 0, 44 / overview.length, color("6"));
        return button;
      });
      return h("div", { class: "ml-att-layer" }, h("span", { class: "ml-muted" }, `Layer ${layer + 1}`), buttons);
    });
    gallery.replaceChildren(...rows);
  }

  // ---- one row, step by step ---------------------------------------------------------------------------------

  function drawSteps() {
    const { tokens, words } = current(), head = headNow(), t = state.token;
    const weights = weightsNow()[t];
    const keys = weights.map((_, s) => s);
    const chosen = new Set([...keys].sort((a, b) => weights[b] - weights[a]).slice(0, 5));
    [t, t + 1, t + 2].forEach((s) => s < tokens.length && chosen.add(s));
    const rows = keys.filter((s) => chosen.has(s)), rest = keys.filter((s) => !chosen.has(s));
    const word = words.find(([from, to]) => t >= from && t < to);
    const letters = state.view === "words" && word[1] - word[0] > 1
      ? choices("Token that looks", tokens.slice(word[0], word[1]).map((token, i) => [word[0] + i, spaced(token)]), t,
        (token) => {
          state.token = token;
          drawSteps();
        }) : null;
    const stepper = choices("Step", STEPS.map((name, i) => [i, `${i + 1} ${name}`]), state.step, (step) => {
      state.step = step;
      drawSteps();
      steps.querySelector('[aria-label="Step"] [aria-pressed="true"]').focus();
      host.announce(steps.querySelector(".ml-att-explained").textContent);
    });
    const { explained, columns, row, total } = stepTable(t, head, weights, rest);
    const explanation = h("p", { class: "ml-att-explained" }, explained);
    const table = h("table", {}, h("thead", {}, h("tr", {}, ["looked at", ...columns].map((name) =>
      h("th", { scope: "col" }, name)))),
      h("tbody", {}, rows.map((s) => h("tr", { class: sees(t, s) ? "" : "ml-att-hidden" },
        h("th", { scope: "row" }, inContext(s)), row(s).map((cell) => h("td", {}, cell)))),
        total && h("tr", { class: "ml-att-total" }, total.map((cell, i) => h(i ? "td" : "th", {}, cell)))));
    steps.replaceChildren(h("h4", {}, "One row, step by step: the query of ", inContext(t)), ...(letters ? [letters] : []),
      stepper, explanation, h("div", { class: "ml-scroll", tabindex: 0, role: "region", "aria-label": "Numbers of this step" },
        table));
  }

  // A token in its word: skip[ping].
  function inContext(s) {
    const { tokens, words } = current();
    if (s === 0) return h("span", {}, START);
    const [from, to] = words.find(([from, to]) => s >= from && s < to);
    const text = (a, b) => tokens.slice(a, b).join("");
    return h("span", { class: "ml-att-context" }, text(from, s).trimStart(), h("mark", {}, label([s, s + 1])), text(s + 1, to));
  }

  function stepTable(t, head, weights, rest) {
    const divisor = Math.sqrt(data.d_k);
    const scaled = (s) => head.scores[t * current().tokens.length + s];
    const numbers = (values) => `(${values.map(number).join(", ")}${data.d_k > values.length ? (narrow() ? " …" : ", …") : ""})`;
    const used = (s) => (sees(t, s) ? score(t, s) : -Infinity);
    const bar = (s) => h("span", { class: "ml-att-bar", style: `--share:${Math.round(100 * weights[s])}%` }, percent(weights[s]));
    const more = rest.length ? `${rest.length} more` : null;
    const restWeight = rest.reduce((sum, s) => sum + weights[s], 0);
    const output = vector(head.value, 0).map((_, i) =>
      weights.reduce((sum, weight, s) => sum + weight * vector(head.value, s)[i], 0));
    return [
      { explained: `The query q = ${numbers(vector(head.query, t))} has ${data.d_k} numbers, and so has every key k. ` +
          "Their dot product says how well they match.",
        columns: ["its key k", "q · k"], row: (s) => [numbers(vector(head.key, s)), number(scaled(s) * divisor)] },
      { explained: state.scale ? ["Each score is divided by ", root(), ` = √${data.d_k} = ${number(divisor)}, so that scores ` +
          "do not grow with the number of dimensions."] : "Scaling is switched off: the scores stay as they are.",
        columns: ["q · k", state.scale ? ["÷ ", root()] : "kept"], row: (s) => [number(scaled(s) * divisor), number(score(t, s))] },
      { explained: state.mask ? "A token may not look at what comes after it: those scores become −∞."
          : "The mask is switched off: the token sees what comes after it, which a model that writes must not.",
        columns: ["score", "masked"], row: (s) => [number(score(t, s)), number(used(s))] },
      { explained: "The softmax raises e to each score and divides by the sum: positive weights that add up to 100%.",
        columns: ["masked", "weight"], row: (s) => [number(used(s)), bar(s)],
        total: more && [more, "", percent(restWeight)] },
      { explained: `The output o = ${numbers(output)} is the sum of all values v, each times its weight.`,
        columns: ["weight", ...(narrow() ? [] : ["its value v"]), "weight × v"],
        row: (s) => [percent(weights[s]), ...(narrow() ? [] : [numbers(vector(head.value, s))]),
          numbers(vector(head.value, s, weights[s]))],
        total: ["sum over all", "100%", ...(narrow() ? [] : [""]), numbers(output)] },
    ][state.step];
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
    drawSteps();
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

  function moveInGallery(event) {
    const to = arrow(event, state.layer * data.heads + state.head, data.layers * data.heads, data.heads);
    if (to === null || gallery.querySelectorAll("button")[to].disabled) return;
    chooseHead(Math.floor(to / data.heads), to % data.heads);
    gallery.querySelectorAll("button")[to].focus();
  }

  function chooseHead(layer, head) {
    Object.assign(state, { layer, head });
    showHead();
    if (headNow()) host.announce(`Layer ${layer + 1}, head ${head + 1}. ${said.textContent}`);
  }

  function cellAt(event) {
    const box = matrix.getBoundingClientRect();
    const i = Math.floor((event.clientY - box.top - frame.top) / frame.cell);
    const j = Math.floor((event.clientX - box.left - frame.left) / frame.cell);
    return i >= 0 && i < units.length && j >= 0 && j < units.length ? [i, j] : null;
  }

  function pointAt(event) {
    const at = cellAt(event);
    hover(at ? at[0] : null);
    if (at) said.textContent = `${label(units[at[0]])} → ${label(units[at[1]])}: ${percent(cells[at[0]][at[1]])}`;
  }

  function pickAt(event) {
    const at = cellAt(event);
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
    const ids = client.tokenizer.prompt(text);
    if (ids.length > LONGEST + 1) throw new Error(`That is ${ids.length - 1} tokens; take at most ${LONGEST}.`);
    const result = await client.forward(ids, { attention: true });
    const tokens = [START, ...client.tokenizer.pieces(ids.slice(1))];
    const heads = new Map();
    result.scores.forEach((layer, l) => layer.forEach((scores, head) => heads.set(`${l}.${head}`,
      { scores, query: result.query[l][head], key: result.key[l][head], value: result.value[l][head] })));
    const words = wordsOf(tokens);
    const overview = result.attention.map((layer) => layer.map((flat) => gathered(square(flat), words)));
    return { text, tokens, words, heads, overview };
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
});
