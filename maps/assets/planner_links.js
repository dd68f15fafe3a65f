/* Walking links of a plan: gates, crossings and footbridges drawn by two clicks, ways cut, all judged by the service. */
(function (SC) {
  "use strict";

  const KINDS = ["crossing", "gate", "footbridge", "cut"], COLOUR = "#0B63C5", CUT = "#20242B";

  SC.Links = class {
    constructor(planner) {
      Object.assign(this, { planner, list: [], from: null, kind: "crossing" });
      planner.marks.push((ctx, view) => this._paint(ctx, view));
    }

    /** Ask for both ends on the map. */
    draw(kind) {
      const { planner } = this, { text } = planner, words = (key) => text(key, { kind: text("link_" + kind) });
      this.from = null;
      this.kind = kind;
      planner.picker.start(words("link_from"), (place) => {
        const at = [place.lon, place.lat];
        if (!this.from) {
          this.from = at;
          planner.picker.say(words("link_to"));
          planner.redrawMarks();
          return;
        }
        const row = kind === "cut" ? { action: "cut", from: this.from, to: at } : { action: "add", kind, from: this.from, to: at };
        this.from = null;
        this.list = [...this.list, row];
        planner.picker.stop();
        this.onChange();
      }, () => {
        this.from = null;
        planner.redrawMarks();
      });
    }

    drop(k) {
      this.list = this.list.filter((_, n) => n !== k);
      this.onChange();
    }

    /** What the what-if panel shows of them. */
    part() {
      const { planner } = this, { text } = planner;
      return SC.el("div", { class: "pl-links" }, SC.el("h3", {}, text("links")),
        SC.el("div", { class: "pl-row" }, ...KINDS.map((kind) => SC.button(text("link_" + kind), () => this.draw(kind), { "data-link": kind }))),
        SC.el("ol", { class: "pl-listed" }, ...this.list.map((one, k) => SC.el("li", {},
          SC.el("span", {}, `${text("link_" + (one.action === "cut" ? "cut" : one.kind))} ${k + 1}`, SC.el("small", {}, `${metres(planner, one)} ${planner.state.text("unit_metres")}`)),
          SC.el("button", { type: "button", class: "pl-drop", "aria-label": text("drop"), onclick: () => this.drop(k) }, "×")))));
    }

    _paint(ctx, view) {
      const at = ([lon, lat]) => {
        const step = this.planner.stepOf(lon, lat);
        return [view.px(step.x), view.py(step.y)];
      };
      ctx.lineCap = "round";
      for (const one of this.list) {
        const cut = one.action === "cut";
        for (const [width, colour] of [[8, "#fff"], [4.5, cut ? CUT : COLOUR]]) {
          ctx.lineWidth = width;
          ctx.strokeStyle = colour;
          ctx.setLineDash(cut && width < 8 ? [3, 8] : []);
          ctx.beginPath();
          ctx.moveTo(...at(one.from));
          ctx.lineTo(...at(one.to));
          ctx.stroke();
        }
      }
      ctx.setLineDash([]);
      if (this.from) SC.disc(ctx, ...at(this.from), 7, COLOUR);
    }
  };

  function metres(planner, one) {
    const a = planner.stepOf(...one.from), b = planner.stepOf(...one.to), { plane } = planner.state;
    return Math.round((Math.hypot(a.x - b.x, a.y - b.y) * plane.metres_per_world) / plane.steps);
  }

  SC.disc = function (ctx, x, y, radius, colour) {
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
    ctx.fillStyle = colour;
    ctx.fill();
    ctx.lineWidth = 2.5;
    ctx.strokeStyle = "#fff";
    ctx.stroke();
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
