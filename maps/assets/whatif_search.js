/* The engine's search in the page: bounded, from many stations at once, in whole thousandths (geo/kernels). */
(function (SC) {
  "use strict";

  const CLOSED = SC.CLOSED, rint = SC.rint;

  /** A heap of (cost, node), least cost first. */
  class Heap {
    constructor(room) {
      this.cost = new Int32Array(room);
      this.node = new Int32Array(room);
      this.size = 0;
    }

    push(cost, node) {
      if (this.size === this.cost.length) this._grow();
      let at = this.size++;
      while (at > 0) {
        const above = (at - 1) >> 1;
        if (this.cost[above] <= cost) break;
        this.cost[at] = this.cost[above];
        this.node[at] = this.node[above];
        at = above;
      }
      this.cost[at] = cost;
      this.node[at] = node;
    }

    /** Take the least away; it was cost[0], node[0]. */
    drop() {
      const size = --this.size, cost = this.cost[size], node = this.node[size];
      let at = 0;
      for (;;) {
        let below = 2 * at + 1;
        if (below >= size) break;
        if (below + 1 < size && this.cost[below + 1] < this.cost[below]) below++;
        if (this.cost[below] >= cost) break;
        this.cost[at] = this.cost[below];
        this.node[at] = this.node[below];
        at = below;
      }
      this.cost[at] = cost;
      this.node[at] = node;
    }

    _grow() {
      for (const name of ["cost", "node"]) {
        const larger = new Int32Array(2 * this.size + 16);
        larger.set(this[name]);
        this[name] = larger;
      }
    }
  }

  /** What stations open: islands that are served, private pieces that may be entered. */
  SC.openedBy = function (model, stations) {
    const islands = new Set(), pieces = new Set();
    const note = (edge) => {
      if (model.group[edge]) islands.add(model.group[edge]);
      if (model.private[edge]) pieces.add(model.private[edge]);
    };
    for (const one of stations) {
      one.rows.edge.forEach((row) => note(row.edge));
      one.rows.node.forEach((row) => {
        if (row.edge >= 0) return note(row.edge);
        // packed rows name no edge: whatever meets there is of the same island; a private copy meets its own piece only
        for (let k = model.arcs.start[row.node]; k < model.arcs.start[row.node + 1]; k++) {
          const e = model.arcs.slot[k] >> 1;
          if (model.group[e]) islands.add(model.group[e]);
          if (model.private[e] && !(model.flags[e] & 8)) pieces.add(model.private[e]);
        }
      });
    }
    return { islands, pieces };
  };

  /** One search: costs and winners of nodes, and the seeds that lie along edges. */
  SC.WalkSearch = class {
    constructor(model, weighting, limit, opened) {
      Object.assign(this, { model, weighting, limit, opened });
      this.cost = new Int32Array(model.nodeCount).fill(CLOSED);
      this.winner = new Int32Array(model.nodeCount).fill(-1);
      this.seedsOn = new Map();
      this.heap = new Heap(model.nodeCount);
    }

    /** A search that goes on from here and leaves this one as it is. */
    copy() {
      const next = new SC.WalkSearch(this.model, this.weighting, this.limit, this.opened);
      next.cost = this.cost.slice();
      next.winner = this.winner.slice();
      this.seedsOn.forEach((seeds, edge) => next.seedsOn.set(edge, seeds));
      next.touched = []; // nodes that change from here on
      next.seeded = [];
      next.from = this;
      return next;
    }

    /** Cost of edge e walked from tail to head (or back), with what stations have opened. */
    _edge(e, backward) {
      const { model, weighting } = this, cost = backward ? weighting.backward[e] : weighting.forward[e];
      if (cost === CLOSED && model.flags[e] & 8 && this.opened.pieces.has(model.private[e])) return 0;
      return cost;
    }

    /** Legs of a place on an edge, walked towards the ends and from them. */
    legs(e, along) {
      const { model } = this, share = along / model.lengthMm[e], ahead = this._edge(e, false), behind = this._edge(e, true);
      const f = ahead === CLOSED ? CLOSED : rint(share * ahead), b = behind === CLOSED ? CLOSED : rint(share * behind);
      return {
        toTail: b, toHead: ahead === CLOSED ? CLOSED : ahead - f, // from the place
        fromTail: f, fromHead: behind === CLOSED ? CLOSED : behind - b, // to the place
      };
    }

    _offer(node, cost, winner) {
      if (cost > this.limit || cost > this.cost[node] || (cost === this.cost[node] && winner >= this.winner[node])) return;
      this.cost[node] = cost;
      this.winner[node] = winner;
      if (this.touched) this.touched.push(node);
      this.heap.push(cost, node);
    }

    walkCost(millimetres) {
      return rint((millimetres / 1000) * this.weighting.perMetre);
    }

    /** Start from a station as well; `rise` is what its floor costs; `again` when its seeds along edges are known. */
    seed(rows, winner, rise, again) {
      for (const row of rows.node) this._offer(row.node, this.walkCost(row.walk) + rise, winner);
      for (const row of rows.edge) {
        const legs = this.legs(row.edge, row.along), start = this.walkCost(row.walk) + rise;
        // walks lead towards the station: from the ends of the edge to the place
        if (legs.fromTail !== CLOSED) this._offer(this.model.tail[row.edge], start + legs.fromTail, winner);
        if (legs.fromHead !== CLOSED) this._offer(this.model.head[row.edge], start + legs.fromHead, winner);
        if (again) continue;
        const there = this.seedsOn.get(row.edge) || [];
        this.seedsOn.set(row.edge, [...there, { along: row.along, start, winner, legs }]);
        if (this.seeded) this.seeded.push(row.edge);
      }
    }

    /**
     * The search without the stations `gone`: only nodes that belonged to them are searched anew, from the stations
     * that stay and from the nodes around, for no other walk ever used them.
     */
    without(gone, stay, riseOf) {
      const next = this.copy(), { start, slot } = this.model.arcs, { tail, head } = this.model;
      for (let node = 0; node < next.cost.length; node++) {
        if (!gone.has(next.winner[node])) continue;
        next.cost[node] = CLOSED;
        next.winner[node] = -1;
        next.touched.push(node);
      }
      for (const node of next.touched) {
        for (let k = start[node]; k < start[node + 1]; k++) {
          const e = slot[k] >> 1, other = slot[k] & 1 ? tail[e] : head[e];
          if (next.cost[other] !== CLOSED) next.heap.push(next.cost[other], other);
        }
      }
      this.seedsOn.forEach((seeds, edge) => {
        if (!seeds.some((seed) => gone.has(seed.winner))) return;
        next.seedsOn.set(edge, seeds.filter((seed) => !gone.has(seed.winner)));
        next.seeded.push(edge);
      });
      for (const one of stay) next.seed(one.rows, one.row, riseOf(one), true);
      return next.run();
    }

    run() {
      const { model, cost, winner, heap, limit, weighting } = this, { start, slot } = model.arcs, { tail, head, flags } = model;
      const anyOpened = this.opened.pieces.size > 0;
      while (heap.size) {
        const at = heap.cost[0], node = heap.node[0];
        heap.drop();
        if (at !== cost[node]) continue;
        const mine = winner[node];
        for (let k = start[node]; k < start[node + 1]; k++) {
          const e = slot[k] >> 1, isHead = slot[k] & 1;
          // one walks from the other end to here
          let step = isHead ? weighting.forward[e] : weighting.backward[e];
          if (step === CLOSED) {
            if (!anyOpened || !(flags[e] & 8)) continue;
            step = this._edge(e, !isHead);
            if (step === CLOSED) continue;
          }
          const other = isHead ? tail[e] : head[e], found = at + step;
          if (found > limit || found > cost[other] || (found === cost[other] && mine >= winner[other])) continue;
          cost[other] = found;
          winner[other] = mine;
          if (this.touched) this.touched.push(other);
          heap.push(found, other);
        }
      }
      return this;
    }

    /** Least cost and winner of every building; a search that went on from another measures only what changed. */
    gather(rise) {
      const { model } = this;
      if (!this.found && this.from) {
        this.found = this.from.gather(rise);
        for (const i of this.near()) this.measure(i, rise, this.found.cost, this.found.winner);
      } else if (!this.found) {
        const cost = new Int32Array(model.count), winner = new Int32Array(model.count);
        for (let i = 0; i < model.count; i++) this.measure(i, rise, cost, winner);
        this.found = { cost, winner };
      }
      return { cost: this.found.cost.slice(), winner: this.found.winner.slice() };
    }

    /** Buildings (of those `wanted`, where given) that enter the network where this search changed it. */
    near(wanted) {
      const { byNode, byEdge, arcs } = this.model, near = new Set(), edges = new Set(this.seeded);
      const note = (i) => (!wanted || wanted[i]) && near.add(i);
      for (const node of this.touched) {
        for (let k = byNode.start[node]; k < byNode.start[node + 1]; k++) note(byNode.point[k]);
        for (let k = arcs.start[node]; k < arcs.start[node + 1]; k++) edges.add(arcs.slot[k] >> 1);
      }
      for (const e of edges) for (let k = byEdge.start[e]; k < byEdge.start[e + 1]; k++) note(byEdge.point[k]);
      return near;
    }

    measure(i, rise, costs, winners) {
      const { model, limit, cost, winner, seedsOn } = this, { rows, tail, head, lengthMm, group } = model;
      const perMetre = this.weighting.perMetre / 1000, { forward, backward } = this.weighting, extra = rise.length ? rise[i] : 0;
      let best = limit + 1, who = -1;
      for (let k = rows.nodeStart[i]; k < rows.nodeStart[i + 1]; k++) {
        const node = rows.node[k], found = cost[node] + rint(rows.nodeWalk[k] * perMetre) + extra; // doubles: CLOSED stays large
        if (found > best || (found === best && winner[node] >= who) || !this._nodeOpen(node)) continue;
        best = found;
        who = winner[node];
      }
      for (let k = rows.edgeStart[i]; k < rows.edgeStart[i + 1]; k++) {
        const e = rows.edge[k];
        if (group[e] && !this.opened.islands.has(group[e])) continue;
        const t = tail[e], h = head[e], walk = rint(rows.edgeWalk[k] * perMetre) + extra, share = rows.along[k] / lengthMm[e];
        const toTail = backward[e] === CLOSED ? CLOSED : cost[t] + rint(share * backward[e]) + walk;
        const toHead = forward[e] === CLOSED ? CLOSED : cost[h] + forward[e] - rint(share * forward[e]) + walk;
        if (toTail < best || (toTail === best && winner[t] < who)) (best = toTail), (who = winner[t]);
        if (toHead < best || (toHead === best && winner[h] < who)) (best = toHead), (who = winner[h]);
        if (!seedsOn.has(e)) continue;
        for (const seed of seedsOn.get(e)) {
          const found = seed.start + this._along(e, rows.along[k], seed) + walk;
          if (found < best || (found === best && seed.winner < who)) (best = found), (who = seed.winner);
        }
      }
      costs[i] = best <= limit ? best : CLOSED;
      winners[i] = best <= limit ? who : -1;
    }

    /** Cost along edge e from a place to a seed on the same edge. */
    _along(e, along, seed) {
      if (along === seed.along) return 0;
      const legs = this.legs(e, along);
      const leg = along < seed.along ? legs.toHead : legs.toTail, rest = along < seed.along ? seed.legs.toHead : seed.legs.toTail;
      return leg === CLOSED ? 1e9 : leg - rest;
    }

    _nodeOpen(node) {
      const { model } = this;
      const group = model.group[model.arcs.slot[model.arcs.start[node]] >> 1];
      return !group || this.opened.islands.has(group);
    }
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
