/* Calls to the service: the key of this tab, errors as sentences, files handed over, progress as it comes. */
(function (SC) {
  "use strict";

  const KEPT = "servicecircle.key", AGAIN_MS = 2000;

  /** What the service refused, in its own words. */
  SC.Refused = class extends Error {
    constructor(status, problem) {
      super(problem.detail || problem.title || String(status));
      Object.assign(this, { status, errors: problem.errors || [] });
    }

    /** Every fault, a sentence each. */
    lines() {
      const found = this.errors.map((one) => one.detail).filter(Boolean);
      return found.length ? [...new Set(found)] : [this.message];
    }
  };

  SC.Api = class {
    /** `askKey(message)` gives a key that somebody typed, or null. */
    constructor(text, askKey) {
      Object.assign(this, { text, askKey });
    }

    get key() {
      return sessionStorage.getItem(KEPT);
    }

    set key(value) {
      if (value) sessionStorage.setItem(KEPT, value);
      else sessionStorage.removeItem(KEPT);
    }

    get(path, options) {
      return this.send("GET", path, options).then((answer) => answer.json());
    }

    post(path, json, options) {
      return this.send("POST", path, { json, ...options }).then((answer) => answer.json());
    }

    /** Send a request; asks for a key when the service wants one, and throws `SC.Refused` on anything but success. */
    async send(method, path, options = {}) {
      const { json, body, headers, signal } = options;
      // sentences come in the language of the page
      const sent = { "Accept-Language": document.documentElement.lang, ...(json === undefined ? {} : { "Content-Type": "application/json" }), ...headers };
      if (this.key) sent.Authorization = "Bearer " + this.key;
      let answer;
      try {
        answer = await fetch(path, { method, headers: sent, body: json === undefined ? body : JSON.stringify(json), signal, cache: "no-store" });
      } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new SC.Refused(0, { detail: this.text("away") });
      }
      if (answer.ok) return answer;
      const problem = await answer.json().catch(() => ({}));
      if (answer.status === 401 && !options.tried) {
        const key = await this.askKey(this.key ? problem.detail : "");
        if (key) {
          this.key = key;
          return this.send(method, path, { ...options, tried: true });
        }
      }
      if (answer.status === 401) this.key = null;
      throw new SC.Refused(answer.status, problem);
    }

    /** Save an answer of the service as a file. */
    async download(path, name) {
      const answer = await this.send("GET", path), url = URL.createObjectURL(await answer.blob());
      const link = SC.el("a", { href: url, download: name, hidden: true });
      document.body.append(link);
      link.click();
      link.remove();
      setTimeout(() => URL.revokeObjectURL(url), 10000);
    }

    /** Tell the events of a job as they happen, to its end: `told(name, data)`. EventSource could not send a key. */
    async follow(job, told, signal) {
      let last = null, ended = false;
      const one = (text) => {
        const fields = Object.fromEntries(text.split("\n").filter((line) => line.includes(": ") && !line.startsWith(":")).map((line) => {
          const cut = line.indexOf(": ");
          return [line.slice(0, cut), line.slice(cut + 2)];
        }));
        if (fields.id) last = fields.id;
        if (!fields.data) return;
        const data = JSON.parse(fields.data);
        ended = ended || (fields.event === "state" && ["done", "failed", "cancelled"].includes(data.state));
        told(fields.event, data);
      };
      while (!ended) {
        const answer = await this.send("GET", `jobs/${job}/events`, { headers: last ? { "Last-Event-ID": last } : {}, signal });
        if (answer.status === 204) return;
        await read(answer.body, one);
        if (!ended) await new Promise((done) => setTimeout(done, AGAIN_MS));
      }
    }
  };

  /** Cut a stream of server-sent events at its empty lines; a stream that breaks off ends. */
  async function read(stream, one) {
    const reader = stream.getReader(), decoder = new TextDecoder();
    let kept = "";
    for (;;) {
      const { done, value } = await reader.read().catch(() => ({ done: true }));
      if (done) return;
      const parts = (kept + decoder.decode(value, { stream: true })).split("\n\n");
      kept = parts.pop();
      parts.forEach(one);
    }
  }
})((window.ServiceCircle = window.ServiceCircle || {}));
