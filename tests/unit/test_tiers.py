"""The table of drivers tells the truth: every driver has a row, every proof exists, a tier has what it claims."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from appliance.drivers.catalogue import driven
from appliance.faults import FaultCode

ROOT = Path(__file__).parents[2]
ROWS: list[dict[str, Any]] = tomllib.loads((ROOT / "appliance/drivers/tiers.toml").read_text())["driver"]
TIERS = ("tried", "bronze", "silver", "gold", "platinum")
PLACED = (ROOT / "tests/fault/places.py").read_text()
COMMON = {"kind", "scheme", "title", "tier", "proven", "unproven"}


def name(row: dict[str, Any]) -> str:
    return f"{row['kind']}-{row['scheme']}"


def test_every_driver_of_the_catalogue_has_one_row() -> None:
    rows = [(row["kind"], row["scheme"]) for row in ROWS]
    assert len(rows) == len(set(rows))
    assert set(rows) == driven()


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_a_row_has_what_its_tier_claims(row: dict[str, Any]) -> None:
    rank = TIERS.index(row["tier"])
    more = [{"suite"}, {"faults"}, {"recording", "hardware"}, {"cuts"}][:rank]
    assert set(row) - {"live"} == COMMON.union(*more)
    assert ("live" in row) is (row["kind"] in {"camera", "fingerprint_scanner"})
    assert row["unproven"], "nothing is proven in every way"


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_every_proof_exists(row: dict[str, Any]) -> None:
    files = [*row["proven"], *(row[key] for key in ("recording", "cuts") if key in row)]
    assert row.get("suite") or row["proven"]
    assert [one for one in files if not (ROOT / one).is_file()] == []


@pytest.mark.parametrize("suite", [suite for row in ROWS for suite in row.get("suite", ())])
def test_a_suite_is_one_of_contracts(suite: str) -> None:
    file, _, wanted = suite.partition("::")
    classes = {
        one.name: {ast.unparse(base) for base in one.bases}
        for one in ast.parse((ROOT / file).read_text()).body
        if isinstance(one, ast.ClassDef)
    }
    bases = classes[wanted]
    while own := [base for base in bases if base in classes]:
        bases = set().union(*(classes[base] for base in own)) | (bases - set(own))
    assert any(base.endswith("Contract") for base in bases), bases


@pytest.mark.parametrize("row", [row for row in ROWS if "faults" in row], ids=name)
def test_every_fault_of_a_silver_driver_has_its_place(row: dict[str, Any]) -> None:
    codes = [code for code in FaultCode if code.value.partition(".")[0] in row["faults"]]
    assert codes
    assert [code.name for code in codes if not re.search(rf"\bF\.{code.name}\b", PLACED)] == []
