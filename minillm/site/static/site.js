// On every page: starts explorables, lets the keyboard scroll what is wider than the screen, shows progress.
(function () {
  "use strict";

  // Search excerpts are fetched, and browsers refuse that to pages opened from a disk.
  const fromDisk = location.protocol === "file:";
  if (fromDisk && typeof DOCUMENTATION_OPTIONS !== "undefined") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

  // The theme's arrows beside a chapter with pages of its own have no words.
  for (const summary of document.querySelectorAll("nav li > details > summary")) {
    const page = summary.closest("li").querySelector("a");
    if (page) summary.setAttribute("aria-label", `Pages of ${page.textContent.trim()}`);
  }

  const explorables = [...document.querySelectorAll(".ml-explorable")];
  if (explorables.length) minillm.whenNear(explorables, minillm.mount);

  // ---- wide things scroll in a box of their own, which the keyboard can reach ------------------------------------

  const article = document.querySelector(".bd-article");
  if (!article) return;

  for (const table of article.querySelectorAll("table")) {
    if (table.closest(".ml-scroll-x, .ml-explorable, .pst-scrollable-table-container")) continue;
    const wrapper = document.createElement("div");
    wrapper.className = "ml-scroll-x";
    table.replaceWith(wrapper);
    wrapper.append(table);
  }

  const SCROLLING = "pre, .ml-scroll-x, .pst-scrollable-table-container, div.math, mjx-container[display], .output_scroll, .cell_output .output";
  function reach() {
    for (const box of document.querySelectorAll(SCROLLING)) {
      const scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
      if (scrolls && !box.querySelector("a[href], button, input, [tabindex]")) box.tabIndex = 0;
      else if (box.getAttribute("tabindex") === "0" && !scrolls) box.removeAttribute("tabindex");
    }
  }
  reach();
  addEventListener("load", reach);
  addEventListener("resize", reach);
  article.addEventListener("toggle", reach, true);
  if (window.MathJax && MathJax.startup && MathJax.startup.promise) MathJax.startup.promise.then(reach);

  // ---- progress in this chapter -----------------------------------------------------------------------------

  const bundles = explorables.map((el) => JSON.parse(el.querySelector('script[type="application/json"]').textContent));
  const quizzes = bundles.filter(({ name }) => name === "quiz").map(({ data }) => data);
  const exercises = [...new Set(bundles.filter(({ name }) => name === "exercise").map(({ data }) => data.exercise))];
  if (!quizzes.length && !exercises.length) return;

  const progress = document.createElement("p");
  progress.className = "ml-progress";
  article.append(progress);

  function tally() {
    let right = 0, questions = 0;
    for (const quiz of quizzes) {
      const answers = minillm.storage.get("quiz/" + quiz.quiz, {});
      questions += quiz.questions.length;
      right += quiz.questions.filter(({ id, options }) => (options[answers[id]] || {}).correct).length;
    }
    const solved = exercises.filter((name) => minillm.storage.get("exercise/" + name, false)).length;
    const parts = [];
    if (exercises.length) parts.push(`${solved} of ${exercises.length} exercises`);
    if (questions) parts.push(`${right} of ${questions} quiz questions`);
    progress.textContent = `Your progress in this chapter: ${parts.join(", ")}. It is kept in this browser only.`;
  }
  document.addEventListener("minillm:stored", tally);
  tally();
})();
