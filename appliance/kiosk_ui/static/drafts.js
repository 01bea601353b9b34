// A draft that is opened may be chosen at once; the server knows by itself to whom it was shown, and asks that.
"use strict";
document.addEventListener("click", (event) => {
  const line = event.target.closest("[data-draft]")?.closest("[data-waiting]");
  if (!line) return;
  line.dataset.read = "yes";
  line.querySelector("input[name=cases]")?.removeAttribute("disabled");
});
