// A model that writes on: the reader types a beginning, the model continues it token by token.
//
// data: {model, megabytes, starts: [{text, lang, gloss}], temperature}
minillm.explorable("live", function (el, data, host) {
  "use strict";
  const { h } = host;
  const WAIT = 400; // milliseconds after the last key before the model continues
  let client = null, running = null, timer = null, seed = 1;
  let written = []; // the tokens that the model has written: {id, text, piece, p, drawn, top, warmth, forced}
  let pieceOf = null; // told one id after another, gives the text that each adds
  let chosen = -1;

  // ---- the frame ----------------------------------------------------------------------------------------------

  const prompt = h("textarea", { class: "ml-live-prompt", rows: 2, "aria-label": "The beginning of a story",
    spellcheck: "false", oninput: typed });
  prompt.value = data.starts[0].text;
  const starts = h("div", { class: "ml-live-starts", role: "group", "aria-label": "Beginnings to try" },
    data.starts.map(({ text, lang, gloss }) => h("button", { type: "button", lang: lang === "zh" ? "zh-Hans" : lang,
      title: gloss || null, onclick: () => begin(text) }, text.replace(/[\p{P}\s]+$/u, "") + "…")));
  const action = h("button", { type: "button", class: "ml-primary ml-live-action", onclick: () =>
    running ? stop() : go() }, "");
  const temperature = h("input", { type: "range", min: 0, max: 1.5, step: 0.05, value: data.temperature,
    id: `ml-live-${Math.random().toString(36).slice(2)}`, oninput: sayTemperature, onchange: () => client && go() });
  const degree = h("output", { class: "ml-live-degree" });
  const progress = h("progress", { max: 1, value: 0, hidden: true, "aria-label": "Loading the model" });
  const message = h("p", { class: "ml-error", role: "alert", hidden: true });
  const story = h("p", { class: "ml-live-story", role: "group", "aria-label": "What the model writes", onkeydown: moveAlong });
  const about = h("div", { class: "ml-live-about" });

  const gloss = h("p", { class: "ml-muted ml-live-gloss", hidden: true });

  el.append(prompt, gloss, starts,
    h("div", { class: "ml-row" }, action,
      h("span", { class: "ml-live-heat" }, h("label", { for: temperature.id }, "Temperature"), temperature, degree)),
    progress, message, story, about);

  function sayTemperature() {
    const value = Number(temperature.value);
    const word = value === 0 ? "likeliest" : value < 0.95 ? "careful" : value <= 1.05 ? "as trained" : "daring";
    degree.textContent = `${value.toFixed(2)} · ${word}`;
    temperature.setAttribute("aria-valuetext", degree.textContent);
  }

  function sayAction() {
    action.textContent = running ? "■ Stop" : client ? "▶ Continue" : `▶ Load the model, ${data.megabytes} MB`;
  }

  const shown = (text) => ({ " ": "␣", "<|end|>": "end of story" })[text] || text.trim() || text;
  // With the space that most tokens of English begin with.
  const spaced = (text) => (/^ ./.test(text) ? [h("span", { class: "ml-live-space" }, "␣"), text.slice(1)] : [shown(text)]);
  const percent = (p) => (p < 0.001 ? "<0.1%" : p < 0.0995 || p > 0.9995 ? `${(100 * p).toFixed(1)}%` : `${Math.round(100 * p)}%`);

  // ---- the story and its numbers -------------------------------------------------------------------------------

  // The less certain the model was, the stronger the shade.
  function add(token) {
    token.piece = pieceOf(token.id);
    const index = written.push(token) - 1;
    const doubt = Math.round(55 * (1 - token.p));
    const end = token.text === "<|end|>";
    const span = h("span", { class: `ml-live-token${end ? " ml-live-end" : ""}`, tabindex: index === 0 ? 0 : -1,
      style: `--doubt:${doubt}%`, role: "button", "aria-label": `${shown(token.text)}, ${percent(token.p)}`,
      onpointerenter: (event) => event.pointerType === "mouse" && describe(index),
      onfocus: () => describe(index), onclick: () => describe(index) }, end ? " ∎" : token.piece);
    story.append(span);
  }

  function clear() {
    written = [];
    chosen = -1;
    pieceOf = client && client.tokenizer.streamer();
    story.replaceChildren(h("span", { class: "ml-live-begun" }, begun()));
    const start = data.starts.find(({ text }) => text === prompt.value);
    gloss.textContent = (start && start.gloss) || "";
    gloss.hidden = !gloss.textContent;
    story.lang = /\p{Script=Han}/u.test(prompt.value) ? "zh-Hans" : "en";
    hint();
  }

  // What the model reads: a tokenizer may leave spaces at the end to what the model is to write.
  function begun() {
    try {
      return client.tokenizer.decode(client.tokenizer.prompt(prompt.value).slice(1));
    } catch (error) { // no model yet, or a character that it does not know
      return prompt.value;
    }
  }

  function hint() {
    about.replaceChildren(h("p", { class: "ml-muted" }, client
      ? "The model writes tokens: words, parts of words, and marks. The stronger the shade, the less certain it was. " +
        "Point at a token, tap it, or walk with the arrow keys, to see what else it considered."
      : "The model runs here in your browser. Nothing that you type leaves this page."));
  }

  function describe(index) {
    const token = written[index], spans = story.querySelectorAll(".ml-live-token");
    if (chosen >= 0 && spans[chosen]) {
      spans[chosen].tabIndex = -1;
      spans[chosen].classList.remove("ml-live-chosen");
    }
    chosen = index;
    spans[index].tabIndex = 0;
    spans[index].classList.add("ml-live-chosen");
    const before = (begun() + written.slice(0, index).map(({ piece }) => piece).join("")).slice(-18);
    about.replaceChildren(
      h("p", {}, "After “…", h("span", { class: "ml-live-before" }, before), "” the model ",
        token.forced ? "was made to write " : "wrote ", h("strong", {}, spaced(token.text)), `, which it gave ${percent(token.p)}`,
        token.warmth === 1 || token.warmth === 0 ? "." : `, or ${percent(token.drawn)} at temperature ${token.warmth.toFixed(2)}.`,
        h("span", { class: "ml-muted" }, " Choose another to see how the story would have gone on.")),
      h("ol", { class: "ml-live-top" }, token.top.map((other) => h("li", {}, h("button", { type: "button",
        "aria-pressed": String(other.id === token.id), onclick: () => replace(index, other) },
        h("span", { class: "ml-live-bar", style: `--share:${(100 * other.p).toFixed(1)}%` }),
        h("span", { class: "ml-live-name" }, spaced(other.text)),
        h("span", { class: "ml-live-p" }, percent(other.p)))))));
    host.announce(`${shown(token.text)}, ${percent(token.p)}`);
  }

  function moveAlong(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -10, ArrowDown: 10 }[event.key];
    const spans = story.querySelectorAll(".ml-live-token");
    if (!by || !spans.length) return;
    event.preventDefault();
    spans[Math.max(0, Math.min(spans.length - 1, chosen + by))].focus();
  }

  // ---- writing ------------------------------------------------------------------------------------------------

  async function open() {
    if (client) return;
    progress.hidden = false;
    action.disabled = true;
    try {
      client = await host.model(data.model, { onProgress: (fraction) => (progress.value = fraction) });
      el.classList.add("ml-live-open"); // from now on, room is kept for what comes
      clear();
    } finally {
      progress.hidden = true;
      action.disabled = false;
    }
  }

  async function go() {
    stop();
    seed += 1;
    message.hidden = true;
    clear();
    await write([]);
  }

  // Continue what stands there, and `kept`, tokens of the model that stay.
  async function write(kept) {
    const stopper = new AbortController();
    try {
      await open();
      if (running) running.abort();
      running = stopper;
      sayAction();
      const { tokenizer } = client;
      if (!prompt.value.trim()) throw new Error("Write at least one character to begin with.");
      const ids = [...tokenizer.prompt(prompt.value), ...kept.map(({ id }) => id)];
      hint();
      const warmth = Number(temperature.value);
      const { text, reason } = await client.generate(ids, { temperature: warmth, seed, signal: stopper.signal,
        onToken: (token) => add({ ...token, warmth }) });
      if (reason === "context") fail(new Error("The model's context is full: it can read no further back."));
      if (reason !== "stopped") host.announce(text);
    } catch (error) {
      if (!stopper.signal.aborted) fail(error);
    } finally {
      if (running === stopper) running = null;
      sayAction();
    }
  }

  function fail({ message: text }) {
    message.textContent = text[0].toUpperCase() + text.slice(1) + (/[.!]$/.test(text) ? "" : ".");
    message.hidden = false;
  }

  function stop() {
    clearTimeout(timer);
    if (running) running.abort();
    running = null;
    sayAction();
  }

  // The reader puts another token in place of one that the model chose, and the model goes on from there.
  function replace(index, other) {
    stop();
    const kept = written.slice(0, index);
    const forced = { ...written[index], ...other, forced: true };
    clear();
    [...kept, forced].forEach(add);
    if (other.text === "<|end|>") return describe(index);
    write([...kept, forced]).then(() => written[index] && chosen < 0 && describe(index));
  }

  function begin(text) {
    prompt.value = text;
    go();
  }

  function typed() {
    stop();
    clear();
    message.hidden = true;
    if (client && prompt.value.trim()) timer = setTimeout(go, WAIT);
  }

  sayTemperature();
  sayAction();
  clear();
  return stop;
});
