/* The register as a table: found, added, edited in place, deleted, restored, exported; told when the figures are older than it. */
(function (SC) {
  "use strict";

  const SHOWN = 200;

  SC.RegisterTable = class {
    constructor(planner) {
      Object.assign(this, { planner, rows: [], query: "", deleted: false });
      this.box = planner.desk.add("register", { shown: () => this.open() });
      this.stale = new SC.Stale(planner);
    }

    async open() {
      const { planner, box } = this, { text, desk } = planner;
      const search = SC.input("search", { id: "pl-register-query", value: this.query, placeholder: text("register_query"), "aria-label": text("register_query") });
      search.addEventListener("input", () => {
        this.query = search.value;
        this._body();
      });
      const gone = SC.input("checkbox", { id: "pl-register-gone", checked: this.deleted });
      gone.addEventListener("change", () => {
        this.deleted = gone.checked;
        this.load();
      });
      SC.replace(box, SC.el("h2", {}, text("tab_register")), SC.note(text("register_hint")),
        SC.el("div", { class: "pl-row" }, SC.button(text("register_open"), () => this.open(), { class: "pl-button pl-primary", id: "pl-register-open" }),
          SC.button(text("register_export"), (event) => SC.during(event.target, () => planner.api.download("stations/export", "stations.xlsx")))),
        this.stale.box);
      this.count = SC.el("span", { class: "pl-small", role: "status" });
      this.table = SC.el("div", { class: "pl-scroll" });
      desk.openSheet(text("tab_register"), SC.el("div", { class: "pl-row pl-tools" }, search, SC.el("label", { class: "pl-tick" }, gone, text("register_gone")),
        SC.button(text("register_add"), () => this.edit(null), { id: "pl-register-add", class: "pl-button pl-strong" }), this.count), this.table);
      await this.load();
    }

    async load() {
      const { planner } = this;
      this.stale.look();
      try {
        const found = await planner.api.get(`stations?limit=10000&deleted=${this.deleted}`);
        this.rows = found.stations;
        this._body();
      } catch (error) {
        SC.replace(this.table, SC.faults(error));
      }
    }

    _body() {
      const { text } = this.planner, wanted = this.query.trim().toLowerCase();
      const found = this.rows.filter((one) => !wanted || ["station_id", "name", "subdistrict_name", "community_name", "address"].some((key) => String(one[key] || "").toLowerCase().includes(wanted)));
      this.count.textContent = text(found.length > SHOWN ? "register_some" : "register_count", { count: found.length, shown: SHOWN });
      SC.replace(this.table, SC.grid(null, [...SC.REGISTER_SHOWN.map((key) => SC.columnName(this.planner, key)), text("acts")], found.slice(0, SHOWN).map((one) => this._row(one)), { id: "pl-register-table" }));
    }

    _row(one) {
      const { text } = this.planner, words = (key) => SC.cellText(this.planner, key, one[key]);
      const acts = one.deleted
        ? [SC.button(text("restore"), (event) => this._change(event.target, "POST", one, "/restore"))]
        : [SC.button(text("edit"), () => this.edit(one)), SC.button(text("delete"), (event) => this._delete(event.target, one))];
      return SC.el("tr", { "data-station": one.station_id, class: one.deleted ? "pl-gone" : null },
        ...SC.REGISTER_SHOWN.map((key) => SC.el(key === "name" ? "th" : "td", key === "name" ? { scope: "row" } : {}, words(key))),
        SC.el("td", { class: "pl-acts" }, ...acts, SC.button(text("history"), (event) => SC.during(event.target, () => this.history(one)))));
    }

    /** Put a form in the place of a row; null makes a new one on top. */
    edit(one) {
      const { table } = this, old = one && table.querySelector(`tr[data-station="${CSS.escape(one.station_id)}"]`);
      for (const open of table.querySelectorAll(".pl-editing")) open.remove();
      const form = new SC.StationForm(this.planner, one, (saved) => this._saved(saved), () => row.remove());
      const row = SC.el("tr", { class: "pl-editing" }, SC.el("td", { colspan: SC.REGISTER_SHOWN.length + 1 }, form.box));
      if (old) old.after(row);
      else table.querySelector("tbody").prepend(row);
      row.scrollIntoView({ block: "nearest" });
      form.focus();
    }

    _saved(saved) {
      const at = this.rows.findIndex((one) => one.station_id === saved.station_id);
      if (at < 0) this.rows.push(saved);
      else if (saved.deleted && !this.deleted) this.rows.splice(at, 1);
      else this.rows[at] = saved;
      this._body();
      this.stale.look();
      this.planner.desk.tell(this.planner.text("register_saved", { name: saved.name }), "good");
    }

    async _delete(button, one) {
      const { text } = this.planner;
      if (await SC.ask(text("register_delete"), [text("register_delete_sure", { name: one.name })], null, { yes: text("delete"), no: text("cancel") })) await this._change(button, "DELETE", one, "");
    }

    _change(button, method, one, more) {
      return SC.during(button, async () => {
        const path = `stations/${encodeURIComponent(one.station_id)}${more}`;
        this._saved(await (await this.planner.api.send(method, path, { headers: { "If-Match": `"v${one.version}"` } })).json());
      });
    }

    /** Every change of a station: who, when, what was and what is. */
    async history(one) {
      const { planner } = this, { text, api } = planner, found = await api.get(`stations/${encodeURIComponent(one.station_id)}/history`);
      const rows = found.changes.slice().reverse().map((change) => SC.el("tr", {}, SC.el("td", {}, SC.moment(change.at)), SC.el("td", {}, change.who), SC.el("td", {}, text("action_" + change.action)),
        SC.el("td", {}, change.action === "add" ? "" : Object.entries(change.changes).map(([key, [was, is]]) => `${SC.columnName(planner, key)}：${SC.cellText(planner, key, was)} → ${SC.cellText(planner, key, is)}`).join("；"))));
      const box = SC.el("dialog", { class: "pl-dialog pl-wide", "aria-label": text("history_of", { name: one.name }) }, SC.el("h2", {}, text("history_of", { name: one.name })),
        SC.el("div", { class: "pl-scroll" }, SC.grid(null, [text("when"), text("who"), text("what"), text("change")], rows, { id: "pl-history" })),
        SC.el("div", { class: "pl-row pl-end" }, SC.button(text("close"), () => box.close(), { class: "pl-button pl-primary" })));
      box.addEventListener("close", () => box.remove());
      document.body.append(box);
      box.showModal();
    }
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
