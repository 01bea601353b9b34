"""The Evolis driver where the maker's SDK is not installed, and what can be known without a printer."""

from __future__ import annotations

from pathlib import Path

import pytest
from every_device import refusal

from appliance.devices import PrintDocument, PrintState
from appliance.drivers import evolis_states
from appliance.drivers.catalogue import open_device
from appliance.drivers.evolis_printer import EvolisPrinter
from appliance.drivers.print_journal import Entry, PrintJournal
from appliance.faults import FaultCode

CARD = PrintDocument(b"\x89PNG", "image/png", "om_id-1_54x86mm", "card")


@pytest.fixture
def printer(tmp_path: Path) -> EvolisPrinter:
    return EvolisPrinter("Evolis Primacy 2", tmp_path / "journal")


def test_without_the_sdk_it_is_unreachable_in_words_and_begins_nothing(
    printer: EvolisPrinter, tmp_path: Path
) -> None:
    status = printer.status()
    assert (status.level, status.reasons) == ("down", (FaultCode.PRINTER_UNREACHABLE.value,))
    assert status.detail["why"] == "evolis-sdk is not installed"
    assert refusal(printer.open) is FaultCode.PRINTER_UNREACHABLE
    assert refusal(printer.submit, CARD, "card:1") is FaultCode.PRINTER_UNREACHABLE
    assert not list(tmp_path.glob("journal/*"))
    printer.close()
    assert printer.process_id is None


def test_the_catalogue_knows_it_and_opens_nothing() -> None:
    assert open_device("card_printer", "evolis:Evolis Primacy 2").status().level == "down"


def test_what_a_card_printer_has_not_is_refused_first(printer: EvolisPrinter) -> None:
    sheet = PrintDocument(b"%PDF", "application/pdf", "iso_a4_210x297mm", "sheet")
    assert refusal(printer.submit, sheet, "sheet:1") is FaultCode.PRINTER_UNSUPPORTED


def test_a_job_in_the_journal_is_known_after_a_restart(tmp_path: Path) -> None:
    journal = PrintJournal(tmp_path)
    entry = Entry("card:1", journal.next_number(), 1000, PrintState.PRINTING)
    journal.keep(entry)
    assert PrintJournal(tmp_path).get("card:1") == entry
    assert PrintJournal(tmp_path).get("card:2") is None
    next(tmp_path.iterdir()).write_text('{"key": "card:1", "nu')
    assert PrintJournal(tmp_path).get("card:1") is None, "a torn file was never the last word"


@pytest.mark.parametrize(
    ("word", "code", "blocked"),
    [
        ("DEF_RIBBON_ENDED", FaultCode.PRINTER_SUPPLY_EMPTY, True),
        ("ERR_CARD_JAM", FaultCode.PRINTER_MEDIA_JAM, True),
        ("INF_RIBBON_LOW", FaultCode.PRINTER_SUPPLY_LOW, False),
        ("DEF_NO_RIBBON", FaultCode.PRINTER_PART_MISSING, True),
        ("BUSY", None, False),
        ("SOMETHING_NEW", FaultCode.PRINTER_OTHER, False),
    ],
)
def test_the_sdks_words_have_their_faults(word: str, code: FaultCode | None, blocked: bool) -> None:
    assert (evolis_states.meaning(word), evolis_states.blocks(word)) == (code, blocked)
