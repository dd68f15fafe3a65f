/* A job of the service while it runs: its stage, a bar, a way to cancel it. */
(function (SC) {
  "use strict";

  SC.JobView = class {
    constructor(planner, box) {
      Object.assign(this, { planner, box });
    }

    /** Follow a job to its end; gives the job as it ended. */
    async follow(id) {
      const { planner, box } = this, { text, api } = planner;
      const words = SC.el("span", {}, text("job_waits")), bar = SC.el("progress", { max: 1, "aria-label": text("job_progress") });
      const cancel = SC.button(text("cancel"), (event) => SC.during(event.target, () => api.send("DELETE", "jobs/" + id)), { class: "pl-button pl-cancel" });
      SC.replace(box, SC.el("div", { class: "pl-job", "data-job": id }, SC.el("p", { role: "status" }, words), bar, cancel));
      let fault = null;
      try {
        await api.follow(id, (name, data) => {
          words.textContent = data.text || "";
          if (name !== "progress") return;
          bar.max = data.total || 1;
          bar.value = data.done;
          if (data.total > 1) words.textContent += `　${SC.grouped(data.done)} / ${SC.grouped(data.total)}`;
        });
      } catch (error) {
        fault = error;
      }
      const job = await api.get("jobs/" + id).catch(() => null);
      SC.replace(box);
      if (!job) throw fault || new Error(id);
      if (job.state === "failed") box.append(SC.faults(new SC.Refused(0, job.problem || {})));
      if (job.state === "cancelled") box.append(SC.note(text("job_cancelled")));
      return job;
    }
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
