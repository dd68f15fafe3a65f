/* Parts of forms: buttons, fields with their labels, tables, faults, questions that must be answered. */
(function (SC) {
  "use strict";

  SC.button = function (words, act, more) {
    return SC.el("button", { type: "button", class: "pl-button", onclick: act, ...more }, words);
  };

  /** A labelled field; `input` may be any control. */
  SC.field = function (label, input, hint) {
    return SC.el("label", { class: "pl-field" }, SC.el("span", {}, label), input, hint ? SC.el("small", {}, hint) : null);
  };

  /** A select of [value, words] pairs. */
  SC.choice = function (pairs, chosen, more) {
    return SC.el("select", more || {}, ...pairs.map(([value, words]) => SC.el("option", { value, selected: value === chosen }, words)));
  };

  SC.input = (type, more) => SC.el("input", { type, autocomplete: "off", ...more });

  /** A table with a caption; heads and cells are words or nodes. */
  SC.grid = function (caption, heads, rows, more) {
    return SC.el("table", { class: "pl-table", ...more }, caption ? SC.el("caption", {}, caption) : null,
      SC.el("thead", {}, SC.el("tr", {}, ...heads.map((one) => SC.el("th", { scope: "col" }, one)))), SC.el("tbody", {}, ...rows));
  };

  /** Faults in place, each a line. */
  SC.faults = function (error) {
    const lines = error.lines ? error.lines() : [String(error.message || error)];
    return SC.el("ul", { class: "pl-faults", role: "alert" }, ...lines.map((line) => SC.el("li", {}, line)));
  };

  SC.note = (words, kind) => SC.el("p", { class: "pl-note" + (kind ? " pl-" + kind : ""), role: "status" }, words);

  /** Run an act of a button: not twice at a time, its faults under the button. */
  SC.during = async function (button, act) {
    const old = button.parentNode && button.parentNode.querySelector(":scope > .pl-faults");
    if (old) old.remove();
    button.disabled = true;
    try {
      return await act();
    } catch (error) {
      if (error.name === "AbortError") return null;
      if (button.isConnected) button.parentNode.append(SC.faults(error));
      else SC.planner.desk.tell(error.lines ? error.lines().join(" ") : error.message, "bad");
      if (!error.lines) throw error;
      return null;
    } finally {
      button.disabled = false;
    }
  };

  /** Ask something in a dialog; gives the value of `input` (true without one), or null. */
  SC.ask = function (title, lines, input, words) {
    return new Promise((done) => {
      const yes = SC.el("button", { type: "submit", class: "pl-button pl-primary" }, words.yes);
      const no = SC.button(words.no, () => box.close());
      const form = SC.el("form", { method: "dialog" }, SC.el("h2", {}, title), ...lines.map((line) => SC.el("p", {}, line)),
        input ? SC.field(words.label, input) : null, SC.el("div", { class: "pl-row" }, yes, no));
      const box = SC.el("dialog", { class: "pl-dialog", "aria-label": title }, form);
      let answer = null;
      // the policy of the page allows no form to be sent, so the button is taken before that
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        answer = input ? input.value.trim() : true;
        box.close();
      });
      box.addEventListener("close", () => {
        box.remove();
        done(answer || null);
      });
      document.body.append(box);
      box.showModal();
      (input || yes).focus();
    });
  };

  SC.percent = (share) => (share === null || share === undefined ? "—" : (Math.floor(share * 1000 + 1e-9) / 10).toFixed(1) + "%");

  /** A moment of the service as it is read here. */
  SC.moment = function (text) {
    const at = new Date(text), two = (n) => String(n).padStart(2, "0");
    return isNaN(at) ? text || "" : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
