"""Every e-sign provider keeps the same promises; what it signs is judged by the gate and by two strangers."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typst

from appliance.app.signers import signer_of
from appliance.central.accounts import load_accounts
from appliance.central.esign import MAY_SIGN, Signer, SignRequest
from appliance.central.signature_gate import check_signature
from appliance.config import Central
from appliance.faults import DeviceFault, FaultCode
from hw_sim.central.offices import HEAD_NIK, OFFICIALS, CentralOffices
from hw_sim.central.wire import Trouble
from hw_sim.key_token import KeyToken
from hw_sim.world import World

SOURCE = b'#set document(date: datetime(year: 2026, month: 11, day: 24), title: "KK")\n= SPECIMEN'
DOCUMENT = typst.compile(SOURCE, format="pdf", pdf_standards=["a-2a"]) + b"\n"
ON_CURVE, EXPIRED, PIN = OFFICIALS[1].nik, OFFICIALS[2].nik, "135790"
PROVIDERS = ("bsre_v1", "bsre_v2", "pkcs11")


@dataclass
class Provider:
    """One provider, the secret of each official there, and how its line is cut before anything is asked."""

    signer: Signer
    secrets: dict[str, str]
    cut_off: Callable[[], Signer]
    offices: CentralOffices


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentralOffices]:
    offices = CentralOffices(World(0.0), tmp_path_factory.mktemp("offices"))
    offices.open()
    yield offices
    offices.close()


@pytest.fixture(scope="module")
def token(house: CentralOffices, tmp_path_factory: pytest.TempPathFactory) -> KeyToken:
    token = KeyToken(tmp_path_factory.mktemp("softhsm"), PIN)
    for nik in (HEAD_NIK, ON_CURVE, EXPIRED):
        holder = house.authorities.officials[nik]
        token.take_official(holder.key, (holder.certificate, *holder.chain))
    return token


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest, house: CentralOffices, token: KeyToken) -> Provider:
    house.troubles.clear()
    house.esign.signed.clear()
    house.open()
    if request.param == "pkcs11":
        signer = signer_of(Central(None, None, token.uri, None), None)
        gone = signer_of(Central(None, None, "pkcs11:token=NOBODY?module-path=" + token.module, None), None)
        assert signer is not None and gone is not None
        return Provider(signer, dict.fromkeys((HEAD_NIK, ON_CURVE), PIN), lambda: gone, house)
    url = house.server.url("esign")
    central = Central(None, None, url, None, request.param.removeprefix("bsre_"))
    signer = signer_of(central, load_accounts(house.credentials)["esign"])
    assert signer is not None

    def cut_off() -> Signer:
        house.close()
        return signer

    return Provider(signer, {one.nik: one.passphrase for one in OFFICIALS}, cut_off, house)


def wish(nik: str = HEAD_NIK, document: bytes = DOCUMENT) -> SignRequest:
    return SignRequest(document, nik, "Penerbitan Kartu Keluarga", "Metro")


def fault(signer: Signer, request: SignRequest, secret: str) -> FaultCode:
    with pytest.raises(DeviceFault) as caught:
        signer.sign(request, secret)
    assert secret not in str(caught.value) and request.official_nik not in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("nik", [HEAD_NIK, ON_CURVE], ids=["rsa", "curve"])
def test_what_it_signs_passes_the_gate_and_two_strangers(provider: Provider, nik: str, tmp_path: Path) -> None:
    assert provider.signer.status(nik) == MAY_SIGN
    now = time.time_ns() // 1_000_000
    signed = provider.signer.sign(wish(nik), provider.secrets[nik])
    roots = provider.offices.authorities.esign_roots
    facts = check_signature(
        signed.document,
        original=DOCUMENT,
        official_nik=nik,
        roots_pem=roots.read_bytes(),
        asked_at=now,
        now=now,
    )
    assert facts.sha256 == signed.sha256
    paper, store = tmp_path / "kk.pdf", f"sql:{tmp_path}"
    paper.write_bytes(signed.document)
    tool("certutil", "-N", "-d", store, "--empty-password")
    tool("certutil", "-A", "-d", store, "-n", "root", "-t", "CT,C,C", "-i", str(roots))
    said = tool("pdfsig", "-nssdir", store, str(paper))
    for sentence in ("Signature is Valid", "Certificate is Trusted", "Total document signed"):
        assert sentence in said
    assert "Verification successful" in by_openssl(signed.document, roots, tmp_path)


def tool(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30)
    return done.stdout + done.stderr


def by_openssl(document: bytes, roots: Path, folder: Path) -> str:
    """OpenSSL over the two ranges that the signature names (ISO 32000-1 §12.8.1)."""
    at = document.rindex(b"/ByteRange")
    numbers = document[document.index(b"[", at) + 1 : document.index(b"]", at)].split()
    first, size, second, rest = map(int, numbers)
    content, cms = folder / "content", folder / "cms.der"
    content.write_bytes(document[first : first + size] + document[second : second + rest])
    der = bytes.fromhex(document[size:second].strip(b"<>").decode())
    cms.write_bytes(der[: 4 + int.from_bytes(der[2:4], "big")])
    return tool(
        "openssl", "cms", "-verify", "-cades", "-inform", "DER", "-in", str(cms), "-content", str(content),
        "-binary", "-CAfile", str(roots), "-purpose", "any", "-out", str(folder / "out"),
    )  # fmt: skip


def test_a_wrong_secret_is_said_and_not_tried_again(provider: Provider) -> None:
    assert fault(provider.signer, wish(), "bukan-ini") is FaultCode.ESIGN_AUTH_FAILED
    assert provider.offices.esign.signed == []


def test_a_stranger_cannot_sign(provider: Provider) -> None:
    stranger = "9972019999999999"
    assert provider.signer.status(stranger) == "NOT_REGISTERED"
    assert fault(provider.signer, wish(stranger), "apa-saja") is FaultCode.ESIGN_NOT_READY


def test_one_whose_certificate_has_run_out_may_not_start(provider: Provider) -> None:
    assert provider.signer.status(EXPIRED) == "EXPIRED"


@pytest.mark.parametrize("document", [b"no PDF", b"%PDF-1.7\nbroken\n"])
def test_what_is_no_pdf_is_rejected(provider: Provider, document: bytes) -> None:
    code = fault(provider.signer, wish(document=document), provider.secrets[HEAD_NIK])
    assert code is FaultCode.ESIGN_REJECTED


def test_what_was_never_asked_may_be_asked_again(provider: Provider) -> None:
    code = fault(provider.cut_off(), wish(), provider.secrets[HEAD_NIK])
    assert code is FaultCode.ESIGN_UNREACHABLE
    assert provider.offices.esign.signed == []


@pytest.mark.parametrize("answer", ["none", "garbage", "status"])
@pytest.mark.parametrize("provider", ["bsre_v1", "bsre_v2"], indirect=True)
def test_after_a_lost_answer_nobody_knows(provider: Provider, answer: str) -> None:
    provider.offices.troubles.cause("esign", "sign", Trouble("done", answer=answer))  # type: ignore[arg-type]
    assert fault(provider.signer, wish(), provider.secrets[HEAD_NIK]) is FaultCode.ESIGN_UNKNOWN
    assert len(provider.offices.esign.signed) == 1


@pytest.mark.parametrize("provider", ["bsre_v1"], indirect=True)
def test_a_document_cut_in_its_middle_is_fetched_by_its_number_not_signed_again(provider: Provider) -> None:
    provider.offices.troubles.cause("esign", "sign", Trouble("done", answer="cut"))
    signed = provider.signer.sign(wish(), provider.secrets[HEAD_NIK])
    assert signed.document.startswith(DOCUMENT) and signed.document.rstrip().endswith(b"%%EOF")
    assert len(provider.offices.esign.signed) == 1


@pytest.mark.parametrize("provider", ["bsre_v1"], indirect=True)
def test_a_document_that_is_given_no_more_is_a_question(provider: Provider) -> None:
    provider.offices.troubles.cause("esign", "sign", Trouble("done", answer="cut"))
    provider.offices.troubles.cause("esign", "download", Trouble("received", answer="none"))
    assert fault(provider.signer, wish(), provider.secrets[HEAD_NIK]) is FaultCode.ESIGN_UNKNOWN
    assert len(provider.offices.esign.signed) == 1


@pytest.mark.parametrize("provider", ["pkcs11"], indirect=True)
def test_a_module_that_is_none_is_unreachable(provider: Provider, tmp_path: Path) -> None:
    nothing = tmp_path / "module.so"
    nothing.write_bytes(b"no module")
    signer = signer_of(Central(None, None, f"pkcs11:token=SIAGA?module-path={nothing}", None), None)
    assert signer is not None
    with pytest.raises(DeviceFault) as caught:
        signer.status(HEAD_NIK)
    assert caught.value.code is FaultCode.ESIGN_UNREACHABLE
