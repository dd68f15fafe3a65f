/* What a plan looks like on the map: buildings that change, ways within reach, stations added, moved and closed. */
(function (SC) {
  "use strict";

  const GAINED = "#0B63C5", LOST = "#20242B", REACH = "rgba(11,99,197,.30)";
  SC.TRIAL_COLOURS = { gained: GAINED, lost: LOST, reach: "#A9C8EE" };

  /** From millimetres of the model to steps of the plane: the polynomials read backwards. */
  SC.unprojector = function (model, transform) {
    const { middle, half } = transform, o = model.project(middle[0], middle[1]);
    const e = model.project(middle[0] + half / 8, middle[1]), s = model.project(middle[0], middle[1] + half / 8);
    const a = (e.x - o.x) * 8 / half, b = (s.x - o.x) * 8 / half, c = (e.y - o.y) * 8 / half, d = (s.y - o.y) * 8 / half, whole = a * d - b * c;
    return function (x, y) {
      let px = middle[0], py = middle[1], at = o;
      for (let k = 0; k < 3; k++) {
        const rx = x - at.x, ry = y - at.y;
        px += (d * rx - b * ry) / whole;
        py += (a * ry - c * rx) / whole;
        at = model.project(px, py);
      }
      return { x: px, y: py };
    };
  };

  /** Ways that lie within the limit of one station, as lines in steps of the plane. */
  SC.reachedWays = function (model, station, rule, unproject) {
    if (rule.key === "radius") return [];
    const opened = SC.openedBy(model, [station]), search = new SC.WalkSearch(model, model.weightings[rule.key], rule.limit, opened);
    search.seed(station.rows, 0, 0);
    search.run();
    const { pieces, tail, head } = model, lines = [], at = new Map();
    const point = (v) => {
      if (!at.has(v)) at.set(v, unproject(pieces.x[v], pieces.y[v]));
      return at.get(v);
    };
    for (let k = 0; k < pieces.edge.length; k++) {
      const e = pieces.edge[k];
      if (search.cost[tail[e]] === SC.CLOSED || search.cost[head[e]] === SC.CLOSED) continue;
      lines.push([point(pieces.first[k]), point(pieces.first[k] + 1)]);
    }
    return lines;
  };

  SC.trialPainters = function (state, trial) {
    function paintReach(ctx, view) {
      if (!trial.shown()) return;
      ctx.lineCap = ctx.lineJoin = "round";
      ctx.lineWidth = Math.max(5, 26 / view.metresPerPixel);
      ctx.strokeStyle = REACH;
      ctx.beginPath();
      for (const [a, b] of trial.ways()) {
        ctx.moveTo(view.px(a.x), view.py(a.y));
        ctx.lineTo(view.px(b.x), view.py(b.y));
      }
      ctx.stroke();
    }

    function fill(ctx, view, members, colour) {
      const { shapes } = state.buildings, line = view.zoom >= 14.5;
      ctx.fillStyle = colour;
      ctx.strokeStyle = "#fff";
      ctx.lineWidth = 1;
      ctx.beginPath();
      for (const i of members) if (view.sees(shapes.box, 4 * i)) SC.trace(ctx, view, shapes, i, true);
      ctx.fill();
      if (line) ctx.stroke();
    }

    function paintFlips(ctx, view) {
      if (!trial.shown() || state.external) return;
      const { gained, lost } = trial.flips();
      fill(ctx, view, gained, GAINED);
      fill(ctx, view, lost, LOST);
    }

    function paintStations(ctx, view) {
      if (!trial.shown()) return;
      for (const one of trial.changes) {
        const old = one.row === undefined ? null : state.stations[one.place];
        if (old) crossOut(ctx, view.px(old.x), view.py(old.y));
        if (!one.at) continue;
        const x = view.px(one.at.x), y = view.py(one.at.y);
        if (old) arrow(ctx, view.px(old.x), view.py(old.y), x, y);
        pin(ctx, x, y, one.label, state.theme.colours);
      }
    }

    return { paintReach, paintFlips, paintStations };
  };

  function crossOut(ctx, x, y) {
    for (const [width, colour] of [[6, "#fff"], [3, LOST]]) {
      ctx.lineCap = "round";
      ctx.lineWidth = width;
      ctx.strokeStyle = colour;
      ctx.beginPath();
      ctx.moveTo(x - 8, y - 8);
      ctx.lineTo(x + 8, y + 8);
      ctx.moveTo(x + 8, y - 8);
      ctx.lineTo(x - 8, y + 8);
      ctx.stroke();
    }
  }

  function arrow(ctx, x0, y0, x, y) {
    ctx.setLineDash([6, 4]);
    ctx.lineWidth = 2;
    ctx.strokeStyle = LOST;
    ctx.beginPath();
    ctx.moveTo(x0, y0);
    ctx.lineTo(x, y);
    ctx.stroke();
    ctx.setLineDash([]);
  }

  /** A pin larger than any station, with its number. */
  function pin(ctx, x, y, label, colours) {
    ctx.save();
    ctx.translate(x, y);
    ctx.beginPath();
    ctx.moveTo(0, 0);
    ctx.bezierCurveTo(-5, -11, -15, -15, -15, -27);
    ctx.arc(0, -27, 15, Math.PI, 0);
    ctx.bezierCurveTo(15, -15, 5, -11, 0, 0);
    ctx.closePath();
    ctx.shadowColor = "rgba(20,22,30,.45)";
    ctx.shadowBlur = 7;
    ctx.fillStyle = colours.red;
    ctx.fill();
    ctx.shadowBlur = 0;
    ctx.lineWidth = 2.4;
    ctx.strokeStyle = colours.gold;
    ctx.stroke();
    ctx.fillStyle = "#fff";
    ctx.font = "700 15px sans-serif";
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillText(label, 0, -26.5);
    ctx.restore();
  }
})((window.ServiceCircle = window.ServiceCircle || {}));
