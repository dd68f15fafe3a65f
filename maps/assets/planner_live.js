/* The plan on the map as the service judges it: every change is asked of it, its figures take the place of the page's own. */
(function (SC) {
  "use strict";

  const WAIT_MS = 120, DOWN = (share) => (share === null ? null : Math.floor(share * 1000 + 1e-9));

  SC.Live = class {
    /** `trial` is the page's own what-if, `links` the walking links of the plan. */
    constructor(planner, links) {
      Object.assign(this, { planner, links, extra: [], answer: null, error: null, asked: 0, name: "" });
      const { trial } = (this.page = planner.page);
      this.trial = trial;
      const shown = trial.onResult;
      trial.onResult = () => {
        this.changed();
        shown();
      };
      trial.others = () => this.links.list.length + this.extra.length;
      trial.told = (rule, unit, weight) => this.told(rule, unit, weight);
      trial.toldFlips = (rule) => this.flips(rule);
      trial.onOverlay = () => this._overlay();
      links.onChange = () => trial.set(trial.changes);
    }

    /** The plan as a scenario; null when nothing is changed. */
    plan(name) {
      const { trial, planner } = this, station = trial.changes.map((one) => SC.changeRow(planner.state, one)).concat(this.extra);
      if (!station.length && !this.links.list.length) return null;
      return { name: name || this.name || planner.text("unnamed"), ...(station.length ? { station } : {}), ...(this.links.list.length ? { link: this.links.list } : {}) };
    }

    /** The plan is another: what the service said of the last one no longer holds. */
    changed() {
      this.answer = this.error = null;
      this.asked++;
      clearTimeout(this._waiting);
      if (this._request) this._request.abort();
      if (this.plan()) this._waiting = setTimeout(() => this.ask(), WAIT_MS);
    }

    async ask() {
      const number = this.asked, { trial, planner } = this;
      this._request = new AbortController();
      try {
        const answer = await planner.api.post("what-if", this.plan(), { signal: this._request.signal });
        if (number !== this.asked) return;
        this.own = this._own();
        this.answer = { ...answer, by: new Map(answer.figures.map((one) => [`${one.rule}\n${one.unit_id}\n${one.weight}`, one])) };
      } catch (error) {
        if (error.name === "AbortError" || number !== this.asked) return;
        if (!error.lines) throw error;
        this.error = error;
      }
      trial._drawn = null;
      trial._overlay();
      planner.state.set({ rule: planner.state.rule });
      trial.redraw();
      this.page.trialPanel.show();
    }

    /** Share of the present rule and weight as the page itself reckons it; null where links or places beyond it are in the plan. */
    _own() {
      if (this.trial.others()) return null;
      const { rule, weight } = this.planner.state;
      return { rule, weight, share: SC.coverageShare(this.trial.result[rule].figures, weight, 0, false) };
    }

    told(r, unit, weight) {
      if (!this.answer) return null;
      const { state } = this.planner, id = unit ? state.areas.ids[unit - 1] : "study";
      const row = this.answer.by.get(`${state.rules[r].name}\n${id}\n${weight}`);
      return row ? { before: row.before, after: row.after, points: row.change || 0 } : null;
    }

    /** Buildings that change sides as the service listed them; null when it did not list them all. */
    flips(r) {
      if (!this.answer || this.answer.flips.length !== this.answer.flips_count) return null;
      const { state } = this.planner, index = this._index(), gained = [], lost = [];
      for (const one of this.answer.flips) {
        const i = index.get(one.building_id);
        if (one.rule !== state.rules[r].name || i === undefined) continue;
        if (one.verdict_after === "covered") gained.push(i);
        else if (one.verdict_before === "covered") lost.push(i);
      }
      return { gained, lost };
    }

    _index() {
      if (!this._rows) this._rows = new Map(this.planner.state.buildings.ids.map((id, i) => [id, i]));
      return this._rows;
    }

    /** Let the whole page show what the service found. */
    _overlay() {
      const { state } = this.planner, { answer, trial } = this;
      if (!answer || !trial.shown()) return;
      const figures = (old, r, unit) => {
        const coverage = { ...old.coverage };
        for (const weight of Object.keys(coverage)) {
          const told = this.told(r, unit, weight);
          if (told && coverage[weight] !== null) coverage[weight] = DOWN(told.after);
        }
        return { ...old, coverage };
      };
      state.headlines = state.headlines.map((old, r) => figures(old, r, 0));
      state.areas.figures = state.areas.figures.map((rows, r) => rows.map((old, i) => figures(old, r, i + 1)));
      if (trial.others()) state.buildings.byRule = state.buildings.byRule.map((old, r) => this._judged(old, r));
    }

    /** Verdicts and costs of the buildings that the service listed; the page does not know what a link does. */
    _judged(old, r) {
      const rule = this.planner.state.rules[r], verdict = old.verdict.slice(), value = old.value.slice(), index = this._index();
      for (const one of this.answer.flips) {
        const i = index.get(one.building_id);
        if (one.rule !== rule.name || i === undefined) continue;
        verdict[i] = SC.VERDICTS.indexOf(one.verdict_after);
        const cost = rule.basis === "time" ? one.minutes_after : one.metres_after;
        value[i] = cost === null || cost === undefined ? SC.NO_VALUE : Math.ceil(cost * (rule.basis === "time" ? 10 : 1) - 1e-6);
      }
      return { ...old, verdict, value };
    }

    /** Put a saved plan on the map; what the page cannot place itself is left to the service. */
    async load(plan, name) {
      const { trial, planner } = this, { state } = planner;
      planner.desk.open("trial");
      await this.page.trialPanel.open();
      this.extra = [];
      this.links.list = (plan.link || []).map((one) => ({ ...one }));
      this.name = name || plan.name || "";
      trial.set([]);
      for (const one of plan.station || []) if (!this._put(one)) this.extra.push(one);
      this._known(state);
      trial.set(trial.changes);
    }

    _put(one) {
      const { trial, planner } = this, place = planner.state.stations.findIndex((other) => other.station_id === one.id);
      const keys = Object.keys(one).filter((key) => !["action", "id", "name", "lon", "lat", "tier", "building"].includes(key));
      if (keys.length || (one.action !== "add" && (place < 0 || trial.rowOf(place) < 0))) return false;
      if (one.action === "close") return trial.close(place) || true;
      if (one.action === "move") return trial.move(place, L.latLng(one.lat, one.lon));
      if (one.action !== "add" || !trial.add(L.latLng(one.lat, one.lon), one.tier)) return false;
      const last = trial.changes[trial.changes.length - 1];
      last.name = one.name || last.name;
      return true;
    }

    /** Numbers on the pins begin anew with a loaded plan. */
    _known() {
      this.trial.changes.forEach((one, k) => one.action === "add" && (one.label = String(k + 1)));
      this.trial.counter = this.trial.changes.length;
    }

    clear() {
      this.extra = [];
      this.links.list = [];
      this.name = "";
      this.id = null;
      this.trial.set([]);
    }
  };

  /** One change of the page as a row of a scenario. */
  SC.changeRow = function (state, one) {
    const row = { action: one.action };
    if (one.row !== undefined) row.id = state.stations[one.place].station_id;
    if (one.action === "add") Object.assign(row, { name: one.name, tier: one.station.tier });
    if (one.station) Object.assign(row, { lon: one.lon, lat: one.lat });
    if (one.station && one.station.host >= 0) row.building = state.buildings.ids[one.station.host];
    return row;
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
