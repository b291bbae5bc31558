// The recurrent models of the book in plain JavaScript: minillm/models/recurrent.py once more, without PyTorch.
//
// Shapes stand in comments as (rows, columns), with the letters
//   T new tokens, C = d_model, H = hidden_size, V = vocab_size; G = 4 for an LSTM, whose matrices hold input gate, forget
//   gate, candidate and output gate below one another, and 1 for an RNN.
minillm.define("engine/recurrent", function recurrent(engine) {
  "use strict";
  const { failure, linear, rowsOf, checkIds } = engine;

  const sigmoid = (x) => 1 / (1 + Math.exp(-x));

  class Recurrent {
    constructor({ config, weights }) {
      this.config = config;
      this.weights = weights;
      if (!["rnn", "lstm"].includes(config.cell)) {
        throw failure("ConfigError", `cell = "${config.cell}" is not known to the engine`);
      }
    }

    // The state after each token already seen: states[t][layer] = {h, c}, of H numbers each. A model that writes needs
    // the last one alone; the others let a reader go back.
    newCache() {
      return { length: 0, states: [] };
    }

    // Forget all but the first `length` tokens.
    rewind(cache, length) {
      cache.length = cache.states.length = length;
    }

    // Logits (T, V) of the token that follows each of `ids`, which continue what the cache holds.
    // `record`, an empty object, receives hidden[0] the embeddings (T, C), hidden[l + 1] the hidden states of layer l, and
    // of an LSTM cell[l], both (T, H).
    forward(ids, cache = this.newCache(), record = null) {
      const { num_layers: layers, hidden_size: H, vocab_size: V } = this.config;
      checkIds(ids, V);
      let x = rowsOf(this.weights["embedding.weight"], ids, this.config.d_model);
      if (record) Object.assign(record, { hidden: [x], cell: [] });
      const before = cache.states[cache.length - 1] || [];
      const states = Array.from(ids, () => []);
      for (let layer = 0; layer < layers; layer++) {
        x = this.layer(x, layer, before[layer], states);
        if (record) record.hidden.push(x);
        if (record && this.config.cell === "lstm") {
          record.cell.push(joined(states.map((state) => state[layer].c)));
        }
      }
      cache.states.push(...states);
      cache.length += ids.length;
      const head = this.weights["head.weight"] || this.weights["embedding.weight"];
      return linear(x, ids.length, head, this.weights["head.bias"], V);
    }

    // One layer along all T tokens, from the state before them: (T, inputs) to (T, H). The products with the inputs do
    // not depend on one another and are computed at once; the states must wait for one another.
    layer(x, layer, before, states) {
      const H = this.config.hidden_size, T = states.length;
      const of = (name) => this.weights[`recurrent.${name}_l${layer}`];
      const width = of("bias_ih").length; // G · H
      const inputs = linear(x, T, of("weight_ih"), of("bias_ih"), width);
      let state = before || { h: new Float32Array(H), c: new Float32Array(H) };
      for (let t = 0; t < T; t++) {
        const a = linear(state.h, 1, of("weight_hh"), of("bias_hh"), width);
        for (let i = 0; i < width; i++) a[i] += inputs[t * width + i];
        state = states[t][layer] = this.config.cell === "lstm" ? lstmCell(a, state.c) : { h: a.map(Math.tanh), c: null };
      }
      return joined(states.map((each) => each[layer].h));
    }
  }

  // c = f · c + i · g and h = o · tanh(c), with the gates from the sums a (4H).
  function lstmCell(a, before) {
    const H = before.length;
    const h = new Float32Array(H), c = new Float32Array(H);
    for (let n = 0; n < H; n++) {
      const i = sigmoid(a[n]), f = sigmoid(a[H + n]), g = Math.tanh(a[2 * H + n]), o = sigmoid(a[3 * H + n]);
      c[n] = f * before[n] + i * g;
      h[n] = o * Math.tanh(c[n]);
    }
    return { h, c };
  }

  // Vectors as the rows of one matrix.
  function joined(vectors) {
    const matrix = new Float32Array(vectors.length * vectors[0].length);
    vectors.forEach((vector, row) => matrix.set(vector, row * vector.length));
    return matrix;
  }

  return { Recurrent };
});
