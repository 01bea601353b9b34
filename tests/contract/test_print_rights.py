"""What an account may do at CUPS: on a stock Debian, and under the policy that systemd/install gives our queues."""

from __future__ import annotations

import getpass
import io
import re
import uuid
from pathlib import Path

import pytest
from PIL import Image
from print_world import PrintWorld, _print_session, printing

from appliance.clock import Deadline
from appliance.devices import PrintDocument, PrintState
from appliance.drivers.picture_pdf import pdf_of
from appliance.drivers.printer import document_printer
from appliance.faults import DeviceFault, FaultCode
from hw_sim.cupsd import OPEN_POLICY, Cupsd, CupsError
from hw_sim.printer import Printer
from hw_sim.world import World

__all__ = ["_print_session", "printing"]
pytestmark = pytest.mark.daemons

POLICY = Path(__file__).parents[2] / "systemd" / "cups-policy.conf"
STOCK = Path("/usr/share/cups/cupsd.conf.default")
ACCOUNT = getpass.getuser()
"""Whoever runs the tests stands in for the account siaga; no group makes him an administrator of CUPS here."""


def _sheet() -> PrintDocument:
    out = io.BytesIO()
    Image.new("L", (620, 877), "white").save(out, "PNG", dpi=(75, 75))
    return PrintDocument(pdf_of(out.getvalue()), "application/pdf", "iso_a4_210x297mm", "sheet")


def test_a_stock_debian_refuses_the_start_of_a_queue_and_the_driver_says_so(printing: PrintWorld) -> None:
    driver = printing.document_driver()
    printing.cups.run("cupsdisable", "KK")
    printing.cups.run("lpadmin", "-p", "KK", "-o", "printer-op-policy=default")
    try:
        with pytest.raises(DeviceFault) as raised:
            driver.resume()
        assert raised.value.code is FaultCode.PRINTER_START_REFUSED
        assert driver.status().reasons == (FaultCode.PRINTER_STOPPED.value,)
    finally:
        printing.cups.run("lpadmin", "-p", "KK", "-o", f"printer-op-policy={OPEN_POLICY}")
    driver.resume()
    assert driver.status().level == "ok"


def test_under_our_policy_the_account_prints_takes_back_and_starts_the_queue_and_nothing_more(tmp_path: Path) -> None:
    sheets = Printer(World(speed=0.0), "sheet")
    sheets.start()
    cups = Cupsd(tmp_path, {"KK": sheets.uri}, policy=POLICY.read_text().replace("user siaga ", f"user {ACCOUNT} "))
    cups.start()
    driver, key = document_printer(cups.document_printer_uri), f"print-{uuid.uuid4()}"
    try:
        cups.run("cupsdisable", "KK")
        cups.run("lpadmin", "-p", "KK", "-o", "printer-op-policy=siaga")
        driver.resume()
        assert driver.submit(_sheet(), key).queue_id > 0
        assert driver.settle(key, Deadline.after(20)).state is PrintState.COMPLETED
        sheets.busy()
        driver.submit(_sheet(), f"{key}:2")
        driver.purge(f"{key}:2")
        for refused in ("cupsdisable", "cupsreject"):
            with pytest.raises(CupsError):
                cups.run(*refused.split(), "KK")
        assert len(sheets.outputs) == 1
    finally:
        driver.close()
        cups.stop()
        sheets.stop()


def test_our_policy_is_debians_but_for_the_start_of_a_queue() -> None:
    stock = re.search(r"^<Policy default>.*?^</Policy>", STOCK.read_text(), re.MULTILINE | re.DOTALL)
    assert stock is not None
    ours, theirs = _limits(POLICY.read_text()), _limits(stock[0])
    assert ours.pop("Resume-Printer") == theirs.pop("Resume-Printer").replace("@SYSTEM", "siaga @SYSTEM")
    assert ours == theirs


def _limits(policy: str) -> dict[str, str]:
    """By operation, what is asked of who does it."""
    found = re.findall(r"<Limit ([^>]+)>(.*?)</Limit>", policy, re.DOTALL)
    return {operation: " ".join(asked.split()) for operations, asked in found for operation in operations.split()}
