"""`siaga finger` and `siaga portrait` on files: good ones, poor ones, and hostile ones that are named at once."""

from __future__ import annotations

import io
import json
import struct
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from appliance.__main__ import main
from appliance.biometrics import fmr
from hw_sim.faces import draw
from hw_sim.fingers import POSITIONS, FingerCache, png
from hw_sim.people import Person
from hw_sim.slaps import slap as composed

GOOD, WRONG, USAGE, MISSING = 0, 1, 2, 3
CACHE = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
SEED = Person("Uji Coba", 9001).finger_seed("right_index")
Ask = Callable[..., tuple[int, dict[str, object]]]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    (tmp_path / "key").write_text("5a" * 32)
    config = tmp_path / "siaga.toml"
    names = ("name", "city", "province", "region", "head_name", "head_nip", "head_nik")
    office = "\n".join(f'{name} = "x"' for name in names)
    config.write_text(
        f'data_dir = "{tmp_path}/data"\nkey_file = "{tmp_path}/key"\n'
        f'[listen]\nofficer = "127.0.0.1:8082"\n[office]\n{office}\n'
    )

    def asked(*words: object) -> tuple[int, dict[str, object]]:
        monkeypatch.setattr(sys, "argv", ["siaga", *map(str, words), "--json", "--config", str(config)])
        capsys.readouterr()
        code = main()
        said = capsys.readouterr()
        assert said.err == ""
        return code, json.loads(said.out)

    return asked


@pytest.fixture
def finger(tmp_path: Path) -> Callable[..., Path]:
    """A file with an impression: which finger, which take of it."""

    def made(which: int, take: int, condition: str = "normal", folder: str = ".") -> Path:
        path = tmp_path / folder / f"{condition}-{which}-{take}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(CACHE.impression(SEED + which, take, condition))  # type: ignore[arg-type]
        return path

    return made


def test_a_finger_and_its_record(ask: Ask, finger: Callable[..., Path], tmp_path: Path) -> None:
    picture, record = finger(0, 0), tmp_path / "out.fmr"
    code, facts = ask("finger", "extract", picture, "--out", record)
    assert code == GOOD
    kept = fmr.read(record.read_bytes())
    assert (facts["minutiae"], facts["quality"]) == (len(kept.template.minutiae), kept.quality)
    assert (facts["width"], facts["height"], facts["card_bytes"]) == (400, 480, 180)
    assert "score" not in facts
    assert ask("finger", "match", picture, record)[1]["verdict"] == "accept"


def test_the_worst_quality_is_the_answer(ask: Ask, finger: Callable[..., Path], tmp_path: Path) -> None:
    good, bad, blank = finger(0, 0), finger(0, 0, "bad"), finger(0, 0, "blank")
    code, facts = ask("finger", "quality", good)
    assert (code, facts["fingers"][0]["good_enough"]) == (GOOD, True)  # type: ignore[index]
    assert ask("finger", "quality", good, bad)[0] == WRONG
    code, facts = ask("finger", "quality", good, blank, tmp_path / "none.png")
    assert code == USAGE
    assert [row.get("error") for row in facts["fingers"]] == [  # type: ignore[attr-defined]
        None,
        f"{blank}: shows no finger (no ridges found)",
        f"{tmp_path / 'none.png'}: No such file or directory",
    ]


def test_same_and_other_finger(ask: Ask, finger: Callable[..., Path]) -> None:
    code, facts = ask("finger", "match", finger(0, 0), finger(0, 1))
    assert (code, facts["verdict"]) == (GOOD, "accept")
    assert facts["score"] > 55  # type: ignore[operator]
    code, facts = ask("finger", "match", finger(0, 0), finger(1, 1))
    assert code == WRONG
    assert facts["score"] < 40  # type: ignore[operator]


def test_a_folder_is_searched(ask: Ask, finger: Callable[..., Path], tmp_path: Path) -> None:
    for which in range(4):
        finger(which, 0, folder="set")
    (tmp_path / "set" / "cut.png").write_bytes(CACHE.impression(SEED, 0)[:-300])
    (tmp_path / "set" / "notes.txt").write_text("not looked at")
    code, facts = ask("finger", "search", finger(2, 1), tmp_path / "set")
    assert (code, facts["compared"]) == (GOOD, 4)
    first = facts["found"][0]  # type: ignore[index]
    assert (first["file"], first["alike"]) == ("normal-2-0.png", True)
    why = f"{tmp_path / 'set' / 'cut.png'}: the PNG is cut off"
    assert facts["passed_over"] == [{"file": "cut.png", "why": why}]
    (tmp_path / "set" / "normal-2-0.png").unlink()
    code, facts = ask("finger", "search", finger(2, 1), tmp_path / "set")
    assert (code, [one["alike"] for one in facts["found"]]) == (MISSING, [False] * 3)  # type: ignore[attr-defined]
    assert ask("finger", "search", finger(2, 1), tmp_path / "no") == (
        USAGE,
        {"error": f"{tmp_path / 'no'}: no folder"},
    )


def test_a_slap_is_cut_into_files_that_match(ask: Ask, finger: Callable[..., Path], tmp_path: Path) -> None:
    slap = tmp_path / "slap.png"
    prints = [np.asarray(Image.open(finger(which, 0))) for which in range(3)]
    slap.write_bytes(png(composed(prints, turn=10.0)))
    out = tmp_path / "cut"
    code, facts = ask("finger", "cut", slap, "right", "--out", out, "--without", "right_little")
    assert (code, facts["fingers"]) == (GOOD, ["right_index", "right_middle", "right_ring"])
    assert ask("finger", "match", out / "right_middle.png", finger(1, 1))[1]["verdict"] == "accept"
    assert ask("finger", "cut", slap, "left", "--out", out) == (WRONG, {"found": 3, "wanted": 4})
    assert ask("finger", "cut", tmp_path / "no.png", "left", "--out", out) == (
        USAGE,
        {"error": f"{tmp_path / 'no.png'}: No such file or directory"},
    )
    assert ask("finger", "cut", finger(0, 0), "thumbs", "--out", slap)[0] in {USAGE, WRONG}


def _grey(rows: int, columns: int) -> bytes:
    return png(np.random.default_rng(7).integers(0, 256, (rows, columns), dtype=np.uint8))


def _head(width: int, height: int, depth: int = 8, colour: int = 0) -> bytes:
    """A PNG whose header promises more than its data keep."""
    out = b"\x89PNG\r\n\x1a\n"
    for name, data in (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(100))),
        (b"IEND", b""),
    ):
        out += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return out


def _at(ppi: int) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(CACHE.impression(SEED, 0))).save(out, "PNG", dpi=(ppi, ppi))
    return out.getvalue()


def _image_record(picture: bytes, *positions: str, coding: int = 5, size: tuple[int, int] = (400, 480)) -> bytes:
    """A record of ISO/IEC 19794-4:2005 (§7) with this picture for every finger."""
    views = b"".join(
        struct.pack(">IBBBBBHHB", 14 + len(picture), POSITIONS.index(one) + 1, 1, 1, 60, 0, *size, 0) + picture
        for one in positions
    )
    scales = struct.pack(">BHHHHBBH", 1, 500, 500, 500, 500, 8, coding, 0)
    return (
        b"FIR\x00010\0" + (32 + len(views)).to_bytes(6) + struct.pack(">HHB", 0, 30, len(positions)) + scales + views
    )


WSQ = bytes.fromhex("ffa0") + bytes.fromhex("ffa20011000001e00190") + bytes(9)
SIDES = "pixels; a finger has 100 to 800 a side"
HOSTILE = {
    "noise": (lambda: _grey(2000, 2000), "more than 2 MB"),
    "plain and large": (lambda: png(np.full((2000, 2000), 99, np.uint8)), f"2000 x 2000 {SIDES}"),
    "100 megapixels": (lambda: _head(10_000, 10_000), f"10000 x 10000 {SIDES}"),
    "one pixel": (lambda: _grey(1, 1), f"1 x 1 {SIDES}"),
    "cut": (lambda: CACHE.impression(SEED, 0)[:20_000], "the PNG is cut off"),
    "sixteen bits": (lambda: _head(400, 480, 16), "not an 8-bit grey picture"),
    "colours": (lambda: _head(400, 480, 8, 2), "not an 8-bit grey picture"),
    "1000 ppi": (lambda: _at(1000), "1000 ppi; 500 are needed"),
    "empty": (lambda: b"", "neither PNG nor WSQ nor a finger record of 2005"),
    "text": (lambda: b"a finger" * 9, "neither PNG nor WSQ nor a finger record of 2005"),
    "half an image record": (lambda: b"FIR\x00010\0" + bytes(9), "record: too short"),
    "two fingers in one": (
        lambda: _image_record(CACHE.impression(SEED, 0), "right_index", "right_thumb"),
        "a record of 2 fingers; one is needed",
    ),
    "half a record": (lambda: b"FMR\0 20\0" + bytes(9), "record: too short"),
    "wsq of 100 megapixels": (
        lambda: WSQ[:8] + b"\x27\x10\x27\x10" + WSQ[12:], f"10000 x 10000 {SIDES}"
    ),
    "wsq without a frame": (lambda: WSQ[:2] + WSQ[9:], "the WSQ file has no frame header"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_used_is_named_at_once(
    ask: Ask, finger: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    make, why = HOSTILE[name]
    bad = tmp_path / "bad.png"
    bad.write_bytes(make())
    for words in (("extract", bad), ("match", bad, finger(0, 0)), ("search", bad, tmp_path)):
        began = time.process_time()
        assert ask("finger", *words) == (USAGE, {"error": f"{bad}: {why}"})
        assert time.process_time() - began < 1  # and no engine was started for it


@pytest.mark.parametrize("make", [lambda: _head(400, 480), lambda: _grey(800, 800)], ids=["no data", "noise"])
def test_what_only_the_engine_can_judge_is_answered(ask: Ask, tmp_path: Path, make: Callable[[], bytes]) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(make())
    assert ask("finger", "quality", bad)[0] in {GOOD, WRONG}


def test_wsq_needs_its_codec_and_says_so(ask: Ask, tmp_path: Path) -> None:
    picture = tmp_path / "finger.wsq"
    picture.write_bytes(WSQ)
    why = f"{picture}: a WSQ file, and its codec (package `wsq`) is not installed here"
    assert ask("finger", "extract", picture) == (USAGE, {"error": why})


def test_an_image_record_is_read_as_its_picture(ask: Ask, finger: Callable[..., Path], tmp_path: Path) -> None:
    picture = CACHE.impression(SEED, 0)
    with Image.open(io.BytesIO(picture)) as opened:
        raw = opened.tobytes()
    for name, record in (
        ("png.fir", _image_record(picture, "right_index")),
        ("raw.fir", _image_record(raw, "right_index", coding=0)),
    ):
        (tmp_path / name).write_bytes(record)
        assert ask("finger", "match", tmp_path / name, finger(0, 1))[0] == GOOD
        assert (
            ask("finger", "extract", tmp_path / name)[1]["minutiae"]
            == (ask("finger", "extract", finger(0, 0))[1]["minutiae"])
        )


@pytest.mark.parametrize(("coding", "name"), [(0, "JPEG"), (1, "JPEG2000")])
def test_a_face_record_is_judged_by_its_picture(ask: Ask, tmp_path: Path, coding: int, name: str) -> None:
    out = io.BytesIO()
    drawn = draw(9001, 1971)
    drawn.save(out, name)
    image = struct.pack(">BBHHBBHH", 1, coding, *drawn.size, 1, 2, 0, 0) + out.getvalue()
    block = struct.pack(">IHBBB3sH3s3s", 20 + len(image), 0, 0, 0, 0, bytes(3), 0, bytes(3), bytes(3))
    record = b"FAC\x00010\0" + struct.pack(">IH", 34 + len(image), 1) + block + image
    path = tmp_path / "face.fac"
    path.write_bytes(record)
    code, facts = ask("portrait", "check", path, "--born", 1971)
    assert (code, facts["accepted"]) == (GOOD, True)
    path.write_bytes(record[:-1])
    assert ask("portrait", "check", path) == (USAGE, {"error": f"{path}: record: length does not agree"})


def _face(tmp_path: Path, suffix: str) -> Path:
    path = tmp_path / f"face{suffix}"
    draw(9001, 1971).save(path)
    return path


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_portrait_and_its_rules(ask: Ask, tmp_path: Path, suffix: str) -> None:
    code, facts = ask("portrait", "check", _face(tmp_path, suffix), "--born", 1971)
    assert (code, facts["accepted"], facts["hints"]) == (GOOD, True, [])
    code, facts = ask("portrait", "check", _face(tmp_path, suffix), "--cloth", "blue")
    assert (code, facts["hints"]) == (WRONG, ["portrait.cloth_colour"])
    assert "cloth_colour" not in str(ask("portrait", "check", _face(tmp_path, suffix))[1])


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: _head(10_000, 10_000), "10000 x 10000 pixels; at most 12 million"),
        (lambda: b"no face", "picture cannot be decoded"),
        (lambda: _head(400, 480), "picture cannot be decoded"),
    ],
)
def test_what_is_no_portrait_is_named(ask: Ask, tmp_path: Path, make: Callable[[], bytes], why: str) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(make())
    assert ask("portrait", "check", bad) == (USAGE, {"error": f"{bad}: {why}"})
