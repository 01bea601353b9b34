"""Parsers of what the offices outside answer: one row each."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from functools import cache

import jwt
from property.answering import answered, folder, http, nested_answers, web
from property.hostile import Row

from appliance.central import accounts
from appliance.central.centre import HttpCentre
from appliance.central.data_access import DataAccess, read_answer
from appliance.central.esign import BsreV2, SignRequest
from appliance.central.esign_v1 import BsreV1
from appliance.central.http import OfficeClient
from appliance.central.personalisation_packet import open_packet
from appliance.central.siak import HttpSiak
from appliance.central.signature_gate import check_signature, examine
from appliance.central.signed_update import only_signed
from appliance.faults import DeviceFault
from hw_sim.central.esign import sign_pdf
from hw_sim.central.personalisation import CardOrder, canonical, sign_packet
from hw_sim.central.pki import Authorities, Official, make_authorities

NIK, UID, JOB = "9972010107710001", bytes.fromhex("04A1B2C3D4E5F6"), "01934f00-job-1"
NOW = time.time_ns() // 1_000_000
OFFICIAL = "9972014107700001"


@cache
def authorities() -> Authorities:
    return make_authorities(folder() / "pki", (Official(OFFICIAL, "Kepala", "x"),))


@cache
def unsigned_pdf() -> bytes:
    import typst

    return typst.compile(b"= KARTU KELUARGA", format="pdf", pdf_standards=["a-2a"]) + b"\n"


def _office(
    kind: type[HttpSiak] | type[HttpCentre] | type[BsreV2] | type[BsreV1], *names: str
) -> Callable[[object], None]:
    calls: dict[str, Callable[[object], object]] = {
        "register": lambda one: one.register("token", {}, [{"index": 0, "nik": None}]),  # type: ignore[attr-defined]
        "find_registration": lambda one: one.find_registration("token"),  # type: ignore[attr-defined]
        "resident": lambda one: one.resident(NIK),  # type: ignore[attr-defined]
        "names": lambda one: one.search("A B", "1971-07-01", "-"),  # type: ignore[attr-defined]
        "search": lambda one: one.search("token", ()),  # type: ignore[attr-defined]
        "find_enrolment": lambda one: one.find_enrolment("token"),  # type: ignore[attr-defined]
        "personalise": lambda one: one.personalise("token", NIK, UID, b"", "KTP-1"),  # type: ignore[attr-defined]
        "find_card": lambda one: one.find_card("token"),  # type: ignore[attr-defined]
        "status": lambda one: one.status(NIK),  # type: ignore[attr-defined]
        "sign": lambda one: one.sign(SignRequest(b"%PDF-", NIK, "KK", "M"), "x"),  # type: ignore[attr-defined]
    }

    def ask(_: object) -> None:
        office = kind(web().url, None, answer_seconds=2)
        last: DeviceFault | None = None
        for name in names:
            try:
                calls[name](office)
            except DeviceFault as fault:
                assert NIK not in str(fault)
                last = fault
        if last is not None:
            raise last

    return ask


def _answer_of(**said: object) -> Callable[[], tuple[bytes, ...]]:
    return lambda: (http(json.dumps(said).encode()),)


def _packet() -> str:
    rows = [{"fid": "011E", "sfi": "1E", "data": base64.b64encode(b"first").decode()}]
    order = CardOrder(JOB, UID.hex().upper(), "KTP-000001", b"")
    return sign_packet(order, NIK, ["right_index"], rows, authorities().packet_signer, NOW)


def _opened(jws: str) -> None:
    open_packet(jws, authorities().packet_roots.read_bytes(), nik=NIK, uid=UID, job=JOB, now=NOW)


def _packet_content(data: bytes) -> None:
    """A packet with any content, its digest and signature right."""
    import hashlib

    try:
        said = json.loads(data)
        said["header"]["digest"] = hashlib.sha256(canonical(said["files"])).hexdigest()
        content = canonical(said)
    except (ValueError, RecursionError, TypeError, KeyError):
        content = data
    headers = jwt.get_unverified_header(_packet())
    _opened(jwt.api_jws.encode(content, authorities().packet_signer.key, algorithm="ES256", headers=headers))


def _packet_json() -> bytes:
    return base64.urlsafe_b64decode(_packet().split(".")[1] + "==")


def _signed_pdf(data: bytes) -> None:
    original, roots = unsigned_pdf(), authorities().esign_roots.read_bytes()
    asked = {"official_nik": OFFICIAL, "roots_pem": roots, "asked_at": NOW, "now": NOW}
    check_signature(original + data, original=original, **asked)  # type: ignore[arg-type]


def _revision() -> tuple[bytes, ...]:
    signed = sign_pdf(unsigned_pdf(), authorities().officials[OFFICIAL], "KK", "Metro")
    return (signed[len(unsigned_pdf()) :],)


def _looked_up(_: object) -> None:
    """Nothing of an answer ever stands in what is raised."""
    try:
        DataAccess(web().url, accounts.Account("a", "b"), answer_seconds=2).call_nik(NIK)
    except DeviceFault as fault:
        assert NIK not in str(fault)
        raise


def _accounts(data: bytes) -> None:
    path = folder() / "accounts.toml"
    path.write_bytes(data)
    accounts.load_accounts(path)


ROWS = (
    Row(
        "SIAK",
        answered(web(), _office(HttpSiak, "register", "find_registration", "resident", "names")),
        (HttpSiak.register, HttpSiak.find_registration, HttpSiak.resident, HttpSiak.search, OfficeClient.ask),
        _answer_of(
            kk_number="9972010107710009", nik=NIK, residents=[{"index": 0, "nik": NIK}], status="aktif", biodata={}
        ),
        swollen=nested_answers,
        holds=60,
        seconds=1.0,
    ),
    Row(
        "biometric centre",
        answered(web(), _office(HttpCentre, "search", "find_enrolment", "personalise", "find_card")),
        (HttpCentre.search, HttpCentre.find_enrolment, HttpCentre.personalise, HttpCentre.find_card),
        _answer_of(result="hit_inactive", nik=NIK, state="CARD_PRINTED", packet="a.b.c"),
        swollen=nested_answers,
        holds=60,
        seconds=1.0,
    ),
    Row(
        "data service",
        answered(web(), _looked_up),
        (DataAccess.call_nik, read_answer),
        _answer_of(content=[{"NIK": int(NIK), "NAMA_LGKP": "A B", "TGL_LHR": "1971-07-01"}], quotaLimiter="9"),
        swollen=nested_answers,
        holds=60,
        seconds=1.0,
    ),
    Row(
        "e-sign provider",
        answered(web(), _office(BsreV2, "status", "sign")),
        (BsreV2.status, BsreV2.sign),
        _answer_of(status="ISSUE", file=[base64.b64encode(b"%PDF-1.7").decode()]),
        swollen=nested_answers,
        holds=60,
        seconds=1.0,
    ),
    Row(
        "e-sign provider, version 1",
        answered(web(), _office(BsreV1, "status", "sign")),
        (BsreV1.status, BsreV1.sign),
        lambda: (
            http(json.dumps({"status": "ISSUE"}).encode()),
            http(b"%PDF-1.7").replace(b"\r\n\r\n", b"\r\nid_dokumen: 7f3a\r\n\r\n", 1),
        ),
        swollen=nested_answers,
        holds=60,
        seconds=1.0,
    ),
    Row(
        "personalisation packet",
        lambda data: _opened(data.decode("latin-1")),
        (open_packet,),
        lambda: (_packet().encode(),),
        swollen=lambda: (base64.urlsafe_b64encode(b"[" * 60_000).rstrip(b"=") + b".e30.e30",),
    ),
    Row(
        "personalisation packet, signed content",
        _packet_content,
        (open_packet,),
        lambda: (_packet_json(),),
        swollen=lambda: (b"[" * 90_000,),
        holds=60,
        examples=60,
    ),
    Row(
        "signed PDF",
        _signed_pdf,
        (check_signature, only_signed),
        _revision,
        swollen=lambda: (b"1 0 obj\n" + b"[" * 40_000 + b"\nstartxref\n0\n%%EOF\n", b"<<" * 30_000),
        holds=200,
        beside=16 << 20,
        seconds=2.0,
    ),
    Row(
        "signed PDF that somebody brings",
        lambda data: examine(data, roots_pem=authorities().esign_roots.read_bytes(), now=NOW),
        (examine,),
        lambda: (sign_pdf(unsigned_pdf(), authorities().officials[OFFICIAL], "KK", "Metro"), unsigned_pdf()),
        swollen=lambda: (b"1 0 obj\n" + b"[" * 40_000 + b"\nstartxref\n0\n%%EOF\n", b"<<" * 30_000),
        holds=200,
        beside=16 << 20,
        seconds=2.0,
        examples=40,
    ),
    Row(
        "accounts at the offices",
        _accounts,
        (accounts.load_accounts,),
        lambda: (b'[siak]\naccount = "a"\nsecret = "b"\n',),
        (accounts.CredentialsError,),
        lambda: (b"a = " + b"[" * 40_000,),
        holds=100,
        beside=2 << 20,
    ),
)
