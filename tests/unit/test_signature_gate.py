"""The gate lets one thing pass: our document, signed once, wholly, now, by the right official."""

from __future__ import annotations

import io
import subprocess
import time
from pathlib import Path

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from appliance.central.signature_gate import SignatureFacts, check_signature
from appliance.faults import DeviceFault, FaultCode
from hw_sim.central.esign import sign_pdf
from hw_sim.central.pki import Authorities, Official, make_authorities

HEAD, OTHER, EXPIRED = "9972014107700001", "9972015203720002", "9972011204680003"
SOURCE = b"""#set document(date: datetime(year: 2026, month: 11, day: 24), title: "Kartu")
#set page(width: 100mm, height: 80mm)
= KARTU KELUARGA
#link("https://example.invalid/kk")[SPECIMEN]
"""
NOW = time.time_ns() // 1_000_000
# typst ends without a line feed; a signature appended to that is no PDF/A any more.
ORIGINAL = typst.compile(SOURCE, format="pdf", pdf_standards=["a-2a"]) + b"\n"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    officials = (
        Official(HEAD, "Kepala", "x", key="rsa2048"),
        Official(OTHER, "Plh", "x"),
        Official(EXPIRED, "Lama", "x", certificate="expired"),
    )
    return make_authorities(tmp_path_factory.mktemp("pki"), officials)


@pytest.fixture(scope="module")
def began() -> int:
    """When the signing began: signing times have whole seconds."""
    return time.time_ns() // 1_000_000_000 * 1000


@pytest.fixture(scope="module")
def signed(state: Authorities, began: int) -> bytes:
    return sign_pdf(ORIGINAL, state.officials[HEAD], "KK", "Metro")


def check(
    document: bytes, state: Authorities, *, original: bytes = ORIGINAL, nik: str = HEAD, now: int = NOW
) -> SignatureFacts:
    roots = state.esign_roots.read_bytes()
    return check_signature(document, original=original, official_nik=nik, roots_pem=roots, asked_at=now, now=now)


def reason(document: bytes, state: Authorities, **other: object) -> str:
    with pytest.raises(DeviceFault) as caught:
        check(document, state, **other)  # type: ignore[arg-type]
    assert caught.value.code is FaultCode.ESIGN_UNTRUSTED
    return caught.value.detail


def changed_then_signed(state: Authorities, change: str) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(ORIGINAL))
    page = writer.root["/Pages"]["/Kids"][0]
    if change == "content":
        writer.add_stream_to_page(0, writer.add_object(generic.StreamObject(stream_data=b"0 0 99 99 re f")))
    elif change == "annotation":
        note = {"/Type": "/Annot", "/Subtype": "/FreeText"}
        box = generic.ArrayObject([generic.NumberObject(n) for n in (0, 0, 90, 90)])
        drawn = generic.DictionaryObject({pdf(key): pdf(value) for key, value in note.items()} | {pdf("/Rect"): box})
        page.setdefault(pdf("/Annots"), generic.ArrayObject()).append(writer.add_object(drawn))
        writer.update_container(page)
    else:
        writer.root[pdf("/OpenAction")] = generic.DictionaryObject({pdf("/S"): pdf("/JavaScript")})
        writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    return sign_pdf(out.getvalue(), state.officials[HEAD], "KK", "Metro")


def pdf(name: str) -> generic.NameObject:
    return generic.NameObject(name)


def test_the_right_document_passes(state: Authorities, signed: bytes, began: int) -> None:
    facts = check(signed, state)
    assert facts.official_name == "Kepala"
    assert (facts.field_name, facts.pdfa) == ("TTE_KepalaDinas", "2A")
    assert began <= facts.signed_at <= time.time_ns() // 1_000_000


def test_a_turned_byte_is_found(state: Authorities, signed: bytes) -> None:
    at = signed.rindex(b"/Reason (") + 9
    assert reason(signed[:at] + b"X" + signed[at + 1 :], state) == "digest_mismatch"


def test_another_document_is_found(state: Authorities, signed: bytes) -> None:
    assert reason(signed, state, original=ORIGINAL[:-1] + b" ") == "original_changed"
    assert reason(ORIGINAL, state) == "original_changed"
    assert reason(ORIGINAL + b"% nothing\n", state) == "no_signature"


def test_anything_after_the_signature_is_found(state: Authorities, signed: bytes) -> None:
    assert reason(signed + b"\n% later\n", state) == "bytes_not_covered"
    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    writer.root[pdf("/Lang")] = generic.TextStringObject("en")
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    assert reason(out.getvalue(), state) == "bytes_not_covered"


def test_a_second_signature_is_found(state: Authorities, signed: bytes) -> None:
    twice = sign_pdf(signed, state.officials[OTHER], "KK", "Metro", field="Kedua")
    assert reason(twice, state) == "several_signatures"


@pytest.mark.parametrize("change", ["content", "annotation", "script"])
def test_a_change_hidden_before_the_signature_is_found(state: Authorities, change: str) -> None:
    assert reason(changed_then_signed(state, change), state) == "content_changed"


def test_another_official_is_found(state: Authorities) -> None:
    assert reason(sign_pdf(ORIGINAL, state.officials[OTHER], "KK", "Metro"), state) == "wrong_official"


def test_an_expired_official_is_found(state: Authorities) -> None:
    document = sign_pdf(ORIGINAL, state.officials[EXPIRED], "KK", "Metro")
    assert reason(document, state, nik=EXPIRED) == "chain_untrusted"


def test_another_root_is_found(state: Authorities, signed: bytes, tmp_path: Path) -> None:
    stranger = make_authorities(tmp_path)
    assert reason(signed, stranger) == "chain_untrusted"


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_signature_of_another_time_is_found(state: Authorities, signed: bytes, hours: int) -> None:
    assert reason(signed, state, now=NOW + hours * 3_600_000) == "time_not_sane"


def test_pdfsig_trusts_it_too(state: Authorities, signed: bytes, tmp_path: Path) -> None:
    document, store = tmp_path / "kk.pdf", f"sql:{tmp_path}"
    document.write_bytes(signed)
    subprocess.run(["certutil", "-N", "-d", store, "--empty-password"], check=True, capture_output=True)
    root = ["certutil", "-A", "-d", store, "-n", "root", "-t", "CT,C,C", "-i", state.esign_roots]
    subprocess.run(root, check=True, capture_output=True)
    said = subprocess.run(["pdfsig", "-nssdir", store, document], check=True, capture_output=True, text=True).stdout
    assert "Signature is Valid" in said
    assert "Certificate is Trusted" in said
    assert "Total document signed" in said


@settings(max_examples=60, deadline=None)
@given(at=st.floats(0, 0.9999), value=st.integers(0, 255), cut=st.booleans())
def test_whatever_is_torn_only_this_fault_comes(at: float, value: int, cut: bool) -> None:
    state, signed = _once()
    place = len(ORIGINAL) + int(at * (len(signed) - len(ORIGINAL)))
    torn = signed[:place] if cut else signed[:place] + bytes([value]) + signed[place + 1 :]
    try:
        check(torn, state)
    except DeviceFault as fault:
        assert fault.code is FaultCode.ESIGN_UNTRUSTED
    else:
        # Only the hexadecimal string of the CMS object is outside the signed bytes, and most of it is padding.
        begin = signed.rindex(b"/Contents <")
        assert torn == signed or (not cut and begin < place < signed.index(b">", begin))


_MADE: list[tuple[Authorities, bytes]] = []


def _once() -> tuple[Authorities, bytes]:
    if not _MADE:
        import tempfile

        state = make_authorities(Path(tempfile.mkdtemp()), (Official(HEAD, "Kepala", "x"),))
        _MADE.append((state, sign_pdf(ORIGINAL, state.officials[HEAD], "KK", "Metro")))
    return _MADE[0]
