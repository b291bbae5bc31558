// What the model predicts with heads switched off, beside what it predicts whole. `page` gives data, state, current(),
// turn(), withModel(use) and model(); the numbers come from the model itself.
minillm.define("attention/ablation", function ablation(page, texts, host) {
  "use strict";
  const { h } = host;
  const { data, state } = page;
  const { spaced, label, percent, languageOf } = texts;
  const SHOWN = 5;

  const load = h("button", { type: "button", class: "ml-primary", onclick: update }, `Load the model (${data.megabytes} MB)`);
  const invitation = h("div", {}, h("p", {}, "Which heads does the model need? Switch some off below: it runs here in your " +
    "browser and says what it would then write."), load);
  const after = h("p", { class: "ml-att-after" });
  const columns = h("div", { class: "ml-att-columns" });
  const outcome = h("p", { class: "ml-att-loss" });
  const reset = h("button", { type: "button", onclick: () => page.turn(allOff(), true) }, "All heads on");
  const each = h("button", { type: "button", onclick: tryEach }, "Try each head alone");
  const legend = h("p", { class: "ml-muted", hidden: true }, "Under each switch: by how much the loss on this text rises, in " +
    "nats a token, with that head alone off.");
  const results = h("div", { hidden: true }, after, columns, outcome, h("div", { class: "ml-row" }, reset, each), legend);
  const element = h("section", { class: "ml-att-ablation", "aria-label": "What the model predicts" }, invitation, results);

  const allOff = () => Array.from(state.off, (name) => name.split(".").map(Number));
  const done = new Map(); // text and heads that are off -> a promise of ids, logits and the loss

  // The log-probabilities of what follows each token, and the mean −ln p of the tokens of the text, in nats.
  async function prediction(client, text, off) {
    const ids = [client.tokenizer.endId, ...client.tokenizer.encode(text)];
    const { logits } = await client.forward(ids, { ablate: off });
    const V = client.config.vocab_size;
    const logp = ids.map((_, t) => logSoftmax(logits.subarray(t * V, (t + 1) * V)));
    const loss = -ids.slice(1).reduce((sum, id, t) => sum + logp[t][id], 0) / (ids.length - 1);
    return { ids, logp, loss };
  }

  function logSoftmax(logits) {
    const max = logits.reduce((a, b) => Math.max(a, b));
    const sum = logits.reduce((total, value) => total + Math.exp(value - max), 0);
    return logits.map((value) => value - max - Math.log(sum));
  }

  function asked(client, text, off) {
    const key = JSON.stringify([text, off.map(String).sort()]);
    if (!done.has(key)) done.set(key, prediction(client, text, off));
    return done.get(key);
  }

  const signed = (value) => (Math.abs(value) < 0.005 ? "" : value < 0 ? "−" : "+") + Math.abs(value).toFixed(2);

  // How much the loss rises with each head off alone, written under its picture.
  function tryEach() {
    const { text } = page.current();
    return page.withModel(async (client) => {
      const places = Array.from({ length: data.layers * data.heads }, (_, i) => [Math.floor(i / data.heads), i % data.heads]);
      const whole = await asked(client, text, []);
      const rises = await Promise.all(places.map(async (place) => (await asked(client, text, [place])).loss - whole.loss));
      if (page.current().text !== text) return;
      page.tell(rises.map(signed));
      legend.hidden = false;
      const most = rises.indexOf(Math.max(...rises));
      host.announce(`Layer ${places[most][0] + 1}, head ${places[most][1] + 1} is missed most: ${signed(rises[most])} nats a token.`);
    });
  }

  let shown = null; // the two predictions that are on the page, of which text

  // Everything again: another text, other heads.
  function update() {
    const { text } = page.current();
    return page.withModel(async (client) => {
      const off = allOff();
      const [whole, without] = await Promise.all([asked(client, text, []), asked(client, text, off)]);
      if (page.current().text !== text || JSON.stringify(off) !== JSON.stringify(allOff())) return; // too late
      legend.hidden = legend.hidden || shown.text !== text; // the grid of another text has no such numbers
      shown = { text, whole, without, off };
      draw();
      host.announce(`${outcome.textContent} ${after.textContent}`);
    });
  }

  // After another token of the same text.
  function draw() {
    const client = page.model();
    if (!client || !shown || shown.text !== page.current().text) return;
    invitation.remove();
    results.hidden = false;
    const { tokens } = page.current(), t = state.token, { whole, without, off } = shown;
    const next = whole.ids[t + 1]; // undefined at the end of the text
    const chance = (side) => percent(Math.exp(side.logp[t][next]));
    after.replaceChildren("After ", t ? h("q", { lang: languageOf(page.current().text) }, ending(tokens.slice(1, t + 1).join(""))) : "the start",
      " the model expects:");
    columns.replaceChildren(column("All heads on", whole, t, next),
      column(off.length === 1 ? "1 head off" : `${off.length} heads off`, without, t, next));
    const outcomes = (value) => (off.length ? [h("strong", {}, value(whole)), " → ", h("strong", {}, value(without))]
      : [h("strong", {}, value(whole))]);
    outcome.replaceChildren("Loss on this text: ", ...outcomes(({ loss }) => loss.toFixed(2)), " nats a token",
      off.length ? ` (${signed(without.loss - whole.loss)}).` : ".",
      ...(next === undefined ? [] : [` It goes on with “${label(tokens, [t + 1, t + 2])}”: `, ...outcomes(chance), "."]));
    reset.disabled = !off.length;
  }

  // The last words of a text.
  function ending(text) {
    return text.length <= 26 ? text : "… " + text.slice(-26).replace(/^\S* (?=\S)/, "");
  }

  function column(title, side, t, next) {
    const logp = side.logp[t];
    const top = Array.from(logp.keys()).sort((a, b) => logp[b] - logp[a]).slice(0, SHOWN);
    const { texts: names, endId } = page.model().tokenizer;
    return h("div", {}, h("h4", {}, title), h("ol", { class: "ml-att-top" }, top.map((id) => {
      const p = Math.exp(logp[id]);
      return h("li", { class: id === next ? "ml-att-next" : "", style: `--share:${(100 * p).toFixed(1)}%` },
        h("span", { lang: languageOf(names[id]) }, id === endId ? "end of story" : spaced(names[id])), h("span", {}, percent(p)));
    })));
  }

  return { element, update, draw };
});
