/* The plan as a scenario file that `servicecircle what-if` reads. */
(function (SC) {
  "use strict";

  /** A basic TOML string; control characters would end it. */
  function quoted(text) {
    const escaped = String(text).replace(/[\\"]/g, "\\$&")
      .replace(/[\u0000-\u001f\u007f]/g, (one) => "\\u" + one.charCodeAt(0).toString(16).padStart(4, "0"));
    return `"${escaped}"`;
  }

  /** TOML of some changes; places in degrees (metres in a local grid) as they were computed with. */
  SC.scenarioText = function (state, name, changes) {
    const lines = [`name = ${quoted(name)}`];
    for (const one of changes) {
      lines.push("", "[[station]]", `action = "${one.action}"`);
      if (one.row !== undefined) lines.push(`id = ${quoted(state.stations[one.place].station_id)}`);
      if (one.action === "add") lines.push(`name = ${quoted(one.name)}`, `tier = ${quoted(one.station.tier)}`);
      if (one.station) {
        lines.push(`lon = ${one.lon}`, `lat = ${one.lat}`);
        if (one.station.host >= 0) lines.push(`building = ${quoted(state.buildings.ids[one.station.host])}`);
      }
    }
    return lines.join("\n") + "\n";
  };

  /** Hand a text over as a file; works from file:// as well. */
  SC.download = function (name, text) {
    const link = SC.el("a", { href: "data:application/toml;charset=utf-8," + encodeURIComponent(text), download: name, hidden: true });
    document.body.append(link);
    link.click();
    link.remove();
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
