"""A packet opens only when every check passes; each failure says which."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.central.personalisation_packet import open_packet
from appliance.faults import DeviceFault, FaultCode
from hw_sim.central.personalisation import CardOrder, canonical, sign_packet
from hw_sim.central.pki import DAY, Authorities, Holder, issue, make_authorities, make_key

NIK, UID, JOB = "9972010107710001", "04A1B2C3D4E5F6", "01934f00-job-1"
NOW = time.time_ns() // 1_000_000
FILES = [
    {"fid": "011E", "sfi": "1E", "data": base64.b64encode(b"first").decode()},
    {"fid": "011D", "sfi": "1D", "data": base64.b64encode(b"last").decode()},
]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    return make_authorities(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def packet(state: Authorities) -> str:
    return signed(state.packet_signer)


def signed(signer: Holder) -> str:
    order = CardOrder(JOB, UID, "KTP-000001", b"")
    return sign_packet(order, NIK, ["right_index", "left_index"], FILES, signer, NOW)


def reason(jws: str, roots: Path, *, nik: str = NIK, uid: str = UID, job: str = JOB, now: int = NOW) -> str:
    with pytest.raises(DeviceFault) as caught:
        open_packet(jws, roots.read_bytes(), nik=nik, uid=bytes.fromhex(uid), job=job, now=now)
    assert caught.value.code is FaultCode.CENTRE_UNTRUSTED
    assert NIK not in str(caught.value)
    return caught.value.detail


def resigned(state: Authorities, packet: str, change: dict[str, object], files: object = FILES) -> str:
    payload = json.loads(base64.urlsafe_b64decode(packet.split(".")[1] + "=="))
    content = canonical({"header": {**payload["header"], **change}, "files": files})
    headers = jwt.get_unverified_header(packet)
    return jwt.api_jws.encode(content, state.packet_signer.key, algorithm="ES256", headers=headers)


def test_a_good_packet_opens(state: Authorities, packet: str) -> None:
    opened = open_packet(packet, state.packet_roots.read_bytes(), nik=NIK, uid=bytes.fromhex(UID), job=JOB, now=NOW)
    assert [(one.fid, one.sfi, one.data) for one in opened.files] == [
        (0x011E, 0x1E, b"first"),
        (0x011D, 0x1D, b"last"),
    ]
    assert opened.header.fingers == ("right_index", "left_index")
    assert opened.header.profile == "ktpsim-1"
    assert len(opened.header.digest) == 32


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"nik": "9972010107710002"}, "wrong_nik"),
        ({"uid": "04A1B2C3D4E5F7"}, "wrong_uid"),
        ({"job": "another-job"}, "wrong_job"),
        ({"now": NOW - 3_600_000}, "not_yet_valid"),
        ({"now": NOW + 40 * 86_400_000}, "expired"),
        ({"now": NOW + 400 * 86_400_000}, "certificate_expired"),
    ],
)
def test_a_packet_for_something_else_is_refused(
    state: Authorities, packet: str, other: dict[str, object], expected: str
) -> None:
    assert reason(packet, state.packet_roots, **other) == expected  # type: ignore[arg-type]


def test_a_changed_payload_or_signature_is_refused(state: Authorities, packet: str) -> None:
    head, body, signature = packet.split(".")
    payload = base64.urlsafe_b64decode(body + "==").replace(b"right_index", b"right_thumb")
    forged = base64.urlsafe_b64encode(payload).rstrip(b"=").decode()
    assert reason(f"{head}.{forged}.{signature}", state.packet_roots) == "signature_wrong"
    turned = ("A" if signature[0] != "A" else "B") + signature[1:]
    assert reason(f"{head}.{body}.{turned}", state.packet_roots) == "signature_wrong"


def test_another_root_is_refused(state: Authorities, packet: str) -> None:
    assert reason(packet, state.chip_roots) == "chain_untrusted"
    assert reason(signed(state.document_signer), state.packet_roots) == "chain_untrusted"


def test_a_root_of_the_same_name_is_refused(packet: str, tmp_path: Path) -> None:
    other = make_authorities(tmp_path)
    assert reason(packet, other.packet_roots) == "chain_untrusted"


def test_an_end_certificate_cannot_issue(state: Authorities) -> None:
    above = state.packet_signer.certificate
    validity = (above.not_valid_before_utc, above.not_valid_after_utc)
    forged = issue("Palsu", make_key(), state.packet_signer, validity=validity)
    assert reason(signed(forged), state.packet_roots) == "chain_untrusted"


def test_an_expired_signer_is_refused(state: Authorities) -> None:
    begun = state.packet_signer.certificate.not_valid_before_utc
    late = issue("Lama", make_key(), state.packet_root, validity=(begun - 9 * DAY, begun - DAY))
    assert reason(signed(late), state.packet_roots) == "certificate_expired"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"version": 2}, "version_unknown"),
        ({"digest": "0" * 64}, "digest_wrong"),
        ({"uid": 4}, "payload_malformed"),
        ({"nik": "12"}, "payload_malformed"),
        ({"fingers": ["nose"]}, "payload_malformed"),
        ({"fingers": [["right_index"]]}, "payload_malformed"),
        ({"fingers": ["right_index", "right_index"]}, "payload_malformed"),
        ({"fingers": ["right_index", "left_index", "left_ring"]}, "payload_malformed"),
        ({"not_before": True}, "payload_malformed"),
        ({"not_after": None}, "payload_malformed"),
    ],
)
def test_a_signed_header_that_is_wrong_is_refused(
    state: Authorities, packet: str, change: dict[str, object], expected: str
) -> None:
    assert reason(resigned(state, packet, change), state.packet_roots) == expected


def test_changed_files_break_the_digest(state: Authorities, packet: str) -> None:
    assert reason(resigned(state, packet, {}, FILES[:1]), state.packet_roots) == "digest_wrong"


def test_an_algorithm_of_the_packets_own_choice_is_refused(state: Authorities, packet: str) -> None:
    head, body, signature = packet.split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    for change in ({"alg": "none"}, {"alg": "HS256"}, {"crit": ["b64"]}, {"typ": "JWT"}):
        other = base64.urlsafe_b64encode(json.dumps({**header, **change}).encode()).rstrip(b"=").decode()
        assert reason(f"{other}.{body}.{signature}", state.packet_roots) == "jws_malformed"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_turned_in_it_only_this_fault_comes(data: st.DataObject) -> None:
    state, packet = _once()
    at = data.draw(st.integers(0, len(packet) - 1))
    sign = data.draw(st.characters(codec="ascii"))
    other = packet[:at] + sign + packet[at + 1 :]
    try:
        opened = open_packet(
            other, state.packet_roots.read_bytes(), nik=NIK, uid=bytes.fromhex(UID), job=JOB, now=NOW
        )
    except DeviceFault as fault:
        assert fault.code is FaultCode.CENTRE_UNTRUSTED
    else:
        # The last sign of a base64url part has spare bits: other text, the same bytes.
        assert opened.files[0].data == b"first"


_MADE: list[tuple[Authorities, str]] = []


def _once() -> tuple[Authorities, str]:
    if not _MADE:
        import tempfile

        state = make_authorities(Path(tempfile.mkdtemp()))
        _MADE.append((state, signed(state.packet_signer)))
    return _MADE[0]
