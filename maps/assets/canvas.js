/* A Leaflet layer that hands one canvas to a list of painters, and the view they paint for. */
(function (SC) {
  "use strict";

  const EQUATOR_M = 40075016.685578488;
  const STEP = 4; // pixels
  const WIDEST = 24; // pixels that a line may reach out of the box of what it outlines

  // A study in its own local grid: metres on a plane, in Leaflet's scale of zoom levels.
  L.CRS.Plane = L.Util.extend({}, L.CRS, {
    projection: L.Projection.LonLat,
    transformation: new L.Transformation(1 / EQUATOR_M, 0.5, -1 / EQUATOR_M, 0.5),
    distance: (a, b) => Math.hypot(b.lng - a.lng, b.lat - a.lat),
    infinite: true,
  });

  /** From steps of the plane to pixels of one canvas: pixel = step * k + (x0, y0). */
  class View {
    constructor(map, plane, zoom, origin, size, ratio) {
      const scale = map.options.crs.scale(zoom);
      this.k = scale / plane.steps;
      this.x0 = plane.x * scale - origin.x;
      this.y0 = plane.y * scale - origin.y;
      this.zoom = zoom;
      this.width = size.x;
      this.height = size.y;
      this.ratio = ratio;
      this.originX = origin.x;
      this.originY = origin.y;
      this.metresPerPixel = plane.metres_per_world / scale;
      this.west = -this.x0 / this.k;
      this.north = -this.y0 / this.k;
      this.east = (size.x - this.x0) / this.k;
      this.south = (size.y - this.y0) / this.k;
    }

    px(x) {
      return x * this.k + this.x0;
    }

    py(y) {
      return y * this.k + this.y0;
    }

    /** The same view, seeing no more than a part of its canvas. */
    part(x, y, width, height) {
      const { k, x0, y0 } = this;
      return Object.assign(Object.create(this), { west: (x - x0) / k, north: (y - y0) / k, east: (x + width - x0) / k, south: (y + height - y0) / k });
    }

    sees(box, o) {
      return box[o] <= this.east && box[o + 2] >= this.west && box[o + 1] <= this.south && box[o + 3] >= this.north;
    }

    /** A width that grows from `small` at `from` to `large` at `to` zoom. */
    grow(from, small, to, large) {
      const t = Math.min(1, Math.max(0, (this.zoom - from) / (to - from)));
      return small * Math.pow(large / small, t);
    }
  }

  SC.paperRatio = 0; // set while printing: more pixels than the screen has

  SC.CanvasLayer = L.Renderer.extend({
    // `keeps`: what is drawn at a place does not depend on where the canvas ends, so it may be moved with the map
    options: { padding: 0.25, keeps: false },

    initialize(plane, painters, options) {
      L.Renderer.prototype.initialize.call(this, options);
      this._plane = plane;
      this._painters = painters;
    },

    _initContainer() {
      this._container = document.createElement("canvas");
      this._container.setAttribute("aria-hidden", "true");
      this._ctx = this._container.getContext("2d");
    },

    _destroyContainer() {
      L.DomUtil.remove(this._container);
      this._container = this._ctx = null;
    },

    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      // on whole steps of the ground, so that a move is one of whole pixels on screens of 125 % and 150 % too
      const origin = this._map.getPixelOrigin().add(this._bounds.min), { min, max } = this._bounds;
      const off = L.point(((origin.x % STEP) + STEP) % STEP, ((origin.y % STEP) + STEP) % STEP);
      this._bounds = L.bounds(min.subtract(off), max.subtract(off));
      // Leaflet stretches the canvas about this point while it zooms
      this._center = this._map.layerPointToLatLng(this._bounds.min.add(this._map.getSize().multiplyBy(0.5 + this.options.padding)));
      if (!this._shift()) this.redraw();
    },

    /** Move what is drawn and draw only the strips that came into view; false where all must be drawn anew. */
    _shift() {
      const old = this.view, size = this._bounds.getSize(), ratio = this._ratio();
      if (!this.options.keeps || !old || SC.paperRatio || old.ratio !== ratio || old.zoom !== this._zoom) return false;
      if (old.width !== size.x || old.height !== size.y) return false;
      const view = this._viewNow(size, ratio), dx = old.originX - view.originX, dy = old.originY - view.originY;
      const whole = (pixels) => Number.isInteger(pixels * ratio);
      if (!whole(dx) || !whole(dy) || Math.abs(dx) >= size.x || Math.abs(dy) >= size.y) return false;
      const started = performance.now(), ctx = this._ctx;
      this.view = view;
      L.DomUtil.setPosition(this._container, this._bounds.min);
      if (dx || dy) {
        ctx.setTransform(1, 0, 0, 1, 0, 0);
        ctx.globalCompositeOperation = "copy";
        ctx.drawImage(this._container, dx * ratio, dy * ratio);
        ctx.globalCompositeOperation = "source-over";
        ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
        const upper = Math.max(0, dy), lower = size.y + Math.min(0, dy);
        if (dy) this._paintIn(0, dy > 0 ? 0 : lower, size.x, Math.abs(dy));
        if (dx) this._paintIn(dx > 0 ? 0 : size.x + dx, upper, Math.abs(dx), lower - upper);
      }
      this.milliseconds = performance.now() - started;
      this.fire("drawn");
      return true;
    },

    /** Draw one part of the canvas. */
    _paintIn(x, y, width, height) {
      const ctx = this._ctx;
      ctx.save();
      ctx.beginPath();
      ctx.rect(x, y, width, height);
      ctx.clip();
      this._paint(this.view.part(x - WIDEST, y - WIDEST, width + 2 * WIDEST, height + 2 * WIDEST));
      ctx.restore();
    },

    _paint(view) {
      for (const paint of this._painters) {
        this._ctx.save();
        paint(this._ctx, view);
        this._ctx.restore();
      }
    },

    _ratio() {
      return SC.paperRatio || Math.min(2, window.devicePixelRatio || 1);
    },

    _viewNow(size, ratio) {
      return new View(this._map, this._plane, this._zoom, this._map.getPixelOrigin().add(this._bounds.min), size, ratio);
    },

    /** A canvas that was never emptied: browsers print that one as vectors, and an emptied one white. */
    _freshCanvas() {
      const old = this._container;
      this._initContainer();
      this._container.className = old.className;
      old.replaceWith(this._container);
    },

    redraw() {
      if (!this._map || !this._bounds) return;
      const started = performance.now();
      if (SC.paperRatio) this._freshCanvas();
      const canvas = this._container, size = this._bounds.getSize();
      const ratio = this._ratio();
      canvas.width = Math.round(size.x * ratio);
      canvas.height = Math.round(size.y * ratio);
      canvas.style.width = size.x + "px";
      canvas.style.height = size.y + "px";
      L.DomUtil.setPosition(canvas, this._bounds.min);
      this.view = this._viewNow(size, ratio);
      this._ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
      this._paint(this.view);
      this.milliseconds = performance.now() - started;
      this.fire("drawn");
    },
  });

  /** Steps of the plane under a mouse event. */
  SC.stepAt = function (map, plane, containerPoint) {
    const scale = map.options.crs.scale(map.getZoom());
    const at = map.getPixelOrigin().add(map.containerPointToLayerPoint(containerPoint));
    return { x: (at.x / scale - plane.x) * plane.steps, y: (at.y / scale - plane.y) * plane.steps };
  };

  SC.latLngOf = function (map, plane, x, y) {
    const scale = map.options.crs.scale(0);
    return map.unproject(L.point((plane.x + x / plane.steps) * scale, (plane.y + y / plane.steps) * scale), 0);
  };

  SC.boundsOf = function (map, plane, box) {
    return L.latLngBounds(SC.latLngOf(map, plane, box.west, box.south), SC.latLngOf(map, plane, box.east, box.north));
  };

  /** Add feature i of some shapes to the current path; `closed` for polygons. Vertices nobody could tell apart are skipped. */
  SC.trace = function (ctx, view, shapes, i, closed) {
    const { k, x0, y0 } = view, { x, y } = shapes, near = 0.8 / view.ratio / k;
    for (let r = shapes.feature[i]; r < shapes.feature[i + 1]; r++) {
      const from = shapes.ring[r], last = shapes.ring[r + 1] - 1;
      if (last < from) continue;
      let px = x[from], py = y[from];
      ctx.moveTo(px * k + x0, py * k + y0);
      for (let v = from + 1; v <= last; v++) {
        const dx = x[v] - px, dy = y[v] - py;
        if (dx < near && dx > -near && dy < near && dy > -near && v < last) continue;
        px = x[v];
        py = y[v];
        ctx.lineTo(px * k + x0, py * k + y0);
      }
      if (closed) ctx.closePath();
    }
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
