// Draws the page's Plotly figures when the reader comes near, in the ink of the theme.
(function () {
  "use strict";
  const { h, load, whenNear, onTheme, dark, announce } = minillm;
  const drawn = new Map();
  // No bar of buttons: a figure is one image to assistive technology, and a double click resets the view.
  const CONFIG = { displayModeBar: false, displaylogo: false, responsive: true, showSendToCloud: false,
    plotlyServerURL: "", showTips: false };

  function ink() {
    const color = dark() ? "#e2e6ea" : "#24292e";
    const faint = dark() ? "rgba(226,230,234,0.22)" : "rgba(36,41,46,0.16)";
    const axis = { gridcolor: faint, linecolor: faint, tickcolor: faint, zerolinecolor: faint };
    const hoverlabel = dark() ? { bgcolor: "#2b3138", font: { color } } : { bgcolor: "#ffffff", font: { color } };
    return { font: { color }, xaxis: axis, yaxis: axis, hoverlabel };
  }

  function merge(target, source) {
    const result = { ...target };
    for (const [key, value] of Object.entries(source)) {
      const both = value && result[key] && typeof value === "object" && !Array.isArray(value);
      result[key] = both ? merge(result[key], value) : value;
    }
    return result;
  }

  // Only what is ink changes with the theme. On narrow screens the text shrinks a little; where a finger points, it
  // scrolls the page instead of zooming the plot.
  function layoutFor(figure, width) {
    const template = figure.layout.template || {};
    const layout = { ...figure.layout, autosize: true, template: { ...template, layout: merge(template.layout || {}, ink()) } };
    delete layout.width;
    delete layout.sliders;
    delete layout.updatemenus;
    if (width < 500) layout.template.layout.font = { ...layout.template.layout.font, size: 12 };
    if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
    return layout;
  }

  function paint(entry) {
    return Plotly.react(entry.plot, entry.shown, layoutFor(entry.figure, entry.plot.clientWidth), CONFIG);
  }

  // Plotly draws its sliders as pictures, which no keyboard reaches. A real one takes their place.
  function addSlider(entry, root) {
    const [{ steps, currentvalue, active }] = entry.figure.layout.sliders;
    const frames = new Map(entry.figure.frames.map((frame) => [frame.name, frame.data]));
    const output = h("output", {});
    const input = h("input", { type: "range", min: 0, max: steps.length - 1, step: 1, value: active || 0,
      oninput: () => show(true) });
    const name = (currentvalue && currentvalue.prefix || "").replace(/[:\s]+$/, "") || "step";

    function show(byReader) {
      const step = steps[Number(input.value)];
      entry.shown = entry.figure.data.map((trace, k) => ({ ...trace, ...frames.get(step.args[0][0])[k] }));
      output.textContent = step.label;
      input.setAttribute("aria-valuetext", step.label);
      if (byReader) paint(entry);
    }
    root.append(h("label", { class: "ml-slider" }, h("span", {}, name + ": ", output), input));
    show(false);
  }

  async function draw(root) {
    if (root.dataset.state) return;
    root.dataset.state = "loading";
    try {
      await load("plotly.min.js");
      const figure = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
      const plot = root.querySelector(".ml-plot");
      const entry = { figure, plot, shown: figure.data };
      plot.replaceChildren();
      // A figure that asks for a width keeps it, and shrinks where the page is narrower.
      if (figure.layout.width) plot.style.maxWidth = figure.layout.width + "px";
      if (figure.layout.sliders && figure.frames.length) addSlider(entry, root);
      await Plotly.newPlot(plot, entry.shown, layoutFor(figure, plot.clientWidth), CONFIG);
      drawn.set(root, entry);
      root.dataset.state = "ready";
    } catch (error) {
      console.error(error);
      root.dataset.state = "failed";
      announce("A figure could not be drawn.");
    }
  }

  whenNear(document.querySelectorAll(".ml-plotly"), draw);
  onTheme(() => drawn.forEach(paint));
})();
