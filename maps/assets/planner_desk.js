/* The desk: a rail of tasks beside the map, one panel at a time, a wide sheet over the map, short messages. */
(function (SC) {
  "use strict";

  const ICONS = {
    overview: "M4 20V10h4v10zM10 20V4h4v16zM16 20v-7h4v7z", trial: "M12 2a7 7 0 0 0-7 7c0 5 7 13 7 13s7-8 7-13a7 7 0 0 0-7-7zm-1 4h2v2h2v2h-2v2h-2v-2H9V8h2z",
    sites: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 2a7 7 0 1 1 0 14 7 7 0 0 1 0-14zm0 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
    plans: "M5 3h11l3 3v15H5zm3 2v5h7V5zm0 9v5h8v-5z", register: "M3 4h18v16H3zm2 4v3h5V8zm7 0v3h7V8zm-7 5v5h5v-5zm7 0v5h7v-5z",
    place: "M10 3a7 7 0 1 0 4.2 12.6l5 5 1.4-1.4-5-5A7 7 0 0 0 10 3zm0 2a5 5 0 1 1 0 10 5 5 0 0 1 0-10z", studies: "M3 5h7l2 3h9v12H3zm9 5v3H9l4 4 4-4h-3v-3z",
  };

  SC.Desk = class {
    constructor(text, body, frame) {
      Object.assign(this, { text, frame, panels: new Map(), now: "overview" });
      this.rail = SC.el("nav", { class: "pl-rail", role: "tablist", "aria-label": text("rail"), "aria-orientation": "vertical" });
      this.side = SC.byId("sc-side");
      this.sheet = SC.el("section", { class: "pl-sheet", id: "pl-sheet", hidden: true, tabindex: "-1" });
      this.told = SC.el("div", { class: "pl-told", role: "status", "aria-live": "polite" });
      body.insertBefore(this.rail, this.side);
      body.append(this.sheet, this.told);
      this.add("overview", { box: this.side });
      this.rail.addEventListener("keydown", (event) => this._key(event));
      document.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && !this.sheet.hidden && !document.querySelector("dialog[open]")) this.closeSheet();
      });
    }

    /** Add a task: `box` is its panel, made here unless given; `shown` and `left` are called as it comes and goes. */
    add(name, task) {
      const box = task.box || SC.el("section", { class: "pl-panel", id: "pl-" + name, role: "tabpanel", "aria-label": this.text("tab_" + name), hidden: true });
      if (!task.box) this.side.after(box);
      const tab = SC.el("button", {
        type: "button", role: "tab", id: "pl-tab-" + name, "aria-selected": String(name === this.now), "aria-controls": box.id, tabindex: name === this.now ? "0" : "-1",
        title: this.text("hint_" + name), onclick: () => this.open(name),
      }, SC.svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, SC.svg("path", { d: ICONS[name] })), SC.el("span", {}, this.text("tab_" + name)));
      this.rail.append(tab);
      this.panels.set(name, { ...task, box, tab });
      return box;
    }

    open(name) {
      const old = this.panels.get(this.now), next = this.panels.get(name);
      if (name !== this.now && old.left) old.left();
      this.now = name;
      document.documentElement.dataset.task = name;
      this.closeSheet();
      for (const [key, one] of this.panels) {
        one.tab.setAttribute("aria-selected", String(key === name));
        one.tab.tabIndex = key === name ? 0 : -1;
        one.box.hidden = one.box !== next.box;
      }
      if (next.shown) next.shown();
    }

    /** Lay something wide over the map. */
    openSheet(title, ...children) {
      const close = SC.el("button", { type: "button", class: "sc-close", "aria-label": this.text("close"), onclick: () => this.closeSheet() }, "×");
      SC.replace(this.sheet, SC.el("header", {}, SC.el("h2", {}, title), close), ...children.filter(Boolean));
      this.sheet.setAttribute("aria-label", title);
      this.sheet.hidden = false;
      // who walks along the rail by keyboard stays on it
      if (!this.rail.contains(document.activeElement)) this.sheet.focus({ preventScroll: true });
      return this.sheet;
    }

    closeSheet() {
      if (this.onClosed && !this.sheet.hidden) this.onClosed();
      this.onClosed = null;
      this.sheet.hidden = true;
      this.sheet.textContent = "";
    }

    /** A short message that goes by itself. */
    tell(words, kind) {
      const one = SC.el("p", { class: kind ? "pl-" + kind : "" }, words);
      SC.replace(this.told, one);
      setTimeout(() => one.remove(), 6000);
    }

    _key(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], names = [...this.panels.keys()];
      if (!step) return;
      event.preventDefault();
      const at = names.findIndex((name) => this.panels.get(name).tab === document.activeElement);
      this.panels.get(names[(at + step + names.length) % names.length]).tab.focus();
    }
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
