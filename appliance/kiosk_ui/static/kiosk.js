// The resident's page: keyboard in the page, idle warning, one touch = one request, focus on what is wrong.
"use strict";
(() => {
  // nothing leads away from this machine: the browser's own page of refusal would stand there until it is started afresh
  window.navigation?.addEventListener("navigate", (event) => {
    if (new URL(event.destination.url).origin !== location.origin) event.preventDefault();
  });

  const focus = document.querySelector("[data-focus]");
  if (focus) focus.focus();

  for (const form of document.forms) {
    let sent = false;
    form.addEventListener("submit", (event) => {
      if (sent) event.preventDefault();
      sent = true;
      setTimeout(() => { sent = false; }, 4000);
    });
  }

  // with sound on each key has a tone, the same for all but the eraser: it tells that a key was met, not which
  let sound = null;
  const tone = (key) => {
    if (!("tones" in document.body.dataset)) return;
    sound ??= new AudioContext();
    const [pitch, loudness] = [sound.createOscillator(), sound.createGain()];
    pitch.frequency.value = key === "del" ? 330 : 660;
    loudness.gain.setValueAtTime(Math.min(1, 2 * Number(document.body.dataset.tones)), sound.currentTime);
    loudness.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 0.06);
    pitch.connect(loudness).connect(sound.destination);
    pitch.start();
    pitch.stop(sound.currentTime + 0.06);
  };
  document.addEventListener("tone", (event) => tone(event.detail));

  const board = document.querySelector("[data-keyboard]");
  const inputs = [...document.querySelectorAll("input[data-keys]")];
  if (board && inputs.length) {
    const layouts = {
      letters: ["QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM-/", "#"],
      digits: ["1234567890", "#"],
      pin: ["123", "456", "789", "0<"],
    };
    let active = inputs[0];
    let shown = "";
    const press = (key) => {
      tone(key);
      const start = active.selectionStart ?? active.value.length;
      const end = active.selectionEnd ?? start;
      if (key === "del") active.setRangeText("", start === end ? Math.max(0, start - 1) : start, end, "end");
      else if (active.maxLength < 0 || active.value.length - (end - start) < active.maxLength) active.setRangeText(key, start, end, "end");
      active.dispatchEvent(new Event("input", { bubbles: true }));
      if (key !== "del" && active.name.match(/_(day|month)$/) && active.value.length === 2) inputs[inputs.indexOf(active) + 1].focus();
    };
    const arrow = () => {
      const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      drawing.setAttribute("viewBox", "0 0 48 48");
      drawing.setAttribute("class", "icon");
      drawing.setAttribute("aria-hidden", "true");
      drawing.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path")).setAttribute("d", "M42 24H8M20 10 6 24l14 14");
      return drawing;
    };
    const { space = "spasi", erase = "hapus" } = board.dataset;
    const button = (label, key, wide, name) => {
      const element = document.createElement("button");
      element.type = "button";
      element.tabIndex = -1;
      element.append(key === "del" ? arrow() : label);
      if (wide) element.className = "wide";
      if (name) element.setAttribute("aria-label", name);
      element.addEventListener("pointerdown", (event) => event.preventDefault());
      element.addEventListener("click", () => (key === "swap" ? draw(shown === "letters" ? "digits" : "letters") : press(key)));
      return element;
    };
    const draw = (layout) => {
      if (layout === shown) return;
      shown = layout;
      board.replaceChildren(...layouts[layout].map((row) => {
        const line = document.createElement("div");
        if (row === "#") {
          line.append(button(layout === "letters" ? "123" : "ABC", "swap"), button("", " ", true, space), button(".", "."), button("", "del", false, erase));
        } else line.append(...[...row].map((letter) => (letter === "<" ? button("", "del", false, erase) : button(letter, letter))));
        return line;
      }));
    };
    for (const input of inputs) input.addEventListener("focus", () => { active = input; draw(input.dataset.keys); });
    draw(active.dataset.keys);
    if (!focus && active.dataset.keys !== "pin") active.focus();
  }

  const voice = document.querySelector("[data-voice-of-page]");
  const idle = document.getElementById("idle");
  const limit = Number(document.body.dataset.idle || 0);
  const attract = document.querySelector("[data-attract]");
  const untouched = "untouched" in document.body.dataset;
  // nobody has begun: after the same time the first page gives way to the screen that waits for somebody
  if (limit && untouched && location.pathname === "/") {
    let turn = 0;
    const wait = () => { clearTimeout(turn); turn = setTimeout(() => location.replace("/sambutan"), limit * 1000); };
    for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, wait, { passive: true });
    wait();
  } else if (idle && limit && !(attract && untouched)) {
    let last = Date.now();
    const touched = () => { if (!idle.open) last = Date.now(); };
    for (const kind of ["pointerdown", "keydown", "input"]) addEventListener(kind, touched, { passive: true });
    idle.querySelector("[data-stay]").addEventListener("click", () => { idle.close(); last = Date.now(); });
    const watch = setInterval(() => {
      const over = (Date.now() - last) / 1000 - limit;
      if (over < 0) return;
      if (!idle.open) {
        idle.showModal();
        if (voice && idle.dataset.sound) {
          voice.src = idle.dataset.sound;
          voice.play().catch(() => {});
        }
      }
      const left = Math.ceil(Number(idle.dataset.seconds) - over);
      idle.querySelector("[data-left]").textContent = String(Math.max(0, left));
      if (left > 0) return;
      clearInterval(watch);
      document.getElementById("finish").submit();
    }, 500);
  }
  if (attract) {
    const { dataset } = document.body;
    const wait = () => setTimeout(() => { dataset.dim = ""; }, Number(attract.dataset.attract) * 1000);
    let dusk = wait();
    const wake = () => { clearTimeout(dusk); dusk = wait(); delete dataset.dim; };
    // a touch that wakes a dim screen does nothing else: nobody saw what he touched; a key is known by its feel
    addEventListener("click", (event) => {
      if ("dim" in dataset) { event.preventDefault(); event.stopImmediatePropagation(); }
      wake();
    }, true);
    addEventListener("keydown", wake, true);
    document.querySelector("main").addEventListener("click", (event) => {
      if (!event.target.closest("a, button")) location.assign("/");
    });
    addEventListener("keydown", (event) => {
      const resting = document.activeElement === document.body && !("private" in dataset);
      if (resting && /^(Numpad)?(Digit|Enter|Arrow|\d)/.test(event.code)) location.assign("/");
    });
    const sample = document.querySelector("[data-sample]");
    sample?.addEventListener("click", (event) => {
      event.preventDefault();
      new Audio(sample.dataset.sample).play().catch(() => {});
    });
  }
  const again = document.querySelector("[data-voice=again]");
  if (voice && again) again.addEventListener("click", () => {
    voice.src = "/suara";
    voice.play().catch(() => {});
  });

  // the keypad's key marked with an ear, and what a keypad sends that knows when a plug goes in or out
  const comfort = document.querySelector("form.comfort");
  const alone = "private" in document.body.dataset;
  const MARKED = { NumpadMultiply: "ear", ...(alone ? { F24: "unplugged" } : { F23: "plugged" }) };
  addEventListener("keydown", (event) => {
    const button = MARKED[event.code] && comfort?.querySelector(`[value=${MARKED[event.code]}]`);
    if (!button || idle?.open) return;
    event.preventDefault();
    comfort.requestSubmit(button);
  });

  const turn = document.querySelector("[data-scroll]");
  if (turn) {
    const main = document.querySelector("main");
    const buttons = [...turn.querySelectorAll("button")];
    const measure = () => {
      const over = main.scrollHeight > main.clientHeight + 1;
      turn.hidden = !over;
      document.body.classList.toggle("scrolls", over);
      buttons[0].disabled = main.scrollTop <= 0;
      buttons[1].disabled = main.scrollTop + main.clientHeight >= main.scrollHeight - 1;
    };
    for (const one of buttons) one.addEventListener("click", () => {
      main.scrollTop += Number(one.dataset.by) * main.clientHeight * 0.7;
      measure();
    });
    main.addEventListener("scroll", measure);
    new ResizeObserver(measure).observe(main);
    new MutationObserver(measure).observe(main, { childList: true, subtree: true });
    document.fonts.ready.then(measure);
    measure();
  }

  // a number that is called is said once, on the screens that show it; what was called before this page is not news
  const strip = document.querySelector("[data-strip]");
  const calls = () => {
    const one = document.querySelector("[data-called]");
    const before = sessionStorage.called;
    sessionStorage.called = one ? one.dataset.called : "";
    if (!one || !one.dataset.sound || "private" in document.body.dataset || before === undefined || before === one.dataset.called) return;
    new Audio(`${one.dataset.sound}?${one.dataset.called}`).play().catch(() => {});
  };
  if (strip) {
    calls();
    new MutationObserver(calls).observe(strip, { childList: true, subtree: true });
  }

  // what watches the browser ends it when no page of ours says this any more
  const alive = () => fetch("/hidup", { cache: "no-store" }).catch(() => {});
  alive();
  setInterval(alive, 10000);

  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
