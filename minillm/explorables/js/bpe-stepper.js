// Byte pair encoding, merge by merge on the reader's text; and the finished tokenizer of the town on the same text.
//
// data: {texts: [{name, text, gloss}], tokenizer, longest}   longest: characters of a text that are used
minillm.explorable("bpe-stepper", function (el, data, host) {
  "use strict";
  const { h } = host;
  const COLORS = 6, CANDIDATES = 6;
  const id = `ml-bpe-${Math.random().toString(36).slice(2)}`;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  // ---- byte pair encoding; a token is a string with one character (0 to 255) for each byte ----------------------

  const PATTERN = new RegExp("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\p{White_Space}\\p{L}\\p{N}]+" +
    "|\\p{White_Space}+(?!\\P{White_Space})|\\p{White_Space}+", "gu");
  const encoder = new TextEncoder(), decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const toBytes = (text) => Array.from(encoder.encode(text), (byte) => String.fromCharCode(byte));

  function merged(tokens, [left, right]) {
    const result = [];
    for (let i = 0; i < tokens.length; i++) {
      if (tokens[i] === left && tokens[i + 1] === right) {
        result.push(left + right);
        i += 1;
      } else result.push(tokens[i]);
    }
    return result;
  }

  // The pairs of neighbors, the most frequent first; among equals the greater pair of byte strings.
  function ranked(words) {
    const counts = new Map();
    for (const { tokens, count } of words.values()) {
      for (let i = 0; i + 1 < tokens.length; i++) {
        const key = `${tokens[i].length} ${tokens[i]}${tokens[i + 1]}`;
        const known = counts.get(key);
        if (known) known.count += count;
        else counts.set(key, { pair: [tokens[i], tokens[i + 1]], count });
      }
    }
    const order = (a, b) => (a < b ? 1 : a > b ? -1 : 0);
    return [...counts.values()].sort((a, b) =>
      b.count - a.count || order(a.pair[0], b.pair[0]) || order(a.pair[1], b.pair[1]));
  }

  // All merges of pairs that stand there at least twice. steps[k] is what is known before merge k + 1.
  function train(text, apart) {
    const pieces = apart ? text.match(PATTERN) || [] : text ? [text] : [];
    const words = new Map();
    for (const piece of pieces) {
      const word = words.get(piece);
      if (word) word.count += 1;
      else words.set(piece, { tokens: toBytes(piece), count: 1 });
    }
    const steps = [], merges = [];
    for (;;) {
      const candidates = ranked(words);
      const size = [...words.values()].reduce((sum, { tokens, count }) => sum + count * tokens.length, 0);
      steps.push({ candidates: candidates.slice(0, CANDIDATES), size });
      if (!candidates.length || candidates[0].count < 2) return { pieces, steps, merges };
      merges.push(candidates[0]);
      for (const word of words.values()) word.tokens = merged(word.tokens, candidates[0].pair);
    }
  }

  // ---- showing tokens --------------------------------------------------------------------------------------------

  const MARKS = { " ": "␣", "\n": "⏎", "\t": "⇥" };

  // The text of a token; bytes that are no whole characters as hexadecimal numbers.
  function written(bytes) {
    try {
      return decoder.decode(bytes).replace(/[ \n\t]/g, (mark) => MARKS[mark]);
    } catch (error) {
      return Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join("·");
    }
  }

  const shown = (token) => written(Uint8Array.from(token, (c) => c.charCodeAt(0)));

  const broken = (text) => /^[0-9A-F]{2}(·[0-9A-F]{2})*$/.test(text) && text.length > 1;
  const lang = (text) => (/\p{Script=Han}/u.test(text) ? "zh-Hans" : null);

  function piece(text, color, extra, note) {
    const classes = ["ml-bpe-piece", color && `ml-bpe-${color}`, extra].filter(Boolean).join(" ");
    return h("span", { class: classes, title: note || null, lang: lang(text) }, text);
  }

  // ---- the frame -------------------------------------------------------------------------------------------------

  const state = { at: 0, apart: true, tab: 0, timer: null, tokenizer: null, loading: null };
  let run = null;
  const text = h("textarea", { class: "ml-bpe-text", rows: 2, "aria-label": "Text to cut into tokens", spellcheck: "false",
    maxlength: data.longest, oninput: changed });
  const gloss = h("p", { class: "ml-muted ml-bpe-gloss", hidden: true });
  const button = (name, act, look) => h("button", { type: "button", class: look || null, onclick: act }, name);
  const samples = h("div", { class: "ml-bpe-samples", role: "group", "aria-label": "Texts to try" },
    data.texts.map((sample) => button(sample.name, () => {
      text.value = sample.text;
      changed();
      host.announce(sample.name);
    })));

  const one = button("One merge", () => go(state.at + 1), "ml-primary");
  const ten = button("Ten merges", () => go(state.at + 10));
  const back = button("Back", () => go(state.at - 1));
  const play = button("▶ Play", () => (state.timer ? pause() : start()));
  const slider = h("input", { type: "range", min: 0, step: 1, class: "ml-bpe-slider", "aria-label": "Merges made",
    oninput: () => {
      pause();
      go(Number(slider.value), true);
    }, onchange: () => host.announce(sentence()) });
  const apart = h("label", { class: "ml-check" }, h("input", { type: "checkbox", checked: true, onchange: ({ target }) => {
    state.apart = target.checked;
    changed();
  } }), "Keep words apart");
  const said = h("p", { class: "ml-bpe-said" });
  const pieces = h("p", { class: "ml-bpe-pieces", role: "group", "aria-label": "The text, cut into tokens" });
  const numbers = h("dl", { class: "ml-bpe-numbers" });
  const candidates = h("ol", { class: "ml-bpe-candidates" });
  const learned = h("ol", { class: "ml-bpe-learned", tabindex: 0, "aria-label": "Merges so far, the latest first",
    reversed: true });

  const finished = h("p", { class: "ml-bpe-pieces", role: "group", "aria-label": "The text in tokens of the town" });
  const finishedNumbers = h("dl", { class: "ml-bpe-numbers" });
  const message = h("p", { class: "ml-error", role: "alert", hidden: true });

  const panels = [
    h("div", {}, h("div", { class: "ml-row ml-bpe-controls" }, one, ten, back, play, apart), slider, said, pieces, numbers,
      h("div", { class: "ml-bpe-columns" },
        h("div", {}, h("p", { class: "ml-title" }, "The most frequent pairs now"), candidates),
        h("div", {}, h("p", { class: "ml-title" }, "Merges so far"), learned))),
    h("div", {}, h("p", { class: "ml-muted" }, "2,048 tokens, learned from stories of the town, English and Chinese. The small " +
      "numbers are the ids, which are all that a model sees."), message, finished, finishedNumbers),
  ].map((panel, i) => {
    for (const [name, value] of Object.entries({ role: "tabpanel", id: `${id}-panel-${i}`, "aria-labelledby": `${id}-tab-${i}` })) {
      panel.setAttribute(name, value);
    }
    return panel;
  });
  const tabs = ["Watch it learn", "The town’s tokenizer"].map((name, i) => h("button", { type: "button", role: "tab",
    id: `${id}-tab-${i}`, "aria-controls": `${id}-panel-${i}`, onclick: () => choose(i) }, name));
  const tablist = h("div", { class: "ml-bpe-tabs", role: "tablist", "aria-label": "Views", onkeydown: (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    choose((state.tab + by + tabs.length) % tabs.length);
    tabs[state.tab].focus();
  } }, tabs);

  el.append(samples, text, gloss, tablist, ...panels);

  // ---- the first view: learning ----------------------------------------------------------------------------------

  function changed() {
    pause();
    const value = text.value.slice(0, data.longest);
    const sample = data.texts.find((each) => each.text === text.value);
    gloss.textContent = (sample && sample.gloss) || "";
    gloss.hidden = !gloss.textContent;
    text.lang = lang(value) || "en";
    run = train(value, state.apart);
    slider.max = run.merges.length;
    go(0, true);
    if (state.tab === 1) encode();
  }

  function sentence() {
    const { at } = state, { size } = run.steps[at];
    if (!text.value) return "Write something to begin with.";
    if (at === 0) return `${size} bytes, one token each. No merge yet.`;
    const { pair, count } = run.merges[at - 1];
    return `Merge ${at}: ${shown(pair[0])} and ${shown(pair[1])}, side by side ${count} times, become ` +
      `${shown(pair[0] + pair[1])}. ${size} tokens.`;
  }

  function tokensOf(word) {
    let tokens = toBytes(word);
    for (const { pair } of run.merges.slice(0, state.at)) if (tokens.length > 1) tokens = merged(tokens, pair);
    return tokens;
  }

  function go(at, quiet) {
    state.at = Math.max(0, Math.min(run.merges.length, at));
    const newest = state.at ? run.merges[state.at - 1].pair.join("") : null;
    const rank = new Map(run.merges.slice(0, state.at).map(({ pair }, i) => [pair.join(""), i]));
    const cut = new Map();
    pieces.replaceChildren(...run.pieces.flatMap((word) => {
      if (!cut.has(word)) cut.set(word, tokensOf(word));
      return cut.get(word).map((token) => {
        const label = shown(token);
        const extra = [broken(label) && "ml-bpe-byte", token === newest && "ml-bpe-new"].filter(Boolean).join(" ");
        return piece(label, rank.has(token) ? (rank.get(token) % COLORS) + 1 : 0, extra);
      });
    }));
    const bytes = run.steps[0].size, { size } = run.steps[state.at];
    const entry = (term, value) => h("div", {}, h("dt", {}, term), h("dd", {}, value));
    numbers.replaceChildren(entry("tokens", String(size)), entry("vocabulary", `256 + ${state.at}`),
      entry("bytes per token", size ? (bytes / size).toFixed(2) : "–"));
    showPairs();
    said.textContent = sentence();
    slider.value = state.at;
    slider.setAttribute("aria-valuetext", sentence());
    one.disabled = ten.disabled = state.at === run.merges.length;
    back.disabled = state.at === 0;
    if (!quiet) host.announce(sentence());
  }

  function showPairs() {
    const list = run.steps[state.at].candidates, most = Math.max(1, ...list.map(({ count }) => count));
    const both = ([left, right]) => [piece(shown(left)), " + ", piece(shown(right))];
    candidates.replaceChildren(...list.map(({ pair, count }, i) => h("li", {
      class: i === 0 && count > 1 ? "ml-bpe-next" : null, style: `--share:${(100 * count) / most}%` },
      h("span", {}, ...both(pair)), h("span", {}, `${count}${i === 0 && count > 1 ? ", next" : ""}`))));
    if (state.at === run.merges.length) {
      candidates.append(h("li", { class: "ml-bpe-over" }, "No pair stands there twice: nothing more to gain."));
    }
    learned.replaceChildren(...run.merges.slice(0, state.at).reverse().map(({ pair, count }, i) =>
      h("li", { value: state.at - i }, ...both(pair), " → ", piece(shown(pair.join("")), ((state.at - i - 1) % COLORS) + 1),
        h("span", { class: "ml-muted" }, ` ${count}×`))));
    learned.hidden = state.at === 0;
  }

  function start() {
    if (state.at === run.merges.length) go(0, true);
    play.textContent = "❚❚ Pause";
    state.timer = setInterval(() => {
      go(state.at + 1, true);
      if (state.at === run.merges.length) pause();
    }, still ? 1200 : 600);
  }

  function pause() {
    if (state.timer === null) return;
    clearInterval(state.timer);
    state.timer = null;
    play.textContent = "▶ Play";
    host.announce(sentence());
  }

  // ---- the second view: the finished tokenizer -------------------------------------------------------------------

  function choose(index) {
    pause();
    state.tab = index;
    tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(i === index));
      tab.tabIndex = i === index ? 0 : -1;
      panels[i].hidden = i !== index;
    });
    if (index === 1) encode().then((sentence) => sentence && host.announce(sentence));
  }

  async function encode() {
    try {
      state.loading ||= host.tokenizer(data.tokenizer);
      state.tokenizer = await state.loading;
    } catch (error) {
      state.loading = null;
      message.textContent = `The tokenizer could not be loaded. ${error.message}`;
      message.hidden = false;
      return null;
    }
    message.hidden = true;
    const value = text.value.slice(0, data.longest), ids = state.tokenizer.encode(value);
    const bytes = encoder.encode(value).length, characters = [...value].length;
    finished.replaceChildren(...ids.map((one) => {
      const label = written(state.tokenizer.bytes[one]);
      const box = piece(label, one > 256 ? (one % COLORS) + 1 : 0, `ml-bpe-with-id${broken(label) ? " ml-bpe-byte" : ""}`);
      box.append(h("span", { class: "ml-bpe-id" }, String(one)));
      return box;
    }));
    const entry = (term, value) => h("div", {}, h("dt", {}, term), h("dd", {}, value));
    const ratio = (total) => (ids.length ? (total / ids.length).toFixed(2) : "–");
    finishedNumbers.replaceChildren(entry("characters", String(characters)), entry("bytes", String(bytes)),
      entry("tokens", String(ids.length)), entry("characters per token", ratio(characters)), entry("bytes per token", ratio(bytes)));
    return `${ids.length} tokens for ${characters} characters.`;
  }

  text.value = data.texts[0].text;
  changed();
  choose(0);
  return () => clearInterval(state.timer);
});
