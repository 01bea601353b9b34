"""The table of drivers, made from `appliance/drivers/tiers.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

from manual_tables import HEAD, table

SOURCE = Path(__file__).parent.parent / "appliance" / "drivers" / "tiers.toml"
TIERS = ("platinum", "gold", "silver", "bronze", "tried")


def devices_manual() -> str:
    """Every driver with its tier, what proves it and what nobody has seen yet."""
    rows = tomllib.loads(SOURCE.read_text())["driver"]
    text = HEAD.format(source="`appliance/drivers/tiers.toml`") + (
        "# Drivers and how far they are proven\n\nA tier includes those below it.\n\n"
    )
    text += table(
        ("Tier", "Means", "Drivers"),
        [
            ("platinum", "the power was cut at every point of its work on real hardware", _count(rows, "platinum")),
            ("gold", "its self-test passed on real hardware, and a recording of that is kept", _count(rows, "gold")),
            (
                "silver",
                "every fault of its kind has its place and is injected, and reconnecting is proven",
                _count(rows, "silver"),
            ),
            ("bronze", "the suite of its kind passes", _count(rows, "bronze")),
            (
                "tried",
                "its own tests pass; the suite of its kind runs over a stand-in for the maker's library at most",
                _count(rows, "tried"),
            ),
        ],
    )
    text += (
        "\nNo driver is gold: no real device has been attached to this software yet. Simulated devices are written "
        "from the same standards as the drivers and checked by programs of others. That finds mistakes, but not what "
        "a maker does otherwise than its data sheet says. The first real device raises its row: run its suite with "
        "`--hardware KIND=URI`, keep a recording (see CONTRIBUTING.md), name both here.\n"
        "\nA suite over a real device asks a person on the terminal to be the hands: `.venv/bin/python -m "
        "pytest -s tests/contract/test_ccid_reader.py --hardware chip_encoder=pcsc:ACS%20ACR39U`. The key and "
        "the URI are those of `[devices]`; the suite is one named under *Proven by*. Each request is answered "
        "with Enter, or with `n` where it cannot be done, which skips that test; what nobody can tell at a "
        "real device is named and not compared. A real key card also needs `--sam-pin-file FILE`, a scanner "
        "behind a device service `--scanner-roots FILE`. A device that no suite of the run would try is an "
        "error, and no simulated one is tried in its place.\n"
    )
    for kind in dict.fromkeys(row["kind"] for row in rows):
        text += f"\n## {kind}\n\n"
        text += table(
            ("URI", "Device", "Tier", "Proven by", "Not proven"),
            [
                (f"`{row['scheme']}:`", _device(row), row["tier"], _proofs(row), row["unproven"])
                for row in rows
                if row["kind"] == kind
            ],
        )
    return text


def _device(row: dict[str, object]) -> str:
    live = {True: "; live picture", False: "; no live picture", None: ""}[row.get("live")]  # type: ignore[index]
    return f"{row['title']}{live}"


def _count(rows: list[dict[str, object]], tier: str) -> int:
    return sum(row["tier"] == tier for row in rows)


def _proofs(row: dict[str, object]) -> str:
    named = [*row.get("suite", ()), *row["proven"]]  # type: ignore[misc]
    return ", ".join(dict.fromkeys(f"`{one.partition('::')[0]}`" for one in named))
