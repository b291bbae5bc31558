// Multi-head attention: the class of that name in minillm/attention.py once more.
//
// Shapes stand in comments as (rows, columns), with the letters
//   T new tokens, S tokens seen so far, H = num_heads, K = num_kv_heads (H / K neighboring heads share keys and values),
//   D = d_model / H numbers a head.
minillm.define("engine/attention", function attention(engine) {
  "use strict";
  const { softmax, dot, affine, rmsNorm } = engine;

  class Attention {
    constructor(config, weights, name, positions) {
      this.config = config;
      this.positions = positions;
      this.D = config.d_model / config.num_heads;
      this.K = config.num_kv_heads || config.num_heads;
      this.qkv = affine(weights, `${name}.qkv`, config.d_model);
      this.output = affine(weights, `${name}.output`, config.d_model);
      this.queryNorm = weights[`${name}.query_norm.weight`];
      this.keyNorm = weights[`${name}.key_norm.weight`];
    }

    // The mixed values of all heads side by side, (T, H·D), for T new tokens x after the `start` ones whose keys and
    // values (context, K·D) the cache holds; theirs are added. Heads in `off` write zeros. `record`, if there is one,
    // receives attention, scores, query, key and value of each head.
    mix(x, start, { keys, values }, off, record) {
      const { num_heads: H, window } = this.config, { D, K } = this;
      const T = x.length / (H * D), S = start + T, width = (H + 2 * K) * D;
      const qkv = this.qkv(x);
      for (let t = 0; t < T; t++) {
        const row = qkv.subarray(t * width, (t + 1) * width);
        this.place(row, start + t);
        keys.set(row.subarray(H * D, (H + K) * D), (start + t) * K * D);
        values.set(row.subarray((H + K) * D), (start + t) * K * D);
      }
      if (record) Object.assign(record, this.recorded(qkv, width, keys, values, T, S));
      const mixed = new Float32Array(T * H * D), weights = new Float32Array(S);
      for (let h = 0; h < H; h++) {
        for (let t = 0; t < T; t++) {
          const end = start + t + 1; // a token sees itself, what came before it, and no further back than the window
          const first = window ? Math.max(0, end - window) : 0;
          for (let s = first; s < end; s++) weights[s] = this.score(qkv, t * width, keys, h, end - 1, s);
          softmax(weights, first, end - first);
          if (record) record.attention[h].set(weights.subarray(first, end), t * S + first);
          if (!off.has(h)) this.gather(mixed.subarray((t * H + h) * D), weights, values, h, first, end);
        }
      }
      return mixed;
    }

    // Norm and rotation of the queries and keys of one token, in place.
    place(row, position) {
      const { num_heads: H } = this.config, { D, K } = this;
      for (let head = 0; head < H + K; head++) {
        const norm = head < H ? this.queryNorm : this.keyNorm;
        if (norm) row.set(rmsNorm(row.subarray(head * D, (head + 1) * D), norm, null, 1e-6), head * D);
        this.positions.rotate(row, head * D, position);
      }
    }

    // Where head h finds its key or value in the row of a token: with neighbors, if they share it.
    shared(h) {
      return Math.floor((h * this.K) / this.config.num_heads) * this.D;
    }

    // The scaled and biased score of the query at position t, whose row of qkv begins at `from`, and the key at s.
    score(qkv, from, keys, h, t, s) {
      const { D, K } = this;
      const product = dot(qkv, from + h * D, keys, s * K * D + this.shared(h), D);
      return product / Math.sqrt(D) + this.positions.bias(h, Math.abs(t - s));
    }

    // Add to the first D numbers of `sum` the values from `first` to `end`, each times its weight.
    gather(sum, weights, values, h, first, end) {
      const { D, K } = this, shared = this.shared(h);
      for (let s = first; s < end; s++) {
        const weight = weights[s], value = s * K * D + shared;
        for (let i = 0; i < D; i++) sum[i] += weight * values[value + i];
      }
    }

    // For each head: query (T, D), key and value (S, D), scores (T, S) before the mask, attention (T, S) to be filled.
    recorded(qkv, width, keys, values, T, S) {
      const { D, K } = this;
      const cut = (matrix, rows, width, from) => {
        const part = new Float32Array(rows * D);
        for (let r = 0; r < rows; r++) part.set(matrix.subarray(r * width + from, r * width + from + D), r * D);
        return part;
      };
      const scores = (h) => Float32Array.from({ length: T * S }, (_, n) => {
        const t = Math.floor(n / S);
        return this.score(qkv, t * width, keys, h, S - T + t, n % S);
      });
      const heads = (make) => Array.from({ length: this.config.num_heads }, (_, h) => make(h));
      return {
        query: heads((h) => cut(qkv, T, width, h * D)),
        key: heads((h) => cut(keys, S, K * D, this.shared(h))),
        value: heads((h) => cut(values, S, K * D, this.shared(h))),
        scores: heads(scores),
        attention: heads(() => new Float32Array(T * S)),
      };
    }
  }

  return { Attention };
});
