"""An office without any line to the outside, and how a case is brought along in it by hand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import typst
from counter import Counter, open_counter
from front_office import BY_HAND, QUICK_HASH, FrontOffice, open_office
from postgres import Cluster

from appliance.casework.roles import SYSTEM, Role
from appliance.central.siak import ManualSiak
from appliance.records import accounts, audit
from hw_sim.central.pki import Authorities, Official, make_authorities

HEAD, OTHER = "9972014107700001", "9972015203720002"
KK, NIK, WRONG = "9972012411260001", "9972010107710001", "9972010107710002"
SHEET = typst.compile(
    b'#set document(date: datetime(year: 2026, month: 11, day: 24), title: "KK")\n= KK', format="pdf"
) + b"\n"  # fmt: skip


class Clerk:
    """Every paper is the same small PDF."""

    def __getattr__(self, name: str) -> object:
        if not name.startswith("render_"):
            raise AttributeError(name)
        return lambda values: SHEET


def make_trust(folder: Path) -> Authorities:
    """Certificates of the Kadis and of somebody else."""
    return make_authorities(folder, (Official(HEAD, "Kepala Dinas", "x"), Official(OTHER, "Orang lain", "x")))


@contextmanager
def open_by_hand(folder: Path, trust: Authorities, server: Cluster | None = None) -> Iterator[Counter]:
    """A counter of such an office; whatever was done there, no number stands in its audit."""
    found = open_counter(folder, time.time_ns() // 1_000_000, server)
    settings = found.office.settings
    settings = replace(settings, central=BY_HAND, office=replace(settings.office, head_nik=HEAD))
    found.office = replace(found.office, settings=settings)
    found.machines = replace(found.machines, settings=settings, renderer=Clerk())  # type: ignore[arg-type]
    found.offices = replace(
        found.offices, settings=settings, siak=ManualSiak(), centre=None, signer=None,
        esign_roots=trust.esign_roots.read_bytes(),
    )  # fmt: skip
    yield found
    with found.store.read() as tx:
        assert audit.verify(tx)[1] is None
        told = "".join(f"{one['facts']}" for one in audit.entries(tx))
        assert KK not in told and NIK not in told
    found.store.close()


def sought_here(counter: Counter, case: str) -> None:
    """Fingers are taken and sought in this office, as with a line; what the centre says is still to be typed."""
    acts = ("search_biometrics", "search_without_fingers")
    assert counter.state(case, Role.PEREKAM).residents[0].acts == acts
    counter.do("search_biometrics", Role.PEREKAM, case)
    counter.run("scanner")
    assert counter.state(case, Role.PEREKAM).residents[0].acts == ("enter_search",)


def searched(counter: Counter) -> str:
    case = counter.verified()
    sought_here(counter, case)
    counter.do(
        "enter_search", Role.PEREKAM, case, result="no_hit", evidence="tiket 12", seen_on=counter.office.today()
    )
    return case


def typed(counter: Counter, case: str, act: str, kk_number: str = KK, nik: str = NIK) -> None:
    counter.do(act, Role.OPERATOR, case, kk_number=kk_number, niks=(nik,))


def entered(counter: Counter) -> str:
    case = searched(counter)
    typed(counter, case, "type_numbers")
    typed(counter, case, "confirm_numbers")
    counter.run("render")
    return case


def validated(counter: Counter) -> str:
    case = entered(counter)
    counter.do("submit_draft", Role.OPERATOR, case)
    counter.do("validate", Role.KABID, case)
    return case


def brought(counter: Counter, case: str, document: bytes) -> str | None:
    """Bring this file; the fault that holds it, if any."""
    counter.do("import_signed", Role.OPERATOR, case, berkas=document)
    counter.run("esign")
    return counter.job(f"sign:{case}").fault


def events(counter: Counter, name: str) -> list[str]:
    with counter.store.read() as tx:
        return [str(one["actor"]) for one in audit.newest(tx, name, 50)]


def state_of(counter: Counter, case: str, name: str, day: date | None = None) -> None:
    day = day or counter.office.today()
    counter.do("enter_central_state", Role.PEREKAM, case, central=name, evidence="layar SIAK", seen_on=day)


def pages(folder: Path) -> FrontOffice:
    place = open_office(folder, central=BY_HAND)
    for role in (Role.OPERATOR, Role.KASI):
        accounts.enter(place.office.store, str(role), str(role).title(), role, QUICK_HASH, SYSTEM)
    return place
