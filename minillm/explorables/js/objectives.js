// Objectives: what one sentence gives a model, asks of it and lets it see, under four objectives.
//
// data: {sentences: [{text, target, gloss, objectives: [{name, cases: [{given, changed, asked, sees, source}]}]}]}
//   given, asked: one text for each position, null where nothing is asked; sees: for each position a row of 0 and 1;
//   changed: "hidden" or "replaced" where masking did it; source: how many positions are the source of a pair
minillm.explorable("objectives", function (el, data, host) {
  "use strict";
  const { h } = host;
  const id = Math.random().toString(36).slice(2);
  const TEXT = {
    causal: ["Causal", "Say the next token, from left to right."],
    masked: ["Masked", "Some tokens are hidden or replaced: say what stood there."],
    prefix: ["Prefix", "Read the beginning in both directions, then write the rest."],
    pairs: ["Sequence to sequence", "Read a source in both directions, then write its translation."],
  };
  let sentence = 0, objective = 0, at = 0;
  const chosenCase = { masked: 0, prefix: 3 };

  const choice = () => data.sentences[sentence].objectives[objective];
  const number = () => Math.min(chosenCase[choice().name] || 0, choice().cases.length - 1);
  const current = () => choice().cases[number()];

  // ---- the frame ----------------------------------------------------------------------------------------------

  const select = h("select", { id: `ml-obj-${id}-text`, onchange: () => {
    sentence = Number(select.value);
    moveToQuestion();
    draw();
    say();
  } }, data.sentences.map(({ text }, i) => h("option", { value: i }, text)));
  const buttons = data.sentences[0].objectives.map(({ name }, i) => h("button", { type: "button", onclick: () => {
    objective = i;
    moveToQuestion();
    draw();
    say();
  } }, TEXT[name][0]));
  const about = h("p", { class: "ml-obj-about" });
  const slider = h("input", { type: "range", min: 0, step: 1, id: `ml-obj-${id}-case`, oninput: () => {
    chosenCase[choice().name] = Number(slider.value);
    draw();
  }, onchange: say });
  const sliderLabel = h("label", { for: slider.id }), sliderValue = h("output", { for: slider.id });
  const slide = h("div", { class: "ml-obj-slide" }, sliderLabel, slider, sliderValue);
  const row = h("div", { class: "ml-obj-tokens", role: "group", "aria-label": "Positions; choose one" });
  const gloss = h("p", { class: "ml-muted" });
  const verdict = h("p", { class: "ml-obj-verdict" }), count = h("p", { class: "ml-obj-count" });
  const grid = h("svg", { class: "ml-obj-grid", role: "img" });

  el.append(
    data.sentences.length > 1 ? h("div", { class: "ml-row" }, h("label", { for: select.id }, "Sentence"), select) : "",
    h("div", { class: "ml-row", role: "group", "aria-label": "Objective" }, buttons), about, slide, row,
    h("p", { class: "ml-muted ml-obj-key" }, "Above, what the model is given; below, what it must say. " +
      "Dashed: the chosen position cannot see it."), gloss,
    h("div", { class: "ml-obj-below" }, h("div", {}, verdict, count), h("div", { class: "ml-obj-map" },
      h("p", { class: "ml-muted" }, "Who sees whom: a row looks, a filled cell is seen."), grid)));

  // ---- what is said -------------------------------------------------------------------------------------------

  const asked = () => current().asked.filter((each) => each !== null).length;
  const quoted = (token) => `“${token}”`;

  function moveToQuestion() {
    const places = current().asked.map((each, i) => (each === null ? -1 : i)).filter((i) => i >= 0);
    at = places[Math.min(places.length - 1, 4)];
  }

  function sentenceAt() {
    const { given, sees, asked: wanted } = current(), seen = sees[at];
    const later = [...seen.slice(at + 1)].filter((cell) => cell === "1").length;
    const earlier = [...seen.slice(0, at)].filter((cell) => cell === "1").length;
    const looks = `It sees itself, ${earlier || "none"} before it and ${later || "none"} after it`;
    const asks = wanted[at] === null ? "Nothing is asked here." : `It must say ${quoted(wanted[at])}.`;
    const put = given[at] === "▢" ? "the mask" : quoted(given[at]);
    return `Position ${at + 1} is given ${put}. ${looks}. ${asks}`;
  }

  function say() {
    host.announce(`${TEXT[choice().name][0]}. ${countSentence()} ${sentenceAt()}`);
  }

  function countSentence() {
    const { source } = current(), all = current().given.length - (source || 0);
    return `${asked()} of ${all} positions${source ? " of the target" : ""} are asked something.`;
  }

  // ---- what is drawn ------------------------------------------------------------------------------------------

  function cell(i) {
    const { given, changed, asked: wanted, sees, source } = current();
    const seen = sees[at][i] === "1", marker = ["start", "end"].includes(given[i]);
    const note = i === at ? "chosen" : seen ? "seen" : "not seen";
    const change = changed[i] ? `, ${changed[i]}` : "";
    return h("button", {
      type: "button", class: `ml-obj-token${i === source ? " ml-obj-first" : ""}`, "data-seen": seen ? "yes" : "no",
      "data-changed": changed[i] || null, "aria-pressed": i === at ? "true" : "false",
      "aria-label": `position ${i + 1}: given ${given[i] === "▢" ? "the mask" : given[i]}${change}; ` +
        `${wanted[i] === null ? "nothing asked" : `must say ${wanted[i]}`}; ${note}`,
      onclick: () => {
        at = i;
        draw();
        row.children[i].focus();
        say();
      } },
    h("span", { class: marker ? "ml-obj-marker" : "ml-obj-given" }, given[i]),
    h("span", { class: "ml-obj-arrow", "aria-hidden": "true" }, wanted[i] === null ? " " : "↓"),
    h("span", { class: wanted[i] === null ? "ml-obj-nothing" : "ml-obj-asked" }, wanted[i] === null ? "–" : wanted[i]));
  }

  function drawGrid() {
    const { sees, given, source } = current(), n = sees.length, size = 12;
    grid.setAttribute("viewBox", `-1 -1 ${n * size + 2} ${n * size + 2}`);
    grid.style.width = `${Math.min(n * 16, 300)}px`;
    grid.setAttribute("aria-label", `A grid of ${n} by ${n} positions. ${sentenceAt()}`);
    const cells = sees.flatMap((line, i) => [...line].map((each, j) => h("rect", {
      class: each === "1" ? "ml-obj-on" : "ml-obj-off", x: j * size + 0.5, y: i * size + 0.5, width: size - 1,
      height: size - 1 })));
    const lines = source ? [h("path", { class: "ml-obj-line",
      d: `M${source * size} 0V${n * size}M0 ${source * size}H${n * size}` })] : [];
    grid.replaceChildren(...cells, ...lines,
      h("rect", { class: "ml-obj-row", x: 0, y: at * size, width: given.length * size, height: size }));
  }

  function draw() {
    const { name, cases } = choice();
    at = Math.min(at, current().given.length - 1);
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", i === objective ? "true" : "false"));
    about.textContent = TEXT[name][1];
    slide.hidden = cases.length < 2;
    slider.max = cases.length - 1;
    slider.value = number();
    sliderLabel.textContent = name === "prefix" ? "Length of the prefix" : "Another draw";
    sliderValue.textContent = number() + 1;
    slider.setAttribute("aria-valuetext", `${name === "prefix" ? "prefix of" : "draw"} ${number() + 1}; ${countSentence()}`);
    row.replaceChildren(...current().given.map((_, i) => cell(i)));
    gloss.textContent = name === "pairs" ? data.sentences[sentence].gloss : "";
    gloss.hidden = !gloss.textContent;
    verdict.textContent = sentenceAt();
    count.textContent = countSentence();
    drawGrid();
  }

  moveToQuestion();
  draw();
  return () => {};
});
