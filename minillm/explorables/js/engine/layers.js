// The parts that a transformer repeats: minillm/layers.py once more. A norm or a feed-forward network is one row of NORMS
// or MLPS.
minillm.define("engine/layers", function layers(engine) {
  "use strict";
  const { linear, erf } = engine;

  // Rows of `inputs` numbers to rows x W^T + b, with the weights of that name; without a bias if the model has none.
  function affine(weights, name, inputs) {
    const weight = weights[`${name}.weight`], bias = weights[`${name}.bias`];
    return (x) => linear(x, x.length / inputs, weight, bias, weight.length / inputs);
  }

  // Each row of x to mean 0 and variance 1, then scaled and shifted.
  function layerNorm(x, weight, bias, eps) {
    const width = weight.length, y = new Float32Array(x.length);
    for (let from = 0; from < x.length; from += width) {
      let mean = 0, variance = 0;
      for (let i = 0; i < width; i++) mean += x[from + i] / width;
      for (let i = 0; i < width; i++) variance += (x[from + i] - mean) ** 2 / width;
      const scale = 1 / Math.sqrt(variance + eps);
      for (let i = 0; i < width; i++) y[from + i] = (x[from + i] - mean) * scale * weight[i] + (bias ? bias[i] : 0);
    }
    return y;
  }

  // Each row of x to a mean square of 1, then scaled.
  function rmsNorm(x, weight, bias, eps) {
    const width = weight.length, y = new Float32Array(x.length);
    for (let from = 0; from < x.length; from += width) {
      let square = 0;
      for (let i = 0; i < width; i++) square += x[from + i] ** 2 / width;
      const scale = 1 / Math.sqrt(square + eps);
      for (let i = 0; i < width; i++) y[from + i] = x[from + i] * scale * weight[i];
    }
    return y;
  }

  const NORMS = { layer: layerNorm, rms: rmsNorm };

  function makeNorm(config, weights, name) {
    return (x) => NORMS[config.norm](x, weights[`${name}.weight`], weights[`${name}.bias`], config.norm_eps);
  }

  // x times the probability that a standard normal number is below x; the other computes it as GPT-2 does.
  const gelu = (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2));
  const geluTanh = (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
  const relu = (x) => Math.max(x, 0);
  const silu = (x) => x / (1 + Math.exp(-x));

  const MLPS = {
    gelu: { activation: gelu },
    "gelu-tanh": { activation: geluTanh },
    relu: { activation: relu },
    relu2: { activation: (x) => relu(x) ** 2 },
    swiglu: { activation: silu, gated: true },
  };

  // The feed-forward network in its two steps: hidden(x) = f(x W_up), or f(x W_gate) · (x W_up) with a gate, and
  // down(hidden) = hidden W_down.
  function makeMLP(config, weights, name) {
    const { d_model, d_mlp, mlp_ratio } = config;
    const { activation, gated } = MLPS[config.mlp];
    const up = affine(weights, `${name}.up`, d_model);
    const gate = gated && affine(weights, `${name}.gate`, d_model);
    return {
      hidden(x) {
        if (!gated) return up(x).map(activation);
        const open = gate(x);
        return up(x).map((value, i) => activation(open[i]) * value);
      },
      down: affine(weights, `${name}.down`, d_mlp || mlp_ratio * d_model),
    };
  }

  return { affine, rmsNorm, NORMS, makeNorm, MLPS, makeMLP };
});
