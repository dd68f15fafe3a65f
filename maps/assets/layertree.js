/* The layer tree: one theme at a time, everything else on or off, in groups. */
(function (SC) {
  "use strict";

  SC.LayerTree = class {
    constructor(state, frame) {
      this.state = state;
      this.box = SC.el("details", { class: "sc-layers", id: "sc-layers", open: true });
      frame.append(this.box);
      if (window.innerWidth < 1200) this.box.open = false;
      state.onChange((changed) => {
        if (changed.has("rule") || changed.has("themeLayer")) this.show();
      });
      this.show();
    }

    show() {
      const { state } = this;
      const groups = [
        ["group_theme", this._themes()], ["group_findings", this._findings()], ["group_stations", this._stations()],
        ["group_borders", this._borders()], ["group_base", this._base()],
      ].filter(([, rows]) => rows.length);
      SC.replace(this.box, SC.el("summary", {}, state.text("layers")),
        ...groups.map(([key, rows]) => SC.el("fieldset", {}, SC.el("legend", {}, state.text(key)), ...rows)));
    }

    _themes() {
      const { state } = this, rule = state.currentRule();
      const themes = [];
      if (!state.external) themes.push(["verdict", "theme_verdict"], ["cost", "theme_cost_" + rule.basis], ["overlap", "theme_overlap"]);
      if (state.overlays.byRule.some((one) => one.iso.count)) themes.push(["isochrone", "theme_isochrone_" + rule.basis]);
      for (const [name, kind] of Object.entries(SC.AREA_THEMES)) {
        if (state.polygons[kind].shapes.x.length) themes.push([name, "theme_" + name]);
      }
      themes.push(["none", "theme_none"]);
      return themes.map(([name, key]) => choice("radio", "sc-theme", name, state.themeLayer === name, state.text(key),
        () => state.set({ themeLayer: name })));
    }

    _findings() {
      const { state } = this;
      return SC.overlayNames(state).map((name) =>
        this._switch(name, `${state.text("layer_" + name)}（${SC.overlayCount(state, name)}）`, SC.overlayIcon(state, name)));
    }

    _stations() {
      const { state } = this;
      const count = (test) => state.stations.filter(test).length;
      const rows = state.tiers.map((tier) => this._switch("tier:" + tier,
        `${state.named("tier_", tier)}（${count((one) => one.tier === tier && !one.idle)}）`, SC.stationIcon(state, tier, false)));
      const idle = count((one) => one.idle);
      if (idle) rows.push(this._switch("idle", `${state.text("layer_idle")}（${idle}）`));
      if (state.stations.length) rows.push(this._switch("station_names", state.text("layer_station_names")));
      return rows;
    }

    _borders() {
      const { state } = this;
      if (state.external || !state.areas.count) return [];
      return ["borders", "names", "mask"].map((name) => this._switch(name, state.text("layer_" + name)));
    }

    _base() {
      const { state } = this;
      const has = (name) => state.store.array(name + ".rings").length > 0;
      return [["water", "water"], ["roads", "road"], ["railway", "barrier"]].filter(([, packed]) => has(packed))
        .map(([name]) => this._switch(name, state.text("layer_" + name)));
    }

    _switch(name, label, icon) {
      const { state } = this;
      return choice("checkbox", "sc-layer", name, state.shown[name], label,
        (event) => state.set({ shown: { [name]: event.target.checked } }), icon);
    }
  };

  function choice(type, name, value, checked, label, onchange, icon) {
    return SC.el("label", {}, SC.el("input", { type, name, value, checked: Boolean(checked), onchange }), icon || null,
      SC.el("span", {}, label));
  }
})((window.ServiceCircle = window.ServiceCircle || {}));
