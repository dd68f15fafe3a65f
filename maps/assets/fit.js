/* Fitting the study into the frame so that legend, layer tree and buttons stand beside it and not on it. */
(function (SC) {
  "use strict";

  const MARGIN = 14, STEP = 12, ZOOMS = 5, CUTS = 70;
  const FURNITURE = [".sc-legend", ".sc-layers[open]", ".sc-trial", ".sc-zoom", ".sc-scale", ".sc-trial-open", ".sc-divide", ".sc-north", ".sc-caption"];

  /** Points along the rings of a shape, near enough to each other that no box slips between them. */
  function alongRings(shapes, reach) {
    const points = [];
    for (let r = 0; r + 1 < shapes.ring.length; r++) {
      for (let v = shapes.ring[r], last = shapes.ring[r + 1] - 1; v < shapes.ring[r + 1]; last = v++) {
        const dx = shapes.x[v] - shapes.x[last], dy = shapes.y[v] - shapes.y[last], parts = Math.ceil(Math.hypot(dx, dy) / reach) || 1;
        for (let k = 1; k <= parts; k++) points.push([shapes.x[last] + (dx * k) / parts, shapes.y[last] + (dy * k) / parts]);
      }
    }
    // neighbours closer than a fraction of the reach say nothing new
    const kept = [];
    for (const one of points) {
      const had = kept[kept.length - 1];
      if (!had || Math.hypot(one[0] - had[0], one[1] - had[1]) > reach / 3) kept.push(one);
    }
    return kept;
  }

  /** What stands in the frame now, as boxes in its pixels. */
  function standing(frame) {
    const origin = frame.getBoundingClientRect();
    return FURNITURE.flatMap((name) => [...frame.querySelectorAll(name)]).filter((node) => node.offsetParent).map((node) => {
      const box = node.getBoundingClientRect();
      return { left: box.left - origin.left - 4, top: box.top - origin.top - 4, right: box.right - origin.left + 4, bottom: box.bottom - origin.top + 4 };
    });
  }

  const inside = (box, x, y) => x > box.left && x < box.right && y > box.top && y < box.bottom;

  /** Shifts of the middle, the smallest first. */
  function shifts(free) {
    const all = [];
    for (let x = -Math.floor(free.x / STEP) * STEP; x <= free.x; x += STEP) {
      for (let y = -Math.floor(free.y / STEP) * STEP; y <= free.y; y += STEP) all.push([x, y]);
    }
    return all.sort((a, b) => Math.hypot(...a) - Math.hypot(...b) || a[0] - b[0] || a[1] - b[1]);
  }

  /**
   * Centre (in steps of the plane) and zoom at which a shape is as large as can be with nothing standing on it; null
   * when only a much smaller one would do.
   */
  SC.clearFit = function (map, plane, shapes, box, most, frame) {
    const wide = box.east - box.west, high = box.south - box.north, size = map.getSize(), boxes = standing(frame);
    if (!(wide > 0) || !(high > 0)) return null;
    const points = alongRings(shapes, Math.max(wide, high) / CUTS), middle = { x: (box.west + box.east) / 2, y: (box.north + box.south) / 2 };
    const scale = (zoom) => map.options.crs.scale(zoom) / plane.steps, snap = map.options.zoomSnap || 1;
    const largest = Math.min((size.x - 2 * MARGIN) / wide, (size.y - 2 * MARGIN) / high);
    const first = Math.min(most, Math.floor((map.options.crs.zoom ? map.options.crs.zoom(largest * plane.steps) : map.getZoom()) / snap) * snap);
    for (let n = 0; n < ZOOMS; n++) {
      const zoom = first - n * snap, k = scale(zoom), free = { x: (size.x - wide * k) / 2 - MARGIN, y: (size.y - high * k) / 2 - MARGIN };
      for (const [dx, dy] of shifts(free)) {
        const px = (x) => (x - middle.x) * k + size.x / 2 + dx, py = (y) => (y - middle.y) * k + size.y / 2 + dy;
        if (points.some(([x, y]) => boxes.some((one) => inside(one, px(x), py(y))))) continue;
        // a box wholly within the shape touches none of its outline
        const within = (one) => shapes.at((one.left - size.x / 2 - dx) / k + middle.x, (one.top - size.y / 2 - dy) / k + middle.y) >= 0;
        if (!boxes.some(within)) return { x: middle.x - dx / k, y: middle.y - dy / k, zoom };
      }
    }
    return null;
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
