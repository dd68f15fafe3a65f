/* What the mouse is over: a short note beside it, and a card for what is clicked. */
(function (SC) {
  "use strict";

  SC.Pointer = class {
    constructor(state, map, ground, marks) {
      Object.assign(this, { state, map, marks });
      this.over = null;
      this.note = SC.el("div", { class: "sc-note", hidden: true });
      map.getContainer().append(this.note);
      this.layer = new SC.CanvasLayer(state.plane, [(ctx, view) => this._paint(ctx, view)], { pane: "sc-hover" });
      this.layer.addTo(map);
      map.on("mousemove", (event) => this._move(event));
      map.on("mouseout movestart", () => this._show(null));
      map.on("click", (event) => state.set({ selected: this.find(event.containerPoint) }));
      state.onChange((changed) => {
        if (changed.has("selected")) this.layer.redraw();
        if (changed.has("rule") || changed.has("themeLayer")) this._show(null);
      });
    }

    /** {kind, index} under a point of the map, or null. */
    find(point) {
      const { state, map } = this, view = this.marks.view;
      const onCanvas = map.containerPointToLayerPoint(point).subtract(this.marks._bounds.min);
      const station = SC.stationAt(state, view, onCanvas.x, onCanvas.y);
      if (station >= 0) return { kind: "station", index: station };
      const at = SC.stepAt(map, state.plane, point);
      const mark = SC.overlayAt(state, view, onCanvas, null);
      if (mark) return mark;
      if (state.onBuildings()) {
        const building = state.buildings.shapes.at(at.x, at.y);
        if (building >= 0) return { kind: "building", index: building };
      }
      const ground = SC.overlayAt(state, view, onCanvas, at), kind = state.areaKind();
      if (ground || !kind) return ground;
      const area = state.polygons[kind].shapes.at(at.x, at.y);
      return area >= 0 ? { kind, index: area } : null;
    }

    _move(event) {
      if (this.map.dragging && this.map.dragging.moving()) return;
      this._show(this.find(event.containerPoint), event.containerPoint);
    }

    _show(found, point) {
      const same = found && this.over && found.kind === this.over.kind && found.index === this.over.index;
      if (!same) {
        const had = this.over;
        this.over = found;
        this.map.getContainer().classList.toggle("sc-pointing", Boolean(found));
        if (found) SC.replace(this.note, ...noteOf(this.state, found));
        if (found || had) this.layer.redraw();
      }
      this.note.hidden = !found;
      if (found) this._place(point);
    }

    _place(point) {
      const size = this.map.getSize(), width = this.note.offsetWidth, height = this.note.offsetHeight;
      const left = point.x + 16 + width > size.x ? point.x - width - 12 : point.x + 16;
      const top = point.y + 18 + height > size.y ? point.y - height - 10 : point.y + 18;
      this.note.style.transform = `translate(${Math.max(4, left)}px,${Math.max(4, top)}px)`;
    }

    _paint(ctx, view) {
      for (const [what, strong] of [[this.over, false], [this.state.selected, true]]) {
        const shapes = what && shapesOf(this.state, what.kind);
        if (!shapes) continue;
        ctx.beginPath();
        SC.trace(ctx, view, shapes, what.index, what.kind !== "link");
        ctx.lineJoin = "round";
        ctx.strokeStyle = "#fff";
        ctx.lineWidth = strong ? 5 : 4;
        ctx.stroke();
        ctx.strokeStyle = strong ? this.state.theme.colours.red : this.state.theme.colours.ink;
        ctx.lineWidth = strong ? 2.4 : 1.6;
        ctx.stroke();
      }
    }
  };

  /** What outlines a kind of thing that is pointed at; nothing for those drawn as a mark. */
  function shapesOf(state, kind) {
    if (state.polygons[kind]) return state.polygons[kind].shapes;
    return { building: state.buildings.shapes, blind: state.overlays.byRule[state.rule].blind, link: state.overlays.linkShapes }[kind];
  }

  /** While a divider shows both sides: how the building stood before. */
  function beforeOf(state, i) {
    if (!state.comparing || !state.past) return [];
    const verdict = SC.VERDICTS[state.past.judgement().verdict[i]], { name } = SC.page.divider.source();
    const told = verdict ? `${state.text("verdict_" + verdict)}　${state.past.cost(i, state.rule)}` : state.text("side_absent");
    return [SC.el("span", {}, `${name}　${told}`)];
  }

  function noteOf(state, found) {
    const { kind, index } = found;
    if (["blind", "site", "gap", "link"].includes(kind)) {
      const one = SC.overlayItem(state, found), [label, value] = one.facts.find((fact) => fact[1]) || ["", ""];
      return [SC.el("b", {}, one.title), SC.el("span", {}, `${state.text("kind_" + kind)}　${label} ${value}`)];
    }
    if (kind === "station") {
      const one = state.stations[index];
      return [SC.el("b", {}, state.stationName(index)), SC.el("span", {}, state.named("tier_", one.tier))];
    }
    if (state.polygons[kind]) {
      const figures = state.polygons[kind].figures[state.rule][index];
      return [
        SC.el("b", {}, state.polygons[kind].names[index]),
        SC.el("span", {}, `${state.text("coverage_of", { weight: state.text("weight_" + state.weight) })} ${state.share(figures.coverage[state.weight])}`),
      ];
    }
    const now = state.judgement(), verdict = SC.VERDICTS[now.verdict[index]], station = now.station[index] - 1;
    return [
      SC.el("b", {}, state.buildingName(index)),
      SC.el("span", {}, SC.el("i", { class: "sc-dot sc-" + verdict }), `${state.text("verdict_" + verdict)}　${state.cost(index, state.rule)}`),
      ...beforeOf(state, index),
      station >= 0 ? SC.el("span", {}, state.stationName(station)) : null,
    ].filter(Boolean);
  }
})((window.ServiceCircle = window.ServiceCircle || {}));
