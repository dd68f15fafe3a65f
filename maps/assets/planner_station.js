/* One row of the register as a form: checked by the service, faults beside their cells, a conflict told with what now stands. */
(function (SC) {
  "use strict";

  SC.REGISTER_SHOWN = ["station_id", "name", "tier", "status", "subdistrict_name", "community_name", "address", "opening_hours"];
  const EDITED = [
    "name", "tier", "status", "subdistrict_name", "community_name", "address", "lon", "lat", "coordinate_source", "access_scope", "opening_hours", "floor", "area_m2", "opened_on", "closed_on", "remarks",
  ];
  const NUMBERS = new Set(["lon", "lat", "floor", "area_m2"]), NEEDED = new Set(["name", "tier", "status", "lon", "lat", "coordinate_source"]);
  const CHOICES = { status: ["planned", "building", "open", "closed"], access_scope: ["public", "building", "members"], coordinate_source: ["gcj02", "bd09", "survey"] };

  SC.columnName = (planner, key) => planner.columns[key] || key;

  const PREFIX = { tier: "tier_", status: "status_", access_scope: "scope_" };

  /** A value of the register as it is read. */
  SC.cellText = function (planner, key, value) {
    if (value === null || value === undefined || value === "") return "—";
    if (key === "coordinate_source") return planner.text("source_of_" + value);
    return PREFIX[key] ? planner.state.named(PREFIX[key], value) : String(value);
  };

  SC.StationForm = class {
    /** `one` is a station of the register or null; `saved` gets what the service kept. */
    constructor(planner, one, saved, ended) {
      Object.assign(this, { planner, one, saved, ended });
      const { text } = planner;
      this.inputs = new Map(EDITED.map((key) => [key, this._input(key)]));
      this.faults = SC.el("div", {});
      this.save = SC.el("button", { type: "submit", class: "pl-button pl-primary" }, text("save"));
      this.box = SC.el("form", { novalidate: true, class: "pl-station", onsubmit: (event) => this._submit(event) },
        SC.el("div", { class: "pl-fields" }, ...[...this.inputs].map(([key, input]) => SC.field(SC.columnName(planner, key) + (NEEDED.has(key) ? " *" : ""), input))),
        this.faults, SC.el("div", { class: "pl-row" }, this.save, SC.button(text("cancel"), ended)));
    }

    focus() {
      this.inputs.get("name").focus();
    }

    _input(key) {
      const { planner, one } = this, value = one ? one[key] : null, more = { "data-column": key };
      const codes = key === "tier" ? planner.state.tiers : CHOICES[key];
      if (codes) {
        const all = value && !codes.includes(value) ? [...codes, value] : codes;
        return SC.choice([["", "—"], ...all.map((code) => [code, SC.cellText(planner, key, code)])], value || "", more);
      }
      return SC.input("text", { ...more, inputmode: NUMBERS.has(key) ? "decimal" : null, value: value === null || value === undefined ? "" : String(value), maxlength: 500 });
    }

    /** Only what somebody changed. */
    values() {
      const found = {};
      for (const [key, input] of this.inputs) {
        const words = input.value.trim(), was = this.one && this.one[key] !== null && this.one[key] !== undefined ? String(this.one[key]) : "";
        if (words === was) continue;
        // a figure that is none goes as it is written, so that the service says what is wrong with it
        found[key] = words === "" ? null : NUMBERS.has(key) && !isNaN(Number(words)) ? Number(words) : words;
      }
      return found;
    }

    async _submit(event) {
      event.preventDefault();
      const { planner, one } = this, values = this.values();
      if (!Object.keys(values).length) return this.ended();
      this._clear();
      this.save.disabled = true;
      try {
        const answer = one
          ? await planner.api.send("PATCH", "stations/" + encodeURIComponent(one.station_id), { json: values, headers: { "If-Match": `"v${one.version}"` } })
          : await planner.api.send("POST", "stations", { json: values });
        this.saved(await answer.json());
      } catch (error) {
        if (!error.lines) throw error;
        if (error.status === 412) await this._conflict();
        else this._tell(error);
      } finally {
        this.save.disabled = false;
      }
    }

    _clear() {
      this.faults.textContent = "";
      for (const note of this.box.querySelectorAll(".pl-cell-fault")) note.remove();
      for (const input of this.inputs.values()) input.removeAttribute("aria-invalid");
    }

    /** Faults under the cells they are of, the rest below. */
    _tell(error) {
      const rest = [];
      for (const one of error.errors.length ? error.errors : [{ detail: error.message }]) {
        const key = this._column(one), input = this.inputs.get(key);
        if (!input) {
          rest.push(one.detail);
          continue;
        }
        input.setAttribute("aria-invalid", "true");
        input.after(SC.el("small", { class: "pl-cell-fault", role: "alert" }, one.detail));
      }
      if (rest.length) this.faults.append(SC.faults({ lines: () => rest }));
      const first = this.box.querySelector("[aria-invalid]");
      if (first) first.focus();
    }

    /** Which column a fault is of: said, or named in its sentence. */
    _column(one) {
      const said = String(one.field || "").split(".").pop();
      if (this.inputs.has(said)) return said;
      return [...this.inputs.keys()].find((key) => one.detail.includes(`“${SC.columnName(this.planner, key)}”`) || one.detail.includes(`“${key}”`));
    }

    /** Somebody was faster: say so, show what they changed, let the next save stand on theirs. */
    async _conflict() {
      const { planner, one } = this, { text, api } = planner, now = await api.get("stations/" + encodeURIComponent(one.station_id)), mine = this.values();
      const changed = EDITED.filter((key) => String(now[key]) !== String(one[key]));
      this.one = now;
      for (const key of changed) if (!(key in mine)) this.inputs.get(key).value = now[key] === null ? "" : String(now[key]);
      this.faults.append(SC.el("div", { class: "pl-conflict", role: "alert" }, SC.el("b", {}, text("conflict")),
        SC.el("ul", {}, ...changed.map((key) => SC.el("li", {}, `${SC.columnName(planner, key)}：${SC.cellText(planner, key, one[key])} → ${SC.cellText(planner, key, now[key])}`))), SC.el("p", {}, text("conflict_next"))));
    }
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
