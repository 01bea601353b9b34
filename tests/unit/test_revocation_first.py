"""While a resident's spoiled card is not yet revoked at the centre, no other card is ordered for him."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from card_counter import CardCounter, Makers
from field import Field

from appliance.casework.roles import Role
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.timing import LOOK_AGAIN_MS


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[CardCounter]:
    field = Field(None)
    found = Makers(tmp_path / "makers").counter(tmp_path, field)

    def lay(card: object) -> None:
        field.card = card  # type: ignore[assignment]

    found.lay = lay
    yield found
    found.holds_together()
    found.counter.store.close()


def refuse(token: str, cause: str) -> None:
    raise DeviceFault(FaultCode.CENTRE_REFUSED, "not now")


def test_the_next_card_is_ordered_when_the_one_before_it_is_revoked(
    desk: CardCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter, clock = desk.counter, desk.counter.clock
    desk.order("A001")
    with monkeypatch.context() as patch:
        patch.setattr(desk.centre, "void", refuse)
        desk.spoil("A001")
        assert counter.job("void:A001").state == "hold", "the centre said no, and a person is to see to it"
        desk.take("A002")
        counter.run("encoder", "centre")
        clock.go(60_000)
        counter.run("centre")
    assert counter.job("personalise:A002").state == "ready" and "card-A002" not in desk.centre.ordered
    counter.do("retry_job", Role.OPERATOR, desk.case, job="void:A001")
    clock.go(LOOK_AGAIN_MS)
    counter.run("centre")
    assert counter.job("void:A001").state == "done"
    assert desk.centre.ordered[-1] == "card-A002"
