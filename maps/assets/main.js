/* Puts the page together: data, panes in their order, painters, panels. */
(function (SC) {
  "use strict";

  const PANES = [["sc-ground", 300], ["sc-hover", 410], ["sc-marks", 420]];

  /** Painters of what lies on the ground, from below; `state` may be one of before. */
  SC.groundStack = function (state) {
    const g = SC.groundPainters(state), o = SC.overlayPainters(state);
    return [
      g.paintWater, g.paintRoads, g.paintMotorways, g.paintLimits, g.paintCoverage, o.paintIsochrones, SC.buildingPainter(state), o.paintBlind, g.paintMask,
      g.paintBorders, g.paintChosenArea,
    ];
  };

  SC.marksStack = (state) => [SC.stationPainter(state), SC.criticalPainter(state), SC.overlayMarks(state), SC.labelPainter(state)];

  class Page {
    constructor(state, map) {
      Object.assign(this, { state, map });
      PANES.forEach(([name, z]) => {
        map.createPane(name).style.zIndex = z;
        map.getPane(name).style.pointerEvents = "none";
      });
      const frame = SC.byId("sc-frame");
      this.layers = new SC.LayerTree(state, frame);
      this.fit(this._whole(), 17);
      this.ground = new SC.CanvasLayer(state.plane, SC.groundStack(state), { pane: "sc-ground", keeps: true }).addTo(map);
      this.marks = new SC.CanvasLayer(state.plane, SC.marksStack(state), { pane: "sc-marks" }).addTo(map);
      this.pointer = new SC.Pointer(state, map, this.ground, this.marks);
      SC.furnish(state, map, frame);
      this.panel = new SC.Panel(state, SC.byId("sc-side"));
      this.legend = new SC.Legend(state, frame);
      this.cards = new SC.Cards(state, frame);
      this.search = new SC.Search(state);
      this.printing = new SC.Printing(state, map);
      this.presentation = new SC.Presentation(state, map, frame);
      this.snapshot = new SC.Snapshot(state, map, frame);
      this._ruleSwitch();
      state.onChange((changed) => this._changed(changed));
      this._captions();
    }

    redraw() {
      this.ground.redraw();
      this.marks.redraw();
      this.pointer.layer.redraw();
      if (this.divider) this.divider.redraw();
      if (this.trial) this.trial.redraw();
    }

    showAll() {
      this.state.set({ area: -1 });
      this.fit(this._whole(), 17);
    }

    _whole() {
      const [west, north, east, south] = this.state.bounds;
      return { west, north, east, south, whole: true };
    }

    /** Bring a station, building or sub-district into view and open its card. */
    goTo(kind, index) {
      const { state, map } = this;
      if (kind === "subdistrict") {
        state.set({ area: index, selected: { kind, index } });
        const box = state.areas.shapes.boxOf(index);
        if (box.west <= box.east) this.fit(box, 17); // an external reader has no shapes
        return;
      }
      if (state.polygons[kind]) {
        const [theme] = Object.entries(SC.AREA_THEMES).find(([, one]) => one === kind), area = state.polygons[kind].shapes.boxOf(index);
        state.set({ themeLayer: theme, selected: { kind, index } });
        if (area.west <= area.east) this.fit(area, 17);
        return;
      }
      const box = kind === "building" ? state.buildings.shapes.boxOf(index) : null;
      const one = state.stations[index];
      const x = box ? (box.west + box.east) / 2 : one.x, y = box ? (box.north + box.south) / 2 : one.y;
      map.setView(SC.latLngOf(map, state.plane, x, y), Math.max(map.getZoom(), 17), { animate: false });
      if (kind === "building" && !state.onBuildings()) state.set({ themeLayer: "verdict" });
      state.set({ selected: { kind, index } });
    }

    fit(box, most) {
      const { map, state } = this, bounds = SC.boundsOf(map, state.plane, box), tree = this.layers.box;
      const outline = state.areas.outline, clear = box.whole && outline.count && SC.clearFit(map, state.plane, outline, outline.boxOf(0), most, SC.byId("sc-frame"));
      // clear of the buttons on the left and of the layer tree on the right
      const trying = SC.byId("sc-trial"), right = Math.max(tree.open ? tree.offsetWidth : 0, trying ? trying.offsetWidth : 0) + 32;
      if (clear) map.setView(SC.latLngOf(map, state.plane, clear.x, clear.y), clear.zoom, { animate: false });
      else map.fitBounds(bounds, { paddingTopLeft: [64, 24], paddingBottomRight: [right, 28], maxZoom: most, animate: false });
      this.fitted = { box, most, centre: this.map.getCenter(), zoom: this.map.getZoom() };
    }

    /** What was last fitted into view, as long as nobody has moved the map since. */
    stillFitted() {
      const last = this.fitted;
      return last && last.zoom === this.map.getZoom() && last.centre.equals(this.map.getCenter()) ? last : null;
    }

    _changed(changed) {
      const any = (...names) => names.some((name) => changed.has(name));
      if (any("rule", "themeLayer", "shown", "weight", "area")) this.ground.redraw();
      if (any("rule", "themeLayer", "shown", "weight", "selected")) this.marks.redraw();
      if (any("rule")) {
        this._captions();
        this._ruleSwitch();
      }
    }

    _ruleSwitch() {
      const { state } = this;
      SC.replace(SC.byId("sc-rules"), ...state.rules.map((rule, r) => SC.el("button", {
        type: "button", role: "radio", "aria-checked": String(r === state.rule), "data-rule": r, title: rule.name,
        onclick: () => state.set({ rule: r }),
      }, rule.short)));
    }

    _captions() {
      const { state } = this, rule = state.currentRule();
      SC.byId("sc-standard").textContent = rule.standard;
      SC.byId("sc-method").textContent = rule.method;
      const tiers = rule.tiers.length ? rule.tiers : state.tiers;
      SC.byId("sc-tiers").textContent = tiers.map((tier) => state.named("tier_", tier)).join(state.text("comma"));
    }
  }

  SC.start = function (map) {
    const busy = SC.byId("sc-busy"), frame = SC.byId("sc-frame");
    frame.prepend(map.getContainer());
    map.invalidateSize({ animate: false, pan: false });
    SC.ready = SC.unpack(SC.byId("sc-data").textContent).then((store) => {
      SC.byId("sc-data").remove();
      SC.page = new Page(new SC.State(store), map);
      SC.offerTrial(SC.page, SC.byId("sc-model"));
      SC.page.divider = new SC.Divider(SC.page.state, SC.page, frame);
      busy.remove();
      SC.page.showAll(); // legend and buttons stand now
      SC.painted = performance.now();
    }).catch((error) => {
      busy.className = "sc-refused";
      busy.textContent = busy.dataset.broken;
      throw error;
    });
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
