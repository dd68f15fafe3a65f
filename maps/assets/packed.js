/* Reads what maps/packing.py wrote: a directory, typed arrays, varints, polygons and lines. */
(function (SC) {
  "use strict";

  const RAW = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i4: Int32Array, f4: Float32Array };

  function fromBase64(text) {
    const raw = atob(text);
    const bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    return bytes;
  }

  async function unzip(bytes) {
    if (typeof DecompressionStream === "function") {
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      return new Uint8Array(await new Response(stream).arrayBuffer());
    }
    const end = bytes.length;
    const size = new DataView(bytes.buffer).getUint32(end - 4, true);
    return SC.inflate(bytes.subarray(10, end - 8), new Uint8Array(size)); // the head is ten bytes: no name, no extra
  }

  /** Decode `count` varints of seven bits a byte; `signed` undoes the zigzag. */
  function varints(bytes, count, signed) {
    const out = signed ? new Int32Array(count) : new Uint32Array(count);
    let at = 0;
    for (let i = 0; i < count; i++) {
      let byte = bytes[at++];
      let value = byte & 127;
      for (let shift = 7; byte & 128; shift += 7) {
        byte = bytes[at++];
        value |= (byte & 127) << shift;
      }
      out[i] = signed ? (value >>> 1) ^ -(value & 1) : value;
    }
    return out;
  }

  /** A packed file: `texts` by name, `array(name)` decoded when first asked for. */
  class Store {
    constructor(bytes) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (view.getUint32(0, false) !== 0x53434d31) throw new Error("not a packed map");
      const length = view.getUint32(4, true);
      const head = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
      this.texts = head.texts;
      this._bytes = bytes;
      this._start = Math.ceil((8 + length) / 8) * 8;
      this._shapes = new Map();
      this._sections = new Map(head.sections.map((one) => [one[0], one]));
    }

    array(name) {
      const section = this._sections.get(name);
      if (!section) return new Uint32Array(0);
      const [, kind, count, position, size] = section;
      const from = this._start + position;
      if (RAW[kind]) return new RAW[kind](this._bytes.buffer, this._bytes.byteOffset + from, count);
      return varints(this._bytes.subarray(from, from + size), count, kind === "sv");
    }

    /** Text `name` of every entry: the table of texts and the index into it. */
    codes(name) {
      return { table: this.texts[name] || [], index: this.array(name) };
    }

    /** Shapes of a layer, unfolded once. */
    shapes(name) {
      if (!this._shapes.has(name)) this._shapes.set(name, new Shapes(this.array(name + ".rings"), this.array(name + ".sizes"), this.array(name + ".xy")));
      return this._shapes.get(name);
    }
  }

  /** Rings (or lines) of features in steps of the plane, with the box of every feature. */
  class Shapes {
    constructor(rings, sizes, xy) {
      this.count = rings.length;
      this.feature = starts(rings); // ring number each feature starts with
      this.ring = starts(sizes); // vertex number each ring starts with
      const points = xy.length / 2;
      this.x = new Int32Array(points);
      this.y = new Int32Array(points);
      let x = 0, y = 0;
      for (let k = 0; k < points; k++) {
        this.x[k] = x += xy[2 * k];
        this.y[k] = y += xy[2 * k + 1];
      }
      this.box = new Int32Array(4 * this.count);
      for (let i = 0; i < this.count; i++) this._measure(i);
    }

    _measure(i) {
      const from = this.ring[this.feature[i]], to = this.ring[this.feature[i + 1]];
      let west = 2147483647, north = 2147483647, east = -2147483648, south = -2147483648;
      for (let k = from; k < to; k++) {
        if (this.x[k] < west) west = this.x[k];
        if (this.x[k] > east) east = this.x[k];
        if (this.y[k] < north) north = this.y[k];
        if (this.y[k] > south) south = this.y[k];
      }
      this.box.set([west, north, east, south], 4 * i);
    }

    /** Box of feature i as {west, north, east, south}. */
    boxOf(i) {
      const b = this.box, k = 4 * i;
      return { west: b[k], north: b[k + 1], east: b[k + 2], south: b[k + 3] };
    }

    /** Whether point (x, y) lies in feature i, its holes left out. */
    holds(i, x, y) {
      const b = this.box, o = 4 * i;
      if (x < b[o] || y < b[o + 1] || x > b[o + 2] || y > b[o + 3]) return false;
      let inside = false;
      for (let r = this.feature[i]; r < this.feature[i + 1]; r++) {
        for (let k = this.ring[r], last = this.ring[r + 1] - 1; k < this.ring[r + 1]; last = k++) {
          const above = this.y[k] > y;
          if (above === this.y[last] > y) continue;
          const cut = ((this.x[last] - this.x[k]) * (y - this.y[k])) / (this.y[last] - this.y[k]) + this.x[k];
          if (x < cut) inside = !inside;
        }
      }
      return inside;
    }

    /** First feature (from the last drawn) that holds the point, -1 for none. */
    at(x, y) {
      for (let i = this.count - 1; i >= 0; i--) if (this.holds(i, x, y)) return i;
      return -1;
    }
  }

  function starts(counts) {
    const out = new Uint32Array(counts.length + 1);
    for (let i = 0; i < counts.length; i++) out[i + 1] = out[i] + counts[i];
    return out;
  }

  SC.unpack = async function (text) {
    return new Store(await unzip(fromBase64(text.trim())));
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
