"""A whole office for tests without devices: the real acts, store, vault, jobs and handlers; people sign nothing in.

What a device or an outside office would say is set by the test: `Scanner`, `Printer`, `Siak`, `Centre`. What only a
chip can do is entered in the books as its handler would (`chip_written`, `matched`).
"""

from __future__ import annotations

import functools
import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from books import Ticking, open_books
from case_files import as_bytes, complete
from front_office import open_office
from postgres import Cluster

from appliance.app.deviced import STEPS as DEVICE_STEPS
from appliance.app.syncd import STEPS as OFFICE_STEPS
from appliance.biometrics.engine import Found
from appliance.biometrics.minutiae import Kind, Minutia, Template
from appliance.casework.intake import Category, Reporter
from appliance.casework.roles import Actor, Role
from appliance.central.centre import EnrolmentState, SearchResult
from appliance.central.siak import RegisteredResident, Registration
from appliance.chip.profile import load
from appliance.clock import utc_millis
from appliance.devices import (
    DeviceStatus,
    FingerImage,
    FingerPosition,
    PrintDocument,
    PrintJob,
    PrintState,
    StillImage,
    StrokePoint,
)
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.machines import Machines
from appliance.issuance.offices import Offices
from appliance.issuance.rack import DeviceRack
from appliance.office import drafts_shown, reports, views
from appliance.office.acts import ACTS
from appliance.office.context import Office
from appliance.queue import effects, jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import work_one
from appliance.records import blanks, cases
from appliance.records.blanks import BlankState
from appliance.records.cases import CaseRecord, Evidence, ResidentRecord
from appliance.records.family_cards import work_on_it
from appliance.records.moves import move_case, move_kk, move_ktp
from appliance.records.store import Database, Store

PEOPLE = {role: Actor(f"id-{role}", str(role).title(), role, "loket") for role in Role}
BIRTH_OF_TIME = 1_795_500_000_000
"""24 November 2026, in the forenoon."""


class Clerk:
    """Typesets nothing: each paper is its name."""

    def __getattr__(self, name: str) -> Callable[[object], bytes]:
        if not name.startswith("render_"):
            raise AttributeError(name)
        return lambda values: f"%PDF {name} {values}".encode()


class Siak:
    """SIAK as a book of households; `numbers` is what it gives next to those without NIK."""

    by_hand = False

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.given: dict[str, Registration] = {}
        self.entered: dict[str, dict[str, Any]] = {}
        self.kk_number = "9972012411260001"
        self.serial = 100

    def register(self, token: str, household: Any, residents: Sequence[dict[str, Any]]) -> Registration:
        self.asked.append(token)
        niks = {}
        for row in residents:
            self.serial += 1
            day = int(str(row["birth_date"])[8:]) + (40 if row["sex"] == 2 else 0)
            birth = f"{day:02d}{str(row['birth_date'])[5:7]}{str(row['birth_date'])[2:4]}"
            niks[row["index"]] = row.get("nik") or f"997201{birth}{self.serial:04d}"
            self.entered[niks[row["index"]]] = {**household, **row}
        self.given[token] = Registration(self.kk_number, niks)
        return self.given[token]

    def find_registration(self, token: str) -> Registration | None:
        return self.given.get(token)

    def resident(self, nik: str) -> RegisteredResident | None:
        known = self.entered.get(nik)
        return None if known is None else RegisteredResident(nik, self.kk_number, True, known)


class Centre:
    """The biometric centre with its answers set beforehand."""

    def __init__(self) -> None:
        self.search_result = SearchResult("no_hit", None)
        self.states = [EnrolmentState("SENT_FOR_ENROLLMENT"), EnrolmentState("PRINT_READY_RECORD")]
        self.searches: dict[str, SearchResult] = {}
        self.enrolments: dict[str, list[EnrolmentState]] = {}
        self.sent: list[tuple[Any, ...]] = []
        self.voided: list[str] = []

    def search(self, token: str, fingers: Sequence[object]) -> SearchResult:
        self.searches[token] = self.search_result
        return self.search_result

    def find_search(self, token: str) -> SearchResult | None:
        return self.searches.get(token)

    def enrol(self, token: str, *what: Any) -> EnrolmentState:
        self.sent.append(what)
        self.enrolments[token] = list(self.states)
        return EnrolmentState("SENT_FOR_ENROLLMENT")

    def find_enrolment(self, token: str) -> EnrolmentState | None:
        states = self.enrolments.get(token)
        if states is None:
            return None
        return states.pop(0) if len(states) > 1 else states[0]

    def find_personalisation(self, token: str) -> str | None:
        return token

    def void(self, token: str, cause: str) -> None:
        self.voided.append(f"{token}:{cause}")

    def find_card(self, token: str) -> object:
        return token


class Hardware:
    """What every device here does: open, close, count it."""

    def __init__(self) -> None:
        self.opened = self.closed = 0

    def open(self) -> None:
        self.opened += 1

    def close(self) -> None:
        self.closed += 1

    def status(self) -> DeviceStatus:
        return DeviceStatus("ok")


PNG_HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (300).to_bytes(4) + (400).to_bytes(4) + b"\x08\0\0\0\0" + bytes(4)
"""How a PNG of 8-bit grey, 300 x 400, begins."""
JPEG_FACE = b"\xff\xd8\xff\xc0\0\x11\x08" + (640).to_bytes(2) + (480).to_bytes(2) + b"\x03 of a face"


class Scanner(Hardware):
    """A scanner whose pictures are names of fingers behind a PNG's head; `pressed` says which really lay there."""

    def __init__(self) -> None:
        super().__init__()
        self.pressed: dict[str, str] = {}
        self.fault: DeviceFault | None = None

    def capture(self, positions: Sequence[FingerPosition], quality: int, by: object) -> tuple[FingerImage, ...]:
        if self.fault is not None:
            raise self.fault
        return tuple(
            FingerImage(one, PNG_HEAD + self.pressed.get(one.value, one.value).encode(), 300, 400, 80, "SN-1")
            for one in positions
        )


class FingerEngine:
    """Extracts a template a finger; `found` sets (minutiae, quality) for the next captures of a finger.

    `alike` sets the scores of the next searches, one list a probe, in the order of the stored fingers.
    """

    def __init__(self) -> None:
        self.found: dict[str, list[tuple[int, int]]] = {}
        self.alike: list[list[int]] = []

    def start(self) -> None:
        pass

    def cause(self, png: bytes) -> str:
        return "finger.dry"

    def extract(self, png: bytes) -> tuple[Template, int]:
        name = png.removeprefix(PNG_HEAD).decode()
        count, quality = self.found[name].pop(0) if self.found.get(name) else (30, 70)
        if count == 0:
            raise DeviceFault(FaultCode.ENGINE_NO_FINGER)
        at = list(FingerPosition).index(FingerPosition(name)) * 20
        points = tuple(Minutia(at + 3, 10 + 8 * row, 20, Kind.ENDING, 60) for row in range(count))
        return Template(300, 400, points), quality

    def match_many(self, probe: Template, gallery: Sequence[Template]) -> tuple[int, ...]:
        return tuple(90 if one.minutiae[0].x == probe.minutiae[0].x else 3 for one in gallery)

    def search(self, probe: Template, gallery: Sequence[bytes], shortlist: int = 20) -> tuple[Found, ...]:
        if not self.alike:
            return tuple(Found(at, 3) for at in range(len(gallery)))
        scores = self.alike.pop(0)
        return tuple(Found(at, scores[at] if at < len(scores) else 3) for at in range(len(gallery)))

    def recognise(self, probe: Template, gallery: Sequence[bytes], enough: int, shortlist: int = 20) -> Found | None:
        best = max(self.search(probe, gallery, shortlist), key=lambda one: one.score, default=None)
        return best if best is not None and best.score >= enough else None

    def mark(self, png: bytes) -> bytes:
        return b"\x89PNG mark of " + png.removeprefix(PNG_HEAD)

    def close(self) -> None:
        pass


@dataclass
class Portrait:
    """What the portrait engine says of a picture."""

    accepted: bool = True
    crop: bytes | None = JPEG_FACE
    measures: tuple[Any, ...] = ()
    hints: tuple[str, ...] = ()


class Portraits:
    def __init__(self) -> None:
        self.says: list[Portrait] = []

    def examine(self, jpeg: bytes, cloth: object) -> Portrait:
        return self.says.pop(0) if self.says else Portrait()

    def redraw(self, picture: bytes) -> bytes:
        return JPEG_FACE + b" from a chip"


class Camera(Hardware):
    def capture_still(self, by: object) -> Any:
        return StillImage(b"JPEG", 1280, 960)

    def hold_exposure(self, hold: bool) -> bool:
        return False


class Pad(Hardware):
    def sign(self, by: object) -> Any:
        return (tuple(StrokePoint(float(x), float(x % 7), 0.5, x * 10) for x in range(1, 40)),)


class Printer(Hardware):
    """A printer that does what `next` says: a settled state, or a fault raised while it prints."""

    def __init__(self) -> None:
        super().__init__()
        self.next: list[PrintJob | DeviceFault] = []
        self.submitted: list[tuple[str, str]] = []
        self.purged: list[str] = []
        self.reasons: tuple[str, ...] = ()
        self.levels: dict[str, int] = {"ribbon": 80}
        self.count = 1000
        self.refuses: list[DeviceFault] = []

    def counter(self) -> int:
        return self.count

    def status(self) -> DeviceStatus:
        return DeviceStatus("limited" if self.reasons else "ok", self.reasons)

    def supplies(self) -> dict[str, int]:
        return self.levels

    def submit(self, document: PrintDocument, key: str) -> PrintJob:
        assert "SUGENG" not in document.title
        if self.refuses:
            raise self.refuses.pop(0)
        self.submitted.append((key, document.media))
        return PrintJob(key, len(self.submitted), PrintState.PENDING)

    def job(self, key: str) -> PrintJob | None:
        known = [number for number, (one, _) in enumerate(self.submitted, 1) if one == key]
        state = PrintState.CANCELED if key in self.purged else PrintState.PENDING
        return PrintJob(key, known[-1], state) if known else None

    def settle(self, key: str, by: object) -> PrintJob:
        if key in self.purged:
            return PrintJob(key, 1, PrintState.CANCELED)
        said = self.next.pop(0) if self.next else PrintJob(key, 1, PrintState.COMPLETED, (), True)
        if isinstance(said, DeviceFault):
            raise said
        self.count += said.counter_moved is True
        return replace(said, key=key)

    def purge(self, key: str) -> None:
        self.purged.append(key)


@dataclass
class Counter:
    """The counter of one office with its clock, machines and outside offices."""

    office: Office
    clock: Ticking
    machines: Machines
    offices: Offices
    siak: Siak
    centre: Centre
    devices: dict[str, Any]
    wakes: list[int] = field(default_factory=list)
    lent: dict[str, str] = field(default_factory=dict)
    tell: Callable[[], None] = lambda: None

    @property
    def store(self) -> Store:
        return self.office.store

    def report(self, papers: tuple[str, ...] = ()) -> str:
        """A report at the kiosk; returns the case's id."""
        who = Reporter("Ratna Puspitasari", "pendamping_sosial", "Dinsos", None)
        category = Category("orang_terlantar", ("odgj", "no_identity"))
        code = reports.report(self.office, who, category, "Bapak tanpa nama", "18.72.01.1005", papers)
        with self.store.read() as tx:
            return cases.by_code(tx, code).id

    def do(self, act: str, role: Role | Actor, case: str, **values: Any) -> None:
        """One act of one person; the petugas of the test by default of his role."""
        ACTS[act](self.office, PEOPLE[role] if isinstance(role, Role) else role, case, values)

    def run(self, *lanes: str) -> None:
        """Do all work of these lanes that is due."""
        for lane in lanes:
            steps: dict[str, Any] = {**DEVICE_STEPS, **OFFICE_STEPS}[lane]  # type: ignore[dict-item]
            context = self.machines if lane in DEVICE_STEPS else self.offices
            handlers = {kind: functools.partial(step, context) for kind, step in steps.items()}
            while work_one(self.store, lane, "test", handlers):
                self.tell()

    def case(self, case: str) -> CaseRecord:
        with self.store.read() as tx:
            return cases.get(tx, case)

    def person(self, case: str, position: int = 0) -> ResidentRecord:
        with self.store.read() as tx:
            return cases.resident_at(tx, case, position)

    def evidence(self, case: str, kind: str, position: int | None = None) -> list[Evidence]:
        with self.store.read() as tx:
            return cases.evidence_of(tx, case, kind, position)

    def job(self, key: str) -> Job:
        with self.store.read() as tx:
            job = jobs.by_key(tx, key)
        assert job is not None, key
        return job

    def effect(self, token: str) -> Any:
        with self.store.read() as tx:
            return effects.find(tx, token)

    def state(self, case: str, role: Role) -> views.CaseState:
        return self.state_of(case, role)

    def state_of(self, case: str, who: Role | Actor) -> views.CaseState:
        return views.case_state(self.office, PEOPLE[who] if isinstance(who, Role) else who, case)

    # What takes a case along the way, each from where the one before left it.

    def attached(self, file: dict[str, Any] | None = None) -> str:
        case = self.report()
        self.do("attach_file", Role.PETUGAS, case, berkas=as_bytes(file or complete()))
        return case

    def verified(self, file: dict[str, Any] | None = None) -> str:
        case = self.attached(file)
        self.do("pass_check", Role.PETUGAS, case)
        self.do("verify", Role.KASI, case, reason="bukan orang yang sama")
        return case

    def searched(self, file: dict[str, Any] | None = None) -> str:
        case = self.verified(file)
        self.do("search_biometrics", Role.PEREKAM, case)
        self.run("scanner", "centre")
        return case

    def entered(self, file: dict[str, Any] | None = None) -> str:
        case = self.searched(file)
        self.do("enter_siak", Role.OPERATOR, case)
        self.run("siak", "render")
        return case

    def validated(self, file: dict[str, Any] | None = None) -> str:
        case = self.entered(file)
        self.do("submit_draft", Role.OPERATOR, case)
        self.do("validate", Role.KABID, case)
        return case

    def shown_draft(self, case: str, who: Actor = PEOPLE[Role.KADIS]) -> str:
        """The newest draft of the case's family card is shown to this person."""
        drafts_shown.note(self.office, who, self.evidence(case, "kk_draft")[-1])
        return case

    def signed(self, file: dict[str, Any] | None = None) -> str:
        case = self.validated(file)
        self.do("sign", Role.KADIS, case, passphrase="kuda-terbang")
        self.signature_arrived(case)
        return case

    def recorded(self, file: dict[str, Any] | None = None) -> str:
        case = self.signed(file)
        self.record_all(case)
        return case

    def ready_to_print(self, file: dict[str, Any] | None = None) -> str:
        case = self.recorded(file)
        self.centre_goes_on()
        return case

    def centre_goes_on(self) -> None:
        """Time enough for the centre to have decided."""
        for _ in range(3):
            self.run("centre")
            self.clock.go(120)

    def receive_blanks(self, count: int = 3) -> None:
        with self.store.write() as tx:
            blanks.receive(
                tx, "K-1", [f"A{number:03d}" for number in range(1, count + 1)], "kantor", PEOPLE[Role.GUDANG]
            )

    # What a machine here cannot do is entered as its handler would.

    def signature_arrived(self, case: str, data: bytes = b"%PDF signed") -> None:
        record = self.case(case)
        kept = self.office.vault.put(case, record.wrapped_key, data)
        with self.store.write() as tx:
            key = work_on_it(tx, case, "sign")
        effects.intend(self.store, f"{key}:1", "esign", "draft", case_id=case)
        with self.store.write() as tx:
            effects.outcome(tx, f"{key}:1", "done", {})
            digest = hashlib.sha256(data).hexdigest()
            cases.add_evidence(tx, case, "kk_signed", name="KK", blob=kept, sha256=digest)
            move_case(tx, record, "sign", PEOPLE[Role.KADIS])
            move_kk(tx, cases.get(tx, case), "sign", PEOPLE[Role.KADIS])

    def keep_signed(self, case: str, data: bytes) -> None:
        """One more signed family card of this case."""
        kept = self.office.vault.put(case, self.case(case).wrapped_key, data)
        with self.store.write() as tx:
            digest = hashlib.sha256(data).hexdigest()
            cases.add_evidence(tx, case, "kk_signed", name="KK", blob=kept, sha256=digest)

    def record_all(self, case: str, position: int = 0) -> None:
        self.do("start_recording", Role.PEREKAM, case, resident=position)
        for finger in FingerPosition:
            self.do("capture_finger", Role.PEREKAM, case, resident=position, position=finger.value)
        self.do("capture_photo", Role.PEREKAM, case, resident=position)
        self.do("capture_signature", Role.PEREKAM, case, resident=position)
        self.run("scanner", "camera", "pad")
        self.do("recapture_index", Role.PEREKAM, case, resident=position)
        self.run("scanner")
        self.do("finish_recording", Role.PEREKAM, case, resident=position)

    def record_quickly(self, case: str, position: int = 0) -> None:
        """End a recording that has begun with exceptions for what is not there yet."""
        for finger in FingerPosition:
            self.do("except_finger", Role.PEREKAM, case, resident=position, position=finger.value, reason="TREMOR")
        self.run("camera")
        self.do("confirm_exceptions", Role.PETUGAS, case, resident=position, result="yes")
        self.do("capture_photo", Role.PEREKAM, case, resident=position)
        self.run("camera")
        self.do("cannot_sign", Role.PEREKAM, case, resident=position, reason="TREMOR")
        self.do("confirm_cannot_sign", Role.PETUGAS, case, resident=position, result="yes")
        self.do("finish_recording", Role.PEREKAM, case, resident=position)

    def chip_written(self, case: str, serial: str, position: int = 0) -> None:
        with self.store.write() as tx:
            card = cases.evidence_of(tx, case, "card", position, serial)[-1]
            uid = f"04{serial.lower():0>12}"
            cases.change_evidence(tx, card, "encoded", uid=uid)
            blanks.move(tx, serial, BlankState.ENCODED, PEOPLE[Role.SYSTEM], uid=uid)

    def card_made(self, case: str, serial: str = "A001") -> None:
        """The first resident's card from a blank just received to one that was found good."""
        self.receive_blanks()
        self.do("issue_card", Role.OPERATOR, case, blank_serial=serial)
        self.chip_written(case, serial)
        self.do("print_card", Role.OPERATOR, case)
        self.run("card_printer")
        self.do("look_card", Role.OPERATOR, case, result="ok")

    def matched(self, case: str, position: int = 0, score: int = 70) -> None:
        verdict = "accept" if score >= 40 else "refuse"
        with self.store.write() as tx:
            tries = len(cases.evidence_of(tx, case, "match", position)) + 1
            cases.add_evidence(tx, case, "match", position=position, attempt=tries, state=verdict, score=score)
            if verdict == "accept":
                card = cases.evidence_of(tx, case, "card", position)[-1]
                blanks.move(tx, card.name, BlankState.HANDED_OVER, PEOPLE[Role.PETUGAS])
                cases.change_evidence(tx, card, "handed_over")
                facts = {"document": f"KTP-{position}", "receiver": "-", "relation": "-", "officer": "-"}
                cases.add_evidence(tx, case, "handover", position=position, name="KTP", **facts)
                move_ktp(tx, cases.resident_at(tx, case, position), "hand_over_card", PEOPLE[Role.PETUGAS])
                jobs.put(
                    tx,
                    "render",
                    "receipt",
                    f"receipt:{case}:KTP-{position}",
                    case_id=case,
                    document=f"KTP-{position}",
                )


def open_counter(
    folder: Path, now: int = BIRTH_OF_TIME, server: Cluster | None = None, database: Database | None = None
) -> Counter:
    """A counter below `folder` with all devices but the encoder, as if opened at `now`; `server` or `database` has
    its books."""
    clock = Ticking(now)
    wakes: list[int] = []
    lent: dict[str, str] = {}

    def lend(case: str, passphrase: str) -> bool:
        lent[case] = passphrase
        return True

    store = open_books(folder, clock, server=server) if database is None else Store(database, clock)
    plain = open_office(folder, roles=(), store=store, clock=clock).office
    office = replace(plain, wake=lambda: wakes.append(1), lend_passphrase=lend)
    return counter_of(office, clock, wakes, lent)


def counter_of(
    office: Office, clock: Ticking, wakes: list[int], lent: dict[str, str], tell: Callable[[], None] = lambda: None
) -> Counter:
    """A counter over the books of this office, which may be those of a whole appliance.

    Whoever does work calls `tell` afterwards: open pages look then, also those whose line opens only after the work.
    """
    store = office.store
    devices: dict[str, Any] = {
        "fingerprint_scanner": Scanner(),
        "camera": Camera(),
        "signature_pad": Pad(),
        "document_printer": Printer(),
        "card_printer": Printer(),
    }
    siak, centre = Siak(), Centre()
    machines = Machines(
        store, office.vault, office.settings, clock, DeviceRack(devices), load("ktpsim-1"), b"", b"",
        FingerEngine(), Portraits(), Clerk(),  # type: ignore[arg-type]
    )  # fmt: skip
    offices = Offices(
        store, office.vault, office.settings, clock, siak, centre, None, b"", b"",  # type: ignore[arg-type]
        lambda case: lent.pop(case, None),
    )  # fmt: skip
    return Counter(office, clock, machines, offices, siak, centre, devices, wakes, lent, tell)


@dataclass(frozen=True)
class Prepared:
    """An office's books with one case brought so far, to be copied: faster than to go the way again."""

    folder: Path
    case: str
    now: int

    def copy(self, folder: Path) -> Counter:
        """A counter that goes on from there."""
        shutil.copytree(self.folder, folder / "office")
        return open_counter(folder / "office", self.now)


def prepare(folder: Path, so_far: Callable[[Counter], str]) -> Prepared:
    """Books below `folder` with a case that `so_far` has brought along."""
    counter = open_counter(folder)
    case = so_far(counter)
    counter.store.close()
    return Prepared(folder, case, counter.clock.now)


def being_recorded(folder: Path) -> str:
    """Books below `folder` with a case whose resident is being recorded since an hour ago; its id."""
    counter = open_counter(folder, utc_millis() - 3_600_000)
    case = counter.signed()
    counter.do("start_recording", Role.PEREKAM, case)
    counter.store.close()
    return case
