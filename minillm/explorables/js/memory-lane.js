// Memory lane: which past words the next guess depends on, one lane for each model.
//
// data: {names: [model], stories: [{words, lanes, likely}], story, word}   story, word: where to begin
//   lanes[m].bdata: base64 of 16-bit floats, row after row below the diagonal: how much, in nats, the guess at word t
//   changes without word j < t. likely[m][t]: the probability that model m gave to the word that came.
minillm.explorable("memory-lane", function (el, data, host) {
  "use strict";
  const { h } = host;
  const id = Math.random().toString(36).slice(2);
  const FULL = 1; // nats that make a word fully shaded
  const NOTABLE = 0.01; // nats: less is called nothing
  let story = data.story, word = data.word, model = data.names.length - 1, decoded = {};

  function half(bits) {
    const exponent = (bits >> 10) & 31, fraction = bits & 1023;
    return exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024);
  }

  function lane(m) {
    const key = `${story}/${m}`;
    if (!decoded[key]) {
      const text = atob(data.stories[story].lanes[m].bdata);
      decoded[key] = Float32Array.from({ length: text.length / 2 }, (_, i) =>
        half(text.charCodeAt(2 * i) | (text.charCodeAt(2 * i + 1) << 8)));
    }
    const first = (word * (word - 1)) / 2;
    return decoded[key].subarray(first, first + word);
  }

  const shade = (nats) => Math.min(1, Math.sqrt(nats / FULL));
  const words = () => data.stories[story].words;
  const bare = (i) => words()[i].trim();

  // ---- the frame ----------------------------------------------------------------------------------------------

  const stories = h("select", { id: `ml-lane-${id}-story`, onchange: () => {
    story = Number(stories.value);
    word = words().length - 1;
    draw();
    say();
  } }, data.stories.map((each, i) => h("option", { value: i, selected: i === story },
    `${i + 1}: ${each.words.slice(0, 5).join("").trim()} …`)));
  const slider = h("input", { type: "range", min: 1, step: 1, id: `ml-lane-${id}-word`, oninput: () => {
    word = Number(slider.value);
    draw();
  }, onchange: say });
  const step = (by) => h("button", { type: "button", "aria-label": by < 0 ? "one word back" : "one word on", onclick: () => {
    word = Math.min(words().length - 1, Math.max(1, word + by));
    draw();
    say();
  } }, by < 0 ? "‹" : "›");
  const text = h("p", { class: "ml-lane-text" });
  const tracks = data.names.map((name, m) => {
    const strip = h("svg", { class: "ml-lane-strip", role: "img", preserveAspectRatio: "none", height: 26 });
    const choose = h("button", { type: "button", onclick: () => {
      model = m;
      draw();
      say();
    } }, name);
    const p = h("span", { class: "ml-lane-p" });
    return { strip, choose, p, row: h("div", { class: "ml-lane-row" }, choose, strip, p) };
  });
  const verdict = h("p", { class: "ml-lane-verdict" });

  el.append(
    h("div", { class: "ml-row" },
      h("label", { for: stories.id }, "Story"), stories),
    text,
    h("div", { class: "ml-row ml-lane-move" }, h("label", { for: slider.id }, "The word to guess"), step(-1), slider, step(1)),
    h("div", { class: "ml-lane-row ml-lane-head", "aria-hidden": "true" }, h("span", {}, "shade the text by"),
      h("span", { class: "ml-lane-ends" }, h("span", {}, "first word"), h("span", {}, "last word before the guess")),
      h("span", { class: "ml-lane-p" }, "found likely")),
    ...tracks.map(({ row }) => row), verdict);

  // ---- what changes -------------------------------------------------------------------------------------------

  function farthest(m) {
    const index = lane(m).findIndex((nats) => nats >= NOTABLE);
    return index < 0 ? null : index;
  }

  function describe(m) {
    const far = farthest(m);
    if (far === null) return `${data.names[m]}: no past word changes this guess.`;
    const back = word - far;
    return `${data.names[m]}: the farthest word that this guess depends on is “${bare(far)}”, ` +
      `${back} ${back === 1 ? "word" : "words"} back.`;
  }

  function percent(p) {
    return p >= 0.995 ? "> 99 %" : p < 0.001 ? "< 0.1 %" : `${(100 * p).toFixed(p < 0.1 ? 1 : 0)} %`;
  }

  function say() {
    host.announce(`The word to guess is “${bare(word)}”. ${describe(model)}`);
  }

  function drawText() {
    const shades = lane(model);
    text.replaceChildren(...words().map((each, i) => {
      const past = i < word;
      const space = each.length - each.trimStart().length;
      return h("span", {}, each.slice(0, space), h("span", {
        class: i === word ? "ml-lane-guess" : past ? "ml-lane-past" : "ml-lane-future",
        style: past && shades[i] >= NOTABLE ?
          `background:color-mix(in srgb, var(--ml-6) ${(55 * shade(shades[i])).toFixed(1)}%, transparent)` : null,
        title: past ? `${shades[i].toFixed(3)} nats` : null,
        onclick: i > 0 ? () => {
          word = i;
          draw();
          say();
        } : null,
      }, each.trim()));
    }));
  }

  function drawLane(m) {
    const { strip, choose, p } = tracks[m], nats = lane(m), total = words().length;
    choose.setAttribute("aria-pressed", String(m === model));
    p.textContent = percent(data.stories[story].likely[m][word]);
    strip.setAttribute("viewBox", `0 0 ${total} 10`);
    strip.setAttribute("aria-label", `${describe(m)} It found “${bare(word)}” ${percent(data.stories[story].likely[m][word])} likely.`);
    const cells = [];
    nats.forEach((value, i) => {
      if (value >= NOTABLE) {
        cells.push(h("rect", { x: i, y: 0, width: 1, height: 10, fill: "var(--ml-6)", "fill-opacity": Math.max(0.15, shade(value)).toFixed(3) }));
      }
    });
    strip.replaceChildren(h("rect", { x: 0, y: 0, width: word, height: 10, fill: "var(--ml-surface)" }), ...cells,
      h("rect", { x: word, y: 0, width: 1, height: 10, fill: "var(--ml-7)" }));
  }

  function draw() {
    slider.max = words().length - 1;
    slider.value = word;
    slider.setAttribute("aria-valuetext", `word ${word + 1} of ${words().length}: ${bare(word)}`);
    stories.value = story;
    drawText();
    tracks.forEach((_, m) => drawLane(m));
    verdict.textContent = describe(model);
  }

  draw();
});
