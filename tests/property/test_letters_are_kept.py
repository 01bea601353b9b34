"""Papers are added, never dropped: whatever is told of a case's letters, in whatever order, each stays."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from case_files import as_bytes, complete
from counter import Counter, open_counter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.casework.letters import identity
from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.records import cases

KINDS = ("AKTA_LAHIR", "LAINNYA", "F_1_04")
TOLD = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "number": st.sampled_from(("-", "AL 1", "al  1", "AL-2")),
        "date": st.sampled_from((date(2026, 10, 1), date(2026, 11, 1))),
        "issuer": st.sampled_from(("Dinas", "Panti")),
        "signer": st.sampled_from(("Lilis", "Ratna")),
        "about": st.sampled_from((None, 0)),
    }
)
STEPS = st.lists(st.tuples(st.sampled_from(("add", "file", "correct")), TOLD, TOLD), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def counter() -> Iterator[Counter]:
    with TemporaryDirectory() as folder:
        counter = open_counter(Path(folder))
        yield counter
        counter.store.close()


def of_file(told: dict[str, object]) -> dict[str, object]:
    day = told["date"]
    assert isinstance(day, date)
    return {**told, "date": day.isoformat()}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_no_paper_is_lost_whatever_is_told_of_the_others(
    counter: Counter, steps: list[tuple[str, dict[str, object], dict[str, object]]]
) -> None:
    case = counter.attached()
    there: set[tuple[str, ...]] = set()
    earlier: set[tuple[str, ...]] = set()

    def name(told: dict[str, object]) -> tuple[str, ...]:
        facts = {key: value for key, value in of_file(told).items() if value is not None}
        return identity(str(told["kind"]), facts)

    for act, one, other in steps:
        if act == "add":
            counter.do("add_letter", Role.PETUGAS, case, **one)
            there.add(name(one))
        elif act == "file":
            letters = [*complete()["letters"], of_file(one), of_file(other)]
            counter.do("attach_file", Role.PETUGAS, case, berkas=as_bytes({**complete(), "letters": letters}))
            there |= {name(one), name(other)}
        else:
            with counter.store.read() as tx:
                mine = [item for item in cases.letters(tx, case) if item["kind"] == one["kind"]]
            for item in mine[:1]:
                before = identity(item["kind"], item)
                try:
                    counter.do("correct_letter", Role.PETUGAS, case, **one, paper=item["id"])
                except NotAllowed:
                    assert name(one) in there - {before}
                else:
                    earlier |= {before} - {name(one)}
                    there = there - {before} | {name(one)}
        with counter.store.read() as tx:
            found = [item for item in cases.letters(tx, case) if item["kind"] in KINDS]
        assert sorted(identity(item["kind"], item) for item in found) == sorted(there)
        kept = itertools.chain.from_iterable(
            (identity(item["kind"], old) for old in item.get("earlier", ())) for item in found
        )
        assert set(kept) >= earlier
