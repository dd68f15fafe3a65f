/* Is this address or coordinate covered, and why: asked of the service, shown on the map. */
(function (SC) {
  "use strict";

  const DATUMS = ["wgs84", "gcj02", "bd09"];

  SC.PlaceQuery = class {
    constructor(planner) {
      Object.assign(this, { planner, at: null });
      this.box = planner.desk.add("place", { shown: () => this.form || this._build(), left: () => planner.picker.stop() });
      planner.marks.push((ctx, view) => this._paint(ctx, view));
    }

    _build() {
      const { planner } = this, { text, state } = planner;
      this.query = SC.input("search", { id: "pl-place-query", placeholder: text("place_hint") });
      this.crs = SC.choice(state.local ? [["local", text("datum_local")]] : DATUMS.map((one) => [one, text("datum_" + one)]), state.local ? "local" : "wgs84", { id: "pl-datum" });
      this.list = SC.el("ul", { class: "pl-cards" });
      this.answer = SC.el("div", { id: "pl-place-answer", "aria-live": "polite" });
      this.run = SC.el("button", { type: "submit", class: "pl-button pl-primary", id: "pl-place-run" }, text("place_run"));
      this.form = SC.el("form", { novalidate: true, onsubmit: (event) => this._submit(event) }, SC.field(text("place_what"), this.query), SC.field(text("datum"), this.crs),
        SC.el("div", { class: "pl-row" }, this.run, SC.button(text("place_pick"), () => this._pick())));
      SC.replace(this.box, SC.el("h2", {}, text("tab_place")), this.form, this.list, this.answer);
    }

    _pick() {
      const { picker, text } = this.planner;
      picker.start(text("picking_place"), (place) => {
        picker.stop();
        this.query.value = `${place.lon}, ${place.lat}`;
        if (!this.planner.state.local) this.crs.value = "wgs84";
        this.ask(place.lon, place.lat, this.crs.value);
      });
    }

    async _submit(event) {
      event.preventDefault();
      const words = this.query.value.trim(), numbers = words.match(/^\(?\s*(-?\d+(?:\.\d+)?)\s*[,，;；\s]\s*(-?\d+(?:\.\d+)?)\s*\)?$/);
      SC.replace(this.list);
      SC.replace(this.answer);
      if (!words) return;
      if (!numbers) {
        this._named(words);
        return;
      }
      let [lon, lat] = [Number(numbers[1]), Number(numbers[2])];
      if (!this.planner.state.local && Math.abs(lon) <= 90 && Math.abs(lat) > 90) [lon, lat] = [lat, lon]; // written latitude first
      await this.ask(lon, lat, this.crs.value);
    }

    /** Places of the map by name, and stations by their address in the register. */
    async _named(words) {
      const { planner } = this, { text, state, page } = planner, found = page.search.find(words).filter((one) => ["station", "building"].includes(one.kind)).slice(0, 8);
      const rows = found.map((one) => ({ name: one.name, where: [state.text("kind_" + one.kind), one.where].filter(Boolean).join(" · "), ...this._placeOf(one) }));
      const folded = words.toLowerCase();
      for (const one of await this._register()) {
        if (rows.length >= 12) break;
        if (one.lon_wgs84 !== null && String(one.address || "").toLowerCase().includes(folded)) rows.push({ name: one.name, where: one.address, lon: one.lon_wgs84, lat: one.lat_wgs84 });
      }
      SC.replace(this.list, ...rows.map((row) => SC.el("li", {}, SC.button([SC.el("b", {}, row.name), SC.el("small", {}, row.where)], () => this.ask(row.lon, row.lat, state.local ? "local" : "wgs84"), { class: "pl-found" }))));
      if (!rows.length) SC.replace(this.answer, SC.note(text("place_none", { words }), "warn"));
    }

    async _register() {
      if (!this._stations) this._stations = this.planner.api.get("stations?limit=10000").then((found) => found.stations).catch(() => []);
      return this._stations;
    }

    _placeOf({ kind, index }) {
      const { state, page } = this.planner;
      const box = kind === "building" ? state.buildings.shapes.boxOf(index) : null, one = state.stations[index];
      const at = SC.latLngOf(page.map, state.plane, box ? (box.west + box.east) / 2 : one.x, box ? (box.north + box.south) / 2 : one.y);
      return { lon: at.lng, lat: at.lat };
    }

    async ask(lon, lat, crs) {
      const { planner } = this, { api, state } = planner, rule = state.currentRule().name;
      await SC.during(this.run, async () => {
        const query = new URLSearchParams({ lon, lat, crs, rule });
        const found = await api.get("coverage?" + query);
        this._show(found, lon, lat, crs);
      });
    }

    _show(found, lon, lat, crs) {
      const { planner } = this, { text, state, page } = planner, rule = state.currentRule();
      const amount = found.minutes !== null ? `${(Math.ceil(found.minutes * 10 - 1e-6) / 10).toFixed(1)} ${state.text("unit_time")}` : found.metres !== null ? `${SC.grouped(Math.ceil(found.metres))} ${state.text("unit_metres")}` : "";
      const fact = (key, value) => (value ? [SC.el("dt", {}, text(key)), SC.el("dd", {}, value)] : []);
      SC.replace(this.answer, SC.el("p", { class: "sc-verdict" }, SC.el("span", { class: "sc-chip sc-" + found.verdict }, state.text("verdict_" + found.verdict)), SC.el("strong", {}, amount)),
        SC.el("p", { class: "sc-reason" }, found.sentence),
        SC.el("dl", { class: "pl-facts" }, ...fact("rule", rule.name), ...fact("station", found.station && found.station.name), ...fact("building", found.building && (found.building.name || found.building.building_id)),
          ...fact("unit", found.subdistrict && found.subdistrict.name)),
        SC.el("p", { class: "pl-small" }, found.notices.join("　")));
      // in another datum only the service knows where that is on this map
      this.at = crs === "wgs84" || crs === "local" ? planner.stepOf(lon, lat) : null;
      if (this.at) page.map.setView(SC.latLngOf(page.map, state.plane, this.at.x, this.at.y), Math.max(page.map.getZoom(), 16), { animate: false });
      planner.redrawMarks();
    }

    _paint(ctx, view) {
      if (this.at && this.planner.desk.now === "place") SC.disc(ctx, view.px(this.at.x), view.py(this.at.y), 9, this.planner.state.theme.colours.red);
    }
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
