"""Queue and printer as one status. Pure."""

from __future__ import annotations

from appliance.devices import DeviceStatus, Level
from appliance.drivers import printer_questions as asked


def status_of(queue: asked.Attributes, device: asked.Attributes | None) -> DeviceStatus:
    """Errors make it `down`; warnings and a queue set up wrongly, `limited`.

    Set up wrongly is `printer-error-policy` other than abort-job, and `device-uri-waitjob`: without `waitjob=false`
    in its device-uri CUPS keeps a job of a network printer until it is out, and sends it again if it is cut off.
    """
    own = device if device is not None else {}
    reasons = [*asked.reasons_of(own), *asked.reasons_of({} if device else queue), *asked.queue_reasons(queue)]
    codes = tuple(dict.fromkeys(reason.code.value for reason in reasons))
    policy = asked.text(queue, "printer-error-policy")
    if policy != "abort-job":
        codes = (*codes, "printer-error-policy")
    if asked.waits_for_printer(queue):
        codes = (*codes, "device-uri-waitjob")
    stopped = any(asked.number(said, "printer-state") == asked.STOPPED for said in (queue, own))
    down = stopped or any(reason.severity == "error" for reason in reasons)
    level: Level = "down" if down else "limited" if codes else "ok"
    model = asked.text(own, "printer-make-and-model") or asked.text(queue, "printer-make-and-model")
    return DeviceStatus(level, codes, model, asked.text(own, "printer-serial-number"), asked.told({**queue, **own}))
