/* Names on the map: the important first, none on top of another. */
(function (SC) {
  "use strict";

  const FONT = '"Microsoft YaHei","PingFang SC","Noto Sans CJK SC","Source Han Sans SC","Droid Sans Fallback",sans-serif';

  SC.labelPainter = function (state) {
    return function paint(ctx, view) {
      const taken = state.stations.filter((one) => SC.stationShown(state, one)).map((one) => SC.stationBox(view, one));
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      ctx.lineJoin = "round";
      const placed = [];
      const kind = state.areaKind(), finer = kind && kind !== "subdistrict";
      if (state.shown.names && !state.external && !(finer && view.zoom >= 13.5)) areaNames(ctx, view, placed, taken, "subdistrict");
      if (finer && view.zoom >= 13.5) areaNames(ctx, view, placed, taken, kind);
      if (state.shown.station_names) stationNames(ctx, view, placed, taken);
    };

    function areaNames(ctx, view, placed, taken, kind) {
      const areas = state.polygons[kind], figures = areas.figures[state.rule] || [];
      const size = view.grow(11, 13, 16, 19) * (kind === "subdistrict" ? 1 : 0.84);
      for (let i = 0; i < areas.count; i++) {
        if (!areas.labels[i]) continue;
        const [x, y] = areas.labels[i];
        const lines = [areas.names[i]];
        if (state.areaKind() === kind && figures[i]) lines.push(state.share(figures[i].coverage[state.weight]));
        ctx.font = `600 ${size}px ${FONT}`;
        const width = Math.max(...lines.map((line) => ctx.measureText(line).width));
        const high = size * 1.25 * lines.length;
        // a line or two up or down, where it hides no station; else over them
        const tries = [0, -1, 1, -2, 2].map((step) => around(view.px(x), view.py(y) + step * size * 0.8, width, high));
        const free = (box) => !placed.some((other) => overlap(box, other));
        const box = tries.find((one) => free(one) && !taken.some((other) => overlap(one, other))) || tries[0];
        if (offCanvas(view, box) || !free(box)) continue;
        placed.push(box);
        lines.forEach((line, k) => {
          ctx.font = `${k ? 700 : 600} ${k ? size * 1.02 : size}px ${FONT}`;
          write(ctx, line, view.px(x), box.top + size * 1.25 * (k + 0.5), "#3A2F45", 4);
        });
      }
    }

    function stationNames(ctx, view, placed, taken) {
      const from = { subdistrict: 14, community: 15.5, emerging: 16.5 };
      for (const tier of state.tiers) {
        if (view.zoom < (from[tier] || 15.5)) continue;
        const size = tier === "subdistrict" ? 13 : 12;
        ctx.font = `500 ${size}px ${FONT}`;
        for (const one of state.stations) {
          if (one.tier !== tier || one.idle || !one.name || !SC.stationShown(state, one)) continue;
          const own = SC.stationBox(view, one);
          const text = shorten(one.name), width = ctx.measureText(text).width;
          const box = around(view.px(one.x), own.bottom + size * 0.75, width, size * 1.2);
          if (offCanvas(view, box) || placed.some((other) => overlap(box, other))) continue;
          if (taken.some((other) => overlap(box, other))) continue;
          placed.push(box);
          write(ctx, text, view.px(one.x), own.bottom + size * 0.75, "#7E0D1B", 3.5);
        }
      }
    }
  };

  function shorten(name) {
    const letters = Array.from(name); // whole characters, four-byte ones too
    return letters.length > 14 ? letters.slice(0, 13).join("") + "…" : name;
  }

  function write(ctx, text, x, y, colour, halo) {
    ctx.lineWidth = halo;
    ctx.strokeStyle = "rgba(255,255,255,.92)";
    ctx.strokeText(text, x, y);
    ctx.fillStyle = colour;
    ctx.fillText(text, x, y);
  }

  function around(x, y, width, height) {
    return { left: x - width / 2 - 3, right: x + width / 2 + 3, top: y - height / 2, bottom: y + height / 2 };
  }

  function overlap(a, b) {
    return a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;
  }

  function offCanvas(view, box) {
    return box.right < 0 || box.bottom < 0 || box.left > view.width || box.top > view.height;
  }
})((window.ServiceCircle = window.ServiceCircle || {}));
