// A quiz: one question after the other, an explanation for every option, answers kept in the browser.
minillm.explorable("quiz", function (el, data, host) {
  const { h } = host;
  const key = "quiz/" + data.quiz;
  const answers = host.storage.get(key, {});
  const score = h("p", { class: "ml-score" });
  el.classList.add("ml-quiz");

  function question(item, number) {
    const name = `ml-${data.quiz}-${item.id}-${Math.random().toString(36).slice(2, 8)}`;
    const explanation = h("p", { class: "ml-explanation", id: name + "-why", hidden: true });
    const rows = item.options.map((option, index) => {
      const input = h("input", { type: "radio", name, value: index, onchange: () => choose(index, true) });
      return h("label", { class: "ml-option" }, input, h("span", {}, option.text));
    });

    function choose(index, byReader) {
      const { correct, explanation: why } = item.options[index];
      const verdict = correct ? "right" : "wrong";
      rows.forEach((row, k) => {
        if (k === index) row.dataset.verdict = verdict;
        else delete row.dataset.verdict;
      });
      const word = correct ? "✓ Right." : "✗ Not quite.";
      explanation.dataset.verdict = verdict;
      explanation.replaceChildren(h("strong", { class: "ml-verdict" }, word), " ", h("span", {}, why));
      explanation.hidden = false;
      rows[index].after(explanation);
      host.math(explanation);
      if (!byReader) return;
      answers[item.id] = index;
      host.storage.set(key, answers);
      host.announce(`${correct ? "Right." : "Not quite."} ${why}`);
      tally();
    }

    const given = answers[item.id];
    const field = h("fieldset", {}, h("legend", {}, `${number}. ${item.prompt}`), h("div", {}, ...rows));
    if (item.options[given]) {
      rows[given].querySelector("input").checked = true;
      choose(given, false);
    }
    return field;
  }

  function tally() {
    const given = data.questions.filter((item) => item.options[answers[item.id]]);
    const right = given.filter((item) => item.options[answers[item.id]].correct);
    score.textContent = given.length === 0
      ? "Choose an answer to see why it is right or wrong. Your answers stay in this browser."
      : `${right.length} right of ${given.length} answered; questions in all: ${data.questions.length}.`;
    reset.hidden = given.length === 0;
  }

  function draw() {
    el.replaceChildren(h("p", { class: "ml-title" }, data.title), ...data.questions.map((item, index) =>
      question(item, index + 1)), h("div", { class: "ml-row" }, score, reset));
    tally();
    host.math(el);
  }

  const reset = h("button", { type: "button", onclick: () => {
    Object.keys(answers).forEach((id) => delete answers[id]);
    host.storage.set(key, answers);
    draw();
    el.querySelector("input").focus();
    host.announce("All answers are cleared.");
  } }, "Start again");

  draw();
});
