// Where a token stands: minillm/positions.py once more. A scheme is one small class and one row of POSITIONS; it overrides
// the hook that it needs.
minillm.define("engine/positions", function positions(engine) {
  "use strict";
  const { addTo } = engine;

  // No positions: the hooks change nothing.
  class Positions {
    constructor(config, weights) {
      this.config = config;
      this.weight = weights["position_embedding.weight"]; // of the schemes that are trained
      this.d_k = config.d_model / config.num_heads;
    }

    // Add positions start, start + 1, ... to the token vectors x (T, C), in place.
    embed(x, start) {}

    // Turn the query or key of one head, the d_k numbers from `at` on, to its position, in place.
    rotate(x, at, position) {}

    // What a head adds to the score of a key that stands `distance` tokens before the query.
    bias(head, distance) {
      return 0;
    }
  }

  // √C · x_t + PE_t with PE[t, 2i] = sin(t / 10000^(2i/C)) and PE[t, 2i+1] = cos of the same.
  class Sinusoidal extends Positions {
    embed(x, start) {
      const C = this.config.d_model;
      for (let n = 0; n < x.length; n++) {
        const dimension = n % C, even = dimension - (dimension % 2);
        const angle = (start + Math.floor(n / C)) * 10000 ** (-even / C);
        x[n] = x[n] * Math.sqrt(C) + (dimension === even ? Math.sin(angle) : Math.cos(angle));
      }
    }
  }

  // x_t + P_t, with a trained row for each position.
  class Learned extends Positions {
    embed(x, start) {
      addTo(x, this.weight.subarray(start * this.config.d_model));
    }
  }

  // Pair i of dimensions, i and i + d_k/2, turns by the angle position · base^(−2i/d_k): tables (context, d_k / 2).
  class Rotary extends Positions {
    constructor(config, weights) {
      super(config, weights);
      const half = this.d_k / 2;
      Object.assign(this, { step: 1, gap: half }); // from pair to pair, and from the first of a pair to the second
      this.cos = new Float32Array(config.context_length * half);
      this.sin = new Float32Array(config.context_length * half);
      for (let n = 0; n < this.cos.length; n++) {
        const angle = Math.floor(n / half) * config.rotary_base ** (-(n % half) / half);
        this.cos[n] = Math.cos(angle);
        this.sin[n] = Math.sin(angle);
      }
    }

    rotate(x, at, position) {
      const half = this.d_k / 2, { step, gap } = this;
      for (let i = 0; i < half; i++) {
        const cos = this.cos[position * half + i], sin = this.sin[position * half + i];
        const one = at + step * i, other = one + gap;
        const first = x[one], second = x[other];
        x[one] = first * cos - second * sin;
        x[other] = second * cos + first * sin;
      }
    }
  }

  // Neighbors are pairs: 2i and 2i + 1.
  class InterleavedRotary extends Rotary {
    constructor(config, weights) {
      super(config, weights);
      Object.assign(this, { step: 2, gap: 1 });
    }
  }

  // −slope_h · distance, with slopes 2^(−8h/H) for h = 1..H. Where H is no power of two: those of the next lower power,
  // then every other one of twice that power.
  class ALiBi extends Positions {
    constructor(config, weights) {
      super(config, weights);
      const power = 2 ** Math.floor(Math.log2(config.num_heads));
      this.slopes = Array.from({ length: config.num_heads }, (_, h) =>
        (h < power ? 2 ** (-8 * (h + 1) / power) : 2 ** (-4 * (2 * (h - power) + 1) / power)));
    }

    bias(head, distance) {
      return -this.slopes[head] * distance;
    }
  }

  // A trained number for each bucket of distances and each head. Of 32 buckets, the first 16 hold one distance each, the
  // others ever wider ranges up to 128; what is farther shares the last.
  class T5 extends Positions {
    bias(head, distance) {
      const wide = () => Math.min(31, 16 + Math.floor((16 * Math.log(distance / 16)) / Math.log(128 / 16)));
      return this.weight[(distance < 16 ? distance : wide()) * this.config.num_heads + head];
    }
  }

  const POSITIONS = {
    none: Positions, sinusoidal: Sinusoidal, learned: Learned, rotary: Rotary, "rotary-interleaved": InterleavedRotary,
    alibi: ALiBi, t5: T5,
  };

  return { POSITIONS };
});
