/* Stations: one shape a tier, red with gold, the same path on the canvas and in the legend. */
(function (SC) {
  "use strict";

  const star = (x, y, r) => {
    const points = [];
    for (let k = 0; k < 10; k++) {
      const radius = k % 2 ? r * 0.42 : r, angle = -Math.PI / 2 + (k * Math.PI) / 5;
      points.push((x + radius * Math.cos(angle)).toFixed(2) + " " + (y + radius * Math.sin(angle)).toFixed(2));
    }
    return "M" + points.join("L") + "Z";
  };
  const round = (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;

  // In a box of 24 × 24; `foot` is the point that stands on the place, `size` relative to the largest.
  const SHAPES = {
    subdistrict: {
      body: "M12 23.2C10 20.2 3.3 14.6 3.3 9.3a8.7 8.7 0 1 1 17.4 0C20.7 14.6 14 20.2 12 23.2Z",
      mark: star(12, 9.2, 6.2), foot: [12, 23.2], size: 1,
    },
    community: { body: round(12, 12, 9.5), mark: star(12, 12.2, 6.4), foot: [12, 12], size: 0.78 },
    emerging: {
      body: "M10.8 2.5a1.7 1.7 0 0 1 2.4 0l8.3 8.3a1.7 1.7 0 0 1 0 2.4l-8.3 8.3a1.7 1.7 0 0 1-2.4 0l-8.3-8.3a1.7 1.7 0 0 1 0-2.4Z",
      mark: round(12, 12, 3.6), foot: [12, 12], size: 0.6,
    },
    other: { body: "M4 3h16v18h-16Z", mark: star(12, 12.4, 6.4), foot: [12, 12], size: 0.66 },
  };

  const shapeOf = (tier) => SHAPES[tier] || SHAPES.other;
  const paths = new Map();
  function pathOf(text) {
    if (!paths.has(text)) paths.set(text, new Path2D(text));
    return paths.get(text);
  }

  /** Side of a tier's box in pixels at a zoom. */
  SC.stationSize = (view, tier) => view.grow(11, 15, 17, 36) * shapeOf(tier).size;

  SC.stationShown = (state, one) => (one.idle ? state.shown.idle : state.shown["tier:" + one.tier]);

  function drawOne(ctx, view, state, one, chosen) {
    const shape = shapeOf(one.tier), c = state.theme.colours, side = SC.stationSize(view, one.tier) * (chosen ? 1.4 : 1), s = side / 24;
    ctx.save();
    ctx.translate(view.px(one.x) - shape.foot[0] * s, view.py(one.y) - shape.foot[1] * s);
    ctx.scale(s, s);
    const body = pathOf(shape.body);
    if (chosen) {
      ctx.lineWidth = 9;
      ctx.strokeStyle = c.gold;
      ctx.stroke(body);
    }
    ctx.lineJoin = "round";
    ctx.lineWidth = 3.4;
    ctx.strokeStyle = "#fff";
    ctx.stroke(body);
    ctx.fillStyle = one.idle ? "#fff" : c.red;
    ctx.fill(body);
    ctx.lineWidth = 1.5;
    ctx.strokeStyle = one.idle ? c.red : c.gold;
    ctx.stroke(body);
    ctx.fillStyle = one.idle ? c.muted : c.gold_light;
    ctx.fill(pathOf(shape.mark));
    ctx.restore();
  }

  SC.stationPainter = function (state) {
    const rank = (one) => (one.idle ? -1 : 10 - (state.tiers.indexOf(one.tier) + 1 || 9));
    let sorted = null, order = [];
    return function paint(ctx, view) {
      if (sorted !== state.stations) (sorted = state.stations), (order = sorted.filter((one) => !one.tried).sort((a, b) => rank(a) - rank(b) || a.index - b.index));
      for (const one of order) {
        if (!SC.stationShown(state, one)) continue;
        const x = view.px(one.x), y = view.py(one.y);
        if (x < -40 || y < -40 || x > view.width + 40 || y > view.height + 40) continue;
        const chosen = state.selected && state.selected.kind === "station" && state.selected.index === one.index;
        drawOne(ctx, view, state, one, chosen);
      }
    };
  };

  /** Box of a station's symbol in pixels of a view. */
  SC.stationBox = function (view, one) {
    const shape = shapeOf(one.tier), side = SC.stationSize(view, one.tier), s = side / 24;
    const left = view.px(one.x) - shape.foot[0] * s, top = view.py(one.y) - shape.foot[1] * s;
    return { left, top, right: left + side, bottom: top + side };
  };

  /** Topmost station under a pixel, -1 for none. */
  SC.stationAt = function (state, view, x, y) {
    let best = -1, nearest = Infinity;
    for (const one of state.stations) {
      if (!SC.stationShown(state, one)) continue;
      const box = SC.stationBox(view, one);
      if (x < box.left - 2 || x > box.right + 2 || y < box.top - 2 || y > box.bottom + 2) continue;
      const away = Math.hypot(x - (box.left + box.right) / 2, y - (box.top + box.bottom) / 2);
      if (away < nearest) (nearest = away), (best = one.index);
    }
    return best;
  };

  /** The symbol as a picture for legend and layer tree. */
  SC.stationIcon = function (state, tier, idle) {
    const shape = shapeOf(tier), c = state.theme.colours;
    return SC.svg("svg", { viewBox: "0 0 24 24", class: "sc-icon", "aria-hidden": "true" },
      SC.svg("path", { d: shape.body, fill: idle ? "#fff" : c.red, stroke: idle ? c.red : c.gold, "stroke-width": 1.6 }),
      SC.svg("path", { d: shape.mark, fill: idle ? c.muted : c.gold_light }));
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
