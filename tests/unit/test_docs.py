"""What the documents name exists: files, commands, targets of make; and they tell nothing of anybody's machine."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from appliance.__main__ import parser
from hw_sim.demo.pictures import MOMENTS

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
ROOMS = r"(?:appliance|hw_sim|tests|docs|systemd|requirements|\.ci)"
NAMED = re.compile(
    rf"(?<![\w./-])({ROOMS}/[\w.*/-]*[\w*/]|pyproject\.toml|Makefile|README\.md|CONTRIBUTING\.md|LICENSE)"
)
LINKED = re.compile(r"\]\(([^)\s#:]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"`(siaga(?: [^`]*)?)`")
TARGET = re.compile(r"`make ([a-z-]+)")
STAND_IN = {"CODE": "SG-AAAA-11", "LOGIN": "rina", "ROLE": "petugas", "NAME": "Rina", "FILE": "x"}


def name(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_file_that_is_named_exists(document: Path) -> None:
    text = document.read_text()
    missing = [path for path in NAMED.findall(text) if not list(ROOT.glob(path.rstrip("/")))]
    missing += [path for path in LINKED.findall(text) if not (document.parent / path).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_command_that_is_named_can_be_said(document: Path) -> None:
    for command in COMMAND.findall(document.read_text()):
        words = [STAND_IN.get(word, word) for word in shlex.split(command)[1:]]
        if not words:
            continue
        said = io.StringIO()
        try:
            with contextlib.redirect_stderr(said):
                parser().parse_args(words)
        except SystemExit:
            pytest.fail(f"{command}: {said.getvalue()}")


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_target_of_make_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(TARGET.findall(document.read_text())) <= targets


def test_the_readme_says_how_to_try_and_how_to_check() -> None:
    text = (ROOT / "README.md").read_text()
    assert all(words in text for words in ("make demo", "make test", ".ci/run"))


@pytest.mark.parametrize("picture", sorted((ROOT / "docs" / "screens").glob("*.png")), ids=name)
def test_a_picture_is_small_and_used(picture: Path) -> None:
    assert picture.stat().st_size <= 150_000
    assert any(picture.name in document.read_text() for document in DOCUMENTS)


def test_the_demo_takes_every_picture_that_stands_here() -> None:
    taken = {name for pictures in MOMENTS.values() for name, _ in pictures}
    kept = {picture.stem for picture in (ROOT / "docs" / "screens").glob("*.png")}
    # Those of the dock are taken by tests/ui/test_dock_session.py.
    assert taken == {one for one in kept if not one.startswith("dock")}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_no_document_knows_one_machine(document: Path) -> None:
    assert not re.search(r"(?<![\w.])/(?:work|root|home)/", document.read_text())
