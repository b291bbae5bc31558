// From text to token ids and back, as minillm/tokenizers does it: characters, or byte pairs read from a tokenizer.json.
//
// Every tokenizer has
//   texts          the text of each id; bytes that are no whole character are written ‹E4 B8›
//   endId          the id of the mark before the first and after the last token of a text
//   encode(text)   its ids                      tokens(text)   the text of each of them
//   decode(ids)    the text; bytes that are no whole character become U+FFFD
//   pieces(ids)    the text that each id adds: together decode(ids); empty until a character is whole
//   streamer()     a function that is told ids one by one and returns their pieces
//   prompt(text)   the ids that a model needs to continue a text: the mark, then the text. Byte pairs leave out spaces at
//                  its end: they belong to the word that the model is to write
minillm.define("engine/tokenizers", function tokenizers(engine) {
  "use strict";
  const { failure } = engine;

  class Tokenizer {
    setTexts(texts, special) {
      this.texts = texts;
      this.special = special; // {text: id}
      this.endId = ["<|end|>", "<|endoftext|>"].map((name) => special[name]).find((id) => id !== undefined);
    }

    tokens(text) {
      return this.encode(text).map((id) => this.texts[id]);
    }

    prompt(text) {
      return [this.endId, ...this.encode(text)];
    }

    decode(ids) {
      return this.pieces(ids).join("");
    }

    pieces(ids) {
      return Array.from(ids, this.streamer());
    }

    entryAt(table, id) {
      if (!(id in table)) throw failure("ConfigError", `token id ${id} is outside 0 to ${table.length - 1}`);
      return table[id];
    }
  }

  // ---- characters --------------------------------------------------------------------------------------------------

  class CharacterTokenizer extends Tokenizer {
    constructor({ special_tokens: special, characters }) {
      super();
      this.setTexts([...special, ...characters], Object.fromEntries(special.map((text, id) => [text, id])));
      this.ids = new Map(this.texts.map((text, id) => [text, id]));
    }

    encode(text) {
      return Array.from(text, (character, position) => {
        const id = this.ids.get(character);
        if (id !== undefined) return id;
        const code = character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
        throw failure("UnknownCharacterError",
          `the model does not know the character “${character}” (U+${code}) at position ${position}, only the ` +
          `${this.ids.size - 1} characters of the text it was trained on; take it out or choose another`);
      });
    }

    streamer() {
      return (id) => this.entryAt(this.texts, id);
    }
  }

  // ---- byte pairs --------------------------------------------------------------------------------------------------

  // A text is cut into pretokens by one of these; no token reaches across the cuts. \s is spelled out, because that of
  // JavaScript is not quite the white space of Unicode.
  const PATTERNS = {
    gpt2: String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
    gpt4: String.raw`'(?:[sSſ]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}` +
      String.raw`| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    none: String.raw`[^]+`,
  };

  function compiled(pattern) {
    const spelled = pattern.replaceAll(String.raw`\s`, String.raw`\p{White_Space}`);
    return new RegExp(spelled.replaceAll(String.raw`\S`, String.raw`\P{White_Space}`), "gu");
  }

  // The name of the pattern that a tokenizer.json asks for.
  function patternOf(step) {
    if (step.type !== "Sequence") return step.use_regex === false ? "none" : "gpt2";
    return step.pretokenizers[0].pattern.Regex.includes(String.raw`\p{N}{1,3}`) ? "gpt4" : "gpt2";
  }

  // tokenizer.json writes bytes as characters: printable ones stand for themselves, the others for U+0100 and on.
  const CHARACTERS = (function () {
    const printable = (byte) => (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    let others = 0;
    return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : 0x100 + others++));
  })();
  const BYTES = new Map(CHARACTERS.map((character, byte) => [character, byte]));

  class BPETokenizer extends Tokenizer {
    constructor({ added_tokens: added, pre_tokenizer: step, model }) {
      super();
      this.pattern = compiled(PATTERNS[patternOf(step)]);
      this.ids = new Map(Object.entries(model.vocab));
      const pairs = model.merges.map((merge) => (typeof merge === "string" ? merge.split(" ") : merge));
      this.ranks = new Map(pairs.map(([left, right], rank) => [`${left} ${right}`, rank]));
      this.known = new Map(); // the ids of pretokens seen before
      const special = Object.fromEntries((added || []).map(({ content, id }) => [content, id]));
      const bytes = []; // of each id
      for (const [token, id] of this.ids) bytes[id] = Uint8Array.from(token, (character) => BYTES.get(character));
      for (const [text, id] of Object.entries(special)) bytes[id] = new TextEncoder().encode(text);
      this.bytes = bytes;
      this.setTexts(bytes.map(shown), special);
      const longestFirst = Object.keys(special).sort((a, b) => b.length - a.length);
      const escaped = longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
      this.cuts = escaped.length ? new RegExp(`(${escaped.join("|")})`) : null;
    }

    encode(text) {
      const half = text.match(/\p{Surrogate}/u);
      if (half) {
        throw failure("UnknownCharacterError",
          `the code point U+${half[0].charCodeAt(0).toString(16).toUpperCase()} is half of a character and has no bytes`);
      }
      const segments = this.cuts ? text.split(this.cuts) : [text]; // special tokens stand at odd places
      return segments.flatMap((segment, i) => (i % 2 ? [this.special[segment]]
        : (segment.match(this.pattern) || []).flatMap((pretoken) => this.encodePretoken(pretoken))));
    }

    encodePretoken(pretoken) {
      if (!this.known.has(pretoken)) {
        const bytes = new TextEncoder().encode(pretoken);
        this.known.set(pretoken, this.merged(Array.from(bytes, (byte) => CHARACTERS[byte])).map((part) => this.ids.get(part)));
      }
      return this.known.get(pretoken);
    }

    // Merge neighbors until none can be merged: always the pair that was learned first, from left to right.
    merged(parts) {
      const rank = (i) => this.ranks.get(`${parts[i]} ${parts[i + 1]}`) ?? Infinity;
      const ranks = Array.from(parts, (_, i) => rank(i)); // of each part with the next
      for (;;) {
        const lowest = ranks.reduce((a, b) => Math.min(a, b), Infinity);
        if (lowest === Infinity) return parts;
        for (let i = ranks.indexOf(lowest); i !== -1; i = ranks.indexOf(lowest, i + 1)) {
          parts.splice(i, 2, parts[i] + parts[i + 1]);
          ranks.splice(i, 1);
          ranks[i] = rank(i);
          if (i > 0) ranks[i - 1] = rank(i - 1);
        }
      }
    }

    streamer() {
      const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      return (id) => decoder.decode(this.entryAt(this.bytes, id), { stream: true });
    }

    // A character that is not whole at the end becomes U+FFFD, as in Python.
    pieces(ids) {
      const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      const last = ids.length - 1;
      return Array.from(ids, (id, i) => decoder.decode(this.entryAt(this.bytes, id), { stream: i < last }));
    }

    prompt(text) {
      return super.prompt(text.replace(/ +$/, ""));
    }
  }

  function shown(bytes) {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (error) {
      return `‹${Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(" ")}›`;
    }
  }

  // The tokenizer of a parsed tokenizer.json.
  function makeTokenizer(data) {
    const kind = data.kind || (data.model && data.model.type);
    if (kind === "characters") return new CharacterTokenizer(data);
    if (kind === "BPE") return new BPETokenizer(data);
    throw failure("ConfigError", `the page does not know tokenizers of the kind ${kind}`);
  }

  return { makeTokenizer };
});
