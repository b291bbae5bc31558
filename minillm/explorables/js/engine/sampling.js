// From logits to text: the probabilities of the next token, a draw from them, and so on until a story is told.
minillm.define("engine/sampling", function sampling(engine) {
  "use strict";
  const { failure, softmax } = engine;

  // Logits (V) of one position to the probabilities that the next token is drawn from.
  //   temperature divides the logits; 0 takes the likeliest token, the first of several equal ones.
  //   topK keeps the k likeliest tokens, and those equal to the k-th.
  //   topP keeps the likeliest tokens until their probabilities reach p together.
  function probabilities(logits, { temperature = 1, topK = null, topP = null } = {}) {
    checkSampling(temperature, topK, topP);
    const order = ranking(logits);
    const least = logits[order[Math.min(topK || logits.length, logits.length) - 1]];
    const p = Float64Array.from(logits, (logit) => (logit >= least ? logit / (temperature || 1) : -Infinity));
    if (temperature === 0) p.fill(-Infinity)[order[0]] = 0;
    softmax(p);
    if (topP === null) return p;
    let before = 0; // the probability of all likelier tokens
    for (const id of order) {
      const own = p[id];
      if (before >= topP) p[id] = 0;
      before += own;
    }
    const kept = p.reduce((sum, value) => sum + value, 0);
    return p.map((value) => value / kept);
  }

  function checkSampling(temperature, topK, topP) {
    if (!(temperature >= 0 && temperature < Infinity)) {
      throw failure("SamplingError",
        `temperature = ${temperature} must be 0 (always the likeliest token) or a number above 0`);
    }
    if (topK !== null && !(Number.isInteger(topK) && topK >= 1)) {
      throw failure("SamplingError", `topK = ${topK} must be a whole number of at least 1, or null`);
    }
    if (topP !== null && !(topP > 0 && topP <= 1)) {
      throw failure("SamplingError", `topP = ${topP} must be above 0 and at most 1, or null`);
    }
  }

  // Token ids from the likeliest to the least likely; ties in the order of their ids.
  function ranking(logits) {
    return Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a] || a - b);
  }

  // A generator of numbers in [0, 1) that gives the same ones for the same seed (mulberry32, by Tommy Ettinger).
  function randomNumbers(seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let z = Math.imul(state ^ (state >>> 15), state | 1);
      z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
      return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  // The index that a uniform number u in [0, 1) falls on when the probabilities are laid end to end.
  function draw(p, u) {
    let last = 0;
    for (let id = 0; id < p.length; id++) {
      if (p[id] === 0) continue;
      last = id;
      u -= p[id];
      if (u < 0) return id;
    }
    return last; // rounding can leave u a hair above zero
  }

  // Continue `ids` token by token. Yields {id, text, p, drawn, top}: p is the model's own probability of the token, drawn
  // the probability it was drawn with after temperature, topK and topP; top lists the five likeliest as {id, text, p, drawn}.
  // options.ablate switches heads off, see GPT.forward. Returns why it stopped: "end" (the story is over), "length" (maxTokens) or "context" (the context is full).
  function* generate(model, tokenizer, ids, options = {}, cache = model.newCache()) {
    const { maxTokens = 400, seed = 0, ablate = [] } = options;
    const { context_length = Infinity, vocab_size } = model.config; // only a GPT has a limit
    const room = context_length - cache.length - ids.length;
    if (room < 1) {
      throw failure("PromptError", `${cache.length + ids.length} tokens leave no room in a context of ` +
        `${context_length}; shorten the text by at least ${1 - room}`);
    }
    const random = randomNumbers(seed);
    let input = ids;
    for (let made = 0; made < Math.min(room, maxTokens); made++) {
      const logits = model.forward(input, cache, null, ablate).slice(-vocab_size);
      const p = softmax(Float64Array.from(logits)), drawn = probabilities(logits, options);
      const id = draw(drawn, random());
      const describe = (id) => ({ id, text: tokenizer.texts[id], p: p[id], drawn: drawn[id] });
      yield { ...describe(id), top: ranking(logits).slice(0, 5).map(describe) };
      if (id === tokenizer.endId) return "end";
      input = [id];
    }
    return room <= maxTokens ? "context" : "length";
  }

  return { probabilities, ranking, randomNumbers, draw, generate };
});
