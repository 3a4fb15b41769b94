/* The editor of messages: values are put in where one writes and shown as chips, blocks move by the keyboard, a chosen
   picture goes up by itself. Without this file everything still works by its buttons. */
"use strict";

(function () {
  const LABEL = /〔[^〔〕\n]{1,40}〕/g;
  const labels = new Set();
  let last = null;

  document.documentElement.classList.add("has-script");

  function paint(field) {
    const under = field.parentElement.querySelector(".under");
    if (!under) return;
    under.replaceChildren();
    let at = 0;
    for (const found of field.value.matchAll(LABEL)) {
      if (!labels.has(found[0])) continue;
      under.append(field.value.slice(at, found.index));
      const mark = document.createElement("mark");
      mark.textContent = found[0];
      under.append(mark);
      at = found.index + found[0].length;
    }
    under.append(field.value.slice(at) + "\n");
  }

  function prepare() {
    document.querySelectorAll("[data-chip]").forEach(function (chip) { labels.add(chip.dataset.chip); });
    document.querySelectorAll("[data-merges]").forEach(function (field) {
      if (!field.parentElement.querySelector(".under")) {
        const under = document.createElement("div");
        under.className = "under";
        under.setAttribute("aria-hidden", "true");
        field.before(under);
      }
      paint(field);
    });
  }

  document.addEventListener("focusin", function (event) {
    if (event.target.matches("[data-merges]")) last = event.target;
    const block = event.target.closest(".blocks > [data-block]");
    const at = document.getElementById("at");
    if (at && event.target.closest("#letter")) at.value = block ? block.dataset.block : "";
  });

  document.addEventListener("input", function (event) {
    if (event.target.matches("[data-merges]")) paint(event.target);
  });

  document.addEventListener("click", function (event) {
    const chip = event.target.closest("[data-chip]");
    if (!chip) return;
    const field = last && last.isConnected ? last : document.getElementById("subject");
    field.focus();
    field.setRangeText(chip.dataset.chip, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  document.addEventListener("change", function (event) {
    if (event.target.type !== "file" || !event.target.files.length) return;
    const button = event.target.closest(".field").querySelector("[data-uploads]");
    if (button) button.click();
  });

  document.addEventListener("keydown", function (event) {
    const verb = { ArrowUp: "up:", ArrowDown: "down:" }[event.key];
    const block = event.altKey && verb && event.target.closest("[data-block]");
    const button = block && block.querySelector('button[value="' + verb + block.dataset.block + '"]');
    if (!button || button.disabled) return;
    event.preventDefault();
    button.click();
  });

  document.addEventListener("htmx:after:swap", prepare);
  prepare();
})();
