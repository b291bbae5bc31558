// The next-word game: the reader spreads ten chips over the words that may come next, models do the same with their
// probabilities, and everybody pays the surprise, -log2 of what they gave to the word that comes.
//
// data: {models: [name], labels: [name for readers], megabytes, truth: label, chips, keep,
//   rounds: {en | zh: [{text, rest, pinyin, gloss, words: [{text, gloss}], answer, truth: [p of each word]}]}}
minillm.explorable("next-word-game", function (el, data, host) {
  "use strict";
  const { h } = host;
  const LANGUAGES = { en: ["English", "en"], zh: ["中文 Chinese", "zh-Hans"] };
  const players = ["you", ...data.labels, data.truth];
  let lang = Object.keys(data.rounds)[0];
  let clients = null; // the models, once they are in the page
  let games = {}; // of each language: {round, chips, shown: null | [p of each word] by player, bits: [[...] by player]}
  let turn = 0; // a result that arrives after the reader has gone elsewhere is thrown away

  // ---- the frame ----------------------------------------------------------------------------------------------

  const languages = h("div", { class: "ml-row", role: "group", "aria-label": "Language of the stories" });
  const heading = h("p", { class: "ml-game-heading" });
  const story = h("p", { class: "ml-game-story" });
  const gloss = h("div", { class: "ml-muted ml-game-gloss" });
  const left = h("p", { class: "ml-game-left" });
  const board = h("div", {});
  const action = h("button", { type: "button", class: "ml-primary", onclick: act });
  const again = h("button", { type: "button", onclick: restart }, "Start again");
  const progress = h("progress", { max: 1, value: 0, hidden: true, "aria-label": "Loading the models" });
  const message = h("p", { class: "ml-error", role: "alert", hidden: true });
  const scores = h("div", { class: "ml-game-scores" });

  el.append(languages, heading, story, gloss, left, board, h("div", { class: "ml-row" }, action, again), progress, message, scores);

  // ---- the state ----------------------------------------------------------------------------------------------

  const rounds = () => data.rounds[lang];
  const game = () => games[lang];
  const round = () => rounds()[game().round];
  const placed = () => game().chips.reduce((sum, chips) => sum + chips, 0);
  const percent = (p) => (p === 0 ? "0" : p < 0.0005 ? "<0.1%" : p < 0.0995 ? `${(100 * p).toFixed(1)}%` : `${Math.round(100 * p)}%`);
  const named = (bits) => `${bits.toFixed(1)} bit${bits.toFixed(1) === "1.0" ? "" : "s"}`;
  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

  function fresh(index, bits = players.map(() => [])) {
    return { round: index, chips: rounds()[index].words.map(() => 0), shown: null, bits };
  }

  // Every word keeps a little; the chips share the rest, and chips in the hand count for all words alike.
  function share() {
    const { chips } = game(), count = chips.length, hand = data.chips - placed();
    return chips.map((n) => data.keep + (1 - count * data.keep) * (n + hand / count) / data.chips);
  }

  // ---- the models ---------------------------------------------------------------------------------------------

  async function open() {
    if (clients) return;
    const done = data.models.map(() => 0);
    progress.hidden = false;
    try {
      clients = await Promise.all(data.models.map((name, index) => host.model(name, { onProgress(fraction) {
        done[index] = fraction;
        progress.value = sum(done) / done.length;
      } })));
    } finally {
      progress.hidden = true;
    }
  }

  function softmaxOfLast(logits, size) {
    const row = logits.slice(-size), highest = Math.max(...row);
    const e = Float64Array.from(row, (logit) => Math.exp(logit - highest)), total = sum(e);
    return e.map((each) => each / total);
  }

  // P(the text goes on with these characters), for each of several words: of the tokens that hold all of a word, and
  // of those that hold its beginning, times P(the rest | that token). All ways to cut a word into tokens are counted.
  async function goesOn(client, ids, words) {
    const { tokenizer, config: { vocab_size: size } } = client;
    const p = softmaxOfLast((await client.forward(ids)).logits, size);
    const found = words.map(() => 0), rests = new Map();
    client.pieces ||= Array.from({ length: size }, (_, id) => tokenizer.decode([id]));
    words.forEach((word, index) => {
      const usual = tokenizer.encode(word)[0];
      client.pieces.forEach((piece, id) => {
        if (piece.startsWith(word)) found[index] += p[id];
        else if (piece && word.startsWith(piece) && (id === usual || p[id] > 1e-5)) {
          rests.set(id, [...(rests.get(id) || []), { index, rest: word.slice(piece.length) }]);
        }
      });
    });
    for (const [id, begun] of rests) {
      const after = await goesOn(client, [...ids, id], begun.map(({ rest }) => rest));
      begun.forEach(({ index }, k) => (found[index] += p[id] * after[k]));
    }
    return found;
  }

  // What a model gives to each of the words, as shares of what it gives to all of them together.
  async function ask(client, { text, words }) {
    const p = await goesOn(client, client.tokenizer.prompt(text), words.map((word) => word.text));
    return p.map((each) => Math.max(each, 1e-9) / sum(p.map((other) => Math.max(other, 1e-9))));
  }

  // ---- playing ------------------------------------------------------------------------------------------------

  function act() {
    if (!game().shown) return show();
    if (game().round + 1 < rounds().length) {
      games[lang] = fresh(game().round + 1, game().bits);
      draw();
      board.querySelector("button").focus();
      host.announce(heading.textContent);
    } else restart();
  }

  async function show() {
    const mine = ++turn, playing = game(), current = round();
    message.hidden = true;
    action.disabled = true;
    try {
      await open();
      const said = [share()];
      for (const client of clients) said.push(await ask(client, current));
      if (mine !== turn || playing !== game()) return;
      playing.shown = [...said, current.truth];
      playing.shown.forEach((p, player) => playing.bits[player].push(-Math.log2(p[current.answer])));
      action.disabled = false;
      draw();
      action.focus();
      const came = current.words[current.answer].text.trim();
      host.announce(`The word is ${came}. ` + players.map((name, k) =>
        `${name}: ${named(playing.bits[k].at(-1))}`).join(", ") + ".");
    } catch (error) {
      message.textContent = `The models could not be asked: ${error.message}`;
      message.hidden = false;
    } finally {
      action.disabled = false;
    }
  }

  function restart() {
    turn++;
    games[lang] = fresh(0);
    draw();
    host.announce("A new game. " + heading.textContent);
  }

  function move(word, by) {
    const { chips } = game();
    if (chips[word] + by < 0 || placed() + by > data.chips) return;
    chips[word] += by;
    drawChips();
    host.announce(`${round().words[word].text.trim()}: ${percent(share()[word])}. ${left.textContent}`);
  }

  // ---- drawing ------------------------------------------------------------------------------------------------

  function draw() {
    const { shown } = game(), { text, rest, words, answer } = round(), last = game().round + 1 === rounds().length;
    languages.hidden = Object.keys(data.rounds).length < 2;
    languages.replaceChildren(...Object.keys(data.rounds).map((key) => h("button", { type: "button",
      lang: LANGUAGES[key][1], "aria-pressed": String(key === lang), onclick: () => choose(key) }, LANGUAGES[key][0])));
    heading.textContent = `Round ${game().round + 1} of ${rounds().length}. Which word comes next?`;
    story.lang = LANGUAGES[lang][1];
    story.replaceChildren(text, shown ? h("strong", { class: "ml-game-came" }, words[answer].text)
      : h("span", { class: "ml-game-gap", role: "img", "aria-label": "the next word" }, " ?"), shown ? rest : "");
    gloss.replaceChildren(...[round().pinyin, round().gloss].filter(Boolean).map((line) => h("p", {}, line)));
    action.textContent = !shown ? (clients ? "Show the word" : `Show the word (loads the models, ${data.megabytes} MB)`)
      : last ? "Play again" : "Next word";
    again.hidden = last && shown || !game().bits[0].length;
    left.hidden = Boolean(shown);
    if (shown) drawResult();
    else {
      board.replaceChildren(h("ul", { class: "ml-game-words" }, words.map(wordRow)));
      drawChips();
    }
    drawScores();
  }

  function wordRow(word, index) {
    const name = word.text.trim();
    return h("li", {},
      h("span", { class: "ml-game-bar" }),
      h("span", { class: "ml-game-word" }, h("span", { lang: story.lang }, name),
        word.gloss ? h("span", { class: "ml-muted ml-game-sub" }, word.gloss) : null),
      h("span", { class: "ml-game-p" }),
      h("button", { type: "button", "aria-label": `One chip less on ${name}`, onclick: () => move(index, -1) }, "−"),
      h("button", { type: "button", "aria-label": `One chip more on ${name}`, onclick: () => move(index, 1) }, "+"));
  }

  function drawChips() {
    const hand = data.chips - placed(), shares = share();
    left.textContent = hand ? `Chips in your hand: ${hand}. What you keep is spread over all words alike.`
      : "All chips are placed.";
    [...board.querySelectorAll("li")].forEach((row, index) => {
      row.style.setProperty("--share-number", shares[index].toFixed(3));
      row.querySelector(".ml-game-p").textContent = percent(shares[index]);
      const [less, more] = row.querySelectorAll("button");
      const inUse = document.activeElement;
      less.disabled = !game().chips[index];
      more.disabled = !hand;
      if (inUse === less && less.disabled) more.focus();
      if (inUse === more && more.disabled) less.focus();
    });
  }

  // What everybody gave to every word, and what it cost them.
  function drawResult() {
    const { shown, bits } = game(), { words, answer } = round();
    board.replaceChildren(h("div", { class: "ml-scroll", tabindex: 0, role: "region", "aria-label": "What everybody expected" },
      h("table", { class: "ml-game-table" },
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "word"), players.map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, words.map((word, index) => h("tr", { class: index === answer ? "ml-game-right" : null },
          h("th", { scope: "row", lang: story.lang }, (index === answer ? "→ " : "") + word.text.trim()),
          shown.map((p) => h("td", { style: `--share:${Math.round(100 * p[index])}%` }, percent(p[index])))))),
        h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, "bits"), bits.map((each) => h("td", {}, each.at(-1).toFixed(1))))))));
  }

  function drawScores() {
    const { bits } = game(), count = bits[0].length;
    if (!count) {
      scores.replaceChildren(h("p", { class: "ml-muted" }, "A word that you gave a half costs you 1 bit, one that you gave " +
        `a quarter 2 bits, and so on: −log₂ of the probability. No word ever sinks below ${percent(data.keep)}. The fewest bits win.`));
      return;
    }
    const means = bits.map((each) => sum(each) / count), die = sum(rounds().slice(0, count).map(({ words }) =>
      Math.log2(words.length))) / count;
    const top = Math.max(...means, die) * 1.02, floor = means.at(-1);
    const row = (name, mean, kind) => h("div", { class: "ml-game-score", role: "listitem" },
      h("span", {}, name), h("span", { class: `ml-game-track ${kind}`, style: `--share:${(100 * mean / top).toFixed(1)}%;--floor:${(100 * floor / top).toFixed(1)}%` }),
      h("span", { class: "ml-game-p" }, mean.toFixed(2)));
    scores.replaceChildren(
      h("p", { class: "ml-title" }, `Bits per word after ${count} ${count === 1 ? "word" : "words"}`),
      h("div", { role: "list", "aria-label": "Bits per word, of everybody" },
        players.map((name, k) => row(name, means[k], k === 0 ? "ml-game-you" : k === players.length - 1 ? "ml-game-truth" : "")),
        row("a die", die, "")),
      h("p", { class: "ml-muted" }, `The dashed line is ${data.truth}: the program that wrote the story, which knows the true ` +
        "probabilities. On a lucky word anybody can beat it; on average nobody can."));
  }

  function choose(key) {
    turn++;
    lang = key;
    games[lang] ||= fresh(0);
    draw();
    languages.querySelector('[aria-pressed="true"]').focus();
    host.announce(heading.textContent);
  }

  games[lang] = fresh(0);
  draw();
  return () => turn++;
});
