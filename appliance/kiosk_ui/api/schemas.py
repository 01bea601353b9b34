"""The answers of the API: values of the pages as plain data, each beside its JSON Schema."""

from __future__ import annotations

from appliance.casework.sop_month import SopMonth
from appliance.casework.stock import shelf_name
from appliance.kiosk_ui.api.bodies import Schema
from appliance.kiosk_ui.blank_shown import LedgerView
from appliance.kiosk_ui.officer.reading import case_json, clock_json
from appliance.kiosk_ui.shown import CaseView, WorkRow, WorkView
from appliance.office.day_close import count_field

TEXT: Schema = {"type": "string"}
INT: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
YES: Schema = {"type": "boolean"}


def table(**properties: Schema) -> Schema:
    """A closed object of which each property is there."""
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def rows(of: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": of}


def or_null(of: Schema) -> Schema:
    """That, or null."""
    return {"anyOf": [of, {"type": "null"}]}


def named(of: Schema) -> Schema:
    """Values by a name that is not known before."""
    return {"type": "object", "additionalProperties": of}


PROBLEM: Schema = {
    **table(type=TEXT, title=TEXT, status=INT),
    "additionalProperties": True,
}
ANYTHING: Schema = {"type": "object"}
CLOCK = table(
    step=INT,
    name=TEXT,
    limit_s=or_null(INT),
    touch_s=NUMBER,
    elapsed_s=NUMBER,
    waiting_s=named(NUMBER),
    open=YES,
    over=YES,
    late=YES,
)
ROW = table(code=TEXT, title=TEXT, place=TEXT, state=TEXT, step=INT, mine=YES, waiting=TEXT, trouble=TEXT,
    clock=or_null(CLOCK))  # fmt: skip
WORK = table(page=INT, pages=INT, mine=INT, open_cases=INT, cases=rows(ROW))
BROUGHT = table(code=TEXT)
FOUND = table(cases=rows(ROW))
FACTS = rows(table(label=TEXT, value=TEXT))
TROUBLE = table(why=TEXT, since=INT, item=TEXT, who=TEXT, help=or_null(TEXT), called_at=or_null(INT), may_give_up=YES)
JOB = table(id=TEXT, kind=TEXT, state=TEXT, resident=or_null(INT), progress=or_null(INT), fault=or_null(TEXT),
    trouble=or_null(TROUBLE))  # fmt: skip
RESIDENT = table(index=INT, ktp_state=TEXT, acts=rows(TEXT),
    fingers=named({"enum": ["open", "taken", "excepted"]}), qualities=named(INT), photo=YES, signature=TEXT,
    blank_serial=TEXT, first=rows(TEXT), hints=rows(TEXT), match_attempts=INT, name=TEXT, facts=FACTS,
    note=TEXT)  # fmt: skip
QUESTION = table(id=TEXT, sentence=TEXT, answers=rows(TEXT))
DOCUMENT = table(id=TEXT, kind=TEXT, name=TEXT, resident=or_null(INT))
CASE = table(
    case_id=TEXT, code=TEXT, state=TEXT, kk_state=TEXT, step=or_null(INT), version=TEXT, acts=rows(TEXT),
    in_hand=or_null(table(since=or_null(INT), until=INT, mine=YES)),
    clocks=rows(CLOCK), residents=rows(RESIDENT), jobs=rows(JOB), questions=rows(QUESTION),
    documents=rows(DOCUMENT), wiped=rows(table(keep=TEXT, items=INT, at=INT)), title=TEXT, facts=FACTS,
    steps=rows(table(step=INT, name=TEXT, state=TEXT, note=TEXT)),
    requirements=rows(table(label=TEXT, in_hand=YES, required=YES, detail=TEXT, kind=TEXT, paper=TEXT, lack=TEXT)),
)  # fmt: skip
TOKEN = table(token=TEXT, token_type=TEXT, idle_s=INT, name=TEXT, role=TEXT)
ME = table(name=TEXT, role=TEXT)
BLANKS = table(ready=INT, days_left=or_null(INT), in_doubt=YES, last_closed=or_null(TEXT),
    states=rows(table(state=TEXT, count=INT)),
    places=rows(table(name=TEXT, ready=INT, cards=INT, waste=INT)),
    to_count=rows(table(field=TEXT, name=TEXT)), spoiled=rows(table(serial=TEXT, cause=TEXT)),
    seals=rows(table(seal=TEXT, count=INT)), not_closed=rows(TEXT), unsigned=rows(TEXT))  # fmt: skip
MONTH = table(year=INT, month=INT, agrees=YES, open_at_end=INT,
    counts=rows(table(what=TEXT, books=INT, audited=INT)),
    steps=rows(table(step=INT, name=TEXT, limit_s=or_null(INT), ended=INT, over=INT, touch_s=NUMBER,
        touch_median_s=NUMBER, elapsed_median_s=NUMBER, elapsed_longest_s=NUMBER)),
    waits=rows(table(pause=TEXT, number=INT, waited_s=NUMBER)),
    times=rows(table(kind=TEXT, what=TEXT, books=rows(INT), audited=rows(INT))))  # fmt: skip


def row_of(row: WorkRow) -> dict[str, object]:
    """A line of the work list."""
    names = ("code", "title", "place", "state", "step", "mine", "waiting", "trouble")
    clock = None if row.reading is None else clock_json(row.reading)
    return {**{name: getattr(row, name) for name in names}, "clock": clock}


def work_of(view: WorkView) -> dict[str, object]:
    """One page of the work list."""
    names = ("page", "pages", "mine", "open_cases")
    return {**{name: getattr(view, name) for name in names}, "cases": [row_of(row) for row in view.rows]}


def facts_of(facts: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    """Pairs of label and value."""
    return [{"label": label, "value": value} for label, value in facts]


def case_of(view: CaseView) -> dict[str, object]:
    """A case as its page shows it to this officer, names and numbers included."""
    said = case_json(view)
    people = said["residents"]
    assert isinstance(people, list)
    for person, shown in zip(people, view.residents, strict=True):
        person.update(name=shown.name, facts=facts_of(shown.facts), note=shown.note)
    return {
        **said,
        "title": view.title,
        "facts": facts_of(view.facts),
        "steps": [
            {"step": one.reading.step.number, "name": one.reading.step.name, "state": one.state, "note": one.note}
            for one in view.tasks
        ],
        "requirements": [
            {
                "label": one.label,
                "in_hand": one.in_hand,
                "required": one.required,
                "detail": one.detail,
                "kind": one.kind,
                "paper": one.letter,
                "lack": one.lack,
            }
            for one in view.papers
        ],
    }


def blanks_of(view: LedgerView) -> dict[str, object]:
    """The balance of the blanks."""
    places = [{"name": one.name, "ready": one.ready, "cards": one.cards, "waste": one.waste} for one in view.places]
    return {
        "ready": view.ready,
        "days_left": view.days,
        "in_doubt": view.doubt,
        "last_closed": None if view.last_closed is None else view.last_closed.isoformat(),
        "states": [{"state": one.state, "count": one.count} for one in view.rows],
        "places": places,
        "to_count": [{"field": count_field(shelf), "name": shelf_name(shelf)} for shelf in view.to_count],
        "spoiled": [{"serial": serial, "cause": cause} for serial, cause in view.spoiled],
        "seals": [{"seal": seal, "count": count} for seal, count in view.seals],
        "not_closed": [day.isoformat() for day in view.not_closed],
        "unsigned": [one.day.isoformat() for one in view.unsigned],
    }


def month_of(report: SopMonth) -> dict[str, object]:
    """The month's report of the SOP."""
    names = ("ended", "over", "touch_s", "touch_median_s", "elapsed_median_s", "elapsed_longest_s")
    return {
        "year": report.year,
        "month": report.month,
        "agrees": report.agrees,
        "open_at_end": report.open_at_end,
        "counts": [{"what": one.what, "books": one.books, "audited": one.audited} for one in report.counts],
        "steps": [
            {
                "step": one.step.number,
                "name": one.step.name,
                "limit_s": one.step.limit_s,
                **{name: getattr(one, name) for name in names},
            }
            for one in report.steps
        ],
        "waits": [{"pause": one.pause, "number": one.number, "waited_s": one.waited_s} for one in report.waits],
        "times": [
            {"kind": one.kind, "what": str(one.what), "books": list(one.books), "audited": list(one.audited)}
            for one in report.times
        ],
    }
