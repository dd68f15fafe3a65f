/* A plan: stations added, moved and closed, and what every rule then says of every building. */
(function (SC) {
  "use strict";

  const CLOSED = SC.CLOSED, COVERED = 0, UNCOVERED = 1, UNKNOWN = 2, OUTSIDE = 3;

  SC.Plan = class {
    constructor(model) {
      this.model = model;
      this.unitCount = model.unit.reduce((most, unit) => Math.max(most, unit), 0);
      this._stations = model.stations.map((one) => ({ ...one, rows: SC.rowsOf(model.stationRows, one.row) }));
      this._caches = model.rules.map(() => ({}));
      this.before = this.judged([]);
    }

    /** A station at a place of the metric plane (millimetres); `host` is the building it is in, -1 for none. */
    station(x, y, tier, host) {
      const { model } = this;
      return { x, y, tier, host, scope: "public", rows: host >= 0 ? SC.rowsOf(model.rows, host) : SC.accessOf(model, x, y) };
    }

    /** Whether a station would open an island or private ways: who enters there does not travel, only the engine knows. */
    opensMore(station) {
      if (!this._opened) this._opened = SC.openedBy(this.model, this._stations);
      const { islands, pieces } = SC.openedBy(this.model, [station]);
      return [...islands].some((one) => !this._opened.islands.has(one)) || [...pieces].some((one) => !this._opened.pieces.has(one));
    }

    /** Which stations go, come and stay with some changes, and what those then open. */
    after(changes) {
      const gone = new Set(changes.filter((one) => one.action !== "add").map((one) => one.row));
      const added = changes.filter((one) => one.action !== "close").map((one, k) => ({ ...one.station, from: one.row, winner: this._stations.length + k }));
      const stay = this._stations.filter((one) => !gone.has(one.row));
      return { gone, added, stay, opened: SC.openedBy(this.model, stay.concat(added)) };
    }

    /** Cost, winner and verdict of every building under every rule, and the shares of every unit, after `changes`. */
    judged(changes) {
      const { gone, added, stay, opened } = this.after(changes);
      return this.model.rules.map((rule, r) => this._judge(rule, r, stay, added, gone, opened));
    }

    _judge(rule, r, stay, added, gone, opened) {
      const counts = (one) => (one.row === undefined ? this.countsNew(rule, one) : rule.counting[one.row]);
      const fixed = stay.filter((one) => one.scope === "public" && counts(one)), fresh = added.filter(counts);
      const found = rule.key === "radius" ? this._straight(rule, r, fixed, fresh, gone) : this._walked(rule, r, fixed, fresh, gone, opened);
      const offer = (building, cost, winner) => {
        if (building < 0 || cost > found.cost[building] || (cost === found.cost[building] && winner >= found.winner[building])) return;
        found.cost[building] = cost;
        found.winner[building] = winner;
      };
      for (const one of fixed) offer(one.host, rule.floors ? rule.stationHome[one.row] : 0, one.row);
      for (const one of fresh) offer(one.host, rule.floors && one.host >= 0 ? rule.home[one.host] : 0, one.winner);
      rule.own.building.forEach((building, k) => {
        const station = rule.own.station[k];
        if (!gone.has(station) && rule.counting[station]) offer(building, rule.own.cost[k], station);
      });
      found.verdict = this._verdicts(rule, found.cost, opened);
      found.figures = this._figures(found.verdict);
      return found;
    }

    /** A new station has no stated hours, so a rule that asks for them does not count it; a moved one keeps its own. */
    countsNew(rule, one) {
      if (one.from !== undefined && one.from >= 0) return Boolean(rule.counting[one.from]);
      return rule.always && (!rule.tiers.length || rule.tiers.includes(one.tier));
    }

    _walked(rule, r, fixed, fresh, gone, opened) {
      const cache = this._caches[r], weighting = this.model.weightings[rule.key];
      const key = [...opened.islands].sort().join() + "/" + [...opened.pieces].sort().join();
      const riseOf = (one) => (rule.floors ? rule.stationRise[one.row] : 0);
      const whole = () => {
        const search = new SC.WalkSearch(this.model, weighting, rule.cap, opened);
        for (const one of fixed) search.seed(one.rows, one.row, riseOf(one));
        return search.run();
      };
      let search;
      if (gone.size || (cache.key !== undefined && cache.key !== key)) {
        const same = [...gone].sort().join() + "|" + key; // stations added one by one go on from the last closing
        if (cache.without !== same) {
          cache.rest = cache.key === key ? cache.search.without(gone, fixed, riseOf) : whole();
          cache.without = same;
        }
        search = cache.rest;
      } else {
        if (!cache.search) (cache.search = whole()), (cache.key = key);
        search = cache.search;
      }
      if (fresh.length) {
        search = search.copy();
        for (const one of fresh) search.seed(one.rows, one.winner, 0);
        search.run();
      }
      return search.gather(rule.floors ? rule.rise : []);
    }

    _straight(rule, r, fixed, fresh, gone) {
      const { points, count } = this.model, cache = this._caches[r];
      const measure = (found, one, i) => {
        const dx = points[2 * i] - one.x, dy = points[2 * i + 1] - one.y, far = dx * dx + dy * dy;
        if (far < found.square[i]) (found.square[i] = far), (found.winner[i] = one.row === undefined ? one.winner : one.row);
      };
      if (!cache.base) {
        cache.base = { square: new Float64Array(count).fill(Infinity), winner: new Int32Array(count).fill(-1) };
        for (const one of fixed) for (let i = 0; i < count; i++) measure(cache.base, one, i);
      }
      const found = { square: cache.base.square.slice(), winner: cache.base.winner.slice() };
      for (let i = 0; gone.size && i < count; i++) {
        if (!gone.has(found.winner[i])) continue;
        found.square[i] = Infinity;
        found.winner[i] = -1;
        for (const one of fixed) measure(found, one, i);
      }
      for (const one of fresh) for (let i = 0; i < count; i++) measure(found, one, i);
      const { square, winner } = found;
      const cost = Int32Array.from(square, (far) => (far === Infinity ? CLOSED : Math.min(CLOSED - 1, SC.rint(Math.sqrt(far)))));
      return { cost, winner };
    }

    _verdicts(rule, cost, opened) {
      const { count } = this.model, verdict = new Uint8Array(count), walked = rule.key !== "radius";
      const enterable = walked ? this._enterable(opened) : null;
      for (let i = 0; i < count; i++) {
        if (cost[i] <= rule.limit) verdict[i] = COVERED;
        else if (walked && !enterable[i]) verdict[i] = UNKNOWN;
        else verdict[i] = walked && rule.nearCut[i] ? OUTSIDE : UNCOVERED;
      }
      return verdict;
    }

    /** Which buildings have a way to enter at all. */
    _enterable(opened) {
      const { rows, count, group, arcs } = this.model, key = [...opened.islands].sort().join();
      if (this._entered && this._entered.key === key) return this._entered.may;
      const may = new Uint8Array(count), open = (e) => !group[e] || opened.islands.has(group[e]);
      for (let i = 0; i < count; i++) {
        for (let k = rows.nodeStart[i]; k < rows.nodeStart[i + 1] && !may[i]; k++) may[i] = open(arcs.slot[arcs.start[rows.node[k]]] >> 1) ? 1 : 0;
        for (let k = rows.edgeStart[i]; k < rows.edgeStart[i + 1] && !may[i]; k++) may[i] = open(rows.edge[k]) ? 1 : 0;
      }
      this._entered = { key, may };
      return may;
    }

    /** Sums of every weight by verdict, unit after unit; unit 0 is the whole study. */
    _figures(verdict) {
      const { weights, unit, count } = this.model, sums = {};
      for (const name of Object.keys(weights)) {
        const by = new Float64Array(4 * (this.unitCount + 1)), weight = weights[name];
        for (let i = 0; i < count; i++) {
          by[verdict[i]] += weight[i];
          if (unit[i]) by[4 * unit[i] + verdict[i]] += weight[i];
        }
        sums[name] = by;
      }
      return sums;
    }
  };

  /** Share covered of what is judged in a unit, null of nothing; `floor` counts the unknown too. */
  SC.coverageShare = function (figures, weight, unit, floor) {
    const by = figures[weight];
    if (!by) return null;
    const o = 4 * unit, judged = by[o] + by[o + UNCOVERED] + by[o + OUTSIDE] + (floor ? by[o + UNKNOWN] : 0);
    return judged > 0 ? by[o] / judged : null;
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
