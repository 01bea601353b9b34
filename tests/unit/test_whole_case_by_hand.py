"""From the report to the archive in an office that has no line to anybody: every answer is carried and typed.

The chip is a simulated card, written and read by the appliance's own steps; SIAK's paper, the centre's packet and the
states are what people bring. No server runs.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from by_hand import HEAD, KK, NIK, brought, entered, open_by_hand, state_of
from case_files import complete
from counter import PEOPLE, Counter, FingerEngine, Portrait
from field import Field, Keys
from PIL import Image
from postgres import Cluster
from siak_paper import typeset

from appliance.biometrics.minutiae import Template
from appliance.casework.roles import Role
from appliance.faults import FaultCode
from appliance.issuance.rack import DeviceRack
from appliance.office import packet_by_hand
from appliance.queue import jobs
from appliance.records import audit, blanks
from appliance.records.blanks import BlankState
from hw_sim.card import CardFactory, KtpCard
from hw_sim.card_keys import MasterKeys, fresh_uid
from hw_sim.central.esign import sign_pdf
from hw_sim.central.personalisation import CardOrder, Enrolled, compose, sign_packet
from hw_sim.central.pki import Authorities
from hw_sim.central.siak import Siak

SERIAL = "A001"


class Engine(FingerEngine):
    """Two templates are of one finger if they have as many minutiae: a card keeps their number, not their place."""

    def __init__(self) -> None:
        super().__init__()
        self.found = {"right_index": [(37, 70)] * 4}

    def match(self, probe: Template, other: Template) -> int:
        return 90 if len(probe.minutiae) == len(other.minutiae) else 3


def face() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((480, 640)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def counter(tmp_path: Path, trust: Authorities, server: Cluster | None) -> Iterator[Counter]:
    with open_by_hand(tmp_path, trust, server) as found:
        found.machines = replace(found.machines, fingers=Engine())  # type: ignore[arg-type]
        yield found
        with found.store.read() as tx:
            assert blanks.balance(tx)[1] is None


def lay_chip(counter: Counter, trust: Authorities) -> KtpCard:
    """A blank on an encoder, with the office's key card beside it."""
    masters = MasterKeys.fresh()
    card, field = CardFactory(masters).blank(fresh_uid()), Field(None)
    field.card = card
    rack = DeviceRack({**counter.devices, "chip_encoder": field, "secure_access_module": Keys(masters)})
    roots = {"packet_roots": trust.packet_roots.read_bytes()}
    counter.machines = replace(counter.machines, rack=rack, chip_roots=trust.chip_roots.read_bytes(), **roots)
    counter.offices = replace(counter.offices, **roots)
    return card


def packet_from_the_centre(counter: Counter, case: str, trust: Authorities) -> bytes:
    """What the centre's own people compose from the recording for the order that is carried to them."""
    order = packet_by_hand.card_order(counter.office, PEOPLE[Role.OPERATOR], case, 0)
    record, held = counter.case(case), {}
    for kind in ("template", "photo", "signature"):
        for item in counter.evidence(case, kind):
            if item.blob is not None and item.state in {"accepted", "forced"}:
                held[item.name or kind] = counter.office.vault.get(case, record.wrapped_key, item.blob)
    photo, signature = held.pop("photo"), held.pop("signature")
    siak = Siak()
    told = complete()
    siak.seed([{**told["residents"][0], "nik": NIK}], {**told["household"], "kk_number": KK})
    known = siak.resident(NIK)
    assert known is not None
    made = CardOrder(order.token, order.uid.upper(), order.blank_serial, base64.b64decode(order.aa_public_key))
    enrolled = Enrolled(NIK, held, photo, signature)
    fingers, files = compose(made, enrolled, known.biodata, KK, trust.document_signer)
    return sign_packet(made, NIK, fingers, files, trust.packet_signer, counter.clock()).encode()


def holds(counter: Counter, case: str) -> dict[str, str | None]:
    with counter.store.read() as tx:
        return {job.kind: job.fault for job in jobs.of_case(tx, case) if job.state == "hold"}


def test_a_case_goes_from_the_report_to_the_archive_without_any_line(counter: Counter, trust: Authorities) -> None:
    case = entered(counter)
    counter.receive_blanks(2)
    counter.do("submit_draft", Role.OPERATOR, case)
    counter.do("validate", Role.KABID, case)
    name = counter.person(case).biodata.full_name
    card_of_siak = sign_pdf(typeset(KK, [(NIK, name)]), trust.officials[HEAD], "KK", "Metro")
    assert brought(counter, case, card_of_siak) is None
    assert counter.case(case).state == "PENERBITAN"

    counter.machines.portraits.says.append(Portrait(crop=face()))  # type: ignore[attr-defined]
    counter.record_all(case)
    for state in ("SENT_FOR_ENROLLMENT", "RECEIVED_AT_CENTRAL", "PRINT_READY_RECORD"):
        state_of(counter, case, state)
    assert counter.person(case).ktp_state == "PRR"

    card = lay_chip(counter, trust)
    counter.do("issue_card", Role.OPERATOR, case, blank_serial=SERIAL)
    counter.run("encoder", "centre")
    assert holds(counter, case) == {"personalise": FaultCode.CENTRE_BY_HAND.value}
    counter.do("import_packet", Role.OPERATOR, case, berkas=packet_from_the_centre(counter, case, trust))
    counter.run("centre", "encoder")
    assert holds(counter, case) == {}
    counter.do("print_card", Role.OPERATOR, case)
    counter.run("card_printer")
    counter.do("look_card", Role.OPERATOR, case, result="ok")
    counter.run("centre")
    assert holds(counter, case) == {"report-card": FaultCode.CENTRE_BY_HAND.value}
    tell_the_centre(counter, case)

    assert counter.person(case).ktp_state == "KARTU_JADI"
    counter.do("hand_over_card", Role.PETUGAS, case)
    counter.run("encoder", "render", "centre")
    assert counter.person(case).ktp_state == "KARTU_DISERAHKAN", holds(counter, case)
    tell_the_centre(counter, case)
    counter.do("print_kk", Role.OPERATOR, case)
    counter.run("document_printer")
    counter.do("hand_over_kk", Role.PETUGAS, case, receiver="Ratna Puspitasari", relation="reporter")
    counter.run("render", "centre")
    assert holds(counter, case) == {}
    assert "archive" in counter.state(case, Role.PETUGAS).acts
    counter.do("archive", Role.PETUGAS, case, box="B-1", shelf="R-1")
    assert counter.case(case).state == "DIARSIPKAN"
    with counter.store.read() as tx:
        assert blanks.state_of(tx, SERIAL) is BlankState.HANDED_OVER
        told = [str(one["event"]) for one in audit.entries(tx)]
    assert told.count("signature-receive-complete") == told.count("card-match-complete") == 1
    assert card.uid.hex() == counter.evidence(case, "card")[-1].facts["uid"]


def tell_the_centre(counter: Counter, case: str) -> None:
    """The operator reports the card at the centre's screen and writes its ticket down."""
    with counter.store.read() as tx:
        waiting = [job for job in jobs.of_case(tx, case) if job.kind == "report-card" and job.state == "hold"]
    for job in waiting:
        counter.do("give_up_job", Role.OPERATOR, case, job=job.key, reason="dilaporkan, tiket 31")
