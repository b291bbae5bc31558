// The embedding map: words as points, their nearest neighbors, and analogies, all from the vectors themselves.
//
// data: {words: [{text, lang, kind, english}], kinds, vectors: {dtype: "f2", bdata}, d_model, word, analogies: [[a, b, c]]}
minillm.explorable("embedding-map", function (el, data, host) {
  "use strict";
  const { h } = host;
  const words = data.words, C = data.d_model;
  const NEAREST = 8, ROUNDS = 260; // neighbors to list; steps of the arrangement
  const COLORS = ["6", "7", "4", "8", "2", "3"]; // with the shapes below, every kind has a look of its own
  const SHAPES = ["circle", "square", "triangle"];
  const unit = unitVectors(floats(data.vectors));
  const state = { word: indexOf(data.word), view: "near" };
  state.lang = words[state.word].lang;
  let shown = [], places = [], job = 0;

  // ---- vectors --------------------------------------------------------------------------------------------------

  // 16-bit floats; see halfToFloat in engine/math.js.
  function floats({ bdata }) {
    const bytes = Uint8Array.from(atob(bdata), (character) => character.charCodeAt(0));
    const bits = Uint32Array.from(new Uint16Array(bytes.buffer), (half) => ((half & 0x8000) << 16) | ((half & 0x7fff) << 13));
    return new Float32Array(bits.buffer).map((value) => value * 2 ** 112);
  }

  // Less the mean of all words of the same language, and at length 1: dot products are cosines then.
  function unitVectors(flat) {
    const rows = words.map((_, i) => Float64Array.from(flat.subarray(i * C, (i + 1) * C)));
    for (const lang of new Set(words.map((word) => word.lang))) {
      const own = rows.filter((_, i) => words[i].lang === lang);
      const mean = new Float64Array(C);
      for (const row of own) row.forEach((value, k) => (mean[k] += value / own.length));
      for (const row of own) mean.forEach((value, k) => (row[k] -= value));
    }
    return rows.map(normalized);
  }

  function normalized(row) {
    const length = Math.hypot(...row);
    return row.map((value) => value / length);
  }

  function dot(x, y) {
    let sum = 0;
    for (let k = 0; k < x.length; k++) sum += x[k] * y[k];
    return sum;
  }

  // Words by the cosine of their vectors with x: [{i, cosine}], the nearest first.
  function nearest(x, allowed = () => true) {
    return words.map((_, i) => ({ i, cosine: dot(x, unit[i]) })).filter(({ i }) => allowed(i))
      .sort((a, b) => b.cosine - a.cosine);
  }

  function indexOf(text) {
    const wanted = text.trim();
    const exact = words.findIndex((word) => word.text === wanted);
    return exact >= 0 ? exact : words.findIndex((word) => word.text.toLowerCase() === wanted.toLowerCase());
  }

  // ---- the frame ------------------------------------------------------------------------------------------------

  const id = `ml-map-${Math.random().toString(36).slice(2)}`;
  const list = h("datalist", { id }, words.map(({ text, english }) => h("option", { value: text }, english || "")));
  const field = (name, value, act) => h("input", { type: "text", class: "ml-map-field", list: id, value,
    "aria-label": name, autocomplete: "off", spellcheck: "false", onchange: act });
  const search = field("Find a word", "", () => find(search.value));
  const message = h("p", { class: "ml-error", role: "alert", hidden: true });
  const map = h("svg", { class: "ml-map", role: "img", onclick: pick });
  const key = h("ul", { class: "ml-map-key" });
  const near = h("div", { class: "ml-map-near" });
  const answer = h("div", { class: "ml-map-answer", "aria-live": "polite" });
  const three = data.analogies.length ? data.analogies[0].map((word, i) =>
    field(["First word", "Second word", "Third word"][i], word, ask)) : [];

  function choices(name, options, chosen, choose) {
    const buttons = options.map(([value, text]) => h("button", { type: "button", "aria-pressed": String(value === chosen),
      onclick: () => {
        buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(options[i][0] === value)));
        choose(value);
      } }, text));
    return h("div", { class: "ml-row", role: "group", "aria-label": name }, buttons);
  }

  const several = new Set(words.map(({ lang }) => lang)).size > 1;
  el.append(list,
    h("form", { class: "ml-map-search", onsubmit: (event) => {
      event.preventDefault();
      find(search.value);
    } }, h("label", {}, "Find a word ", search), h("button", { type: "submit" }, "Find")),
    message,
    h("div", { class: "ml-map-choices" },
      several ? choices("Language", [["both", "Both"], ["en", "English"], ["zh", "Chinese"]], state.lang, (lang) => {
        state.lang = lang;
        arrange();
      }) : null,
      choices("Arrangement", [["near", "Neighbors together"], ["flat", "Seen from one side"]], state.view, (view) => {
        state.view = view;
        arrange();
      })),
    h("div", { class: "ml-map-panels" }, h("div", {}, map, key), near),
    ...(three.length ? [h("div", { class: "ml-map-analogy" }, h("h4", {}, "Analogies"),
      h("p", { class: "ml-map-line" }, three[0], " is to ", three[1], " as ", three[2], " is to …"),
      h("div", { class: "ml-row", role: "group", "aria-label": "Analogies to try" }, data.analogies.map((triple) =>
        h("button", { type: "button", onclick: () => {
          three.forEach((input, i) => (input.value = triple[i]));
          ask();
        } }, `${triple[0]} : ${triple[1]} = ${triple[2]} : ?`))),
      answer)] : []));

  const gloss = (word) => (word.english ? h("span", { class: "ml-muted" }, ` ${word.english}`) : null);
  const langOf = (word) => (word.lang === "zh" ? "zh-Hans" : "en");
  const named = (word) => h("span", { lang: langOf(word) }, word.text);
  const colorOf = (kind) => `var(--ml-${COLORS[data.kinds.indexOf(kind) % COLORS.length]})`;
  const shapeOf = (kind) => SHAPES[Math.floor(data.kinds.indexOf(kind) / COLORS.length) % SHAPES.length];

  function mark(kind, x, y, size) {
    const common = { fill: colorOf(kind), class: "ml-map-point" };
    const shape = shapeOf(kind);
    if (shape === "circle") return h("circle", { cx: x, cy: y, r: size, ...common });
    if (shape === "square") return h("rect", { x: x - size, y: y - size, width: 2 * size, height: 2 * size, ...common });
    return h("path", { d: `M${x} ${y - 1.2 * size}L${x + 1.2 * size} ${y + size}L${x - 1.2 * size} ${y + size}Z`, ...common });
  }

  // ---- where the points lie ---------------------------------------------------------------------------------------

  // The two directions in which the shown vectors differ most (principal components), by power iteration.
  function seenFromOneSide(rows) {
    const mean = new Float64Array(C);
    for (const row of rows) row.forEach((value, k) => (mean[k] += value / rows.length));
    const centered = rows.map((row) => row.map((value, k) => value - mean[k]));
    const axes = [];
    for (let axis = 0; axis < 2; axis++) {
      let v = normalized(Float64Array.from({ length: C }, (_, k) => Math.cos(1 + k * (axis + 1))));
      for (let round = 0; round < 60; round++) {
        const next = new Float64Array(C);
        for (const row of centered) {
          const along = dot(row, v);
          for (let k = 0; k < C; k++) next[k] += along * row[k];
        }
        for (const other of axes) {
          const along = dot(next, other);
          for (let k = 0; k < C; k++) next[k] -= along * other[k];
        }
        v = normalized(next);
      }
      axes.push(v);
    }
    return centered.map((row) => axes.map((axis) => dot(row, axis)));
  }

  // Who counts as a neighbor of whom, and how much: for each point probabilities that fall with the distance, as wide as
  // its surroundings ask for; van der Maaten and Hinton (2008), t-SNE, with a perplexity of 12.
  function affinities(rows) {
    const n = rows.length, wanted = Math.log(Math.min(12, n / 4));
    const p = Array.from({ length: n }, () => new Float64Array(n));
    rows.forEach((row, i) => {
      const distances = rows.map((other) => 2 - 2 * dot(row, other));
      let precision = 4, low = 0, high = Infinity;
      for (let round = 0; round < 30; round++) {
        let sum = 0, weighted = 0;
        for (let j = 0; j < n; j++) {
          if (j === i) continue;
          p[i][j] = Math.exp(-precision * distances[j]);
          sum += p[i][j];
          weighted += p[i][j] * distances[j];
        }
        const entropy = Math.log(sum) + (precision * weighted) / sum;
        for (let j = 0; j < n; j++) p[i][j] /= sum;
        if (Math.abs(entropy - wanted) < 1e-3) break;
        if (entropy > wanted) low = precision;
        else high = precision;
        precision = high === Infinity ? 2 * precision : (low + high) / 2;
      }
    });
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) p[i][j] = p[j][i] = (p[i][j] + p[j][i]) / (2 * n);
    return p;
  }

  // Moves points so that neighbors by `p` lie together. Call the result to go on for some rounds.
  function gathering(start, p) {
    const n = start.length, rate = Math.max(20, n / 8);
    const y = start.map(([a, b]) => [a * 0.05, b * 0.05]), speed = y.map(() => [0, 0]);
    let round = 0;
    return function rounds(count) {
      for (const end = round + count; round < end; round++) {
        const early = round < 60 ? 6 : 1; // pull harder at first, so that groups find one another
        const q = Array.from({ length: n }, () => new Float64Array(n));
        let sum = 0;
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < i; j++) {
            const dx = y[i][0] - y[j][0], dy = y[i][1] - y[j][1];
            q[i][j] = q[j][i] = 1 / (1 + dx * dx + dy * dy);
            sum += 2 * q[i][j];
          }
        }
        const forces = y.map(() => [0, 0]);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            const pull = 4 * (early * p[i][j] - q[i][j] / sum) * q[i][j];
            forces[i][0] += pull * (y[i][0] - y[j][0]);
            forces[i][1] += pull * (y[i][1] - y[j][1]);
          }
        }
        const momentum = round < 60 ? 0.5 : 0.8;
        y.forEach((place, i) => place.forEach((_, k) => {
          speed[i][k] = momentum * speed[i][k] - rate * forces[i][k];
          place[k] += speed[i][k];
        }));
      }
      return y;
    };
  }

  function arrange() {
    const mine = ++job;
    shown = words.map((_, i) => i).filter((i) => state.lang === "both" || words[i].lang === state.lang);
    const rows = shown.map((i) => unit[i]);
    const flat = seenFromOneSide(rows);
    if (state.view === "flat") {
      places = flat;
      draw();
      return;
    }
    const spread = Math.sqrt(flat.reduce((sum, [x]) => sum + x * x, 0) / flat.length);
    const rounds = gathering(flat.map(([a, b]) => [a / spread, b / spread]), affinities(rows));
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let done = 0;
    (function go() {
      if (mine !== job) return;
      places = rounds(20);
      done += 20;
      if (!still || done >= ROUNDS) draw();
      if (done < ROUNDS) setTimeout(go);
      else el.dataset.arranged = "true";
    })();
    delete el.dataset.arranged;
  }

  // ---- drawing ----------------------------------------------------------------------------------------------------

  let spots = []; // of the shown words, in pixels

  function draw() {
    const width = Math.max(260, map.clientWidth || 560), height = Math.round(Math.min(520, width * 1.2)), edge = 14;
    const [xs, ys] = [0, 1].map((k) => places.map((place) => place[k]));
    const scaled = (value, all, size) => edge + ((value - Math.min(...all)) / (Math.max(...all) - Math.min(...all) || 1)) * (size - 2 * edge);
    spots = places.map(([x, y]) => [scaled(x, xs, width), scaled(y, ys, height)]);
    map.setAttribute("viewBox", `0 0 ${width} ${height}`);
    map.setAttribute("height", height);
    const friends = nearest(unit[state.word], (i) => i !== state.word).slice(0, NEAREST).map(({ i }) => i);
    const at = (i) => spots[shown.indexOf(i)];
    const home = at(state.word);
    const lines = home ? friends.map(at).filter(Boolean).map(([x, y]) =>
      h("line", { class: "ml-map-tie", x1: home[0], y1: home[1], x2: x, y2: y })) : [];
    map.replaceChildren(...lines,
      ...shown.map((i, k) => mark(words[i].kind, ...spots[k], i === state.word ? 7 : friends.includes(i) ? 5 : 3.5)),
      ...(home ? [h("circle", { class: "ml-map-ring", cx: home[0], cy: home[1], r: 11 })] : []),
      ...labels(width, height, friends));
    map.setAttribute("aria-label", `${shown.length} words as points. Marked: ${words[state.word].text}, with lines to its ` +
      `nearest neighbors: ${friends.map((i) => words[i].text).join(", ")}.`);
  }

  // As many names as fit beside one another: the chosen word first, its neighbors, then the others.
  function labels(width, height, friends) {
    const order = [state.word, ...friends, ...shown];
    const taken = [], found = [];
    for (const i of new Set(order)) {
      const k = shown.indexOf(i);
      if (k < 0) continue;
      const close = i === state.word || friends.includes(i), size = close ? 14 : 12;
      const wide = [...words[i].text].reduce((sum, letter) => sum + (/\p{Script=Han}/u.test(letter) ? 1.05 : 0.58), 0) * size + 2;
      for (const [side, dy] of [[1, 4], [-1, 4], [1, -8], [-1, 16]]) {
        const x = spots[k][0] + side * (close ? 10 : 6), y = spots[k][1] + dy;
        const box = { left: side > 0 ? x : x - wide, right: side > 0 ? x + wide : x, top: y - size + 1, bottom: y + 3 };
        const free = box.left >= 0 && box.right <= width && box.top >= 0 && box.bottom <= height && taken.every((other) =>
          box.right < other.left || box.left > other.right || box.bottom < other.top || box.top > other.bottom);
        if (!free) continue;
        taken.push(box);
        found.push(h("text", { x, y, "font-size": size, "text-anchor": side > 0 ? "start" : "end", lang: langOf(words[i]),
          class: close ? "ml-map-close" : "ml-map-name", "font-weight": i === state.word ? 700 : 400 }, words[i].text));
        break;
      }
    }
    return found;
  }

  function drawKey() {
    key.replaceChildren(...data.kinds.map((kind) => h("li", {},
      h("svg", { width: 14, height: 14, "aria-hidden": "true" }, mark(kind, 7, 7, 5)), kind)));
  }

  const percent = (cosine) => cosine.toFixed(2).replace("-", "−");
  const bar = (i, cosine, act) => h("li", {}, h("button", { type: "button", onclick: act },
    h("span", { class: "ml-map-bar", style: `--share:${Math.max(0, 100 * cosine).toFixed(1)}%` }),
    h("span", { class: "ml-map-word" }, named(words[i]), gloss(words[i])), h("span", { class: "ml-map-cosine" }, percent(cosine))));

  function drawNear() {
    const word = words[state.word];
    const others = nearest(unit[state.word], (i) => i !== state.word);
    const translated = word.lang === "zh" && word.english ? [word.english] : word.lang === "en"
      ? words.filter((other) => other.lang === "zh" && other.english === word.text).map(({ text }) => text) : [];
    const rank = others.findIndex(({ i }) => translated.includes(words[i].text) && words[i].lang !== word.lang);
    near.replaceChildren(h("h4", {}, "Nearest to ", named(word), gloss(word)),
      h("ol", { class: "ml-map-list" }, others.slice(0, NEAREST).map(({ i, cosine }) => bar(i, cosine, () => choose(i)))),
      h("p", { class: "ml-muted" }, "The numbers are cosines: 1 for the same direction, 0 for nothing in common."),
      ...(rank >= 0 ? [h("p", {}, "Its translation ", named(words[others[rank].i]), ` comes ${ordinal(rank + 1)} among all ${others.length} words.`)] : []));
  }

  function ordinal(n) {
    const tail = n % 100 > 10 && n % 100 < 14 ? "th" : { 1: "st", 2: "nd", 3: "rd" }[n % 10] || "th";
    return `${n}${tail}`;
  }

  // ---- what the reader does ---------------------------------------------------------------------------------------

  function choose(i) {
    state.word = i;
    message.hidden = true;
    draw();
    drawNear();
    const friends = nearest(unit[i], (j) => j !== i).slice(0, 3).map((other) => words[other.i].text);
    host.announce(`${words[i].text}: nearest ${friends.join(", ")}`);
  }

  function unknown(text) {
    message.textContent = `“${text}” is not among the ${words.length} words that are one token each. The list of the box has them all.`;
    message.hidden = false;
  }

  function find(text) {
    if (!text.trim()) return;
    const i = indexOf(text);
    if (i < 0) unknown(text.trim());
    else choose(i);
  }

  function pick(event) {
    const box = map.getBoundingClientRect();
    const scale = map.viewBox.baseVal.width / box.width;
    const x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
    const far = ([a, b]) => Math.hypot(a - x, b - y);
    const k = spots.reduce((best, spot, k) => (far(spot) < far(spots[best]) ? k : best), 0);
    if (far(spots[k]) < 30) choose(shown[k]);
  }

  // b − a + c, and the words nearest to it. The three themselves are marked: usually one of them is nearest of all.
  function ask() {
    const ids = three.map((input) => indexOf(input.value));
    const missing = ids.findIndex((i) => i < 0);
    message.hidden = true;
    if (missing >= 0) return unknown(three[missing].value.trim());
    const [a, b, c] = ids.map((i) => unit[i]);
    const goal = normalized(a.map((_, k) => b[k] - a[k] + c[k]));
    const found = nearest(goal);
    const answers = found.filter(({ i }) => !ids.includes(i)).slice(0, 5);
    const own = found.find(({ i }) => ids.includes(i));
    answer.replaceChildren(h("ol", { class: "ml-map-list" }, answers.map(({ i, cosine }) => bar(i, cosine, () => choose(i)))),
      h("p", { class: "ml-muted" }, own.cosine > answers[0].cosine ? ["The three words are left out. Without that rule the answer would be ",
        named(words[own.i]), ` (${percent(own.cosine)}).`] : "The three words are left out of the list; here none of them would have been first."));
  }

  drawKey();
  drawNear();
  arrange();
  if (three.length) ask();
  let width = map.clientWidth;
  const observer = new ResizeObserver(() => {
    if (Math.abs(map.clientWidth - width) > 1 && places.length) draw();
    width = map.clientWidth;
  });
  observer.observe(el);
  return () => {
    job++;
    observer.disconnect();
  };
});
