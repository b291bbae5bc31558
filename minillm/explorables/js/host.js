// The host of every explorable, in all three homes: the built site, JupyterLab and Colab.
//
// On the site this is a classic script, so `minillm` is a global. In a notebook it is the head of the widget's
// module (see base.py), so `minillm` belongs to that widget alone. An explorable is one script:
//
//     minillm.explorable("name", function (el, data, host) { ...; return function cleanup() {} })
//
// A long one is cut into parts, files name/part.js that say minillm.define("name/part", function () { ... }); it names them
// in a third argument, ["name/part", ...], and gets each function from host.use("name/part").
//
// el    an empty element of class ml-explorable           data   the JSON value made by Python
// host  .h(tag, attributes, ...children)   an element; functions become listeners: {onclick: f}
//       .storage.get(key, fallback) .set(key, value)   kept in this browser; never throws
//       .dark()  .onTheme(f) -> unsubscribe      the page's theme
//       .math(el) -> Promise                     typeset $...$ and mark up `code` in the text of el
//       .announce(text)                          say it to screen readers
//       .model(name, {onProgress}) -> Promise<client>   a model in the page, see engine/client.js; several may be open
//       .tokenizer(name) -> Promise<tokenizer>          a tokenizer without a model, see engine/tokenizers.js
//       .use(part)                               a part of the explorable
//       .live                                    true in a notebook with a kernel, false on the site
var minillm = (function () {
  "use strict";

  const renderers = {};
  const definitions = {};
  const here = typeof document === "undefined" || !document.currentScript ? "" : document.currentScript.src;
  const base = here.slice(0, here.lastIndexOf("/") + 1);

  // ---- elements ----------------------------------------------------------------------------------------------

  const SVG = new Set(["svg", "g", "path", "line", "rect", "circle", "polyline", "text", "title", "desc", "tspan"]);

  function h(tag, attributes, ...children) {
    const el = SVG.has(tag)
      ? document.createElementNS("http://www.w3.org/2000/svg", tag)
      : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (typeof value === "function") el.addEventListener(name.replace(/^on/, ""), value);
      else if (value === true) el.setAttribute(name, "");
      else if (value !== false && value != null) el.setAttribute(name, value);
    }
    el.append(...children.flat().filter((child) => child != null));
    return el;
  }

  // ---- what is kept in the browser ---------------------------------------------------------------------------

  const memory = new Map();
  const storage = {
    get(key, fallback) {
      try {
        const text = localStorage.getItem("minillm:" + key);
        if (text !== null) return JSON.parse(text);
      } catch (error) { /* storage may be forbidden or hold a foreign value */ }
      return memory.has(key) ? memory.get(key) : fallback;
    },
    set(key, value) {
      memory.set(key, value);
      try {
        localStorage.setItem("minillm:" + key, JSON.stringify(value));
      } catch (error) { /* full or forbidden: memory keeps it until the page is left */ }
      document.dispatchEvent(new CustomEvent("minillm:stored", { detail: { key, value } }));
    },
  };

  // ---- theme -------------------------------------------------------------------------------------------------

  const listeners = new Set();
  let watching = null;

  function dark() {
    const { documentElement: html, body } = document;
    return html.dataset.theme === "dark" || html.getAttribute("theme") === "dark" ||
      body.dataset.jpThemeLight === "false" || body.classList.contains("vscode-dark");
  }

  function onTheme(listener) {
    listeners.add(listener);
    if (!watching) {
      let last = dark();
      watching = new MutationObserver(() => {
        if (dark() === last) return;
        last = !last;
        listeners.forEach((each) => each(last));
      });
      const options = { attributes: true, attributeFilter: ["data-theme", "theme", "data-jp-theme-light", "class"] };
      watching.observe(document.documentElement, options);
      watching.observe(document.body, options);
    }
    return () => listeners.delete(listener);
  }

  // ---- speech ------------------------------------------------------------------------------------------------

  function announce(text) {
    let region = document.getElementById("ml-announcer");
    if (!region) {
      region = h("div", { id: "ml-announcer", role: "status", "aria-live": "polite",
        style: "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap" });
      document.body.append(region);
    }
    // The same text twice in a row would not be read again: a trailing no-break space makes it a change.
    region.textContent = region.textContent === text ? text + "\u00a0" : text;
  }

  // ---- text with `code` and $math$ ---------------------------------------------------------------------------

  const SYMBOLS = { top: "⊤", sqrt: "√", cdot: "·", times: "×", mid: "|", quad: " ", to: "→",
    infty: "∞", le: "≤", leq: "≤", ge: "≥", geq: "≥", ne: "≠", neq: "≠", approx: "≈", sim: "∼", in: "∈", sum: "∑", prod: "∏", partial: "∂", nabla: "∇",
    mathbb: "", mathrm: "", text: "", operatorname: "", mathbf: "", left: "", right: "", pm: "±", ldots: "…",
    dots: "…", alpha: "α", beta: "β", gamma: "γ", delta: "δ", epsilon: "ε", theta: "θ", lambda: "λ", mu: "μ",
    pi: "π", rho: "ρ", sigma: "σ", tau: "τ", phi: "φ", omega: "ω", Delta: "Δ", Theta: "Θ", Sigma: "Σ" };

  // Notebook front ends keep their MathJax to themselves. Their readers get letters, sub- and superscripts.
  function plainMath(tex) {
    const el = h("span", { class: "ml-math" });
    const text = tex
      .replace(/\\frac\{([^{}]*)\}\{([^{}]*)\}/g, "$1/$2")
      .replace(/\\([a-zA-Z]+)\s*/g, (all, name) => (name in SYMBOLS ? SYMBOLS[name] : name + " "))
      .replace(/\\[,;:! ]/g, " ").replace(/\\/g, "");
    const pattern = /([_^])(\{[^{}]*\}|.)|[{}]|([^_^{}]+)/gsu;
    for (const [, mark, script, plain] of text.matchAll(pattern)) {
      if (mark) el.append(h(mark === "_" ? "sub" : "sup", {}, script.replace(/[{}]/g, "")));
      else if (plain) el.append(plain);
    }
    return el;
  }

  async function mathNode(tex) {
    const MathJax = globalThis.MathJax;
    if (MathJax && MathJax.startup && MathJax.startup.promise) await MathJax.startup.promise;
    if (!MathJax || !MathJax.tex2chtmlPromise) return plainMath(tex);
    const node = await MathJax.tex2chtmlPromise(tex, { display: false });
    MathJax.startup.document.clear();
    MathJax.startup.document.updateDocument();
    return node;
  }

  async function math(el) {
    const walker = document.createTreeWalker(el, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) if (/`[^`]+`|\$[^$]+\$/.test(walker.currentNode.data)) found.push(walker.currentNode);
    for (const node of found) {
      const pieces = node.data.split(/(`[^`]+`|\$[^$]+\$)/).filter(Boolean).map((piece) =>
        piece.length > 2 && piece[0] === "`" ? h("code", {}, piece.slice(1, -1))
        : piece.length > 2 && piece[0] === "$" ? mathNode(piece.slice(1, -1))
        : piece);
      node.replaceWith(...(await Promise.all(pieces)));
    }
  }

  // ---- scripts and the in-page model -------------------------------------------------------------------------

  const scripts = {};

  function load(path) {
    return (scripts[path] ||= new Promise((resolve, reject) => {
      const script = h("script", { src: base + path, onload: () => resolve(), onerror: () => {
        delete scripts[path];
        script.remove();
        reject(new Error(`The file ${path} of this book could not be loaded.`));
      } });
      document.head.append(script);
    }));
  }

  const parts = {};

  function part(name, index, count, base64) {
    const text = atob(base64);
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    (parts[name] ||= { count, bytes: [] }).bytes[index] = bytes;
  }

  function concatenate(arrays) {
    const whole = new Uint8Array(arrays.reduce((sum, each) => sum + each.byteLength, 0));
    let offset = 0;
    for (const each of arrays) {
      whole.set(each, offset);
      offset += each.byteLength;
    }
    return whole.buffer;
  }

  async function weightsFromScripts(name, onProgress) {
    const file = (index) => `weights/${name}/part-${index}.js`;
    await load(file(0));
    const { count } = parts[name];
    let done = 1;
    onProgress(done / count);
    await Promise.all(Array.from({ length: count - 1 }, (_, k) =>
      load(file(k + 1)).then(() => onProgress(++done / count))));
    return concatenate(parts[name].bytes);
  }

  function weightsFromKernel(widget, name, onProgress) {
    return new Promise((resolve, reject) => {
      const received = [];
      let timer = null;
      const finish = (settle, value) => {
        clearTimeout(timer);
        widget.off("msg:custom", receive);
        settle(value);
      };
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(finish, 60000, reject, new Error("The kernel did not answer. Run this cell again."));
      };
      function receive(message, buffers) {
        if (message.name !== name) return;
        if (message.type === "error") finish(reject, new Error(message.message));
        if (message.type !== "weights") return;
        const view = buffers[0];
        received[message.part] = new Uint8Array(view.buffer || view, view.byteOffset || 0, view.byteLength);
        const done = received.filter(Boolean).length;
        onProgress(done / message.parts);
        if (done === message.parts) finish(resolve, concatenate(received));
        else wait();
      }
      widget.on("msg:custom", receive);
      widget.send({ type: "weights", name });
      wait();
    });
  }

  const ENGINE = ["math", "tokenizers", "positions", "layers", "attention", "gpt", "recurrent", "ngram", "sampling",
    "loading"]; // in the order of their needs

  // The parts of the engine by name, and what client.js offers. In a notebook they are in the widget's module already.
  async function engine(names) {
    await Promise.all([...names, "client"].map((name) => definitions[`engine/${name}`] || load(`engine/${name}.js`)));
    return { parts: names.map((name) => definitions[`engine/${name}`]), ...definitions["engine/client"]() };
  }

  const bytesOf = (widget, name, onProgress) =>
    (widget ? weightsFromKernel(widget, name, onProgress) : weightsFromScripts(name, onProgress));

  async function openModel(name, widget, onProgress) {
    const [{ parts, connect }, bytes] = await Promise.all([engine(ENGINE), bytesOf(widget, name, onProgress)]);
    return connect(parts, bytes);
  }

  async function openTokenizer(name, widget, onProgress) {
    const [{ parts, assemble }, bytes] =
      await Promise.all([engine(["math", "tokenizers"]), bytesOf(widget, name, onProgress)]);
    return assemble(parts).makeTokenizer(JSON.parse(new TextDecoder().decode(bytes)));
  }

  const opened = {}; // what a page has asked for is opened once

  function once(open, name, widget, { onProgress } = {}) {
    const entry = (opened[name] ||= { listeners: [], fraction: 0 });
    if (onProgress) {
      entry.listeners.push(onProgress);
      onProgress(entry.fraction);
    }
    entry.promise ||= open(name, widget, (fraction) => {
      entry.fraction = fraction;
      entry.listeners.forEach((each) => each(fraction));
    }).catch((error) => {
      delete opened[name];
      throw error;
    });
    return entry.promise;
  }

  // ---- mounting ----------------------------------------------------------------------------------------------

  function start(el, name, data, widget) {
    const host = { h, storage, dark, onTheme, math, announce, live: Boolean(widget), use: (part) => definitions[part],
      model: (weights, options) => once(openModel, weights, widget, options),
      tokenizer: (weights, options) => once(openTokenizer, weights, widget, options) };
    try {
      return renderers[name].render(el, data, host);
    } catch (error) {
      console.error(error);
      el.append(h("p", { class: "ml-error", role: "alert" }, `This part of the page failed to start: ${error.message}`));
    }
  }

  // A notebook: anywidget calls render() with its model and an element of the output area.
  function widget(name) {
    return {
      render({ model: live, el }) {
        const root = h("div", { class: "ml-explorable", role: "group", "aria-label": live.get("alt"),
          "data-explorable": name });
        el.append(root);
        return start(root, name, live.get("data"), live);
      },
    };
  }

  // The site: the page holds the JSON; the script is fetched when the reader comes near.
  async function mount(el) {
    if (el.dataset.state) return;
    el.dataset.state = "loading";
    const { name, data } = JSON.parse(el.querySelector('script[type="application/json"]').textContent);
    try {
      if (!renderers[name]) await load(`explorables/${name}.js`);
      await Promise.all(renderers[name].parts.map((part) => load(`explorables/${part}.js`)));
      el.replaceChildren();
      start(el, name, data, null);
      el.dataset.state = "ready";
    } catch (error) {
      console.error(error);
      el.dataset.state = "failed";
    }
  }

  function whenNear(elements, act) {
    const observer = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        act(target);
      }
    }, { rootMargin: "400px 0px" });
    elements.forEach((each) => observer.observe(each));
    addEventListener("beforeprint", () => elements.forEach(act));
  }

  return { h, storage, dark, onTheme, math, announce, load, part, widget, mount, whenNear,
    explorable(name, render, parts = []) { renderers[name] = { render, parts }; },
    define(name, definition) { definitions[name] = definition; } };
})();
