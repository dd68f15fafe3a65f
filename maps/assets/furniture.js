/* What every map must carry on its face: north arrow, scale bar, zoom buttons. */
(function (SC) {
  "use strict";

  SC.furnish = function (state, map, frame) {
    const north = SC.el("div", { class: "sc-north", role: "img", "aria-label": state.text("north") },
      SC.svg("svg", { viewBox: "0 0 40 56" },
        SC.svg("text", { x: 20, y: 12, "text-anchor": "middle" }, "N"),
        SC.svg("path", { d: "M20 15L31 52L20 44Z", fill: "#fff", stroke: "#20242B", "stroke-width": 1.3 }),
        SC.svg("path", { d: "M20 15L9 52L20 44Z", fill: "#20242B", stroke: "#20242B", "stroke-width": 1.3 })));
    const button = (key, sign, act) => SC.el("button", { type: "button", title: state.text(key), "aria-label": state.text(key), onclick: act }, sign);
    const zoom = SC.el("div", { class: "sc-zoom" },
      button("zoom_in", "+", () => map.zoomIn(1)), button("zoom_out", "−", () => map.zoomOut(1)),
      button("zoom_all", "⤢", () => SC.page.showAll()));
    const bar = SC.el("div", { class: "sc-scale", role: "img", "aria-label": state.text("scalebar") });
    frame.append(north, zoom, bar);
    const update = () => drawScale(state, map, bar);
    map.on("zoomend moveend resize", update);
    update();
  };

  function drawScale(state, map, bar) {
    const scale = map.options.crs.scale(map.getZoom());
    const metresPerPixel = state.plane.metres_per_world / scale;
    const metres = nice(metresPerPixel * 170);
    const label = (value) => (metres >= 2000 ? state.text("kilometres", { value: value / 1000 }) : value + " " + state.text("unit_metres"));
    const plain = (value) => String(metres >= 2000 ? value / 1000 : value);
    const cells = [0, 1, 2, 3].map((k) => SC.el("i", { class: k % 2 ? "sc-odd" : null }));
    bar.dataset.metres = metres;
    SC.replace(bar,
      SC.el("span", { class: "sc-ticks" }, SC.el("b", {}, "0"), SC.el("b", {}, plain(metres / 2)), SC.el("b", {}, label(metres))),
      SC.el("span", { class: "sc-cells", style: `width:${metres / metresPerPixel}px` }, ...cells),
      // a CSS pixel is 1/96 inch on paper, so there the ratio is true
      SC.el("span", { class: "sc-ratio" }, state.text("scale", { scale: SC.grouped(significant(metresPerPixel / 0.0002645833)) })));
  }

  /** Largest of 1, 2, 4 or 5 times a power of ten up to `most`. */
  function nice(most) {
    const power = Math.pow(10, Math.floor(Math.log10(most)));
    return [5, 4, 2, 1].map((step) => step * power).find((value) => value <= most) || power;
  }

  function significant(value) {
    const power = Math.pow(10, Math.max(0, Math.floor(Math.log10(value)) - 1));
    return Math.round(value / power) * power;
  }
})((window.ServiceCircle = window.ServiceCircle || {}));
