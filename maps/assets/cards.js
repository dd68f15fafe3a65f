/* The card of what was clicked: a building, a station or a sub-district, in whole Chinese sentences. */
(function (SC) {
  "use strict";

  SC.Cards = class {
    constructor(state, frame) {
      Object.assign(this, { state, frame });
      this.box = SC.el("section", { class: "sc-card", id: "sc-card", hidden: true, "aria-live": "polite" });
      frame.append(this.box);
      state.onChange((changed) => {
        // blind areas are numbered anew under every rule
        if (changed.has("rule") && !changed.has("selected") && state.selected && state.selected.kind === "blind") state.selected = null;
        if (changed.has("selected") || changed.has("rule")) this.show();
      });
      document.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && state.selected) state.set({ selected: null });
      });
    }

    show() {
      const { state } = this, chosen = state.selected;
      this.box.hidden = !chosen;
      this.frame.classList.toggle("sc-carded", Boolean(chosen)); // the card takes the place of the layer tree
      if (!chosen) return;
      const close = SC.el("button", {
        type: "button", class: "sc-close", "aria-label": state.text("close"), onclick: () => state.set({ selected: null }),
      }, "×");
      const make = { building: buildingCard, station: stationCard }[chosen.kind] || (state.polygons[chosen.kind] ? areaCard : findingCard);
      SC.replace(this.box, close, ...make(state, chosen.index, chosen.kind));
    }
  };

  function head(kind, title) {
    return SC.el("header", {}, SC.el("small", {}, kind), SC.el("h2", {}, title));
  }

  /** A list of label and value; rows without a value are left out. */
  function facts(rows) {
    const list = SC.el("dl", {});
    for (const [label, value] of rows) {
      if (value === null || value === undefined || value === "") continue;
      list.append(SC.el("dt", {}, label), SC.el("dd", {}, value));
    }
    return list;
  }

  const whole = (state, key, value) =>
    value === null || value === undefined ? null : state.text(key, { value: SC.grouped(Math.round(value)) });
  // counts travel plus one, 0 standing for unknown
  const known = (value) => (value ? value - 1 : null);

  function buildingCard(state, i) {
    const b = state.buildings, now = state.judgement(), verdict = SC.VERDICTS[now.verdict[i]], t = (key, v) => state.text(key, v);
    const station = now.station[i] - 1, area = b.area[i] - 1, uses = ["residential", "office", "commercial", "industrial", "public", "other"];
    return [
      head(t("kind_building"), state.buildingName(i)),
      SC.el("p", { class: "sc-verdict" }, SC.el("span", { class: "sc-chip sc-" + verdict }, t("verdict_" + verdict)),
        SC.el("strong", { id: "sc-cost" }, state.cost(i, state.rule))),
      SC.el("p", { class: "sc-reason" }, reason(state, i)),
      facts([
        [t("nearest"), station >= 0 ? stationLink(state, station) : null],
        [t("in_reach"), now.reach[i] && !state.tried ? t("in_reach_count", { count: now.reach[i] - 1 }) : null],
        [t("subdistrict"), area >= 0 ? state.areas.names[area] : null],
        [t("use"), b.use[i] ? t("use_" + uses[b.use[i] - 1]) : null],
        [t("levels"), b.levels[i] ? t("levels_count", { count: b.levels[i] - 1 }) : null],
        [t("floor_area"), whole(state, "square_metres", known(b.floorArea[i]))],
        [t("residents"), whole(state, "persons", known(b.residents[i]))],
        [t("number"), b.ids[i]],
      ]),
      byRule(state, i),
    ];
  }

  /** The sentence of a verdict's reason; a code without one is shown as it is. */
  function reason(state, i) {
    const now = state.judgement(), code = now.reason.table[now.reason.index[i]] || "", station = now.station[i] - 1;
    return SC.fill(state.reasons[code] || code, {
      amount: state.cost(i, state.rule), limit: state.currentRule().limit_text,
      station: station >= 0 ? state.stationName(station) : state.text("no_value"),
      cap: state.text("cap_minutes", { cap: state.cap_minutes }),
      metres: state.max_access_m, obstacle: state.text("obstacle"),
    });
  }

  function stationLink(state, station) {
    return SC.el("button", { type: "button", class: "sc-link", onclick: () => SC.page.goTo("station", station) }, state.stationName(station));
  }

  function byRule(state, i) {
    if (state.rules.length < 2) return "";
    return SC.el("table", { class: "sc-byrule" }, SC.el("caption", {}, state.text("by_rule")),
      ...state.rules.map((rule, r) => {
        const verdict = SC.VERDICTS[state.buildings.byRule[r].verdict[i]];
        return SC.el("tr", { class: r === state.rule ? "sc-now" : null }, SC.el("th", { scope: "row" }, rule.short),
          SC.el("td", {}, SC.el("i", { class: "sc-dot sc-" + verdict }), state.text("verdict_" + verdict)),
          SC.el("td", { class: "sc-figure" }, state.cost(i, r)));
      }));
  }

  function stationCard(state, s) {
    const one = state.stations[s], served = one.served[state.rule], t = (key, v) => state.text(key, v);
    return [
      head(t("kind_station"), state.stationName(s)),
      SC.el("p", { class: "sc-verdict" }, SC.stationIcon(state, one.tier, one.idle), SC.el("strong", {}, state.named("tier_", one.tier)),
        one.exemplary === true ? SC.el("span", { class: "sc-chip sc-gold" }, t("exemplary")) : null),
      facts([
        [t("subdistrict"), one.area >= 0 ? state.areas.names[one.area] : null],
        [t("status"), one.status ? state.named("status_", one.status) : null],
        [t("scope"), one.access_scope ? state.named("scope_", one.access_scope) : null],
        [t("hours"), one.opening_hours],
        [t("floor_no"), one.floor],
        [t("area"), whole(state, "square_metres", one.area_m2)],
        [t("covers"), served.covered_buildings_count === null ? null : t("buildings", { count: SC.grouped(served.covered_buildings_count) })],
        [t("covers_residents"), whole(state, "persons", served.covered_residents)],
        [t("sole"), whole(state, "persons", served.sole_residents)],
        [t("number"), one.station_id],
      ]),
      ...criticalPart(state, s),
    ];
  }

  /** Whom the study loses with the station, where it loses anybody. */
  function criticalPart(state, s) {
    const one = state.overlays.critical[state.rule].of.get(s);
    if (!one || state.tried) return [];
    return [SC.el("p", { class: "sc-reason", id: "sc-critical" }, SC.el("b", {}, state.text("critical_rank", { rank: one.rank })), one.sentence), facts(one.facts)];
  }

  /** A blind area, a proposed site or link, a missing station: the sentence of the analysis and its figures. */
  function findingCard(state, index, kind) {
    const one = SC.overlayItem(state, { kind, index });
    return [
      head(state.text("kind_" + kind), one.title),
      kind === "gap" ? null : SC.el("p", { class: "sc-verdict" }, SC.el("strong", {}, state.text("rank", { rank: one.rank }))),
      one.sentence ? SC.el("p", { class: "sc-reason" }, one.sentence) : null,
      facts(one.facts),
    ].filter(Boolean);
  }

  function areaCard(state, i, kind) {
    const { names, figures: all } = state.polygons[kind], figures = (all[state.rule] || [])[i], t = (key, v) => state.text(key, v);
    const tenths = (value) => (value === null ? null : (value / 10).toFixed(1) + " " + t("unit_time"));
    return [
      head(t("kind_" + kind), names[i]),
      SC.el("p", { class: "sc-verdict" }, SC.el("strong", {}, state.share(figures.coverage[state.weight])),
        t("coverage_of", { weight: t("weight_" + state.weight) })),
      facts([
        [t("area_buildings"), figures.buildings === null ? null : t("buildings", { count: SC.grouped(figures.buildings) })],
        [t("area_stations"), figures.stations === null ? null : t("in_reach_count", { count: figures.stations })],
        [t("verdict_uncovered"), figures.uncovered === null ? null : t("buildings", { count: SC.grouped(figures.uncovered) })],
        [t("median"), tenths(figures.minutes_p50)],
        [t("p90"), tenths(figures.minutes_p90)],
      ]),
    ];
  }
})((window.ServiceCircle = window.ServiceCircle || {}));
