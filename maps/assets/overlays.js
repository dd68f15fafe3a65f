/* What lies over the buildings: isochrones, blind areas, proposed sites and links, missing stations. */
(function (SC) {
  "use strict";

  const FONT = '"Microsoft YaHei","PingFang SC","Noto Sans CJK SC","Source Han Sans SC","Droid Sans Fallback",sans-serif';
  const SITE = "M12 1.5L22.5 12L12 22.5L1.5 12Z";

  /** Items of an overlay: {rank, title, sentence, facts: [[label, value]]}, those of a polygon or line by rule or not. */
  function items(store, name, kind) {
    const labels = store.texts[kind + ".facts"] || [];
    return (store.texts[name + ".rows"] || []).map(([rank, title, sentence, ...values]) => ({
      rank, title, sentence, facts: labels.map((label, k) => [label, values[k]]),
    }));
  }

  SC.readOverlays = function (store, rules) {
    const points = (name) => items(store, name, name).map((one, i) => {
      const [x, y] = store.texts[name + ".xy"][i];
      return { ...one, x, y };
    });
    const byRule = [];
    for (let r = 0; r < rules; r++) {
      byRule.push({
        iso: store.shapes("iso" + r), limits: store.texts["iso" + r + ".limits"] || [],
        blind: store.shapes("blind" + r), blindItems: items(store, "blind" + r, "blind"), blindLabels: store.texts["blind" + r + ".label"] || [],
      });
    }
    return { byRule, critical: SC.readCritical(store, rules, items), sites: points("site"), gaps: points("gap"), links: items(store, "link", "link"), linkShapes: store.shapes("link") };
  };

  /** The item a card or note is about. */
  SC.overlayItem = function (state, { kind, index }) {
    const all = state.overlays;
    if (kind === "critical") return all.critical[state.rule].all[index];
    return { blind: all.byRule[state.rule].blindItems, site: all.sites, gap: all.gaps, link: all.links }[kind][index];
  };

  SC.overlayPainters = function (state) {
    const c = state.theme.colours;

    function paintIsochrones(ctx, view) {
      if (state.themeLayer !== "isochrone") return;
      const { iso } = state.overlays.byRule[state.rule];
      for (let k = 0; k < iso.count; k++) {
        ctx.beginPath();
        SC.trace(ctx, view, iso, k, true);
        if (k) SC.trace(ctx, view, iso, k - 1, true); // only the ring between this limit and the one below
        ctx.globalAlpha = 0.72;
        ctx.fillStyle = state.theme.bands[k];
        ctx.fill("evenodd");
        ctx.globalAlpha = 1;
        ctx.beginPath();
        SC.trace(ctx, view, iso, k, true);
        ctx.strokeStyle = "rgba(60,50,40,.45)";
        ctx.lineWidth = 0.8;
        ctx.stroke();
      }
    }

    function paintBlind(ctx, view) {
      if (!state.shown.blind) return;
      const { blind } = state.overlays.byRule[state.rule];
      ctx.beginPath();
      for (let i = 0; i < blind.count; i++) if (view.sees(blind.box, 4 * i)) SC.trace(ctx, view, blind, i, true);
      ctx.fillStyle = SC.hatch(ctx, view, c.uncovered, 11, 1.5);
      ctx.fill();
      ctx.lineJoin = "round";
      ctx.strokeStyle = "rgba(255,255,255,.9)";
      ctx.lineWidth = 3;
      ctx.stroke();
      ctx.strokeStyle = c.uncovered;
      ctx.lineWidth = 1.5;
      ctx.stroke();
    }

    return { paintIsochrones, paintBlind };
  };

  /** Hatch lines without a ground, staying put on the map while it is moved. */
  SC.hatch = function (ctx, view, colour, cell, width) {
    const fine = 3, tile = document.createElement("canvas"), pen = tile.getContext("2d");
    tile.width = tile.height = cell * fine;
    pen.beginPath();
    for (const shift of [-1, 0, 1]) {
      pen.moveTo((shift * cell - 1) * fine, -fine);
      pen.lineTo((shift * cell + cell + 1) * fine, (cell + 1) * fine);
    }
    pen.strokeStyle = colour;
    pen.lineWidth = width * fine;
    pen.stroke();
    const made = ctx.createPattern(tile, "repeat");
    made.setTransform(new DOMMatrix().translate(-(view.originX % cell), -(view.originY % cell)).scale(1 / fine));
    return made;
  };

  /** Ranks, missing stations, links and sites, in this order from below. */
  SC.overlayMarks = function (state) {
    const c = state.theme.colours, site = new Path2D(SITE);

    function text(ctx, x, y, words, size, colour, halo) {
      ctx.font = `700 ${size}px ${FONT}`;
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      if (halo) {
        ctx.lineJoin = "round";
        ctx.lineWidth = 3.5;
        ctx.strokeStyle = "#fff";
        ctx.strokeText(words, x, y);
      }
      ctx.fillStyle = colour;
      ctx.fillText(words, x, y);
    }

    function ranks(ctx, view) {
      const { blindItems, blindLabels } = state.overlays.byRule[state.rule], taken = [];
      const most = view.zoom < 13 ? 10 : view.zoom < 14 ? 40 : blindItems.length; // those that matter from afar
      for (let i = 0; i < Math.min(most, blindItems.length); i++) {
        const x = view.px(blindLabels[i][0]), y = view.py(blindLabels[i][1]), words = String(blindItems[i].rank);
        if (x < -20 || y < -20 || x > view.width + 20 || y > view.height + 20) continue;
        const half = 7 + 3.2 * words.length;
        // the first in rank keep their number, the rest where there is room
        if (taken.some((other) => Math.abs(other.x - x) < other.half + half && Math.abs(other.y - y) < 18)) continue;
        taken.push({ x, y, half });
        ctx.beginPath();
        ctx.rect(x - half + 2, y - 8, 2 * half - 4, 16);
        ctx.fillStyle = c.uncovered;
        ctx.fill();
        ctx.strokeStyle = "#fff";
        ctx.lineWidth = 1.2;
        ctx.stroke();
        text(ctx, x, y + 0.5, words, 11, "#fff", false);
      }
    }

    function gap(ctx, view, one) {
      const r = view.grow(11, 8, 17, 15), x = view.px(one.x), y = view.py(one.y);
      ctx.beginPath();
      ctx.arc(x, y, r, 0, 2 * Math.PI);
      ctx.fillStyle = "#fff";
      ctx.fill();
      ctx.strokeStyle = c.red;
      ctx.lineWidth = 2;
      ctx.setLineDash([3.5, 2.5]);
      ctx.stroke();
      ctx.setLineDash([]);
      text(ctx, x, y + 0.5, state.text("gap_mark"), r * 1.05, c.red, false);
      if (view.zoom >= 13.5) text(ctx, x, y + r + 9, one.title, 12, c.red_dark, true);
    }

    function link(ctx, view, i) {
      ctx.beginPath();
      SC.trace(ctx, view, state.overlays.linkShapes, i, false);
      ctx.lineCap = "round";
      for (const [colour, width] of [["#fff", 8], [c.red_dark, 5.5], [c.gold, 2]]) {
        ctx.strokeStyle = colour;
        ctx.lineWidth = width;
        ctx.stroke();
      }
    }

    function proposed(ctx, view, one) {
      const side = view.grow(11, 25, 17, 40), s = side / 24, x = view.px(one.x), y = view.py(one.y);
      ctx.save();
      ctx.translate(x - side / 2, y - side / 2);
      ctx.scale(s, s);
      ctx.lineJoin = "round";
      ctx.lineWidth = 4.4;
      ctx.strokeStyle = "#fff";
      ctx.stroke(site);
      ctx.fillStyle = c.gold;
      ctx.fill(site);
      ctx.lineWidth = 1.8;
      ctx.strokeStyle = c.red_dark;
      ctx.stroke(site);
      ctx.restore();
      text(ctx, x, y + 0.5, String(one.rank), side * 0.48, c.red_dark, false);
    }

    return function paint(ctx, view) {
      const { overlays, shown } = state;
      if (shown.blind) ranks(ctx, view);
      if (shown.gaps) overlays.gaps.forEach((one) => gap(ctx, view, one));
      if (shown.links) overlays.links.forEach((one, i) => view.sees(overlays.linkShapes.box, 4 * i) && link(ctx, view, i));
      if (shown.sites) overlays.sites.slice().reverse().forEach((one) => proposed(ctx, view, one));
    };
  };

  /** Topmost overlay item under a pixel of the canvas, or under a step of the plane; null for none. */
  SC.overlayAt = function (state, view, pixel, step) {
    const { overlays, shown } = state;
    const near = (all, reach) => all.findIndex((one) => Math.hypot(view.px(one.x) - pixel.x, view.py(one.y) - pixel.y) <= reach);
    const site = shown.sites ? near(overlays.sites, view.grow(11, 12, 17, 20)) : -1;
    if (site >= 0) return { kind: "site", index: site };
    const gap = shown.gaps ? near(overlays.gaps, view.grow(11, 8, 17, 15)) : -1;
    if (gap >= 0) return { kind: "gap", index: gap };
    const link = shown.links ? overlays.links.findIndex((one, i) => along(view, overlays.linkShapes, i, pixel)) : -1;
    if (link >= 0) return { kind: "link", index: link };
    if (!shown.blind || !step) return null;
    const blind = overlays.byRule[state.rule].blind.at(step.x, step.y);
    return blind >= 0 ? { kind: "blind", index: blind } : null;
  };

  function along(view, shapes, i, { x, y }) {
    for (let v = shapes.ring[shapes.feature[i]] + 1; v < shapes.ring[shapes.feature[i + 1]]; v++) {
      const ax = view.px(shapes.x[v - 1]), ay = view.py(shapes.y[v - 1]), dx = view.px(shapes.x[v]) - ax, dy = view.py(shapes.y[v]) - ay;
      const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
      if (Math.hypot(ax + t * dx - x, ay + t * dy - y) <= 6) return true;
    }
    return false;
  }

  /** Small pictures of the overlays for legend and layer tree. */
  SC.overlayIcon = function (state, name) {
    const c = state.theme.colours, box = (...inside) => SC.svg("svg", { viewBox: "0 0 24 24", class: "sc-icon", "aria-hidden": "true" }, ...inside);
    if (name === "critical") return SC.criticalIcon(state);
    if (name === "sites") return box(SC.svg("path", { d: SITE, fill: c.gold, stroke: c.red_dark, "stroke-width": 1.8 }));
    if (name === "links") return box(SC.svg("path", { d: "M2 18L22 6", stroke: c.red_dark, "stroke-width": 6 }), SC.svg("path", { d: "M2 18L22 6", stroke: c.gold, "stroke-width": 2 }));
    if (name === "gaps") return box(SC.svg("circle", { cx: 12, cy: 12, r: 9.5, fill: "#fff", stroke: c.red, "stroke-width": 2, "stroke-dasharray": "3.5 2.5" }),
      SC.svg("text", { x: 12, y: 16.2, "text-anchor": "middle", "font-size": 11.5, "font-weight": 700, fill: c.red }, state.text("gap_mark")));
    return box(SC.svg("rect", { x: 1.5, y: 4, width: 21, height: 16, fill: "#fff", stroke: c.uncovered, "stroke-width": 1.6 }),
      SC.svg("path", { d: "M2 12L10 20M6 4.5L21.5 20M14 4.5L22 12.5", stroke: c.uncovered, "stroke-width": 1.6 }));
  };

  /** Overlays that have anything to show, by the name of their switch. */
  SC.overlayNames = function (state) {
    const { overlays } = state, some = {
      blind: overlays.byRule.some((one) => one.blindItems.length), gaps: overlays.gaps.length, sites: overlays.sites.length, links: overlays.links.length,
      critical: overlays.critical.some((one) => one.all.length),
    };
    return Object.keys(some).filter((name) => some[name]);
  };

  SC.overlayCount = (state, name) => ({ blind: state.overlays.byRule[state.rule].blindItems, critical: state.overlays.critical[state.rule].shown }[name] || state.overlays[name]).length;
})((window.ServiceCircle = window.ServiceCircle || {}));
