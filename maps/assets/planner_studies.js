/* Studies: begun by dropping files, checked, corrected, analysed, served. */
(function (SC) {
  "use strict";

  SC.Studies = class {
    constructor(planner) {
      Object.assign(this, { planner, files: [] });
      this.box = planner.desk.add("studies", { shown: () => this.show() });
      this.quality = new SC.StudyQuality(planner, this);
      // a file that misses the box must not take the page away
      for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
    }

    async show() {
      if (!this.form) this._build();
      try {
        this.list = (await this.planner.api.get("studies")).studies;
        this._draw();
      } catch (error) {
        SC.replace(this.cards, SC.faults(error));
      }
    }

    _build() {
      const { planner } = this, { text } = planner;
      const chooser = SC.input("file", { multiple: true, id: "pl-files", class: "pl-hidden", tabindex: "-1", "aria-hidden": "true" });
      chooser.addEventListener("change", () => this._take(chooser.files));
      this.drop = SC.el("button", { type: "button", class: "pl-drop-box", id: "pl-drop-box", onclick: () => chooser.click() }, SC.el("b", {}, text("drop_files")), SC.el("small", {}, text("drop_names")));
      this.drop.addEventListener("dragover", () => this.drop.classList.add("pl-over"));
      this.drop.addEventListener("dragleave", () => this.drop.classList.remove("pl-over"));
      this.drop.addEventListener("drop", (event) => {
        this.drop.classList.remove("pl-over");
        this._take(event.dataTransfer.files);
      });
      this.name = SC.input("text", { id: "pl-study-name", maxlength: 100, value: text("study_name_first") });
      this.asOf = SC.input("date", { id: "pl-study-date" });
      this.crs = SC.input("text", { id: "pl-study-crs", maxlength: 20, placeholder: "EPSG:4547" });
      this.simulated = SC.input("checkbox", { id: "pl-study-simulated" });
      this.chosen = SC.el("ul", { class: "pl-listed", id: "pl-chosen" });
      this.send = SC.el("button", { type: "submit", class: "pl-button pl-primary", id: "pl-study-send", disabled: true }, text("study_send"));
      this.form = SC.el("form", { novalidate: true, onsubmit: (event) => this._submit(event) }, this.drop, chooser, this.chosen,
        SC.field(text("study_name"), this.name), SC.el("div", { class: "pl-two" }, SC.field(text("study_as_of"), this.asOf), SC.field(text("study_crs"), this.crs, text("study_crs_hint"))),
        SC.el("label", { class: "pl-tick" }, this.simulated, text("study_simulated")), SC.el("div", { class: "pl-stick" }, this.send));
      this.cards = SC.el("ul", { class: "pl-cards", id: "pl-studies-list" });
      SC.replace(this.box, SC.el("h2", {}, text("tab_studies")), this.form, SC.el("h3", {}, text("studies_here")), this.cards);
    }

    _take(files) {
      for (const file of files) this.files = this.files.filter((one) => one.name !== file.name).concat(file);
      this._chosenFiles();
    }

    _chosenFiles() {
      const { text } = this.planner;
      this.send.disabled = !this.files.length;
      SC.replace(this.chosen, ...this.files.map((file) => SC.el("li", {}, SC.el("span", {}, file.name, SC.el("small", {}, text("megabytes", { value: (file.size / 1048576).toFixed(file.size < 1048576 ? 2 : 1) }))),
        SC.el("button", { type: "button", class: "pl-drop", "aria-label": text("drop"), onclick: () => {
          this.files = this.files.filter((one) => one !== file);
          this._chosenFiles();
        } }, "×"))));
    }

    async _submit(event) {
      event.preventDefault();
      const { planner } = this, form = new FormData();
      const settings = { name: this.name.value.trim() || planner.text("study_name_first"), simulated: this.simulated.checked };
      if (this.asOf.value) settings.as_of = this.asOf.value;
      if (this.crs.value.trim()) settings.crs = this.crs.value.trim();
      for (const file of this.files) form.append("files", file, file.name);
      form.append("settings", JSON.stringify(settings));
      await SC.during(this.send, async () => {
        const study = await (await planner.api.send("POST", "studies", { body: form })).json();
        this.files = [];
        this._chosenFiles();
        if (study.ignored.length) planner.desk.tell(planner.text("study_ignored", { names: study.ignored.join("、") }), "warn");
        await this.show();
        await this.follow(study);
      });
    }

    /** Follow the job of a study in its card; then what comes next. */
    async follow(study) {
      const card = this.cards.querySelector(`[data-study="${study.id}"] .pl-card-job`);
      if (!card || !study.job) return;
      const ended = await new SC.JobView(this.planner, card).follow(study.job.id);
      await this.show();
      if (ended.kind === "check" && ended.state === "done") await this.quality.open(study.id);
    }

    _draw() {
      const { text } = this.planner;
      SC.replace(this.cards, ...this.list.map((one) => this._card(one)));
      if (!this.list.length) SC.replace(this.cards, SC.el("li", {}, SC.note(text("studies_none"))));
    }

    _card(one) {
      const { planner } = this, { text, api } = planner, act = (key, does, more) => SC.button(text(key), (event) => SC.during(event.target, does), { "data-act": key, ...more });
      const open = one.job && ["queued", "running"].includes(one.job.state);
      const state = one.served ? "study_served" : one.analysed ? "study_analysed" : one.checked ? "study_checked" : "study_received";
      const fault = one.job && one.job.state === "failed" ? SC.faults(new SC.Refused(0, one.job.problem || {})) : null;
      return SC.el("li", { "data-study": one.id }, SC.el("div", { class: "pl-card-head" }, SC.el("b", {}, one.name), SC.el("span", { class: "pl-chip" }, text(state))),
        SC.el("small", {}, `${one.inputs.join("、")} · ${one.who} ${SC.moment(one.made_at)}`), SC.el("div", { class: "pl-card-job" }, fault),
        SC.el("div", { class: "pl-row" },
          open ? act("study_follow", () => this.follow(one)) : null,
          one.checked ? act("study_quality", () => this.quality.open(one.id)) : null,
          one.checked && !open ? act("study_analyse", () => this.analyse(one.id), { class: "pl-button" + (one.analysed ? "" : " pl-primary") }) : null,
          one.analysed && !one.served ? act("study_serve", () => this._serve(one.id), { class: "pl-button pl-primary" }) : null,
          one.served ? act("study_home", () => this._serve(null)) : null,
          one.analysed ? act("study_tables", () => api.download(`studies/${one.id}/files/tables.xlsx`, "tables.xlsx")) : null,
          one.files.includes("report.html") ? act("study_report", () => api.download(`studies/${one.id}/files/report.html`, "report.html")) : null,
          !open && !one.served ? act("delete", () => this._delete(one)) : null));
    }

    async analyse(id) {
      this.planner.desk.closeSheet();
      const study = await this.planner.api.post(`studies/${id}/analysis`, { forms: ["html"] });
      await this.show();
      this.follow(study);
    }

    /** Serve the result of a study (null: that of the start) and show its page. */
    async _serve(id) {
      const { api } = this.planner, before = (await api.get("readyz")).result;
      await api.send("PUT", "studies/serving", { json: { study: id } });
      for (let n = 0; n < 60 && (await api.get("readyz")).result === before; n++) await new Promise((done) => setTimeout(done, 500));
      location.reload();
    }

    async _delete(one) {
      const { text, api } = this.planner;
      if (!(await SC.ask(text("study_delete"), [text("study_delete_sure", { name: one.name })], null, { yes: text("delete"), no: text("cancel") }))) return;
      await api.send("DELETE", "studies/" + one.id);
      await this.show();
    }
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
