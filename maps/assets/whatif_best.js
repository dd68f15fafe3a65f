/* The best place near here: every candidate in view is tried as a station, those that could not win any more are left out. */
(function (SC) {
  "use strict";

  const MOST = 4000, SLICE_MS = 25;

  /** Candidates in view as steps of the plane: those of the study's siting, else every building. */
  function candidatesIn(state, plan, view) {
    const { shapes } = state.buildings, { points } = plan.model, found = [];
    const listed = state.store.array("candidate.building"), xy = state.store.array("candidate.xy");
    const middle = (i) => ({ x: (shapes.box[4 * i] + shapes.box[4 * i + 2]) / 2, y: (shapes.box[4 * i + 1] + shapes.box[4 * i + 3]) / 2 });
    const inView = (p) => p.x >= view.west && p.x <= view.east && p.y >= view.north && p.y <= view.south;
    const building = (i) => inView(middle(i)) && found.push({ building: i, mx: points[2 * i], my: points[2 * i + 1], wide: diagonal(state, i) });
    if (!listed.length && !xy.length) {
      for (let i = 0; i < shapes.count; i++) building(i);
      return found;
    }
    listed.forEach((i) => building(i));
    for (let k = 0, x = 0, y = 0; k < xy.length; k += 2) {
      x += xy[k];
      y += xy[k + 1];
      if (!inView({ x, y })) continue;
      const at = plan.model.project(x, y);
      found.push({ building: -1, x, y, mx: at.x, my: at.y, wide: 0 });
    }
    return found;
  }

  /** Millimetres across the box of a building. */
  function diagonal(state, i) {
    const { box } = state.buildings.shapes, o = 4 * i;
    return (Math.hypot(box[o + 2] - box[o], box[o + 3] - box[o + 1]) * state.plane.metres_per_world * 1000) / state.plane.steps;
  }

  /** Farthest straight line in millimetres that any walk of a rule can cover. */
  function reachOf(model, rule) {
    if (rule.key === "radius") return rule.limit;
    if (!rule.fastest) {
      const { forward, backward, perMetre } = model.weightings[rule.key];
      rule.fastest = perMetre / 1000;
      for (let e = 0; e < model.edgeCount; e++) {
        const cost = Math.min(forward[e], backward[e]);
        // private ways that stations open cost nothing: no straight line bounds a walk on those
        if (cost !== SC.CLOSED && cost > 0 && model.lengthMm[e] > 1000) rule.fastest = Math.min(rule.fastest, cost / model.lengthMm[e]);
      }
    }
    return rule.limit / rule.fastest;
  }

  SC.BestSpot = class {
    constructor(state, trial) {
      Object.assign(this, { state, trial, running: false });
    }

    cancel() {
      this.cancelled = true;
    }

    /** Try what is in view; resolves to {best, gain, count, tried, whole} with best null where nothing gains. */
    async find(view, tier, report) {
      const { state, trial } = this, { plan } = trial, rule = plan.model.rules[state.rule];
      this.running = true;
      this.cancelled = false;
      const open = this._open(rule), all = candidatesIn(state, plan, view), reach = reachOf(plan.model, rule);
      await pause();
      all.forEach((one) => (one.bound = this._bound(open, one, reach)));
      all.sort((a, b) => b.bound - a.bound || a.building - b.building || a.mx - b.mx || a.my - b.my);
      const found = { best: null, gain: 0, count: all.length, tried: 0, whole: all.length <= MOST };
      let since = performance.now();
      for (const one of all.slice(0, MOST)) {
        if (one.bound <= found.gain) break; // nor could any that follow
        if (performance.now() - since > SLICE_MS) {
          report(found, all.length);
          await pause();
          since = performance.now();
          if (this.cancelled || !trial.active) break;
        }
        found.tried++;
        const spot = this._candidate(one, tier);
        const gain = spot ? this._gain(spot, rule, open) : 0;
        if (gain > found.gain) Object.assign(found, { best: spot, gain });
      }
      if (this.cancelled) found.whole = false;
      this.running = false;
      return found;
    }

    /** Buildings that a station could still win over: not covered, though they can be entered. */
    _open(rule) {
      const { state, trial } = this, { model } = trial.plan, { verdict } = trial.result[state.rule], weight = model.weights[state.weight] || model.weights.count;
      const wanted = new Uint8Array(model.count), list = [];
      for (let i = 0; i < model.count; i++) {
        if (verdict[i] === 0 || (verdict[i] === 2 && rule.key !== "radius") || !(weight[i] > 0)) continue;
        wanted[i] = 1;
        list.push(i);
      }
      const { opened } = trial.plan.after(trial.changes);
      return { wanted, list, weight, opened, across: list.map((i) => diagonal(state, i)) };
    }

    /** More than a candidate can gain: all weight within the straight line that the limit allows. */
    _bound(open, one, reach) {
      const { points } = this.trial.plan.model, { list, weight, across } = open;
      let sum = 0;
      for (let k = 0; k < list.length; k++) {
        const i = list[k], far = reach + one.wide + across[k], dx = points[2 * i] - one.mx, dy = points[2 * i + 1] - one.my;
        if (dx <= far && dx >= -far && dx * dx + dy * dy <= far * far) sum += weight[i];
      }
      return sum;
    }

    _candidate(one, tier) {
      const { state, trial } = this, { map } = trial.page;
      if (one.building < 0) return trial.candidate(SC.latLngOf(map, state.plane, one.x, one.y), tier);
      const at = trial.unproject(one.mx, one.my);
      return trial.candidate(SC.latLngOf(map, state.plane, at.x, at.y), tier);
    }

    /** Weight of the buildings that a station at the place would cover and that nobody covers yet. */
    _gain(spot, rule, open) {
      const { plan } = this.trial, { model } = plan, { station } = spot;
      let sum = 0;
      if (!plan.countsNew(rule, station)) return 0;
      if (rule.key === "radius") {
        const far = rule.limit + 0.5, { points } = model;
        for (const i of open.list) {
          if (i === station.host || Math.hypot(points[2 * i] - station.x, points[2 * i + 1] - station.y) <= far) sum += open.weight[i];
        }
        return sum;
      }
      const search = new SC.WalkSearch(model, model.weightings[rule.key], rule.limit, open.opened);
      search.touched = [];
      search.seeded = [];
      search.seed(station.rows, 0, 0);
      search.run();
      const cost = {}, winner = {};
      for (const i of search.near(open.wanted)) {
        search.measure(i, rule.floors ? rule.rise : [], cost, winner);
        if (cost[i] <= rule.limit) sum += open.weight[i];
      }
      if (station.host >= 0 && open.wanted[station.host] && !(cost[station.host] <= rule.limit)) sum += open.weight[station.host];
      return sum;
    }
  };

  const pause = () => new Promise((done) => setTimeout(done, 0));
})((window.ServiceCircle = window.ServiceCircle || {}));
