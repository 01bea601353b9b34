// What the camera sees: the newest picture and one hint at a time; a hidden page asks for nothing.
"use strict";
(() => {
  const place = document.querySelector("[data-viewfinder]");
  if (!place) return;
  const picture = place.querySelector("img");
  const hint = place.querySelector("[data-hint]");
  const say = (words, good) => {
    if (hint.textContent !== words) hint.textContent = words; // a screen reader repeats what is written anew
    place.classList.toggle("good", good);
  };
  const look = async (after) => {
    try {
      // looking is no work at the desk: it does not keep the session open
      const answer = await fetch(`${place.dataset.viewfinder}?after=${after}`, {
        headers: { "X-Live": "1" }, cache: "no-store", signal: AbortSignal.timeout(3000),
      });
      const seen = answer.ok && !answer.redirected && JSON.parse(answer.headers.get("X-Seen") || "null");
      return seen && { ...seen, jpeg: answer.status === 200 ? await answer.blob() : null };
    } catch {
      return null; // nobody there, or not in time
    }
  };
  let shown = "";
  const draw = async (jpeg) => {
    const before = shown, next = new Image();
    next.src = shown = URL.createObjectURL(jpeg);
    await next.decode().catch(() => {}); // else the place stands empty until the next picture is read
    picture.src = shown;
    picture.hidden = false;
    if (before) URL.revokeObjectURL(before);
  };
  const visible = () => new Promise((go) => {
    if (!document.hidden) return go();
    document.addEventListener("visibilitychange", go, { once: true });
  });
  const watch = async () => {
    let after = 0, drawn = Promise.resolve();
    for (;;) {
      await visible();
      const seen = await look(after);
      await drawn; // the next picture is asked for while this one is drawn, none waits behind another
      after = seen ? seen.number : 0;
      if (seen?.jpeg) drawn = draw(seen.jpeg);
      if (!seen) picture.hidden = true;
      say(seen ? seen.hint : place.dataset.lost, Boolean(seen?.good));
      if (!seen) await new Promise((go) => setTimeout(go, 500));
    }
  };
  watch();
})();
