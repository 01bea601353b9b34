"""A family card that SIAK typeset itself: let in if its text is the approved draft's, and for no other reason."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import typst
from by_hand import HEAD, KK, NIK, OTHER, WRONG, brought, open_by_hand, validated
from counter import Counter
from siak_paper import typeset

from appliance.casework.roles import Role
from appliance.central.printed_card import check_printed
from appliance.documents.printed_text import printed_text
from appliance.faults import DeviceFault, FaultCode
from hw_sim.central.esign import sign_pdf
from hw_sim.central.pki import Authorities

FATHER, CHILD = ("9972010107710001", "BUDI SANTOSO"), ("9972014410160003", "AYU LESTARI SANTOSO")


def reason(text: str, kk_number: str = KK, members: tuple[tuple[str, str], ...] = (FATHER, CHILD)) -> str:
    try:
        check_printed(text, kk_number, members)
    except DeviceFault as fault:
        assert fault.code is FaultCode.ESIGN_UNTRUSTED
        assert not any(nik in str(fault) or name in str(fault) for nik, name in members)
        return fault.detail
    return ""


def test_the_same_family_in_another_layout_is_the_same_also_where_a_name_takes_two_lines() -> None:
    assert reason(printed_text(typeset(KK, [FATHER, CHILD]))) == ""


@pytest.mark.parametrize(
    ("kk_number", "members", "note", "why"),
    [
        (WRONG, [FATHER, CHILD], "", "other_kk_number"),
        (KK, [FATHER], "", "other_niks"),
        (KK, [CHILD, FATHER], "", "other_niks"),
        (KK, [FATHER, CHILD, CHILD], "", "other_niks"),
        (KK, [FATHER, CHILD], "NIK lain 9972010101010009", "other_niks"),
        (KK, [(FATHER[0], CHILD[1]), (CHILD[0], FATHER[1])], "", "other_names"),
        (KK, [(FATHER[0], "BUDI SANTOSA"), CHILD], "BUDI SANTOSO", "other_names"),
        (KK, [(FATHER[0], "AHMAD BUDI SANTOSO"), CHILD], "", "other_names"),
        (KK, [FATHER, (CHILD[0], "AYU LESTARI")], "", "other_names"),
    ],
)
def test_anything_else_is_another_card(kk_number: str, members: list[tuple[str, str]], note: str, why: str) -> None:
    assert reason(printed_text(typeset(kk_number, members, note))) == why


def test_a_scan_without_text_and_a_torn_file_say_nothing() -> None:
    assert reason(printed_text(typst.compile(b"#rect()", format="pdf"))) == "no_text"
    assert reason(printed_text(typeset(KK, [FATHER])[:700])) == "no_text"
    assert reason(printed_text(b"%PDF-1.7\n" + b"[" * 100_000)) == "no_text"


def test_a_reader_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "pdftotext"
    program.write_text("#!/bin/sh\nexec tail -f /dev/null\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    began = time.monotonic()
    assert printed_text(b"%PDF-1.7", seconds=1.0) == ""
    assert time.monotonic() - began < 5


@pytest.fixture
def counter(tmp_path: Path, trust: Authorities) -> Iterator[Counter]:
    with open_by_hand(tmp_path, trust) as found:
        yield found


def test_it_comes_in_by_the_same_gate_and_is_the_case_s_family_card(
    counter: Counter, trust: Authorities, tmp_path: Path
) -> None:
    case = validated(counter)
    name = counter.person(case).biodata.full_name
    card = sign_pdf(typeset(KK, [(NIK, name)]), trust.officials[HEAD], "KK", "Metro")
    for bad in (
        sign_pdf(typeset(KK, [(NIK, name)]), trust.officials[OTHER], "KK", "Metro"),
        sign_pdf(typeset(KK, [(WRONG, name)]), trust.officials[HEAD], "KK", "Metro"),
        typeset(KK, [(NIK, name)]),
        card + b"% more\n",
        sign_pdf(card, trust.officials[OTHER], "KK", "Metro", field="Kedua"),
    ):
        assert brought(counter, case, bad) == FaultCode.ESIGN_UNTRUSTED.value
        assert counter.evidence(case, "kk_signed") == []
    assert brought(counter, case, card) is None
    (kept,) = counter.evidence(case, "kk_signed")
    assert (counter.case(case).state, kept.facts["pdfa"]) == ("PENERBITAN", "")
    stored = counter.office.vault.get(case, counter.case(case).wrapped_key, str(kept.blob))
    assert stored == card, "kept as SIAK made it, byte for byte"
    paper = tmp_path / "kk.pdf"
    paper.write_bytes(stored)
    store, root = f"sql:{tmp_path}", str(trust.esign_roots)
    subprocess.run(["certutil", "-N", "-d", store, "--empty-password"], check=True, capture_output=True)
    pin = ["certutil", "-A", "-d", store, "-n", "root", "-t", "CT,C,C", "-i", root]
    subprocess.run(pin, check=True, capture_output=True)
    said = subprocess.run(["pdfsig", "-nssdir", store, str(paper)], check=True, capture_output=True, text=True)
    assert "Signature is Valid" in said.stdout and "Certificate is Trusted" in said.stdout
    counter.do("print_kk", Role.OPERATOR, case)
    counter.run("document_printer")
    assert counter.case(case).kk_state == "KK_DICETAK"
