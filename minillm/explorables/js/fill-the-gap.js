// Fill the gap: hide a word of a story; a GPT guesses from the left, a BERT from both sides.
//
// data: {start, texts: [[{text, guesses: [[[word, p], ...] from the left, [[word, p], ...] from both sides]}]]}
//   a piece without guesses cannot be hidden; start: which gap of the first text is open at first
minillm.explorable("fill-the-gap", function (el, data, host) {
  "use strict";
  const { h } = host;
  const id = Math.random().toString(36).slice(2);
  const MODES = ["Left side only", "Both sides"];
  let story = 0, mode = null; // nobody has been asked yet: readers guess first
  const gapsOf = (pieces) => pieces.flatMap((piece, i) => (piece.guesses ? [i] : []));
  let at = gapsOf(data.texts[0])[data.start] || gapsOf(data.texts[0])[0];

  const pieces = () => data.texts[story];
  const hidden = () => pieces()[at].text.trim();
  const right = (piece, which) => piece.guesses[which][0][0] === piece.text.trim();

  // ---- the frame ----------------------------------------------------------------------------------------------

  const select = h("select", { id: `ml-gap-${id}`, onchange: () => {
    story = Number(select.value);
    at = gapsOf(pieces())[0];
    draw();
    say();
  } }, data.texts.map((_, i) => h("option", { value: i }, `Story ${i + 1}`)));
  const buttons = MODES.map((name, i) => h("button", { type: "button", onclick: () => {
    mode = i;
    draw();
    say();
  } }, name));
  const step = (by) => () => {
    const gaps = gapsOf(pieces());
    at = gaps[(gaps.indexOf(at) + by + gaps.length) % gaps.length];
    draw();
    say();
  };
  const text = h("p", { class: "ml-gap-text" });
  const bars = h("div", { class: "ml-gap-bars" });
  const verdict = h("p", { class: "ml-gap-verdict" }), count = h("p", { class: "ml-muted" });
  el.append(
    h("div", { class: "ml-row" },
      data.texts.length > 1 ? h("label", { for: select.id }, "Text") : "", data.texts.length > 1 ? select : "",
      h("button", { type: "button", onclick: step(-1), "aria-label": "Hide the word before" }, "←"),
      h("button", { type: "button", onclick: step(1), "aria-label": "Hide the next word" }, "→")),
    h("div", { class: "ml-row", role: "group", "aria-label": "What the model may see" }, buttons),
    text, verdict, bars, count);

  // ---- what is said -------------------------------------------------------------------------------------------

  function sentence() {
    if (mode === null) return "What would you put there? Then ask: from the left side only, or from both sides?";
    const [word, p] = pieces()[at].guesses[mode][0];
    const who = mode ? "BERT, from both sides," : "GPT, from the left,";
    const judged = right(pieces()[at], mode) ? "That is what stood there." : `There stood “${hidden()}”.`;
    return `${who} says “${word}” (${p.toFixed(2)}). ${judged}`;
  }

  function say() {
    host.announce(sentence());
  }

  // ---- what is drawn ------------------------------------------------------------------------------------------

  function word(piece, i) {
    const covered = mode !== 1 && i > at;
    if (i === at) {
      const gap = h("span", { class: "ml-gap-hole", role: "img", "aria-label": "the gap" }, "?");
      return [piece.text.startsWith(" ") ? " " : "", gap];
    }
    const shown = covered ? piece.text.replace(/\S/g, "·") : piece.text;
    if (!piece.guesses) return [h("span", { class: covered ? "ml-gap-covered" : null, "aria-hidden": covered || null }, shown)];
    return [shown.startsWith(" ") ? " " : "", h("button", {
      type: "button", class: `ml-gap-word${covered ? " ml-gap-covered" : ""}`, tabindex: -1,
      "aria-label": covered ? "a covered word" : piece.text.trim(), onclick: () => {
        at = i;
        draw();
        say();
      } }, shown.trim())];
  }

  function draw() {
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", i === mode ? "true" : "false"));
    text.replaceChildren(...pieces().flatMap(word));
    verdict.textContent = sentence();
    const guesses = mode === null ? [] : pieces()[at].guesses[mode];
    bars.replaceChildren(...guesses.map(([guess, p]) => h("div", { class: "ml-gap-row" },
      h("span", { class: `ml-gap-guess${guess === hidden() ? " ml-gap-right" : ""}` }, guess === hidden() ? `${guess} ✓` : guess),
      h("div", { class: "ml-gap-bar" }, h("div", { class: "ml-gap-fill", style: `width: ${100 * p}%` })),
      h("span", { class: "ml-gap-p" }, p.toFixed(2)))));
    const gaps = pieces().filter((piece) => piece.guesses);
    const hits = [0, 1].map((which) => gaps.filter((piece) => right(piece, which)).length);
    count.textContent = mode === null ? "" : `Of the ${gaps.length} words of this story that can be hidden, the likeliest guess is right ` +
      `${hits[0]} times from the left and ${hits[1]} times from both sides.`;
  }

  draw();
  return () => {};
});
