// What the models of the page compute with. Matrices are flat Float32Arrays, row after row.
minillm.define("engine/math", function math() {
  "use strict";

  // An error of the name that it has in Python.
  function failure(name, message) {
    return Object.assign(new Error(message), { name });
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

  // The error function, to 1.5e-7: Abramowitz and Stegun (1964), formula 7.1.26.
  function erf(x) {
    const t = 1 / (1 + 0.3275911 * Math.abs(x));
    const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return Math.sign(x) * (1 - series * Math.exp(-x * x));
  }

  // x += y, in place; y may be longer.
  function addTo(x, y) {
    for (let i = 0; i < x.length; i++) x[i] += y[i];
  }

  function sum(x, y) {
    return x.map((value, i) => value + y[i]);
  }

  // Turn `count` numbers from `from` into positive ones that sum to 1. The maximum is taken off so that exp cannot overflow.
  function softmax(x, from = 0, count = x.length) {
    let max = -Infinity, sum = 0;
    for (let i = from; i < from + count; i++) max = Math.max(max, x[i]);
    for (let i = from; i < from + count; i++) sum += x[i] = Math.exp(x[i] - max);
    for (let i = from; i < from + count; i++) x[i] /= sum;
    return x;
  }

  // Row `id` of an embedding matrix (V, width) for each token: (T, width).
  function rowsOf(matrix, ids, width) {
    const x = new Float32Array(ids.length * width);
    ids.forEach((id, t) => x.set(matrix.subarray(id * width, (id + 1) * width), t * width));
    return x;
  }

  // The dot product of `count` numbers of x from i with those of y from j.
  function dot(x, i, y, j, count) {
    let sum = 0;
    for (let n = 0; n < count; n++) sum += x[i + n] * y[j + n];
    return sum;
  }

  // Every model asks this of the ids it is given.
  function checkIds(ids, vocabSize) {
    if (!ids.length) throw failure("PromptError", "there are no tokens; start with at least one");
    for (const id of ids) {
      if (!Number.isInteger(id) || id < 0 || id >= vocabSize) {
        throw failure("PromptError", `token id ${id} is not one of 0 to ${vocabSize - 1}`);
      }
    }
  }

  return { failure, halfToFloat, linear, erf, addTo, sum, softmax, rowsOf, dot, checkIds };
});
