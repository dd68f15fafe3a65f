/* Search by name: stations first, then sub-districts, communities and zones, then buildings by name or number; pinyin initials will do. */
(function (SC) {
  "use strict";

  const MOST = 12;

  SC.Search = class {
    constructor(state) {
      this.state = state;
      this.input = SC.byId("sc-query");
      this.list = SC.byId("sc-found");
      this.at = -1;
      this.input.addEventListener("input", () => this.show());
      this.input.addEventListener("focus", () => this.input.value && this.show());
      this.input.addEventListener("keydown", (event) => this._key(event));
      document.addEventListener("click", (event) => {
        if (!event.target.closest(".sc-search")) this._hide();
      });
    }

    /** Everything whose name holds the query: [{kind, index, name, where}]. */
    find(query) {
      const { state } = this, wanted = query.trim().toLowerCase(), found = [];
      if (!wanted) return found;
      const add = (kind, index, name, where) => found.push({ kind, index, name, where });
      const typed = /^[a-z0-9]{2,}$/.test(wanted), { texts } = state.store;
      // pinyin initials of the names, a line each
      const spelt = (kind) => {
        const lines = typed ? String(texts[kind + ".initials"] || "").split("\n") : [];
        return (i) => Boolean(lines[i]) && lines[i].includes(wanted);
      };
      const holds = (text) => Boolean(text) && String(text).toLowerCase().includes(wanted);
      const station = spelt("station");
      state.stations.forEach((one, i) => {
        if (holds(one.name) || station(i) || String(one.station_id).toLowerCase() === wanted) add("station", i, state.stationName(i), areaName(state, one.area));
      });
      for (const [kind, areas] of state.external ? [] : Object.entries(state.polygons)) {
        const initials = spelt(kind);
        areas.names.forEach((name, i) => (holds(name) || initials(i)) && add(kind, i, name, ""));
      }
      const b = state.buildings, building = spelt("building"), named = b.name.table.map((name, i) => holds(name) || building(i));
      for (let i = 0; i < b.count && found.length < 200; i++) {
        if (named[b.name.index[i]] || b.ids[i].toLowerCase() === wanted) add("building", i, state.buildingName(i), areaName(state, b.area[i] - 1));
      }
      // names that begin with the query first, otherwise as listed
      const begins = (one) => Number(!one.name.toLowerCase().startsWith(wanted));
      return found.sort((a, b) => begins(a) - begins(b));
    }

    show() {
      const { state } = this, query = this.input.value;
      this.found = this.find(query).slice(0, MOST);
      this.at = this.found.length ? 0 : -1;
      const rows = this.found.map((one, k) => SC.el("li", {
        role: "option", id: "sc-found-" + k, "aria-selected": String(k === this.at), onclick: () => this._go(k),
      }, SC.el("small", {}, state.text("kind_" + one.kind)), SC.el("b", {}, one.name), SC.el("span", {}, one.where)));
      if (!rows.length && query.trim()) rows.push(SC.el("li", { class: "sc-nothing" }, state.text("search_none", { query: query.trim() })));
      SC.replace(this.list, ...rows);
      this.list.hidden = !rows.length;
      this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    }

    _key(event) {
      if (event.key === "Escape") this._hide();
      else if (event.key === "Enter" && this.at >= 0) this._go(this.at);
      else if (this.found && this.found.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        const step = event.key === "ArrowDown" ? 1 : this.found.length - 1;
        this.at = (this.at + step) % this.found.length;
        [...this.list.children].forEach((row, k) => row.setAttribute("aria-selected", String(k === this.at)));
        this.list.children[this.at].scrollIntoView({ block: "nearest" });
        event.preventDefault();
      }
    }

    _go(k) {
      const one = this.found[k];
      this._hide();
      this.input.value = one.name;
      SC.page.goTo(one.kind, one.index);
    }

    _hide() {
      this.list.hidden = true;
      this.input.setAttribute("aria-expanded", "false");
    }
  };

  function areaName(state, i) {
    return i >= 0 && !state.external ? state.areas.names[i] : "";
  }
})((window.ServiceCircle = window.ServiceCircle || {}));
