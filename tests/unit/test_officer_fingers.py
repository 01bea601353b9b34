"""An officer's own finger is never recorded as a resident's; kept only where he agrees, and gone with his account."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from counter import Counter
from sqlalchemy import text
from trying import bench

from appliance.biometrics import compact, fmr, rules
from appliance.biometrics.child import PictureChild
from appliance.biometrics.engine import FingerEngine
from appliance.biometrics.minutiae import Kind, Minutia, Template
from appliance.casework.roles import SYSTEM, Role
from appliance.casework.sop import NotAllowed
from appliance.issuance import finger_look
from appliance.kiosk_ui.resident_page import resident_view
from appliance.records import accounts, audit, officer_fingers
from appliance.records.schema import SCHEMA_VERSION
from hw_sim.fingers import FingerCache
from hw_sim.people import Person

CACHE = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
SEED = Person("Uji Coba", 9001).finger_seed("right_index")


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = bench(tmp_path)
    accounts.add(found.store, "rina", "Rina", Role.PEREKAM, "271828", SYSTEM)
    yield found
    found.store.close()


def kept(counter: Counter, form: bytes = b"form", name: str = "right_index") -> str:
    with counter.store.write() as tx:
        officer_fingers.keep(tx, "rina", name, form, SYSTEM)
        return officer_fingers.all_of_them(tx)[0].account_id


def test_a_resident_is_not_recorded_with_an_officers_finger(counter: Counter) -> None:
    case = counter.signed()
    counter.do("start_recording", Role.PEREKAM, case)
    account = kept(counter)
    for score, state in ((48, "officer"), (90, "officer"), (47, "accepted")):
        counter.machines.fingers.alike = [[score]]  # type: ignore[attr-defined]
        counter.do("capture_finger", Role.PEREKAM, case, position="right_index")
        counter.run("scanner")
        (*_, newest) = [one for one in counter.evidence(case, "finger") if one.name == "right_index"]
        assert newest.state == state
        hints = [hint for hint in hints_of(counter, case) if "ini jari petugas" in hint]
        assert hints == ([OFFICER] if state == "officer" else [])
        assert bool(counter.evidence(case, "template")) is (state == "accepted")
    with counter.store.read() as tx:
        told = [json.loads(str(one["facts"])) for one in audit.newest(tx, "officer-finger-refused", 9)]
    assert told == [{"resident": 0, "finger": "right_index", "account": account}] * 2


OFFICER = "Telunjuk kanan: ini jari petugas, bukan jari penduduk. Tempelkan jari penduduk sendiri."


def hints_of(counter: Counter, case: str) -> tuple[str, ...]:
    return resident_view(counter.state(case, Role.PEREKAM).residents[0]).hints


def test_refused_tries_do_not_count_and_the_way_of_an_exception_stays(counter: Counter) -> None:
    case = counter.signed()
    counter.do("start_recording", Role.PEREKAM, case)
    kept(counter)
    counter.machines.fingers.alike = [[90]] * 5  # type: ignore[attr-defined]
    for _ in range(5):
        counter.do("capture_finger", Role.PEREKAM, case, position="right_index")
        counter.run("scanner")
    assert {one.state for one in counter.evidence(case, "finger")} == {"officer"}
    assert counter.evidence(case, "template") == []
    counter.do("except_finger", Role.PEREKAM, case, position="right_index", reason="TIDAK_TERBACA")


def test_a_finger_is_kept_in_place_of_an_earlier_one_and_forgotten(counter: Counter) -> None:
    kept(counter, b"first")
    kept(counter, b"second")
    kept(counter, b"left", "left_index")
    with counter.store.write() as tx:
        assert {one.name: one.form for one in officer_fingers.all_of_them(tx)} == {
            "right_index": b"second",
            "left_index": b"left",
        }
        with pytest.raises(NotAllowed, match="nobody"):
            officer_fingers.keep(tx, "nobody", "right_index", b"", SYSTEM)
        with pytest.raises(ValueError, match="index"):
            officer_fingers.keep(tx, "rina", "right_thumb", b"", SYSTEM)
        assert officer_fingers.forget(tx, "rina", SYSTEM) == 2
        assert officer_fingers.all_of_them(tx) == []


def test_it_goes_with_the_account(counter: Counter) -> None:
    kept(counter)
    with counter.store.write() as tx:
        tx.sql.execute(text("DELETE FROM account WHERE login = 'rina'"))
        assert officer_fingers.all_of_them(tx) == []


def test_books_of_version_4_learn_of_it(counter: Counter, tmp_path: Path) -> None:
    with counter.store.write() as tx:
        tx.sql.execute(text("DROP TABLE officer_finger"))
        tx.sql.execute(text("PRAGMA user_version = 4"))
    counter.store.close()
    again = bench(tmp_path)
    with again.store.read() as tx:
        assert tx.sql.execute(text("PRAGMA user_version")).scalar_one() == SCHEMA_VERSION
        assert officer_fingers.all_of_them(tx) == []
    again.store.close()


class CountingChild(PictureChild):
    """The engine's child; `compared` tells how many minutiae were held against how many stored fingers each time."""

    def __init__(self) -> None:
        super().__init__()
        self.compared = list[tuple[int, int]]()

    def ask(
        self, header: Mapping[str, object], blobs: Sequence[bytes] = (), seconds: float = 15.0
    ) -> tuple[dict[str, object], list[bytes]]:
        if header["verb"] == "match":
            self.compared.append((len(fmr.read(blobs[0]).template.minutiae), len(blobs) - 1))
        return super().ask(header, blobs, seconds)


def beside(template: Template, strangers: int) -> Template:
    """The template with as many clear minutiae that are nobody's, and its own unclear."""
    own = tuple(replace(one, quality=20) for one in template.minutiae)
    strange = (
        Minutia(9 + 37 * at % 380, 9 + 71 * at % 460, 97 * at % 360, Kind.ENDING, 90) for at in range(strangers)
    )
    return Template(template.width, template.height, (*own, *strange))


def test_the_real_engine_knows_the_officer_among_others(counter: Counter) -> None:
    """Another capture of his finger is his, a stranger's is nobody's; real pictures through the engine's child.

    His own costs one small comparison; only where that does not tell are all of the shortlist compared in full.
    """
    child = CountingChild()
    engine = FingerEngine(child, seconds=60)
    machines = replace(counter.machines, fingers=engine)  # type: ignore[arg-type]
    takes = [[engine.extract(CACHE.impression(SEED + which, take))[0] for take in range(2)] for which in range(3)]
    try:
        account = kept(counter, compact.write(takes[0][0]))
        kept(counter, compact.write(takes[1][0]), "left_index")
        quick = (rules.QUICK_MINUTIAE, 1)
        for probe, whose, in_full in (
            (takes[0][1], account, None), (takes[1][1], account, None), (None, None, None),
            (takes[2][1], None, len(takes[2][1].minutiae)),
            (beside(takes[0][1], 30), account, 30 + len(takes[0][1].minutiae)),
        ):  # fmt: skip
            child.compared.clear()
            assert finger_look.officer_of(machines, probe) == whose
            assert child.compared == ([] if probe is None else [quick] if in_full is None else [quick, (in_full, 2)])
    finally:
        engine.close()
