// The screen is measured: a box is made as wide as a bank card, and five crosses are touched.
"use strict";
(() => {
  const card = document.querySelector("[data-card]");
  const measure = document.querySelector("form[data-act=calibrate_panel]");
  const touch = document.querySelector("form[data-act=touch_panel]");
  const CARD_MM = 85.6;
  const [least, most] = [Number(card.ariaValueMin), Number(card.ariaValueMax)];
  const wide = () => Number(card.ariaValueNow);
  const set = (px) => {
    card.ariaValueNow = String(Math.min(most, Math.max(least, px)));
    card.style.width = `${wide()}px`;
    card.style.height = `${wide() * 53.98 / CARD_MM}px`;
    card.ariaValueText = `${wide()} piksel`;
  };
  set(wide());
  for (const one of document.querySelectorAll("[data-wider]")) one.addEventListener("click", () => set(wide() + Number(one.dataset.wider)));
  card.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    if (!step) return;
    event.preventDefault();
    set(wide() + step);
  });
  measure.addEventListener("submit", () => {
    measure.elements.card_px.value = wide();
    measure.elements.ratio.value = devicePixelRatio;
    measure.elements.width_px.value = screen.width;
    measure.elements.height_px.value = screen.height;
  });

  const scale = document.querySelector("[data-scale]");
  if (scale) {
    const same = Math.abs(devicePixelRatio / Number(scale.dataset.scale) - 1) <= 0.02;
    document.querySelector(same ? "[data-in-use]" : "[data-not-in-use]").hidden = false;
  }

  const field = document.querySelector("[data-touch-field]");
  const mark = field.querySelector(".touch-mark");
  const left = field.querySelector("[data-touch-left]");
  // until the screen was measured, a millimetre is what the browser takes for one
  const mm = 96 / 25.4 * (scale ? Number(scale.dataset.scale) / devicePixelRatio : 1);
  const inset = 12 * mm;
  const places = () => [[inset, inset], [innerWidth - inset, inset], [innerWidth - inset, innerHeight - inset], [inset, innerHeight - inset], [innerWidth / 2, innerHeight / 2]];
  let off = [];
  let end = 0;
  const show = () => {
    // a kiosk has no key that leaves a dialog
    clearTimeout(end);
    end = setTimeout(() => field.close(), 20000);
    const [x, y] = places()[off.length];
    mark.style.left = `${x}px`;
    mark.style.top = `${y}px`;
    left.textContent = `${off.length + 1} / ${places().length}`;
  };
  document.querySelector("[data-touch-begin]").addEventListener("click", () => {
    off = [];
    field.showModal();
    show();
  });
  field.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const [x, y] = places()[off.length];
    off.push((Math.hypot(event.clientX - x, event.clientY - y) / mm).toFixed(1));
    if (off.length < places().length) { show(); return; }
    field.close();
    touch.elements.off.value = off.join(" ");
    touch.requestSubmit();
  });
})();
