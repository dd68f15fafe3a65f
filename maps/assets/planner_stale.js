/* Whether the figures are older than the register, and the analysis that makes them new. */
(function (SC) {
  "use strict";

  const DELAY_MS = 1500;

  SC.Stale = class {
    constructor(planner) {
      this.planner = planner;
      this.box = SC.el("div", {});
      this.banner = SC.el("div", { class: "pl-stale", id: "pl-stale", role: "status", hidden: true });
      planner.desk.frame.append(this.banner);
      this.look();
    }

    /** Ask whether a newer register, or a newer result than the page shows, is there. */
    async look() {
      const { planner } = this, { text } = planner;
      let state;
      try {
        state = await planner.api.get("readyz");
      } catch (error) {
        if (!error.lines) throw error;
        return;
      }
      this.result = this.result || state.result;
      if (state.result !== this.result) this._newer();
      else if (state.stale) this._say(text("stale", { count: state.changed_stations_count }), SC.button(text("reanalyse"), (event) => this.begin(event.target), { id: "pl-reanalyse" }));
      else if (!this.running) this.banner.hidden = true;
    }

    _say(words, ...more) {
      SC.replace(this.banner, SC.el("span", {}, words), ...more);
      this.banner.hidden = false;
    }

    _newer() {
      const { text } = this.planner;
      this._say(text("newer"), SC.button(text("reload"), () => location.reload(), { id: "pl-reload" }));
    }

    /** Analyse again as a job, then offer the page of the new result. */
    begin(button) {
      const { planner } = this, { text, api } = planner;
      return SC.during(button, async () => {
        const answer = await api.post("stations/reanalysis");
        this.running = true;
        const place = SC.el("div", {});
        this._say(text("reanalysing"), place);
        const job = await new SC.JobView(planner, place).follow(answer.job.id);
        this.running = false;
        if (job.state !== "done") return;
        this._say(text("taking_up"));
        for (let n = 0; n < 40 && !(await this._arrived()); n++) await new Promise((done) => setTimeout(done, DELAY_MS));
      });
    }

    async _arrived() {
      const state = await this.planner.api.get("readyz").catch(() => null);
      if (!state || state.result === this.result) return false;
      this._newer();
      return true;
    }
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
