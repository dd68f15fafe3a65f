/* What the planner's page adds to the what-if panel: the service's word on the figures, walking links, saving under a name. */
(function (SC) {
  "use strict";

  SC.LiveTrial = class {
    constructor(planner) {
      this.planner = planner;
      const { page, desk } = planner;
      this.links = new SC.Links(planner);
      planner.live = new SC.Live(planner, this.links);
      const panel = page.trialPanel, leave = panel.leave.bind(panel);
      panel.more = () => this.parts();
      panel.word = () => (planner.live.plan() ? this._word() : null);
      panel.leave = () => {
        planner.picker.stop();
        planner.live.clear();
        leave();
        if (desk.now === "trial") desk.open("overview");
      };
      desk.add("trial", {
        box: SC.byId("sc-side"),
        shown: () => page.trial.active || panel.open(),
      });
    }

    parts() {
      const { planner } = this, { live, text } = planner, some = Boolean(live.plan());
      return [
        this.links.part(),
        some ? this._extra() : null,
        some ? SC.el("div", { class: "pl-row pl-end" }, ...(live.id ? [SC.button(text("plan_update"), (event) => this._save(event.target, true), { id: "pl-plan-update" })] : []),
          SC.button(text("plan_save"), (event) => this._save(event.target), { id: "pl-plan-save", class: "pl-button pl-primary" })) : null,
      ].filter(Boolean);
    }

    /** Whether the service has judged the plan, and whether it agrees with what the page showed at once. */
    _word() {
      const { live, text } = this.planner, { state } = this.planner;
      const line = (key, kind, values) => SC.el("p", { class: "pl-word pl-" + kind, id: "pl-word", role: "status", "data-state": kind }, text(key, values));
      if (live.error) return SC.el("div", { class: "pl-word pl-bad", id: "pl-word", "data-state": "bad" }, SC.faults(live.error));
      if (!live.answer) return line("live_wait", "wait");
      const { own } = live, told = own && live.told(own.rule, 0, own.weight);
      if (!own || !told) return line("live_done", "good");
      const node = SC.percent(own.share) === SC.percent(told.after)
        ? line("live_same", "good") : line("live_other", "warn", { share: SC.percent(own.share) });
      node.dataset.page = String(own.share);
      node.dataset.service = String(told.after);
      node.dataset.rule = state.rules[own.rule].name;
      return node;
    }

    /** Changes of a loaded plan that only the service can judge. */
    _extra() {
      const { live, text } = this.planner;
      if (!live.extra.length) return null;
      return SC.el("div", {}, SC.el("h3", {}, text("live_extra")), SC.el("ul", { class: "pl-listed" }, ...live.extra.map((one) =>
        SC.el("li", {}, SC.el("span", {}, `${this.planner.state.text("trial_" + one.action)} ${one.name || one.id || ""}`)))));
    }

    async _save(button, again) {
      const { planner } = this, { live, text, api } = planner;
      const input = SC.input("text", { maxlength: 100, required: true, value: live.name });
      const name = again ? live.name : await SC.ask(text("plan_save"), [], input, { yes: text("save"), no: text("cancel"), label: text("plan_name") });
      if (!name) return;
      await SC.during(button, async () => {
        const plan = live.plan(name);
        const saved = again
          ? await (await api.send("PUT", "scenarios/" + live.id, { json: plan, headers: { "If-Match": `"v${live.version}"` } })).json()
          : await api.post("scenarios", plan);
        Object.assign(live, { name: saved.name, id: saved.id, version: saved.version });
        planner.page.trialPanel.show();
        planner.desk.tell(text("plan_saved", { name: saved.name }), "good");
      });
    }
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
