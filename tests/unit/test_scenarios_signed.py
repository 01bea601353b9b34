"""What really happens to a signed family card: another takes its place, another person signs it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from case_files import as_bytes, complete
from counter import Counter, open_counter
from PIL import Image

from appliance.casework.roles import SYSTEM, Role
from appliance.casework.sop import NotAllowed
from appliance.central.esign import SignedDocument, SignRequest
from appliance.documents.render import Renderer
from appliance.office.acts import ACTS
from appliance.office.document_check import Currency, check_document
from appliance.office.views import case_state
from appliance.records import accounts, audit, officials
from hw_sim.central.esign import sign_pdf
from hw_sim.central.pki import Authorities, Official, make_authorities

HEAD, STAND_IN = "9972014107700001", "9972015203720002"


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    officials = Official(HEAD, "Kepala Dinas", "x"), Official(STAND_IN, "Agung Nugraha", "x")
    return make_authorities(tmp_path_factory.mktemp("pki"), officials)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path, time.time_ns() // 1_000_000 - 3_600_000)
    found.machines = replace(found.machines, renderer=Renderer())
    yield found
    with found.store.read() as tx:
        assert audit.verify(tx)[1] is None
    found.store.close()


def draft(counter: Counter, case: str) -> bytes:
    kept = counter.evidence(case, "kk_draft")[-1]
    return counter.office.vault.get(case, counter.case(case).wrapped_key, str(kept.blob))


def qr_of(document: bytes, folder: Path) -> str:
    """What a telephone reads from the paper."""
    (folder / "kk.pdf").write_bytes(document)
    subprocess.run(["pdftoppm", "-r", "200", "-png", "-singlefile", "kk.pdf", "kk"], cwd=folder, check=True)
    (code,) = zxingcpp.read_barcodes(Image.open(folder / "kk.png"))
    return str(code.text)


def test_13_the_qr_and_the_signature_of_a_card_stay_genuine_but_a_newer_card_has_taken_its_place(
    counter: Counter, trust: Authorities, tmp_path: Path
) -> None:
    first = counter.validated()
    old = sign_pdf(draft(counter, first), trust.officials[HEAD], "KK", "Metro")
    counter.signature_arrived(first, old)
    number, father = counter.case(first).kk_number, counter.person(first)
    counter.clock.go(600)
    # A child is born into the family: the same family card number, a newer card.
    file = complete()
    file["household"]["kk_number"] = number
    child = {
        "full_name": "BUDI RIYADI",
        "birth_date": "2026-10-01",
        "marital_status": 1,
        "birth_date_estimated": False,
    }
    child |= {"family_relation": 4}
    file["residents"] = [{**file["residents"][0], "nik": father.nik}, {**file["residents"][0], **child}]
    second = counter.report()
    counter.do("attach_file", Role.PETUGAS, second, berkas=as_bytes(file))
    counter.do("pass_check", Role.PETUGAS, second)
    counter.do("verify", Role.KASI, second, reason="orang yang sama, anaknya lahir")
    counter.do("enter_siak", Role.OPERATOR, second)
    counter.run("siak", "render")
    counter.do("submit_draft", Role.OPERATOR, second)
    counter.do("validate", Role.KABID, second)
    new = sign_pdf(draft(counter, second), trust.officials[HEAD], "KK", "Metro")
    roots = trust.esign_roots.read_bytes()

    def checked(document: bytes) -> tuple[bool, Currency]:
        counter.clock.now = max(counter.clock.now, time.time_ns() // 1_000_000)
        found = check_document(counter.store, document, roots, counter.clock())
        return found.genuine, found.currency

    assert checked(old) == (True, Currency.CURRENT)
    counter.signature_arrived(second, new)
    assert counter.case(second).kk_number == number
    assert checked(old) == (True, Currency.SUPERSEDED), "genuine, and not the newest: two facts"
    assert checked(new) == (True, Currency.CURRENT)
    codes = [qr_of(document, tmp_path) for document in (old, new)]
    assert all(code.startswith(f"SIAGA-KK:{number}:") for code in codes) and len(set(codes)) == 2


class Service:
    """A signing service that signs for whoever is asked for, with his own certificate."""

    def __init__(self, trust: Authorities) -> None:
        self._trust = trust
        self.asked: list[str] = []

    def status(self, official_nik: str) -> str:
        return "ISSUE"

    def sign(self, request: SignRequest, passphrase: str) -> SignedDocument:
        self.asked.append(request.official_nik)
        holder = self._trust.officials[request.official_nik]
        signed = sign_pdf(request.document, holder, request.reason, request.location)
        return SignedDocument(signed, "", "test")


def text_of(document: bytes, folder: Path) -> str:
    (folder / "kk.pdf").write_bytes(document)
    made = subprocess.run(
        ["pdftotext", "-layout", "kk.pdf", "-"], cwd=folder, check=True, capture_output=True, text=True
    )
    return " ".join(made.stdout.split())


def test_18_the_kadis_is_replaced_between_draft_and_signature_and_his_stand_in_signs_a_draft_of_his_own(
    counter: Counter, trust: Authorities, tmp_path: Path
) -> None:
    service = Service(trust)
    settings = counter.office.settings
    settings = replace(settings, office=replace(settings.office, head_nik=HEAD, head_name="SRI WAHYUNI"))
    counter.office = replace(counter.office, settings=settings)
    counter.machines = replace(counter.machines, settings=settings)
    counter.offices = replace(
        counter.offices, settings=settings, signer=service, clock=lambda: time.time_ns() // 1_000_000,
        esign_roots=trust.esign_roots.read_bytes(),
    )  # fmt: skip
    case = counter.validated()
    assert "SRI WAHYUNI" in text_of(draft(counter, case), tmp_path)
    accounts.add(counter.store, "sekretaris", "AGUNG NUGRAHA", Role.KABID, "123456", SYSTEM)
    _, token = accounts.sign_in(counter.store, "sekretaris", "123456", "loket")
    today = counter.office.today()
    with counter.store.write() as tx:
        appointment = officials.appoint(
            tx, "sekretaris", Role.KADIS, "Plt.", "821/7/2026", today, today, SYSTEM, "197203121998032001", STAND_IN
        )
    accounts.act_as(counter.store, token, appointment.id)
    stand_in = accounts.who(counter.store, token)
    assert stand_in is not None

    def does(act: str, **values: object) -> None:
        ACTS[act](counter.office, stand_in, case, values)

    with pytest.raises(NotAllowed, match="pejabat lain yang menandatangani"):
        counter.do("sign", Role.KADIS, case, passphrase="x")
    with pytest.raises(NotAllowed, match="Draf KK ini atas nama pejabat lain"):
        does("sign", passphrase="x")
    assert "redraft" in case_state(counter.office, stand_in, case).acts
    does("redraft")
    counter.run("render")
    told = text_of(draft(counter, case), tmp_path)
    assert "Plt. KEPALA DINAS" in told and "AGUNG NUGRAHA" in told and "SRI WAHYUNI" not in told
    with pytest.raises(NotAllowed, match="sudah atas nama"):
        does("redraft")
    assert "sign" in case_state(counter.office, stand_in, case).acts
    does("sign", passphrase="x")
    counter.run("esign")
    assert (counter.case(case).state, service.asked) == ("PENERBITAN", [STAND_IN])
    with counter.store.read() as tx:
        (entry,) = audit.newest(tx, "case-sign-complete", 1)
    assert json.loads(str(entry["facts"]))["acting"] == "Plt. 821/7/2026"
