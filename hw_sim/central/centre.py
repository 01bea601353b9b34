"""The biometric centre: 1:N searches, enrolments on their way to PRINT_READY_RECORD, personalisation packets.

What it answers is scripted by the case file's `central` object; how it answers is the real thing.
"""

from __future__ import annotations

import struct
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from hw_sim.central import data_groups, finger_templates, image_records
from hw_sim.central.personalisation import CardOrder, Enrolled, compose, sign_packet
from hw_sim.central.pki import Holder
from hw_sim.central.script import OUTCOMES, REASONS, SEARCHES, CentreScript
from hw_sim.central.siak import NUMBER, Siak
from hw_sim.central.wire import Json, Reading, Refusal, Reply, Route, route
from hw_sim.world import World


@dataclass(slots=True)
class _Enrolment:
    enrolled: Enrolled
    states: tuple[str, ...]
    sent: float
    asked: int = 0


@dataclass(frozen=True, slots=True)
class _Card:
    order: CardOrder
    nik: str
    packet: str
    revoked: bool = False


class Centre:
    """The centre's memory. `centre_seconds` of world time pass between sending and the last state."""

    def __init__(
        self, world: World, siak: Siak, document_signer: Holder, packet_signer: Holder, centre_seconds: float = 20.0
    ) -> None:
        self.world = world
        self.centre_seconds = centre_seconds
        self._siak = siak
        self._document_signer = document_signer
        self._packet_signer = packet_signer
        self._lock = threading.RLock()
        self._script = CentreScript()
        self._coming: deque[str] = deque()
        self._searches: dict[str, Json] = {}
        self._enrolments: dict[str, _Enrolment] = {}
        self._cards: dict[str, _Card] = {}
        self._card_states: dict[str, Json] = {}

    def routes(self) -> tuple[Route, ...]:
        """The calls of docs/guides/central-offices.md."""
        return (
            route("POST", "/searches", "search", lambda _, body: self._search(body)),
            route("GET", "/searches/{token}", "search-find", lambda found, _: _known(self._searches, found)),
            route("POST", "/enrolments", "enrol", lambda _, body: self._enrol(body)),
            route("GET", "/enrolments/{token}", "enrolment", lambda found, _: self._state(found["token"])),
            route("POST", "/personalisations", "personalise", lambda _, body: self._personalise(body)),
            route("GET", "/personalisations/{token}", "packet-find", lambda found, _: self._packet(found["token"])),
            route("POST", "/personalisations/{token}/void", "void", lambda found, body: self._void(found, body)),
            route("POST", "/cards", "card", lambda _, body: self._report(body)),
            route("GET", "/cards/{token}", "card-find", lambda found, _: _known(self._card_states, found)),
        )

    def made(self) -> Mapping[str, int]:
        """How many things of each kind came to be here, each under a token of its own."""
        with self._lock:
            return {
                "search": len(self._searches),
                "enrolment": len(self._enrolments),
                "packet": len(self._cards),
                "revocation": sum(card.revoked for card in self._cards.values()),
                "card report": len(self._card_states),
            }

    def packet_for(self, uid: str) -> str | None:
        """The packet (JWS) that was made for the chip with this UID in capital hex; None if there is none."""
        with self._lock:
            return next((card.packet for card in self._cards.values() if card.order.uid == uid), None)

    def follow(self, script: CentreScript) -> None:
        """Answer so from now on; enrolments begun earlier keep their course. Raises ValueError for unknown words."""
        unknown = [*set(script.searches) - set(SEARCHES), *set(script.enrolments) - set(OUTCOMES)]
        if unknown:
            raise ValueError(f"the centre does not know: {', '.join(sorted(unknown))}")
        with self._lock:
            self._script = script
            self._coming = deque(script.searches)

    def _search(self, body: Mapping[str, object]) -> Reply:
        asked = Reading(body)
        token, fingers = asked.token(), _fingers(asked)
        if not fingers:
            asked.wrong("fingers")
        with self._lock:
            if token in self._searches:
                return 200, self._searches[token]
            asked.settle()
            result = self._coming.popleft() if self._coming else "no_hit"
            if not self._coming:
                self._coming.append(result)
            answer: Json = {"result": result}
            if result != "no_hit" and self._script.person:
                status = "nonaktif" if result == "hit_inactive" else "aktif"
                answer["nik"] = self._siak.register_elsewhere(self._script.person, status)
            self._searches[token] = answer
            return 200, answer

    def _enrol(self, body: Mapping[str, object]) -> Reply:
        sent = Reading(body)
        token, nik = sent.token(), sent.text("nik", NUMBER)
        fingers = _fingers(sent)
        missing = [row.text("position", "|".join(finger_templates.POSITIONS)) for row in sent.rows("exceptions")]
        for row in sent.rows("exceptions"):
            row.text("reason")
        if sorted([*fingers, *missing]) != sorted(finger_templates.POSITIONS):
            sent.wrong("fingers: each of the ten fingers stands once, captured or excepted")
        photo = _pictures(sent, body, set(fingers))
        signature = None if body.get("signature") is None else sent.binary("signature")
        if signature is not None and not _is_signature(signature):
            sent.wrong("signature")
        with self._lock:
            if token not in self._enrolments:
                sent.settle()
                if self._siak.resident(nik) is None:
                    raise Refusal(409, "unknown_nik", "this NIK is not registered")
                before = sum(one.enrolled.nik == nik for one in self._enrolments.values())
                outcome = self._script.enrolments[min(before, len(self._script.enrolments) - 1)]
                enrolled = Enrolled(nik, fingers, photo, signature)
                self._enrolments[token] = _Enrolment(enrolled, OUTCOMES[outcome], time.monotonic())
            return 202, {"state": "SENT_FOR_ENROLLMENT"}

    def _state_of(self, enrolment: _Enrolment) -> str:
        takes = self.centre_seconds * self.world.speed
        last = len(enrolment.states) - 1
        passed = enrolment.asked if takes <= 0 else int((time.monotonic() - enrolment.sent) * last / takes)
        state = enrolment.states[min(passed, last)]
        if state == "PRINT_READY_RECORD":
            self._siak.activate(enrolment.enrolled.nik)
        return state

    def _state(self, token: str) -> Reply:
        with self._lock:
            if token not in self._enrolments:
                return 404, {"error": "unknown_token", "message": "nothing came with this token"}
            self._enrolments[token].asked += 1
            state = self._state_of(self._enrolments[token])
            return 200, {"state": state, "reason": REASONS.get(state)}

    def _personalise(self, body: Mapping[str, object]) -> Reply:
        asked = Reading(body)
        token, nik, uid = asked.token(), asked.text("nik", NUMBER), asked.text("uid", "[0-9A-Fa-f]{14}").upper()
        key, serial = asked.binary("aa_public_key"), asked.text("blank_serial", r"[A-Za-z0-9-]{1,24}")
        try:
            load_der_public_key(key)
        except (ValueError, UnsupportedAlgorithm):
            asked.wrong("aa_public_key")
        with self._lock:
            if token in self._cards:
                return 201, {"packet": self._cards[token].packet}
            asked.settle()
            mine = [one for one in self._enrolments.values() if one.enrolled.nik == nik]
            if not mine or self._state_of(mine[-1]) != "PRINT_READY_RECORD":
                raise Refusal(409, "not_print_ready", "the newest enrolment is not a print-ready record")
            if any(card.order.uid == uid for card in self._cards.values()):
                raise Refusal(409, "uid_in_use", "this chip stands in another packet")
            if any(card.nik == nik and not card.revoked for card in self._cards.values()):
                raise Refusal(409, "card_not_revoked", "another card of this NIK is not revoked")
            order = CardOrder(token, uid, serial, key)
            packet = self._compose(order, mine[-1].enrolled)
            self._cards[token] = _Card(order, nik, packet)
            return 201, {"packet": packet}

    def _compose(self, order: CardOrder, enrolled: Enrolled) -> str:
        resident = self._siak.resident(enrolled.nik)
        if resident is None:
            raise Refusal(409, "unknown_nik", "this NIK is not registered")
        try:
            fingers, files = compose(order, enrolled, resident.biodata, resident.kk_number, self._document_signer)
        except ValueError as error:
            raise Refusal(409, "cannot_compose", str(error)) from error
        return sign_packet(order, enrolled.nik, fingers, files, self._packet_signer, time.time_ns() // 1_000_000)

    def _packet(self, token: str) -> Reply:
        with self._lock:
            if token not in self._cards:
                return 404, {"error": "unknown_token", "message": "nothing came with this token"}
            return 200, {"packet": self._cards[token].packet, "revoked": self._cards[token].revoked}

    def _void(self, found: Mapping[str, str], body: Mapping[str, object]) -> Reply:
        asked = Reading(body)
        asked.text("cause")
        asked.settle()
        with self._lock:
            if found["token"] not in self._cards:
                return 404, {"error": "unknown_token", "message": "nothing came with this token"}
            self._cards[found["token"]] = replace(self._cards[found["token"]], revoked=True)
            return 200, {"revoked": True}

    def _report(self, body: Mapping[str, object]) -> Reply:
        told = Reading(body)
        token, nik, uid = told.token(), told.text("nik", NUMBER), told.text("uid", "[0-9A-Fa-f]{14}").upper()
        state = told.text("state", "CARD_PRINTED|CARD_ISSUED")
        with self._lock:
            if token not in self._card_states:
                told.settle()
                live = [card for card in self._cards.values() if card.nik == nik and card.order.uid == uid]
                if not live or live[-1].revoked:
                    raise Refusal(409, "unknown_card", "no card with this chip stands for this NIK")
                self._card_states[token] = {"uid": uid, "state": state}
            return 200, self._card_states[token]


def _known(answers: Mapping[str, Json], found: Mapping[str, str]) -> Reply:
    if found["token"] in answers:
        return 200, answers[found["token"]]
    return 404, {"error": "unknown_token", "message": "nothing came with this token"}


def _fingers(reading: Reading) -> dict[str, bytes]:
    records: dict[str, bytes] = {}
    for row in reading.rows("fingers"):
        position, record = row.text("position", "|".join(finger_templates.POSITIONS)), row.binary("template")
        try:
            finger_templates.read_record(record)
        except ValueError:
            row.wrong("template")
        if position in records:
            row.wrong("position")
        records[position] = record
    return records


def _pictures(sent: Reading, body: Mapping[str, object], captured: set[str]) -> bytes:
    """The photo out of its record; the finger pictures must be those of the fingers captured."""
    key, photo = "finger_images", b""
    try:
        images = {} if body.get(key) is None else image_records.finger_images(sent.binary(key))
        if set(images) != captured:
            sent.wrong(key)
        key = "face"
        photo = image_records.face_image(sent.binary(key))
        data_groups.portrait(photo, 4096)
    except (ValueError, struct.error):
        sent.wrong(key)
    return photo


def _is_signature(image: bytes) -> bool:
    try:
        data_groups.signature_image(image)
    except ValueError:
        return False
    return True
