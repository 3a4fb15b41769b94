/* Files that are dropped on the page, and how much of them has been sent. Without this the form works all the same. */
"use strict";

(function () {
  const form = document.querySelector("form[data-drop]");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const told = form.querySelector("[data-sending]");
  form.classList.add("has-script");

  function refuse() {
    delete form.dataset.sent;
    told.hidden = false;
    told.textContent = told.dataset.tooLarge;
    input.value = "";
  }

  function send() {
    if (!input.files.length || form.dataset.sent === "yes") return;
    const size = Array.from(input.files).reduce(function (sum, file) { return sum + file.size; }, 0);
    if (size > Number(told.dataset.most)) return refuse();
    form.dataset.sent = "yes";
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.addEventListener("progress", function (event) {
      const done = (event.loaded / 1e6).toFixed(1), all = (event.total / 1e6).toFixed(1);
      told.hidden = false;
      told.textContent = told.dataset.sending.replace("{done}", done).replace("{all}", all);
    });
    request.addEventListener("load", function () {
      if (request.status === 413) refuse();
      else if (request.status < 400) window.location.assign(request.responseURL);
      else {
        const answer = new DOMParser().parseFromString(request.responseText, "text/html");
        document.querySelector("main").replaceWith(answer.querySelector("main") || answer.body);
      }
    });
    request.addEventListener("error", function () {
      delete form.dataset.sent;
      form.classList.remove("has-script");
      form.submit();
    });
    request.send(new FormData(form));
  }

  input.addEventListener("change", send);
  ["dragenter", "dragover"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      if (!Array.from(event.dataTransfer.types).includes("Files")) return;
      event.preventDefault();
      form.classList.add("is-over");
    });
  });
  document.addEventListener("dragleave", function (event) {
    if (!event.relatedTarget) form.classList.remove("is-over");
  });
  document.addEventListener("drop", function (event) {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    form.classList.remove("is-over");
    input.files = event.dataTransfer.files;
    send();
  });
})();
