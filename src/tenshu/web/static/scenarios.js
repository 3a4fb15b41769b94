/* The tree of a scenario: which step is open stays marked while its counts are renewed, and a phone shows the panel. */
"use strict";

(function () {
  let opened = null;

  function mark() {
    if (opened === null) return;
    document.querySelectorAll(".box[data-step]").forEach(function (box) {
      const isOpen = box.dataset.step === opened;
      box.classList.toggle("is-open", isOpen);
      if (isOpen) box.setAttribute("aria-current", "true");
      else box.removeAttribute("aria-current");
    });
  }

  document.addEventListener("click", function (event) {
    const box = event.target.closest(".box[data-step]");
    if (!box) return;
    opened = box.dataset.step;
    box.closest(".scenario").classList.add("is-chosen");
    mark();
  });

  /* Below a wide tree the panel lies over its lower edge once a step was chosen; Escape puts it back. */
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") document.querySelectorAll(".scenario").forEach(function (one) { one.classList.remove("is-chosen"); });
  });

  document.addEventListener("htmx:after:swap", function () {
    mark();
    const panel = document.getElementById("panel");
    if (opened === null || !panel || panel.dataset.shown === opened) return;
    panel.dataset.shown = opened;
    if (panel.getBoundingClientRect().top > window.innerHeight - 120) panel.scrollIntoView({ block: "start" });
  });
})();
