"""What really happens to a signed family card: another takes its place, another person signs it."""

from __future__ import annotations

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

from appliance.casework.roles import Role
from appliance.documents.render import Renderer
from appliance.office.document_check import Currency, check_document
from appliance.records import audit
from hw_sim.central.esign import sign_pdf
from hw_sim.central.pki import Authorities, Official, make_authorities

HEAD = "9972014107700001"


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    return make_authorities(tmp_path_factory.mktemp("pki"), (Official(HEAD, "Kepala Dinas", "x"),))


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path, time.time_ns() // 1_000_000 - 3_600_000)
    found.machines = replace(found.machines, renderer=Renderer())
    yield found
    with found.store.read() as tx:
        assert audit.verify(tx)[1] is None
    found.store.close()


def draft(counter: Counter, case: str) -> bytes:
    (kept,) = counter.evidence(case, "kk_draft")
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
        with counter.store.read() as tx:
            found = check_document(tx, document, roots)
        return found.genuine, found.currency

    assert checked(old) == (True, Currency.CURRENT)
    counter.signature_arrived(second, new)
    assert counter.case(second).kk_number == number
    assert checked(old) == (True, Currency.SUPERSEDED), "genuine, and not the newest: two facts"
    assert checked(new) == (True, Currency.CURRENT)
    codes = [qr_of(document, tmp_path) for document in (old, new)]
    assert all(code.startswith(f"SIAGA-KK:{number}:") for code in codes) and len(set(codes)) == 2
