/* What a plan found, in the form the rest of the page shows: thousandths, verdicts, costs as printed. */
(function (SC) {
  "use strict";

  const WEIGHTS = ["count", "footprint", "floor_area", "residents", "workers"], MAX_UNKNOWN = 0.05;
  const down = (share) => (share === null ? null : Math.floor(share * 1000 + 1e-9));

  /** Figures of one unit (0: the whole study) under rule r, as maps/figures.py makes them. */
  SC.trialFigures = function (plan, result, r, unit, old) {
    const { figures } = result[r], rule = plan.model.rules[r], shares = (floor) => Object.fromEntries(WEIGHTS.map((name) =>
      [name, old.coverage[name] === null ? null : down(SC.coverageShare(figures, name, unit, floor))]));
    const counts = Object.fromEntries(SC.VERDICTS.map((name, v) => [name, figures.count[4 * unit + v]]));
    return {
      ...old, ...counts, coverage: shares(false), floor: shares(true), minutes_p50: null, minutes_p90: null, overlap: null,
      passes: passes(rule, figures, unit),
    };
  };

  function passes(rule, figures, unit) {
    const by = figures[rule.weight], share = SC.coverageShare(figures, rule.weight, unit, false), o = 4 * unit;
    if (rule.pass_mark === null || share === null || !by) return null;
    const unknown = by[o + 2] / (by[o] + by[o + 1] + by[o + 2] + by[o + 3]);
    return unknown <= MAX_UNKNOWN ? share >= rule.pass_mark : null;
  }

  /** Verdict, cost, station and reason of every building under rule r; how many stations are in reach stays as the study has it. */
  SC.trialJudgement = function (state, model, found, r, old, places) {
    const { count } = model, scale = state.rules[r].basis === "time" ? 6000 : 1000;
    const value = new Uint16Array(count), station = new Uint32Array(count), reason = new Uint8Array(count);
    const table = old.reason.table.slice(), codeOf = (code) => (table.includes(code) ? table.indexOf(code) : table.push(code) - 1);
    const within = codeOf("within_limit"), beyond = codeOf("beyond_limit"), far = codeOf("beyond_cap"), home = codeOf("same_building");
    for (let i = 0; i < count; i++) {
      const cost = found.cost[i], winner = found.winner[i], verdict = found.verdict[i];
      value[i] = cost === SC.CLOSED ? SC.NO_VALUE : Math.min(SC.NO_VALUE - 1, Math.ceil(cost / scale - 1e-6));
      if (winner >= 0) station[i] = 1 + (winner < model.stations.length ? model.stations[winner].place : places[winner - model.stations.length]);
      if (verdict === 0) reason[i] = cost === 0 ? home : within;
      else if (verdict === 1 && old.verdict[i] !== 1) reason[i] = cost === SC.CLOSED ? far : beyond;
      else if (verdict === 1 && cost !== SC.CLOSED) reason[i] = beyond;
      else reason[i] = old.reason.index[i];
    }
    return { verdict: found.verdict, value, station, reason: { table, index: reason }, reach: old.reach };
  };

  /** Let the page know a station that a plan adds; returns its number. */
  SC.trialStation = function (state, one) {
    const index = state.stations.length;
    state.stations.push({
      index, x: one.at.x, y: one.at.y, area: -1, tier: one.station.tier, name: one.name, station_id: "", idle: false, tried: true,
      served: state.rules.map(() => ({ covered_buildings_count: null })),
    });
    return index;
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
