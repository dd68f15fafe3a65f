/* The access rule for a point that somebody clicks: which edges it may use, and where (geo/kernels/snap.py). */
(function (SC) {
  "use strict";

  const TRIM_MM = 50, USABLE = 4;

  function side(ax, ay, bx, by, px, py) {
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax);
  }

  /** Whether segments a-b and c-d meet, ends included. */
  function cross(ax, ay, bx, by, cx, cy, dx, dy) {
    if (Math.max(ax, bx) < Math.min(cx, dx) || Math.max(cx, dx) < Math.min(ax, bx)) return false;
    if (Math.max(ay, by) < Math.min(cy, dy) || Math.max(cy, dy) < Math.min(ay, by)) return false;
    const s1 = side(ax, ay, bx, by, cx, cy), s2 = side(ax, ay, bx, by, dx, dy);
    const s3 = side(cx, cy, dx, dy, ax, ay), s4 = side(cx, cy, dx, dy, bx, by);
    return !((s1 > 0 && s2 > 0) || (s1 < 0 && s2 < 0) || (s3 > 0 && s4 > 0) || (s3 < 0 && s4 < 0));
  }

  /** Whether a barrier lies between p and q; both ends are trimmed, a wall may stand there. */
  function barred(model, px, py, qx, qy) {
    const length = Math.hypot(qx - px, qy - py);
    if (length <= 2 * TRIM_MM) return false;
    const tx = ((qx - px) / length) * TRIM_MM, ty = ((qy - py) / length) * TRIM_MM, { line, grid } = model.barriers;
    const ax = px + tx, ay = py + ty, bx = qx - tx, by = qy - ty;
    let found = false;
    grid.near([Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)], (k) => {
      const o = 4 * k;
      found = found || cross(ax, ay, bx, by, line[o], line[o + 1], line[o + 2], line[o + 3]);
    });
    return found;
  }

  /** Nearest place on every usable edge within `radius`: Map edge -> {walk, along, x, y}. */
  function nearest(model, px, py, radius) {
    const found = new Map(), p = model.pieces;
    model.pieceGrid.near([px - radius, py - radius, px + radius, py + radius], (k) => {
      const e = p.edge[k];
      if (!(model.flags[e] & USABLE)) return;
      const a = p.first[k], ax = p.x[a], ay = p.y[a], dx = p.x[a + 1] - ax, dy = p.y[a + 1] - ay, square = dx * dx + dy * dy;
      const share = square > 0 ? Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / square)) : 0;
      const x = ax + share * dx, y = ay + share * dy, walk = Math.hypot(px - x, py - y);
      if (walk > radius) return;
      const had = found.get(e);
      if (!had || walk < had.walk) found.set(e, { edge: e, walk, along: p.at[k] + share * p.length[k], x, y });
    });
    return [...found.values()].sort((one, other) => one.edge - other.edge);
  }

  /** Access rows of a point in millimetres: {node: [{node, walk}], edge: [{edge, along, walk}]}. */
  SC.accessOf = function (model, x, y) {
    const within = nearest(model, x, y, model.frontage).filter((one) => !barred(model, x, y, one.x, one.y));
    if (!within.some((one) => model.group[one.edge] === 0)) {
      const served = new Set(within.map((one) => model.group[one.edge]));
      for (const one of nearest(model, x, y, model.maxAccess).sort((a, b) => a.walk - b.walk || a.edge - b.edge)) {
        const group = model.group[one.edge];
        if (served.has(group) || barred(model, x, y, one.x, one.y)) continue;
        served.add(group);
        within.push(one);
      }
    }
    const rows = { node: [], edge: [] };
    for (const one of within) {
      const length = model.lengthMm[one.edge];
      if (one.along <= 0) rows.node.push({ node: model.tail[one.edge], walk: one.walk, edge: one.edge });
      else if (one.along >= length) rows.node.push({ node: model.head[one.edge], walk: one.walk, edge: one.edge });
      else rows.edge.push({ edge: one.edge, along: one.along, walk: one.walk });
    }
    return rows;
  };

  /** The same from packed rows of point i. */
  SC.rowsOf = function (rows, i) {
    const out = { node: [], edge: [] };
    for (let k = rows.nodeStart[i]; k < rows.nodeStart[i + 1]; k++) out.node.push({ node: rows.node[k], walk: rows.nodeWalk[k], edge: -1 });
    for (let k = rows.edgeStart[i]; k < rows.edgeStart[i + 1]; k++) out.edge.push({ edge: rows.edge[k], along: rows.along[k], walk: rows.edgeWalk[k] });
    return out;
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
