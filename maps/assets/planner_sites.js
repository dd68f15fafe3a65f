/* Site selection as a form: model, how many, floors by sub-district, sites forced and forbidden on the map. */
(function (SC) {
  "use strict";

  const MODELS = ["mclp", "lscp", "p_median", "p_center", "backup"], SOURCES = ["buildings", "network", "layer"];

  SC.Sites = class {
    constructor(planner) {
      Object.assign(this, { planner, force: [], forbid: [], serial: 0 });
      this.box = planner.desk.add("sites", { shown: () => this.form || this._build(), left: () => planner.picker.stop() });
      this.results = new SC.SitesResult(planner);
      planner.marks.push((ctx, view) => this._paint(ctx, view));
    }

    _build() {
      const { planner } = this, { text, state } = planner;
      this.model = SC.choice(MODELS.map((one) => [one, text("model_" + one)]), "mclp", { id: "pl-model" });
      this.rule = SC.choice(state.rules.map((one) => [one.name, one.name]), state.currentRule().name);
      this.weight = SC.choice(state.weights.map((one) => [one, state.text("weight_" + one)]), state.weight);
      this.count = SC.input("number", { id: "pl-count", min: 0, max: 1000, step: 1, value: 3 });
      this.budget = SC.input("number", { min: 0, step: 0.1 });
      this.target = SC.input("number", { id: "pl-target", min: 0, max: 100, step: 0.1, value: 95 });
      this.floor = SC.input("number", { id: "pl-floor", min: 0, max: 100, step: 0.1, value: 0 });
      this.limit = SC.input("number", { min: 1, max: 600, step: 1, value: 60 });
      this.tier = SC.choice(state.tiers.map((one) => [one, state.named("tier_", one)]), state.tiers.includes("community") ? "community" : state.tiers[0]);
      this.sources = SOURCES.map((one) => [one, SC.input("checkbox", { checked: one === "buildings" })]);
      this.floors = state.areas.names.map((name, i) => [state.areas.ids[i], name, SC.input("number", { min: 0, max: 100, step: 0.1, "aria-label": text("floor_of", { name }) })]);
      this.picked = SC.el("div", {});
      this.job = SC.el("div", {});
      this.begin = SC.el("button", { type: "submit", class: "pl-button pl-primary", id: "pl-sites-run" }, text("sites_run"));
      this.rows = { count: SC.field(text("count"), this.count), budget: SC.field(text("budget"), this.budget, text("budget_hint")), target: SC.field(text("target"), this.target) };
      this.form = SC.el("form", { novalidate: true, onsubmit: (event) => this._submit(event) },
        SC.field(text("model"), this.model), SC.field(text("rule"), this.rule), SC.field(text("weight"), this.weight),
        SC.el("div", { class: "pl-two" }, this.rows.count, this.rows.budget, this.rows.target), SC.el("div", { class: "pl-two" }, SC.field(text("floor"), this.floor), SC.field(text("site_tier"), this.tier)),
        SC.el("details", {}, SC.el("summary", {}, text("floors")), SC.el("div", { class: "pl-floors" }, ...this.floors.map(([, name, input]) => SC.el("label", {}, SC.el("span", {}, name), input)))),
        SC.el("fieldset", {}, SC.el("legend", {}, text("sources")), ...this.sources.map(([one, input]) => SC.el("label", {}, input, text("source_" + one)))),
        this.picked, SC.el("details", {}, SC.el("summary", {}, text("more")), SC.field(text("time_limit"), this.limit)), SC.el("div", { class: "pl-stick" }, this.begin), this.job);
      this.model.addEventListener("change", () => this._fields());
      SC.replace(this.box, SC.el("h2", {}, text("tab_sites")), this.form, this.results.box);
      this._fields();
      this._lists();
    }

    _fields() {
      const least = this.model.value === "lscp";
      this.rows.target.hidden = !least;
      this.rows.count.hidden = least;
      this.rows.budget.hidden = this.model.value !== "mclp";
    }

    _lists() {
      const { text } = this.planner, part = (kind) => SC.el("div", { class: "pl-picked" },
        SC.button(text("pick_" + kind), () => this._pick(kind), { id: "pl-" + kind }),
        SC.el("ol", { class: "pl-listed" }, ...this[kind].map((one, k) => SC.el("li", {}, SC.el("span", {}, one.name),
          SC.el("button", { type: "button", class: "pl-drop", "aria-label": text("drop"), onclick: () => this._drop(kind, k) }, "×")))));
      SC.replace(this.picked, part("force"), part("forbid"));
      this.planner.redrawMarks();
    }

    _drop(kind, k) {
      this[kind].splice(k, 1);
      this._lists();
    }

    _pick(kind) {
      const { planner } = this, { text, state, picker } = planner;
      picker.start(text("picking_" + kind), (place) => {
        const { building } = place, at = { x: place.x, y: place.y };
        if (building >= 0) this._add(kind, { id: "B-" + state.buildings.ids[building], name: state.buildingName(building), ...at });
        else if (kind === "force") {
          const number = ++this.serial;
          this._add(kind, { id: "L-" + number, name: text("own_place", { number }), place: { id: String(number), name: text("own_place", { number }), lon: place.lon, lat: place.lat }, ...at });
        } else picker.say(text("picking_no_building"));
      });
    }

    _add(kind, one) {
      const other = kind === "force" ? "forbid" : "force";
      this[other] = this[other].filter((had) => had.id !== one.id);
      if (!this[kind].some((had) => had.id === one.id)) this[kind].push(one);
      this._lists();
    }

    /** What is asked, in the words of the service. */
    asked() {
      const least = this.model.value === "lscp", share = (input) => Number(input.value) / 100, whole = share(this.floor);
      const own = this.floors.filter(([, , input]) => input.value !== ""), places = this.force.filter((one) => one.place).map((one) => one.place);
      const floor = own.length ? Object.fromEntries(this.floors.map(([id, , input]) => [id, input.value === "" ? whole : share(input)])) : whole;
      return {
        model: this.model.value, rule: this.rule.value, weight: this.weight.value, floor, tier: this.tier.value, time_limit_s: Number(this.limit.value) || 60,
        force: this.force.map((one) => one.id), forbid: this.forbid.map((one) => one.id), places,
        candidates: this.sources.filter(([, input]) => input.checked).map(([one]) => one),
        ...(least ? { target: share(this.target) } : {}), ...(!least && this.count.value !== "" ? { count: Number(this.count.value) } : {}),
        ...(this.model.value === "mclp" && this.budget.value !== "" ? { budget: Number(this.budget.value) } : {}),
      };
    }

    async _submit(event) {
      event.preventDefault();
      const { planner } = this;
      planner.picker.stop();
      this.results.clear();
      await SC.during(this.begin, async () => {
        const job = await planner.api.post("sites", this.asked());
        const ended = await new SC.JobView(planner, this.job).follow(job.id);
        if (ended.state === "done") await this.results.show(ended);
      });
    }

    _paint(ctx, view) {
      if (this.planner.desk.now !== "sites") return;
      for (const one of this.force) SC.disc(ctx, view.px(one.x), view.py(one.y), 8, "#0B63C5");
      for (const one of this.forbid) SC.disc(ctx, view.px(one.x), view.py(one.y), 8, "#20242B");
      this.results.paint(ctx, view);
    }
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
