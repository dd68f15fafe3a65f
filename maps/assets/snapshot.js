/* The present view as a PNG, with everything that must stand on a copy of the map. */
(function (SC) {
  "use strict";

  const FONT = '"Microsoft YaHei","PingFang SC","Noto Sans CJK SC","Source Han Sans SC","Droid Sans Fallback",sans-serif';
  const PIXELS = 2, SIDE = 18;

  SC.Snapshot = class {
    constructor(state, map, frame) {
      Object.assign(this, { state, map, frame });
      SC.byId("sc-picture").addEventListener("click", () => this.save());
    }

    async save() {
      const canvas = await this.draw();
      canvas.toBlob((blob) => {
        const link = SC.el("a", { href: URL.createObjectURL(blob), download: this.state.captions.title + ".png" });
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 10000);
      }, "image/png");
    }

    /** A canvas with title, standard, map, legend, scale, north arrow, sources and standing lines. The 审图号 of
     * another picture is not this one's, so it stays out; of two sides of a divider the present one is drawn. */
    async draw() {
      const { divider } = SC.page;
      divider.suspend(true);
      try {
        return await this._sheet();
      } finally {
        divider.suspend(false);
      }
    }

    async _sheet() {
      const { state, frame } = this, width = frame.clientWidth, canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
      const above = this._above(), below = this._below();
      const rows = (list) => list.map((one) => ({ ...one, lines: wrap(pen, one, width - 2 * SIDE) }));
      const top = rows(above), foot = rows(below), tall = (list) => list.reduce((sum, one) => sum + one.lines.length * one.size * 1.5, 0);
      const head = tall(top) + 14, height = head + frame.clientHeight + tall(foot) + 14;
      canvas.width = width * PIXELS;
      canvas.height = height * PIXELS;
      pen.scale(PIXELS, PIXELS);
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, width, height);
      write(pen, top, 7, width);
      pen.save();
      pen.translate(0, head);
      pen.beginPath();
      pen.rect(0, 0, width, frame.clientHeight);
      pen.clip();
      this._map(pen, width);
      await this._furniture(pen);
      pen.restore();
      pen.strokeStyle = state.theme.colours.ink;
      pen.strokeRect(0.5, head + 0.5, width - 1, frame.clientHeight - 1);
      write(pen, foot, head + frame.clientHeight + 7, width);
      if (state.captions.simulated) watermark(pen, state.captions.simulated, width, height);
      return canvas;
    }

    _above() {
      const { state } = this, c = state.captions, rule = state.currentRule(), gap = "　", ribbon = document.querySelector(".sc-trial-ribbon"), red = state.theme.colours.red_dark;
      const tiers = SC.byId("sc-tiers").textContent;
      const basis = [`${state.text("standard")} ${rule.standard}`, `${state.text("method")} ${rule.method}`, `${state.text("tiers")} ${tiers}`, c.counts, c.as_of];
      return [
        c.simulated ? { text: c.simulated, size: 13, weight: 600, colour: "#7A4B00", centre: true } : null,
        ribbon && ribbon.offsetParent ? { text: ribbon.textContent, size: 14, weight: 700, colour: red, centre: true } : null,
        { text: c.title, size: 24, weight: 700, colour: red, centre: true },
        { text: basis.filter(Boolean).join(gap), size: 13, weight: 400, colour: "#333" },
      ].filter(Boolean);
    }

    _below() {
      const { captions: c, theme } = this.state;
      return [
        { text: c.lines.join("｜"), size: 13, weight: 600, colour: theme.colours.red_dark },
        { text: [c.sources, c.issuer].filter(Boolean).join("　"), size: 12, weight: 400, colour: "#555" },
      ].filter((one) => one.text);
    }

    /** Every canvas of the map, lowest pane first, drawn anew with more pixels than the screen has. */
    _map(pen, width) {
      const { map, state, frame } = this, origin = frame.getBoundingClientRect();
      pen.fillStyle = state.theme.colours.ground;
      pen.fillRect(0, 0, width, frame.clientHeight);
      const ratio = SC.paperRatio;
      SC.paperRatio = PIXELS;
      SC.page.redraw();
      const level = (canvas) => Number(canvas.parentElement.style.zIndex) || 0;
      const all = [...map.getContainer().querySelectorAll("canvas")].sort((a, b) => level(a) - level(b));
      for (const one of all) {
        const box = one.getBoundingClientRect();
        if (one.width && one.height) pen.drawImage(one, box.left - origin.left, box.top - origin.top, box.width, box.height);
      }
      SC.paperRatio = ratio;
      SC.page.redraw();
    }

    /** Legend, north arrow and scale bar, where they stand on the screen. */
    async _furniture(pen) {
      const origin = this.frame.getBoundingClientRect();
      const at = (node) => {
        const box = node.getBoundingClientRect();
        return { x: box.left - origin.left, y: box.top - origin.top, width: box.width, height: box.height };
      };
      for (const name of [".sc-legend", ".sc-scale"]) {
        const box = at(this.frame.querySelector(name));
        pen.fillStyle = "#fff";
        pen.fillRect(box.x, box.y, box.width, box.height);
        pen.strokeStyle = "#9A9FA8";
        pen.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
      }
      for (const svg of this.frame.querySelectorAll(".sc-legend svg, .sc-north svg")) {
        const box = at(svg);
        if (!box.width) continue; // not shown now
        pen.drawImage(await pictureOf(svg, box), box.x, box.y, box.width, box.height);
      }
      for (const node of this.frame.querySelectorAll(".sc-cells, .sc-cells i:not(.sc-odd)")) {
        const box = at(node), outer = node.classList.contains("sc-cells");
        pen.strokeStyle = pen.fillStyle = "#20242B";
        if (outer) pen.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
        else pen.fillRect(box.x, box.y, box.width, box.height);
      }
      for (const node of this.frame.querySelectorAll(".sc-legend h2, .sc-legend li, .sc-ticks b")) {
        const text = node.querySelector("span") || node, box = at(text), style = getComputedStyle(text);
        if (!box.width) continue;
        pen.font = `${style.fontWeight} ${style.fontSize} ${FONT}`;
        pen.fillStyle = style.color;
        pen.textBaseline = "middle";
        pen.textAlign = style.textAlign === "center" ? "center" : "left";
        pen.fillText(text.textContent, pen.textAlign === "center" ? box.x + box.width / 2 : box.x, box.y + box.height / 2);
      }
    }
  };

  function pictureOf(svg, box) {
    const copy = svg.cloneNode(true);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", box.width * PIXELS);
    copy.setAttribute("height", box.height * PIXELS);
    return new Promise((resolve, reject) => {
      const image = new Image();
      image.onload = () => resolve(image);
      image.onerror = () => reject(new Error("a symbol of the legend cannot be drawn"));
      image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(new XMLSerializer().serializeToString(copy));
    });
  }

  /** Lines of a text no wider than `most`, cut between its parts, or else between any two characters. */
  function wrap(pen, { text, size, weight }, most) {
    pen.font = `${weight} ${size}px ${FONT}`;
    const lines = [""];
    const fits = (part) => pen.measureText(lines[lines.length - 1] + part).width <= most;
    for (const part of text.split(/(?<=[　｜；])/)) {
      if (!fits(part) && lines[lines.length - 1]) lines.push("");
      for (const letter of Array.from(part)) {
        if (!fits(letter)) lines.push("");
        lines[lines.length - 1] += letter;
      }
    }
    return lines;
  }

  function write(pen, rows, from, width) {
    let y = from;
    pen.textBaseline = "middle";
    for (const row of rows) {
      pen.font = `${row.weight} ${row.size}px ${FONT}`;
      pen.fillStyle = row.colour;
      pen.textAlign = row.centre ? "center" : "left";
      for (const line of row.lines) {
        pen.fillText(line, row.centre ? width / 2 : SIDE, y + row.size * 0.75);
        y += row.size * 1.5;
      }
    }
  }

  function watermark(pen, text, width, height) {
    pen.save();
    pen.font = `600 20px ${FONT}`;
    pen.fillStyle = "rgba(90,45,58,.10)";
    pen.textAlign = "center";
    pen.rotate((-26 * Math.PI) / 180);
    for (let y = 0, k = 0; y < height + width; y += 130, k++) {
      for (let x = -height; x < width + height; x += 700) pen.fillText(text, x + (k % 2) * 350, y);
    }
    pen.restore();
  }
})((window.ServiceCircle = window.ServiceCircle || {}));
