"""A file that came with an act another officer's lease refuses is not kept: no blob lies in the vault for nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from by_hand import HEAD, SHEET, make_trust, open_by_hand, validated
from card_counter import CardCounter, Makers
from counter import PEOPLE, Counter, open_counter
from field import Field
from front_office import BY_HAND
from test_scans import PAPER
from test_screen_signature import SCREEN, WRITTEN

from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.office.acts import ACTS
from hw_sim.central.esign import sign_pdf

BUSY = "Petugas lain sedang mengerjakan"


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path)
    yield found
    found.store.close()


def kept(counter: Counter) -> set[str]:
    return {one.name for one in (counter.office.settings.data_dir / "vault").rglob("*") if one.is_file()}


def refused(counter: Counter, act: str, role: Role, case: str, **values: Any) -> None:
    """A colleague has the case in hand: refused in words, and the vault is as it was."""
    colleague = replace(PEOPLE[role], id=f"{role}-2", name="Wahyu")
    ACTS["open_form"](counter.office, colleague, case, {})
    before = kept(counter)
    with pytest.raises(NotAllowed, match=BUSY):
        counter.do(act, role, case, **values)
    assert kept(counter) == before, "a blob nobody refers to"
    ACTS["leave_form"](counter.office, colleague, case, {})
    counter.do(act, role, case, **values)
    assert len(kept(counter)) == len(before) + 1


def test_a_scan_that_is_refused_is_not_kept(counter: Counter) -> None:
    refused(counter, "upload_scan", Role.PETUGAS, counter.attached(), kind=PAPER, berkas=b"%PDF-1.7 of a letter")


def test_a_signature_on_the_screen_that_is_refused_is_not_kept(counter: Counter) -> None:
    devices = {**counter.office.settings.devices, **SCREEN}
    counter.office = replace(counter.office, settings=replace(counter.office.settings, devices=devices))
    case = counter.signed()
    counter.do("start_recording", Role.PEREKAM, case)
    refused(counter, "draw_signature", Role.PEREKAM, case, strokes=json.dumps(WRITTEN))


def test_a_signed_family_card_that_is_refused_is_not_kept(tmp_path: Path) -> None:
    trust = make_trust(tmp_path / "trust")
    with open_by_hand(tmp_path / "office", trust) as counter:
        signed = sign_pdf(SHEET, trust.officials[HEAD], "KK", "Metro")
        refused(counter, "import_signed", Role.OPERATOR, validated(counter), berkas=signed)


def test_a_card_packet_that_is_refused_is_not_kept(tmp_path: Path) -> None:
    field = Field(None)
    desk: CardCounter = Makers(tmp_path / "makers").counter(tmp_path / "office", field)
    desk.lay = lambda card: setattr(field, "card", card)
    counter = desk.counter
    settings = replace(counter.office.settings, central=BY_HAND)
    counter.office = replace(counter.office, settings=settings)
    counter.offices = replace(counter.offices, settings=settings, centre=None)
    desk.take("A001")
    counter.run("encoder", "centre")
    refused(counter, "import_packet", Role.OPERATOR, desk.case, berkas=b"a.b.c")
    counter.store.close()
