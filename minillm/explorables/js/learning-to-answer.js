// Learning to answer: what a model says to questions about a story at several moments of its tuning.
//
// data: {steps: [number], right: [share of all held-out questions, for each step], questions,
//        stories: [{text, lang, turns: [{ask, kind, wanted, answers: [text for each step], right: "01..."}]}]}
minillm.explorable("learning-to-answer", function (el, data, host) {
  "use strict";
  const { h } = host;
  const id = Math.random().toString(36).slice(2);
  let story = 0, step = 0;

  const select = h("select", { id: `ml-lta-${id}-story`, onchange: () => {
    story = Number(select.value);
    draw();
    say();
  } }, data.stories.map(({ text }, i) => h("option", { value: i }, `${text.slice(0, 34)}…`)));
  const slider = h("input", { type: "range", min: 0, max: data.steps.length - 1, step: 1, value: 0, id: `ml-lta-${id}-step`,
    oninput: () => {
      step = Number(slider.value);
      draw();
    }, onchange: say });
  const value = h("output", { for: slider.id });
  const text = h("blockquote", { class: "ml-lta-text" });
  const list = h("ul", { class: "ml-lta-turns" });
  const bar = h("div", { class: "ml-lta-bar", "aria-hidden": "true" }, h("i", {}));
  const total = h("p", { class: "ml-lta-total" });

  el.append(
    h("div", { class: "ml-row" }, h("label", { for: select.id }, "A held-out story"), select), text,
    h("div", { class: "ml-lta-slide" }, h("label", { for: slider.id }, "Steps of tuning"), slider, value),
    bar, total, list);

  const done = (turn) => turn.right[step] === "1";
  const words = () => (data.steps[step] === 0 ? "none" : data.steps[step].toLocaleString("en"));
  const share = () => `${Math.round(data.right[step] * 100)} %`;
  const here = () => data.stories[story].turns.filter(done).length;
  const shown = (answer) => answer || "nothing";

  function draw() {
    const { text: told, lang, turns } = data.stories[story];
    text.textContent = told;
    text.lang = lang;
    value.textContent = words();
    slider.setAttribute("aria-valuetext", `${words()} of ${data.steps[data.steps.length - 1]}`);
    list.replaceChildren(...turns.map((turn) => h("li", { "data-right": done(turn) ? "yes" : "no" },
      h("span", { class: "ml-lta-ask", lang }, turn.ask),
      h("span", { class: "ml-lta-answer" }, h("b", { "aria-hidden": "true" }, done(turn) ? "✓" : "✗"),
        h("span", { class: "ml-lta-hidden" }, done(turn) ? "right: " : "wrong: "), h("span", { lang }, shown(turn.answers[step]))),
      h("span", { class: "ml-lta-wanted ml-muted" }, done(turn) ? "" : ["wanted: ", h("span", { lang }, turn.wanted)]))));
    bar.firstChild.style.width = `${data.right[step] * 100}%`;
    total.textContent = `After ${words() === "none" ? "no step" : words() + " steps"}: ${here()} of these ${turns.length} right, ` +
      `and ${share()} of ${data.questions} questions about other held-out stories.`;
  }

  function say() {
    host.announce(total.textContent);
  }

  draw();
});
