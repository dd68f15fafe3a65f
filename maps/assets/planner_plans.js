/* Saved scenarios: listed, put on the map, compared side by side, exported, deleted. */
(function (SC) {
  "use strict";

  const MOST = 6;

  SC.Plans = class {
    constructor(planner) {
      Object.assign(this, { planner, chosen: new Set(), list: [] });
      this.box = planner.desk.add("plans", { shown: () => this.show() });
    }

    async show() {
      const { planner, box } = this, { text, api } = planner;
      if (!box.firstChild) SC.replace(box, SC.el("h2", {}, text("tab_plans")), SC.note(text("loading")));
      try {
        this.list = (await api.get("scenarios")).scenarios;
      } catch (error) {
        SC.replace(box, SC.el("h2", {}, text("tab_plans")), SC.faults(error));
        return;
      }
      this.chosen = new Set([...this.chosen].filter((id) => this.list.some((one) => one.id === id)));
      this._draw();
    }

    _draw() {
      const { planner, box } = this, { text } = planner;
      const compare = SC.button(text("plan_compare", { count: this.chosen.size }), (event) => this.compare(event.target), {
        id: "pl-compare", class: "pl-button pl-primary", disabled: !this.chosen.size || this.chosen.size > MOST,
      });
      SC.replace(box, SC.el("h2", {}, text("tab_plans")), SC.note(text(this.list.length ? "plans_hint" : "plans_none")),
        SC.el("ul", { class: "pl-cards", id: "pl-plans-list" }, ...this.list.map((one) => this._card(one))),
        this.list.length ? SC.el("div", { class: "pl-row pl-end pl-stick" }, compare) : null);
    }

    _card(one) {
      const { planner } = this, { text, api, live } = planner;
      const tick = SC.input("checkbox", { "aria-label": text("plan_tick", { name: one.name }), checked: this.chosen.has(one.id) });
      tick.addEventListener("change", () => {
        this.chosen[tick.checked ? "add" : "delete"](one.id);
        this._draw();
      });
      return SC.el("li", { "data-plan": one.id }, SC.el("div", { class: "pl-card-head" }, SC.el("label", {}, tick, SC.el("b", {}, one.name))),
        SC.el("small", {}, text("plan_about", { stations: one.stations_count, links: one.links_count, who: one.who, at: SC.moment(one.changed_at) })),
        SC.el("div", { class: "pl-row" },
          live ? SC.button(text("plan_load"), async (event) => {
            await SC.during(event.target, () => live.load(one.scenario, one.name));
            Object.assign(live, { id: one.id, version: one.version });
            planner.page.trialPanel.show();
          }, { class: "pl-button pl-strong" }) : null,
          SC.button(text("plan_export"), (event) => SC.during(event.target, () => api.download(`scenarios/${one.id}/export`, "scenario.toml"))),
          SC.button(text("delete"), (event) => this._delete(event.target, one))));
    }

    async _delete(button, one) {
      const { planner } = this, { text, api, live } = planner;
      if (!(await SC.ask(text("plan_delete"), [text("plan_delete_sure", { name: one.name })], null, { yes: text("delete"), no: text("cancel") }))) return;
      await SC.during(button, async () => {
        await api.send("DELETE", "scenarios/" + one.id, { headers: { "If-Match": `"v${one.version}"` } });
        if (live && live.id === one.id) live.id = null;
        await this.show();
      });
    }

    async compare(button) {
      const { planner } = this, { text, api, desk, state } = planner, rule = state.currentRule().name;
      const query = [...this.chosen].map((id) => "id=" + encodeURIComponent(id)).join("&");
      await SC.during(button, async () => {
        const found = await api.get(`scenarios/compare?${query}&rule=${encodeURIComponent(rule)}`);
        const weights = [...new Set(found.figures.map((one) => one.weight))].filter((one) => state.weights.includes(one));
        const title = text("compare_title", { rule });
        const sheet = desk.openSheet(title);
        const draw = (weight) => {
          const tabs = SC.el("div", { class: "sc-tabs pl-tabs", role: "radiogroup", "aria-label": text("compare_weight") }, ...weights.map((one) => SC.el("button", {
            type: "button", role: "radio", "aria-checked": String(one === weight), onclick: () => draw(one),
          }, state.text("weight_" + one))));
          [...sheet.children].slice(1).forEach((one) => one.remove());
          sheet.append(tabs, this._table(found, weight), SC.el("p", { class: "pl-small" }, found.notices.join("　")));
        };
        draw(weights.includes(state.weight) ? state.weight : weights[0]);
      });
    }

    _table(found, weight) {
      const { text } = this.planner, rows = found.figures.filter((one) => one.weight === weight), plans = found.scenarios;
      const order = { study: 0, subdistrict: 1, community: 2, zone: 3 };
      rows.sort((a, b) => order[a.unit_kind] - order[b.unit_kind]);
      const change = (row, id) => {
        const after = row.after[id], points = after === null || row.before === null ? 0 : (after - row.before) * 100;
        const told = Math.abs(points) < 0.005 ? null : SC.el("em", { class: points > 0 ? "pl-up" : "pl-down" }, (points > 0 ? "▲" : "▼") + Math.abs(points).toFixed(Math.abs(points) < 0.1 ? 2 : 1));
        return SC.el("td", {}, SC.percent(after), told);
      };
      const body = rows.map((row) => SC.el("tr", { class: row.unit_kind === "study" ? "pl-whole" : null, "data-unit": row.unit_id },
        SC.el("th", { scope: "row" }, row.unit_kind === "study" ? text("whole_study") : row.name), SC.el("td", {}, SC.percent(row.before)), ...plans.map((one) => change(row, one.id))));
      const flips = SC.el("tr", {}, SC.el("th", { scope: "row" }, text("compare_flips")), SC.el("td", {}, "—"), ...plans.map((one) => SC.el("td", {}, SC.grouped(one.flips_count))));
      return SC.el("div", { class: "pl-scroll" }, SC.grid(null, [text("unit"), text("today"), ...plans.map((one) => one.name)], [...body.slice(0, 1), flips, ...body.slice(1)], { id: "pl-compared" }));
    }
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
