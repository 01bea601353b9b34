"""The power goes at many more points than the demo's usual three; nothing is lost, nothing happens twice."""

from __future__ import annotations

import re

import pytest
from played import Played, tool

OFFICE = "terlantar-no-identity --cut search siak enrolment packet kk-sheet"
VAN = "terlantar-no-identity --cut finger signature open-session kk-job card-job card-out card-state"

pytestmark = [pytest.mark.daemons, pytest.mark.whole, pytest.mark.timeout(60, func_only=True)]


@pytest.mark.parametrize("run", [OFFICE, VAN])
def test_the_case_goes_on_after_every_cut(played: Played, run: str) -> None:
    assert played.code == 0, played.output
    wanted = run.partition(" --cut ")[2].split()
    told = played.json("timeline.json")
    assert sorted(told["cuts"]) == sorted(wanted)
    assert len(told["first_page_s"]) == 1 + len(wanted)
    assert len(played.facts("recovery-init")) >= 1


@pytest.mark.parametrize("run", [OFFICE, VAN])
def test_nothing_happened_twice(played: Played, run: str) -> None:
    assert sorted(path.name for path in played.out.glob("*-printed*.png")) == ["card-printed.png", "kk-printed.png"]
    assert "1 signature(s) at the service" in played.output
    once = (
        "siak-entry",
        "kk-kk_printed",
        "packet-receive",
        "card-encode",
        "card-print",
        "ktp-enrolment_sent",
        "search",
    )
    assert {event: len(played.facts(f"{event}-complete")) for event in once} == dict.fromkeys(once, 1)
    # A signature whose order got no answer may be asked for again by the officer: the later one stands.
    assert 1 <= len(played.facts("signature-capture-complete")) <= 2
    ledger, (chip,) = played.json("blanks.json"), played.chips()
    assert ledger["balanced"] and ledger["states"] == {"handed_over": 1, "received": 19}
    assert [blank["uid"] for blank in ledger["blanks"] if blank["state"] == "handed_over"] == [chip["uid"]]
    assert chip["verdict"]["valid"]


@pytest.mark.parametrize("run", [OFFICE, VAN])
def test_there_is_one_number_of_each_kind(played: Played, run: str) -> None:
    (chip,) = played.chips()
    numbers = re.findall(r"\b99\d{14}\b", tool("pdftotext", "-layout", played.out / "kk-signed.pdf", "-"))
    assert sorted(numbers) == sorted([chip["fields"]["kk_number"], chip["fields"]["nik"]])
    # The register counts from 0001: a second entry would have taken 0002.
    assert chip["fields"]["nik"].endswith("0001") and chip["fields"]["kk_number"].endswith("0001")
