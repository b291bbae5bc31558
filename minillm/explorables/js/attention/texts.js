// Texts of the attention explorer: tokens and words, stored numbers, and how they are written down.
minillm.define("attention/texts", function texts(h) {
  "use strict";
  const START = "start"; // stands for the mark before the first token

  // A text as Python stored it, with numbers in place of base64.
  function prepared(entry) {
    const tokens = [START, ...entry.tokens];
    const heads = Object.entries(entry.stored).map(([name, parts]) =>
      [name, Object.fromEntries(Object.entries(parts).map(([part, array]) => [part, floats(array)]))]);
    const overview = entry.overview.map((layer) => layer.map((array) => square(floats(array))));
    return { ...entry, tokens, overview, words: wordsOf(tokens), heads: new Map(heads) };
  }

  // The same of a text that the model of the page has read: ids with the start mark, and what forward() made of them.
  function computed(text, pieces, result) {
    const tokens = [START, ...pieces], words = wordsOf(tokens), heads = new Map();
    result.scores.forEach((layer, l) => layer.forEach((scores, head) => heads.set(`${l}.${head}`,
      { scores, query: result.query[l][head], key: result.key[l][head], value: result.value[l][head] })));
    const overview = result.attention.map((layer) => layer.map((flat) => gathered(square(flat), words)));
    return { text, tokens, words, heads, overview };
  }

  // 16-bit floats; see halfToFloat in engine/math.js.
  function floats({ bdata }) {
    const bytes = Uint8Array.from(atob(bdata), (character) => character.charCodeAt(0));
    const bits = Uint32Array.from(new Uint16Array(bytes.buffer), (half) => ((half & 0x8000) << 16) | ((half & 0x7fff) << 13));
    return new Float32Array(bits.buffer).map((value) => value * 2 ** 112);
  }

  function square(flat) {
    const size = Math.sqrt(flat.length);
    return Array.from({ length: size }, (_, i) => flat.slice(i * size, (i + 1) * size));
  }

  // A word is a run of letters with the space before it; Chinese runs are cut by the browser's own word list where it has
  // one. Words that share a token are taken together. Returns [first token, one past the last] of each.
  function wordsOf(tokens) {
    const pieces = tokens.slice(1).join("").match(/ ?[\p{L}\p{N}'’-]+| ?[^\p{L}\p{N}]/gu) || [];
    const segmenter = Intl.Segmenter && new Intl.Segmenter("zh", { granularity: "word" });
    const cut = (piece) => !/\p{Script=Han}/u.test(piece) ? [piece]
      : segmenter ? Array.from(segmenter.segment(piece), ({ segment }) => segment) : [...piece];
    const ends = new Set();
    let end = 0;
    for (const piece of pieces.flatMap(cut)) ends.add(end += piece.length);
    const words = [[0, 1]];
    end = 0;
    tokens.slice(1).forEach((token, t) => {
      end += token.length;
      if (token && ends.has(end)) words.push([words[words.length - 1][1], t + 2]);
    });
    return words;
  }

  // From tokens to words: what a word's tokens give to all tokens of another, on average over the looking tokens.
  function gathered(weights, units) {
    return units.map(([from, to]) => units.map(([start, end]) => {
      let sum = 0;
      for (let t = from; t < to; t++) for (let s = start; s < end; s++) sum += weights[t][s];
      return sum / (to - from);
    }));
  }

  // Tokens [from, to) without the space that most tokens of English begin with. A part of a character shows as dots.
  function label(tokens, [from, to]) {
    if (from === 0) return START;
    const text = tokens.slice(from, to).join("");
    return text.trim() || (text ? "␣" : "…");
  }

  // With that space, where it tells tokens from words.
  function spaced(token) {
    return /^ ./.test(token) ? [h("span", { class: "ml-att-space" }, "␣"), token.slice(1)] : [token === " " ? "␣" : token || "…"];
  }

  const number = (value) => (value === -Infinity ? "−∞" : value.toFixed(2).replace(/^-(?!0\.00)/, "−").replace("-", ""));
  const percent = (weight) => (weight > 0 && weight < 0.01 ? "<1%" : `${Math.round(100 * weight)}%`);
  const languageOf = (text) => (/\p{Script=Han}/u.test(text) ? "zh-Hans" : "en");

  return { prepared, computed, gathered, label, spaced, number, percent, languageOf, START };
});
