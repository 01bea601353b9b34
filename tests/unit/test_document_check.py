"""A family card that somebody brings: genuine or not, and newest or not, are two facts."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import typst
from counter import Counter, open_counter
from front_office import open_office, sign_in, token

from appliance.casework.roles import Role
from appliance.kiosk_ui.desk import Desk
from appliance.kiosk_ui.officer.document_check import REASONS
from appliance.office.document_check import Currency, DocumentFacts, check_document
from hw_sim.central.esign import sign_pdf
from hw_sim.central.pki import Authorities, Official, make_authorities

HEAD, EXPIRED = "9972014107700001", "9972011204680003"
SHEET = typst.compile(b"#set document(date: datetime(year: 2026, month: 11, day: 24))\n= KK", format="pdf") + b"\n"


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    officials = (Official(HEAD, "Kepala Dinas", "x"), Official(EXPIRED, "Lama", "x", certificate="expired"))
    return make_authorities(tmp_path_factory.mktemp("pki"), officials)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    return make_authorities(tmp_path_factory.mktemp("other"), (Official(HEAD, "Kepala Dinas", "x"),))


@pytest.fixture(scope="module")
def signed(trust: Authorities) -> bytes:
    return sign_pdf(SHEET, trust.officials[HEAD], "KK", "Metro")


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path)
    found.clock.now = time.time_ns() // 1_000_000
    yield found
    found.store.close()


def checked(counter: Counter, document: bytes, trust: Authorities) -> DocumentFacts:
    return check_document(counter.store, document, trust.esign_roots.read_bytes(), counter.clock())


def test_what_this_office_signed_is_genuine_and_current_until_a_newer_one_takes_its_place(
    counter: Counter, trust: Authorities, signed: bytes
) -> None:
    case = counter.ready_to_print()
    record = counter.case(case)
    assert checked(counter, signed, trust).currency is Currency.UNKNOWN, "signed, but not known here"
    counter.keep_signed(case, signed)
    found = checked(counter, signed, trust)
    assert (found.genuine, found.reason, found.currency, found.code) == (True, "", Currency.CURRENT, record.code)
    assert (found.signer, abs((found.signed_at or 0) - time.time() * 1000) < 600_000) == ("Kepala Dinas", True)
    newer = sign_pdf(SHEET + b"% newer\n", trust.officials[HEAD], "KK", "Metro")
    counter.keep_signed(case, newer)
    assert checked(counter, signed, trust).currency is Currency.SUPERSEDED
    assert checked(counter, newer, trust).currency is Currency.CURRENT


def test_every_change_makes_it_not_genuine_and_is_told_in_words(
    counter: Counter, trust: Authorities, stranger: Authorities, signed: bytes
) -> None:
    other = sign_pdf(SHEET, stranger.officials[HEAD], "KK", "Metro")
    wrong = {
        "not_a_pdf": b"hello",
        "no_signature": SHEET,
        "digest_mismatch": signed[:40] + bytes([signed[40] ^ 1]) + signed[41:],
        "bytes_not_covered": signed + b"% added\n",
        "several_signatures": sign_pdf(signed, trust.officials[HEAD], "KK", "Metro", "Second"),
        "chain_untrusted": other,
    }
    for document in wrong.values():
        found = checked(counter, document, trust)
        assert not found.genuine and found.currency is Currency.UNKNOWN
        assert found.reason in REASONS, found.reason
    assert {reason for reason in wrong if checked(counter, wrong[reason], trust).reason == reason} >= {
        "not_a_pdf", "no_signature", "bytes_not_covered", "several_signatures", "chain_untrusted",
    }  # fmt: skip


def test_a_certificate_that_had_run_out_when_it_signed_is_not_trusted(counter: Counter, trust: Authorities) -> None:
    late = sign_pdf(SHEET, trust.officials[EXPIRED], "KK", "Metro")
    assert checked(counter, late, trust).reason == "chain_untrusted"


def test_it_stays_genuine_when_the_signers_certificate_has_run_out_since(
    counter: Counter, trust: Authorities, signed: bytes
) -> None:
    counter.clock.go(8 * 365 * 24 * 3600)
    assert checked(counter, signed, trust).genuine


def test_a_signature_from_the_future_is_not_believed(counter: Counter, trust: Authorities, signed: bytes) -> None:
    counter.clock.go(-3600)
    assert checked(counter, signed, trust).reason in {"time_not_sane", "chain_untrusted"}


def test_the_officer_sees_both_facts_and_nothing_is_kept(tmp_path: Path, trust: Authorities, signed: bytes) -> None:
    place = open_office(tmp_path / "data", esign_roots=trust.esign_roots.read_bytes())
    client = place.app("officer").test_client()
    sign_in(client, Role.PETUGAS)
    before = sorted(path.name for path in (tmp_path / "data").rglob("*") if path.is_file())

    def send(document: bytes | None) -> tuple[int, str]:
        files = {} if document is None else {"berkas": (io.BytesIO(document), "kk.pdf")}
        answer = client.post("/petugas/periksa", data={"csrf_token": token(client.get("/petugas/periksa")), **files})
        return answer.status_code, answer.text

    status, page = send(signed)
    assert status == 200 and 'data-genuine="true" data-currency="unknown"' in page and "Kepala Dinas" in page
    status, page = send(SHEET)
    assert 'data-genuine="false"' in page and REASONS["no_signature"] in page
    assert send(None)[0] == 422
    assert sorted(path.name for path in (tmp_path / "data").rglob("*") if path.is_file()) == before
    keeper = place.app("officer").test_client()
    sign_in(keeper, Role.GUDANG)
    assert keeper.get("/petugas/periksa").status_code == 403
    place.office.store.close()


def test_a_desk_without_roots_trusts_nobody(counter: Counter, signed: bytes) -> None:
    assert Desk(counter.office).books.check_document(signed).reason == "chain_untrusted"
