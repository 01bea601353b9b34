// Who fills in a form of a case has it in hand: said with the first touch, again each minute, taken back on leaving.
"use strict";
(() => {
  const AGAIN = 60000;
  const FORM = 'form[action^="/petugas/kasus/"]:not([data-act="take_over"])';
  let told = 0; // when it was last said
  let saying = null; // the answer that is still under way
  let sent = false;
  let form = null;

  const act = (name) => form.action.replace(/[^/]*$/, name);
  const body = () => {
    const values = new URLSearchParams();
    for (const name of ["csrf_token", "opened_at"]) if (form.elements[name]) values.set(name, form.elements[name].value);
    return values;
  };

  addEventListener("input", (event) => {
    const touched = event.target.form;
    if (!touched?.matches(FORM) || (told && Date.now() - told < AGAIN)) return;
    form = touched;
    told = Date.now();
    saying = fetch(act("open_form"), { method: "POST", body: body(), redirect: "manual" })
      .then((answer) => { if (answer.status === 422) document.body.classList.add("changed"); })
      .catch(() => { told = 0; })
      .finally(() => { saying = null; });
  });

  // what was begun is said before it is done: said after it, nobody would take it back
  addEventListener("submit", (event) => {
    const { target, submitter } = event;
    if (saying) {
      event.preventDefault();
      event.stopImmediatePropagation();
      saying.finally(() => setTimeout(() => target.requestSubmit(submitter)));
      return;
    }
    sent = target.matches(FORM);
  }, true);

  addEventListener("pagehide", () => {
    if (sent || !(told || document.querySelector("[data-held]"))) return;
    form = form?.isConnected ? form : document.querySelector(FORM);
    if (form) fetch(act("leave_form"), { method: "POST", body: body(), redirect: "manual", keepalive: true });
    told = 0;
  });
})();
