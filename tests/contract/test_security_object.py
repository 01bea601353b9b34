"""Passive authentication: what openssl accepts we accept, what is wrong we name."""

import contextlib
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import cms
from card_files import Issuer, card_files, issuer, lds, security_object, tlv
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.chip.fields import decode_fields
from appliance.chip.security_object import SecurityObjectError, authenticate
from appliance.chip.tlv import TlvError
from appliance.chip.verifier import check_files, fingers_match

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(scope="module")
def who() -> Issuer:
    return issuer()


@pytest.fixture(scope="module")
def files(who: Issuer) -> dict[str, bytes]:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return card_files(der, who)


def openssl(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *map(str, arguments)], cwd=cwd, capture_output=True, timeout=20)


def data_groups(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if name.startswith("DG")}


def test_openssl_and_we_accept_the_same_security_object(who: Issuer, files: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "sod.der").write_bytes(files["SOD"][4:])
    (tmp_path / "root.pem").write_bytes(who.root_pem)
    verify = ("cms", "-verify", "-inform", "DER", "-in", "sod.der", "-CAfile", "root.pem", "-purpose", "any")
    told = openssl(*verify, "-out", "lds.der", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "lds.der").read_bytes() == lds(data_groups(files))
    security = authenticate(files["SOD"], who.root_pem, NOW)
    assert sorted(security.hashes) == [1, 2, 7, 11, 12, 13, 15]
    assert "Uji Document Signer" in security.signer


def test_a_security_object_by_openssl_with_explicit_curve_parameters_is_accepted(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "x.cnf").write_text("[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n")
    (tmp_path / "lds.der").write_bytes(lds(data_groups(files)))
    for name in ("root", "leaf"):
        explicit = ("-name", "prime256v1", "-param_enc", "explicit")
        assert openssl("ecparam", "-genkey", "-noout", *explicit, "-out", f"{name}.key", cwd=tmp_path).returncode == 0
    request = ("req", "-new", "-subj")
    openssl(*request, "/C=ID/CN=Root", "-key", "root.key", "-out", "root.csr", cwd=tmp_path)
    openssl(*request, "/C=ID/CN=Signer", "-key", "leaf.key", "-out", "leaf.csr", cwd=tmp_path)
    sign = ("x509", "-req", "-days", "30")
    own = ("-signkey", "root.key", "-extfile", "x.cnf", "-extensions", "ca", "-out", "root.pem")
    openssl(*sign, "-in", "root.csr", *own, cwd=tmp_path)
    under = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-out", "leaf.pem")
    openssl(*sign, "-in", "leaf.csr", *under, cwd=tmp_path)
    cms_sign = ("cms", "-sign", "-binary", "-nodetach", "-md", "sha256", "-econtent_type", "2.23.136.1.1.1")
    who = ("-signer", "leaf.pem", "-inkey", "leaf.key", "-in", "lds.der", "-outform", "DER", "-out", "sod.der")
    told = openssl(*cms_sign, *who, cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert b"prime256v1" not in openssl("x509", "-in", "leaf.pem", "-noout", "-text", cwd=tmp_path).stdout
    ef_sod = tlv(0x77, (tmp_path / "sod.der").read_bytes())
    now = datetime.now(UTC)
    security = authenticate(ef_sod, (tmp_path / "root.pem").read_bytes(), now)
    assert security.hashes == authenticate(ef_sod, (tmp_path / "root.pem").read_bytes(), now).hashes
    assert security.signer == "CN=Signer,C=ID"


def refusal(ef_sod: bytes, roots: bytes, now: datetime = NOW) -> str:
    with pytest.raises(SecurityObjectError) as error:
        authenticate(ef_sod, roots, now)
    return error.value.reason


def test_another_root_is_not_trusted(files: dict[str, bytes]) -> None:
    assert refusal(files["SOD"], issuer().root_pem) == "signer-untrusted"


def test_time_outside_the_certificates_is_named(who: Issuer, files: dict[str, bytes]) -> None:
    assert refusal(files["SOD"], who.root_pem, datetime(2025, 12, 31, tzinfo=UTC)) == "signer-expired"
    assert refusal(files["SOD"], who.root_pem, datetime(2040, 1, 1, tzinfo=UTC)) == "signer-expired"


def test_a_document_signer_cannot_sign_certificates(who: Issuer, files: dict[str, bytes]) -> None:
    leaf_as_root = who.leaf.public_bytes(serialization.Encoding.PEM)
    assert refusal(files["SOD"], leaf_as_root) == "signer-untrusted"


def test_a_signature_by_another_key_is_wrong(who: Issuer, files: dict[str, bytes]) -> None:
    forged = security_object(data_groups(files), replace(who, key=ec.generate_private_key(ec.SECP256R1())))
    assert refusal(forged, who.root_pem) == "signature-wrong"


def test_other_content_under_the_old_signature_is_wrong(who: Issuer, files: dict[str, bytes]) -> None:
    info = cms.ContentInfo.load(files["SOD"][4:])
    honest = lds(data_groups(files))
    swapped = lds({**data_groups(files), "DG1": b"other"})
    assert len(honest) == len(swapped)
    forged = tlv(0x77, info.dump().replace(honest, swapped))
    assert refusal(forged, who.root_pem) == "signature-wrong"


def test_every_cut_and_every_flipped_byte_is_refused(who: Issuer, files: dict[str, bytes]) -> None:
    sod = files["SOD"]
    for length in range(0, len(sod), 37):
        assert refusal(sod[:length], who.root_pem) == "security-object-unreadable"
    honest = authenticate(sod, who.root_pem, NOW)
    for position in range(0, len(sod), 7):
        changed = bytearray(sod)
        changed[position] ^= 0x20
        try:
            security = authenticate(bytes(changed), who.root_pem, NOW)
        except SecurityObjectError:
            continue
        # Bytes outside the signature's reach (algorithm repeated, set of certificates) may change, the content not.
        assert security.hashes == honest.hashes and security.algorithm == honest.algorithm


def test_files_are_checked_before_they_are_written(who: Issuer, files: dict[str, bytes]) -> None:
    assert check_files(files, who.root_pem, NOW)[1] == ()
    other = {**files, "DG12": files["DG12"][:-1] + b"5"}
    assert check_files(other, who.root_pem, NOW)[1] == ("hash-wrong:DG12",)
    assert check_files({**files, "FP1": files["FP2"]}, who.root_pem, NOW)[1] == ("hash-wrong:FP1",)
    without = {name: data for name, data in files.items() if name not in ("DG7", "DG11")}
    assert set(check_files(without, who.root_pem, NOW)[1]) == {"missing:DG11", "missing:DG7"}
    fewer = data_groups(files) | {"COM": files["COM"]}
    fewer.pop("DG7")
    unsigned = {**files, "SOD": security_object({k: v for k, v in fewer.items() if k != "COM"}, who)}
    assert check_files(unsigned, who.root_pem, NOW)[1] == ("unlisted:DG7",)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choice=st.data())
def test_damaged_data_groups_are_refused_or_read_never_more(files: dict[str, bytes], choice: st.DataObject) -> None:
    name = choice.draw(st.sampled_from(["DG1", "DG2", "DG7", "DG11", "DG12", "DG13"]))
    damaged = bytearray(files[name])
    for _ in range(choice.draw(st.integers(1, 4))):
        damaged[choice.draw(st.integers(0, min(len(damaged), 200) - 1))] = choice.draw(st.integers(0, 255))
    cut = choice.draw(st.integers(0, len(damaged)))
    for data in (bytes(damaged), bytes(damaged[:cut])):
        with contextlib.suppress(TlvError):
            decode_fields({name: data})


def test_fields_stand_in_words(files: dict[str, bytes]) -> None:
    fields = decode_fields(files)
    assert fields.text["full_name"] == "SITI AMINAH"
    assert fields.text["nik"] == "9901014101850001"
    assert fields.text["full_birth_date"] == "1985-01-01"
    assert fields.text["issue_date"] == "2026-11-24"
    assert fields.text["valid_until"] == "SEUMUR HIDUP"
    assert fields.text["document_number"] == "990000001"
    assert fields.portrait is not None and fields.portrait.startswith(b"\x00\x00\x00\x0cjP")
    assert fields.signature is not None and fields.signature.startswith(b"\x89PNG")
    assert fingers_match(fields, {name: files[name] for name in ("FP1", "FP2")})
    assert not fingers_match(fields, {"FP1": files["FP1"]})
    assert not fingers_match(fields, {"FP1": files["FP2"], "FP2": files["FP1"]})
