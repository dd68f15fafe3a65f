/* The legend says what is on the map now, and nothing else. */
(function (SC) {
  "use strict";

  SC.Legend = class {
    constructor(state, frame) {
      this.state = state;
      this.box = SC.el("section", { class: "sc-legend", id: "sc-legend", "aria-label": state.text("legend") });
      frame.append(this.box);
      state.onChange((changed) => {
        if (["rule", "themeLayer", "shown", "weight", "comparing"].some((name) => changed.has(name))) this.show();
      });
      this.show();
    }

    show() {
      const { state } = this, sides = this._sides(), list = (rows) => SC.el("ul", rows === sides ? { class: "sc-sides" } : {}, ...rows);
      // two columns, findings on the left and what is on the ground on the right: a tall legend would hide the map
      const columns = [[sides, this._theme(), this._overlays()], [this._stations(), this._lines()]]
        .map((groups) => groups.filter((rows) => rows && rows.length)).filter((groups) => groups.length);
      SC.replace(this.box, SC.el("h2", {}, state.text("legend")),
        SC.el("div", {}, ...columns.map((groups) => SC.el("div", {}, ...groups.map(list)))));
    }

    /** Which side of the divider shows what. */
    _sides() {
      const { state } = this, source = state.comparing && SC.page.divider.source();
      if (!source) return [];
      const half = (x) => SC.svg("svg", { viewBox: "0 0 26 16", class: "sc-swatch", "aria-hidden": "true" },
        SC.svg("rect", { x: 1, y: 1, width: 24, height: 14, fill: "#fff", stroke: "#20242B" }), SC.svg("rect", { x, y: 1, width: 12, height: 14, fill: "#9F0D1E" }));
      return [["side_left", source.name, 1], ["side_right", source.now, 13]].map(([key, name, x]) => row(half(x), state.text(key, { name })));
    }

    _theme() {
      const { state } = this;
      if (state.areaKind()) return this._coverage();
      if (state.themeLayer === "isochrone") return this._isochrones();
      if (state.external || !state.buildings.count) return [];
      if (!state.onBuildings()) return [];
      const { styles, of } = SC.buildingStyles(state);
      const used = new Array(styles.length).fill(false);
      for (let i = 0; i < state.buildings.count; i++) used[of(i)] = true;
      const always = { verdict: 2, cost: 4, overlap: state.theme.overlap.length + 1 }[state.themeLayer]; // the classes that carry the message stay
      const rows = styles.map((style, k) => (used[k] || k < always ? row(swatch(style), this._styleName(style.key)) : null)).filter(Boolean);
      return state.themeLayer === "overlap" && state.tried ? [SC.el("li", { class: "sc-legend-title" }, this._asStudy(state.text("theme_overlap"))), ...rows] : rows;
    }

    _styleName(key) {
      const { state } = this, rule = state.currentRule();
      if (key.startsWith("reach")) {
        const count = Number(key.slice(5)), most = count === state.theme.overlap.length;
        return state.text(most ? "legend_reach_more" : "legend_reach", { count });
      }
      if (!key.startsWith("band")) return state.text("verdict_" + key);
      const k = Number(key.slice(4)), unit = state.unit(rule), at = (n) => trimmed(rule.bands[n]);
      if (k === 4) return rule.basis === "time" ? state.text("over_cap", { cap: trimmed(state.cap_minutes) }) : state.text("no_value");
      if (k === 0) return state.text("legend_up_to", { to: at(0), unit });
      if (k === 3) return state.text("legend_over", { from: at(2), unit });
      return state.text("legend_between", { from: at(k - 1), to: at(k), unit });
    }

    _isochrones() {
      const { state } = this, rule = state.currentRule(), unit = state.unit(rule);
      const rows = state.overlays.byRule[state.rule].limits.map((to, k) =>
        row(swatch({ fill: state.theme.bands[k], line: "rgba(60,50,40,.45)" }), state.text("legend_up_to", { to: trimmed(to), unit })));
      return [SC.el("li", { class: "sc-legend-title" }, this._asStudy(state.text("theme_isochrone_" + rule.basis))), ...rows];
    }

    _overlays() {
      const { state } = this;
      return SC.overlayNames(state).filter((name) => state.shown[name] && SC.overlayCount(state, name))
        .map((name) => row(SC.overlayIcon(state, name), ["blind", "critical"].includes(name) ? this._asStudy(state.text("legend_" + name)) : state.text("legend_" + name)));
    }

    /** What a trial does not work out anew says so. */
    _asStudy(layer) {
      return this.state.tried ? this.state.text("as_study", { layer }) : layer;
    }

    _coverage() {
      const { state } = this, steps = state.theme.choropleth_steps;
      const percent = (thousandths) => thousandths / 10;
      const rows = state.theme.choropleth.map((fill, k) => {
        const from = k ? percent(steps[k - 1]) : 0;
        const label = k === steps.length ? `≥ ${from}%` : k ? `${from}–${percent(steps[k])}%` : `＜ ${percent(steps[0])}%`;
        return row(swatch({ fill, line: "rgba(0,0,0,.25)" }), label);
      }).reverse();
      const title = state.text("legend_share_" + state.areaKind(), { weight: state.text("weight_" + state.weight) });
      return [SC.el("li", { class: "sc-legend-title" }, state.areaKind() === "subdistrict" ? title : this._asStudy(title)), ...rows];
    }

    _stations() {
      const { state } = this;
      const rows = state.tiers.filter((tier) => state.shown["tier:" + tier])
        .map((tier) => row(SC.stationIcon(state, tier, false), state.named("tier_", tier)));
      const idle = state.stations.find((one) => one.idle);
      if (idle && state.shown.idle) rows.push(row(SC.stationIcon(state, idle.tier, true), state.text("layer_idle")));
      return rows;
    }

    _lines() {
      const { state } = this, c = state.theme.colours, rows = [];
      const has = (name) => state.store.array(name + ".rings").length > 0;
      if (!state.external && state.areas.count && state.shown.borders) {
        rows.push(row(line(c.outline, 2.4), state.text("legend_outline")), row(line(c.border, 1.4, "7 3 1.5 3"), state.text("layer_borders")));
      }
      if (state.shown.roads && has("road")) rows.push(row(line("#fff", 4, null, c.road_casing), state.text("legend_roads")));
      if (state.shown.roads && (state.store.texts["barrier.kind"] || []).includes("motorway")) {
        rows.push(row(line(c.motorway, 4, null, c.motorway_line), state.text("legend_motorway")));
      }
      if (state.shown.railway && (state.store.texts["barrier.kind"] || []).includes("railway")) {
        rows.push(row(line("#fff", 2, "5 4", c.railway), state.text("legend_railway")));
      }
      if (state.shown.water && has("water")) rows.push(row(swatch({ fill: c.water, line: c.water_line }), state.text("layer_water")));
      return rows;
    }
  };

  function row(picture, text) {
    return SC.el("li", {}, picture, SC.el("span", {}, text));
  }

  function swatch(style) {
    const box = SC.svg("svg", { viewBox: "0 0 26 16", class: "sc-swatch", "aria-hidden": "true" },
      SC.svg("rect", { x: 1, y: 1, width: 24, height: 14, rx: 1.5, fill: style.pattern ? style.tint : style.fill, stroke: style.line, "stroke-width": 1 }));
    if (style.pattern === "dots") {
      for (const x of [5, 10.3, 15.7, 21]) for (const y of [5, 11]) box.append(SC.svg("circle", { cx: x, cy: y, r: 1.1, fill: style.line }));
    }
    if (style.pattern === "hatch") {
      const strokes = [4, 11, 18, 25].map((x) => `M${Math.max(1.5, x - 9)} ${x < 10.5 ? x + 4.5 : 14.5}L${Math.min(24.5, x + 4)} ${x > 20 ? x - 19 : 1.5}`);
      box.append(SC.svg("path", { d: strokes.join(""), stroke: style.fill, "stroke-width": 2.2, fill: "none" }));
    }
    return box;
  }

  function line(colour, width, dash, casing) {
    const stroke = (paint, wide, dashes) => SC.svg("path", { d: "M1 8H25", stroke: paint, "stroke-width": wide, "stroke-dasharray": dashes || "none", fill: "none" });
    return SC.svg("svg", { viewBox: "0 0 26 16", class: "sc-swatch", "aria-hidden": "true" },
      ...(casing ? [stroke(casing, width + 2)] : []), stroke(colour, width, dash));
  }

  function trimmed(number) {
    return String(Math.round(number * 10) / 10);
  }
})((window.ServiceCircle = window.ServiceCircle || {}));
