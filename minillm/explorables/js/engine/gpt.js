// The GPT of the book in plain JavaScript: minillm/models/gpt.py once more, without PyTorch.
//
// Shapes stand in comments as (rows, columns), with the letters
//   T new tokens, S tokens seen so far, C = d_model, H = num_heads, D = C / H, M = d_mlp, V = vocab_size.
minillm.define("engine/gpt", function gpt(engine) {
  "use strict";
  const { failure, linear, sum, rowsOf, checkIds, POSITIONS, NORMS, makeNorm, MLPS, makeMLP, Attention } = engine;

  // What TransformerConfig assumes where a configuration is silent.
  const DEFAULTS = {
    context_length: 512, d_model: 128, num_layers: 4, num_heads: 4, mlp_ratio: 4, dropout: 0, positions: "rotary",
    tie_weights: true, rotary_base: 10000, num_kv_heads: null, d_mlp: null, norm: "layer", norm_eps: 1e-5,
    norm_first: true, mlp: "gelu", bias: true, qk_norm: false, window: null,
  };

  // One transformer block. Pre-norm: x + branch(norm(x)). Post-norm: norm(x + branch(x)).
  class Block {
    constructor(config, weights, name, positions) {
      this.config = config;
      this.norm1 = makeNorm(config, weights, `${name}.norm1`);
      this.attention = new Attention(config, weights, `${name}.attention`, positions);
      this.norm2 = makeNorm(config, weights, `${name}.norm2`);
      this.mlp = makeMLP(config, weights, `${name}.mlp`);
    }

    // Every stage on the way from x (T, C) to the block's output: see GPT.forward.
    forward(x, start, cache, off, record) {
      const stage = {};
      stage.middle = this.add("norm1", x, stage, (x) => {
        stage.heads = this.attention.mix(x, start, cache, off, record);
        return (stage.attention = this.attention.output(stage.heads));
      });
      stage.output = this.add("norm2", stage.middle, stage, (x) => {
        stage.mlp_hidden = this.mlp.hidden(x);
        return (stage.mlp = this.mlp.down(stage.mlp_hidden));
      });
      return stage;
    }

    add(norm, x, stage, branch) {
      if (this.config.norm_first) return sum(x, branch((stage[norm] = this[norm](x))));
      return (stage[norm] = this[norm](sum(x, branch(x))));
    }
  }

  class GPT {
    constructor({ config, weights }) {
      this.config = { ...DEFAULTS, ...config };
      this.weights = weights;
      for (const [name, rows] of Object.entries({ positions: POSITIONS, norm: NORMS, mlp: MLPS })) {
        if (!rows[this.config[name]]) {
          throw failure("ConfigError", `${name} = "${this.config[name]}" is not known to the engine`);
        }
      }
      this.positions = new POSITIONS[this.config.positions](this.config, weights);
      this.blocks = Array.from({ length: this.config.num_layers }, (_, layer) =>
        new Block(this.config, weights, `blocks.${layer}`, this.positions));
      this.finalNorm = this.config.norm_first ? makeNorm(this.config, weights, "final_norm") : (x) => x;
    }

    // Keys and values of the tokens already seen in every layer, filled up to `length`: with them, a new token costs one
    // row of attention instead of the whole matrix.
    newCache() {
      const { num_layers, context_length, d_model, num_heads, num_kv_heads } = this.config;
      const size = (context_length * d_model * (num_kv_heads || num_heads)) / num_heads;
      const layer = () => ({ keys: new Float32Array(size), values: new Float32Array(size) });
      return { length: 0, layers: Array.from({ length: num_layers }, layer) };
    }

    // Forget all but the first `length` tokens.
    rewind(cache, length) {
      cache.length = length;
    }

    // Logits (T, V) of the token that follows each of `ids`, which continue what the cache holds. The heads named in
    // `ablate`, as [[layer, head], ...], write nothing. `record`, an empty object, receives what happened on the way:
    //   stages {embedding, layers: [{norm1, heads, attention, middle, norm2, mlp_hidden, mlp, output}], final_norm}, each
    //     (T, C) but mlp_hidden (T, M): heads are the mixed values of all heads side by side, before the output matrix;
    //     attention and mlp are what the branches add; middle and output are the stream after them. Where norms come
    //     after the sums (norm_first false), norm1 is middle, norm2 is output and final_norm is the last output;
    //   hidden[0] the embeddings, hidden[l + 1] the output of block l;
    //   attention[l][h] the weights (T, S); scores[l][h] the scaled and biased scores (T, S) before the mask;
    //   query[l][h] (T, D); key[l][h] and value[l][h] (S, D).
    forward(ids, cache = this.newCache(), record = null, ablate = []) {
      this.checkPrompt(ids, cache.length);
      this.checkHeads(ablate);
      const embedding = rowsOf(this.weights["embedding.weight"], ids, this.config.d_model);
      this.positions.embed(embedding, cache.length);
      const layers = [], seen = [];
      let x = embedding;
      this.blocks.forEach((block, layer) => {
        const off = new Set(ablate.filter(([where]) => where === layer).map(([, head]) => head));
        if (record) seen.push({});
        layers.push(block.forward(x, cache.length, cache.layers[layer], off, seen[layer]));
        x = layers[layer].output;
      });
      cache.length += ids.length;
      const final_norm = this.finalNorm(x);
      if (record) {
        record.stages = { embedding, layers, final_norm };
        record.hidden = [embedding, ...layers.map(({ output }) => output)];
        for (const name of ["attention", "scores", "query", "key", "value"]) record[name] = seen.map((each) => each[name]);
      }
      return this.logits(final_norm);
    }

    // What the model would predict if `x` (T, C) were the output of its last block: (T, V). Applied to the hidden
    // states of an earlier block this is the "logit lens".
    readout(x) {
      return this.logits(this.finalNorm(x));
    }

    logits(x) {
      const { d_model, vocab_size } = this.config;
      const head = this.weights["head.weight"] || this.weights["embedding.weight"];
      return linear(x, x.length / d_model, head, null, vocab_size);
    }

    checkPrompt(ids, start) {
      const { context_length, vocab_size } = this.config;
      checkIds(ids, vocab_size);
      if (start + ids.length > context_length) {
        throw failure("PromptError",
          `${start + ids.length} tokens do not fit in a context of ${context_length}; shorten the text`);
      }
    }

    checkHeads(ablate) {
      const { num_layers, num_heads } = this.config;
      for (const [layer, head] of ablate) {
        if (!(layer in this.blocks && Number.isInteger(head) && head >= 0 && head < num_heads)) {
          throw failure("ConfigError", `there is no head ${head} in layer ${layer}; layers are 0 to ${num_layers - 1}, ` +
            `heads 0 to ${num_heads - 1}`);
        }
      }
    }
  }

  return { GPT };
});
