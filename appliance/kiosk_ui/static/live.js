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

  const refresh = async () => {
    const part = document.querySelector("[data-part]");
    if (!part && !strip) return;
    const answer = await fetch(location.href, { headers: { "X-Live": "1" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const place of document.querySelectorAll("[data-part], [data-strip]")) {
      const selector = place.dataset.part ? `[data-part="${place.dataset.part}"]` : "[data-strip]";
      const fresh = page.querySelector(selector);
      if (fresh && fresh.innerHTML !== place.innerHTML) place.innerHTML = fresh.innerHTML;
    }
  };

  source.addEventListener("message", (event) => {
    const state = JSON.parse(event.data);
    document.body.classList.remove("lost");
    if (state.signed_in === false) { location.reload(); return; }
    const seen = JSON.stringify(state);
    if (version !== null && seen !== version) {
      const typing = dirty || document.activeElement?.matches("input:not([type=hidden]), select, textarea");
      if (typing) document.body.classList.add("changed");
      else refresh();
    } else if (version !== null) refresh();
    version = seen;
  });
  source.addEventListener("error", () => {
    document.body.classList.add("lost");
    if (strip && strip.dataset.lost) strip.textContent = strip.dataset.lost;
  });
})();
