// The n-gram model of the book in plain JavaScript: minillm/models/ngram.py once more.
//
// The n-grams of each n are a table, sorted by the row of their first n − 1 tokens in the table of n − 1 (`parents`), then
// by their last token (`tokens`). Beside them stand ln p(last token | the others) (`logp`) and the logarithm of the share
// of probability that an n-gram, as a context, leaves to shorter contexts (`backoff`).
minillm.define("engine/ngram", function ngram(engine) {
  "use strict";
  const { checkIds } = engine;

  class NGram {
    constructor({ config, weights }) {
      this.config = config;
      this.weights = weights;
      this.tables = Array.from({ length: config.order }, (_, n) => Object.fromEntries(
        ["tokens", "parents", "logp", "backoff"].map((name) => [name, weights[`order${n + 1}.${name}`]])));
    }

    // The ids already seen.
    newCache() {
      return { length: 0, ids: [] };
    }

    // Forget all but the first `length` tokens.
    rewind(cache, length) {
      cache.length = cache.ids.length = length;
    }

    // Log-probabilities (T, V) of the token that follows each of `ids`, which continue what the cache holds.
    // `record`, an empty object, receives order[t]: the length of the longest listed context, plus 1.
    forward(ids, cache = this.newCache(), record = null) {
      const { vocab_size: V, order } = this.config;
      checkIds(ids, V);
      if (record) record.order = [];
      const logp = new Float32Array(ids.length * V);
      ids.forEach((id, t) => {
        cache.ids.push(id);
        const used = this.predict(cache.ids.slice(-order), logp.subarray(t * V, (t + 1) * V));
        if (record) record.order.push(used);
      });
      cache.length += ids.length;
      return logp;
    }

    // p(w | context) = exp(logp) where the n-gram is listed, else exp(backoff(context)) p(w | the context less its first).
    // From short contexts to long ones, each corrects what the one before said. Writes ln p into `logp` (V).
    predict(past, logp) {
      const [unigrams] = this.tables;
      unigrams.tokens.forEach((token, i) => (logp[token] = unigrams.logp[i]));
      let used = 1;
      for (let n = 2; n <= this.tables.length && n <= past.length + 1; n++) {
        const context = this.find(past.slice(past.length - n + 1));
        if (context < 0) break;
        const { tokens, parents, logp: own } = this.tables[n - 1];
        const backoff = this.tables[n - 2].backoff[context];
        for (let w = 0; w < logp.length; w++) logp[w] += backoff;
        const first = firstAtLeast(parents, context);
        if (parents[first] === context) used = n;
        for (let i = first; parents[i] === context; i++) logp[tokens[i]] = own[i];
      }
      return used;
    }

    // The row of an n-gram in the table of its n, or −1.
    find(ngram) {
      let row = -1; // the parent of every 1-gram is the empty context
      ngram.forEach((token, n) => {
        if (n > 0 && row < 0) return;
        const { tokens, parents } = this.tables[n];
        const from = n ? firstAtLeast(parents, row) : 0;
        const to = n ? firstAtLeast(parents, row + 1) : tokens.length;
        const at = firstAtLeast(tokens, token, from, to);
        row = at < to && tokens[at] === token ? at : -1;
      });
      return row;
    }
  }

  // The first place from `from` on whose number is at least `wanted`, in numbers that only grow.
  function firstAtLeast(numbers, wanted, from = 0, to = numbers.length) {
    while (from < to) {
      const middle = (from + to) >> 1;
      if (numbers[middle] < wanted) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  return { NGram };
});
