// The result of a check: what is wrong and what to look at next. The site cannot run code: there an unwritten answer
// is an invitation, with the hints and a mark that the reader sets.
minillm.explorable("exercise", function (el, data, host) {
  const { h } = host;
  const key = "exercise/" + data.exercise;
  const status = data.status;
  const invitation = !host.live && status === "unwritten";
  el.classList.add("ml-exercise");
  el.dataset.status = status;

  const shapes = {
    passed: [["circle", { cx: 12, cy: 12, r: 10 }], ["path", { d: "M7 12.5l3.5 3.5L17 9" }]],
    failed: [["circle", { cx: 12, cy: 12, r: 10 }], ["path", { d: "M8 8l8 8M16 8l-8 8" }]],
    error: [["path", { d: "M12 2l10 19H2z" }], ["path", { d: "M12 9v6M12 18v.5" }]],
    unwritten: [["circle", { cx: 12, cy: 12, r: 10, "stroke-dasharray": "4 3" }], ["path", { d: "M12 7v6M12 16.5v.5" }]],
  };
  const color = { passed: "var(--ml-good)", unwritten: "var(--ml-muted)" }[status] || "var(--ml-bad)";
  const icon = h("svg", { class: "ml-icon", viewBox: "0 0 24 24", fill: "none", stroke: color, "stroke-width": 2,
    "aria-hidden": "true" }, ...shapes[status].map(([tag, attributes]) => h(tag, attributes)));

  const words = { passed: "Passed.", failed: "Not yet.", error: "It stopped with an error.", unwritten: "Not written yet." };
  const lead = invitation ? "Your turn." : words[status];
  const message = h("span", {}, invitation
    ? "Write your answer in the notebook, where the cell above checks it."
    : data.message);
  const parts = [h("div", { class: "ml-status" }, icon, h("div", {}, h("strong", {}, lead), " ", message))];

  if (data.hints.length && status !== "passed") {
    parts.push(...data.hints.map((hint, index) => h("details", {},
      h("summary", {}, data.hints.length === 1 ? "A hint" : `Hint ${index + 1} of ${data.hints.length}`),
      h("p", {}, hint))));
  }
  if (host.live) {
    if (status === "passed") host.storage.set(key, true);
  } else if (status !== "passed") {
    const box = h("input", { type: "checkbox", onchange: () => host.storage.set(key, box.checked) });
    box.checked = host.storage.get(key, false);
    parts.push(h("label", { class: "ml-check" }, box, h("span", {}, "I have solved this one (kept in this browser)")));
  }
  el.append(...parts);
  host.math(el);
});
