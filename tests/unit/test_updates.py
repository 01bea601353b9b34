"""The program changed: what is no update is refused, and what is not well gives way, whenever the power goes."""

from __future__ import annotations

import json
import zipfile
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest
from updates import Field, Maker, PowerGone, siaga_wheel

from appliance.app.update_commands import update_check
from appliance.diagnostics import releases, update_package, updating
from appliance.diagnostics.update_package import PackageRefused
from appliance.diagnostics.updating import Order, Progress, obey, read_order
from appliance.records.schema import SCHEMA_VERSION

ID = "01934f00-0000-7000-8000-000000000001"


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    folder = tmp_path / "maker"
    folder.mkdir()
    return Maker(folder)


@pytest.fixture
def field(tmp_path: Path, maker: Maker) -> Field:
    return Field(tmp_path / "opt", tmp_path / "stick", maker.public)


def ended(said: Progress | None) -> tuple[str, str, str]:
    assert said is not None
    return said.phase, said.version, said.why


def why(path: Path, key: bytes, books: int = SCHEMA_VERSION) -> str:
    with pytest.raises(PackageRefused) as refused:
        update_package.read(path, key, books)
    return refused.value.reason


def rewritten(path: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """A copy of the update in which something is another."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    out = path.with_name(f"other-{len(list(path.parent.iterdir()))}.siaga")
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out


def test_what_is_no_update_of_this_maker_for_this_machine_is_refused(tmp_path: Path, maker: Maker) -> None:
    good = maker.pack(tmp_path / "siaga-0.2.0.siaga", "0.2.0")
    package = update_package.read(good, maker.public, SCHEMA_VERSION)
    assert (package.version, list(package.wheels)) == ("0.2.0", ["siaga-0.2.0-py3-none-any.whl"])
    assert why(good, Maker(tmp_path).public) == "unsigned"
    assert why(good, b"") == "no-key" and why(good, b"-----BEGIN") == "no-key"
    assert why(good, maker.public, SCHEMA_VERSION + 1) == "books"
    other = json.dumps({"version": "9.9", "books": SCHEMA_VERSION, "wheels": {"a.whl": "0" * 64}}).encode()
    assert why(rewritten(good, lambda one: one.update({"manifest.json": other})), maker.public) == "unsigned"
    assert why(rewritten(good, lambda one: one.update({"wheels/more.whl": b"x"})), maker.public) == "altered"
    assert why(rewritten(good, lambda one: one.pop("manifest.sig")), maker.public) == "unreadable"
    half = tmp_path / "half.siaga"
    half.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    assert why(half, maker.public) == "unreadable" and why(tmp_path / "none.siaga", maker.public) == "unreadable"


@pytest.mark.parametrize(
    "said",
    [b"", b"[]", b"{", b'{"version":"1.0"}', b"[" * 100_000]
    + [
        json.dumps({"version": version, "books": books, "wheels": wheels}).encode()
        for version, books, wheels in (
            ("../1.0", 6, {"a.whl": "0" * 64}),
            ("1.0", "6", {"a.whl": "0" * 64}),
            ("1.0", True, {"a.whl": "0" * 64}),
            ("1.0", 6, {}),
            ("1.0", 6, {"../a.whl": "0" * 64}),
            ("1.0", 6, {"a.whl": "0" * 63}),
            ("1.0", 6, {"-r.whl": "0" * 64}),
        )
    ],
)
def test_a_manifest_that_says_anything_else_is_none(said: bytes) -> None:
    with pytest.raises(PackageRefused) as refused:
        update_package.manifest(said)
    assert refused.value.reason == "unreadable"


METHODS = (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


@pytest.mark.parametrize("method", METHODS)
def test_nothing_compressed_is_unpacked_before_it_is_proven(tmp_path: Path, maker: Maker, method: int) -> None:
    path = tmp_path / "siaga-0.2.0.siaga"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("manifest.json", str(list(range(900))))
        archive.writestr("manifest.sig", b"0" * 64)
    raw = bytearray(path.read_bytes())
    for at in range(60, 80):
        raw[at] ^= 0x5A
    path.write_bytes(raw)
    assert why(path, maker.public) == "unreadable"


@pytest.mark.parametrize(
    ("mark", "at", "value"),
    [(b"PK\x03\x04", 0, 0), (b"PK\x03\x04", 26, 255), (b"PK\x01\x02", 8, 1), (b"PK\x01\x02", 8, 32)],
    ids=["no-head", "another-name", "encrypted", "patched"],
)
def test_a_wheel_whose_heads_lie_is_altered(tmp_path: Path, maker: Maker, mark: bytes, at: int, value: int) -> None:
    """What stands before the wheel and in the list at the end is not signed (APPNOTE 4.3.7, 4.3.12)."""
    path = maker.pack(tmp_path / "siaga-0.2.0.siaga", "0.2.0")
    with zipfile.ZipFile(path) as archive:
        wheel = next(one for one in archive.infolist() if one.filename.startswith("wheels/"))
        last = archive.infolist()[-1]
    raw = bytearray(path.read_bytes())
    assert wheel is last, "its entry of the list is the last as well"
    raw[(wheel.header_offset if mark == b"PK\x03\x04" else raw.rindex(mark)) + at] = value
    path.write_bytes(raw)
    package = update_package.read(path, maker.public, SCHEMA_VERSION)
    (tmp_path / "out").mkdir()
    with pytest.raises(PackageRefused, match="altered"):
        update_package.unpack(path, package, tmp_path / "out")


def test_an_update_is_installed_beside_runs_and_gives_way_again(field: Field, maker: Maker) -> None:
    maker.pack(field.stick / "a.siaga", "0.2.0")
    assert ended(obey(field.machine(), Order(ID, "install", "a.siaga"))) == ("done", "0.2.0", "")
    assert (field.runs, field.restarts) == ("0.2.0", ["0.2.0"])
    assert {one.version: (one.runs, one.before) for one in releases.releases(field.root)} == {
        "0.2.0": (True, False),
        "0.1.0": (False, True),
        "0.0.9": (False, False),
    }
    assert obey(field.machine(), Order(ID, "install", "a.siaga")) is None, "once"
    assert ended(obey(field.machine(), Order(ID[:-1] + "2", "install", "a.siaga")))[::2] == (
        "failed",
        "there-already",
    )
    assert ended(obey(field.machine(), Order(ID[:-1] + "3", "rollback"))) == ("done", "0.1.0", "")
    assert (field.runs, field.restarts) == ("0.1.0", ["0.2.0", "0.1.0"])
    left = sorted(one.name for one in field.root.iterdir())
    assert left == ["before", "releases", "update.json", "venv"], "nothing is left over"


def test_a_program_that_is_not_well_gives_way_by_itself(field: Field, maker: Maker) -> None:
    maker.pack(field.stick / "a.siaga", "0.2.0")
    field.sick = {"0.2.0"}
    assert ended(obey(field.machine(), Order(ID, "install", "a.siaga"))) == ("failed", "0.2.0", "unwell")
    assert (field.runs, field.restarts) == ("0.1.0", ["0.2.0", "0.1.0"])


def test_a_program_that_does_not_start_is_never_changed_to(field: Field, maker: Maker) -> None:
    maker.pack(field.stick / "a.siaga", "0.2.0", says="3")
    assert ended(obey(field.machine(), Order(ID, "install", "a.siaga")))[::2] == ("failed", "install-failed")
    assert (field.runs, field.restarts) == ("0.1.0", [])
    assert "0.2.0" not in [one.version for one in releases.releases(field.root)]


def test_a_wheel_that_is_not_what_was_signed_is_not_installed(field: Field, maker: Maker) -> None:
    good = maker.pack(field.stick / "a.siaga", "0.2.0")
    other = siaga_wheel(maker.folder, "0.2.0", "1").read_bytes()
    false = rewritten(good, lambda one: one.update({"wheels/siaga-0.2.0-py3-none-any.whl": other}))
    assert ended(obey(field.machine(), Order(ID, "install", false.name)))[::2] == ("failed", "altered")
    assert (field.runs, field.restarts) == ("0.1.0", [])


def test_without_a_release_before_or_a_stick_nothing_is_changed(field: Field) -> None:
    assert ended(obey(field.machine(), Order(ID, "rollback")))[::2] == ("failed", "not-installed")
    assert ended(obey(field.machine(), Order(ID[:-1] + "2", "install", "no.siaga")))[::2] == ("failed", "unreadable")
    (field.root / "venv").unlink()
    (field.root / "venv").mkdir()
    (field.root / "before").symlink_to("releases/0.0.9")
    assert ended(obey(field.machine(), Order(ID[:-1] + "3", "rollback")))[::2] == ("failed", "no-layout")


@pytest.mark.parametrize("sick", [False, True])
def test_a_power_cut_after_the_change_is_followed_by_a_look(field: Field, sick: bool) -> None:
    (field.root / "before").symlink_to("releases/0.0.9")
    field.power = False
    with pytest.raises(PowerGone):
        obey(field.machine(), Order(ID, "rollback"))
    assert field.runs == "0.0.9", "the machine starts the new program by itself"
    field.power = True
    field.sick = {"0.0.9"} if sick else set()
    said = obey(field.machine(), Order(ID, "rollback"))
    assert ended(said)[::2] == (("failed", "unwell") if sick else ("done", ""))
    assert field.runs == ("0.1.0" if sick else "0.0.9")
    assert obey(field.machine(), Order(ID, "rollback")) is None


@pytest.mark.parametrize("phase", ["begun", "changed"])
def test_a_power_cut_before_the_change_leaves_what_ran(field: Field, phase: str) -> None:
    said = {"order": ID, "do": "rollback", "phase": phase, "version": "0.0.9", "before": "0.1.0"}
    (field.root / updating.JOURNAL).write_text(json.dumps(said))
    assert ended(obey(field.machine(), None)) == ("failed", "0.0.9", "cut")
    assert (field.runs, field.restarts) == ("0.1.0", [])


def test_an_order_is_a_plain_file_of_few_words(tmp_path: Path) -> None:
    path = tmp_path / "order.json"
    assert read_order(path) is None
    for text in ("", "[]", "7", '{"id":7,"do":"rollback"}', json.dumps({"id": ID, "do": "install"})):
        path.write_text(text)
        assert read_order(path) is None, text
    for name in ("../a.siaga", "/etc/a.siaga", "a.zip", "-r.siaga", ""):
        path.write_text(json.dumps({"id": ID, "do": "install", "file": name}))
        assert read_order(path) is None, name
    path.write_text(json.dumps({"id": ID, "do": "install", "file": "a.siaga"}))
    assert read_order(path) == Order(ID, "install", "a.siaga")
    link = tmp_path / "link.json"
    link.symlink_to(path)
    assert read_order(link) is None, "the folder is the appliance's, not root's"


def test_the_command_checks_a_file_by_the_configured_key(tmp_path: Path, maker: Maker) -> None:
    from front_office import open_office

    from appliance.config import Update

    key = tmp_path / "update.pem"
    key.write_bytes(maker.public)
    place = open_office(tmp_path / "office", (), update=Update(tmp_path, key, tmp_path))
    good = maker.pack(tmp_path / "a.siaga", "0.2.0")
    said = update_check(place.office.settings, Namespace(file=str(good)))
    assert (said.code, said.facts["version"]) == (0, "0.2.0")
    said = update_check(place.office.settings, Namespace(file=str(key)))
    assert (said.code, said.facts["why"]) == (1, "unreadable")
    place.office.store.close()
