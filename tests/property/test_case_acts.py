"""One case under any sequence of acts of anybody: no document without its links, no trace of what was refused.

Each example begins somewhere on the way of a case and then lets people, whatever their office, do what is offered and
what is not, and lets the machines go on.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from case_files import DINSOS, as_bytes, complete
from counter import PEOPLE, Counter, open_counter
from front_office import BY_HAND
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from memory_books import MemoryBooks
from sqlalchemy import insert, select

from appliance.casework.intake import FileRefused
from appliance.casework.roles import CHAIN_LINKS, Actor, Role
from appliance.casework.sop import CASE_ENDS, KK_ENDS, KTP_ENDS, TABLE, NotAllowed, finished
from appliance.casework.sop_month import Stay
from appliance.central.signature_gate import SignatureFacts
from appliance.issuance.signing import taken_in
from appliance.office import views
from appliance.office.acts import ACTS
from appliance.queue import jobs
from appliance.queue.worker import work_one
from appliance.records import audit, blanks, cases
from appliance.records.blanks import LedgerError
from appliance.records.cases import ChangedMeanwhile, Missing
from appliance.records.family_cards import standing, work_on_it
from appliance.records.moves import stays
from appliance.records.officials import appoint, find
from appliance.records.schema import account as account_table
from appliance.records.schema import audit as audit_table
from appliance.records.schema import job as job_table

REFUSALS = (NotAllowed, FileRefused, LedgerError, ChangedMeanwhile)
LINE_OF_REFUSAL = {"case-act-refused", "blanks-act-refused"}
OFFICES = [role for role in Role if role not in {Role.RESIDENT, Role.SYSTEM}]
LONG = int(os.environ.get("SIAGA_FUZZ", "0"))
GRAVE = frozenset({"reject", "cancel", "end_ktp", "return_file", "give_up_job", "call_technician", "retry_job"})
"""Offered at all times; taken in a rule of their own, so that not every example ends with them."""
FINGERS = ("right_thumb", "right_index", "left_index", "left_little", "nose")
KTP_LINKS = ("finish_recording", "enrolment_sent", "enrolment_ready", "issue_card", "card_ready")
"""What lies between a resident and his card, whatever the way; an order of the events of his own leg."""


def card_only() -> dict[str, Any]:
    """Somebody with NIK and family card who was never recorded."""
    file = complete()
    file["household"]["kk_number"] = "9972012411260009"
    file["residents"][0]["nik"] = "9972010107710009"
    return file


def with_child() -> dict[str, Any]:
    """The man and a child of his, for whom no card is due."""
    file = complete()
    child = {**file["residents"][0], "full_name": "SEKAR RIYADI", "sex": 2, "birth_date": "2019-03-02"}
    file["residents"].append({**child, "birth_date_estimated": False, "family_relation": 4, "disability": None})
    return file


def of_his_stand_in(counter: Counter) -> str:
    """Somebody verified the case as Kasi and stands in for the Kadis, in whose place the draft names him."""
    today = counter.office.today()
    with counter.store.write() as tx:
        tx.sql.execute(insert(account_table).values(id="id-a", login="a", name="A", role=str(Role.KASI), pin_hash=""))
        days = today, today + timedelta(days=60)
        appoint(tx, "a", Role.KADIS, "Plh.", "800/1", *days, PEOPLE[Role.KADIS], "197203121998032001", "9" * 16)
    case = counter.attached()
    counter.do("pass_check", Role.PETUGAS, case)
    counter.do("verify", Actor("id-a", "A", Role.KASI, "loket"), case, reason="bukan orang yang sama")
    counter.do("search_biometrics", Role.PEREKAM, case)
    counter.run("scanner", "centre")
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak", "render")
    counter.do("submit_draft", Role.OPERATOR, case)
    counter.do("validate", Role.KABID, case)
    return case


BEGINNINGS: dict[str, Callable[[Counter], str]] = {
    "reported": lambda counter: counter.report(),
    "attached": lambda counter: counter.attached(with_child()),
    "card_only": lambda counter: counter.verified(card_only()),
    "searched": lambda counter: counter.searched(),
    "entered": lambda counter: counter.entered(with_child()),
    "validated": lambda counter: counter.validated(),
    "validated_for_the_kasi": of_his_stand_in,
    "signed": lambda counter: counter.signed(),
    "recorded": lambda counter: counter.recorded(),
    "ready": lambda counter: counter.ready_to_print(),
}


def values_for(act: str, data: st.DataObject) -> dict[str, Any]:
    """What a form of this act might carry: most of it right, some of it not."""

    def one(*of: Any) -> Any:
        return data.draw(st.sampled_from(of))

    values: dict[str, Any] = {"resident": one(0, 0, 0, 0, 1, 7)}
    match act:
        case "attach_file":
            files = [as_bytes(complete()), as_bytes(with_child()), as_bytes(card_only()), b"{}", None]
            values["berkas"] = one(*files)
        case "add_letter":
            day = one(date(2026, 10, 6), date(2027, 1, 1), None)
            values |= {**DINSOS, "date": day, "kind": one("SK_DINSOS", "X")}
        case "return_file":
            values |= {"items": one(["SK_DINSOS"], []), "reason": one("SURAT_KURANG", "x"), "note": "Minta lagi."}
        case "decide_search":
            values |= {"decision": one("proceed", "known", "reject", "x"), "about": one(None, 0, 7)}
            values["reason"] = one("bukan orang yang sama", "")
        case "capture_finger" | "except_finger" | "mark_with_thumb":
            values |= {"position": one(*FINGERS), "reason": one("TREMOR", "x"), "no_photo": one("", "Menolak")}
        case "answer_recheck":
            values |= {"result": one("swap", "retake", "keep"), "reason": one("kering", "")}
        case "confirm_exceptions" | "confirm_cannot_sign":
            values["result"] = one("yes", "no")
        case "cannot_sign":
            values["reason"] = one("TREMOR", "x")
        case "issue_card":
            values["blank_serial"] = one("A001", "A002", "A003", "Z999", "")
        case "look_card":
            values |= {"result": one("ok", "spoiled", ""), "cause": one("SALAH_CETAK", "")}
        case "surrender_card":
            values["result"] = one("taken", "lost", "x")
        case "hand_over_card":
            values["position"] = one("right_index", "", "nose")
        case "reprint":
            values |= {"cause": one("AUS", "HILANG", "x"), "evidence": one("layar pusat", "")}
        case "compare_face":
            values["cause"] = one("TREMOR", "MENINGGAL", "")
        case "end_ktp":
            values |= {"cause": one("GANDA", "MENINGGAL", ""), "ticket": one("H-7", "")}
            values["kept_nik"] = one("9972010107710042", "9972010107710043", "12")
        case "confirm_face":
            values["result"] = one("same", "other")
        case "schedule_visit":
            values |= {"day": one(date(2027, 1, 1), date(2026, 1, 1), None), "team": one("Tim 1", "")}
        case "miss_visit":
            values["reason"] = one("TIDAK_ADA", "x")
        case "hand_over_kk":
            values |= {"receiver": one("Ratna Puspitasari", ""), "relation": one("reporter", "family", "holder", "x")}
        case "archive":
            values |= {"box": "1", "shelf": one("2", "")}
        case _:
            values |= {"reason": one("lihat catatan", ""), "passphrase": one("kuda-terbang", "")}
            values |= {"kind": one("SK_DINSOS", "X"), "cause": one("DUPLIKAT", ""), "berkas": one(b"%PDF-", None)}
            values |= {"question": "q", "answer": "printed", "job": "j"}
    return values


@dataclass(frozen=True)
class Prepared:
    """Books in memory with one case brought so far, and the folder of its files."""

    books: MemoryBooks
    case: str
    now: int

    def copy(self, folder: Path) -> tuple[Counter, MemoryBooks]:
        """A counter that goes on from there; the files of a vault never change, so they need no second copy."""
        shutil.copytree(self.books.folder, folder / "office", copy_function=os.link)
        books = MemoryBooks(folder / "office", self.books)
        return open_counter(books.folder, self.now, database=books), books


class Case(RuleBasedStateMachine):
    """One case, eleven offices held by four people, and the machines."""

    beginnings: dict[str, Prepared]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
        self.length = -1
        self.moves: list[tuple[str, str, dict[str, Any]]] = []
        self.looked = -1
        self.known: tuple[int, cases.CaseRecord] | None = None

    @initialize(beginning=st.sampled_from(sorted(BEGINNINGS)))
    def begun(self, beginning: str) -> None:
        self.counter, self.books = self.beginnings[beginning].copy(self.folder)
        self.case = self.beginnings[beginning].case

    def teardown(self) -> None:
        if hasattr(self, "counter"):
            with self.counter.store.read() as tx:
                assert audit.verify(tx)[1] is None and blanks.balance(tx)[1] is None
            self.counter.store.close()
        shutil.rmtree(self.folder)

    # What stands in the books

    def files(self) -> frozenset[str]:
        vault = self.books.folder / "vault"
        return frozenset(name for _, _, names in os.walk(vault) for name in names)

    def record(self) -> cases.CaseRecord:
        """The case as it stands since the books last grew."""
        if self.known is None or self.known[0] != len(self.books.written):
            self.known = len(self.books.written), self.counter.case(self.case)
        return self.known[1]

    def told(self) -> list[tuple[str, str, dict[str, Any]]]:
        """The moves as they were told when the books last grew."""
        if len(self.books.written) != self.length:
            self.length, self.moves = len(self.books.written), self.events()
        return self.moves

    def tried(self, act: str, actor: Actor, **values: Any) -> bool:
        """Do it; what is refused says why and leaves one line of audit and nothing else."""
        before, files = len(self.books.written), self.files()
        try:
            ACTS[act](self.counter.office, actor, self.case, values)
        except REFUSALS as refused:
            left = [" ".join(one.split()[:3]) for one in self.books.written[before:]]
            assert left == ["INSERT INTO audit"], "a refused act left something, or no line of audit"
            assert self.files() == files, "a refused act left a file"
            with self.counter.store.read() as tx:
                [(event, case)] = tx.sql.execute(
                    select(audit_table.c.event, audit_table.c.case_id)
                    .order_by(audit_table.c.sequence.desc())
                    .limit(1)
                )
            assert event in LINE_OF_REFUSAL and case == self.case
            told = refused.mistakes if isinstance(refused, FileRefused) else ()
            said = all(": " in one for one in told) if told else str(refused).strip().endswith((".", ")"))
            assert said, "the reason is a sentence, or key and words of what is wrong in a file"
            if self.looked == before:
                self.looked = len(self.books.written)
            return False
        except Missing:
            assert len(self.books.written) == before and self.files() == files, "an act on nobody left something"
            return False
        return True

    # What people do

    def person(self, role: Role, who: str) -> Actor:
        """Somebody in this office; the four people may hold any of them."""
        return Actor(f"id-{who}", who.title(), role, "loket")

    @rule(role=st.sampled_from(OFFICES), who=st.sampled_from("abcd"), data=st.data())
    def something_offered(self, role: Role, who: str, data: st.DataObject) -> None:
        """Whatever the page offers this person, with a form that may be wrong."""
        state = views.case_state(self.counter.office, self.person(role, who), self.case)
        offered = [(act, None) for act in state.acts if act not in GRAVE]
        offered += [(act, one.person.position) for one in state.residents for act in one.acts if act not in GRAVE]
        if not offered:
            return
        act, position = data.draw(st.sampled_from(sorted(offered, key=str)))
        values = values_for(act, data)
        values |= {"resident": position} if position is not None else {}
        self.tried(act, self.person(role, who), **values)

    @rule(data=st.data(), steps=st.integers(1, 3))
    def onward(self, data: st.DataObject, steps: int) -> None:
        """The case goes its way: each step by somebody whose turn it is, none of whom holds another link."""
        for _ in range(steps):
            due = self.due()
            if due and not self.go(*data.draw(st.sampled_from(due))):
                return
            self.run_machines()

    def go(self, act: str, position: int) -> bool:
        """This step with a form that is right, by whoever's it is."""
        role, values = GOOD[act]
        return self.tried(act, Actor(f"id-{role}", role, Role(role), "loket"), **values, resident=position)

    def due(self) -> list[tuple[str, int]]:
        """What goes on from here, by the states of the case and its documents."""
        record = self.record()
        found = [(act, 0) for act in ON_THE_WAY.get(record.state, ())]
        if record.state == "PENERBITAN":
            found += [(act, 0) for act in ON_THE_WAY.get(record.kk_state, ())]
            found += [(act, one.position) for one in self.people() for act in ON_THE_WAY.get(one.ktp_state, ())]
            if finished(record.kk_state, [one.ktp_state for one in self.people()]):
                found.append(("archive", 0))
        return found

    @rule(act=st.sampled_from(sorted(ACTS)), role=st.sampled_from(list(Role)), who=st.sampled_from("abcd"),
          data=st.data())  # fmt: skip
    def anything(self, act: str, role: Role, who: str, data: st.DataObject) -> None:
        """Whatever anybody may send, offered or not."""
        self.tried(act, self.person(role, who), **values_for(act, data))

    @rule(act=st.sampled_from(["return_file", "end_ktp", "reject", "cancel"]), role=st.sampled_from(OFFICES),
          sure=st.integers(0, 3), data=st.data())  # fmt: skip
    def gravely(self, act: str, role: Role, sure: int, data: st.DataObject) -> None:
        """A return or an end; ends are seldom."""
        if act == "return_file" or sure == 0:
            self.tried(act, self.person(role, "a"), **values_for(act, data))

    @precondition(lambda self: self.record().state == "TTE_KADIS")
    @rule()
    def signed_elsewhere(self) -> None:
        """An operator brings the family card as he signed it who is named on the draft, and the gate lets it in."""
        office = self.counter.office
        self.counter.office = replace(office, settings=replace(office.settings, central=BY_HAND))
        if self.tried("import_signed", PEOPLE[Role.OPERATOR], berkas=b"%PDF- signed elsewhere"):
            offices, record = self.counter.offices, self.record()
            with self.counter.store.read() as tx:
                signer = find(tx, str(cases.evidence_of(tx, self.case, "kk_draft")[-1].facts["official"]))
            facts = SignatureFacts("", "", self.counter.clock(), "Signature1", "")
            gate = {"sign": lambda job: taken_in(offices, record, b"%PDF- signed elsewhere", facts, signer)}
            assert work_one(self.counter.store, "esign", "test", gate)
        self.counter.office = office

    @precondition(lambda self: self.record().state == "PENERBITAN")
    @rule()
    def recorded_quickly(self) -> None:
        """A recording is made whole, or one under way is brought to its end by exceptions, if nobody else has it."""
        state = self.counter.person(self.case).ktp_state
        with suppress(*REFUSALS):
            if state in {"BELUM_REKAM", "TERJADWAL"}:
                self.counter.record_all(self.case)
            elif state == "MEREKAM":
                self.counter.record_quickly(self.case)
        self.counter.run("scanner", "camera", "pad", "centre")

    @rule(hours=st.sampled_from([0.02, 1, 24 * 20]))
    def time_passes(self, hours: float) -> None:
        self.counter.clock.go(hours * 3600)
        self.run_machines()

    @rule()
    def run_machines(self) -> None:
        """Every lane that needs no chip; a chip is written and a finger matched as soon as they may be."""
        busy = self.busy()
        if not busy:
            return
        self.counter.run(*(lane for lane in LANES if lane in busy or lane in {"render", "centre"}))
        record = self.record()
        with self.counter.store.read() as tx:
            key = work_on_it(tx, self.case, "sign")
        signing = self.open_job(key)
        if record.state == "TTE_KADIS" and signing:
            self.counter.signature_arrived(self.case)
            self.counter.run("render")
        for card in self.counter.evidence(self.case, "card"):
            serial, position = card.name, int(card.position or 0)
            if card.state == "making" and self.open_job(f"prepare:{serial}"):
                self.counter.chip_written(self.case, serial, position)
            elif card.state == "ready" and self.open_job(f"match:{serial}:1"):
                self.counter.matched(self.case, position)
                self.counter.run("render")

    def busy(self) -> set[str]:
        """The lanes with work."""
        with self.counter.store.read() as tx:
            query = select(job_table.c.lane).where(job_table.c.state.in_(jobs.OPEN)).distinct()
            return set(tx.sql.execute(query).scalars())

    def open_job(self, key: str) -> bool:
        with self.counter.store.read() as tx:
            job = jobs.by_key(tx, key)
        return job is not None and job.state in jobs.OPEN

    # What always holds

    @invariant()
    def everything_holds(self) -> None:
        """All of what follows, whenever something was committed since the last look."""
        if not hasattr(self, "counter") or self.looked == len(self.books.written):
            return
        self.looked = len(self.books.written)
        self.the_audit_log_tells_the_whole_way()
        self.no_family_card_without_its_five_links()
        self.no_card_without_its_links()
        self.one_clock_runs_for_each_machine_and_none_after_the_end()

    def events(self) -> list[tuple[str, str, dict[str, Any]]]:
        """The case's moves in order: event with its machine before it, account, facts."""
        with self.counter.store.read() as tx:
            lines = audit.of_case(tx, self.case)
        told = []
        for line in lines:
            machine, _, rest = str(line["event"]).partition("-")
            name = rest.removesuffix("-complete")
            if machine in {"case", "kk", "ktp"} and rest.endswith("-complete") and (machine, name) in MOVES:
                account = str(line["actor"]).partition(":")[2].partition("@")[0]
                facts = json.loads(str(line["facts"]))
                told.append((f"{machine}:{name}", facts.get("signer") or account, facts))
        return told

    def the_audit_log_tells_the_whole_way(self) -> None:
        """Played through the table, the moves of the audit log lead to where the case stands."""
        record = self.record()
        state, kk, ktp = "DILAPORKAN", "", dict[int, str]()
        for event, _, facts in self.told():
            machine, _, name = event.partition(":")
            row = next(one for one in TABLE if (one.machine, one.event) == (machine, name) and (
                machine != "case" or state in one.sources))  # fmt: skip
            assert row.target == facts["state"], event
            if machine == "case":
                assert state not in CASE_ENDS, "an end is final"
                state = row.target
                if name == "attach_file":
                    ktp.clear()
            elif machine == "kk":
                kk = row.target
            else:
                ktp[int(facts["resident"])] = row.target
        assert state == record.state
        assert record.kk_state in ({kk} if kk else {"MENUNGGU", "TIDAK_PERLU"})
        if record.kk_state in {"KK_TERBIT", "KK_DICETAK", "KK_DISERAHKAN"}:
            assert len(self.standing_cards()) <= 1, "two signed family cards stand"
        for position, told in ktp.items():
            assert self.counter.person(self.case, position).ktp_state == told

    def no_family_card_without_its_five_links(self) -> None:
        """A signed family card was checked, verified, entered, validated and signed since the file was last taken in,
        by five people."""
        record = self.record()
        if record.kk_state not in {"KK_TERBIT", "KK_DICETAK", "KK_DISERAHKAN"}:
            return
        told = self.told()
        begun = max(at for at, (event, *_) in enumerate(told) if event == "case:attach_file")
        held: dict[str, str] = {}
        for event, account, _ in told[begun:]:
            link = event.removeprefix("case:").partition(":")[0]
            if event.startswith("case:") and link in CHAIN_LINKS:
                held[link] = account
        assert set(held) == CHAIN_LINKS, f"without {sorted(CHAIN_LINKS - set(held))}"
        assert len(set(held.values())) == len(held), "one person held two links"
        assert record.kk_number and all(self.counter.person(self.case, one).nik for one in range(len(self.people())))

    def standing_cards(self) -> list[cases.Evidence]:
        with self.counter.store.read() as tx:
            return standing(tx, self.case, "kk_signed")

    def people(self) -> list[cases.ResidentRecord]:
        with self.counter.store.read() as tx:
            return cases.residents(tx, self.case)

    def no_card_without_its_links(self) -> None:
        """Whoever has a card was recorded, known at the centre as one, given a blank and a look, and came himself."""
        told = self.told()
        for person in self.people():
            if person.ktp_state not in {"KARTU_JADI", "KARTU_DISERAHKAN"}:
                continue
            own = [name.removeprefix("ktp:") for name, _, facts in told
                   if name.startswith("ktp:") and facts["resident"] == person.position]  # fmt: skip
            at = 0
            anew = "reprint" in own and own.count("reprint") > own.count("undo_reprint")
            if anew:
                assert person.biodata.nik is not None, "printed anew for somebody who was never recorded"
            for link in (*(("reprint",) if anew else KTP_LINKS[:3]), *KTP_LINKS[3:]):
                assert link in own[at:], f"without {link}"
                at = own.index(link, at)
            assert person.nik is not None
            verified = {event.partition(":")[2].partition(":")[0] for event, *_ in told}
            assert {"pass_check", "verify"} <= verified
            if person.biodata.nik is None:
                assert self.counter.evidence(self.case, "search", person.position), "an adult was never searched for"
            if person.ktp_state == "KARTU_DISERAHKAN":
                matches = self.counter.evidence(self.case, "match", person.position)
                assert any(one.state == "accept" for one in matches) or "confirm_face:same" in own

    def one_clock_runs_for_each_machine_and_none_after_the_end(self) -> None:
        if not hasattr(self, "counter"):
            return
        record, people = self.record(), self.people()
        with self.counter.store.read() as tx:
            running = [one for one in stays(tx, self.case) if one.until is None]
            every: list[Stay] = stays(tx, self.case)
        assert all(one.touch_ms >= 0 and (one.until is None or one.until >= one.since) for one in every)
        if record.state in CASE_ENDS:
            assert running == [], "the case has ended and a clock still runs"
            return
        legs = (record.kk_state not in KK_ENDS) + sum(one.ktp_state not in KTP_ENDS for one in people)
        assert len(running) <= 1 + legs


MOVES = frozenset((row.machine, row.event) for row in TABLE)
GOOD: dict[str, tuple[str, dict[str, Any]]] = {
    "attach_file": ("petugas", {"berkas": as_bytes(complete())}),
    "pass_check": ("petugas", {}),
    "verify": ("kasi", {"reason": "bukan orang yang sama"}),
    "search_biometrics": ("perekam", {}),
    "decide_search": ("kasi", {"decision": "proceed", "reason": "bukan orang yang sama"}),
    "enter_siak": ("operator", {}),
    "submit_draft": ("operator", {}),
    "validate": ("kabid", {}),
    "sign": ("kadis", {"passphrase": "kuda-terbang"}),
    "start_recording": ("perekam", {}),
    "print_kk": ("operator", {}),
    "issue_card": ("operator", {"blank_serial": "A001"}),
    "print_card": ("operator", {}),
    "look_card": ("operator", {"result": "ok"}),
    "hand_over_card": ("petugas", {"position": "right_index"}),
    "hand_over_kk": ("petugas", {"receiver": "Ratna Puspitasari", "relation": "reporter"}),
    "archive": ("petugas", {"box": "1", "shelf": "2"}),
}
"""The acts that lead on: whose each is, and a form that is right."""
ON_THE_WAY: dict[str, tuple[str, ...]] = {
    "DILAPORKAN": ("attach_file",),
    "CEK_KELENGKAPAN": ("pass_check",),
    "VERIFIKASI_KASI": ("verify",),
    "CEK_BIOMETRIK": ("search_biometrics", "decide_search"),
    "INPUT_SIAK": ("submit_draft", "enter_siak"),
    "VALIDASI_KABID": ("validate",),
    "TTE_KADIS": ("sign",),
    "KK_TERBIT": ("print_kk",),
    "KK_DICETAK": ("hand_over_kk",),
    "BELUM_REKAM": ("start_recording",),
    "TERJADWAL": ("start_recording",),
    "PRR": ("issue_card",),
    "PEMBUATAN_KARTU": ("look_card", "print_card"),
    "KARTU_JADI": ("hand_over_card",),
}
LANES = ("scanner", "camera", "pad", "centre", "siak", "render", "document_printer", "card_printer")


def beginnings(folder: Path) -> dict[str, Prepared]:
    """Each beginning brought about once."""
    found = {}
    for name, so_far in BEGINNINGS.items():
        books = MemoryBooks(folder / name)
        counter = open_counter(folder / name, database=books)
        counter.receive_blanks()
        found[name] = Prepared(books, so_far(counter), counter.clock.now)
    return found


@pytest.mark.timeout(7200)
def test_no_sequence_of_acts_reaches_a_document_without_its_links(tmp_path: Path) -> None:
    Case.beginnings = beginnings(tmp_path)
    test = Case.TestCase
    test.settings = settings(
        max_examples=100 * max(LONG, 1),
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    test("runTest").runTest()


def test_the_way_to_the_end_is_open_to_the_machine(tmp_path: Path) -> None:
    """The acts by which the machine above goes on do lead to an archived case, so its invariants are met with one."""
    books = MemoryBooks(tmp_path)
    counter = open_counter(tmp_path, database=books)
    counter.receive_blanks()
    case = Case()
    case.counter, case.books, case.case = counter, books, counter.report()
    seen = [counter.case(case.case).state]
    for _ in itertools.repeat(None, 30):
        if counter.case(case.case).state in CASE_ENDS:
            break
        due = case.due()
        if ("start_recording", 0) in due:
            counter.record_all(case.case)
            counter.centre_goes_on()
        else:
            assert any(case.go(*one) for one in due) or case.busy(), due
        case.run_machines()
        seen.append(counter.case(case.case).state)
        case.everything_holds()
    assert seen[-1] == "DIARSIPKAN", list(dict.fromkeys(seen))
    counter.store.close()
