/* Before and after on one map: a line that is dragged or moved by keys, the earlier state left of it, the present one right. */
(function (SC) {
  "use strict";

  const THEMES = ["verdict", "cost", "overlap", "coverage"];
  const AFTER = ["sc-ground", "sc-marks", "sc-trial", "sc-trial-marks"], BEFORE = ["sc-past", "sc-past-marks"];
  const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -100, End: 100 };

  /** What an earlier result said, unfolded from the differences that travel (maps/earlier.py); null when there is none. */
  SC.readEarlier = function (state) {
    const { store } = state, told = store.texts.earlier;
    if (!told) return null;
    const byRule = state.buildings.byRule.map((now, r) => {
      if (!told.rules[r]) return null;
      const verdict = store.array(`earlier${r}.verdict`), value = store.array(`earlier${r}.value`), reach = store.array(`earlier${r}.reach`);
      return {
        verdict: verdict.map((one, i) => one ^ now.verdict[i]), value: Uint16Array.from(value, (one, i) => now.value[i] + one),
        reach: Uint8Array.from(reach, (one, i) => now.reach[i] + one),
      };
    });
    const gone = new Set(told.gone), stations = state.stations.filter((one) => !gone.has(one.index));
    for (const [x, y, tier, status, name] of told.stations) {
      stations.push({ index: -1 - stations.length, x, y, tier, status, name, area: -1, idle: Boolean(status) && status !== "open" });
    }
    return { ...told, byRule, stations };
  };

  /** The same state as it was before: whatever does not differ is read through to the present. */
  function pastOf(state, sourceOf) {
    const past = Object.create(state), empty = state.store.shapes("");
    const nothing = { sites: [], gaps: [], links: [], byRule: state.overlays.byRule.map((one) => ({ ...one, blind: empty, blindItems: [], blindLabels: [] })) };
    const areas = () => ({ ...state.areas, figures: sourceOf().figures });
    const get = {
      buildings: () => ({ ...state.buildings, byRule: sourceOf().byRule }), headlines: () => sourceOf().headlines, stations: () => sourceOf().stations,
      areas, polygons: () => ({ ...state.polygons, subdistrict: areas() }),
      // what an earlier result found and proposed does not travel
      overlays: () => (sourceOf().own ? state.overlays : { ...state.overlays, ...nothing }),
    };
    for (const [name, of] of Object.entries(get)) Object.defineProperty(past, name, { get: of });
    return past;
  }

  SC.Divider = class {
    constructor(state, page, frame) {
      Object.assign(this, { state, page, frame, moved: null, suspended: false });
      this.button = SC.el("button", {
        type: "button", class: "sc-divide", id: "sc-divide", title: state.text("divider_hint"), "aria-pressed": "false", hidden: true,
        onclick: () => state.set({ comparing: !state.comparing }),
      }, SC.el("b", { "aria-hidden": "true" }, "◧"), state.text("divider_open"));
      this.names = { before: SC.el("span", {}), after: SC.el("span", {}) };
      this.line = SC.el("div", {
        class: "sc-divider", id: "sc-divider", role: "slider", tabindex: "0", "aria-label": state.text("divider"),
        "aria-orientation": "horizontal", "aria-valuemin": "0", "aria-valuemax": "100", hidden: true,
      }, this.names.before, this.names.after, SC.el("i", { "aria-hidden": "true" }, "◂ ▸"));
      frame.append(this.button, this.line);
      this._listen();
      state.onChange((changed) => this._changed(changed));
      this._offer();
    }

    _listen() {
      const { line, page, frame } = this;
      line.addEventListener("pointerdown", (event) => {
        line.setPointerCapture(event.pointerId);
        event.preventDefault(); // no selecting of text, and the arrow keys stay with a presentation
      });
      line.addEventListener("pointermove", (event) => {
        if (!line.hasPointerCapture(event.pointerId)) return;
        const box = frame.getBoundingClientRect();
        this.put((event.clientX - box.left) / box.width);
      });
      line.addEventListener("keydown", (event) => {
        const step = STEPS[event.key];
        if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
        this.put(this.at + (step * (event.shiftKey ? 10 : 2)) / 100);
        event.preventDefault();
        event.stopPropagation();
      });
      page.map.on("move zoom viewreset zoomend moveend resize", () => this._clip());
    }

    /** What stands left of the line: the study before the page's own what-if, else an earlier result; null for nothing. */
    source() {
      const { state, page } = this, { trial } = page;
      if (trial && trial.changes.length) {
        const kept = trial.kept, stations = this._kept || (this._kept = state.stations.slice(0, kept.stations));
        return { own: true, name: state.text("side_study"), now: state.text("trial"), byRule: kept.byRule, headlines: kept.headlines, figures: kept.figures, stations };
      }
      return state.earlier && state.earlier.rules[state.rule] ? state.earlier : null;
    }

    get on() {
      return this.state.comparing && !this.suspended;
    }

    /** Where the line is as a share of the width: until somebody moves it, in the middle of what no panel hides. */
    get at() {
      const { frame, moved } = this, panel = SC.byId("sc-trial"), wide = frame.clientWidth;
      if (moved !== null || !panel || !panel.offsetParent || !wide) return moved === null ? 0.5 : moved;
      return (panel.getBoundingClientRect().left - frame.getBoundingClientRect().left) / wide / 2;
    }

    /** Put the line at a share of the width. */
    put(at) {
      this.moved = Math.min(1, Math.max(0, Math.round(at * 1000) / 1000));
      this._clip();
    }

    /** Show the present alone for a while: on paper and in a picture the map is as it is after. */
    suspend(suspended) {
      this.suspended = suspended;
      this.frame.classList.toggle("sc-alone", suspended);
      this._clip();
    }

    _changed(changed) {
      const { state } = this;
      if (changed.has("themeLayer") && !THEMES.includes(state.themeLayer) && state.comparing) return state.set({ comparing: false });
      if (state.comparing && !this.source()) return state.set({ comparing: false });
      if (changed.has("comparing") && state.comparing && !THEMES.includes(state.themeLayer)) return state.set({ themeLayer: "verdict" });
      if (!["comparing", "rule", "weight", "themeLayer", "shown"].some((name) => changed.has(name))) return undefined;
      this._offer();
      if (state.comparing) this._open();
      this._clip();
      return undefined;
    }

    _offer() {
      const { state, button } = this;
      button.hidden = !this.source();
      button.setAttribute("aria-pressed", String(Boolean(state.comparing)));
    }

    /** Make the layers of the earlier side when they are first wanted, draw them anew later. */
    _open() {
      const { state, page } = this;
      if (!this.layers) {
        state.past = pastOf(state, () => this.source());
        for (const [name, z] of [["sc-past", 302], ["sc-past-marks", 422]]) {
          page.map.createPane(name).style.zIndex = z;
          page.map.getPane(name).style.pointerEvents = "none";
        }
        const ground = SC.groundStack(state.past), marks = SC.marksStack(state.past);
        this.layers = [new SC.CanvasLayer(state.plane, ground, { pane: "sc-past", keeps: true }), new SC.CanvasLayer(state.plane, marks, { pane: "sc-past-marks" })];
        this.layers.forEach((layer) => layer.addTo(page.map));
        return;
      }
      // a frame later: the painters' own listeners have then heard of the change too
      requestAnimationFrame(() => this.redraw());
    }

    redraw() {
      if (this.layers && this.state.comparing) this.layers.forEach((layer) => layer.redraw());
    }

    _clip() {
      const { page, state, on, at } = this, { map } = page;
      this.line.hidden = !on;
      const size = map.getSize(), x = Math.round(at * size.x), reach = Math.max(size.x, size.y);
      const rect = (from, to) => {
        const a = map.containerPointToLayerPoint([from, -reach]), b = map.containerPointToLayerPoint([to, size.y + reach]);
        return `polygon(${a.x}px ${a.y}px,${b.x}px ${a.y}px,${b.x}px ${b.y}px,${a.x}px ${b.y}px)`;
      };
      const set = (names, side, clip) => names.forEach((name) => {
        const pane = map.getPane(name);
        if (!pane) return;
        pane.style.clipPath = clip;
        pane.style.display = side === "before" && !on ? "none" : "";
        if (on) pane.dataset.side = side;
        else delete pane.dataset.side;
      });
      set(AFTER, "after", on ? rect(x, size.x + reach) : "");
      set(BEFORE, "before", on ? rect(-reach, x) : "");
      if (on) this._say(state, x);
    }

    /** Position, names and shares of both sides. */
    _say(state, x) {
      const { line, names } = this, source = this.source();
      if (!source) return;
      const of = (headlines) => state.share(headlines[state.rule].coverage[state.weight]);
      const before = `${source.name} ${of(source.headlines)}`, after = `${source.now} ${of(state.headlines)}`, percent = Math.round(this.at * 100);
      line.style.left = x + "px";
      names.before.textContent = before;
      names.after.textContent = after;
      line.setAttribute("aria-valuenow", String(percent));
      line.setAttribute("aria-valuetext", state.text("divider_at", { percent, before, after }));
    }
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
