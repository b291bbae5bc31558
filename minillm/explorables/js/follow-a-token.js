// Follow a token: one token's way through a forward pass, stage by stage, with the numbers of the model.
//
// data: {model, megabytes, layers, heads, vocabulary, norm, eps, norms, texts}   model: the weights to open for the
//   reader's own sentences; null for one that no page has. norms: weight and bias of norm 1 and 2 of each block, and of the
//   last. Arrays are {dtype: "f2", bdata: base64 of 16-bit floats}.
// texts: [{text, gloss, ids, tokens, token, stored, lens, end}]
//   tokens: what each token adds to the text, the start mark first; token: the one to follow at first
//   stored: embedding and "i.query", "i.key", "i.value", "i.attention", "i.mlp_hidden", "i.mlp" of block i, one row a token;
//     "i.weights", heads · T · T. The stream after a stage is the embedding and all that was added so far.
//   lens[stage][t]: the likeliest next tokens, [[text, probability]], after the embedding and each branch in turn
//   end[t]: the same at the end, [[text, probability, logit]]
minillm.explorable("follow-a-token", function (el, data, host) {
  "use strict";
  const { h } = host;
  const LONGEST = 40; // tokens of the reader's own sentence
  const SHOWN = 3, AT_THE_END = 8; // likeliest words on the way, and at the end
  const NOTABLE = 0.01; // a less likely word is not named on the way, unless it is the likeliest
  const GAP = 2; // pixels between the heads in a strip
  const START = "start";
  const model = data.model || (host.live ? "your model" : null); // a kernel can send the weights of any model
  const uid = Math.random().toString(36).slice(2);

  // ---- the stages: what is shown, in order ---------------------------------------------------------------------

  const branches = ["embedding"]; // the moments when the stream changes
  const stages = [
    { title: "The text becomes tokens", short: "token", draw: drawTokens, sum: 0 },
    { title: "A row of the table", short: "embedding", draw: drawEmbedding, sum: 0 },
  ];
  for (let block = 0; block < data.layers; block++) {
    const at = (title, short, draw, sum) =>
      stages.push({ title: `Block ${block + 1}: ${title}`, short: `block ${block + 1}, ${short}`, block, draw, sum });
    at("norm before attention", "norm", drawNorm(2 * block), 2 * block);
    at("query, key and value", "query, key, value", drawProjections, 2 * block);
    at("where each head looks", "weights", drawWeights, 2 * block);
    at("what attention adds", "attention adds", drawAdded("attention"), 2 * block + 1);
    at("norm before the MLP", "norm", drawNorm(2 * block + 1), 2 * block + 1);
    at("inside the MLP", "MLP, hidden", drawHidden, 2 * block + 1);
    at("what the MLP adds", "MLP adds", drawAdded("mlp"), 2 * block + 2);
    branches.push(`block ${block + 1} attention`, `block ${block + 1} MLP`);
  }
  stages.push({ title: "The last norm", short: "last norm", draw: drawNorm(2 * data.layers), sum: 2 * data.layers });
  stages.push({ title: "Scores become words", short: "next word", draw: drawEnd, sum: 2 * data.layers });
  const lastOf = branches.map((_, sum) => stages.findIndex((stage) => stage.sum === sum && stage.draw !== drawTokens &&
    (sum === 0 || stage.title.includes("adds"))));

  // ---- from what is stored to rows of numbers --------------------------------------------------------------------

  // 16-bit floats; see halfToFloat in engine/math.js.
  function floats({ bdata }) {
    const bytes = Uint8Array.from(atob(bdata), (character) => character.charCodeAt(0));
    const bits = Uint32Array.from(new Uint16Array(bytes.buffer), (half) => ((half & 0x8000) << 16) | ((half & 0x7fff) << 13));
    return new Float32Array(bits.buffer).map((value) => value * 2 ** 112);
  }

  const decoded = (entries) => Object.fromEntries(Object.entries(entries).map(([name, array]) => [name, floats(array)]));
  const norms = data.norms.map(decoded);
  const texts = data.texts.map((entry) => ({ ...entry, opened: null }));
  const state = { text: 0, token: texts[0].token, stage: 0 };
  let client = null, own = null;

  const entry = () => (state.text === "own" ? own : texts[state.text]);
  const stored = () => ((entry().opened ||= decoded(entry().stored)));
  const length = () => entry().ids.length;

  function row(name, t = state.token) {
    const values = stored()[name], width = values.length / length();
    return values.subarray(t * width, (t + 1) * width);
  }

  // The stream after the embedding (0), the first attention (1), the first MLP (2), ...
  function stream(sum) {
    const x = Float32Array.from(row("embedding"));
    for (let i = 1; i <= sum; i++) {
      row(`${(i - 1) >> 1}.${i % 2 ? "attention" : "mlp"}`).forEach((value, k) => (x[k] += value));
    }
    return x;
  }

  const added = (sum) => row(sum === 0 ? "embedding" : `${(sum - 1) >> 1}.${sum % 2 ? "attention" : "mlp"}`);

  function normed(x, { weight, bias }) {
    const mean = data.norm === "layer" ? x.reduce((a, b) => a + b, 0) / x.length : 0;
    const spread = Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length + data.eps);
    return { mean, spread, y: x.map((value, k) => ((value - mean) / spread) * weight[k] + (bias ? bias[k] : 0)) };
  }

  const size = (x) => Math.hypot(...x);
  const largest = (x) => x.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  const number = (value, digits = 2) => value.toFixed(digits).replace(/^-0(\.0*)?$/, "0$1").replace("-", "−");
  const percent = (p) => (p >= 0.995 ? "> 99%" : p < 0.01 ? "< 1%" : `${Math.round(100 * p)}%`);
  const word = (text) => text.trim() || (text ? "␣" : "…");
  const quoted = (text) => (/^[^\p{L}\p{N}]+$/u.test(word(text)) && !text.includes("‹") ? `“${word(text)}”` : word(text));
  const label = (t) => (t === 0 ? START : word(entry().tokens[t]));
  const top = (sum) => entry().lens[sum][state.token];

  // ---- the frame ----------------------------------------------------------------------------------------------------

  const picker = h("div", { class: "ml-att-choices", role: "group", "aria-label": "Sentence" },
    texts.map(({ text }, i) => h("button", { type: "button", onclick: () => chooseText(i) }, text)));
  const gloss = h("p", { class: "ml-muted ml-follow-gloss" });
  const tokens = h("div", { class: "ml-follow-tokens", role: "radiogroup", "aria-label": "Token to follow", onkeydown: moveAlong });
  const input = h("input", { type: "text", id: `ml-follow-${uid}`, autocomplete: "off", spellcheck: "false",
    onkeydown: (event) => event.key === "Enter" && followOwn() });
  const progress = h("progress", { max: 1, value: 0, hidden: true, "aria-label": "Loading the model" });
  const message = h("p", { class: "ml-error", role: "alert", hidden: true });
  const ownRow = model && h("div", { class: "ml-att-own" },
    h("label", { for: input.id }, "Your own sentence"), (input.classList.add("ml-att-input"), input),
    h("button", { type: "button", onclick: followOwn }, "Follow it"));
  const title = h("h3", { class: "ml-follow-title" });
  const back = h("button", { type: "button", onclick: () => goTo(state.stage - 1) }, "Back");
  const next = h("button", { type: "button", class: "ml-primary", onclick: () => goTo(state.stage + 1) }, "Next");
  const slider = h("input", { type: "range", min: 0, max: stages.length - 1, step: 1, "aria-label": "Stage",
    oninput: () => goTo(Number(slider.value)) });
  const panel = h("div", { class: "ml-follow-panel" });
  const way = h("ol", { class: "ml-follow-way", "aria-label": "The stream so far" });
  const bytes = h("p", { class: "ml-muted ml-follow-readout" });
  const readout = h("p", { class: "ml-follow-readout ml-muted" });

  el.append(picker, gloss, tokens, ...(ownRow ? [ownRow, progress, message] : []),
    h("div", { class: "ml-follow-move" }, back, slider, next), title, panel, readout,
    h("h4", { class: "ml-follow-heading" }, "If the model ended here, what would come next?"),
    h("p", { class: "ml-muted ml-follow-bars" }, "The bars: how long the vector is that was added."), way, bytes);

  // ---- strips: a vector as colored cells ---------------------------------------------------------------------------

  function shade(share) { // blue below zero, the page at zero, vermilion above
    const [middle, below, above] = host.dark()
      ? [[31, 37, 44], [74, 163, 223], [240, 126, 44]] : [[242, 242, 242], [0, 114, 178], [213, 94, 0]];
    const end = share < 0 ? below : above, amount = Math.sqrt(Math.min(1, Math.abs(share)));
    return `rgb(${middle.map((from, i) => Math.round(from + amount * (end[i] - from))).join(",")})`;
  }

  // A vector as rows of cells; all strips of one picture share a limit, so that equal colors are equal numbers.
  function strip(name, x, limit, { rows = 4, note = "" } = {}) {
    const columns = Math.ceil(x.length / rows);
    const canvas = h("canvas", { class: "ml-follow-strip", role: "img", width: columns * 10, height: rows * 10 + (rows - 1) * GAP,
      "aria-label": `${name}: ${x.length} numbers from ${number(Math.min(...x))} to ${number(Math.max(...x))}, length ${number(size(x))}`,
      onpointermove: pointAt, onpointerdown: pointAt, onpointerleave: () => (readout.textContent = "") });
    function pointAt(event) {
      const box = canvas.getBoundingClientRect();
      const column = Math.min(columns - 1, Math.floor(((event.clientX - box.left) / box.width) * columns));
      const k = Math.min(rows - 1, Math.floor(((event.clientY - box.top) / box.height) * rows)) * columns + column;
      if (k >= 0 && k < x.length) readout.textContent = `${name}, number ${k + 1} of ${x.length}: ${number(x[k], 3)}`;
    }
    const context = canvas.getContext("2d");
    x.forEach((value, k) => {
      context.fillStyle = shade(value / limit);
      context.fillRect((k % columns) * 10, Math.floor(k / columns) * (10 + GAP), 10, 10);
    });
    return h("div", { class: "ml-follow-row" },
      h("div", { class: "ml-follow-name" }, h("strong", {}, name), h("span", { class: "ml-muted" }, note || `length ${number(size(x), 1)}`)),
      canvas);
  }

  function legend(limit) {
    const scale = h("canvas", { class: "ml-follow-scale", width: 101, height: 1, "aria-hidden": "true" });
    const context = scale.getContext("2d");
    for (let i = 0; i <= 100; i++) {
      context.fillStyle = shade((i - 50) / 50);
      context.fillRect(i, 0, 1, 1);
    }
    return h("p", { class: "ml-follow-legend" }, number(-limit, 1), scale, `+${number(limit, 1)}`,
      h("span", { class: "ml-muted" }, "Point at a cell to read its number."));
  }

  const explained = (...parts) => h("p", { class: "ml-follow-text" }, ...parts);

  function picture(vectors, options) {
    const limit = Math.max(...vectors.map(([, x]) => largest(x))) || 1;
    return [...vectors.map(([name, x, note]) => strip(name, x, limit, { ...options, note })), legend(limit)];
  }

  // ---- what each stage shows ---------------------------------------------------------------------------------------

  function drawTokens() {
    const { ids } = entry();
    return [
      explained(`The model does not read letters. The text is cut into tokens, and each gets its number in a vocabulary of ` +
        `${data.vocabulary.toLocaleString("en")}. You follow “${label(state.token)}”, number ${ids[state.token]}.`),
      h("div", { class: "ml-follow-ids" }, ids.map((id, t) => h("span", { class: t === state.token ? "ml-follow-here" : null },
        h("span", {}, label(t)), h("span", { class: "ml-muted" }, id)))),
    ];
  }

  function drawEmbedding() {
    const x = row("embedding");
    return [
      explained(`Row ${entry().ids[state.token]} of the embedding table: ${x.length} numbers, the same wherever this token stands. ` +
        "They are the first state of its stream. It knows nothing of its neighbors yet."),
      ...picture([["stream", x]], { rows: data.heads }),
    ];
  }

  function drawNorm(which) {
    return function () {
      const { sum } = stages[state.stage], x = stream(sum), { mean, spread, y } = normed(x, norms[which]);
      const last = which === 2 * data.layers;
      const how = data.norm === "layer"
        ? `take off the mean (${number(mean)}), divide by the standard deviation (${number(spread)})`
        : `divide by the root of the mean square (${number(spread)})`;
      return [
        explained(`The ${last ? "end of the model" : which % 2 ? "MLP" : "attention"} reads a copy of the stream in a standard size: ${how}, ` +
          "then stretch each number by a learned weight. The stream itself stays as it is."),
        ...strips([["stream", x]]), ...strips([["what is read", y]]),
      ];
    };
  }

  // Each on a scale of its own.
  function strips(vectors) {
    return vectors.flatMap(([name, x]) => [strip(name, x, largest(x) || 1, { rows: data.heads }), legend(largest(x) || 1)]);
  }

  function drawProjections() {
    const { block } = stages[state.stage];
    const vectors = ["query", "key", "value"].map((name) => [name, row(`${block}.${name}`)]);
    return [
      explained(`Three matrices turn what was read into a query (what “${label(state.token)}” looks for), a key (what it can be ` +
        `found by) and a value (what it hands over). Each row of cells belongs to one of ${data.heads} heads.`),
      ...picture(vectors, { rows: data.heads }),
    ];
  }

  function weightsOf(head) {
    const { block } = stages[state.stage], T = length();
    const first = (head * T + state.token) * T;
    return stored()[`${block}.weights`].subarray(first, first + T);
  }

  function drawWeights() {
    const heads = Array.from({ length: data.heads }, (_, head) => {
      const weights = weightsOf(head);
      return h("div", { class: "ml-follow-head" }, h("span", { class: "ml-follow-headname" }, `head ${head + 1}`),
        h("div", { class: "ml-follow-looks" }, Array.from({ length: state.token + 1 }, (_, s) => h("span", {
          class: "ml-follow-look", style: `--share:${(100 * weights[s]).toFixed(0)}%` },
        h("span", {}, label(s)), h("span", { class: "ml-follow-share" }, weights[s] < 0.005 ? "·" : `${Math.round(100 * weights[s])}%`)))));
    });
    return [
      explained(`Here, and only here, tokens meet. In each head “${label(state.token)}” looks at itself and at what came before, ` +
        "with weights that sum to 100%, and collects that mix of their values."),
      ...heads,
    ];
  }

  function drawAdded(branch) {
    return function () {
      const { sum, block } = stages[state.stage], before = stream(sum - 1), add = added(sum), after = stream(sum);
      const name = branch === "mlp" ? "the MLP" : "attention";
      const text = branch === "mlp"
        ? "The second matrix of the MLP turns the hidden numbers into one vector, and it is added. Nothing is overwritten."
        : `The mixes of all ${data.heads} heads go through one more matrix, and the result is added. Nothing is overwritten.`;
      return [
        explained(`${text} Stream after = stream before + what ${name} of block ${block + 1} adds.`),
        ...picture([["before", before], [branch === "mlp" ? "+ MLP" : "+ attention", add], ["= after", after]], { rows: data.heads }),
      ];
    };
  }

  function drawHidden() {
    const { block } = stages[state.stage], x = row(`${block}.mlp_hidden`);
    const loud = x.filter((value) => Math.abs(value) > 0.1).length;
    const order = Array.from(x.keys()).sort((a, b) => Math.abs(x[b]) - Math.abs(x[a])).slice(0, 4);
    return [
      explained(`Alone, without looking at other tokens, the MLP compares what it read with ${x.length} patterns; each hidden number says ` +
        `how well one fits. ${loud} of ${x.length} are above 0.1 in size here; the largest are ` +
        order.map((k) => `number ${k + 1} (${number(x[k])})`).join(", ") + "."),
      ...picture([["hidden", x, `${x.length} numbers`]], { rows: Math.max(4, x.length >> 6) }),
    ];
  }

  function drawEnd() {
    const words = entry().end[state.token], T = length();
    const following = state.token + 1 < T ? ` The sentence goes on with “${label(state.token + 1)}”.` : "";
    return [
      explained("Each token of the vocabulary gets a score, the dot product of the last vector with its row of the table. " +
        `Softmax turns scores into probabilities.${following}`),
      h("ol", { class: "ml-follow-end" }, words.map(([text, p, logit]) => h("li", {},
        h("span", { class: "ml-follow-word" }, quoted(text)), h("span", { class: "ml-muted" }, `score ${number(logit, 1)}`),
        h("span", { class: "ml-follow-bar", style: `--share:${(100 * p).toFixed(1)}%` }, percent(p))))),
    ];
  }

  // ---- the whole way -------------------------------------------------------------------------------------------------

  function drawWay() {
    const { sum } = stages[state.stage], begun = state.stage > 0;
    const longest = Math.max(...branches.map((_, i) => size(added(i))));
    way.replaceChildren(...branches.map((name, i) => {
      const reached = begun && i <= sum, length = size(added(i));
      return h("li", { class: reached ? null : "ml-follow-ahead", "aria-current": begun && i === sum ? "step" : null },
        h("button", { type: "button", onclick: () => goTo(lastOf[i]), "aria-label": `Go to ${name}` }, name),
        h("span", { class: "ml-follow-length", style: `--share:${reached ? ((100 * length) / longest).toFixed(0) : 0}%` },
          reached ? `${i ? "+" : ""}${number(length, 1)}` : ""),
        h("span", { class: "ml-follow-guess" }, reached ? top(i).filter(([, p], k) => k === 0 || p >= NOTABLE).map(([text, p], k) =>
          h("span", { class: k ? "ml-muted" : "ml-follow-first" }, `${quoted(text)} ${percent(p)}`)) : "?"));
    }));
    const part = begun && branches.flatMap((_, i) => (i <= sum ? top(i) : [])).find(([text]) => text.includes("‹"));
    bytes.textContent = part ? `${part[0].trim()} is a token that holds only a part of a character: noise, at this point.` : "";
  }

  // ---- what the reader does --------------------------------------------------------------------------------------------

  function drawSentence() {
    [...picker.children].forEach((button, i) => button.setAttribute("aria-pressed", String(i === state.text)));
    gloss.textContent = entry().gloss || "";
    gloss.hidden = !entry().gloss;
    tokens.replaceChildren(...entry().ids.map((id, t) => h("button", { type: "button", role: "radio", "data-start": t === 0,
      "aria-checked": String(t === state.token), tabindex: t === state.token ? 0 : -1, onclick: () => chooseToken(t) }, label(t))));
  }

  function drawStage() {
    const stage = stages[state.stage];
    title.textContent = `${state.stage + 1} of ${stages.length}. ${stage.title}`;
    slider.value = state.stage;
    slider.setAttribute("aria-valuetext", `${state.stage + 1} of ${stages.length}: ${stage.short}`);
    back.disabled = state.stage === 0;
    next.disabled = state.stage === stages.length - 1;
    readout.textContent = "";
    panel.replaceChildren(...stage.draw());
    drawWay();
  }

  function draw() {
    drawSentence();
    drawStage();
  }

  function say() {
    const { sum, title: name } = stages[state.stage];
    const guess = state.stage ? ` If the model ended here, “${word(top(sum)[0][0])}” would come next, ${percent(top(sum)[0][1])}.` : "";
    host.announce(`Stage ${state.stage + 1} of ${stages.length}. ${name}.${guess}`);
  }

  function goTo(stage) {
    state.stage = Math.max(0, Math.min(stages.length - 1, stage));
    const focused = document.activeElement;
    drawStage();
    if (focused === next && next.disabled) back.focus();
    if (focused === back && back.disabled) next.focus();
    say();
  }

  function chooseText(i) {
    Object.assign(state, { text: i, token: entryAt(i).token });
    draw();
    say();
  }

  const entryAt = (i) => (i === "own" ? own : texts[i]);

  function chooseToken(t) {
    state.token = t;
    draw();
    host.announce(`You follow “${label(t)}”.`);
    say();
  }

  function moveAlong(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1, Home: -state.token, End: length() - 1 - state.token }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    chooseToken(Math.max(0, Math.min(length() - 1, state.token + by)));
    tokens.children[state.token].focus();
  }

  // ---- the model, for the reader's own sentence ------------------------------------------------------------------------

  async function followOwn() {
    message.hidden = true;
    try {
      const text = input.value.trim();
      if (!text) throw new Error("Type a sentence first.");
      if (!client) {
        progress.hidden = false;
        client = await host.model(model, { onProgress: (fraction) => (progress.value = fraction) });
      }
      own = await computed(text);
      chooseText("own");
    } catch (error) {
      message.textContent = error.message[0].toUpperCase() + error.message.slice(1) + (/[.!]$/.test(error.message) ? "" : ".");
      message.hidden = false;
    } finally {
      progress.hidden = true;
    }
  }

  async function computed(text) {
    const ids = client.tokenizer.prompt(text), T = ids.length;
    if (T > LONGEST + 1) throw new Error(`That is ${T - 1} tokens; take at most ${LONGEST}.`);
    const { stages: found, attention, query, key, value } = await client.forward(ids, { attention: true, stages: true });
    const opened = { embedding: found.embedding };
    const streams = [found.embedding];
    found.layers.forEach((layer, i) => {
      const sides = { query: beside(query[i], T), key: beside(key[i], T), value: beside(value[i], T), weights: joined(attention[i]) };
      const { attention: add, mlp_hidden, mlp } = layer;
      for (const [name, array] of Object.entries({ ...sides, attention: add, mlp_hidden, mlp })) opened[`${i}.${name}`] = array;
      streams.push(layer.middle, layer.output);
    });
    const readings = await Promise.all(streams.map((x) => likeliest(x, T)));
    const lens = readings.map((tops) => tops.map((words) => words.slice(0, SHOWN).map(([name, p]) => [name, p])));
    return { text, gloss: "", ids, tokens: ["", ...client.tokenizer.pieces(ids.slice(1))], token: T - 1, opened, lens,
      end: readings[readings.length - 1] };
  }

  // The rows of all heads side by side.
  function beside(heads, T) {
    const D = heads[0].length / T, all = new Float32Array(heads.length * D * T);
    heads.forEach((rows, i) => {
      for (let t = 0; t < T; t++) all.set(rows.subarray(t * D, (t + 1) * D), (t * heads.length + i) * D);
    });
    return all;
  }

  function joined(arrays) {
    const all = new Float32Array(arrays.length * arrays[0].length);
    arrays.forEach((array, i) => all.set(array, i * array.length));
    return all;
  }

  // The likeliest next tokens [[text, probability, logit]] of every row, if the stream x (T, C) went to the output now.
  async function likeliest(x, T) {
    const table = await client.tensor(client.config.tie_weights ? "embedding.weight" : "head.weight");
    const C = x.length / T, V = table.length / C;
    return Array.from({ length: T }, (_, t) => {
      const { y } = normed(x.subarray(t * C, (t + 1) * C), norms[norms.length - 1]);
      const logits = Float64Array.from({ length: V }, (_, token) => {
        let sum = 0;
        for (let k = 0; k < C; k++) sum += y[k] * table[token * C + k];
        return sum;
      });
      const most = logits.reduce((a, b) => Math.max(a, b), -Infinity);
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0);
      return Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a]).slice(0, AT_THE_END)
        .map((token) => [client.tokenizer.texts[token], Math.exp(logits[token] - most) / total, logits[token]]);
    });
  }

  draw();
  return host.onTheme(drawStage);
});
