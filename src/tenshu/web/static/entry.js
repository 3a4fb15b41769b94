/* A password can be shown while it is typed, and is hidden again before it is sent. */
"use strict";

(function () {
  function say(button, isShown) {
    button.textContent = isShown ? button.dataset.hide : button.dataset.show;
    button.setAttribute("aria-pressed", String(isShown));
  }
  document.querySelectorAll("[data-reveals]").forEach(function (button) {
    const input = document.getElementById(button.dataset.reveals);
    button.hidden = false;
    button.addEventListener("click", function () {
      const isShown = input.type === "password";
      input.type = isShown ? "text" : "password";
      say(button, isShown);
      input.focus();
    });
    input.form.addEventListener("submit", function () {
      input.type = "password";
      say(button, false);
    });
  });
})();
