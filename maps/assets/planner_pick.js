/* Picking places on the map for a form: a bar says what is asked, clicks go to whoever asked, Escape ends it. */
(function (SC) {
  "use strict";

  SC.Picker = class {
    constructor(planner) {
      this.planner = planner;
      const { page, state, text, desk } = planner, { map } = page;
      this.words = SC.el("span", {});
      this.bar = SC.el("div", { class: "pl-picking", role: "status", hidden: true }, this.words,
        SC.button(text("pick_centre"), () => this._picked(map.getCenter())), SC.button(text("pick_end"), () => this.stop()));
      desk.frame.append(this.bar);
      map.on("click", (event) => {
        if (!this.active) return;
        state.set({ selected: null });
        this._picked(event.latlng);
      });
      document.addEventListener("keydown", (event) => event.key === "Escape" && this.active && this.stop());
      // on another task a click asks about what is there and places nothing
      if (page.trial) page.trial.taken = () => Boolean(this.active) || desk.now !== "trial";
    }

    /** Ask for places until `stop`: `taken({lon, lat, building, x, y})`; a new asker ends the old one. */
    start(words, taken, ended) {
      this.stop();
      this.active = { taken, ended };
      this.say(words);
      document.documentElement.classList.add("pl-picks");
    }

    say(words) {
      this.words.textContent = words;
      this.bar.hidden = false;
    }

    stop() {
      const had = this.active;
      this.active = null;
      this.bar.hidden = true;
      document.documentElement.classList.remove("pl-picks");
      if (had && had.ended) had.ended();
    }

    _picked(latlng) {
      const { state } = this.planner, digits = state.local ? 4 : 7, step = this.planner.stepOf(latlng.lng, latlng.lat);
      const place = { lon: Number(latlng.lng.toFixed(digits)), lat: Number(latlng.lat.toFixed(digits)), ...step };
      this.active.taken({ ...place, building: state.buildings.shapes.at(step.x, step.y) });
    }
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
