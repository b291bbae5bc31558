// From the page to the engine and back: the model computes in a Worker, so that the page stays smooth while it thinks.
// The host hands over the parts of the engine, in order, and the bytes of a model, and receives
//
//   client.config                   the model's configuration; config.architecture is "gpt", "recurrent" or "ngram"
//   client.tokenizer                encode, decode, pieces, tokens, prompt, texts: see tokenizers.js; at once, in the page
//   client.forward(ids, options)    -> Promise<{logits}>, one row of logits a token; those of an n-gram model are
//                                   log-probabilities. options {attention, hidden, lens, stages: true, signal} ask for
//                                   more, where the model has it. GPT: attention, scores, query, key, value, each
//                                   [layer][head]; hidden and lens (logits), each [layer]; stages, see GPT.forward.
//                                   Recurrent: hidden, cell, each [layer]. N-gram, with hidden: order, the n of the
//                                   longest n-gram used for each token. Of a GPT, ablate: [[layer, head], ...] are heads
//                                   that write nothing
//   client.generate(ids, options)   -> Promise<{ids, text, reason}>. options {maxTokens, temperature, topK, topP, seed,
//                                   ablate, onToken, signal}; aborting the signal ends it with reason "stopped"
//   client.tensor(name)             -> Promise<Float32Array or Int32Array>: a tensor of the model, row after row
//   client.close()                  ends the Worker
minillm.define("engine/client", function client() {
  "use strict";

  // Each part of the engine adds to what the parts before it have.
  function assemble(parts) {
    return parts.reduce((engine, part) => Object.assign(engine, part(engine)), {});
  }

  // Runs in the Worker, after the engine. Each request carries an id, and so does every answer to it:
  //   {id, type: "load" | "forward" | "generate" | "tensor" | "cancel", ...}  ->  {id, token} ..., then {id, result} or {id, error}
  function serve(scope, { readModel, makeModel, makeTokenizer, generate: tokensOf }) {
    let model, tokenizer, cache;
    let cached = { ids: [], ablate: "" }; // the ids whose keys and values the cache holds, and the heads that were off
    const cancelled = new Set();
    const channel = new MessageChannel();
    // Lets waiting messages in, a cancellation among them; a timer would cost 4 ms each time.
    const pause = () => new Promise((resolve) => {
      channel.port2.onmessage = resolve;
      channel.port1.postMessage(null);
    });

    function load({ buffer }) {
      const parts = readModel(buffer);
      model = makeModel(parts);
      tokenizer = makeTokenizer(parts.tokenizer);
      cache = model.newCache();
      return { config: model.config, tokenizer: parts.tokenizer };
    }

    function tensor({ name }) {
      if (!model.weights[name]) throw Object.assign(new Error(`the model has no tensor ${name}`), { name: "ConfigError" });
      return model.weights[name];
    }

    function forward({ ids, attention, hidden, lens, stages, ablate }) {
      const record = attention || hidden || lens || stages ? {} : null;
      const result = { logits: model.forward(ids, model.newCache(), record, ablated(ablate)) };
      const asked = [
        ...(attention ? ["attention", "scores", "query", "key", "value"] : []), ...(hidden ? ["hidden", "cell", "order"] : []),
        ...(stages ? ["stages"] : []),
      ];
      for (const name of asked) if (record[name]) result[name] = record[name];
      if (lens && model.readout) result.lens = record.hidden.map((x) => model.readout(x));
      return result;
    }

    function ablated(heads = []) {
      const { architecture } = model.config;
      if (!heads.length || model.blocks) return heads;
      throw Object.assign(new Error(`a model of architecture "${architecture}" has no heads to ablate`), { name: "ConfigError" });
    }

    // The beginning that `ids` share with the last request is not computed again: a reader's next key costs one token.
    async function generate({ id, ids, options }) {
      const ablate = JSON.stringify(ablated(options.ablate));
      let shared = 0;
      if (ablate === cached.ablate) while (shared < ids.length - 1 && ids[shared] === cached.ids[shared]) shared++;
      model.rewind(cache, shared);
      const made = [];
      let reason = "stopped";
      try {
        const tokens = tokensOf(model, tokenizer, ids.slice(shared), options, cache);
        while (!cancelled.has(id)) {
          const { done, value } = tokens.next();
          if (done) { reason = value; break; }
          made.push(value.id);
          scope.postMessage({ id, token: value });
          await pause();
        }
      } finally {
        cached = { ids: [...ids, ...made].slice(0, cache.length), ablate };
      }
      return { ids: made, text: tokenizer.decode(made.filter((id) => id !== tokenizer.endId)), reason };
    }

    const actions = { load, tensor, forward, generate };
    let last = Promise.resolve(); // requests wait for one another: they share the cache
    scope.onmessage = ({ data }) => {
      if (data.type === "cancel") return void cancelled.add(data.id);
      last = last.then(async () => {
        try {
          scope.postMessage({ id: data.id, result: await actions[data.type](data) });
        } catch ({ name, message }) {
          scope.postMessage({ id: data.id, error: { name, message } });
        }
        cancelled.delete(data.id);
      });
    };
  }

  async function connect(parts, buffer) {
    const program = `(${serve})(self, (${assemble})([${parts.join(", ")}]))`;
    const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
    const worker = new Worker(url);
    URL.revokeObjectURL(url);

    const waiting = new Map(); // request id -> {resolve, reject, onToken}
    let count = 0;

    worker.onmessage = ({ data }) => {
      const request = waiting.get(data.id);
      if (data.token) return void request.onToken(data.token);
      waiting.delete(data.id);
      if (data.error) request.reject(Object.assign(new Error(data.error.message), { name: data.error.name }));
      else request.resolve(data.result);
    };
    worker.onerror = (event) => {
      for (const { reject } of waiting.values()) reject(new Error(`The model stopped working: ${event.message}`));
      waiting.clear();
    };

    function ask(type, message, { signal, onToken } = {}) {
      return new Promise((resolve, reject) => {
        const id = ++count;
        // A token may be on its way while the reader presses Stop: it is not shown any more.
        waiting.set(id, { resolve, reject, onToken: (token) => onToken && !(signal && signal.aborted) && onToken(token) });
        worker.postMessage({ id, type, ...message });
        if (!signal) return;
        const cancel = () => worker.postMessage({ id, type: "cancel" });
        if (signal.aborted) cancel();
        else signal.addEventListener("abort", cancel, { once: true });
      });
    }

    const { config, tokenizer } = await ask("load", { buffer });
    return {
      config,
      tokenizer: assemble(parts).makeTokenizer(tokenizer),
      forward: (ids, { signal, ...options } = {}) => ask("forward", { ids: [...ids], ...options }, { signal }),
      generate: (ids, { signal, onToken, ...options } = {}) =>
        ask("generate", { ids: [...ids], options }, { signal, onToken }),
      tensor: (name) => ask("tensor", { name }),
      close: () => worker.terminate(),
    };
  }

  return { assemble, connect };
});
