// One row of attention, step by step: from the scores of a query to the output. `page` gives what the explorer shows:
// data, state, current(), head(), weights(), score(t, s), sees(t, s), narrow(), choices(), root(); texts: see texts.js.
minillm.define("attention/steps", function steps(page, texts, host) {
  "use strict";
  const { h } = host;
  const { data, state } = page;
  const { label, spaced, number, percent, START } = texts;
  const STEPS = ["Compare", "Scale", "Mask", "Softmax", "Mix"];
  const element = h("div", { class: "ml-att-steps" });

  function draw() {
    const { tokens, words } = page.current(), t = state.token;
    const weights = page.weights()[t];
    const keys = weights.map((_, s) => s);
    const chosen = new Set([...keys].sort((a, b) => weights[b] - weights[a]).slice(0, 5));
    [t, t + 1, t + 2].forEach((s) => s < tokens.length && chosen.add(s));
    const rows = keys.filter((s) => chosen.has(s)), rest = keys.filter((s) => !chosen.has(s));
    const word = words.find(([from, to]) => t >= from && t < to);
    const letters = state.view === "words" && word[1] - word[0] > 1
      ? page.choices("Token that looks", tokens.slice(word[0], word[1]).map((token, i) => [word[0] + i, spaced(token)]), t,
        (token) => {
          state.token = token;
          draw();
        }) : null;
    const stepper = page.choices("Step", STEPS.map((name, i) => [i, `${i + 1} ${name}`]), state.step, (step) => {
      state.step = step;
      draw();
      element.querySelector('[aria-label="Step"] [aria-pressed="true"]').focus();
      host.announce(element.querySelector(".ml-att-explained").textContent);
    });
    const { explained, columns, row, total } = table(t, weights, rest);
    element.replaceChildren(h("h4", {}, "One row, step by step: the query of ", inContext(t)), ...(letters ? [letters] : []),
      stepper, h("p", { class: "ml-att-explained" }, explained),
      h("div", { class: "ml-scroll", tabindex: 0, role: "region", "aria-label": "Numbers of this step" },
        h("table", {}, h("thead", {}, h("tr", {}, ["looked at", ...columns].map((name) => h("th", { scope: "col" }, name)))),
          h("tbody", {}, rows.map((s) => h("tr", { class: page.sees(t, s) ? "" : "ml-att-hidden" },
            h("th", { scope: "row" }, inContext(s)), row(s).map((cell) => h("td", {}, cell)))),
          total && h("tr", { class: "ml-att-total" }, total.map((cell, i) => h(i ? "td" : "th", {}, cell)))))));
  }

  // A token in its word: skip[ping].
  function inContext(s) {
    const { tokens, words } = page.current();
    if (s === 0) return h("span", {}, START);
    const [from, to] = words.find(([from, to]) => s >= from && s < to);
    const text = (a, b) => tokens.slice(a, b).join("");
    return h("span", { class: "ml-att-context" },
      text(from, s).trimStart(), h("mark", {}, label(tokens, [s, s + 1])), text(s + 1, to));
  }

  // The first dimensions of row t of a matrix with one row a token, times a factor; phones have room for two.
  function vector(values, t, factor = 1) {
    const width = values.length / page.current().tokens.length;
    return Array.from({ length: Math.min(page.narrow() ? 2 : 3, width) }, (_, i) => factor * values[t * width + i]);
  }

  function table(t, weights, rest) {
    const divisor = Math.sqrt(data.d_k), head = page.head(), narrow = page.narrow();
    const scaled = (s) => head.scores[t * page.current().tokens.length + s];
    const numbers = (values) => `(${values.map(number).join(", ")}${data.d_k > values.length ? (narrow ? " …" : ", …") : ""})`;
    const used = (s) => (page.sees(t, s) ? page.score(t, s) : -Infinity);
    const bar = (s) => h("span", { class: "ml-att-bar", style: `--share:${Math.round(100 * weights[s])}%` }, percent(weights[s]));
    const more = rest.length ? `${rest.length} more` : null;
    const restWeight = rest.reduce((sum, s) => sum + weights[s], 0);
    const output = vector(head.value, 0).map((_, i) =>
      weights.reduce((sum, weight, s) => sum + weight * vector(head.value, s)[i], 0));
    return [
      { explained: `The query q = ${numbers(vector(head.query, t))} has ${data.d_k} numbers, and so has every key k. ` +
          "Their dot product says how well they match.",
        columns: ["its key k", "q · k"], row: (s) => [numbers(vector(head.key, s)), number(scaled(s) * divisor)] },
      { explained: state.scale ? ["Each score is divided by ", page.root(), ` = √${data.d_k} = ${number(divisor)}, so that ` +
          "scores do not grow with the number of dimensions."] : "Scaling is switched off: the scores stay as they are.",
        columns: ["q · k", state.scale ? ["÷ ", page.root()] : "kept"],
        row: (s) => [number(scaled(s) * divisor), number(page.score(t, s))] },
      { explained: state.mask ? "A token may not look at what comes after it: those scores become −∞."
          : "The mask is switched off: the token sees what comes after it, which a model that writes must not.",
        columns: ["score", "masked"], row: (s) => [number(page.score(t, s)), number(used(s))] },
      { explained: "The softmax raises e to each score and divides by the sum: positive weights that add up to 100%.",
        columns: ["masked", "weight"], row: (s) => [number(used(s)), bar(s)],
        total: more && [more, "", percent(restWeight)] },
      { explained: `The output o = ${numbers(output)} is the sum of all values v, each times its weight.`,
        columns: ["weight", ...(narrow ? [] : ["its value v"]), "weight × v"],
        row: (s) => [percent(weights[s]), ...(narrow ? [] : [numbers(vector(head.value, s))]),
          numbers(vector(head.value, s, weights[s]))],
        total: ["sum over all", "100%", ...(narrow ? [] : [""]), numbers(output)] },
    ][state.step];
  }

  return { element, draw };
});
