/* The door: a key for this tab, tried by fetching the page itself; what comes takes the place of this page. */
(function () {
  "use strict";

  const KEPT = "servicecircle.key", form = document.getElementById("door"), input = document.getElementById("key"), told = document.getElementById("told");

  async function enter(key, silent) {
    let answer = null;
    try {
      answer = await fetch(location.pathname, { headers: { Authorization: "Bearer " + key, Accept: "text/html" }, cache: "no-store" });
    } catch {
      told.textContent = told.dataset.away;
      return;
    }
    if (!answer.ok) {
      sessionStorage.removeItem(KEPT);
      if (!silent) told.textContent = answer.status === 401 ? told.dataset.wrong : (await answer.json().catch(() => ({}))).detail || String(answer.status);
      return;
    }
    sessionStorage.setItem(KEPT, key);
    const page = await answer.text();
    // the scripts of the page are named in the policy this page came with
    document.open();
    document.write(page);
    document.close();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    told.textContent = "";
    if (input.value.trim()) enter(input.value.trim(), false);
  });
  const kept = sessionStorage.getItem(KEPT);
  if (kept) enter(kept, true);
  else input.focus();
})();
