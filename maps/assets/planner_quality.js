/* The quality report of a study on its way in: what was found, rows set aside corrected where they stand. */
(function (SC) {
  "use strict";

  const RANK = ["error", "warning", "info"];

  SC.StudyQuality = class {
    constructor(planner, studies) {
      Object.assign(this, { planner, studies });
    }

    async open(id) {
      const { planner } = this, { text, api, desk } = planner, found = await api.get(`studies/${id}/quality`);
      const counts = Object.fromEntries(RANK.map((one) => [one, found.findings.filter((other) => other.severity === one).length]));
      const chips = SC.el("p", { class: "pl-chips" }, ...RANK.map((one) => SC.el("span", { class: "pl-chip pl-" + one }, text("severity_" + one) + " " + counts[one])),
        SC.el("span", { class: "pl-chip" }, text("rejects_count", { count: found.rejects.length })));
      const analyse = SC.button(text("study_analyse"), (event) => SC.during(event.target, () => this.studies.analyse(id)), { class: "pl-button pl-primary", id: "pl-analyse" });
      desk.openSheet(text("quality_title"), SC.el("div", { class: "pl-scroll" }, SC.el("div", { class: "pl-row pl-tools" }, chips, analyse),
        this._inputs(found), this._correct(id, found), this._findings(found), this._others(found)));
    }

    _inputs(found) {
      const { text } = this.planner, rows = found.inputs.map((one) => SC.el("tr", {}, SC.el("th", { scope: "row" }, one.name || this._input(one.input)),
        ...[one.file, number(one.rows), number(one.rows_kept), one.crs || "—"].map((cell) => SC.el("td", {}, cell))));
      return rows.length ? SC.grid(text("quality_inputs"), [text("quality_input"), text("quality_file"), text("quality_rows"), text("quality_kept"), text("quality_crs")], rows) : null;
    }

    _input(code) {
      return this.planner.words["input_" + code] || code;
    }

    _findings(found) {
      const { text } = this.planner, all = found.findings.slice().sort((a, b) => RANK.indexOf(a.severity) - RANK.indexOf(b.severity));
      if (!all.length) return SC.note(text("quality_none"), "good");
      return SC.el("section", {}, SC.el("h3", {}, text("quality_findings")), SC.el("ul", { class: "pl-findings", id: "pl-findings" }, ...all.map((one) =>
        SC.el("li", {}, SC.el("span", { class: "pl-chip pl-" + one.severity }, text("severity_" + one.severity)), SC.el("span", {}, one.text, one.advice ? SC.el("small", {}, one.advice) : null)))));
    }

    /** Rows that can be mended here, a form each; all of one table are sent together. */
    _correct(id, found) {
      const { text } = this.planner, tables = [...new Set(found.correctable.map((one) => one.input))];
      if (!tables.length) return null;
      return SC.el("section", { id: "pl-correct" }, SC.el("h3", {}, text("correct_title", { count: found.correctable.length })), SC.note(text("correct_hint")), ...tables.map((input) => {
        const rows = found.correctable.filter((one) => one.input === input).map((one) => new Row(this.planner, one));
        const save = SC.button(text("correct_save"), (event) => SC.during(event.target, () => this._send(id, found.version, input, rows)), { class: "pl-button pl-primary", "data-correct": input });
        return SC.el("div", { class: "pl-correct" }, SC.el("h4", {}, this._input(input)), ...rows.map((row) => row.box), SC.el("div", { class: "pl-row pl-end" }, save));
      }));
    }

    async _send(id, version, input, rows) {
      const { planner } = this, changed = rows.map((row) => row.change()).filter(Boolean);
      if (!changed.length) throw new SC.Refused(0, { detail: planner.text("correct_nothing") });
      const study = await (await planner.api.send("PATCH", `studies/${id}/rejects/${encodeURIComponent(input)}`, { json: { rows: changed }, headers: { "If-Match": `"v${version}"` } })).json();
      planner.desk.closeSheet();
      await this.studies.show();
      this.studies.follow(study);
    }

    /** What was set aside and can only be mended in its file. */
    _others(found) {
      const { text } = this.planner, here = new Set(found.correctable.map((one) => `${one.input}\n${one.sheet}\n${one.row}`));
      const rest = found.rejects.filter((one) => !here.has(`${one.input}\n${one.sheet || ""}\n${one.row}`));
      if (!rest.length) return null;
      return SC.el("details", {}, SC.el("summary", {}, text("rejects_rest", { count: rest.length })), SC.grid(null, [text("quality_input"), text("row"), text("column"), text("value"), text("reason")],
        rest.slice(0, 500).map((one) => SC.el("tr", {}, ...[this._input(one.input), one.row, one.column, one.value, one.reason].map((cell) => SC.el("td", {}, cell === null || cell === undefined ? "" : cell))))));
    }
  };

  /** A row that was set aside: its filled cells as fields, the others to be opened. */
  class Row {
    constructor(planner, one) {
      this.one = one;
      this.inputs = new Map(Object.entries(one.values).map(([name, value]) => [name, SC.input("text", { value: value || "", maxlength: 500, "data-column": name })]));
      const mentioned = (name) => one.reason.includes(name.replace(/[*＊]$/, "")) || (one.values[name] && one.reason.includes(`“${one.values[name]}”`));
      const fields = (wanted) => [...this.inputs].filter(([name]) => Boolean(mentioned(name)) === wanted).map(([name, input]) => SC.field(name, input));
      const first = fields(true), rest = fields(false), where = planner.text("correct_row", { sheet: one.sheet, row: one.row });
      this.box = SC.el("fieldset", { class: "pl-aside", "data-row": one.row }, SC.el("legend", {}, where), SC.el("p", { class: "pl-cell-fault" }, one.reason),
        SC.el("div", { class: "pl-fields" }, ...(first.length ? first : rest)),
        first.length && rest.length ? SC.el("details", {}, SC.el("summary", {}, planner.text("correct_more")), SC.el("div", { class: "pl-fields" }, ...rest)) : null);
    }

    change() {
      const values = {};
      for (const [name, input] of this.inputs) if (input.value.trim() !== (this.one.values[name] || "")) values[name] = input.value.trim() || null;
      return Object.keys(values).length ? { sheet: this.one.sheet, row: this.one.row, values } : null;
    }
  }

  const number = (value) => (value === null || value === undefined ? "—" : SC.grouped(value));
})((window.ServiceCircle = window.ServiceCircle || {}));
