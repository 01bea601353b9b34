// One event stream per visit and tab; every message is the whole state. Its loss is shown, never hidden.
"use strict";
(() => {
  const address = document.body.dataset.live;
  if (!address) return;
  const tab = (sessionStorage.tab ||= String(Math.random()).slice(2));
  const strip = document.querySelector("[data-strip]");
  const SILENT = 5000; // the server beats once a second; a line that is only cut tells nobody
  let source = null;
  let version = null;
  let dirty = false;
  let heard = Date.now();
  let leaving = 0; // when somebody last began to leave; a file that is fetched leaves the page where it is
  addEventListener("input", () => { dirty = true; });
  addEventListener("beforeunload", () => { leaving = Date.now(); });

  const key = (form) => `${form.dataset.act}|${form.dataset.resident ?? ""}`;
  const opened = () => new Map([...document.querySelectorAll("form input[name=opened_at]")].map((one) => [key(one.form), one.value]));
  const busy = () => dirty
    || document.activeElement?.matches("input:not([type=hidden]), select, textarea")
    || document.querySelector("[data-part] details[open]");
  const lost = () => document.body.classList.contains("lost");
  const lose = () => {
    document.body.classList.add("lost");
    if (strip && strip.dataset.lost) strip.textContent = strip.dataset.lost;
  };

  // What is replaced may hold the focus: whoever goes by keyboard goes on from the same place, or from the page's start.
  const named = (one) => [one.tagName, one.getAttribute("href"), one.name, one.value, one.form?.dataset.act, one.textContent.trim()].join("|");
  const like = (place, one) => [...place.querySelectorAll(one.tagName)].filter((other) => named(other) === named(one));
  const put = (place, fresh) => {
    const held = place.contains(document.activeElement) ? document.activeElement : null;
    const at = held ? like(place, held).indexOf(held) : 0;
    place.innerHTML = fresh.innerHTML;
    if (held) (like(place, held)[at] ?? document.querySelector("main")).focus({ preventScroll: true });
  };

  const answer = "answer" in document.body.dataset; // what answers a form has no address of its own

  const refresh = async () => {
    if (answer) { document.body.classList.add("changed"); return true; }
    if (!document.querySelector("[data-part], [data-strip]")) return true;
    const found = await fetch(location.href, { headers: { "X-Live": "1" } }).catch(() => null);
    // a kiosk that a technician has taken is left by everybody who has not begun, whatever page he reads
    if (found?.redirected && (document.querySelector("[data-follow]") || /\/(tutup|ukuran)$/.test(found.url))) location.replace(found.url);
    if (!found?.ok || found.redirected) return false;
    const page = new DOMParser().parseFromString(await found.text(), "text/html");
    if (busy()) return true;
    const since = opened();
    for (const place of document.querySelectorAll("[data-part], [data-strip]")) {
      const selector = place.dataset.part ? `[data-part="${place.dataset.part}"]` : "[data-strip]";
      const fresh = page.querySelector(selector);
      if (fresh && fresh.innerHTML !== place.innerHTML) put(place, fresh);
    }
    // the clock of a form that was on the page already goes on from when it was first shown
    for (const one of document.querySelectorAll("form input[name=opened_at]")) one.value = since.get(key(one.form)) ?? one.value;
    return true;
  };

  const told = async (event) => {
    heard = Date.now();
    const state = JSON.parse(event.data);
    // whoever signs out is on his way already: a second way begun now would end the first
    if (state.signed_in === false) { setTimeout(() => location.reload(), Math.max(0, leaving + SILENT - Date.now())); return; }
    const before = version;
    version = event.data;
    if (before !== null && before !== event.data && busy()) document.body.classList.add("changed");
    // what stood here before the line was lost is replaced first, and only then believed again
    else if ((before !== null || lost()) && !(await refresh())) { lose(); return; }
    if (Date.now() - heard < SILENT) document.body.classList.remove("lost");
  };

  const connect = () => {
    source = new EventSource(address + (address.includes("?") ? "&" : "?") + "tab=" + tab + "&mark=" + document.body.dataset.mark);
    source.addEventListener("message", told);
    source.addEventListener("beat", () => {
      heard = Date.now();
      if (lost() && version !== null) told({ data: version });
    });
    source.addEventListener("stale", () => {
      if (busy()) document.body.classList.add("changed");
      else if (!lost()) refresh();
    });
    source.addEventListener("error", () => {
      lose();
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
    });
  };
  connect();
  setInterval(() => { if (Date.now() - heard >= SILENT) lose(); }, 1000);
  setInterval(() => { if (!busy() && !answer) refresh(); }, 45000); // overdue is shown within a minute, whoever touches it
  // a page that is brought back as it was knows nothing yet
  addEventListener("pagehide", () => { source.close(); lose(); });
})();
