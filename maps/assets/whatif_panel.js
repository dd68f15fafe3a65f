/* The what-if panel: how coverage changes, which sub-districts, the list of changes, undo and saving. */
(function (SC) {
  "use strict";

  const LISTED = 6;

  SC.TrialPanel = class {
    constructor(state, trial, frame) {
      Object.assign(this, { state, trial, frame, chosen: null });
      this.button = SC.el("button", {
        type: "button", class: "sc-trial-open", id: "sc-trial-open", title: state.text("trial_open_hint"), "aria-expanded": "false",
        onclick: () => this.open(),
      }, SC.el("b", { "aria-hidden": "true" }, "＋"), state.text("trial_open"));
      this.box = SC.el("section", { class: "sc-trial", id: "sc-trial", hidden: true, "aria-label": state.text("trial_open") });
      this.ribbon = SC.el("p", { class: "sc-trial-ribbon", role: "status" }, state.text("trial"));
      frame.append(this.button, this.box, this.ribbon);
      this.finder = new SC.BestSpot(state, trial);
      trial.onResult = () => this.show();
      trial.onStation = (place) => this._choose(place);
      trial.onPlaced = (placed) => this._placed(placed);
      state.onChange((changed) => {
        if (trial.active && (changed.has("rule") || changed.has("weight"))) this.show();
      });
      document.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && trial.placing !== null) {
          trial.placing = null;
          this.show();
        }
      });
    }

    async open() {
      const { state, trial } = this;
      this.button.setAttribute("aria-expanded", "true");
      document.documentElement.classList.add("sc-trying");
      this.box.hidden = false;
      state.set({ selected: null });
      if (!trial.plan) SC.replace(this.box, SC.el("p", { class: "sc-trial-wait" }, state.text("trial_loading")));
      if (!trial.plan) await new Promise((done) => setTimeout(done, 0)); // let the sentence appear first
      await trial.enter();
      this.show();
    }

    leave() {
      this.finder.cancel();
      this.chosen = this.told = null;
      this.trial.leave();
      this.box.hidden = true;
      this.button.setAttribute("aria-expanded", "false");
      document.documentElement.classList.remove("sc-trying");
    }

    show() {
      const { trial } = this;
      if (!trial.active || !trial.plan) return;
      const parts = [this._head(), this._tools(), this._message(), this.word ? this.word() : null, this._chosenStation(), ...(trial.some() ? this._outcome() : []), this._changes(), ...(this.more ? this.more() : []), this._actions()];
      SC.replace(this.box, ...parts.filter(Boolean));
    }

    _head() {
      const { state } = this;
      return SC.el("header", {}, SC.el("h2", {}, state.text("trial_open")),
        SC.el("button", { type: "button", class: "sc-close", id: "sc-trial-leave", "aria-label": state.text("trial_leave"), title: state.text("trial_leave"), onclick: () => this.leave() }, "×"));
    }

    _tools() {
      const { state, trial } = this;
      const tiers = state.tiers.length ? state.tiers : [trial.tier], sites = state.overlays.sites.length;
      return SC.el("div", { class: "sc-trial-tools" },
        SC.el("div", { class: "sc-tabs", role: "radiogroup", "aria-label": state.text("trial_tier") }, ...tiers.map((tier) => SC.el("button", {
          type: "button", role: "radio", "aria-checked": String(tier === trial.tier), "data-tier": tier,
          onclick: () => {
            trial.tier = tier;
            this.show();
          },
        }, state.named("tier_", tier)))),
        SC.el("span", { class: "sc-trial-ways" },
          SC.el("button", { type: "button", class: "sc-link", id: "sc-trial-centre", onclick: () => this._placed(trial.add(trial.page.map.getCenter())) }, state.text("trial_centre")),
          SC.el("button", { type: "button", class: "sc-link", id: "sc-trial-best", title: state.text("trial_best_hint"), onclick: () => this._best() }, state.text("trial_best")),
          sites ? SC.el("button", { type: "button", class: "sc-link", id: "sc-trial-sites", onclick: () => this._sites() }, state.text("trial_sites", { count: sites })) : null));
    }

    /** Try the candidates in view and add the best. */
    async _best() {
      const { state, trial, finder } = this, { map } = trial.page;
      if (finder.running) return;
      const size = map.getSize(), at = (x, y) => SC.stepAt(map, state.plane, L.point(x, y)), from = at(0, 0), to = at(size.x, size.y);
      const status = SC.el("span", {}, state.text("trial_best_running", { count: 0, tried: 0 })), bar = SC.el("progress", { max: 1, value: 0 });
      const stop = SC.el("button", { type: "button", class: "sc-trial-act", id: "sc-trial-stop", onclick: () => finder.cancel() }, state.text("trial_best_stop"));
      this.told = SC.el("div", { class: "sc-trial-chosen", id: "sc-trial-trying", role: "status" }, SC.el("span", {}, status, bar), stop);
      this.refused = false;
      this.show();
      const found = await finder.find({ west: from.x, north: from.y, east: to.x, south: to.y }, trial.tier, ({ tried }, count) => {
        status.textContent = state.text("trial_best_running", { count, tried });
        bar.max = count;
        bar.value = tried;
      });
      if (!trial.active) return;
      const values = { count: found.count, tried: found.tried };
      if (found.best) trial.place(found.best);
      const told = found.best ? (found.whole ? "trial_best_found" : "trial_best_partly") : finder.cancelled ? "trial_best_stopped" : "trial_best_none";
      this.told = hint(state.text(told, { ...values, gain: this._gain(found.gain) }));
      this.show();
    }

    /** A gain in the unit of the present weight. */
    _gain(gain) {
      const { state } = this, value = SC.grouped(Math.round(gain)), key = { count: "buildings", residents: "persons", workers: "persons" }[state.weight] || "square_metres";
      return state.text(key, { value, count: value });
    }

    /** Put every proposed site of the study into the plan. */
    _sites() {
      const { state, trial } = this, { map } = trial.page;
      this.told = null;
      const tiers = state.tiers;
      for (const one of state.overlays.sites) trial.add(SC.latLngOf(map, state.plane, one.x, one.y), tiers.includes("community") ? "community" : trial.tier);
      this.show();
    }

    _message() {
      const { state, trial } = this;
      if (trial.placing !== null) return hint(state.text("trial_hint_move", { name: state.stationName(trial.placing) }));
      if (this.told) return this.told;
      if (this.refused) return hint(state.text("trial_none_here", { metres: state.max_access_m }), "sc-trial-refused");
      return hint(state.text("trial_hint"));
    }

    _chosenStation() {
      const { state, trial, chosen } = this;
      if (chosen === null) return null;
      const act = (key, id, does) => SC.el("button", { type: "button", class: "sc-trial-act", id, onclick: does }, state.text(key));
      const mayMove = trial.plan.model.stations[trial.rowOf(chosen)].scope === "public";
      return SC.el("div", { class: "sc-trial-chosen" }, SC.el("b", {}, state.stationName(chosen)), SC.el("span", {},
        act("trial_close", "sc-trial-close", () => this._done(() => trial.close(chosen))),
        mayMove ? act("trial_move", "sc-trial-move", () => this._done(() => (trial.placing = chosen))) : null));
    }

    _done(act) {
      act();
      this.chosen = null;
      this.show();
    }

    _choose(place) {
      this.refused = false;
      this.told = null;
      this.chosen = place;
      this.show();
    }

    _placed(placed) {
      this.refused = !placed;
      this.told = null;
      this.chosen = null;
      this.show();
    }

    /** Shares before and after as printed, and what lies between them in points. */
    _change(r, unit) {
      const { state, trial } = this, weight = state.weight, told = trial.told && trial.told(r, unit, weight);
      if (told) return told;
      const before = SC.coverageShare(trial.plan.before[r].figures, weight, unit, false);
      const after = SC.coverageShare(trial.result[r].figures, weight, unit, false);
      return { before, after, points: before === null || after === null ? 0 : after - before };
    }

    _outcome() {
      const { state, trial } = this, now = this._change(state.rule, 0), { gained, lost } = trial.flips();
      const people = trial.plan.model.weights.residents;
      const amount = (members) => {
        const buildings = SC.grouped(members.length), persons = people ? members.reduce((sum, i) => sum + people[i], 0) : null;
        return people ? state.text("trial_amount", { buildings, persons: SC.grouped(Math.round(persons)) }) : state.text("trial_amount_plain", { buildings });
      };
      const flip = (key, members, colour) => SC.el("li", {}, SC.el("i", { style: `background:${colour}` }), state.text(key), SC.el("b", { id: "sc-" + key }, amount(members)));
      return [
        SC.el("div", { class: "sc-trial-result", id: "sc-trial-result" },
          SC.el("small", {}, state.text("trial")),
          SC.el("p", {}, SC.el("strong", { id: "sc-trial-share" }, percent(now.after)), points(state, now.points, "sc-trial-points"),
            SC.el("span", {}, `${state.text("coverage_of", { weight: state.text("weight_" + state.weight) })}，${state.text("trial_before", { share: percent(now.before) })}`)),
          SC.el("ul", { class: "sc-trial-flips" }, flip("trial_gained", gained, SC.TRIAL_COLOURS.gained), lost.length ? flip("trial_lost", lost, SC.TRIAL_COLOURS.lost) : null,
            state.currentRule().basis === "radius" ? null : SC.el("li", {}, SC.el("i", { style: `background:${SC.TRIAL_COLOURS.reach}` }), state.text("trial_reach")))),
        this._rules(), this._areas(),
      ];
    }

    _rules() {
      const { state } = this;
      if (state.rules.length < 2) return null;
      return table(state.text("trial_rules"), state.rules.map((rule, r) => ({ name: rule.short, now: r === state.rule, ...this._change(r, 0) })), state, "sc-trial-rules");
    }

    _areas() {
      const { state } = this;
      const rows = state.areas.names.map((name, i) => ({ name, ...this._change(state.rule, i + 1) })).filter((row) => row.points !== 0);
      rows.sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
      if (!rows.length) return SC.el("p", { class: "sc-small" }, state.text("trial_areas_none"));
      return table(state.text("trial_areas"), rows.slice(0, LISTED), state, "sc-trial-areas");
    }

    _changes() {
      const { state, trial } = this;
      if (!trial.changes.length) return null;
      const where = (one) => {
        if (!one.station) return null;
        const host = one.station.host, tier = one.action === "add" ? state.named("tier_", one.station.tier) : "";
        const inside = host >= 0 && state.buildingName(host) !== state.text("unnamed_building") ? state.text("trial_in", { building: state.buildingName(host) }) : "";
        return SC.el("small", {}, [tier, inside].filter(Boolean).join(" · "));
      };
      return SC.el("div", { class: "sc-trial-list" }, SC.el("h3", {}, state.text("trial_changes")), SC.el("ol", {}, ...trial.changes.map((one, k) =>
        SC.el("li", {}, SC.el("em", { class: "sc-trial-" + one.action }, state.text("trial_" + one.action)), SC.el("span", {}, one.name, where(one)),
          SC.el("button", { type: "button", "aria-label": state.text("trial_drop"), title: state.text("trial_drop"), onclick: () => trial.set(trial.changes.filter((_, n) => n !== k)) }, "×")))));
    }

    _actions() {
      const { state, trial } = this;
      if (!trial.changes.length) return null;
      const button = (key, id, act) => SC.el("button", { type: "button", id, onclick: act }, state.text(key));
      const hold = SC.el("button", {
        type: "button", id: "sc-trial-hold", onpointerdown: () => trial.hold(true), onpointerup: () => trial.hold(false), onpointerleave: () => trial.held && trial.hold(false),
      }, state.text("trial_hold"));
      return SC.el("div", { class: "sc-trial-actions" }, hold, button("trial_undo", "sc-trial-undo", () => trial.undo()),
        button("trial_clear", "sc-trial-clear", () => trial.set([])),
        SC.el("button", { type: "button", class: "sc-primary", id: "sc-trial-save", onclick: () => this._save() }, state.text("trial_save")));
    }

    _save() {
      const { state, trial } = this, title = document.querySelector(".sc-title h1").textContent;
      SC.download(state.text("trial_file") + ".toml", SC.scenarioText(state, state.text("trial_plan", { study: title }), trial.changes));
    }
  };

  /** Offer the what-if on a page whose file carries the walk model; `source` holds it packed. */
  SC.offerTrial = function (page, source) {
    if (!source || !source.textContent) {
      offerReason(page);
      return;
    }
    page.trial = new SC.Trial(page.state, page, source.textContent);
    page.trialPanel = new SC.TrialPanel(page.state, page.trial, SC.byId("sc-frame"));
    source.remove();
  };

  /** Say why nothing can be tried on this map. */
  function offerReason({ state }) {
    if (!state.no_trial) return;
    const why = SC.el("p", { class: "sc-trial-why", id: "sc-trial-why", role: "status", hidden: true }, state.text(state.no_trial));
    SC.byId("sc-frame").append(SC.el("button", {
      type: "button", class: "sc-trial-open sc-trial-absent", id: "sc-trial-absent", title: state.text(state.no_trial), "aria-expanded": "false",
      onclick: (event) => {
        why.hidden = !why.hidden;
        event.currentTarget.setAttribute("aria-expanded", String(!why.hidden));
      },
    }, state.text("trial_absent")), why);
  }

  function hint(text, more) {
    return SC.el("p", { class: "sc-trial-hint " + (more || ""), role: "status" }, text);
  }

  /** A share as printed: down to 0.1 point. */
  function percent(share) {
    return share === null ? "—" : (Math.floor(share * 1000 + 1e-9) / 10).toFixed(1) + "%";
  }

  function points(state, difference, id) {
    const shown = Math.abs(difference * 100), digits = shown < 0.1 ? 2 : 1, text = shown.toFixed(digits);
    if (Number(text) === 0) return SC.el("em", { class: "sc-same", id }, state.text("trial_same"));
    return SC.el("em", { class: difference > 0 ? "sc-up" : "sc-down", id }, state.text(difference > 0 ? "trial_up" : "trial_down", { points: text }));
  }

  function table(caption, rows, state, id) {
    return SC.el("table", { class: "sc-trial-table", id }, SC.el("caption", {}, caption), ...rows.map((row) =>
      SC.el("tr", { class: row.now ? "sc-now" : null }, SC.el("th", { scope: "row" }, row.name),
        SC.el("td", {}, `${percent(row.before)} → ${percent(row.after)}`), SC.el("td", {}, short(row.points)))));
  }

  function short(difference) {
    const shown = difference * 100, text = Math.abs(shown) < 0.1 ? shown.toFixed(2) : shown.toFixed(1);
    return Number(text) === 0 ? "±0" : (difference > 0 ? "+" : "−") + text.replace("-", "");
  }
})((window.ServiceCircle = window.ServiceCircle || {}));
