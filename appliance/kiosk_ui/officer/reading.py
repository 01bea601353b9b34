"""A case as JSON for the page's own refresh and for programs: states and marks, no names and no numbers."""

from __future__ import annotations

from appliance.casework.clocks import Reading
from appliance.kiosk_ui.shown import CaseView
from appliance.kiosk_ui.trouble_shown import TroubleLine


def clock_json(reading: Reading) -> dict[str, object]:
    """One clock: seconds of touch, of elapsed time and of waiting by class; `limit_s` null where there is none.

    `over` is by touch, `late` by time elapsed.
    """
    return {
        "step": reading.step.number,
        "name": reading.step.name,
        "limit_s": reading.step.limit_s,
        "touch_s": round(reading.touch_s, 1),
        "elapsed_s": round(reading.elapsed_s, 1),
        "waiting_s": {pause: round(seconds, 1) for pause, seconds in reading.waiting_s.items()},
        "open": reading.open,
        "over": reading.over,
        "late": reading.late,
    }


def trouble_json(line: TroubleLine) -> dict[str, object]:
    """Work that does not go on: why, since when (UTC milliseconds), the item, who must act, what helps."""
    return {
        "why": line.why,
        "since": line.since,
        "item": line.item,
        "who": line.who,
        "help": None if line.button is None else line.button.act or line.button.anchor,
        "called_at": line.called_at,
        "may_give_up": line.may_give_up,
    }


def case_json(view: CaseView) -> dict[str, object]:
    """The case without names, numbers or addresses."""
    current = [task.reading.step.number for task in view.tasks if task.state in {"now", "waiting"}]
    return {
        "case_id": view.case_id,
        "code": view.code,
        "state": view.state,
        "kk_state": view.kk_state,
        "step": min(current) if current else None,
        "version": view.version,
        "acts": [*view.acts],
        "in_hand": None
        if view.in_hand is None
        else {"since": view.in_hand.since, "until": view.in_hand.until, "mine": view.in_hand.mine},
        "clocks": [clock_json(task.reading) for task in view.tasks],
        "residents": [
            {
                "index": person.index,
                "ktp_state": person.ktp_state,
                "acts": [*person.acts],
                "fingers": {finger.position: finger.mark for finger in person.fingers},
                "qualities": {f.position: f.quality for f in person.fingers if f.quality is not None},
                "photo": person.photo,
                "signature": person.signature,
                "blank_serial": person.blank_serial,
                "hints": [*person.hints],
                "first": [*person.first],
                "match_attempts": person.match_attempts,
            }
            for person in view.residents
        ],
        "jobs": [
            {
                "id": job.job_id,
                "kind": job.kind,
                "state": job.state,
                "resident": job.resident,
                "progress": job.progress,
                "fault": job.fault,
                "trouble": None if job.trouble is None else trouble_json(job.trouble),
            }
            for job in view.jobs
        ],
        "questions": [
            {"id": question.id, "sentence": question.sentence, "answers": [value for value, _, _ in question.answers]}
            for question in view.questions
        ],
        "wiped": [{"keep": one.keep, "items": one.items, "at": one.at} for one in view.wiped],
        "documents": [
            {"id": one.id, "kind": one.kind, "name": one.detail, "resident": one.resident} for one in view.documents
        ],
    }
