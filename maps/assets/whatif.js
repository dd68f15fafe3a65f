/* What-if in the page: the model is unpacked when first needed, changes are judged, the page shows them as its own. */
(function (SC) {
  "use strict";

  const HOST_M = 15.5; // the engine takes 15 m; in between the saved plan names the building, so both agree

  SC.Trial = class {
    constructor(state, page, text) {
      Object.assign(this, { state, page, text, changes: [], active: false, held: false, counter: 0, placing: null });
      this.tier = state.tiers.includes("community") ? "community" : state.tiers[0] || "community";
      this.kept = { headlines: state.headlines, figures: state.areas.figures, byRule: state.buildings.byRule, stations: state.stations.length };
      const p = SC.trialPainters(state, this), { map } = page;
      for (const [name, z] of [["sc-trial", 405], ["sc-trial-marks", 430]]) {
        map.createPane(name).style.zIndex = z;
        map.getPane(name).style.pointerEvents = "none";
      }
      this.layers = [
        new SC.CanvasLayer(state.plane, [p.paintReach, p.paintFlips], { pane: "sc-trial" }),
        new SC.CanvasLayer(state.plane, [p.paintStations], { pane: "sc-trial-marks" }),
      ];
      state.onChange((changed) => {
        if (changed.has("rule")) this._drawn = null;
        if (changed.has("rule") && this.some()) this.redraw();
      });
      map.on("click", (event) => this._clicked(event));
    }

    /** Unpack the model once; later calls wait for the same. */
    model() {
      if (!this._model) {
        this._model = SC.unpack(this.text).then((store) => {
          this.text = "";
          const model = SC.readModel(store);
          this.plan = new SC.Plan(model);
          this.unproject = SC.unprojector(model, store.texts.transform);
          this.result = this.plan.before;
          return model;
        });
      }
      return this._model;
    }

    /** Whether anything is changed; `others` counts what a page with a service behind it adds. */
    some() {
      return this.changes.length > 0 || Boolean(this.others && this.others());
    }

    shown() {
      return this.some() && !this.held;
    }

    enter() {
      this.active = true;
      this.layers.forEach((layer) => layer.addTo(this.page.map));
      return this.model();
    }

    leave() {
      this.active = false;
      this.placing = null;
      this.set([]);
      this.layers.forEach((layer) => layer.remove());
    }

    /** The place under a click in degrees, rounded as the saved plan says it, and in the model. */
    placeAt(latlng) {
      const { map } = this.page, { plane } = this.state, digits = this.state.local ? 4 : 9;
      const lon = Number(latlng.lng.toFixed(digits)), lat = Number(latlng.lat.toFixed(digits));
      const at = map.project(L.latLng(lat, lon), 0), scale = map.options.crs.scale(0);
      const x = (at.x / scale - plane.x) * plane.steps, y = (at.y / scale - plane.y) * plane.steps;
      return { lon, lat, x, y, ...{ metric: this.plan.model.project(x, y) } };
    }

    /** A station that might stand at a place: {station, lon, lat, at}, or null outside the study and where nobody can walk to. */
    candidate(latlng, tier) {
      const place = this.placeAt(latlng), { areas } = this.state;
      // buildings beyond the study are not in this file, so who would host the station there cannot be known
      if (areas.count && areas.shapes.at(place.x, place.y) < 0) return null;
      const host = SC.hostAt(this.state, place.x, place.y, HOST_M);
      const station = this.plan.station(place.metric.x, place.metric.y, tier, host);
      if (!station.rows.node.length && !station.rows.edge.length) return null;
      if (this.plan.opensMore(station)) return null;
      return { station, lon: place.lon, lat: place.lat, at: { x: place.x, y: place.y } };
    }

    add(latlng, tier) {
      const found = this.candidate(latlng, tier || this.tier);
      if (found) this.place(found);
      return Boolean(found);
    }

    /** Add a station found by `candidate`. */
    place(found) {
      this.counter++;
      const label = String(this.counter);
      this.set([...this.changes, { action: "add", name: this.state.text("trial_name", { number: label }), label, ...found }]);
    }

    close(place) {
      const row = this.rowOf(place);
      this.set([...this.changes.filter((one) => one.row !== row), { action: "close", row, place, name: this.state.stationName(place) }]);
    }

    move(place, latlng) {
      const row = this.rowOf(place), found = this.candidate(latlng, this.state.stations[place].tier);
      if (!found) return false;
      this.set([...this.changes.filter((one) => one.row !== row), {
        action: "move", row, place, label: this.state.text("trial_move").slice(0, 1), name: this.state.stationName(place), ...found,
      }]);
      return true;
    }

    /** Number in the model of a station of the page; -1 for one that does not count or was added. */
    rowOf(place) {
      const found = this.plan.model.stations.find((one) => one.place === place);
      return found ? found.row : -1;
    }

    undo() {
      this.set(this.changes.slice(0, -1));
    }

    set(changes) {
      const started = performance.now();
      this.changes = changes;
      this._drawn = null;
      if (this.some()) this._forgetReview();
      if (this.plan) this.result = changes.length ? this.plan.judged(changes) : this.plan.before;
      this._overlay();
      if (this.onResult) this.onResult();
      this.milliseconds = performance.now() - started;
      document.documentElement.classList.toggle("sc-tried", this.some());
      // figures first, the picture in the next frame
      requestAnimationFrame(() => {
        this.state.set({ rule: this.state.rule });
        this.redraw();
      });
    }

    hold(held) {
      this.held = held;
      this._overlay();
      this.state.set({ rule: this.state.rule });
      this.redraw();
    }

    redraw() {
      if (this.active) this.layers.forEach((layer) => layer.redraw());
    }

    /** A map review holds for the picture that was reviewed. */
    _forgetReview() {
      const number = SC.byId("sc-review");
      if (number) number.remove();
    }

    /** Let the whole page show the plan's figures, or the study's own again. */
    _overlay() {
      const { state, kept } = this;
      state.tried = this.shown();
      state.stations.length = kept.stations;
      if (!this.shown()) {
        state.headlines = kept.headlines;
        state.areas.figures = kept.figures;
        state.buildings.byRule = kept.byRule;
        return;
      }
      const places = this.changes.filter((one) => one.station).map((one) => SC.trialStation(state, one));
      state.headlines = kept.headlines.map((old, r) => SC.trialFigures(this.plan, this.result, r, 0, old));
      state.areas.figures = kept.figures.map((rows, r) => rows.map((old, i) => SC.trialFigures(this.plan, this.result, r, i + 1, old)));
      state.buildings.byRule = kept.byRule.map((old, r) => SC.trialJudgement(state, this.plan.model, this.result[r], r, old, places));
      if (this.onOverlay) this.onOverlay();
    }

    /** Buildings that change sides under the present rule. */
    flips() {
      const r = this.state.rule;
      if (!this._drawn) this._drawn = {};
      if (!this._drawn.flips) {
        const before = this.plan.before[r].verdict, after = this.result[r].verdict, gained = [], lost = [];
        for (let i = 0; i < after.length; i++) {
          if (before[i] !== 0 && after[i] === 0) gained.push(i);
          if (before[i] === 0 && after[i] !== 0) lost.push(i);
        }
        this._drawn.flips = (this.toldFlips && this.toldFlips(r)) || { gained, lost };
      }
      return this._drawn.flips;
    }

    ways() {
      if (!this._drawn) this._drawn = {};
      if (!this._drawn.ways) {
        const rule = this.plan.model.rules[this.state.rule];
        this._drawn.ways = this.changes.filter((one) => one.station)
          .flatMap((one) => SC.reachedWays(this.plan.model, one.station, rule, this.unproject));
      }
      return this._drawn.ways;
    }

    _clicked(event) {
      if (!this.active || !this.plan || (this.taken && this.taken())) return;
      const found = this.page.pointer.find(event.containerPoint), { state } = this;
      state.set({ selected: null });
      if (this.placing !== null) {
        const place = this.placing;
        this.placing = null;
        this._say(this.move(place, event.latlng));
      } else if (found && found.kind === "station" && found.index < this.kept.stations && this.rowOf(found.index) >= 0) {
        if (this.onStation) this.onStation(found.index);
      } else {
        this._say(this.add(event.latlng));
      }
    }

    _say(placed) {
      if (this.onPlaced) this.onPlaced(placed);
    }
  };

  /** The building a place is in: the footprint that holds it, else the nearest within `metres`; -1 for none. */
  SC.hostAt = function (state, x, y, metres) {
    const { shapes } = state.buildings, { box } = shapes, perStep = state.plane.metres_per_world / state.plane.steps, far = metres / perStep;
    let best = -1, least = Infinity;
    for (let i = 0; i < shapes.count; i++) {
      const o = 4 * i;
      if (x < box[o] - far || x > box[o + 2] + far || y < box[o + 1] - far || y > box[o + 3] + far) continue;
      const gap = shapes.holds(i, x, y) ? 0 : gapTo(shapes, i, x, y);
      if (gap > far || gap > least || (gap === least && state.buildings.ids[i] > state.buildings.ids[best])) continue;
      best = i;
      least = gap;
    }
    return best;
  };

  function gapTo(shapes, i, x, y) {
    let least = Infinity;
    for (let r = shapes.feature[i]; r < shapes.feature[i + 1]; r++) {
      for (let k = shapes.ring[r], last = shapes.ring[r + 1] - 1; k < shapes.ring[r + 1]; last = k++) {
        const ax = shapes.x[last], ay = shapes.y[last], dx = shapes.x[k] - ax, dy = shapes.y[k] - ay, square = dx * dx + dy * dy;
        const share = square > 0 ? Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / square)) : 0;
        least = Math.min(least, Math.hypot(x - ax - share * dx, y - ay - share * dy));
      }
    }
    return least;
  }
})((window.ServiceCircle = window.ServiceCircle || {}));
