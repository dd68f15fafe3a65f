/* An old browser gets one sentence instead of an empty page. This file speaks ECMAScript 5. */
(function () {
  "use strict";
  var busy = document.getElementById("sc-busy");
  var able = window.ServiceCircle && window.ServiceCircle.start && window.Promise && window.Uint8Array &&
    window.CSS && CSS.supports && CSS.supports("display", "grid") && window.Path2D;
  if (able) { return; }
  busy.className = "sc-refused";
  busy.textContent = busy.getAttribute("data-old");
  window.ServiceCircle = { start: function () {} };
}());
