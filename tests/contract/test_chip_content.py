"""The composed chip: real formats, checked by programs nobody here wrote, and the 8 KB bound."""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import core
from enrolments import HOUSEHOLD, POSITIONS, card_key, photo, record, resident, signature
from PIL import Image

from appliance.biometrics import cbeff, thumb_mark
from appliance.chip.fields import decode_fields
from appliance.chip.security_object import authenticate
from hw_sim.central import data_groups, finger_templates
from hw_sim.central.personalisation import CAPACITY, CardOrder, Enrolled, compose
from hw_sim.central.pki import Authorities
from hw_sim.fingers import FingerCache
from hw_sim.people import Person

CACHE = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
NIK, KK = "9972010107710001", "9972012411260001"
GROUPS = {"0101": 1, "0102": 2, "0107": 7, "010B": 11, "010C": 12, "010D": 13, "010F": 15}
BIODATA = {**resident(), **HOUSEHOLD}
ORDER = CardOrder("job-00000001", "04A1B2C3D4E5F6", "KTP-000001", card_key())


def files_of(state: Authorities, enrolled: Enrolled) -> tuple[list[str], dict[str, bytes]]:
    fingers, files = compose(ORDER, enrolled, BIODATA, KK, state.document_signer)
    return fingers, {row["fid"]: base64.b64decode(row["data"]) for row in files}


def everything(without: tuple[str, ...] = (), signs: bool = True) -> Enrolled:
    fingers = {position: record(position) for position in POSITIONS if position not in without}
    return Enrolled(NIK, fingers, photo(), signature() if signs else None)


def test_a_thumb_in_place_of_the_signature_fits_and_comes_out_as_it_went_in(state: Authorities) -> None:
    mark = thumb_mark.mark(CACHE.impression(Person("Uji Coba", 9100).finger_seed("right_thumb"), 0))
    _, files = files_of(state, replace(everything(), signature=mark))
    fields = decode_fields({f"DG{number}": files[fid] for fid, number in GROUPS.items()})
    assert fields.signature is not None and fields.portrait is not None
    drawn, sent = (Image.open(io.BytesIO(one)) for one in (fields.signature, mark))
    assert (drawn.size, drawn.mode, drawn.tobytes()) == ((300, 120), "1", sent.tobytes())
    assert sum(map(len, files.values())) <= CAPACITY
    assert len(fields.portrait) > 2_000, "a portrait of less is no portrait"


def test_openssl_accepts_the_security_object(state: Authorities, tmp_path: Path) -> None:
    _, files = files_of(state, everything())
    (tmp_path / "sod.der").write_bytes(files["011D"][4:])
    command = ["openssl", "cms", "-verify", "-inform", "DER", "-in", tmp_path / "sod.der", "-purpose", "any"]
    command += ["-CAfile", state.chip_roots, "-out", tmp_path / "lds.der"]
    subprocess.run(command, check=True, capture_output=True)
    content = core.SequenceOf.load((tmp_path / "lds.der").read_bytes(), spec=core.Any)
    rows = content[2].parse(core.SequenceOf, {"spec": core.SequenceOf})
    rows = [core.SequenceOf.load(row.dump(), spec=core.Any) for row in rows]
    hashed = {row[0].native: row[1].native for row in rows}
    assert hashed == {number: hashlib.sha256(files[fid]).digest() for fid, number in GROUPS.items()}


def test_the_appliance_reads_what_the_centre_composed(state: Authorities) -> None:
    _, files = files_of(state, everything())
    trusted = authenticate(files["011D"], state.chip_roots.read_bytes(), datetime.now(UTC))
    groups = {f"DG{number}": files[fid] for fid, number in GROUPS.items()}
    assert trusted.hashes == {number: hashlib.sha256(files[fid]).digest() for fid, number in GROUPS.items()}
    fields = decode_fields(groups)
    assert fields.text["nik"] == NIK
    assert fields.text["full_name"] == "SUGENG RIYADI"
    assert fields.text["kelurahan"] == "YOSOMULYO"
    assert fields.text["kk_number"] == KK
    assert fields.finger_hashes == {
        name: hashlib.sha256(files[fid]).digest() for name, fid in (("FP1", "0201"), ("FP2", "0202"))
    }
    position, template = cbeff.read(files["0202"])
    assert position.value == "left_index"
    assert len(template.minutiae) == 60


def test_all_files_fit_the_chip_and_the_security_object_comes_last(state: Authorities) -> None:
    fingers, files = files_of(state, everything())
    assert fingers == ["right_index", "left_index"]
    assert list(files)[-1] == "011D"
    assert sum(map(len, files.values())) <= CAPACITY


def test_without_a_signature_there_is_no_data_group_7(state: Authorities) -> None:
    _, files = files_of(state, everything(signs=False))
    assert "0107" not in files
    assert bytes.fromhex("5C0661756B6C6D6F") in files["011E"]


@pytest.mark.parametrize(
    ("missing", "chosen"),
    [
        (("right_index",), ["right_thumb", "left_index"]),
        (("left_index", "left_thumb"), ["right_index", "left_middle"]),
        (tuple(one for one in POSITIONS if one.startswith("left")), ["right_index", "right_thumb"]),
        (tuple(one for one in POSITIONS if one != "left_ring"), ["left_ring"]),
        (POSITIONS, []),
    ],
)
def test_missing_fingers_are_replaced(state: Authorities, missing: tuple[str, ...], chosen: list[str]) -> None:
    fingers, files = files_of(state, everything(missing))
    assert fingers == chosen
    assert [fid for fid in files if fid.startswith("02")] == ["0201", "0202"][: len(chosen)]
    for fid in ("0201", "0202")[: len(chosen)]:
        assert hashlib.sha256(files[fid]).digest() in files["010D"]


def test_the_finger_object_names_its_finger(state: Authorities) -> None:
    _, files = files_of(state, everything(("left_index",)))
    assert bytes.fromhex("820109") in files["0201"]
    assert bytes.fromhex("820106") in files["0202"]


def test_the_compact_form_keeps_the_best_in_order() -> None:
    minutiae = finger_templates.read_record(record("right_index", 90))
    points = finger_templates.compact(minutiae)
    triples = [tuple(points[at : at + 3]) for at in range(0, len(points), 3)]
    assert len(triples) == 60
    assert [(y, x) for x, y, _ in triples] == sorted((y, x) for x, y, _ in triples)
    assert min(x for x, _, _ in triples) == 0 == min(y for _, y, _ in triples)
    assert {how >> 6 for _, _, how in triples} == {1, 2}


def test_the_portrait_is_small_jpeg_2000(state: Authorities) -> None:
    _, files = files_of(state, everything())
    at = files["0102"].index(b"\xff\x4f\xff\x51")
    with Image.open(io.BytesIO(files["0102"][at:])) as picture:
        assert picture.format == "JPEG2000"
        assert picture.size == (240, 320)
    assert len(files["0102"]) - at <= 4096


def test_the_machine_readable_zone_follows_the_icao_example() -> None:
    # The specimen of ICAO Doc 9303-5 appendix B: I<UTOD231458907… / 7408122F1204159UTO<<<<<<<<<<<6.
    assert data_groups.check_digit("D231458907<<<<<<<<<<<<<<<" + "7408122" + "1204159" + "<<<<<<<<<<<") == "6"
    assert data_groups.check_digit("D23145890") == "7"
    assert data_groups.check_digit("740812") == "2"
    assert data_groups.check_digit("120415") == "9"
    zone = data_groups.machine_readable("SUGENG RIYADI", "1971-07-01", 1, "KTP-METRO-000123")
    assert len(zone) == 90
    assert zone[:30] == "I<IDNKTPMETRO0<00123" + data_groups.check_digit("KTPMETRO000123") + "<" * 9
    assert zone[30:37] == "710701" + data_groups.check_digit("710701")
    assert zone[37:45] == "M491231" + data_groups.check_digit("491231")
    assert zone[60:].rstrip("<") == "SUGENG<RIYADI"
