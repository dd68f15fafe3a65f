/* The page's data and what is shown of them: one object, and whoever listens is told of changes. */
(function (SC) {
  "use strict";

  SC.VERDICTS = ["covered", "uncovered", "unknown", "outside"];
  SC.NO_VALUE = 65535;
  SC.BUILDING_THEMES = ["verdict", "cost", "overlap"];
  SC.AREA_THEMES = { coverage: "subdistrict", communities: "community", zones: "zone" };
  const TIERS = ["subdistrict", "community", "emerging"];

  /** Fill {name} marks of a text; a mark without a value stays visible. */
  SC.fill = function (text, values) {
    return String(text).replace(/\{(\w+)\}/g, (mark, name) => (values && name in values ? values[name] : mark));
  };

  class State {
    constructor(store) {
      const page = store.texts.page;
      Object.assign(this, page);
      this.store = store;
      this.rule = 0;
      this.themeLayer = "verdict";
      this.shown = {
        idle: true, station_names: true, borders: true, names: true, mask: true, water: true, roads: true, railway: true,
        blind: true, gaps: true, sites: true, links: true, critical: false,
      };
      this.selected = null;
      this.comparing = false; // a divider shows how it was before
      this.tried = false; // what the page shows are figures of its own what-if
      this.area = -1;
      this._listeners = [];
      this.areas = readAreas(store, "subdistrict");
      this.areas.outline = store.shapes("outline");
      this.polygons = { subdistrict: this.areas, community: readAreas(store, "community"), zone: readAreas(store, "zone") };
      this.overlays = SC.readOverlays(store, page.rules.length);
      this.stations = readStations(store);
      this.buildings = readBuildings(store, page.rules.length);
      this.tiers = tiersOf(this.stations);
      this.tiers.forEach((tier) => (this.shown["tier:" + tier] = true));
      this.weights = ["count", "residents", "floor_area", "workers"].filter((weight) =>
        this.headlines.some((one) => one.coverage[weight] !== null));
      this.earlier = SC.readEarlier(this);
      if (!this.weights.length) this.weights = ["count"];
      this.weight = this.weights.includes(this.rules[0].weight) ? this.rules[0].weight : this.weights[0];
    }

    text(key, values) {
      const found = this.texts[key];
      return found === undefined ? key : SC.fill(found, values);
    }

    /** Text of a code that a user may have coined: its own name when there is none. */
    named(prefix, code) {
      return this.texts[prefix + code] === undefined ? String(code) : this.texts[prefix + code];
    }

    onChange(listener) {
      this._listeners.push(listener);
    }

    /** Set fields and tell everybody which ones changed. */
    set(fields) {
      const changed = new Set();
      for (const name of Object.keys(fields)) {
        if (name === "shown") Object.assign(this.shown, fields.shown);
        else this[name] = fields[name];
        changed.add(name);
      }
      this._listeners.forEach((listener) => listener(changed));
    }

    currentRule() {
      return this.rules[this.rule];
    }

    onBuildings() {
      return SC.BUILDING_THEMES.includes(this.themeLayer);
    }

    /** Kind of polygon the present theme colours by its coverage: subdistrict, community, zone; undefined for none. */
    areaKind() {
      return SC.AREA_THEMES[this.themeLayer];
    }

    judgement() {
      return this.buildings.byRule[this.rule];
    }

    unit(rule) {
      return this.text(rule.basis === "time" ? "unit_time" : "unit_metres");
    }

    /** Cost of building i under rule number r as a person reads it. */
    cost(i, r) {
      const value = this.buildings.byRule[r].value[i];
      const rule = this.rules[r];
      if (value === SC.NO_VALUE) {
        const verdict = SC.VERDICTS[this.buildings.byRule[r].verdict[i]];
        if (verdict === "unknown" || rule.basis !== "time") return this.text("no_value");
        return this.text("over_cap", { cap: trim(this.cap_minutes) });
      }
      const shown = rule.basis === "time" ? (value / 10).toFixed(1) : grouped(value);
      return shown + " " + this.unit(rule);
    }

    share(thousandths) {
      return thousandths === null || thousandths === undefined ? this.text("no_value") : (thousandths / 10).toFixed(1) + "%";
    }

    stationName(s) {
      return this.stations[s].name || this.text("unnamed_station");
    }

    buildingName(i) {
      const name = this.buildings.name.table[this.buildings.name.index[i]];
      return name || this.text("unnamed_building");
    }
  }

  function readAreas(store, kind) {
    const ids = store.texts[kind + ".id"];
    return {
      ids, names: store.texts[kind + ".name"], labels: store.texts[kind + ".label"],
      figures: store.texts[kind + ".figures"], shapes: store.shapes(kind), count: ids.length,
    };
  }

  function readStations(store) {
    const fields = store.texts["station.fields"];
    const names = store.texts["station.served_fields"], served = store.texts["station.served"];
    const points = store.texts["station.xy"], areas = store.texts["station.area"];
    return store.texts["station.rows"].map((row, i) => {
      const one = { index: i, x: points[i][0], y: points[i][1], area: areas[i] };
      fields.forEach((name, k) => (one[name] = row[k]));
      one.idle = Boolean(one.status) && one.status !== "open";
      one.served = served.map((rule) => Object.fromEntries(names.map((name, k) => [name, rule[i][k]])));
      return one;
    });
  }

  function readBuildings(store, rules) {
    const ids = store.texts["building.id"];
    const byRule = [];
    for (let r = 0; r < rules; r++) {
      const name = "rule" + r;
      byRule.push({
        verdict: store.array(name + ".verdict"), reason: store.codes(name + ".reason"),
        value: store.array(name + ".value"), station: store.array(name + ".station"), reach: store.array(name + ".reach"),
      });
    }
    const shapes = store.shapes("building");
    return {
      count: shapes.count, shapes, byRule, ids: ids ? ids.split("\n") : [], name: store.codes("building.name"),
      area: store.array("building.area"), use: store.array("building.use"), levels: store.array("building.levels"),
      floorArea: store.array("building.floor_area"), residents: store.array("building.residents"),
    };
  }

  function tiersOf(stations) {
    const present = new Set(stations.filter((one) => !one.idle).map((one) => one.tier));
    const known = TIERS.filter((tier) => present.has(tier));
    return known.concat([...present].filter((tier) => !known.includes(tier)).sort());
  }

  function trim(number) {
    return String(Math.round(number * 10) / 10);
  }

  function grouped(number) {
    return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
  }

  SC.grouped = grouped;
  SC.State = State;
})((window.ServiceCircle = window.ServiceCircle || {}));
