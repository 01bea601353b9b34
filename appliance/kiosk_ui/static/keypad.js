// What is heard beside the page itself: with headphones each key of the keypad is answered by words, and nothing need be seen.
"use strict";
(() => {
  const { body } = document;
  const voice = document.querySelector("[data-voice-of-page]");
  const token = document.querySelector("[name=csrf_token]")?.value ?? "";
  if (!voice) return;
  const alone = "private" in body.dataset;
  const idle = document.getElementById("idle");
  const words = alone ? JSON.parse(body.dataset.words) : {};

  const post = (address, values) => fetch(address, { method: "POST", body: new URLSearchParams({ csrf_token: token, ...values }) });
  let turn = 0;
  let last = ""; // nothing stands for the whole page
  let asking = Promise.resolve();
  let leaving = false;
  addEventListener("pagehide", () => { leaving = true; }, true);
  const hush = () => { turn += 1; voice.pause(); };
  const say = async (text) => {
    if (idle?.open || leaving) return; // nothing comes before the question whether anybody is still there
    hush();
    const mine = turn;
    last = text;
    if (text) asking = asking.then(() => mine === turn && post("/suara/kata", { text })).catch(() => {});
    await asking;
    if (mine !== turn || idle?.open) return;
    voice.src = text ? `/suara/kata?${mine}` : "/suara";
    voice.play().catch(() => {});
  };
  const quietly = async (what) => {
    hush();
    const answer = await post("/tampilan", { what, quiet: "1" }).then((one) => one.json()).catch(() => null);
    if (!answer) return;
    body.dataset.tones = String(answer.gain);
    const before = last;
    await say(answer.say);
    last = before;
  };

  const CONTROL = "a[href], button, input:not([type=hidden])";
  const TEXT = "h1, p, li, dt, dd";
  const CHOICE = "[type=radio], [type=checkbox]";
  const PLACES = [".strip", "main", "footer .right", "footer .left", "footer > form", ".comfort", ".languages"];
  const SEEN_ONLY = "[value=size], [value=contrast], [value=sound]";
  const called = (one) => (one.getAttribute("aria-label") || (one.labels?.[0] ?? one).innerText || "").replace(/\s+/g, " ").trim();
  const heard = (one) => one.checkVisibility() && !one.matches(SEEN_ONLY) && !one.closest("[data-keyboard], [data-unspoken]")
    && (one.matches(CONTROL) || (called(one) && !one.closest("label, a, button") && !one.querySelector(`${CONTROL}, ${TEXT}`)));
  const items = () => PLACES.flatMap((place) => [...document.querySelectorAll(place)])
    .flatMap((place) => [...place.querySelectorAll(`${CONTROL}, ${TEXT}`)]).filter(heard);
  const told = (one) => {
    if (one.matches(CHOICE)) {
      const all = [...document.getElementsByName(one.name)];
      return `${called(one)}, ${one.checked ? words.on : words.off}, ${all.indexOf(one) + 1} ${words.of} ${all.length}`;
    }
    if (one.matches("input")) {
      const typed = one.value && "echoTones" in body.dataset ? words.filled : one.value;
      return `${called(one)}, ${words.field}: ${typed || words.empty}`;
    }
    if (!one.matches(CONTROL)) return called(one);
    return `${called(one)}, ${one.matches("[aria-pressed=true]") ? words.on : words.button}`;
  };
  const go = (one) => {
    if (!one.matches(CONTROL)) one.tabIndex = -1;
    one.focus();
    say(told(one));
  };
  const move = (by) => {
    const all = items();
    const next = (all.indexOf(document.activeElement) + 1 + by + all.length + 1) % (all.length + 1);
    if (next > 0) go(all[next - 1]);
    else {
      document.activeElement?.blur();
      say("");
    }
  };
  const typing = () => (document.activeElement?.matches("input[data-keys]") ? document.activeElement : null);

  const choose = () => {
    const one = document.activeElement;
    const hash = one?.getAttribute("href")?.startsWith("#") && document.querySelector(one.getAttribute("href"));
    if (hash) go(hash.matches("input") ? hash : hash.querySelector("input"));
    else if (one?.matches(CHOICE)) {
      one.click();
      say(told(one));
    } else if (typing()) move(1);
    else if (one?.matches(CONTROL)) one.click();
    else say(last);
  };
  const press = (selector, by) => {
    const one = document.querySelector(selector);
    if (one) one.click();
    else move(by);
  };

  // letters as on a telephone: the same key again is the next letter, any other key or the right arrow keeps it; no clock runs
  const TAPS = [" 0", "-/.1", "ABC2", "DEF3", "GHI4", "JKL5", "MNO6", "PQRS7", "TUV8", "WXYZ9"];
  let tapped = null;
  const echo = (sign, more = "") => {
    if ("echoTones" in body.dataset) document.dispatchEvent(new CustomEvent("tone", { detail: more ? "del" : sign }));
    else say(more ? `${words.signs[sign] ?? sign} ${more}` : words.signs[sign] ?? sign);
  };
  const put = (input, sign, instead) => {
    const end = input.value.length;
    if (!instead && input.maxLength >= 0 && end >= input.maxLength) return false;
    input.setRangeText(sign, instead ? end - 1 : end, end, "end");
    input.dispatchEvent(new Event("input", { bubbles: true }));
    if (sign) echo(sign);
    return true;
  };
  const digit = (input, key) => {
    const [letters] = TAPS.slice(Number(key));
    const signs = input.dataset.keys === "digits" ? key : "signs" in input.dataset ? letters.at(-1) + letters.slice(0, -1) : letters;
    const again = tapped && tapped.input === input && tapped.key === key;
    const place = again ? (tapped.place + 1) % signs.length : 0;
    const met = put(input, signs[place], again && signs.length > 1);
    tapped = met && signs.length > 1 ? { input, key, place } : null;
  };
  const erase = (input) => {
    const sign = input.value.slice(-1);
    if (!sign) { say(told(input)); return; }
    put(input, "", true);
    echo(sign, words.gone);
  };

  const SOUND = { NumpadDivide: () => say(last), NumpadAdd: () => quietly("louder"), NumpadSubtract: () => quietly("softer") };
  const WAY = {
    ArrowDown: () => move(1),
    Tab: () => move(1),
    ArrowUp: () => move(-1),
    Enter: choose,
    NumpadEnter: choose,
    ArrowRight: () => press("footer .right .main", 1),
    ArrowLeft: () => press("footer .left a", -1),
    NumpadDecimal: () => {
      body.toggleAttribute("data-echo-tones");
      quietly("echo");
    },
  };
  addEventListener("keydown", (event) => {
    const input = typing();
    const kept = tapped;
    hush();
    if (event.defaultPrevented) return; // the ear: another page is on its way
    const does = (what) => {
      event.preventDefault();
      if (!event.repeat) what();
    };
    if (alone && idle?.open) { does(() => { idle.querySelector("[data-stay]").click(); say(last); }); return; }
    if (alone && input && /^[0-9]$/.test(event.key)) { does(() => digit(input, event.key)); return; }
    tapped = null;
    if (event.code in SOUND) does(SOUND[event.code]);
    else if (!alone) return;
    else if (kept && event.code === "ArrowRight") does(() => say(`${kept.input.value.slice(-1)} ${words.kept}`));
    else if (event.code in WAY) does(WAY[event.code]);
    else if (input && event.key === "Backspace") does(() => erase(input));
    else if (input && event.key.length === 1) does(() => put(input, event.key.toUpperCase()));
  });
  if (!alone) return;

  const cover = document.querySelector(".cover");
  cover?.addEventListener("submit", (event) => {
    event.preventDefault();
    cover.remove();
    delete body.dataset.dark;
    quietly("light");
  });

  // what changes by itself is said once
  for (const place of document.querySelectorAll("[data-part], [data-strip]")) {
    let before = called(place);
    new MutationObserver(() => {
      const now = called(place);
      if (now && now !== before) say(now);
      before = now;
    }).observe(place, { childList: true, subtree: true, characterData: true });
  }
})();
