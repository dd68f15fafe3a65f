/* Printing: the same page laid out for a sheet, canvases drawn at three times the screen's pixels. */
(function (SC) {
  "use strict";

  const SHEETS = { A4: "281mm 194mm", A3: "404mm 281mm" };
  const PIXELS = 3;

  SC.Printing = class {
    constructor(state, map) {
      Object.assign(this, { state, map, paper: "A4", before: null });
      this.rule = document.head.appendChild(SC.el("style", {}));
      this._choose("A4");
      const menu = SC.byId("sc-paper"), button = SC.byId("sc-print");
      button.addEventListener("click", () => (menu.hidden = !menu.hidden));
      menu.addEventListener("click", (event) => {
        const paper = event.target.dataset.paper;
        menu.hidden = true;
        if (!paper) return;
        this._choose(paper);
        window.print();
      });
      document.addEventListener("click", (event) => {
        if (!event.target.closest(".sc-print")) menu.hidden = true;
      });
      window.addEventListener("beforeprint", () => this.enter());
      window.addEventListener("afterprint", () => this.leave());
    }

    _choose(paper) {
      this.paper = paper;
      const [width, height] = SHEETS[paper].split(" ");
      this.rule.textContent = `@page{size:${paper} landscape;margin:8mm}:root{--sheet-width:${width};--sheet-height:${height}}`;
      document.documentElement.dataset.paper = paper;
    }

    /** Lay the page out as a sheet; the same ground stays in view. */
    enter() {
      if (this.before) return;
      const { map } = this, fitted = SC.page.stillFitted();
      this.before = { centre: map.getCenter(), zoom: map.getZoom(), fitted };
      SC.page.divider.suspend(true);
      const bounds = map.getBounds();
      document.documentElement.classList.add("sc-sheet");
      SC.paperRatio = PIXELS;
      this._refit(() => (fitted ? SC.page.fit(fitted.box, fitted.most) : map.fitBounds(bounds, { animate: false })));
    }

    leave() {
      if (!this.before) return;
      document.documentElement.classList.remove("sc-sheet");
      SC.paperRatio = 0;
      SC.page.divider.suspend(false);
      const { centre, zoom, fitted } = this.before;
      this.before = null;
      this._refit(() => (fitted ? SC.page.fit(fitted.box, fitted.most) : this.map.setView(centre, zoom, { animate: false })));
    }

    _refit(place) {
      this.map.invalidateSize({ animate: false, pan: false });
      place();
      SC.page.redraw();
    }
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
