/* Proposed sites with their reasons, numbered on the map, taken over as a plan to be tried. */
(function (SC) {
  "use strict";

  SC.SitesResult = class {
    constructor(planner) {
      Object.assign(this, { planner, sites: [] });
      this.box = SC.el("div", { class: "pl-result", id: "pl-sites-result", "aria-live": "polite" });
    }

    clear() {
      this.sites = [];
      SC.replace(this.box);
      this.planner.redrawMarks();
    }

    async show(job) {
      const { planner, box } = this, { text, api } = planner, found = await api.get(`jobs/${job.id}/files/sites.json`);
      this.sites = found.sites.map((one) => ({ ...one, ...planner.stepOf(one.lon, one.lat) }));
      const last = found.sites[found.sites.length - 1], first = found.sites[0];
      const proof = found.proof === "optimal" ? text("proof_optimal") : text("proof_gap", { gap: SC.percent(found.optimality_gap_share) });
      SC.replace(box, SC.el("h3", {}, text("sites_found", { count: found.sites.length })),
        first && first.coverage_previous_share !== null ? SC.el("p", { class: "pl-figure" }, SC.percent(first.coverage_previous_share), " → ", SC.el("strong", {}, SC.percent(last.coverage_after_share))) : null,
        SC.el("p", { class: "pl-small" }, proof),
        SC.el("ol", { class: "pl-cards", id: "pl-sites-list" }, ...this.sites.map((one) => this._card(one))),
        ...found.faults.map((one) => SC.note(one.detail, "warn")),
        SC.el("div", { class: "pl-row" },
          planner.live && found.sites.length ? SC.button(text("adopt"), (event) => SC.during(event.target, () => this.adopt(found)), { id: "pl-adopt", class: "pl-button pl-primary" }) : null,
          ...job.files.filter((name) => /\.(xlsx|png)$/.test(name)).map((name) => SC.button(text(name.endsWith("png") ? "file_curve" : "file_sheet"), (event) =>
            SC.during(event.target, () => api.download(`jobs/${job.id}/files/${name}`, name))))),
        SC.el("details", {}, SC.el("summary", {}, text("sites_about")), ...found.text.map((line) => SC.el("p", { class: "pl-small" }, line))));
      planner.redrawMarks();
      box.scrollIntoView({ block: "start" });
    }

    _card(one) {
      const { planner } = this, { page, text, state } = planner;
      const see = SC.button(text("see_map"), () => page.map.setView(SC.latLngOf(page.map, state.plane, one.x, one.y), Math.max(page.map.getZoom(), 16), { animate: false }));
      return SC.el("li", {}, SC.el("div", { class: "pl-card-head" }, SC.el("b", {}, `${one.rank}. ${one.name}`), see), SC.el("p", {}, one.sentence));
    }

    /** The proposal as a plan on the map. */
    adopt(found) {
      const { planner } = this, { live, text } = planner;
      const station = found.sites.map((one) => ({ action: "add", name: one.name, lon: one.lon, lat: one.lat, tier: one.tier || "community", ...(one.host_building_id ? { building: one.host_building_id } : {}) }));
      live.id = null;
      return live.load({ station }, text("sites_plan", { count: station.length }));
    }

    paint(ctx, view) {
      for (const one of this.sites) {
        const x = view.px(one.x), y = view.py(one.y);
        SC.disc(ctx, x, y, 13, this.planner.state.theme.colours.red);
        ctx.fillStyle = "#fff";
        ctx.font = "700 14px sans-serif";
        ctx.textAlign = "center";
        ctx.textBaseline = "middle";
        ctx.fillText(String(one.rank), x, y);
      }
    }
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
