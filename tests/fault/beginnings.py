"""Where each step begins: an office's books brought so far, copied for each test, wired to the works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benches import Bench
from case_files import changed
from counter import Counter, Prepared, open_counter
from works import PASSPHRASE, PDF, AnyFinger, Clerk, SameFinger, Works

from appliance.casework.roles import Role
from appliance.central.accounts import load_accounts
from appliance.central.centre import HttpCentre
from appliance.central.data_access import DataAccess
from appliance.central.esign import BsreV2
from appliance.central.siak import HttpSiak
from appliance.clock import utc_millis
from appliance.drivers.isdv4_pad import IsdV4Pad
from appliance.issuance import card, finger_capture, hands, printing, recording, scans
from appliance.issuance.rack import DeviceRack
from appliance.queue import jobs
from hw_sim.central.offices import HEAD_NIK
from hw_sim.signature_pad import SignaturePad

# Where each step begins


def signed(counter: Counter, blanks: int = 3) -> str:
    """A family card signed, its resident being recorded; so many blanks received for that."""
    if blanks:
        counter.receive_blanks(blanks)
    case = counter.validated()
    counter.do("sign", Role.KADIS, case, passphrase=PASSPHRASE)
    counter.signature_arrived(case, PDF)
    counter.do("start_recording", Role.PEREKAM, case, resident=0)
    return case


def _thumbs(counter: Counter) -> str:
    """A resident whose thumbs are recorded."""
    case = signed(counter)
    for finger in ("right_thumb", "left_thumb"):
        counter.do("capture_finger", Role.PEREKAM, case, resident=0, position=finger)
    counter.run("scanner")
    return case


def _recorded(counter: Counter) -> str:
    case = signed(counter)
    counter.record_quickly(case)
    counter.centre_goes_on()
    return case


def _signing(counter: Counter) -> str:
    case = counter.validated()
    counter.do("sign", Role.KADIS, case, passphrase=PASSPHRASE)
    return case


def _entering(counter: Counter) -> str:
    case = counter.searched()
    counter.do("enter_siak", Role.OPERATOR, case)
    return case


def _known(counter: Counter) -> str:
    """A family whose number is to be looked up."""
    _access(counter, "https://data.invalid/1872/x")
    case = counter.attached(changed("residents", 0, "nik", to="9972010107710001"))
    counter.do("pass_check", Role.PETUGAS, case)
    counter.do("look_up_nik", Role.KASI, case, resident=0)
    return case


def _access(counter: Counter, url: str) -> None:
    central = replace(counter.office.settings.central, data_access=url)
    counter.office = replace(counter.office, settings=replace(counter.office.settings, central=central))


def _searching(counter: Counter) -> str:
    case = counter.verified()
    counter.do("search_biometrics", Role.PEREKAM, case)
    counter.run("scanner")
    return case


BEGINNINGS: dict[str, tuple[Callable[[Counter], str], tuple[str, ...]]] = {
    "attached": (lambda counter: counter.attached(), ("capture-scan",)),
    "signed": (signed, ("capture", "capture-photo", "capture-hand", "capture-signature", "print-kk")),
    "thumbs": (_thumbs, ("capture-thumb",)),
    "recorded": (_recorded, ("prepare", "encode", "print-card")),
    "signing": (_signing, ("sign",)),
    "entering": (_entering, ("enter",)),
    "known": (_known, ("call-nik",)),
    "searching": (_searching, ("search",)),
}


class Books:
    """The books at each beginning, made when first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Prepared] = {}

    def at(self, kind: str) -> Prepared:
        name, (so_far, _) = next(one for one in BEGINNINGS.items() if kind in one[1][1])
        if name not in self._made:
            counter = open_counter(self._folder / name, utc_millis())
            counter.machines = replace(counter.machines, renderer=Clerk())  # type: ignore[arg-type]
            case = so_far(counter)
            counter.store.close()
            self._made[name] = Prepared(self._folder / name, case, counter.clock.now)
        return self._made[name]


def set_out(works: Works, books: Books, kind: str, folder: Path) -> Bench:
    """A bench at which the next job to do is one of this kind."""
    prepared = books.at(kind)
    counter = replace(prepared, now=max(prepared.now, utc_millis())).copy(folder)
    _wire(works, counter)
    bench = Bench(works, counter, prepared.case, kind)
    _READY[kind](bench)
    return bench


def _wire(works: Works, counter: Counter) -> None:
    authorities, accounts = works.offices.authorities, load_accounts(works.offices.credentials)
    url = works.offices.server.url
    counter.machines = replace(
        counter.machines, rack=DeviceRack(works.devices), fingers=AnyFinger(), renderer=Clerk(),  # type: ignore[arg-type]
        chip_roots=works.who.root_pem, packet_roots=authorities.packet_roots.read_bytes(),
    )  # fmt: skip
    settings = counter.offices.settings
    counter.offices = replace(
        counter.offices,
        siak=HttpSiak(url("siak"), accounts["siak"], connect_seconds=2, answer_seconds=2),
        centre=HttpCentre(url("centre"), accounts["centre"], connect_seconds=2, answer_seconds=2),
        signer=BsreV2(url("esign"), accounts["esign"], answer_seconds=3),
        data_access=DataAccess(
            works.offices.config()["central"]["data_access"], accounts["data_access"], answer_seconds=2
        ),
        esign_roots=authorities.esign_roots.read_bytes(),
        settings=replace(settings, office=replace(settings.office, head_nik=HEAD_NIK)),
    )


def _held(bench: Bench, key: str) -> None:
    bench.key = key
    assert bench.counter.job(key).state == "ready"


def _capture(bench: Bench) -> None:
    fingers = ["right_index", "right_middle"]
    bench.counter.do("capture_finger", Role.PEREKAM, bench.case, resident=0, position=fingers)
    _newest(bench)


def _newest(bench: Bench) -> None:
    with bench.counter.store.read() as tx:
        ready = [one for one in jobs.of_case(tx, bench.case) if one.state == "ready" and one.kind == bench.kind]
    (job,) = ready
    bench.key = job.key


def _photo(bench: Bench) -> None:
    bench.counter.do("capture_photo", Role.PEREKAM, bench.case, resident=0)
    _newest(bench)


def _scan(bench: Bench) -> None:
    bench.counter.do("scan_paper", Role.PETUGAS, bench.case, kind="SK_DOMISILI")
    _newest(bench)


def _hand(bench: Bench) -> None:
    asked = {"position": "left_index", "reason": "LUKA_PERBAN"}
    bench.counter.do("except_finger", Role.PEREKAM, bench.case, resident=0, **asked)
    _newest(bench)


def _signature(bench: Bench) -> None:
    bench.pad = SignaturePad(bench.world)
    bench.pad.start()
    bench.instead("signature_pad", IsdV4Pad(bench.pad.path, rest_s=0.15))
    bench.counter.do("capture_signature", Role.PEREKAM, bench.case, resident=0)
    _newest(bench)


def _thumb(bench: Bench) -> None:
    counter = bench.counter
    counter.machines = replace(counter.machines, fingers=SameFinger())  # type: ignore[arg-type]
    there = {**counter.office.settings.devices, "fingerprint_scanner": bench.works.scanner.uri}
    counter.office = replace(counter.office, settings=replace(counter.office.settings, devices=there))
    asked = {"position": "right_thumb", "reason": "TIDAK_MENULIS"}
    counter.do("mark_with_thumb", Role.PEREKAM, bench.case, resident=0, **asked)
    _newest(bench)


def _sheet(bench: Bench) -> None:
    bench.counter.do("print_kk", Role.OPERATOR, bench.case)
    _newest(bench)


def _blank(bench: Bench) -> None:
    bench.counter.do("issue_card", Role.OPERATOR, bench.case, blank_serial="A001")
    bench.blank = bench.works.cards.blank()
    bench.works.cards.encoder.insert(bench.blank)
    bench.key = "prepare:A001"


def _encode(bench: Bench) -> None:
    _blank(bench)
    bench.kind = "prepare"
    _newest(bench)
    assert bench.do().state == "done"
    bench.kind = "encode"
    bench.packet()
    _newest(bench)


def _prepare(bench: Bench) -> None:
    _blank(bench)
    _newest(bench)


def _face(bench: Bench) -> None:
    bench.counter.do("issue_card", Role.OPERATOR, bench.case, blank_serial="A001")
    bench.counter.chip_written(bench.case, "A001")
    bench.counter.do("print_card", Role.OPERATOR, bench.case)
    bench.works.card_printer.load("a card")
    _newest(bench)


def _sign(bench: Bench) -> None:
    bench.counter.lent[bench.case] = PASSPHRASE
    _newest(bench)


_READY: dict[str, Callable[[Bench], None]] = {
    "capture": _capture, "capture-photo": _photo, "capture-hand": _hand, "capture-signature": _signature,
    "capture-scan": _scan, "capture-thumb": _thumb, "print-kk": _sheet,
    "prepare": _prepare, "encode": _encode, "print-card": _face, "sign": _sign, "enter": _newest,
    "call-nik": _newest, "search": _newest,
}  # fmt: skip
HURRY = (
    *((module, "CAPTURE_SECONDS") for module in (finger_capture, recording, scans, hands)),
    (recording, "PAD_SECONDS"), (printing, "SHEET_SECONDS"), (printing, "CARD_SECONDS"), (card, "CARD_SECONDS"),
)  # fmt: skip
"""How long steps wait for people and machines; here seconds, not minutes."""
