"""The code on a family card: what it says, who vouches for it, and that nothing of it can be changed."""

from __future__ import annotations

import subprocess
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_keys import OFFICE, Sealer, sealer

from appliance.casework import base45
from appliance.casework.family_card_code import (
    FamilyCardCode,
    SealBody,
    family_card_code,
    family_card_link,
    pack,
    sealed_link,
    unpack,
)
from appliance.central.paper_seal import Judged, KnownOffices, PaperKey, SealState, key_id

NUMBER, AT = "9972011011260003", 1_795_512_000_000
DAY = date(2026, 11, 24)
SECOND = f"{AT // 1000:X}"
RECORD = bytes(range(16))
BODY = SealBody(b"key-id-8", NUMBER, DAY, RECORD)


@cache
def office() -> Sealer:
    return sealer(OFFICE)


def sealed(by: Sealer, number: str = NUMBER, on: date = DAY) -> str:
    return sealed_link(SealBody(by.key.key_id, number, on, RECORD), AT, by.key.sign)


@cache
def offices(known: tuple[Sealer, ...]) -> KnownOffices:
    return KnownOffices.from_pem(b"".join(one.certificate for one in known))


def judged(text: str, *known: Sealer) -> Judged | None:
    code = family_card_code(text)
    return None if code is None else offices(known).judge(code)


def test_a_code_without_a_seal_is_read_in_both_spellings() -> None:
    link = family_card_link(NUMBER, AT)
    assert link == f"SIAGA-KK:{NUMBER}:{SECOND}" == f"SIAGA-KK:{NUMBER}:6B0556C0"
    for text in (link, f"SIAGA-KK:{NUMBER}:{SECOND.lower()}", f" {link}\r\n"):
        assert family_card_code(text) == FamilyCardCode(NUMBER, AT // 1000)
        assert judged(text, office()) == Judged(SealState.NONE)


@pytest.mark.parametrize(
    "text",
    ["", "SIAGA:SG-4K7M-27", f"SIAGA-KK:{NUMBER}", f"SIAGA-KK:{NUMBER}:", f"siaga-kk:{NUMBER}:{SECOND}",
     f"SIAGA-KK:{NUMBER}:{SECOND}:", "SIAGA-KK:٩٩٧٢٠١١٠١١٢٦٠٠٠٣:1", f"SIAGA-KK:{NUMBER}:{'1' * 13}"],
)  # fmt: skip
def test_what_no_program_of_ours_prints_is_no_code(text: str) -> None:
    assert family_card_code(text) is None


def test_a_sealed_code_says_who_vouches_for_it() -> None:
    text = sealed(office())
    assert len(text) == 187 and text.startswith(f"{family_card_link(NUMBER, AT)}:")
    assert set(text) <= set(base45.ALPHABET), "a QR code's alphanumeric mode"
    code = family_card_code(text)
    assert code is not None and code.seal is not None
    assert (code.kk_number, code.second) == (NUMBER, AT // 1000)
    assert code.seal.body == SealBody(office().key.key_id, NUMBER, DAY, RECORD)
    assert judged(text, sealer("Kantor lain"), office()) == Judged(SealState.GOOD, OFFICE)
    assert NUMBER not in repr(code) and RECORD.hex() not in repr(code)


def test_a_seal_is_the_same_each_time_it_is_made() -> None:
    assert sealed(office()) == sealed(office())


def test_no_single_bit_of_a_sealed_code_can_be_changed() -> None:
    text = sealed(office())
    for at in range(len(text)):
        for bit in range(7):
            changed = text[:at] + chr(ord(text[at]) ^ 1 << bit) + text[at + 1 :]
            assert (found := judged(changed, office())) is None or found.state is not SealState.GOOD, (at, bit)


def test_no_single_bit_of_body_and_signature_can_be_changed() -> None:
    head, seal = sealed(office())[:35], base45.decode(sealed(office())[35:])
    assert head.endswith(":") and len(seal) == 101
    states = {}
    for at in range(len(seal) * 8):
        changed = bytearray(seal)
        changed[at // 8] ^= 1 << at % 8
        found = judged(head + base45.encode(bytes(changed)), office())
        states[at // 8] = None if found is None else found.state
    assert SealState.GOOD not in states.values()
    assert {states[at] for at in range(1, 9)} == {SealState.UNKNOWN_KEY}, "another key's id"
    assert {states[at] for at in range(10, 18)} <= {SealState.BROKEN, None}, "another number"
    assert {states[at] for at in range(18, 21)} <= {SealState.BROKEN, None}, "another day, or none"
    assert {states[at] for at in range(21, 101)} == {SealState.BROKEN}, "another record, another signature"
    assert states[0] is states[9] is None, "another version, another type"


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t[:-3], lambda t: t + "0", lambda t: t + "000",
                                    lambda t: t[:40], lambda t: t.replace(":6B", ":06B", 1), str.lower])  # fmt: skip
def test_a_cut_lengthened_or_respelt_code_is_none(change: object) -> None:
    assert family_card_code(change(sealed(office()))) is None  # type: ignore[operator]


def test_another_number_before_the_seal_is_told_whoever_made_it() -> None:
    text = sealed(office()).replace(NUMBER, "9972011011260004")
    assert judged(text) == judged(text, office()) == Judged(SealState.BROKEN)


def test_another_second_breaks_the_seal() -> None:
    assert judged(sealed(office()).replace(f":{SECOND}:", f":{AT // 1000 + 1:X}:"), office()) == Judged(
        SealState.BROKEN
    )


def test_a_seal_moved_to_another_card_is_broken() -> None:
    other = sealed(office(), "9972011011260004")
    assert judged(sealed(office())[:35] + other[35:], office()) == Judged(SealState.BROKEN)


def test_a_signature_of_another_key_under_our_id_is_broken() -> None:
    body = SealBody(office().key.key_id, NUMBER, DAY, RECORD)
    forged = sealed_link(body, AT, sealer("Pemalsu").key.sign)
    assert judged(forged, office()) == Judged(SealState.BROKEN)
    for numbers in (bytes(64), b"\xff" * 64):
        assert judged(sealed_link(body, AT, lambda _, made=numbers: made), office()) == Judged(SealState.BROKEN)


def test_several_keys_are_known_and_one_that_was_removed_is_not() -> None:
    old, new = office(), sealer(OFFICE)
    for one in (old, new):
        assert judged(sealed(one), old, new) == Judged(SealState.GOOD, OFFICE)
    assert judged(sealed(old), new) == judged(sealed(old)) == Judged(SealState.UNKNOWN_KEY)


def test_a_key_is_known_for_the_days_of_its_certificate() -> None:
    one = sealer(OFFICE, first=date(2026, 1, 1), last=date(2026, 12, 31))
    for on, state in (
        (date(2025, 12, 31), SealState.UNKNOWN_KEY),
        (date(2026, 1, 1), SealState.GOOD),
        (date(2026, 12, 31), SealState.GOOD),
        (date(2027, 1, 1), SealState.UNKNOWN_KEY),
    ):
        assert judged(sealed(one, on=on), one).state is state  # type: ignore[union-attr]
    renewed = Sealer(one.key, one.certified("Nama baru", date(2027, 1, 1), date(2036, 12, 31)))
    assert judged(sealed(one, on=date(2027, 5, 1)), one, renewed) == Judged(SealState.GOOD, "Nama baru")
    assert judged(sealed(one), renewed, one) == Judged(SealState.GOOD, OFFICE)


def test_openssl_says_the_same_of_the_signature_and_the_key(tmp_path: Path) -> None:
    code = family_card_code(sealed(office()))
    assert code is not None and code.seal is not None
    half = [int.from_bytes(code.seal.signature[at : at + 32]) for at in (0, 32)]
    (tmp_path / "signature").write_bytes(encode_dss_signature(*half))
    (tmp_path / "office.pem").write_bytes(office().certificate)

    def openssl(*words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["openssl", *words], capture_output=True, check=False, cwd=tmp_path)

    public = openssl("x509", "-in", "office.pem", "-noout", "-pubkey").stdout
    (tmp_path / "public.pem").write_bytes(public)
    spki = openssl("pkey", "-pubin", "-in", "public.pem", "-outform", "DER").stdout
    (tmp_path / "spki").write_bytes(spki)
    digest = openssl("dgst", "-sha256", "-r", "spki").stdout.split()[0].decode()
    assert digest[:16] == code.seal.body.key_id.hex()
    check = ("dgst", "-sha256", "-verify", "public.pem", "-signature", "signature", "signed")
    (tmp_path / "signed").write_bytes(code.seal.signed)
    assert openssl(*check).stdout.strip() == b"Verified OK"
    assert code.seal.signed == family_card_link(NUMBER, AT).encode() + b":" + pack(code.seal.body)
    (tmp_path / "signed").write_bytes(code.seal.signed.replace(SECOND.encode(), f"{AT // 1000 + 1:X}".encode()))
    assert openssl(*check).returncode != 0


def test_a_key_that_openssl_made_seals(tmp_path: Path) -> None:
    """The commands of the guide."""
    made = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "key.pem"]
    subprocess.run(made, check=True, capture_output=True, cwd=tmp_path)
    named = ["openssl", "req", "-x509", "-new", "-key", "key.pem", "-days", "3650", "-subj", f"/CN={OFFICE}"]
    subprocess.run([*named, "-out", "office.pem"], check=True, capture_output=True, cwd=tmp_path)
    key = PaperKey.from_pem((tmp_path / "key.pem").read_bytes())
    known = KnownOffices.from_pem((tmp_path / "office.pem").read_bytes())
    assert known.names(key.key_id) == (OFFICE,)
    on = date.today() + timedelta(1)
    code = family_card_code(sealed_link(SealBody(key.key_id, NUMBER, on, RECORD), AT, key.sign))
    assert code is not None and known.judge(code) == Judged(SealState.GOOD, OFFICE)


def test_a_body_is_thirty_seven_bytes_of_this_shape() -> None:
    packed = pack(BODY)
    assert packed.hex() == "01" + b"key-id-8".hex() + "01" + NUMBER + "00512d" + RECORD.hex()
    assert unpack(packed) == BODY


@pytest.mark.parametrize("at", [0, 9])
def test_another_version_or_type_is_not_read(at: int) -> None:
    packed = pack(BODY)
    for value in (0, 2, 255):
        with pytest.raises(ValueError, match="not known here"):
            unpack(packed[:at] + bytes([value]) + packed[at + 1 :])


@pytest.mark.parametrize(
    "data",
    [b"", pack(BODY)[:-1], pack(BODY) + b"\0", pack(BODY)[:10] + b"\x9a" + pack(BODY)[11:],
     pack(BODY)[:18] + b"\xff\xff\xff" + pack(BODY)[21:]],
)  # fmt: skip
def test_bytes_that_are_no_body_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"body has|no number|no day"):
        unpack(data)


@pytest.mark.parametrize(
    "body",
    [SealBody(b"short", NUMBER, DAY, RECORD), SealBody(b"key-id-8", "123", DAY, RECORD),
     SealBody(b"key-id-8", "997201101126000A", DAY, RECORD),
     SealBody(b"key-id-8", NUMBER, date(1969, 12, 31), RECORD),
     SealBody(b"key-id-8", NUMBER, DAY, b"")],
)  # fmt: skip
def test_values_that_no_body_holds_are_refused(body: SealBody) -> None:
    with pytest.raises(ValueError, match=r"16 digits|none that a body holds"):
        pack(body)


@settings(max_examples=60, deadline=None)
@given(
    st.binary(min_size=8, max_size=8),
    st.text("0123456789", min_size=16, max_size=16),
    st.dates(date(1970, 1, 1)),
    st.binary(min_size=16, max_size=16),
    st.integers(1, 16**12 - 1),
)
def test_what_was_sealed_is_read(key: bytes, number: str, on: date, record: bytes, second: int) -> None:
    body = SealBody(key, number, on, record)
    assert unpack(pack(body)) == body
    code = family_card_code(sealed_link(body, second * 1000, lambda _: bytes(range(64))))
    assert code is not None and code.seal is not None
    assert (code.kk_number, code.second, code.seal.body, code.seal.signature) == (
        number, second, body, bytes(range(64)),
    )  # fmt: skip


def pem_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, passphrase: bytes = b"") -> bytes:
    how = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


def test_files_that_are_no_key_and_no_office_are_refused_in_words() -> None:
    p256, p384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
    for pem, why in (
        (b"", "no private key"),
        (office().certificate, "no private key"),
        (pem_of(p256, b"geheim"), "under a passphrase"),
        (pem_of(p384), "not a key of the curve P-256"),
        (pem_of(rsa.generate_private_key(65537, 2048)), "not a key of the curve P-256"),
    ):
        with pytest.raises(ValueError, match=why):
            PaperKey.from_pem(pem)
    assert PaperKey.from_pem(pem_of(p256)).key_id == key_id(p256.public_key())
    for pem, why in (
        (b"x", "no certificates"),
        (pem_of(p256), "no certificates"),
        (office().certificate + sealer("P-384", curve=ec.SECP384R1()).certificate, "certificate 2: not a key"),
        (sealer("").certificate, "certificate 1: its subject names no office"),
    ):
        with pytest.raises(ValueError, match=why):
            KnownOffices.from_pem(pem)
    assert KnownOffices.from_pem(b"\n").names(office().key.key_id) == ()
