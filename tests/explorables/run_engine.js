// Runs jobs on the in-page engine in node: node run_engine.js folder model.safetensors jobs.json > results.json
// The folder is that of the explorables' scripts. A job is [name, ...arguments], a name from the table below. Float arrays
// come back as {"f32": base64}.
"use strict";
const fs = require("fs");
const path = require("path");
const vm = require("vm");

const [folder, modelFile, jobsFile] = process.argv.slice(2);
const read = (file) => fs.readFileSync(path.join(folder, file), "utf8");
const definitions = {};
const minillm = { define: (name, definition) => (definitions[name] = definition) };
const load = (name) => {
  vm.runInThisContext(`(function (minillm) {${read(`engine/${name}.js`)}\n})`)(minillm);
  return definitions[`engine/${name}`];
};
const names = JSON.parse(read("host.js").match(/const ENGINE = (\[[^\]]*\])/)[1]);
const engine = load("client")().assemble(names.map(load));

const bytes = fs.readFileSync(modelFile);
const parts = engine.readModel(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
let model, refused; // a model that the engine does not know fails every job
try {
  model = engine.makeModel(parts);
} catch (error) {
  refused = error;
}
const tokenizer = engine.makeTokenizer(parts.tokenizer);

function concatenated(arrays) {
  const whole = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    whole.set(array, at);
    at += array.length;
  }
  return whole;
}

const actions = {
  // Logits of all ids, given to the cache in pieces of the given lengths (the last piece takes what is left).
  forward(ids, pieces = [], ablate = []) {
    const cache = model.newCache();
    const logits = [];
    let at = 0;
    for (const length of [...pieces, ids.length]) {
      const piece = ids.slice(at, at + length);
      at += length;
      if (piece.length) logits.push(model.forward(piece, cache, null, ablate));
    }
    return concatenated(logits);
  },
  forwardRaw: (ids) => model.forward(ids),
  // Logits of `ids` by a cache that has seen more than the first `kept` of them, and went back.
  rewound(ids, kept) {
    const cache = model.newCache();
    model.forward([...ids.slice(0, kept), 1, 2, 3], cache);
    model.rewind(cache, kept);
    return model.forward(ids.slice(kept), cache);
  },
  record(ids, ablate = []) {
    const record = {};
    const logits = model.forward(ids, model.newCache(), record, ablate);
    return { logits, lens: model.readout && record.hidden.map((x) => model.readout(x)), ...record };
  },
  encode: (text) => tokenizer.encode(text),
  decode: (ids) => tokenizer.decode(ids),
  pieces: (ids) => tokenizer.pieces(ids),
  tokens: (text) => tokenizer.tokens(text),
  prompt: (text) => tokenizer.prompt(text),
  probabilities: (logits, options) => Array.from(engine.probabilities(logits, options)),
  generate(ids, options) {
    const tokens = engine.generate(model, tokenizer, ids, options);
    const made = [];
    for (;;) {
      const { done, value } = tokens.next();
      if (done) return { made, reason: value };
      made.push(value);
    }
  },
  draws(p, seed, count) {
    const random = engine.randomNumbers(seed);
    return Array.from({ length: count }, () => engine.draw(p, random()));
  },
  config: () => model.config,
  erf: (values) => values.map(engine.erf),
  halfToFloat: (values) => engine.halfToFloat(Uint16Array.from(values)),
  // Milliseconds for each token when `count` tokens follow `ids` one at a time.
  time(ids, count) {
    const cache = model.newCache();
    model.forward(ids, cache);
    const start = process.hrtime.bigint();
    for (let i = 0; i < count; i++) model.forward([i % model.config.vocab_size], cache);
    return Number(process.hrtime.bigint() - start) / 1e6 / count;
  },
};

const encoded = (key, value) =>
  value instanceof Float32Array
    ? { f32: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") }
    : value;

const results = JSON.parse(fs.readFileSync(jobsFile, "utf8")).map(([name, ...rest]) => {
  try {
    if (refused) throw refused;
    return { ok: actions[name](...rest) };
  } catch (error) {
    return { error: { name: error.name, message: error.message } };
  }
});
fs.writeFileSync(1, JSON.stringify(results, encoded));
