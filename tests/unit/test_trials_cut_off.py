"""Trials that a fault, the power or time cut off: told, never done again, nothing left that could still come out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from counter import Counter
from trying import begin, bench, events, last

from appliance.devices import PrintJob
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.recovery import take_over
from appliance.office.trials import taken
from appliance.queue.jobs import DEVICE_LANES
from appliance.records import trials
from appliance.records.vault import Vault


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = bench(tmp_path)
    yield found
    found.store.close()


def test_a_jammed_test_page_is_purged_and_never_printed_again(counter: Counter) -> None:
    printer = counter.devices["document_printer"]
    printer.next.append(DeviceFault(FaultCode.PRINTER_MEDIA_JAM))
    trial = begin(counter, "document_printer")
    counter.run("trial")
    assert last(counter, "document_printer").fault == "printer.media-jam"
    assert printer.purged == [trials.job_key(trial)]
    counter.run("trial")
    assert len(printer.submitted) == 1


def test_a_queue_that_cannot_be_asked_is_asked_until_the_page_is_out_of_it(counter: Counter) -> None:
    """Both after a jam and after a cut: it would come out on whatever lies there then."""
    printer = counter.devices["document_printer"]
    gone = [DeviceFault(FaultCode.PRINTER_UNREACHABLE)] * 2
    whole = printer.purge

    def purge(key: str) -> None:
        if gone:
            raise gone.pop()
        whole(key)

    printer.purge = purge
    printer.next.append(DeviceFault(FaultCode.PRINTER_MEDIA_JAM))
    trial = begin(counter, "document_printer")
    for _ in range(3):
        assert printer.purged == []
        counter.run("trial")
        counter.clock.go(3)
    assert printer.purged == [trials.job_key(trial)] and len(printer.submitted) == 1
    assert last(counter, "document_printer").state == "cut"


@pytest.mark.parametrize("printed", [True, False])
def test_a_trial_that_the_power_ended_is_told_and_not_done_again(counter: Counter, printed: bool) -> None:
    """The process dies while the device works; the next one finds the trial begun."""
    printer = counter.devices["document_printer"]
    trial = begin(counter, "document_printer")
    key = trials.job_key(trial)

    class Cut(BaseException):
        """The power goes."""

    def die(*_: object) -> PrintJob:
        raise Cut

    whole = printer.settle
    if printed:
        printer.settle = die
    else:
        printer.submit, submit = die, printer.submit
    with pytest.raises(Cut):
        counter.run("trial")
    printer.settle = whole
    if not printed:
        printer.submit = submit
    take_over(counter.store, DEVICE_LANES, counter.devices)
    counter.run("trial")
    found = last(counter, "document_printer")
    assert found.state == "cut"
    assert found.facts["page"] == ("pending" if printed else "never queued")
    assert printer.purged == ([key] if printed else [])
    assert len(printer.submitted) == (1 if printed else 0)
    assert '"outcome":"cut"' in events(counter, "device-try-complete")[0]
    begin(counter, "document_printer")
    counter.run("trial")
    assert last(counter, "document_printer").state == "asked"


def test_a_finger_whose_trial_the_power_ended_can_be_read_by_nobody(counter: Counter, tmp_path: Path) -> None:
    """Taken and sealed, but not told yet: the key was in the memory of the process that died, and nowhere else."""

    class Cut(BaseException):
        """The power goes."""

    class DyingVault(Vault):
        """Its process ends as soon as a blob is on the disk."""

        def put(self, case_id: str, wrapped_key: str, data: bytes) -> str:
            super().put(case_id, wrapped_key, data)
            raise Cut

    begin(counter, "fingerprint_scanner")
    whole = counter.machines
    counter.machines = replace(whole, vault=DyingVault(tmp_path / "vault", b"v" * 32))
    with pytest.raises(Cut):
        counter.run("trial")
    counter.machines = whole
    take_over(counter.store, DEVICE_LANES, counter.devices)
    counter.run("trial")
    found = last(counter, "fingerprint_scanner")
    assert (found.state, dict(found.facts), found.blob, found.wrapped_key) == ("cut", {}, "", "")
    assert taken(counter.office, "fingerprint_scanner") is None
    (sealed,) = (tmp_path / "vault").glob("*/*")
    assert b"right_index" not in sealed.read_bytes()


def test_a_trial_that_was_not_begun_in_time_is_not_done_later(counter: Counter) -> None:
    """By then a blank may lie where the test card lay."""
    begin(counter, "card_printer", test_card="1")
    counter.clock.go(301)
    counter.run("trial")
    assert last(counter, "card_printer").state == "cut"
    assert counter.devices["card_printer"].submitted == []
