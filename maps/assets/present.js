/* Presentation: prepared views of the study on a full screen, turned with the arrow keys. */
(function (SC) {
  "use strict";

  const MOST_BLIND = 3, KEPT = ["rule", "themeLayer", "weight", "area", "selected", "comparing"];
  const FORWARD = ["ArrowRight", "PageDown", " "], BACK = ["ArrowLeft", "PageUp"];

  /** The views worth showing, in the order of a briefing: [{text, set, box, most}]. */
  SC.preparedViews = function (state) {
    const views = [], add = (key, values, set, box, most) => views.push({ text: state.text(key, values), set, box: box || null, most: most || 17 });
    const share = (r) => state.share(state.headlines[r].coverage[state.weight]);
    const weight = state.text("weight_" + state.weight), first = state.rule, plain = state.external ? "none" : "verdict";
    addSides(state, add, first, weight, plain);
    add("view_coverage", { rule: state.rules[first].short, weight, share: share(first) }, { rule: first, themeLayer: plain });
    const straight = state.rules.findIndex((rule) => rule.basis === "radius");
    if (straight >= 0 && straight !== first) {
      // the same distance on foot says most; without such a rule, the first
      const same = state.rules.findIndex((rule) => rule.basis === "walk_distance" && rule.limit_text === state.rules[straight].limit_text);
      const walked = same < 0 ? first : same;
      const values = { rule: state.rules[straight].short, other: state.rules[walked].short, share: share(straight), walked: share(walked) };
      const lower = (state.headlines[walked].coverage[state.weight] || 0) < (state.headlines[straight].coverage[state.weight] || 0);
      add(lower ? "view_straight" : "view_straight_other", values, { rule: straight, themeLayer: plain });
    }
    if (state.tried) {
      // isochrones, blind areas and proposals are those of the study, not of the plan that is being tried
      addWeakest(state, add, first, weight);
      return views;
    }
    if (state.overlays.byRule[first].iso.count) add("view_isochrone", {}, { rule: first, themeLayer: "isochrone" });
    addWeakest(state, add, first, weight);
    addCritical(state, add, first, plain);
    addBlind(state, add, first, plain);
    addSites(state, add, first, plain);
    return views;
  };

  /** The plan that is being tried, else an earlier result, beside the present. */
  function addSides(state, add, rule, weight, plain) {
    const source = SC.page.divider.source();
    if (!source) return;
    const of = (headlines) => state.share(headlines[rule].coverage[state.weight]);
    const values = { weight, name: source.name, now: source.now, before: of(source.headlines), share: of(state.headlines) };
    add(source.own ? "view_trial" : "view_earlier", values, { rule, themeLayer: plain, comparing: true });
  }

  function addCritical(state, add, rule, plain) {
    const [first] = state.overlays.critical[rule].shown;
    if (!first) return;
    add("view_critical", { name: first.title, sentence: first.sentence }, { rule, themeLayer: plain, critical: true });
  }

  function addWeakest(state, add, rule, weight) {
    const figures = state.areas.figures[rule] || [];
    const judged = figures.map((one, i) => ({ i, share: one.coverage[state.weight] })).filter((one) => one.share !== null);
    if (judged.length < 2 || !state.areas.shapes.x.length) return;
    const least = judged.reduce((a, b) => (b.share < a.share ? b : a));
    add("view_subdistricts", { weight, name: state.areas.names[least.i], share: state.share(least.share) }, { rule, themeLayer: "coverage" });
  }

  function addBlind(state, add, rule, plain) {
    const { blind, blindItems } = state.overlays.byRule[rule];
    for (let i = 0; i < Math.min(MOST_BLIND, blindItems.length); i++) {
      const set = { rule, themeLayer: plain, selected: { kind: "blind", index: i } };
      add("view_blind", { count: blindItems.length, rank: blindItems[i].rank, name: blindItems[i].title }, set, blind.boxOf(i), 16);
    }
  }

  function addSites(state, add, rule, plain) {
    const { sites } = state.overlays;
    if (!sites.length) return;
    add("view_sites", { count: sites.length }, { rule, themeLayer: plain });
    const { x, y } = sites[0], around = 2500; // steps: some 370 m each way
    const set = { rule, themeLayer: plain, selected: { kind: "site", index: 0 } };
    add("view_site", { rank: sites[0].rank, name: sites[0].title }, set, { west: x - around, east: x + around, north: y - around, south: y + around }, 16);
  }

  SC.Presentation = class {
    constructor(state, map, frame) {
      Object.assign(this, { state, map, at: -1, views: [] });
      this.caption = SC.el("p", { class: "sc-caption", id: "sc-caption", "aria-live": "polite", hidden: true });
      frame.append(this.caption);
      SC.byId("sc-present").addEventListener("click", () => this.start());
      // before the other listeners: while presenting, these keys are ours
      document.addEventListener("keydown", (event) => this._key(event), true);
      document.addEventListener("fullscreenchange", () => {
        if (!document.fullscreenElement) this.leave();
      });
    }

    get running() {
      return this.at >= 0;
    }

    start() {
      if (this.running) return;
      const { state, map } = this;
      this.before = { centre: map.getCenter(), zoom: map.getZoom(), shown: { ...state.shown } };
      KEPT.forEach((name) => (this.before[name] = state[name]));
      this.views = SC.preparedViews(state);
      document.documentElement.classList.add("sc-presenting");
      this.caption.hidden = false;
      const full = document.documentElement.requestFullscreen && document.documentElement.requestFullscreen();
      if (full) full.then(() => this.running && this.show(this.at), () => {}); // refused: shown in the window
      this.show(0);
    }

    show(at) {
      const { state, map } = this, view = this.views[at];
      this.at = at;
      const tried = state.tried ? `${state.text("trial")}　` : "", { critical, ...set } = view.set;
      this.caption.textContent = `${at + 1} / ${this.views.length}　${tried}${view.text}`;
      map.invalidateSize({ animate: false, pan: false });
      const shown = { blind: !state.tried, sites: true, links: true, gaps: true, borders: true, names: true, mask: true, critical: Boolean(critical) };
      state.set({ area: -1, selected: null, comparing: false, shown, ...set });
      if (view.box) SC.page.fit(view.box, view.most);
      else SC.page.showAll();
    }

    leave() {
      if (!this.running) return;
      const { centre, zoom, ...fields } = this.before;
      this.at = -1;
      this.caption.hidden = true;
      document.documentElement.classList.remove("sc-presenting");
      if (document.fullscreenElement) document.exitFullscreen();
      this.state.set(fields);
      this.map.invalidateSize({ animate: false, pan: false });
      this.map.setView(centre, zoom, { animate: false });
    }

    _key(event) {
      const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName || "") && !/^(radio|checkbox)$/.test(event.target.type);
      if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
      if (!this.running) {
        if (event.key === "f" || event.key === "F") this.start();
        return;
      }
      const last = this.views.length - 1;
      if (event.key === "Escape" || event.key === "f" || event.key === "F") this.leave();
      else if (FORWARD.includes(event.key)) this.show(Math.min(last, this.at + 1));
      else if (BACK.includes(event.key)) this.show(Math.max(0, this.at - 1));
      else if (event.key === "Home") this.show(0);
      else if (event.key === "End") this.show(last);
      else return;
      event.preventDefault();
      event.stopPropagation();
    }
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
