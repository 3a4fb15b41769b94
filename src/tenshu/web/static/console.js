/* What the console's pages share: the form token on htmx requests, the menu on a phone, words while something works. */
"use strict";

(function () {
  document.addEventListener("click", function (event) {
    const opener = event.target.closest("[data-opens]");
    if (!opener) return;
    const opened = document.getElementById(opener.dataset.opens);
    const isOpen = opened.classList.toggle("is-open");
    opener.setAttribute("aria-expanded", String(isOpen));
  });

  /* A form that takes a while says so, and is not sent twice. */
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (event.defaultPrevented || form.hasAttribute("hx-post") || form.hasAttribute("data-downloads") || form.dataset.sent === "yes") return;
    const button = event.submitter || form.querySelector("button[type=submit], button:not([type])");
    form.dataset.sent = "yes";
    if (button && button.dataset.working) {
      button.dataset.label = button.textContent;
      button.textContent = button.dataset.working;
      button.setAttribute("aria-busy", "true");
    }
  });
  document.addEventListener("submit", function (event) {
    if (event.target.dataset.busy === "yes") event.preventDefault();
    else if (event.target.method === "post" && !event.target.hasAttribute("hx-post") && !event.target.hasAttribute("data-downloads")) event.target.dataset.busy = "yes";
  }, true);
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      delete form.dataset.busy;
      form.querySelectorAll("[data-label]").forEach(function (button) {
        button.textContent = button.dataset.label;
        button.removeAttribute("aria-busy");
      });
    });
  });

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    const text = document.getElementById(button.dataset.copies).textContent;
    navigator.clipboard.writeText(text).then(function () { button.textContent = button.dataset.copied; });
  });
})();
