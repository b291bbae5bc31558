// Weights as shades: the matrix of a head, and how it and the thumbnails are drawn.
minillm.define("attention/drawing", function drawing(el, h) {
  "use strict";
  const WIDEST = 440, LABELLED = 12; // pixels: the matrix, and a row of it that has room for its label

  const colors = () => {
    const style = getComputedStyle(el);
    return (name) => style.getPropertyValue(`--ml-${name}`).trim();
  };

  // The eye sees small differences among dark shades badly: the root spreads small weights out.
  const shade = (weight) => Math.sqrt(Math.min(1, weight));

  // A square of weights drawn on a canvas from (left, top), `cell` pixels each.
  function drawCells(context, matrix, left, top, cell, color) {
    context.fillStyle = color;
    matrix.forEach((row, i) => row.forEach((weight, j) => {
      context.globalAlpha = shade(weight);
      context.fillRect(left + j * cell, top + i * cell, cell - (cell > 6 ? 1 : 0), cell - (cell > 6 ? 1 : 0));
    }));
    context.globalAlpha = 1;
  }

  function sized(canvas, width, height) {
    const ratio = globalThis.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    return context;
  }

  function thumbnail(canvas, matrix) {
    drawCells(sized(canvas, 44, 44), matrix, 0, 0, 44 / matrix.length, colors()("6"));
  }

  // The matrix of one head. draw(cells, labels, row) marks a row; at(event) -> [row, column] or null.
  function matrixView(listeners) {
    const canvas = h("canvas", { class: "ml-att-matrix", role: "img", ...listeners });
    const scroller = h("div", { class: "ml-scroll" }, canvas);
    let frame = { left: 0, top: 0, cell: 1, n: 0 }; // where the matrix lies in its canvas

    function draw(cells, labels, row) {
      const room = scroller.clientWidth || 320, n = cells.length;
      const measure = canvas.getContext("2d");
      measure.font = "12px system-ui, sans-serif";
      const widest = Math.min(72, Math.max(...labels.map((text) => measure.measureText(text).width)));
      const least = widest + 8 + LABELLED * n; // with labels; it may be wider than the page, and then it scrolls
      const labelled = least <= 2 * room;
      const width = Math.max(Math.min(room, WIDEST), labelled ? least : 0);
      const margin = labelled ? widest + 6 : 2;
      const cell = Math.min(30, (width - margin - 2) / n);
      frame = { left: margin, top: margin, cell, n };
      canvas.style.width = `${width}px`;
      scrollable(width > room + 1);
      const context = sized(canvas, width, margin + n * cell + 2);
      const color = colors();
      context.fillStyle = color("surface");
      context.fillRect(margin, margin, n * cell, n * cell);
      drawCells(context, cells, margin, margin, cell, color("6"));
      context.strokeStyle = color("7");
      context.lineWidth = 2;
      context.strokeRect(margin, margin + row * cell - 0.5, n * cell, cell);
      if (labelled) labels.forEach((text, i) => write(context, text, i, color(i === row ? "fg" : "muted"), widest));
    }

    // The label of row i, and of column i, which is turned.
    function write(context, text, i, color, widest) {
      const { left, cell } = frame;
      context.font = "12px system-ui, sans-serif";
      context.textBaseline = "middle";
      context.fillStyle = color;
      context.textAlign = "right";
      context.fillText(text, left - 4, left + (i + 0.5) * cell, widest);
      context.save();
      context.translate(left + (i + 0.5) * cell, left - 4);
      context.rotate(-Math.PI / 2);
      context.textAlign = "left";
      context.fillText(text, 0, 0, widest);
      context.restore();
    }

    function scrollable(scrolls) {
      for (const [name, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", "Matrix of attention weights"]]) {
        if (scrolls) scroller.setAttribute(name, value);
        else scroller.removeAttribute(name);
      }
    }

    function at(event) {
      const box = canvas.getBoundingClientRect();
      const i = Math.floor((event.clientY - box.top - frame.top) / frame.cell);
      const j = Math.floor((event.clientX - box.left - frame.left) / frame.cell);
      return i >= 0 && i < frame.n && j >= 0 && j < frame.n ? [i, j] : null;
    }

    return { element: scroller, draw, at, say: (text) => canvas.setAttribute("aria-label", text) };
  }

  return { shade, thumbnail, matrixView };
});
