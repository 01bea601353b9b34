// One event stream per visit and tab; every message is the whole state. Its loss is shown, never hidden.
"use strict";
(() => {
  const address = document.body.dataset.live;
  if (!address) return;
  const tab = (sessionStorage.tab ||= String(Math.random()).slice(2));
  const source = new EventSource(address + (address.includes("?") ? "&" : "?") + "tab=" + tab);
  addEventListener("pagehide", () => source.close());
  const strip = document.querySelector("[data-strip]");
  let version = null;
  let dirty = false;
  addEventListener("input", () => { dirty = true; });

  const key = (form) => `${form.dataset.act}|${form.dataset.resident ?? ""}`;
  const opened = () => new Map([...document.querySelectorAll("form input[name=opened_at]")].map((one) => [key(one.form), one.value]));
  const busy = () => dirty
    || document.activeElement?.matches("input:not([type=hidden]), select, textarea")
    || document.querySelector("[data-part] details[open]");

  const refresh = async () => {
    if (!document.querySelector("[data-part], [data-strip]")) return;
    const answer = await fetch(location.href, { headers: { "X-Live": "1" } });
    if (answer.redirected && document.querySelector("[data-follow]")) location.replace(answer.url);
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (busy()) return;
    const since = opened();
    for (const place of document.querySelectorAll("[data-part], [data-strip]")) {
      const selector = place.dataset.part ? `[data-part="${place.dataset.part}"]` : "[data-strip]";
      const fresh = page.querySelector(selector);
      if (fresh && fresh.innerHTML !== place.innerHTML) place.innerHTML = fresh.innerHTML;
    }
    // the clock of a form that was on the page already goes on from when it was first shown
    for (const one of document.querySelectorAll("form input[name=opened_at]")) one.value = since.get(key(one.form)) ?? one.value;
  };
  setInterval(() => { if (!busy()) refresh(); }, 60000);

  source.addEventListener("message", (event) => {
    const state = JSON.parse(event.data);
    document.body.classList.remove("lost");
    if (state.signed_in === false) { location.reload(); return; }
    if (version !== null && event.data !== version && busy()) document.body.classList.add("changed");
    else if (version !== null) refresh();
    version = event.data;
  });
  source.addEventListener("error", () => {
    document.body.classList.add("lost");
    if (strip && strip.dataset.lost) strip.textContent = strip.dataset.lost;
  });
})();
