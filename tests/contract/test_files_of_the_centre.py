"""What the centre composes is what the appliance can write, verify and show."""

import base64
import io
from pathlib import Path

import pytest
from enrolments import HOUSEHOLD, POSITIONS, card_key, photo, record, resident, signature
from PIL import Image

from appliance.central.personalisation_packet import PacketFile
from appliance.chip.fields import decode_fields
from appliance.chip.plan import make_plan
from appliance.chip.profile import load
from appliance.chip.verifier import check_files, fingers_match, name_files
from appliance.clock import to_datetime, utc_millis
from hw_sim.central.personalisation import CardOrder, Enrolled, compose
from hw_sim.central.pki import make_authorities

NIK, KK = "9972010107710001", "9972012411260001"


@pytest.mark.parametrize(
    ("missing", "signs", "serial"),
    [((), True, "KTP-000001"), (("right_index",), False, "KTP-99000012345"), (POSITIONS[1:], True, "K1")],
)
def test_a_composed_packet_is_sound(tmp_path: Path, missing: tuple[str, ...], signs: bool, serial: str) -> None:
    authorities = make_authorities(tmp_path)
    fingers = {position: record(position) for position in POSITIONS if position not in missing}
    enrolled = Enrolled(NIK, fingers, photo(), signature() if signs else None)
    order = CardOrder("job-1", "04A1B2C3D4E5F6", serial, card_key())
    chosen, rows = compose(order, enrolled, {**resident(), **HOUSEHOLD}, KK, authorities.document_signer)
    packed = [PacketFile(int(row["fid"], 16), int(row["sfi"], 16), base64.b64decode(row["data"])) for row in rows]
    assert make_plan(load("ktpsim-1"), bytes(16), packed).byte_count <= 7600
    files = name_files({item.fid: item.data for item in packed})
    security, reasons = check_files(files, Path(authorities.chip_roots).read_bytes(), to_datetime(utc_millis()))
    assert reasons == () and security is not None
    fields = decode_fields(files)
    assert fields.text["full_name"] == "SUGENG RIYADI" and fields.text["nik"] == NIK
    assert fields.text["document_number"] == serial.replace("-", "")
    assert fields.text["technical_expiry"] == "491231"
    assert fields.portrait is not None
    assert Image.open(io.BytesIO(fields.portrait)).size == (240, 320)
    assert (fields.signature is not None) is signs
    assert fingers_match(fields, {name: files[name] for name in ("FP1", "FP2")[: len(chosen)]})
