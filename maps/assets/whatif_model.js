/* The packed walk model as the page searches in it: what maps/model_pack.py wrote, unfolded into typed arrays. */
(function (SC) {
  "use strict";

  const CLOSED = 2147483647, CELL_MM = 50000;

  /** Running sums of steps; pairs when `width` is 2. */
  function summed(steps, width) {
    const out = new Int32Array(steps.length), last = width === 2 ? [0, 0] : [0];
    for (let i = 0; i < steps.length; i++) out[i] = last[i % width] += steps[i];
    return out;
  }

  function starts(counts) {
    const out = new Int32Array(counts.length + 1);
    for (let i = 0; i < counts.length; i++) out[i + 1] = out[i] + counts[i];
    return out;
  }

  /** Whole numbers rounded as the engine rounds: halves to the even neighbour. */
  function rint(value) {
    const floor = Math.floor(value), rest = value - floor;
    if (rest !== 0.5) return Math.round(value);
    return floor % 2 === 0 ? floor : floor + 1;
  }

  /** Access rows by point: at nodes, and along edges as millimetres from the tail. */
  function readRows(store, name, step) {
    const scaled = (values) => Int32Array.from(values, (value) => value * step);
    return {
      nodeStart: starts(store.array(name + ".node.count")), node: summed(store.array(name + ".node.node"), 1),
      nodeWalk: scaled(store.array(name + ".node.walk")),
      edgeStart: starts(store.array(name + ".edge.count")), edge: summed(store.array(name + ".edge.edge"), 1),
      along: scaled(store.array(name + ".edge.along")), edgeWalk: scaled(store.array(name + ".edge.walk")),
    };
  }

  /** The points whose rows name each place, place after place. */
  function pointsBy(place, rowStart, count) {
    const counts = new Int32Array(count);
    for (const one of place) counts[one]++;
    const start = starts(counts), fill = start.slice(0, -1), point = new Int32Array(place.length);
    for (let i = 0; i + 1 < rowStart.length; i++) for (let k = rowStart[i]; k < rowStart[i + 1]; k++) point[fill[place[k]]++] = i;
    return { start, point };
  }

  /** Straight pieces of all edges, and the length that each edge's shape sums up to. */
  function readPieces(store, model) {
    const bends = store.array("edge.bends"), steps = store.array("edge.bend_xy"), { nodeXY, tail, head, edgeCount } = model;
    let total = 0;
    for (let e = 0; e < edgeCount; e++) total += bends[e] + 1;
    const x = new Int32Array(total + edgeCount), y = new Int32Array(total + edgeCount);
    const edge = new Int32Array(total), first = new Int32Array(total), at = new Float64Array(total), length = new Float64Array(total);
    const whole = new Int32Array(edgeCount);
    let vertex = 0, piece = 0, bend = 0;
    for (let e = 0; e < edgeCount; e++) {
      x[vertex] = nodeXY[2 * tail[e]];
      y[vertex] = nodeXY[2 * tail[e] + 1];
      let run = 0, rounded = 0;
      for (let k = 0; k <= bends[e]; k++) {
        const next = vertex + 1;
        if (k < bends[e]) {
          x[next] = x[vertex] + steps[2 * bend];
          y[next] = y[vertex] + steps[2 * bend++ + 1];
        } else {
          x[next] = nodeXY[2 * head[e]];
          y[next] = nodeXY[2 * head[e] + 1];
        }
        edge[piece] = e;
        first[piece] = vertex;
        at[piece] = run;
        length[piece] = Math.hypot(x[next] - x[vertex], y[next] - y[vertex]);
        run += length[piece];
        rounded += rint(length[piece++]);
        vertex = next;
      }
      vertex++;
      whole[e] = rounded;
    }
    return { x, y, edge, first, at, length, whole };
  }

  /** Segments by square cells of 50 m: those of cell c are item[start[c]] to item[start[c + 1] - 1]. */
  function gridOf(count, boxOf) {
    let west = Infinity, south = Infinity, east = -Infinity, north = -Infinity;
    for (let k = 0; k < count; k++) {
      const b = boxOf(k);
      if (b[0] < west) west = b[0];
      if (b[1] < south) south = b[1];
      if (b[2] > east) east = b[2];
      if (b[3] > north) north = b[3];
    }
    if (!count) west = south = east = north = 0;
    const nx = Math.floor((east - west) / CELL_MM) + 1, ny = Math.floor((north - south) / CELL_MM) + 1;
    const start = new Int32Array(nx * ny + 1);
    const cells = (b, visit) => {
      const i0 = Math.max(0, Math.floor((b[0] - west) / CELL_MM)), i1 = Math.min(nx - 1, Math.floor((b[2] - west) / CELL_MM));
      const j0 = Math.max(0, Math.floor((b[1] - south) / CELL_MM)), j1 = Math.min(ny - 1, Math.floor((b[3] - south) / CELL_MM));
      for (let j = j0; j <= j1; j++) for (let i = i0; i <= i1; i++) visit(j * nx + i);
    };
    for (let k = 0; k < count; k++) cells(boxOf(k), (c) => start[c + 1]++);
    for (let c = 0; c < nx * ny; c++) start[c + 1] += start[c];
    const fill = start.slice(0, -1), item = new Int32Array(start[nx * ny]);
    for (let k = 0; k < count; k++) cells(boxOf(k), (c) => (item[fill[c]++] = k));
    return { near: (box, visit) => cells(box, (c) => { for (let n = start[c]; n < start[c + 1]; n++) visit(item[n]); }) };
  }

  function readBarriers(store) {
    const sizes = store.array("barrier.sizes"), xy = summed(store.array("barrier.xy"), 2), step = store.texts.barrier_step_mm;
    const ends = [];
    let at = 0;
    for (const size of sizes) {
      for (let k = at; k < at + size - 1; k++) ends.push(xy[2 * k] * step, xy[2 * k + 1] * step, xy[2 * k + 2] * step, xy[2 * k + 3] * step);
      at += size;
    }
    const line = Float64Array.from(ends);
    const box = (k) => {
      const o = 4 * k;
      return [Math.min(line[o], line[o + 2]), Math.min(line[o + 1], line[o + 3]), Math.max(line[o], line[o + 2]), Math.max(line[o + 1], line[o + 3])];
    };
    return { line, grid: gridOf(line.length / 4, box) };
  }

  /** Arcs by node: slot 2e is edge e seen from its tail, 2e + 1 from its head. */
  function readArcs(model) {
    const { tail, head, edgeCount, nodeCount } = model, degree = new Int32Array(nodeCount);
    for (let e = 0; e < edgeCount; e++) {
      degree[tail[e]]++;
      degree[head[e]]++;
    }
    const start = starts(degree), fill = start.slice(0, -1), slot = new Int32Array(2 * edgeCount);
    for (let e = 0; e < edgeCount; e++) {
      slot[fill[tail[e]]++] = 2 * e;
      slot[fill[head[e]]++] = 2 * e + 1;
    }
    return { start, slot };
  }

  /** Costs of edges by weighting in thousandths, CLOSED where nobody may walk. */
  function readCosts(store, model, name, perMetre) {
    const away = (way, bit) => {
      const left = store.array(`cost.${name}.${way}`), out = new Int32Array(model.edgeCount);
      for (let e = 0; e < out.length; e++) {
        out[e] = model.flags[e] & bit ? rint(model.lengthMm[e] * (perMetre / 1000)) + left[e] : CLOSED;
      }
      return out;
    };
    return { name, perMetre, forward: away("forward", 1), backward: away("backward", 2) };
  }

  /** From steps of the plane to millimetres of the model, by the polynomials that came along. */
  function projector(transform) {
    const { middle, half, powers, x, y } = transform;
    return function (stepX, stepY) {
      const u = (stepX - middle[0]) / half, v = (stepY - middle[1]) / half;
      let mx = 0, my = 0;
      powers.forEach(([i, j], k) => {
        const term = Math.pow(u, i) * Math.pow(v, j);
        mx += x[k] * term;
        my += y[k] * term;
      });
      return { x: mx * 1000, y: my * 1000 };
    };
  }

  SC.readModel = function (store) {
    const t = store.texts, nodeXY = summed(store.array("node.xy"), 2), tail = summed(store.array("edge.tail"), 1);
    const head = Int32Array.from(store.array("edge.head"), (off, e) => tail[e] + off);
    const model = { nodeXY, tail, head, nodeCount: nodeXY.length / 2, edgeCount: tail.length, flags: store.array("edge.flags") };
    model.pieces = readPieces(store, model);
    model.lengthMm = Int32Array.from(store.array("edge.length"), (left, e) => model.pieces.whole[e] + left);
    model.group = store.array("edge.group");
    model.private = store.array("edge.private");
    model.arcs = readArcs(model);
    model.weightings = Object.fromEntries(t.weightings.map(([name, perMetre]) => [name, readCosts(store, model, name, perMetre)]));
    const p = model.pieces;
    model.pieceBox = (k) => {
      const a = p.first[k], b = a + 1;
      return [Math.min(p.x[a], p.x[b]), Math.min(p.y[a], p.y[b]), Math.max(p.x[a], p.x[b]), Math.max(p.y[a], p.y[b])];
    };
    model.pieceGrid = gridOf(p.edge.length, model.pieceBox);
    model.barriers = readBarriers(store);
    model.rows = readRows(store, "building", t.steps.row);
    model.byNode = pointsBy(model.rows.node, model.rows.nodeStart, model.nodeCount);
    model.byEdge = pointsBy(model.rows.edge, model.rows.edgeStart, model.edgeCount);
    model.stationRows = readRows(store, "station", 1);
    model.points = summed(store.array("building.points"), 2).map((value) => value * t.steps.point);
    model.unit = store.array("building.unit");
    model.count = model.unit.length;
    model.weights = { count: new Float64Array(model.count).fill(1) };
    for (const [name, scale] of Object.entries(t.weights)) model.weights[name] = Float64Array.from(store.array("weight." + name), (v) => v / scale);
    const xy = store.array("station.points");
    model.stations = t["station.tier"].map((tier, s) => ({
      tier, scope: t["station.scope"][s], place: store.array("station.place")[s] - 1, host: store.array("station.host")[s] - 1,
      x: xy[2 * s], y: xy[2 * s + 1], row: s,
    }));
    model.rules = t.rules.map((rule, r) => Object.assign({
      counting: store.array(`rule${r}.counting`), nearCut: store.array(`rule${r}.near_cut`),
      own: { building: store.array(`rule${r}.own_building`), station: store.array(`rule${r}.own_station`), cost: store.array(`rule${r}.own_cost`) },
      rise: store.array(`rule${r}.rise`), home: store.array(`rule${r}.home`),
      stationRise: store.array(`rule${r}.station_rise`), stationHome: store.array(`rule${r}.station_home`),
    }, rule));
    model.frontage = t.walk.frontage_m * 1000;
    model.maxAccess = t.walk.max_access_m * 1000;
    model.project = projector(t.transform);
    return model;
  };

  SC.CLOSED = CLOSED;
  SC.rint = rint;
})((window.ServiceCircle = window.ServiceCircle || {}));
