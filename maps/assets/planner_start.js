/* Puts the planner's page together once the map stands: texts, calls, marks on the map, one task after the other. */
(function (SC) {
  "use strict";

  SC.Planner = class {
    constructor(page, told) {
      const { state, map } = page;
      Object.assign(this, { page, state, columns: told.columns, words: told.words, marks: [] });
      this.text = (key, values) => SC.fill(told.texts[key] === undefined ? key : told.texts[key], values);
      this.api = new SC.Api(this.text, (message) => this._askKey(message));
      this.desk = new SC.Desk(this.text, document.body, SC.byId("sc-frame"));
      map.createPane("pl-marks").style.zIndex = 432;
      map.getPane("pl-marks").style.pointerEvents = "none";
      this.layer = new SC.CanvasLayer(state.plane, [(ctx, view) => this.marks.forEach((paint) => paint(ctx, view))], { pane: "pl-marks" }).addTo(map);
      this.picker = new SC.Picker(this);
      this.live = null;
    }

    redrawMarks() {
      this.layer.redraw();
    }

    /** A place in degrees (metres in a local grid) as steps of the plane. */
    stepOf(lon, lat) {
      const { map } = this.page, { plane } = this.state, at = map.project(L.latLng(lat, lon), 0), scale = map.options.crs.scale(0);
      return { x: (at.x / scale - plane.x) * plane.steps, y: (at.y / scale - plane.y) * plane.steps };
    }

    _askKey(message) {
      const input = SC.input("password", { id: "pl-key", maxlength: 200, required: true });
      return SC.ask(this.text("key_title"), [message, this.text("key_hint")].filter(Boolean), input, { yes: this.text("key_use"), no: this.text("cancel"), label: this.text("key") });
    }

    start() {
      const { desk, page } = this;
      if (page.trial) this.trial = new SC.LiveTrial(this);
      this.sites = new SC.Sites(this);
      this.plans = new SC.Plans(this);
      this.register = new SC.RegisterTable(this);
      this.place = new SC.PlaceQuery(this);
      this.studies = new SC.Studies(this);
      const open = desk.open.bind(desk);
      desk.open = (name) => {
        if (name !== "trial" && desk.now === "trial" && name !== "plans" && page.trial.active && !this.live.plan()) page.trialPanel.leave();
        open(name);
        this.redrawMarks();
      };
      page.map.invalidateSize({ animate: false });
      page.showAll();
      document.documentElement.classList.add("pl-ready");
    }
  };

  SC.startPlanner = function () {
    const told = JSON.parse(SC.byId("pl-told").textContent);
    SC.ready = SC.ready.then(() => {
      SC.planner = new SC.Planner(SC.page, told);
      SC.planner.start();
    });
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
