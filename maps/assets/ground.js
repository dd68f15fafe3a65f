/* What lies under the buildings: water, roads, railways, sub-districts, their coverage and borders. */
(function (SC) {
  "use strict";

  const MAJOR = 0, MINOR = 1, PATH = 2, STEPS = 3;
  const PER_PATH = 40; // a long path is stroked many times slower than its parts
  const THIN = 2.5; // pixels: nobody sees a round end then, and drawing it takes as long as the line

  SC.groundPainters = function (state) {
    const store = state.store, colour = state.theme.colours;
    const water = store.shapes("water"), waterKind = store.texts["water.kind"];
    const roads = store.shapes("road"), roadClass = store.array("road.class");
    const limits = store.shapes("barrier"), limitKind = store.texts["barrier.kind"];
    const { shapes, outline } = state.areas;

    function traceAll(ctx, view, all, wanted, closed) {
      ctx.beginPath();
      let any = false;
      for (let i = 0; i < all.count; i++) {
        if (!view.sees(all.box, 4 * i) || !wanted(i)) continue;
        SC.trace(ctx, view, all, i, closed);
        any = true;
      }
      return any;
    }

    function paintWater(ctx, view) {
      if (!state.shown.water || !traceAll(ctx, view, water, (i) => waterKind[i] === "water", true)) return;
      ctx.fillStyle = colour.water;
      ctx.fill();
      ctx.strokeStyle = colour.water_line;
      ctx.lineWidth = 0.8;
      ctx.stroke();
    }

    function strokeRoads(ctx, view, wanted, width, style, dash) {
      const thin = width < THIN && !dash;
      ctx.lineWidth = width;
      ctx.lineJoin = thin ? "bevel" : "round";
      ctx.lineCap = thin || dash ? "butt" : "round";
      ctx.strokeStyle = style;
      ctx.setLineDash(dash || []);
      let waiting = 0;
      ctx.beginPath();
      for (let i = 0; i < roads.count; i++) {
        if (roadClass[i] !== wanted || !view.sees(roads.box, 4 * i)) continue;
        SC.trace(ctx, view, roads, i, false);
        if (++waiting < PER_PATH) continue;
        ctx.stroke();
        ctx.beginPath();
        waiting = 0;
      }
      if (waiting) ctx.stroke();
    }

    function paintRoads(ctx, view) {
      if (!state.shown.roads) return;
      const major = view.grow(11, 1.2, 18, 13), minor = view.grow(12, 0.5, 18, 8);
      if (view.zoom >= state.theme.zoom.path) {
        strokeRoads(ctx, view, PATH, view.grow(15, 0.7, 19, 2.2), colour.path);
        strokeRoads(ctx, view, STEPS, view.grow(15, 1.1, 19, 3.4), colour.path, [1.5, 1.2]);
      }
      if (view.zoom >= 13.5) strokeRoads(ctx, view, MINOR, minor + 1.2, colour.road_casing);
      strokeRoads(ctx, view, MAJOR, major + 1.5, colour.road_casing);
      strokeRoads(ctx, view, MINOR, minor, view.zoom >= 13.5 ? colour.road_major : colour.road_casing);
      strokeRoads(ctx, view, MAJOR, major, colour.road_major);
    }

    // nobody walks a motorway, so it is no part of the network; it is drawn for the eye to find its way
    function paintMotorways(ctx, view) {
      if (!state.shown.roads || !traceAll(ctx, view, limits, (i) => limitKind[i] === "motorway", false)) return;
      ctx.lineJoin = "round";
      ctx.lineWidth = view.grow(11, 2.4, 18, 16) + 1.6;
      ctx.strokeStyle = colour.motorway_line;
      ctx.stroke();
      ctx.lineWidth -= 1.6;
      ctx.strokeStyle = colour.motorway;
      ctx.stroke();
    }

    function paintLimits(ctx, view) {
      if (!state.shown.railway) return;
      if (traceAll(ctx, view, limits, (i) => limitKind[i] === "railway", false)) {
        ctx.strokeStyle = colour.railway;
        ctx.lineWidth = view.grow(12, 1.2, 18, 4);
        ctx.stroke();
        ctx.strokeStyle = "#fff";
        ctx.lineWidth = view.grow(12, 0.6, 18, 2.4);
        ctx.setLineDash([7, 7]);
        ctx.stroke();
        ctx.setLineDash([]);
      }
      if (view.zoom >= 15.5 && traceAll(ctx, view, limits, (i) => limitKind[i] === "wall", false)) {
        ctx.strokeStyle = colour.wall;
        ctx.lineWidth = 1;
        ctx.stroke();
      }
    }

    function paintCoverage(ctx, view) {
      if (!state.areaKind()) return;
      const { shapes, figures: all } = state.polygons[state.areaKind()], figures = all[state.rule] || [];
      ctx.globalAlpha = 0.86;
      for (let i = 0; i < shapes.count; i++) {
        if (!view.sees(shapes.box, 4 * i)) continue;
        ctx.beginPath();
        SC.trace(ctx, view, shapes, i, true);
        ctx.fillStyle = SC.shareColour(state, figures[i] && figures[i].coverage[state.weight]);
        ctx.fill();
        if (state.areaKind() === "subdistrict") continue; // their borders are a layer of their own
        ctx.strokeStyle = "rgba(94,74,105,.6)";
        ctx.lineWidth = 0.9;
        ctx.stroke();
      }
    }

    return { paintWater, paintRoads, paintMotorways, paintLimits, paintCoverage, ...borderPainters(state, shapes, outline, colour) };
  };

  function borderPainters(state, shapes, outline, colour) {
    function paintMask(ctx, view) {
      if (!state.shown.mask || !outline.count || state.external) return;
      ctx.beginPath();
      ctx.rect(0, 0, view.width, view.height);
      for (let i = 0; i < outline.count; i++) SC.trace(ctx, view, outline, i, true);
      ctx.fillStyle = "rgba(255,255,255,.62)";
      ctx.fill("evenodd");
    }

    function paintBorders(ctx, view) {
      if (!state.shown.borders || state.external) return;
      ctx.lineJoin = "round";
      ctx.beginPath();
      for (let i = 0; i < shapes.count; i++) if (view.sees(shapes.box, 4 * i)) SC.trace(ctx, view, shapes, i, true);
      ctx.strokeStyle = "rgba(255,255,255,.85)";
      ctx.lineWidth = 3.4;
      ctx.stroke();
      ctx.strokeStyle = colour.border;
      ctx.lineWidth = 1.5;
      ctx.setLineDash([9, 3, 2, 3]);
      ctx.stroke();
      ctx.setLineDash([]);
      ctx.beginPath();
      for (let i = 0; i < outline.count; i++) SC.trace(ctx, view, outline, i, true);
      ctx.strokeStyle = "rgba(74,59,85,.20)";
      ctx.lineWidth = 6;
      ctx.stroke();
      ctx.strokeStyle = colour.outline;
      ctx.lineWidth = 1.8;
      ctx.stroke();
    }

    function paintChosenArea(ctx, view) {
      if (state.area < 0 || state.external) return;
      ctx.beginPath();
      SC.trace(ctx, view, shapes, state.area, true);
      ctx.strokeStyle = colour.gold;
      ctx.lineWidth = 4;
      ctx.stroke();
      ctx.strokeStyle = colour.red;
      ctx.lineWidth = 1.6;
      ctx.stroke();
    }

    return { paintMask, paintBorders, paintChosenArea };
  }

  /** Colour of a share in thousandths; grey where it is not judged. */
  SC.shareColour = function (state, share) {
    if (share === null || share === undefined) return state.theme.colours.unknown;
    const steps = state.theme.choropleth_steps;
    let k = 0;
    while (k < steps.length && share >= steps[k]) k++;
    return state.theme.choropleth[k];
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
