"""Faults to be injected over the wire: what is done to which device, in which step, and what must come of it. Data.

A device written elsewhere brings its own rows: a cause, the step in which it strikes, the code in which it must end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benches import Bench
from causes import (
    Cause,
    OneDot,
    another_card,
    anothers_card,
    at_command,
    by_hand,
    camera,
    cards,
    centre_by_hand,
    does_not_lock,
    engine_again,
    forgets,
    glass_free_again,
    key_card_on_the_encoder,
    large_packet,
    lay_again,
    network,
    no_engine,
    no_key_card,
    no_profile,
    no_such_reader,
    no_such_service,
    office,
    other_makers,
    pad,
    passphrase,
    queue,
    quota_spent,
    reason,
    right_devices,
    scanner,
    sheets,
    signer_suspended,
    silent_scanner,
    somebody,
    strange_packet,
    strange_signer,
    take_away,
    tampered,
    terminated,
    tries_given_back,
    used_card,
    used_up_pin,
    while_printing,
    wrong_pin,
)
from places import AFTER, BEFORE, DURING, Phase

from appliance.faults import FaultCode as F
from hw_sim.central.wire import Trouble
from hw_sim.people import Person


@dataclass(frozen=True, slots=True)
class Injection:
    """One fault: `question` is what a person is asked instead of a fault that holds the job; `ends` says whether the
    job is done once everything is mended; `patience` is the step's own, in seconds."""

    what: str
    kind: str
    phase: Phase
    code: F
    cause: Cause
    question: str = ""
    ends: bool = True
    mend: Cause = lambda bench: None
    patience: float = 15.0

    def __str__(self) -> str:
        return f"{self.kind}-{self.phase}-{self.code.value}-{self.what.replace(' ', '_')}"


LOST, REFUSED = Trouble("done", answer="none"), Trouble("received", answer="status", status=409)
NOT_OUT, NOT_OUT_CARD = "sheet-print-unknown", "card-print-unknown"


def injections() -> Iterator[Injection]:
    """All of them, by device."""
    yield from _scanner()
    yield from _camera()
    yield from _pad()
    yield from _sheets()
    yield from _cards_printed()
    yield from _cards_prepared()
    yield from _cards_encoded()
    yield from _offices()


def _scanner() -> Iterator[Injection]:
    yield from _scanned("capture")
    one_short = Person("Uji Coba", 9001, missing_fingers=frozenset({"right_middle"}))
    yield Injection(
        "one finger too few", "capture", DURING, F.SCANNER_WRONG_COUNT, somebody("at_scanner", one_short), patience=3
    )
    yield from _scanned("capture-thumb")


def _scanned(kind: str) -> Iterator[Injection]:
    def at(what: str, phase: Phase, code: F, cause: Cause, patience: float = 15.0, **more: Cause) -> Injection:
        return Injection(what, kind, phase, code, cause, patience=patience, **more)  # type: ignore[arg-type]

    yield at("scanner unplugged from its service", BEFORE, F.SCANNER_UNREACHABLE, scanner(unplugged=True))
    yield at("service not running", BEFORE, F.SCANNER_UNREACHABLE, scanner(service_down=True))
    yield at("another program has it", BEFORE, F.SCANNER_BUSY, scanner(busy=True))
    yield at("not calibrated yet", BEFORE, F.SCANNER_NOT_READY, scanner(not_ready=True))
    yield at("never answers", DURING, F.SCANNER_TIMEOUT, silent_scanner, 1.5, mend=glass_free_again)
    yield at("nobody lays a finger on it", DURING, F.SCANNER_NO_FINGER, somebody("at_scanner", None), 1.5)
    for how in ("payload", "hash", "transaction", "device"):
        yield at(f"answer falsified in its {how}", DURING, F.SCANNER_UNTRUSTED, tampered(how))
    yield at("finger engine not installed", AFTER, F.ENGINE_ABSENT, no_engine, mend=engine_again)


def _camera() -> Iterator[Injection]:
    for kind in ("capture-photo", "capture-scan"):
        for what, phase, code, lever in (
            ("hangs up", BEFORE, F.CAMERA_UNREACHABLE, "drop"),
            ("sends nothing", DURING, F.CAMERA_TIMEOUT, "silent"),
            ("one picture for ever", DURING, F.CAMERA_FROZEN, "freeze"),
            ("half pictures", DURING, F.CAMERA_BROKEN_FRAME, "half"),
            ("lens covered", DURING, F.CAMERA_BROKEN_FRAME, "black"),
        ):
            yield Injection(what, kind, phase, code, camera(lever))
    yield Injection("hangs up before a hand", "capture-hand", BEFORE, F.CAMERA_UNREACHABLE, camera("drop"))
    yield Injection("covered before a hand", "capture-hand", DURING, F.CAMERA_BROKEN_FRAME, camera("black"))


def _pad() -> Iterator[Injection]:
    def at(what: str, phase: Phase, code: F, cause: Cause, patience: float = 15.0) -> Injection:
        return Injection(what, "capture-signature", phase, code, cause, patience=patience, mend=pad_in_order)

    def pad_in_order(bench: Bench) -> None:
        assert bench.pad is not None
        bench.pad.levers = type(bench.pad.levers)()

    yield at("answers nothing", BEFORE, F.PAD_UNREACHABLE, pad("silent"))
    yield at("nobody writes", DURING, F.PAD_TIMEOUT, pad("refuses"), 0.8)
    yield at("pen stays down", DURING, F.PAD_TIMEOUT, pad("pen_stuck"), 1.5)
    yield at("only a dot", AFTER, F.PAD_EMPTY, somebody("at_pad", OneDot("Uji Coba", 9001)))


def _sheets() -> Iterator[Injection]:
    def at(what: str, phase: Phase, code: F, cause: Cause, **more: object) -> Injection:
        return Injection(what, "print-kk", phase, code, cause, **more)  # type: ignore[arg-type]

    yield at("queue stopped", BEFORE, F.PRINTER_STOPPED, queue("cupsdisable"))
    yield at("unplugged", BEFORE, F.PRINTER_UNREACHABLE, sheets("stop"))
    yield at("tray empty", DURING, F.PRINTER_MEDIA_EMPTY, sheets("media_empty"))
    yield at("door open", DURING, F.PRINTER_DOOR_OPEN, sheets("open_door"))
    yield at("cover open", DURING, F.PRINTER_COVER_OPEN, sheets("open_cover"))
    yield at("toner used up", DURING, F.PRINTER_SUPPLY_EMPTY, sheets("ribbon_empty"))
    yield at("offline key pressed", DURING, F.PRINTER_OFFLINE, sheets("go_offline"))
    yield at("a reason we do not know", DURING, F.PRINTER_OTHER, reason("com.maker-odd-error"))
    yield at("toner cartridge taken out", DURING, F.PRINTER_PART_MISSING, reason("marker-toner-missing-error"))
    yield at("motor fails", DURING, F.PRINTER_FAILURE, reason("motor-failure-error"), question=NOT_OUT)
    yield at("given up by the printer", DURING, F.PRINTER_ABORTED, sheets("abort_job"), question=NOT_OUT)


def _cards_printed() -> Iterator[Injection]:
    def at(what: str, phase: Phase, code: F, cause: Cause, **more: object) -> Injection:
        return Injection(what, "print-card", phase, code, cause, **more)  # type: ignore[arg-type]

    def no_card(bench: Bench) -> None:
        bench.works.card_printer.eject()

    def load(bench: Bench) -> None:
        bench.works.card_printer.load("a card")

    yield at("no card in the slot", DURING, F.PRINTER_MEDIA_NEEDED, no_card, mend=load)
    yield at("ribbon used up", DURING, F.PRINTER_SUPPLY_EMPTY, cards("ribbon_empty"))
    yield at("cover open", DURING, F.PRINTER_COVER_OPEN, cards("open_cover"))
    yield at("card jams", DURING, F.PRINTER_MEDIA_JAM, while_printing("jam"), question=NOT_OUT_CARD)
    yield at("gives the job up", DURING, F.PRINTER_ABORTED, while_printing("abort_job"), question=NOT_OUT_CARD)
    yield at("stands still", AFTER, F.PRINTER_TIMEOUT, cards("stall"), question=NOT_OUT_CARD, patience=2.0)


def _cards_prepared() -> Iterator[Injection]:
    def at(what: str, phase: Phase, code: F, cause: Cause, **more: object) -> Injection:
        return Injection(what, "prepare", phase, code, cause, **{"mend": lay_again, **more})  # type: ignore[arg-type]

    yield at("no card on it", BEFORE, F.CARD_ABSENT, take_away, patience=1.0)
    yield at("a card without UID", BEFORE, F.CARD_FOREIGN, key_card_on_the_encoder)
    yield at("no such reader", BEFORE, F.ENCODER_UNREACHABLE, no_such_reader, mend=right_devices)
    yield at("no card service", BEFORE, F.ENCODER_NO_SERVICE, no_such_service, mend=right_devices)
    yield at("a card that was ended", BEFORE, F.CARD_TERMINATED, terminated, ends=False)
    yield at("no card profile for this office", BEFORE, F.CARD_NO_PROFILE, no_profile, ends=False)
    yield at("a card of other makers", BEFORE, F.SAM_ERROR, other_makers)
    yield at("a card that was written before", BEFORE, F.CARD_USED, used_card)
    yield at("the card of other work", BEFORE, F.CARD_OF_ANOTHER, anothers_card)
    yield at("card pulled", DURING, F.CARD_GONE, at_command("remove", n=2))
    yield at("card falls silent", DURING, F.ENCODER_TIMEOUT, at_command("mute", n=2))


def _cards_encoded() -> Iterator[Injection]:
    def at(what: str, phase: Phase, code: F, cause: Cause, **more: object) -> Injection:
        return Injection(what, "encode", phase, code, cause, **{"mend": lay_again, **more})  # type: ignore[arg-type]

    yield at("another card", BEFORE, F.CARD_WRONG, another_card)
    yield at("a card that was written before", BEFORE, F.CARD_USED, used_card)
    yield at("the card of other work", BEFORE, F.CARD_OF_ANOTHER, anothers_card)
    yield at("no key card", BEFORE, F.SAM_ABSENT, no_key_card)
    yield at("wrong PIN of the key card", BEFORE, F.SAM_PIN_REFUSED, wrong_pin, mend=right_devices)
    yield at("key card without tries", BEFORE, F.SAM_LOCKED, used_up_pin, mend=tries_given_back)
    yield at("a card of other makers", BEFORE, F.SAM_ERROR, other_makers)
    yield at("packet signed by a stranger", BEFORE, F.CENTRE_UNTRUSTED, strange_packet, ends=False)
    yield at("a card that was ended", BEFORE, F.CARD_TERMINATED, terminated, ends=False)
    yield at("card pulled in the middle", DURING, F.CARD_GONE, at_command("remove", n=60))
    yield at("write torn", DURING, F.CARD_GONE, lambda bench: bench.blank and bench.blank.tear_after(3000))
    yield at("card falls silent", DURING, F.ENCODER_TIMEOUT, at_command("mute", n=30))
    yield at("content too large", DURING, F.CARD_FULL, large_packet, ends=False)
    yield at("memory does not hold", DURING, F.CARD_VERIFY_MISMATCH, forgets, ends=False)
    pulled = at_command("remove", event="apdu-done", ins="44")
    yield at("lock does not hold", AFTER, F.CARD_NOT_LOCKED, does_not_lock, ends=False)
    yield at("pulled as it was activated", AFTER, F.CARD_GONE, pulled)


def _offices() -> Iterator[Injection]:
    def at(kind: str, what: str, phase: Phase, code: F, cause: Cause, **more: object) -> Injection:
        return Injection(what, kind, phase, code, cause, **more)  # type: ignore[arg-type]

    yield at("enter", "network cut", BEFORE, F.SIAK_UNREACHABLE, network)
    yield at("enter", "works by hand", BEFORE, F.SIAK_BY_HAND, by_hand, ends=False)
    yield at("enter", "SIAK refuses", DURING, F.SIAK_REFUSED, office("siak", "households", REFUSED))
    yield at("enter", "answer lost", AFTER, F.SIAK_UNKNOWN, office("siak", "households", LOST))
    yield at("call-nik", "network cut", BEFORE, F.DATA_UNREACHABLE, network)
    yield at("call-nik", "nothing left of the quota", BEFORE, F.DATA_QUOTA, quota_spent, ends=False)
    unwelcome = office("data", "call-nik", Trouble("received", answer="status", status=403))
    yield at("call-nik", "address not allowed", DURING, F.DATA_REFUSED, unwelcome)
    yield at("search", "works by hand", BEFORE, F.CENTRE_BY_HAND, centre_by_hand, ends=False)
    yield at("search", "network cut", BEFORE, F.CENTRE_UNREACHABLE, network)
    yield at("search", "centre refuses", DURING, F.CENTRE_REFUSED, office("centre", "search", REFUSED))
    yield at("search", "answer lost", AFTER, F.CENTRE_UNKNOWN, office("centre", "search", LOST))
    yield at("sign", "network cut", BEFORE, F.ESIGN_UNREACHABLE, network)
    yield at("sign", "signer suspended", BEFORE, F.ESIGN_NOT_READY, signer_suspended)
    yield at("sign", "no passphrase in memory", BEFORE, F.ESIGN_PASSPHRASE_NEEDED, passphrase(None))
    yield at("sign", "wrong passphrase", DURING, F.ESIGN_AUTH_FAILED, passphrase("bukan-ini"))
    rejected = office("esign", "sign", Trouble("received", answer="status", status=400))
    yield at("sign", "service rejects", DURING, F.ESIGN_REJECTED, rejected)
    yield at("sign", "answer lost", AFTER, F.ESIGN_UNKNOWN, office("esign", "sign", LOST), question="sign-unknown")
    yield at("sign", "signed by a stranger", AFTER, F.ESIGN_UNTRUSTED, strange_signer, ends=False)
