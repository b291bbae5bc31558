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
  const reset = h("button", { type: "button", onclick: () => page.turn(allHeads(), true) }, "All heads on");
  const results = h("div", { hidden: true }, after, columns, outcome, h("div", { class: "ml-row" }, reset));
  const element = h("section", { class: "ml-att-ablation", "aria-label": "What the model predicts" }, invitation, results);

  const allHeads = () => Array.from(state.off, (name) => name.split(".").map(Number));
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

  let shown = null; // the two predictions that are on the page, of which text

  // Everything again: another text, other heads.
  function update() {
    const { text } = page.current();
    return page.withModel(async (client) => {
      const off = allHeads();
      const [whole, without] = await Promise.all([asked(client, text, []), asked(client, text, off)]);
      if (page.current().text !== text || JSON.stringify(off) !== JSON.stringify(allHeads())) return; // too late
      shown = { text, whole, without, off };
      draw();
      host.announce(`${outcome.textContent} ${after.textContent}`);
    });
  }

  // After another token of the same text.
  function draw() {
    const client = page.model();
    if (!client || !shown || shown.text !== page.current().text) return;
    invitation.hidden = true;
    results.hidden = false;
    const { tokens } = page.current(), t = state.token, { whole, without, off } = shown;
    const before = tokens.slice(1, t + 1).join("").slice(-24);
    const next = whole.ids[t + 1]; // undefined at the end of the text
    const p = (side, id) => percent(Math.exp(side.logp[t][id]));
    after.replaceChildren("After “", h("span", { lang: languageOf(before) }, (tokens.slice(1, t + 1).join("").length > 24 ? "…" : "") + before), "” the model expects:");
    columns.replaceChildren(column("All heads on", whole, t, next),
      column(off.length === 1 ? "1 head off" : `${off.length} heads off`, without, t, next));
    columns.lastChild.classList.toggle("ml-att-same", !off.length);
    const rise = without.loss - whole.loss;
    const loss = (value) => value.toFixed(2).replace("-", "−");
    outcome.replaceChildren("Loss on this text: ", h("strong", {}, loss(whole.loss)), off.length ? " → " : "",
      off.length ? h("strong", {}, loss(without.loss)) : "", " nats a token",
      off.length ? ` (${rise < 0 ? "" : "+"}${loss(rise)}).` : ".",
      next === undefined ? "" : ` The text goes on with “${label(tokens, [t + 1, t + 2])}”: ${p(whole, next)}` +
        (off.length ? ` → ${p(without, next)}.` : "."));
    reset.disabled = !off.length;
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
