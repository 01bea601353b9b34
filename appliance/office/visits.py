"""The visit of a recording team (jemput bola): planned, made, or missed with its reason; the register of them."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from appliance.casework.codes import VISIT_REASONS
from appliance.casework.roles import Actor
from appliance.casework.sop import NotAllowed
from appliance.clock import to_local
from appliance.office.context import FormRefused, Office, Values, opened_at, resident, text
from appliance.records import cases
from appliance.records.cases import Evidence
from appliance.records.moves import move_ktp
from appliance.records.store import Transaction


def planned(tx: Transaction, case_id: str, position: int) -> Evidence | None:
    """The visit that is still to be made, or None."""
    waiting = [one for one in cases.evidence_of(tx, case_id, "visit", position) if one.state == "planned"]
    return waiting[-1] if waiting else None


def schedule_visit(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Plan who goes to this resident and when: `day` (today or later), `team`, `place` (empty: his address).

    A visit that was planned before is given up for the new one.
    """
    team = text(values, "team", "Isi siapa yang berangkat.")
    day = values.get("day")
    if not isinstance(day, date) or day < office.today():
        raise FormRefused(("day", "Isi hari kunjungan, hari ini atau sesudahnya."))
    place = str(values.get("place") or "").strip()
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        if record.state != "PENERBITAN" or person.nik is None:
            raise NotAllowed("Kunjungan perekaman dijadwalkan setelah KK terbit atau berkas diverifikasi.")
        before = planned(tx, case_id, person.position)
        if before is not None:
            cases.change_evidence(tx, before, "moved", to=day.isoformat())
        number = len(cases.evidence_of(tx, case_id, "visit", person.position)) + 1
        cases.add_evidence(
            tx, case_id, "visit", position=person.position, state="planned", attempt=number, day=day.isoformat(),
            team=team, place=place, by=actor.id,
        )  # fmt: skip
        note = f"Kunjungan {day:%d-%m-%Y}, {team}"
        began = opened_at(values)
        move_ktp(tx, person, "schedule_visit", actor, opened_at=began, note=note, day=day.isoformat(), visit=number)
    office.wake()


def miss_visit(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """The team came back without a recording, with a `reason` out of `VISIT_REASONS`; another may be planned."""
    reason = str(values.get("reason") or "")
    if reason not in VISIT_REASONS:
        raise NotAllowed("Pilih sebab kunjungan gagal.")
    with office.store.write() as tx:
        person = resident(tx, cases.get(tx, case_id), values)
        words = f"Kunjungan gagal: {VISIT_REASONS[reason].lower()}"
        move_ktp(tx, person, "miss_visit", actor, opened_at=opened_at(values), note=words, reason=reason)
        visit = planned(tx, case_id, person.position)
        if visit is not None:
            cases.change_evidence(tx, visit, "missed", reason=reason, ended_at=tx.now)


def visit_made(tx: Transaction, case_id: str, position: int) -> None:
    """The team is with the resident: the recording has begun."""
    visit = planned(tx, case_id, position)
    if visit is not None:
        cases.change_evidence(tx, visit, "made", ended_at=tx.now)


@dataclass(frozen=True, slots=True)
class Visit:
    """One line of the register: case code, resident counted from 0, day, team, place, how it ended and when.

    `state` is planned, made, missed or moved; `kit` the serial number of the finger scanner that recorded. It was put
    down at `asked_at` and ended at `ended_at`, UTC milliseconds, the latter None while it has not.
    """

    case_id: str
    code: str
    position: int
    day: str
    team: str
    place: str
    state: str
    reason: str
    ended_at: int | None
    kit: str
    asked_at: int

    @property
    def took_s(self) -> float | None:
        """How long the resident waited for it since it was put down, in seconds; None while it has not ended."""
        return None if self.ended_at is None else (self.ended_at - self.asked_at) / 1000


def sums(register: Iterable[Visit]) -> tuple[tuple[str, int], ...]:
    """How many visits there were of each state, and of the missed ones for each reason (`missed:SINYAL`)."""
    found = Counter(key for one in register for key in _counted(one))
    order = ["planned", "made", "missed", *(f"missed:{reason}" for reason in VISIT_REASONS), "moved"]
    return tuple((key, found[key]) for key in order if found[key] or ":" not in key)


def _counted(one: Visit) -> tuple[str, ...]:
    return (one.state, f"missed:{one.reason}") if one.state == "missed" else (one.state,)


def table_of(register: Iterable[Visit]) -> str:
    """The register as CSV (RFC 4180), a line a visit; the resident is a number of the case, no name."""
    out = io.StringIO()
    writer = csv.writer(out)
    head = ("day", "case", "resident", "team", "place", "state", "reason", "asked_at", "ended_at", "waited_s", "kit")
    writer.writerow(head)
    for one in register:
        waited = "" if one.took_s is None else f"{one.took_s:.0f}"
        ended = "" if one.ended_at is None else to_local(one.ended_at).isoformat(timespec="seconds")
        asked = to_local(one.asked_at).isoformat(timespec="seconds")
        what = (one.day, one.code, one.position + 1, one.team, one.place, one.state, one.reason)
        writer.writerow((*what, asked, ended, waited, one.kit))
    return out.getvalue()


def register(tx: Transaction, since: date, until: date) -> tuple[Visit, ...]:
    """The register of visits planned for these days, both included, in their order."""
    lines = []
    for item in cases.visits_between(tx, since.isoformat(), until.isoformat()):
        record = cases.get(tx, item.case_id)
        fingers = cases.evidence_of(tx, item.case_id, "finger", item.position) if item.state == "made" else []
        kits = dict.fromkeys(str(one.facts["device"]) for one in fingers if one.facts.get("device"))
        lines.append(
            Visit(
                record.id, record.code, int(item.position or 0), item.facts["day"], item.facts["team"],
                item.facts["place"], item.state, str(item.facts.get("reason", "")), item.facts.get("ended_at"),
                ", ".join(kits), item.created_at,
            )
        )  # fmt: skip
    return tuple(lines)
