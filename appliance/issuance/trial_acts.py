"""How each kind of device is tried: a real piece of its work, and what can be measured of it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from appliance.biometrics import rules, signature
from appliance.biometrics.still import doubt_of, measured
from appliance.clock import Deadline, to_local
from appliance.devices import FingerPosition, PrintDocument, Printer
from appliance.documents.trial_pages import TrialPage, trial_slip
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.finger_capture import singles
from appliance.issuance.held_light import held_light
from appliance.issuance.machines import Machines
from appliance.issuance.printing import CARD_MEDIA, SHEET_MEDIA
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import NotYet
from appliance.records.store import STORAGE_FAULTS

FINGER_SECONDS, STILL_SECONDS, CARD_SECONDS, PEN_SECONDS, CODE_SECONDS = 30.0, 15.0, 20.0, 60.0, 30.0
PRINT_SECONDS = 120.0
LOOK_AGAIN_MS = 2_000
EXCHANGES = 20
"""A dirty contact or a card at the edge of the field shows in the slowest of some, not in the first."""
EXCHANGE_MS = "exchange_ms"
"""The value that holds the milliseconds of each exchange; it is drawn, not told."""
SELECT_MASTER = bytes.fromhex("00A4000C023F00")
"""SELECT of the master file (ISO/IEC 7816-4 §11.1.1): every card answers it, none changes by it."""
SYMBOLOGIES: Mapping[str, str] = MappingProxyType(
    {"Q": "QR", "d": "Data Matrix", "L": "PDF417", "z": "Aztec", "C": "Code 128", "A": "Code 39", "E": "EAN/UPC"}
)
"""AIM symbology identifiers (ISO/IEC 15424), where a reader is set to send them: `]` and this letter."""
PRINTERS = frozenset({"card_printer", "document_printer", "receipt_printer"})
SHEET_MM, CARD_MM = (210.0, 297.0, 10.0), (1012 / 300 * 25.4, 638 / 300 * 25.4, 3.0)
"""Width, height, and how far the frame is from each edge."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it: values by name, what was taken (to be shown and erased), whether a person must look, and what
    is wrong for certain, whatever he would say."""

    facts: Mapping[str, str] = field(default_factory=dict)
    taken: bytes = b""
    media_type: str = ""
    ask: bool = False
    doubt: str = ""


def finger(machines: Machines, job: Job) -> Tried:
    """The tester's right index finger, with its quality as it would be judged in a recording."""
    position = FingerPosition.RIGHT_INDEX
    with machines.rack.use("fingerprint_scanner") as scanner:
        (found,) = scanner.capture((position,), rules.quality_wanted(position), Deadline.after(FINGER_SECONDS))
    (image,) = singles(machines, found)
    jobs.progress(machines.store, job, 1, 2)
    facts = {"size": f"{image.width}x{image.height}", "device_quality": str(image.device_quality)}
    try:
        template, quality = machines.fingers.extract(image.image)
        facts |= {"nfiq2": str(quality), "minutiae": str(len(template.minutiae))}
    except DeviceFault as fault:
        facts["engine"] = str(fault.code)
    return Tried(facts, image.image, "image/png", doubt="unread" if "engine" in facts else "")


def still(machines: Machines, job: Job) -> Tried:
    """One picture, taken as a portrait is, with its light and sharpness; a person says whether it is right."""
    with machines.rack.use("camera") as camera, held_light(camera) as held:
        began = time.monotonic()
        picture = camera.capture_still(Deadline.after(STILL_SECONDS))
        took = time.monotonic() - began
    jobs.progress(machines.store, job, 1, 2)
    found = measured(picture.jpeg)
    facts = {
        "size": f"{picture.width}x{picture.height}",
        "seconds": f"{took:.1f}",
        "brightness": f"{found.brightness:.0f}",
        "sharpness": f"{found.sharpness:.0f}",
        "burnt": f"{found.burnt:.1%}",
        "light_held": "yes" if held else "no",
    }
    return Tried(facts, picture.jpeg, "image/jpeg", ask=True, doubt=doubt_of(found))


def chip(machines: Machines, job: Job) -> Tried:
    """The card that lies there: its answers to reset and, again and again, to a harmless command, how long each took,
    and whether the keys are in."""
    with machines.rack.use("chip_encoder") as encoder:
        try:
            card = encoder.await_card(Deadline.after(CARD_SECONDS))
            took = list[float]()
            for _ in range(EXCHANGES):
                began = time.monotonic()
                answer = encoder.transmit(SELECT_MASTER, Deadline.after(CARD_SECONDS))
                took.append((time.monotonic() - began) * 1000)
        finally:
            encoder.release()
    facts = {
        "atr": card.atr.hex(" ").upper(),
        "answer": f"{answer.sw:04X}",
        "exchange": f"{statistics.median(took):.1f}",
        "slowest": f"{max(took):.1f}",
        EXCHANGE_MS: " ".join(f"{one:.1f}" for one in took),
    }
    if "secure_access_module" in machines.rack.owners:
        jobs.progress(machines.store, job, 1, 2)
        facts |= {f"keys_{name}": value for name, value in keys(machines, job).facts.items()}
    return Tried(facts)


def keys(machines: Machines, job: Job) -> Tried:
    """The key module opened anew."""
    with machines.rack.use("secure_access_module") as module:
        said = module.self_test()
    return Tried({"level": said.level, **({"reasons": " ".join(said.reasons)} if said.reasons else {})})


def _printed(machines: Machines, job: Job, device: str, document: PrintDocument) -> Tried:
    """Send a test page and follow it; whether it came out right, a person looks."""
    key = job.key
    with machines.rack.use(device) as printer:
        try:
            printer.submit(document, key)
            jobs.progress(machines.store, job, 1, 2)
            settled = printer.settle(key, Deadline.after(PRINT_SECONDS))
        except DeviceFault as fault:
            # What counts nothing cannot prove it, and that is what a person is asked for.
            if fault.code is FaultCode.PRINTER_UNSETTLED:
                return Tried({"page": "sent"}, ask=True)
            if fault.code not in STORAGE_FAULTS:
                _purge(printer, key)
            raise
    moved = {True: "yes", False: "no", None: "unknown"}[settled.counter_moved]
    return Tried({"page": str(settled.state), "counter_moved": moved}, ask=True)


def _purge(printer: Printer, key: str) -> None:
    """The page must not come out later; a queue that does not take that is asked again as after a cut."""
    try:
        printer.purge(key)
    except DeviceFault as fault:
        raise NotYet(LOOK_AGAIN_MS, fault) from fault


def _page(machines: Machines, size: tuple[float, float, float]) -> TrialPage:
    now = machines.clock()
    local = to_local(now)
    return TrialPage(*size, f"{local:%d-%m-%Y %H.%M} WIB", now)


def sheet(machines: Machines, job: Job) -> Tried:
    """A sheet with rulers along two edges and a frame 10 mm from all."""
    data = machines.renderer.render_trial_sheet(_page(machines, SHEET_MM))
    return _printed(machines, job, "document_printer", PrintDocument(data, "application/pdf", SHEET_MEDIA, "Uji"))


def card(machines: Machines, job: Job) -> Tried:
    """The same on a test card, which is no blank."""
    data = machines.renderer.render_trial_card(_page(machines, CARD_MM))
    return _printed(machines, job, "card_printer", PrintDocument(data, "image/png", CARD_MEDIA, "Uji"))


def slip(machines: Machines, job: Job) -> Tried:
    """A slip with a ruler across the roll."""
    paper = 58 if "paper=58" in machines.settings.devices.get("receipt_printer", "") else 80
    document = PrintDocument(trial_slip(paper), "image/png", f"custom_receipt_{paper}x200mm", "Uji")
    return _printed(machines, job, "receipt_printer", document)


def pen(machines: Machines, job: Job) -> Tried:
    """What somebody draws, drawn back; whether it is the same, he says."""
    with machines.rack.use("signature_pad") as pad:
        strokes = pad.sign(Deadline.after(PEN_SECONDS))
    points = [point for stroke in strokes for point in stroke]
    pressures = [point.pressure for point in points]
    facts = {
        "strokes": str(len(strokes)),
        "points": str(len(points)),
        "pressure": f"{min(pressures):.2f}-{max(pressures):.2f}" if pressures else "",
    }
    return Tried(facts, signature.picture(strokes), "image/png", ask=True)


def code(machines: Machines, job: Job) -> Tried:
    """The length and kind of the code that is held before the reader; its text is not kept."""
    with machines.rack.use("barcode_reader") as reader:
        text = reader.scan(Deadline.after(CODE_SECONDS))
    return Tried({"length": str(len(text)), "symbology": symbology(text)})


def symbology(text: str) -> str:
    """Which code it was, where the reader tells; else `untold`."""
    return SYMBOLOGIES.get(text[1], "other") if text[:1] == "]" and len(text) > 2 else "untold"


def light(machines: Machines, job: Job) -> Tried:
    """Every lamp and one tone; whether they were seen and heard, a person says."""
    with machines.rack.use("signal_light") as lamps:
        said = lamps.self_test()
    if said.level == "down":
        raise DeviceFault(FaultCode.LIGHT_UNREACHABLE, said.detail.get("why", ""))
    return Tried({"level": said.level}, ask=True)


def power(machines: Machines, job: Job) -> Tried:
    """Where the current comes from and for how long."""
    with machines.rack.use("power_supply") as supply:
        now = supply.power()
    facts = {"mains": "yes" if now.mains else "no", "starved": "yes" if now.starved else "no"}
    if now.battery_percent is not None:
        facts["battery"] = f"{now.battery_percent} %"
    if now.seconds_left is not None:
        facts["seconds_left"] = str(now.seconds_left)
    return Tried(facts)


ACTS: Mapping[str, Callable[[Machines, Job], Tried]] = MappingProxyType(
    {
        "fingerprint_scanner": finger,
        "camera": still,
        "chip_encoder": chip,
        "secure_access_module": keys,
        "document_printer": sheet,
        "card_printer": card,
        "receipt_printer": slip,
        "signature_pad": pen,
        "barcode_reader": code,
        "signal_light": light,
        "power_supply": power,
    }
)
"""One for every device that a configuration may name."""
