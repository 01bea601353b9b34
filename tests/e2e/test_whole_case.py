"""Each sample case from report to archive on real daemons, judged by programs that nobody here wrote."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageStat
from played import Played, chain_break, tool

TERLANTAR, LANSIA, FAMILY = "terlantar-no-identity", "lansia-never-recorded", "family-of-eleven"
CASES = (TERLANTAR, LANSIA, FAMILY)
WITH_KK = (TERLANTAR, FAMILY)
CARDS = {TERLANTAR: [0], LANSIA: [0], FAMILY: [0, 1, 2, 3, 10]}
SHEETS = {TERLANTAR: 1, LANSIA: 0, FAMILY: 2}
LIMITS = {1: None, 2: 300, 3: 300, 4: 300, 5: 120, 6: 60, 7: 300, 8: 120, 9: 60}
NUMBER = re.compile(r"\b99\d{14}\b")

pytestmark = [pytest.mark.daemons, pytest.mark.whole, pytest.mark.timeout(60, func_only=True)]


def numbers(played: Played) -> tuple[str, list[str]]:
    """KK number and NIKs as they stand on the signed family card."""
    text = tool("pdftotext", "-layout", played.out / "kk-signed.pdf", "-")
    (kk_number,) = set(re.findall(r"No\. (\d{16})", text))
    return kk_number, [number for number in NUMBER.findall(text) if number != kk_number]


def sheets(played: Played) -> list[Path]:
    return sorted(played.out.glob("kk-printed*.png"))


def codes(picture: Path) -> list[str]:
    with Image.open(picture) as opened:
        return [found.text for found in zxingcpp.read_barcodes(opened)]


def likeness(paper: Image.Image, page: Image.Image, turn: Image.Transpose) -> float:
    """How far, in grey levels on average, a coarse picture of the paper is from the page turned on it."""
    coarse = (124, 175)
    small = [one.convert("L").resize(coarse, Image.Resampling.BOX) for one in (paper, page.transpose(turn))]
    return float(ImageStat.Stat(ImageChops.difference(*small)).mean[0])


@pytest.mark.parametrize("run", CASES)
def test_the_case_ends_as_its_file_expects(played: Played, run: str) -> None:
    assert played.code == 0, played.output
    assert f"GOOD: {run} ended DIARSIPKAN" in played.output
    cuts = ["chip", "print"] if run == LANSIA else ["sign", "chip", "print"]
    assert played.json("timeline.json")["cuts"] == cuts
    assert f"in {len(cuts)} cut(s)" in played.output


@pytest.mark.parametrize("run", CASES)
def test_everything_is_left_behind(played: Played, run: str) -> None:
    wanted = {"card-printed.png", "chip.json", "receipt.pdf", "timeline.json", "audit.jsonl", "blanks.json"}
    if run in WITH_KK:
        wanted |= {"kk-signed.pdf", "kk-printed.png"}
    found = {path.name for path in played.out.iterdir()}
    assert wanted <= found
    assert len(list(played.out.glob("card-printed*.png"))) == len(played.chips()) == len(CARDS[run])
    assert len(sheets(played)) == SHEETS[run]
    assert ("kk-signed.pdf" in found) == (run in WITH_KK)


@pytest.mark.parametrize("run", WITH_KK)
def test_pdfsig_trusts_the_family_card(played: Played, run: str, tmp_path: Path) -> None:
    tool("certutil", "-N", "-d", f"sql:{tmp_path}", "--empty-password")
    root = played.out / "roots" / "esign-roots.pem"
    tool("certutil", "-A", "-d", f"sql:{tmp_path}", "-n", "root", "-t", "CT,C,C", "-i", root)
    told = tool("pdfsig", "-nssdir", f"sql:{tmp_path}", played.out / "kk-signed.pdf")
    assert told.count("Signature #") == 1
    for sentence in (
        "Signature is Valid.",
        "Certificate is Trusted.",
        "Total document signed",
        "CN=SRI WAHYUNI KUSUMA",
    ):
        assert sentence in told
    assert "ETSI.CAdES.detached" in told


@pytest.mark.parametrize("run", WITH_KK)
def test_the_signed_file_is_the_audited_one(played: Played, run: str) -> None:
    digest = hashlib.sha256((played.out / "kk-signed.pdf").read_bytes()).hexdigest()
    assert [facts["sha256"] for facts in played.facts("case-sign-complete")] == [digest]
    assert [facts["sha256"] for facts in played.facts("signature-receive-complete")] == [digest]


@pytest.mark.parametrize("run", CASES)
def test_qpdf_finds_every_document_sound(played: Played, run: str) -> None:
    for document in played.out.glob("*.pdf"):
        assert "No syntax or stream encoding errors found" in tool("qpdf", "--check", document)


@pytest.mark.parametrize("run", WITH_KK)
def test_every_resident_stands_on_the_family_card_once(played: Played, run: str) -> None:
    kk_number, niks = numbers(played)
    residents = played.case["residents"]
    assert len(niks) == len(set(niks)) == len(residents)
    assert {one["nik"] for one in residents if one["nik"]} <= set(niks)
    text = tool("pdftotext", "-layout", played.out / "kk-signed.pdf", "-")
    assert f"Lembar {SHEETS[run]} dari {SHEETS[run]}" in text
    assert "SPECIMEN" in text
    for resident, nik in zip(residents, niks, strict=True):
        born = "".join(reversed(resident["birth_date"][2:].split("-")))
        assert nik[6:12] == str(int(born) + (400000 if resident["sex"] == 2 else 0)).zfill(6)
        assert resident["full_name"].split()[0] in text
    for chip in played.chips():
        assert chip["fields"]["kk_number"] == kk_number


@pytest.mark.parametrize("run", WITH_KK)
def test_the_printed_sheets_show_the_signed_document_and_its_code(played: Played, run: str, tmp_path: Path) -> None:
    kk_number, _ = numbers(played)
    tool("pdftoppm", "-r", "100", "-png", played.out / "kk-signed.pdf", tmp_path / "page")
    for printed, drawn in zip(sheets(played), sorted(tmp_path.glob("page*.png")), strict=True):
        sealed = rf"SIAGA-KK:{kk_number}:[0-9A-F]{{8}}:[0-9A-Z $%*+\-./:]{{152}}"
        assert any(re.fullmatch(sealed, code) for code in codes(printed))
        with Image.open(printed) as paper, Image.open(drawn) as page:
            assert paper.size == (2480, 3508)
            assert likeness(paper, page, Image.Transpose.ROTATE_270) < 8
            assert likeness(paper, page, Image.Transpose.ROTATE_90) > 12


@pytest.mark.parametrize("run", CASES)
def test_the_slip_leads_back_to_the_case(played: Played, run: str, tmp_path: Path) -> None:
    tool("pdftoppm", "-r", "150", "-png", "-singlefile", played.out / "slip.pdf", tmp_path / "slip")
    assert codes(tmp_path / "slip.png") == [f"SIAGA:{played.json('timeline.json')['code']}"]


@pytest.mark.parametrize("run", CASES)
def test_each_card_is_printed_in_full_and_differs(played: Played, run: str) -> None:
    seen = set()
    for path in played.out.glob("card-printed*.png"):
        with Image.open(path) as card:
            # PWG raster, or Apple raster where CUPS insists on it
            assert card.size in {(1016, 638), (1015, 637)}
            assert len(card.convert("RGB").getcolors(1016 * 638) or ()) > 1000
            seen.add(hashlib.sha256(card.tobytes()).hexdigest())
    assert len(seen) == len(CARDS[run])


@pytest.mark.parametrize("run", CASES)
def test_openssl_verifies_every_security_object(played: Played, run: str, tmp_path: Path) -> None:
    for chip in played.chips():
        files = {name: bytes.fromhex(content) for name, content in chip["files"].items()}
        header = 2 + (files["SOD"][1] & 0x7F if files["SOD"][1] & 0x80 else 0)
        assert files["SOD"][0] == 0x77
        (tmp_path / "sod.der").write_bytes(files["SOD"][header:])
        verify = ["openssl", "cms", "-verify", "-inform", "DER", "-in", tmp_path / "sod.der", "-purpose", "any"]
        content = tmp_path / "content.der"
        tool(*verify, "-CAfile", played.out / "roots" / "chip-roots.pem", "-out", content)
        groups = {name: data for name, data in files.items() if name.startswith("DG")}
        assert set(groups) | {"DG7"} == {"DG1", "DG2", "DG7", "DG11", "DG12", "DG13", "DG15"}
        for data in groups.values():
            assert hashlib.sha256(data).digest() in content.read_bytes()
        with pytest.raises(AssertionError):
            tool(*verify, "-CAfile", played.out / "roots" / "packet-roots.pem", "-out", content)


@pytest.mark.parametrize("run", CASES)
def test_each_chip_holds_its_resident(played: Played, run: str) -> None:
    for index, chip in zip(CARDS[run], played.chips(), strict=True):
        resident, fields = played.case["residents"][index], chip["fields"]
        assert (fields["full_name"], fields["birth_date"]) == (resident["full_name"], resident["birth_date"])
        assert NUMBER.fullmatch(fields["nik"])
        assert resident["nik"] in {None, fields["nik"]}
        assert chip["verdict"]["valid"] and chip["verdict"]["reasons"] == []
        assert all(chip["verdict"]["hashes"].values())
        assert chip["closed"] == {"FP1": "6982", "FP2": "6982"}, "DG7 holds the thumb of who does not sign"
        assert all(chip["closed_files"][name].startswith("7F61") for name in ("FP1", "FP2"))
        assert not any("KEY" in name.upper() for name in chip["files"] | chip["closed_files"])
    if run in WITH_KK:
        _, niks = numbers(played)
        assert [chip["fields"]["nik"] for chip in played.chips()] == [niks[index] for index in CARDS[run]]


@pytest.mark.parametrize("run", CASES)
def test_the_audit_chain_holds_and_tells_of_every_act(played: Played, run: str) -> None:
    entries = played.audit()
    assert chain_break(entries) is None
    assert chain_break([*entries[:20], {**entries[20], "at": entries[20]["at"] + 1}, *entries[21:]]) == 21
    assert chain_break([*entries[:20], *entries[21:]]) == 21
    events = [entry["event"] for entry in entries]
    assert [event for event in events if event.startswith("case-")][-1] == "case-archive-complete"
    cards = len(CARDS[run])
    for event in ("card-encode-complete", "card-print-complete", "ktp-hand_over_card-complete"):
        assert events.count(event) == cards, event
    for event in ("kk-kk_printed-complete", "kk-hand_over_kk-complete", "siak-entry-complete"):
        assert events.count(event) == (run in WITH_KK), event
    assert events.count("recovery-init") >= len(played.json("timeline.json")["cuts"])
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in played.out.glob("receipt*.pdf")}
    assert {facts["sha256"] for facts in played.facts("receipt-typeset-complete")} == digests


@pytest.mark.parametrize("run", CASES)
def test_neither_audit_nor_log_knows_a_person(played: Played, run: str) -> None:
    household, reporter = played.case["household"], played.case["reporter"]
    names = [reporter["name"], *(one["full_name"] for one in played.case["residents"])]
    secret = {word for name in names for word in name.split() if len(word) > 3}
    secret |= {household["address"], *(chip["fields"]["nik"] for chip in played.chips())}
    secret |= {letter["number"] for letter in played.case["letters"] if letter["number"] != "-"}
    said = (letter.get("details", {}) for letter in played.case["letters"])
    secret |= {one[key] for one in said for key in ("person", "companion", "address") if key in one}
    for name in ("audit.jsonl", "appliance.log"):
        text = (played.out / name).read_text(encoding="utf-8")
        assert [word for word in secret if word.casefold() in text.casefold()] == []
        assert NUMBER.findall(text) == []


@pytest.mark.parametrize("run", CASES)
def test_the_blank_ledger_balances(played: Played, run: str) -> None:
    ledger, cards = played.json("blanks.json"), len(CARDS[run])
    assert ledger["balanced"] and ledger["difference"] is None
    assert ledger["states"] == {"handed_over": cards, "received": 20 - cards}
    handed = [blank["uid"] for blank in ledger["blanks"] if blank["state"] == "handed_over"]
    assert sorted(handed) == sorted(chip["uid"] for chip in played.chips())
    assert len(set(handed)) == cards


@pytest.mark.parametrize("run", CASES)
def test_the_timeline_has_every_step_and_its_clock(played: Played, run: str) -> None:
    told = played.json("timeline.json")
    steps = {step["step"] for step in told["steps"]}
    assert steps >= (set(range(10)) if run in WITH_KK else {0, 1, 2, 3, 7, 8, 9})
    for step in told["steps"]:
        assert step["role"] and step["machine_s"] >= 0 and step["wall_s"] >= step["machine_s"] - 0.001
    clocks = {clock["step"]: clock for clock in told["clocks"]}
    for step in steps - {0}:
        assert clocks[step]["limit_s"] == LIMITS[step]
        assert clocks[step]["elapsed_s"] >= clocks[step]["touch_s"] >= 0
        assert not clocks[step]["over"]
    assert 0 < told["machine_s"] <= told["wall_s"] + 0.1
    assert len(told["first_page_s"]) == 1 + len(told["cuts"])


@pytest.mark.parametrize("run", CASES)
def test_every_letter_was_photographed_and_its_picture_could_be_read(played: Played, run: str) -> None:
    letters = [letter["kind"] for letter in played.case["letters"]]
    seen = [facts["paper"] for facts in played.facts("paper-scan-complete") if facts["state"] == "accepted"]
    assert sorted(seen) == sorted(letters)
    brought_later = [facts["kind"] for facts in played.facts("letter-describe-complete")]
    assert brought_later == (["SK_DINSOS"] if run == TERLANTAR else []), "the others came with the file"


@pytest.mark.parametrize("run", [TERLANTAR])
def test_one_resident_is_quick_and_small(played: Played, run: str) -> None:
    told = played.json("timeline.json")
    # Three cases are played beside each other here; alone 60 s and 3 s are the limits (docs/benchmarks.md).
    assert told["wall_s"] <= 180
    assert max(told["first_page_s"]) <= 15
    memory = re.search(r"memory at its peak (\d+) MB", played.output)
    assert memory is not None and int(memory[1]) <= 450


@pytest.mark.parametrize("run", [TERLANTAR])
def test_the_file_comes_back_once_and_the_missing_finger_is_named(played: Played, run: str) -> None:
    assert [facts["items"] for facts in played.facts("case-return_file-complete")] == [["SK_DINSOS"]]
    assert len(played.facts("case-resubmit-complete")) == 1
    assert played.facts("search-complete") == [{"resident": 0, "result": "no_hit"}]
    exceptions = played.facts("finger-except-complete")
    assert [(one["finger"], one["permanent"]) for one in exceptions] == [("left_little", True)]


@pytest.mark.parametrize("run", [LANSIA])
def test_a_failed_enrolment_is_recorded_again_and_a_thumb_stands_for_the_signature(played: Played, run: str) -> None:
    assert [facts["state_name"] for facts in played.facts("ktp-enrolment_failed-complete")] == [
        "ENROLL_FAILURE_AT_CENTRAL"
    ]
    assert len(played.facts("ktp-start_recording-complete")) == 2
    assert [facts["state"] for facts in played.facts("ktp-enrolment_ready-complete")] == ["PRR"]
    marks = [facts["finger"] for facts in played.facts("thumb-capture-complete") if facts["state"] == "accepted"]
    assert len(marks) == 2, "one a recording"
    assert not played.facts("signature-capture-complete") and not played.facts("siak-entry-init")


@pytest.mark.parametrize("run", [FAMILY])
def test_only_adults_without_a_number_are_searched_and_five_get_a_card(played: Played, run: str) -> None:
    assert [facts["resident"] for facts in played.facts("search-complete")] == [0, 1, 2, 3]
    assert [facts["resident"] for facts in played.facts("ktp-hand_over_card-complete")] == CARDS[FAMILY]
    assert len({chip["fields"]["document_number"] for chip in played.chips()}) == 5
    assert len({chip["closed_files"]["FP1"] for chip in played.chips()}) == 5
