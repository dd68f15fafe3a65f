/* Buildings on the canvas: sorted into styles once a rule or theme is chosen, then filled style by style. */
(function (SC) {
  "use strict";

  const PER_PATH = 200; // longer paths fill slower than they save calls

  /** Band of a cost (0 to 3) in the rule's own unit, 4 beyond what was searched. */
  SC.bandOf = function (rule, value) {
    if (value === SC.NO_VALUE) return 4;
    const cost = rule.basis === "time" ? value / 10 : value;
    for (let k = 0; k < rule.bands.length; k++) if (cost <= rule.bands[k] + 1e-9) return k;
    return 3;
  };

  /** Styles of the present theme: [{key, fill, line, pattern, tint}], and the style number of building i. */
  SC.buildingStyles = function (state) {
    const c = state.theme.colours, rule = state.currentRule(), now = state.judgement();
    const none = { key: "unknown", fill: c.unknown, line: c.unknown_line, pattern: "dots", tint: c.unknown_tint };
    const beyondData = { key: "outside", fill: c.outside, line: c.outside_line };
    if (state.themeLayer === "cost") {
      const bands = state.theme.bands.concat(state.theme.beyond).map((fill, k) => ({ key: "band" + k, fill, line: shade(fill) }));
      const of = (i) => {
        const verdict = SC.VERDICTS[now.verdict[i]];
        if (verdict === "unknown") return 5;
        return verdict === "outside" && now.value[i] === SC.NO_VALUE ? 6 : SC.bandOf(rule, now.value[i]);
      };
      return { styles: bands.concat(none, beyondData), of };
    }
    if (state.themeLayer === "overlap") {
      // by how many stations are in reach; the count travels plus one
      const steps = state.theme.overlap.map((fill, k) => ({ key: "reach" + (k + 1), fill, line: shade(fill) }));
      const far = { key: "reach0", fill: c.uncovered, line: c.uncovered, pattern: "hatch", tint: c.uncovered_tint };
      const of = (i) => {
        const verdict = SC.VERDICTS[now.verdict[i]];
        if (verdict === "unknown") return steps.length + 1;
        const count = Math.max(0, now.reach[i] - 1);
        if (!count && verdict === "outside") return steps.length + 2;
        return Math.min(count, steps.length);
      };
      return { styles: [far, ...steps, none, beyondData], of };
    }
    return {
      styles: [
        { key: "covered", fill: c.covered, line: c.covered_line },
        { key: "uncovered", fill: c.uncovered, line: c.uncovered, pattern: "hatch", tint: c.uncovered_tint },
        none, beyondData,
      ],
      of: (i) => now.verdict[i],
    };
  };

  SC.buildingPainter = function (state) {
    const { shapes } = state.buildings;
    let sorted = null;

    state.onChange((changed) => {
      if (changed.has("rule") || changed.has("themeLayer")) sorted = null;
    });

    function sort() {
      const { styles, of } = SC.buildingStyles(state);
      const members = styles.map(() => []), now = state.judgement();
      for (let i = 0; i < shapes.count; i++) if (now.verdict[i] < SC.VERDICTS.length) members[of(i)].push(i); // beyond: not there at the time
      sorted = styles.map((style, k) => ({ style, members: Uint32Array.from(members[k]) }));
      // what must be seen is drawn last
      sorted.sort((a, b) => Number(a.style.pattern === "hatch") - Number(b.style.pattern === "hatch"));
    }

    return function paint(ctx, view) {
      if (!state.onBuildings()) return;
      if (!sorted) sort();
      const lines = view.zoom >= state.theme.zoom.building_line;
      for (const { style, members } of sorted) {
        const patterned = style.pattern && view.zoom >= state.theme.zoom.hatch;
        const fill = patterned ? pattern(ctx, view, style) : style.fill;
        // hatched ones keep their outline at every scale: small ones would fall apart into strokes
        const line = lines || (patterned && style.pattern === "hatch") ? style.line : null;
        fillAll(ctx, view, shapes, members, fill, line);
      }
    };
  };

  function fillAll(ctx, view, shapes, members, fill, line) {
    const { k, x0, y0 } = view, box = shapes.box;
    ctx.lineWidth = line ? view.grow(15, 0.5, 19, 1.2) : 0;
    ctx.strokeStyle = line || "transparent";
    ctx.fillStyle = fill;
    let waiting = 0;
    const flush = () => {
      ctx.fill();
      if (line) ctx.stroke();
      ctx.beginPath();
      waiting = 0;
    };
    ctx.beginPath();
    for (let m = 0; m < members.length; m++) {
      const i = members[m], o = 4 * i;
      if (!view.sees(box, o)) continue;
      const width = (box[o + 2] - box[o]) * k, height = (box[o + 3] - box[o + 1]) * k;
      if (width < 3 && height < 3) {
        // too small for its shape to show
        ctx.rect(box[o] * k + x0, box[o + 1] * k + y0, Math.max(1, width), Math.max(1, height));
      } else {
        SC.trace(ctx, view, shapes, i, true);
      }
      if (++waiting >= PER_PATH) flush();
    }
    if (waiting) flush();
  }

  /** A diagonal hatch, or dots, that stay put on the ground while the map is moved. */
  function pattern(ctx, view, style) {
    const dots = style.pattern === "dots", cell = dots ? 5 : 7, fine = 3, tile = document.createElement("canvas");
    tile.width = tile.height = cell * fine;
    const pen = tile.getContext("2d");
    pen.fillStyle = style.tint;
    pen.fillRect(0, 0, tile.width, tile.height);
    pen.beginPath();
    if (dots) {
      pen.arc((cell * fine) / 2, (cell * fine) / 2, 1.1 * fine, 0, 2 * Math.PI);
      pen.fillStyle = style.line;
      pen.fill();
    } else {
      for (const shift of [-1, 0, 1]) {
        pen.moveTo((shift * cell - 1) * fine, (cell + 1) * fine);
        pen.lineTo((shift * cell + cell + 1) * fine, -fine);
      }
      pen.strokeStyle = style.fill;
      pen.lineWidth = 2.4 * fine;
      pen.stroke();
    }
    const made = ctx.createPattern(tile, "repeat");
    made.setTransform(new DOMMatrix().translate(-(view.originX % cell), -(view.originY % cell)).scale(1 / fine));
    return made;
  }

  function shade(hex) {
    const part = (at) => Math.round(parseInt(hex.slice(at, at + 2), 16) * 0.72);
    return `rgb(${part(1)},${part(3)},${part(5)})`;
  }
})((window.ServiceCircle = window.ServiceCircle || {}));
