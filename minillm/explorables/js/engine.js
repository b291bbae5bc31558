// The model of the book in plain JavaScript: text in, a probability for every possible next character out.
//
// This is minillm/models/gpt.py once more, without PyTorch: a test holds its logits to those of PyTorch. Matrices are
// flat Float32Arrays, row after row. Shapes stand in comments as (rows, columns), with the letters
//   T new tokens, S tokens seen so far (S = start + T), C = d_model, H = num_heads, D = C / H, V = vocab_size.
//
// The function below refers to nothing outside itself: its own source is the program of the Worker (see client.js).
minillm.define("engine", function engine() {
  "use strict";

  // The same error names as in Python.
  function failure(name, message) {
    return Object.assign(new Error(message), { name });
  }

  // ------------------------------------------------------------------------------------------------ weights

  // The bytes of a safetensors file: the length of its header, the header (JSON), then every tensor in 16-bit floats.
  // Returns {config, tokenizer, weights: {name: Float32Array}}.
  function readModel(buffer) {
    const length = Number(new DataView(buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
    const { __metadata__: metadata, ...tensors } = header;
    const weights = {};
    for (const [name, { data_offsets: [start, end] }] of Object.entries(tensors)) {
      weights[name] = halfToFloat(new Uint16Array(buffer, 8 + length + start, (end - start) / 2));
    }
    return { ...JSON.parse(metadata.minillm), weights };
  }

  // 16-bit floats to 32-bit floats. Exponent and mantissa move to where a 32-bit float has them; multiplying by 2^112
  // corrects the exponent, whose zero is 15 in one format and 127 in the other. Subnormal numbers come out right too.
  function halfToFloat(halves) {
    const floats = new Float32Array(halves.length);
    const bits = new Uint32Array(floats.buffer);
    for (let i = 0; i < halves.length; i++) {
      bits[i] = ((halves[i] & 0x8000) << 16) | ((halves[i] & 0x7fff) << 13);
      floats[i] *= 2 ** 112;
    }
    return floats;
  }

  // -------------------------------------------------------------------------------------- one layer at a time

  // y = x W^T + b for x (rows, inputs), W (outputs, inputs): y (rows, outputs). Four outputs at a time, so that each
  // number of x is loaded once for four products; at the ragged end the last output is computed again, to no harm.
  function linear(x, rows, weight, bias, outputs) {
    const inputs = weight.length / outputs;
    const y = new Float32Array(rows * outputs);
    for (let o = 0; o < outputs; o += 4) {
      const o1 = Math.min(o + 1, outputs - 1), o2 = Math.min(o + 2, outputs - 1), o3 = Math.min(o + 3, outputs - 1);
      const w0 = o * inputs, w1 = o1 * inputs, w2 = o2 * inputs, w3 = o3 * inputs;
      for (let row = 0; row < rows; row++) {
        const from = row * inputs, to = row * outputs;
        let sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
        for (let i = 0; i < inputs; i++) {
          const xi = x[from + i];
          sum0 += xi * weight[w0 + i];
          sum1 += xi * weight[w1 + i];
          sum2 += xi * weight[w2 + i];
          sum3 += xi * weight[w3 + i];
        }
        y[to + o] = sum0;
        y[to + o1] = sum1;
        y[to + o2] = sum2;
        y[to + o3] = sum3;
      }
    }
    if (bias) for (let i = 0; i < y.length; i++) y[i] += bias[i % outputs];
    return y;
  }

  // Each row of x (rows, width) to mean 0 and variance 1, then scaled and shifted.
  function layerNorm(x, weight, bias) {
    const width = weight.length;
    const y = new Float32Array(x.length);
    for (let from = 0; from < x.length; from += width) {
      let mean = 0, variance = 0;
      for (let i = 0; i < width; i++) mean += x[from + i] / width;
      for (let i = 0; i < width; i++) variance += (x[from + i] - mean) ** 2 / width;
      const scale = 1 / Math.sqrt(variance + 1e-5);
      for (let i = 0; i < width; i++) y[from + i] = (x[from + i] - mean) * scale * weight[i] + bias[i];
    }
    return y;
  }

  // The error function, to 1.5e-7: Abramowitz and Stegun (1964), formula 7.1.26.
  function erf(x) {
    const t = 1 / (1 + 0.3275911 * Math.abs(x));
    const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return Math.sign(x) * (1 - series * Math.exp(-x * x));
  }

  // x times the probability that a standard normal number is below x, in place.
  function gelu(x) {
    for (let i = 0; i < x.length; i++) x[i] = 0.5 * x[i] * (1 + erf(x[i] * Math.SQRT1_2));
    return x;
  }

  function addTo(x, y) {
    for (let i = 0; i < x.length; i++) x[i] += y[i];
  }

  // Turn `count` numbers from `from` into positive ones that sum to 1. The maximum is taken off so that exp cannot overflow.
  function softmax(x, from = 0, count = x.length) {
    let max = -Infinity, sum = 0;
    for (let i = from; i < from + count; i++) max = Math.max(max, x[i]);
    for (let i = from; i < from + count; i++) sum += x[i] = Math.exp(x[i] - max);
    for (let i = from; i < from + count; i++) x[i] /= sum;
    return x;
  }

  // ------------------------------------------------------------------------------------------------ the model

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
      const x = new Float32Array(ids.length * C);
      ids.forEach((id, t) => x.set(this.weights["embedding.weight"].subarray(id * C, (id + 1) * C), t * C));
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
      if (!ids.length) throw failure("PromptError", "there are no tokens; start with at least one");
      if (start + ids.length > context_length) {
        throw failure("PromptError",
          `${start + ids.length} tokens do not fit in a context of ${context_length}; shorten the text`);
      }
      for (const id of ids) {
        if (!Number.isInteger(id) || id < 0 || id >= vocab_size) {
          throw failure("PromptError", `token id ${id} is not one of 0 to ${vocab_size - 1}`);
        }
      }
    }
  }

  // The dot product of `count` numbers of x from i with those of y from j.
  function dot(x, i, y, j, count) {
    let sum = 0;
    for (let n = 0; n < count; n++) sum += x[i + n] * y[j + n];
    return sum;
  }

  // -------------------------------------------------------------------------------------------- the tokenizer

  // One token a character. Id 0 is the end of a story, which is also what a story starts from.
  class Tokenizer {
    constructor({ special_tokens: special, characters }) {
      this.texts = [...special, ...characters];
      this.ids = new Map(this.texts.map((text, id) => [text, id]));
        this.endId = this.ids.get("<|end|>");
    }

    encode(text) {
      return Array.from(text, (character, position) => {
        const id = this.ids.get(character);
        if (id === undefined) {
          const code = character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
          throw failure("UnknownCharacterError",
            `the model does not know the character “${character}” (U+${code}) at position ${position}, only the ` +
            `${this.ids.size - 1} characters of the text it was trained on; take it out or choose another`);
        }
        return id;
      });
    }

    decode(ids) {
      return Array.from(ids, (id) => this.texts[id]).join("");
    }

    // The text of each token of `text`, in order.
    tokens(text) {
      return this.encode(text).map((id) => this.texts[id]);
    }

    // The ids that a model needs to continue `text`: the mark before the first character, then the text.
    prompt(text) {
      return [this.endId, ...this.encode(text)];
    }
  }

  // ------------------------------------------------------------------------------------------------- sampling

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
  // Returns why it stopped: "end" (the story is over), "length" (maxTokens) or "context" (the context is full).
  function* generate(model, tokenizer, ids, options = {}, cache = model.newCache()) {
    const { maxTokens = 400, seed = 0 } = options;
    const room = model.config.context_length - cache.length - ids.length;
    if (room < 1) {
      throw failure("PromptError", `${cache.length + ids.length} tokens leave no room in a context of ` +
        `${model.config.context_length}; shorten the text by at least ${1 - room}`);
    }
    const random = randomNumbers(seed);
    let input = ids;
    for (let made = 0; made < Math.min(room, maxTokens); made++) {
      const logits = model.forward(input, cache).slice(-model.config.vocab_size);
      const p = probabilities(logits), drawn = probabilities(logits, options);
      const id = draw(drawn, random());
      const describe = (id) => ({ id, text: tokenizer.texts[id], p: p[id], drawn: drawn[id] });
      yield { ...describe(id), top: ranking(logits).slice(0, 5).map(describe) };
      if (id === tokenizer.endId) return "end";
      input = [id];
    }
    return room <= maxTokens ? "context" : "length";
  }

  return { readModel, GPT, Tokenizer, probabilities, randomNumbers, draw, generate, halfToFloat, erf };
});
