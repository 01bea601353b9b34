"""The e-sign service over HTTP: it signs for real, and nobody can ask it what it signed."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import typst

from appliance.central.accounts import Account, CredentialsError, load_accounts
from appliance.central.esign import MAY_SIGN, BsreV2, SignRequest
from appliance.central.signature_gate import check_signature
from appliance.faults import DeviceFault, FaultCode
from hw_sim.central.offices import HEAD_NIK, OFFICIALS, CentralOffices
from hw_sim.central.wire import Trouble
from hw_sim.world import World

SOURCE = b'#set document(date: datetime(year: 2026, month: 11, day: 24), title: "KK")\n= SPECIMEN'
PASSPHRASE = OFFICIALS[0].passphrase
REQUEST = SignRequest(
    typst.compile(SOURCE, format="pdf", pdf_standards=["a-2a"]) + b"\n", HEAD_NIK, "Kartu Keluarga", "Metro"
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentralOffices]:
    offices = CentralOffices(World(0.0), tmp_path_factory.mktemp("offices"))
    offices.open()
    yield offices
    offices.close()


@pytest.fixture
def offices(house: CentralOffices) -> CentralOffices:
    house.troubles.clear()
    house.esign.signed.clear()
    house.esign.set_status(HEAD_NIK, "ISSUE")
    house.open()
    return house


@pytest.fixture
def signer(offices: CentralOffices) -> BsreV2:
    return BsreV2(offices.server.url("esign"), load_accounts(offices.credentials)["esign"], answer_seconds=5)


def fault(signer: BsreV2, request: SignRequest = REQUEST, passphrase: str = PASSPHRASE) -> DeviceFault:
    with pytest.raises(DeviceFault) as caught:
        signer.sign(request, passphrase)
    assert passphrase not in str(caught.value)
    return caught.value


def test_a_signed_document_passes_the_gate(signer: BsreV2, offices: CentralOffices) -> None:
    assert signer.status(HEAD_NIK) == MAY_SIGN
    asked = time.time_ns() // 1_000_000
    signed = signer.sign(REQUEST, PASSPHRASE)
    facts = check_signature(
        signed.document,
        original=REQUEST.document,
        official_nik=HEAD_NIK,
        roots_pem=offices.authorities.esign_roots.read_bytes(),
        asked_at=asked,
        now=time.time_ns() // 1_000_000,
    )
    assert facts.sha256 == signed.sha256
    assert len(offices.esign.signed) == 1


def test_a_wrong_passphrase_is_said(signer: BsreV2, offices: CentralOffices) -> None:
    assert fault(signer, passphrase="bukan-ini").code is FaultCode.ESIGN_AUTH_FAILED
    assert offices.esign.signed == []


def test_a_stranger_cannot_sign(signer: BsreV2) -> None:
    stranger = "9972019999999999"
    assert signer.status(stranger) == "NOT_REGISTERED"
    other = SignRequest(REQUEST.document, stranger, "KK", "Metro")
    assert fault(signer, other).code is FaultCode.ESIGN_NOT_READY


def test_a_suspended_user_cannot_sign(signer: BsreV2, offices: CentralOffices) -> None:
    offices.esign.set_status(HEAD_NIK, "SUSPEND")
    assert signer.status(HEAD_NIK) == "SUSPEND"
    assert fault(signer).code is FaultCode.ESIGN_REJECTED


@pytest.mark.parametrize("document", [b"no PDF", b"%PDF-1.7\nbroken\n"])
def test_what_is_no_pdf_is_rejected(signer: BsreV2, document: bytes) -> None:
    assert fault(signer, SignRequest(document, HEAD_NIK, "KK", "Metro")).code is FaultCode.ESIGN_REJECTED


@pytest.mark.parametrize("answer", ["none", "garbage", "status"])
def test_after_a_lost_answer_nobody_knows(signer: BsreV2, offices: CentralOffices, answer: str) -> None:
    offices.troubles.cause("esign", "sign", Trouble("done", answer=answer))  # type: ignore[arg-type]
    assert fault(signer).code is FaultCode.ESIGN_UNKNOWN
    assert len(offices.esign.signed) == 1


def test_what_was_never_sent_may_be_sent_again(signer: BsreV2, offices: CentralOffices) -> None:
    offices.close()
    assert fault(signer).code is FaultCode.ESIGN_UNREACHABLE
    assert offices.esign.signed == []


def test_a_wrong_application_account_is_not_a_wrong_passphrase(offices: CentralOffices) -> None:
    signer = BsreV2(offices.server.url("esign"), Account("siaga-simulasi", "salah"))
    assert fault(signer).code is FaultCode.ESIGN_NOT_READY
    with pytest.raises(DeviceFault) as caught:
        signer.status(HEAD_NIK)
    assert caught.value.code is FaultCode.ESIGN_NOT_READY


def test_credentials_name_each_mistake_and_no_secret(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("credentials") / "credentials.toml"
    path.write_text('[siak]\naccount = "a:b"\nsecret = "rahasia"\n[bank]\n[esign]\nsecret = "rahasia"\n')
    with pytest.raises(CredentialsError) as caught:
        load_accounts(path)
    assert "siak: " in str(caught.value)
    assert "bank: not an office" in str(caught.value)
    assert "esign: " in str(caught.value)
    assert "rahasia" not in str(caught.value)
