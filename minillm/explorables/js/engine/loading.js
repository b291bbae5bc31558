// The bytes of a model: read, and put to work.
minillm.define("engine/loading", function loading(engine) {
  "use strict";
  const { failure, halfToFloat, GPT, Recurrent, NGram } = engine;

  // A safetensors file: the length of its header, the header (JSON), then every tensor, in 16-bit floats or, for numbers
  // that count or point, in 32-bit integers. Returns {config, tokenizer, weights: {name: array}}.
  function readModel(buffer) {
    const length = Number(new DataView(buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
    const { __metadata__: metadata, ...tensors } = header;
    const weights = {};
    for (const [name, { dtype, data_offsets: [start, end] }] of Object.entries(tensors)) {
      const bytes = buffer.slice(8 + length + start, 8 + length + end);
      weights[name] = dtype === "I32" ? new Int32Array(bytes) : halfToFloat(new Uint16Array(bytes));
    }
    return { ...JSON.parse(metadata.minillm), weights };
  }

  // Every model has config, newCache(), rewind(cache, length) and forward(ids, cache, record).
  function makeModel(parts) {
    const { architecture } = parts.config;
    const kinds = { gpt: GPT, recurrent: Recurrent, ngram: NGram };
    if (!kinds[architecture]) {
      throw failure("ConfigError", `architecture = "${architecture}" is not known to the engine`);
    }
    return new kinds[architecture](parts);
  }

  return { readModel, makeModel };
});
