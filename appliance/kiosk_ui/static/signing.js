// The signature on the screen: strokes of one pen or finger in millimetres, with pressure and time, sent as JSON.
"use strict";
(() => {
  const form = document.querySelector("form[data-signing]");
  if (!form) return;
  const MM = 25.4 / 96; // a CSS pixel (CSS Values and Units §6.2)
  const canvas = form.querySelector("canvas");
  const undo = form.querySelector("[data-undo]");
  const clear = form.querySelector("[data-clear]");
  let strokes = [];
  let stroke = null; // the one being written; none while the pen is up or outside the box
  let writer = null; // the pointer that writes; others (the palm) are ignored
  let penSeen = false;
  let start = 0;
  form.hidden = false;

  const draw = () => {
    const box = canvas.getBoundingClientRect();
    const scale = devicePixelRatio || 1;
    canvas.width = Math.round(box.width * scale);
    canvas.height = Math.round(box.height * scale);
    const ink = canvas.getContext("2d");
    ink.scale(scale / MM, scale / MM);
    ink.lineCap = ink.lineJoin = "round";
    for (const one of strokes) {
      one.forEach(([x, y, pressure], at) => {
        const [fromX, fromY] = one[Math.max(0, at - 1)];
        ink.lineWidth = 0.3 + 0.6 * pressure;
        ink.beginPath();
        ink.moveTo(fromX, fromY);
        ink.lineTo(x, y);
        ink.stroke();
      });
    }
    undo.disabled = clear.disabled = !strokes.length;
  };

  const add = (event, box) => {
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    if (x < 0 || y < 0 || x > box.width || y > box.height) { stroke = null; return; }
    if (!strokes.length) start = event.timeStamp;
    if (!stroke) strokes.push(stroke = []);
    const last = (stroke.at(-1) ?? strokes.at(-2)?.at(-1))?.[3] ?? 0;
    const pressure = event.pointerType === "mouse" ? 0.5 : Math.min(1, event.pressure || 0.5);
    const at = Math.max(last, Math.round(event.timeStamp - start));
    stroke.push([Number((x * MM).toFixed(2)), Number((y * MM).toFixed(2)), Number(pressure.toFixed(3)), at]);
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (writer !== null || event.button !== 0 || (penSeen && event.pointerType === "touch")) return;
    penSeen ||= event.pointerType === "pen";
    writer = event.pointerId;
    canvas.setPointerCapture(writer);
    stroke = null;
    add(event, canvas.getBoundingClientRect());
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== writer) return;
    const box = canvas.getBoundingClientRect();
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length ? all : [event]) add(one, box);
    draw();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => {
      if (event.pointerId === writer) writer = stroke = null;
    });
  }
  undo.addEventListener("click", () => { strokes.pop(); draw(); });
  clear.addEventListener("click", () => { strokes = []; draw(); });
  addEventListener("resize", draw);
  form.addEventListener("submit", () => { form.elements.strokes.value = JSON.stringify(strokes); });
  draw();
})();
