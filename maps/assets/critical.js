/* Critical stations: whom the study would lose with each one, ringed on the map in the order of the loss. */
(function (SC) {
  "use strict";

  const MOST = 20;

  /** Items by rule: {rank, title, sentence, facts, station}; and the rows of stations, for their cards. */
  SC.readCritical = function (store, rules, items) {
    return Array.from({ length: rules }, (_, r) => {
      const all = items(store, "critical" + r, "critical"), at = store.texts[`critical${r}.station`] || [];
      all.forEach((one, k) => (one.station = at[k]));
      return { all, shown: all.slice(0, MOST), of: new Map(all.map((one) => [one.station, one])) };
    });
  };

  SC.criticalPainter = function (state) {
    const c = state.theme.colours;
    return function paint(ctx, view) {
      if (!state.shown.critical) return;
      for (const one of state.overlays.critical[state.rule].shown.slice().reverse()) {
        const station = state.stations[one.station];
        if (!SC.stationShown(state, station)) continue;
        const box = SC.stationBox(view, station), x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2, r = (box.right - box.left) * 0.5 + 6;
        for (const [width, colour] of [[6.5, "#fff"], [3.6, c.ink]]) {
          ctx.beginPath();
          ctx.arc(x, y, r, 0, 2 * Math.PI);
          ctx.lineWidth = width;
          ctx.strokeStyle = colour;
          ctx.stroke();
        }
        badge(ctx, x + r * 0.75, y - r * 0.75, String(one.rank), c);
      }
    };
  };

  function badge(ctx, x, y, text, c) {
    ctx.beginPath();
    ctx.arc(x, y, 8.5, 0, 2 * Math.PI);
    ctx.fillStyle = c.ink;
    ctx.fill();
    ctx.lineWidth = 1.4;
    ctx.strokeStyle = "#fff";
    ctx.stroke();
    ctx.fillStyle = "#fff";
    ctx.font = "700 11px sans-serif";
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillText(text, x, y + 0.5);
  }

  SC.criticalIcon = function (state) {
    const ink = state.theme.colours.ink;
    return SC.svg("svg", { viewBox: "0 0 24 24", class: "sc-icon", "aria-hidden": "true" },
      SC.svg("circle", { cx: 12, cy: 12, r: 5, fill: state.theme.colours.red }), SC.svg("circle", { cx: 12, cy: 12, r: 9.3, fill: "none", stroke: ink, "stroke-width": 3 }));
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
