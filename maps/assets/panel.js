/* The side panel: headline figures, the standards side by side, the ranking of sub-districts. */
(function (SC) {
  "use strict";

  SC.Panel = class {
    constructor(state, box) {
      Object.assign(this, { state, box });
      state.onChange((changed) => {
        if (["rule", "weight", "area"].some((name) => changed.has(name))) this.show();
      });
      this.show();
    }

    show() {
      const top = this.list ? this.list.scrollTop : 0;
      SC.replace(this.box, ...[this._headline(), this._verdicts(), this._compare(), this._ranking()].filter(Boolean));
      this.list = this.box.querySelector(".sc-ranks");
      if (this.list) this.list.scrollTop = top;
    }

    /** Figures of the whole study under the present rule. */
    _now() {
      return this.state.headlines[this.state.rule];
    }

    _headline() {
      const { state } = this, now = this._now(), rule = state.currentRule();
      const share = now.coverage[state.weight], floor = now.floor[state.weight];
      const marked = rule.pass_mark !== null && rule.weight === state.weight;
      return SC.el("section", { class: "sc-headline" },
        this._weights(),
        SC.el("p", { class: "sc-big", id: "sc-share" }, big(state, share),
          SC.el("span", {}, state.text("coverage_of", { weight: state.text("weight_" + state.weight) }), marked ? this._passed(now, rule) : null)),
        SC.el("div", { class: "sc-gauge", role: "img", "aria-label": state.share(share) },
          SC.el("i", { style: `width:${(share || 0) / 10}%` }),
          marked ? SC.el("b", { style: `left:${rule.pass_mark * 100}%` }) : null),
        this._earlier(),
        floor !== null && floor !== share
          ? SC.el("p", { class: "sc-small", title: state.text("floor_hint") }, state.text("floor", { share: state.share(floor) })) : null);
    }

    /** The same figure of the earlier result that travels with the page. */
    _earlier() {
      const { state } = this, { earlier } = state;
      if (!earlier || !earlier.rules[state.rule]) return null;
      return SC.el("p", { class: "sc-small", id: "sc-earlier" }, state.text("earlier_share", { name: earlier.name, share: state.share(earlier.headlines[state.rule].coverage[state.weight]) }));
    }

    _weights() {
      const { state } = this;
      if (state.weights.length < 2) return null;
      return SC.el("div", { class: "sc-tabs", role: "radiogroup" }, ...state.weights.map((weight) =>
        SC.el("button", {
          type: "button", role: "radio", "aria-checked": String(weight === state.weight), "data-weight": weight,
          onclick: () => state.set({ weight }),
        }, state.text("weight_" + weight))));
    }

    _passed(now, rule) {
      const { state } = this;
      if (now.passes === null) return SC.el("span", { class: "sc-chip sc-unknown" }, state.text("no_share"));
      const mark = trimmed(rule.pass_mark * 100) + "%";
      return SC.el("span", { class: "sc-chip " + (now.passes ? "sc-passed" : "sc-failed") },
        state.text(now.passes ? "passes" : "fails", { mark }));
    }

    _verdicts() {
      const { state } = this, now = this._now();
      const all = SC.VERDICTS.map((name) => ({ name, count: now[name] || 0 }));
      const total = all.reduce((sum, one) => sum + one.count, 0);
      if (!total) return null;
      return SC.el("section", { class: "sc-counts" },
        SC.el("div", { class: "sc-stack" }, ...all.filter((one) => one.count).map((one) =>
          SC.el("i", { class: "sc-" + one.name, style: `flex:${one.count}` }))),
        SC.el("ul", {}, ...all.filter((one) => one.count || one.name === "uncovered").map((one) =>
          SC.el("li", { "data-verdict": one.name }, SC.el("i", { class: "sc-dot sc-" + one.name }), state.text("verdict_" + one.name),
            SC.el("b", {}, state.text("buildings", { count: SC.grouped(one.count) }))))));
    }

    _compare() {
      const { state } = this;
      if (state.rules.length < 2) return null;
      return SC.el("section", { class: "sc-compare" },
        SC.el("h2", {}, state.text("compare")),
        ...state.rules.map((rule, r) => {
          const share = state.headlines[r].coverage[state.weight];
          return SC.el("button", {
            type: "button", class: "sc-bar", "aria-pressed": String(r === state.rule), onclick: () => state.set({ rule: r }),
          }, SC.el("span", {}, rule.short), SC.el("i", {}, SC.el("b", { style: `width:${(share || 0) / 10}%` })),
          SC.el("em", {}, state.share(share)));
        }));
    }

    _ranking() {
      const { state } = this, figures = state.areas.figures[state.rule] || [];
      const rows = state.areas.names.map((name, i) => ({ i, name, share: figures[i] ? figures[i].coverage[state.weight] : null }));
      // not judged goes last; equal shares keep the order of their codes
      rows.sort((a, b) => (b.share === null ? -1 : b.share) - (a.share === null ? -1 : a.share) || a.i - b.i);
      return SC.el("section", { class: "sc-ranking" },
        SC.el("h2", {}, state.text("ranking"), SC.el("small", {}, state.text(rows.length ? "ranking_hint" : "ranking_none"))),
        SC.el("ol", { class: "sc-ranks", id: "sc-ranks" }, ...rows.map((row, place) => this._rank(row, place))));
    }

    _rank(row, place) {
      const { state } = this;
      const rule = state.currentRule(), marked = rule.pass_mark !== null && rule.weight === state.weight && row.share !== null;
      const met = marked ? (row.share >= rule.pass_mark * 1000 ? "sc-met" : "sc-missed") : null;
      return SC.el("li", {}, SC.el("button", {
        type: "button", class: "sc-rank", "data-area": row.i, "aria-pressed": String(row.i === state.area),
        onclick: () => SC.page.goTo("subdistrict", row.i),
      }, SC.el("span", { class: "sc-place" }, row.share === null ? "–" : place + 1), SC.el("span", { class: "sc-name" }, row.name),
      SC.el("i", {}, SC.el("b", { class: met, style: `width:${(row.share || 0) / 10}%` })),
      SC.el("em", {}, state.share(row.share))));
    }
  };

  function big(state, share) {
    if (share === null || share === undefined) return SC.el("strong", {}, state.text("no_share"));
    return SC.el("strong", {}, (share / 10).toFixed(1), SC.el("small", {}, "%"));
  }

  function trimmed(number) {
    return String(Math.round(number * 10) / 10);
  }
})((window.ServiceCircle = window.ServiceCircle || {}));
