"""What the code on a family card leads to, and when the books may say that it was never printed."""

from __future__ import annotations

from pathlib import Path

import pytest
from counter import Counter, Prepared, prepare
from sqlalchemy import update

from appliance.records.documents_of import PrintedCode, family_card_printed
from appliance.records.schema import evidence


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("office"), Counter.signed)


@pytest.fixture
def counter(prepared: Prepared, tmp_path: Path) -> Counter:
    return prepared.copy(tmp_path)


def test_the_second_of_typesetting_leads_to_the_signed_card_and_any_other_is_ruled_out(
    counter: Counter, prepared: Prepared
) -> None:
    (draft,) = counter.evidence(prepared.case, "kk_draft")
    (signed,) = counter.evidence(prepared.case, "kk_signed")
    number, second = str(counter.case(prepared.case).kk_number), int(draft.facts["issued_at"]) // 1000
    with counter.store.read() as tx:
        record = str(draft.facts["record"])
        assert len(record) == 32
        assert family_card_printed(tx, number, second) == PrintedCode(False, signed.sha256, record)
        assert family_card_printed(tx, number, second + 1) == PrintedCode(True, "")
        assert family_card_printed(tx, "1872010101010001", second) == PrintedCode(False, "")


@pytest.mark.parametrize("told", ["{}", '{"wiped": 1}'])
def test_a_card_whose_second_is_not_known_any_more_is_not_called_false(
    counter: Counter, prepared: Prepared, told: str
) -> None:
    number = str(counter.case(prepared.case).kk_number)
    with counter.store.write() as tx:
        tx.sql.execute(update(evidence).where(evidence.c.kind == "kk_draft").values(facts=told))
    with counter.store.read() as tx:
        assert family_card_printed(tx, number, 1) == PrintedCode(False, "")


def test_a_draft_that_was_never_signed_is_told_apart_from_no_draft(tmp_path: Path) -> None:
    office = prepare(tmp_path, Counter.validated)
    counter = office.copy(tmp_path / "copy")
    (draft,) = counter.evidence(office.case, "kk_draft")
    number, second = str(counter.case(office.case).kk_number), int(draft.facts["issued_at"]) // 1000
    with counter.store.read() as tx:
        assert family_card_printed(tx, number, second) == PrintedCode(True, "", "", True)
        assert family_card_printed(tx, number, second + 1) == PrintedCode(True, "")
