// The GPT of the book in plain JavaScript: minillm/models/gpt.py once more, without PyTorch.
//
// Shapes stand in comments as (rows, columns), with the letters
//   T new tokens, S tokens seen so far (S = start + T), C = d_model, H = num_heads, D = C / H, V = vocab_size.
minillm.define("engine/gpt", function gpt(engine) {
  "use strict";
  const { failure, linear, layerNorm, gelu, addTo, softmax, rowsOf, dot, checkIds } = engine;

  class GPT {
    constructor({ config, weights }) {
      this.config = config;
      this.weights = weights;
      if (!["rotary", "learned", "none"].includes(this.config.positions)) {
        throw failure("ConfigError", `positions = "${this.config.positions}" is not known to the engine`);
      }
      if (this.config.positions === "rotary") this.makeAngles();
    }

    // Keys and values of the tokens already seen, (context, C) in every layer, filled up to `length`: with them, a new
    // token costs one row of attention instead of the whole matrix.
    newCache() {
      const { num_layers, context_length, d_model } = this.config;
      const matrices = () => Array.from({ length: num_layers }, () => new Float32Array(context_length * d_model));
      return { length: 0, keys: matrices(), values: matrices() };
    }

    // Forget all but the first `length` tokens.
    rewind(cache, length) {
      cache.length = length;
    }

    // Logits (T, V) of the token that follows each of `ids`, which continue what the cache holds.
    // `record`, an empty object, receives what happened on the way:
    //   hidden[0] the embeddings, hidden[l + 1] the output of block l, each (T, C);
    //   attention[l][h] the weights (T, S); scores[l][h] the scaled scores (T, S) before the mask;
    //   query[l][h] (T, D); key[l][h] and value[l][h] (S, D).
    forward(ids, cache = this.newCache(), record = null) {
      const { num_layers: layers, d_model: C, mlp_ratio } = this.config;
      const T = ids.length;
      this.checkPrompt(ids, cache.length);
      const x = this.embed(ids, cache.length);
      if (record) Object.assign(record, { hidden: [x.slice()], attention: [], scores: [], query: [], key: [], value: [] });
      for (let layer = 0; layer < layers; layer++) {
        const of = (part, input, outputs) =>
          linear(input, T, this.weights[`${part}.weight`], this.weights[`${part}.bias`], outputs);
        const block = `blocks.${layer}`;
        const qkv = of(`${block}.attention.qkv`, this.norm(x, `${block}.norm1`), 3 * C);
        addTo(x, of(`${block}.attention.output`, this.attend(qkv, layer, cache, record), C));
        const wide = gelu(of(`${block}.mlp.up`, this.norm(x, `${block}.norm2`), mlp_ratio * C));
        addTo(x, of(`${block}.mlp.down`, wide, C));
        if (record) record.hidden.push(x.slice());
      }
      cache.length += T;
      return this.readout(x);
    }

    // What the model would predict if `x` (T, C) were the output of its last block: (T, V). Applied to the hidden
    // states of an earlier block this is the "logit lens".
    readout(x) {
      const { d_model, vocab_size } = this.config;
      const head = this.weights["head.weight"] || this.weights["embedding.weight"];
      return linear(this.norm(x, "final_norm"), x.length / d_model, head, null, vocab_size);
    }

    norm(x, name) {
      return layerNorm(x, this.weights[`${name}.weight`], this.weights[`${name}.bias`]);
    }

    // Row `id` of the embedding matrix for each token, plus row `position` of the position matrix if there is one: (T, C).
    embed(ids, start) {
      const C = this.config.d_model;
      const x = rowsOf(this.weights["embedding.weight"], ids, C);
      const positions = this.weights["position_embedding.weight"];
      if (positions) addTo(x, positions.subarray(start * C, (start + ids.length) * C));
      return x;
    }

    // Causal attention of T new tokens over all S tokens; qkv (T, 3C) holds query, key and value side by side. Returns (T, C).
    attend(qkv, layer, cache, record) {
      const { d_model: C, num_heads: H } = this.config;
      const D = C / H, T = qkv.length / (3 * C), start = cache.length, S = start + T;
      const keys = cache.keys[layer], values = cache.values[layer];
      for (let t = 0; t < T; t++) {
        const from = t * 3 * C;
        if (this.cos) this.rotate(qkv, from, start + t);
        keys.set(qkv.subarray(from + C, from + 2 * C), (start + t) * C);
        values.set(qkv.subarray(from + 2 * C, from + 3 * C), (start + t) * C);
      }
      const mixed = new Float32Array(T * C);
      const weights = new Float32Array(S);
      if (record) this.recordHeads(qkv, layer, cache, T, record);
      for (let h = 0; h < H; h++) {
        for (let t = 0; t < T; t++) {
          const seen = start + t + 1; // the mask: token t sees itself and what came before it
          const query = t * 3 * C + h * D;
          for (let s = 0; s < seen; s++) weights[s] = dot(qkv, query, keys, s * C + h * D, D) / Math.sqrt(D);
          softmax(weights, 0, seen);
          const to = t * C + h * D;
          for (let s = 0; s < seen; s++) {
            const weight = weights[s], value = s * C + h * D;
            for (let i = 0; i < D; i++) mixed[to + i] += weight * values[value + i];
          }
          if (record) record.attention[layer][h].set(weights.subarray(0, seen), t * S);
        }
      }
      return mixed;
    }

    recordHeads(qkv, layer, cache, T, record) {
      const { d_model: C, num_heads: H } = this.config;
      const D = C / H, S = cache.length + T;
      const cut = (matrix, rows, width, from) => {
        const part = new Float32Array(rows * D);
        for (let r = 0; r < rows; r++) part.set(matrix.subarray(r * width + from, r * width + from + D), r * D);
        return part;
      };
      const heads = (make) => Array.from({ length: H }, (_, h) => make(h));
      const query = (record.query[layer] = heads((h) => cut(qkv, T, 3 * C, h * D)));
      const key = (record.key[layer] = heads((h) => cut(cache.keys[layer], S, C, h * D)));
      record.value[layer] = heads((h) => cut(cache.values[layer], S, C, h * D));
      record.scores[layer] = heads((h) => linear(query[h], T, key[h], null, S).map((score) => score / Math.sqrt(D)));
      record.attention[layer] = heads(() => new Float32Array(T * S));
    }

    // Rotary positions turn the pair of dimensions (i, i + D/2) by the angle position · base^(−2i/D): tables (context, D/2).
    makeAngles() {
      const { context_length, d_model, num_heads, rotary_base } = this.config;
      const half = d_model / num_heads / 2;
      this.cos = new Float32Array(context_length * half);
      this.sin = new Float32Array(context_length * half);
      for (let n = 0; n < this.cos.length; n++) {
        const angle = Math.floor(n / half) * rotary_base ** (-(n % half) / half);
        this.cos[n] = Math.cos(angle);
        this.sin[n] = Math.sin(angle);
      }
    }

    // Turn the query and the key of every head of one token, in place: they are the first 2C numbers of its row.
    rotate(qkv, from, position) {
      const { d_model: C, num_heads: H } = this.config;
      const D = C / H, half = D / 2;
      for (let head = from; head < from + 2 * C; head += D) {
        for (let i = 0; i < half; i++) {
          const cos = this.cos[position * half + i], sin = this.sin[position * half + i];
          const first = qkv[head + i], second = qkv[head + half + i];
          qkv[head + i] = first * cos - second * sin;
          qkv[head + half + i] = second * cos + first * sin;
        }
      }
    }

    checkPrompt(ids, start) {
      const { context_length, vocab_size } = this.config;
      checkIds(ids, vocab_size);
      if (start + ids.length > context_length) {
        throw failure("PromptError",
          `${start + ids.length} tokens do not fit in a context of ${context_length}; shorten the text`);
      }
    }
  }

  return { GPT };
});
