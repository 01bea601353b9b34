"""Every word of the faces: faults, pictures and translations are complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from front_office import open_office, post

from appliance import kiosk_ui
from appliance.casework import codes
from appliance.casework.clocks import STEPS, Stay, read_clocks
from appliance.casework.codes import LETTERS, RETURN_REASONS
from appliance.casework.requirements import _WHERE
from appliance.casework.sop import CASE_ENDS, CASE_STATES, KK_STATES, KTP_STATES
from appliance.casework.ticket import SERVICES
from appliance.config import ConfigError
from appliance.devices import FingerPosition
from appliance.faults import FAULTS, FaultCode
from appliance.kiosk_ui import status, words
from appliance.kiosk_ui.case_page import ANSWER_PICTURES
from appliance.kiosk_ui.forms import NO_SUCH_DAY, TOO_LONG, WRONG
from appliance.kiosk_ui.language import OWN_NAME, catalogues, load
from appliance.kiosk_ui.notices import LANGUAGES, NOTICES, notice
from appliance.kiosk_ui.officer.acts import ACTS
from appliance.kiosk_ui.pictures import DRAWINGS
from appliance.kiosk_ui.protection import SENTENCES
from appliance.kiosk_ui.resident import comfort, document, listening, next_step, to_desk
from appliance.kiosk_ui.resident.questions import LETTER_PAGES, NOT_KNOWN, answers, pages
from appliance.kiosk_ui.resident.slip import CODE, NO_READER, NOT_OURS, NOT_READ, UNKNOWN_CODE
from appliance.office.document_check import Currency
from appliance.office.document_look import Looked
from appliance.office.questions import QUESTIONS
from appliance.records.blanks import BlankState

HOME = Path(kiosk_ui.__file__).parent


def test_every_fault_has_its_words_in_every_language() -> None:
    for language in LANGUAGES:
        assert set(NOTICES[language]) == set(FaultCode) == set(FAULTS)
        for found in NOTICES[language].values():
            for sentence in (found.resident, found.officer, found.technician, found.remedy):
                assert sentence.endswith("."), (found.code, sentence)
                assert len(sentence) <= 140, sentence
            assert found.code.value not in found.resident + found.officer
            assert found.picture in DRAWINGS
    assert notice("printer.some-keyword-of-its-own") is None


def test_residents_read_short_sentences_without_jargon() -> None:
    for language in LANGUAGES:
        for found in NOTICES[language].values():
            assert len(found.resident.split()) <= 20
            assert not re.search(r"\b(SAM|PRR|SFE|TTE|APDU|ATR|HTTP|CUPS|NIK)\b", found.resident)


def asked_of_residents() -> Iterator[str]:
    """Every source string that can reach a resident's page."""
    templates = [*(HOME / "templates" / "resident").glob("*.html"), *(HOME / "templates").glob("[pe]*.html")]
    for path in templates:
        yield from re.findall(r"_\([\"']([^\"']+)[\"']\)", path.read_text("utf-8"))
    drafts: list[dict[str, object]] = [{}, {"role": "self"}]
    for draft in drafts:
        for page in (*pages(draft), *LETTER_PAGES):
            yield page.question
            yield page.hint
            for field in page.fields:
                yield from (field.label, field.fix, field.hint)
                if field.name not in {"district", "kelurahan"}:  # names of places are not translated
                    yield from (label for _, label in field.options)
                yield field.missing().sentence
    yield from (CODE[0].label, CODE[0].hint, CODE[0].fix)
    yield from (
        TOO_LONG,
        WRONG,
        NO_SUCH_DAY,
        UNKNOWN_CODE,
        NO_READER,
        NOT_OURS,
        NOT_READ,
        "Tanggal",
        "Bulan",
        "Tahun",
    )
    yield from ("Berkas ini tidak sedang menunggu surat.", "Tanggal surat di masa depan.")  # office.reports
    for title, sentence in SENTENCES.values():
        yield from (title, sentence)
    yield from status.SERVICE_NAMES.values()
    yield from status.LEVEL_NAMES.values()
    yield from (step.name for step in STEPS)
    yield from LETTERS.values()
    yield from RETURN_REASONS.values()
    yield from _WHERE.values()
    yield from (words.state(end) for end in CASE_ENDS)
    yield from (comfort.LOUDNESS, comfort.SPELT, comfort.TONES, comfort.LIT)
    yield from (*listening.STILL_HERE, *listening.STILL_HERE_BY_KEY, *listening.GREETING, listening.LETTERS)
    yield from listening.SAMPLE
    yield from (*listening.WORDS.values(), *listening.SIGNS.values())
    yield from SERVICES.values()
    yield from (*next_step.OF_STATE.values(), *next_step.OF_STEP.values(), next_step.WAIT, NOT_KNOWN)
    for reason in to_desk.REASONS.values():
        yield from reason
    yield from (words.AT, *words.MONTHS)
    yield from (*document.HOLD.values(), document.NOT_SEEN, document.NO_READER)
    for truth in (True, False, None):
        for currency in Currency:
            for what in document.READERS:
                for more in ({}, {"why": "unknown_key"}, {"office": "Disdukcapil Kota Contoh"}):
                    looked = Looked("read", truth, currency, **more)
                    for fact in (document.genuine(what, looked), document.current(looked)):
                        yield from (fact.word, fact.meaning)


@pytest.mark.parametrize("language", sorted(set(catalogues()) - {"id"}))
def test_no_word_of_the_residents_face_is_missing_in_another_language(language: str) -> None:
    translated = {source: target for source, target in load(language).items() if source != OWN_NAME}
    asked = {sentence for sentence in asked_of_residents() if sentence}
    assert sorted(asked - set(translated)) == []
    assert sorted(set(translated) - asked) == [], "words nobody asks for"
    for source, target in translated.items():
        assert target.strip() and len(target) <= max(40, 1.6 * len(source)), source
        assert re.findall(r"\d+", target) == re.findall(r"\d+", source), source
        assert source[-1] not in ".?:" or target[-1] == source[-1], source


def test_a_resident_chooses_among_the_offices_languages_and_no_others(tmp_path: Path) -> None:
    usual = open_office(tmp_path / "usual").app("resident").test_client()
    assert "Basa Jawa" not in usual.get("/").text
    post(usual, "/", "/bahasa", language="jv")
    assert '<html lang="id"' in usual.get("/").text
    wider = open_office(tmp_path / "wider", languages=("id", "jv")).app("resident").test_client()
    assert "English" not in wider.get("/").text
    post(wider, "/", "/bahasa", language="jv")
    page = wider.get("/").text
    assert '<html lang="jv"' in page and "Panjenengan betah punapa?" in page
    post(wider, "/", "/bahasa", language="en")
    assert '<html lang="jv"' in wider.get("/").text
    with pytest.raises(ConfigError, match="no catalogue of xx"):
        open_office(tmp_path / "unknown", languages=("id", "xx")).app("resident")


def test_states_fingers_and_blanks_are_said_in_words() -> None:
    for state in (*CASE_STATES, *KK_STATES, *KTP_STATES):
        assert words.state(state) in words.STATES.values()
    assert {finger.value for finger in FingerPosition} == set(codes.FINGERS)
    assert {str(state) for state in BlankState} == set(words.BLANKS)


def test_every_picture_that_is_asked_for_is_drawn() -> None:
    asked = {act.picture for act in ACTS.values()} | set(ANSWER_PICTURES.values())
    for draft in ({}, {"role": "self"}):
        for page in (*pages(draft), *LETTER_PAGES):
            asked.update(picture for _, picture in page.pictures)
    for path in (HOME / "templates").rglob("*.html"):
        asked.update(re.findall(r"icon\(\"([a-z_]+)\"\)", path.read_text("utf-8")))
    assert sorted(asked - set(DRAWINGS)) == []
    answers = {value for _, _, offered in QUESTIONS.values() for value, _ in offered}
    assert answers - set(ANSWER_PICTURES) <= {"again"}


def test_times_and_clocks_are_said_as_people_say_them() -> None:
    assert words.duration(59.9) == "59 detik"
    assert words.duration(300) == "5 menit"
    assert words.duration(245) == "4 menit 05 detik"
    assert words.duration(7800) == "2 jam 10 menit"
    assert words.duration(3 * 86_400 + 4 * 3600) == "3 hari 4 jam"
    assert words.moment(1_795_503_900_000) == "24 November 2026, pukul 14.05 WIB"
    english = load("en")
    assert words.moment(1_796_108_700_000, lambda word: english[word]) == "1 December 2026, at 14.05 WIB"


def test_a_step_done_within_a_second_is_not_said_to_be_still_to_come() -> None:
    def said(*stays: Stay) -> str:
        return words.clock_mark(read_clocks(stays, 10_000)[2])[1]

    assert said() == "belum mulai"
    assert said(Stay(3, 0, 0, 0)) == said(Stay(3, 0, 900, 900)) == "terpakai kurang dari 1 detik"
    assert said(Stay(3, 0, 9_000, 2_000)) == "terpakai 2 detik"
    assert said(Stay(3, 0, None, 0)) == "sisa 5 menit"


def test_a_finding_is_shown_without_the_key_of_the_file() -> None:
    assert words.note("household.postal_code: kode pos lazimnya 34111") == "Kode pos lazimnya 34111"
    assert words.note("residents[1].birth_date: tanggal perkiraan") == "Penduduk 2: tanggal perkiraan"
    assert words.note("tanpa kunci") == "tanpa kunci"


def test_a_paper_says_whose_or_what_for_it_is() -> None:
    assert words.paper_title("Tanda terima", "KTP-0") == "Tanda terima KTP-el penduduk 1"
    assert words.paper_title("Draf KK", "KK") == "Draf KK"
    assert words.paper_title("Bukti", "pengembalian") == "Bukti pengembalian"


def test_a_catalogue_dropped_in_is_a_language_and_its_notices_fall_back_to_indonesian(tmp_path: Path) -> None:
    (tmp_path / "xx.json").write_text(f'{{"{OWN_NAME}": "Bahasa contoh"}}', "utf-8")
    (tmp_path / "pictures.json").write_text("{}", "utf-8")
    assert dict(catalogues(tmp_path)) == {"id": {}, "xx": {OWN_NAME: "Bahasa contoh"}}
    reason = next(iter(FaultCode)).value
    assert notice(reason, "xx") == notice(reason, "id")


def test_answers_are_translated_whole_and_what_was_typed_is_not() -> None:
    english = load("en")
    draft = {"consent": True, "role": "pamong", "reporter": "SAKIT", "condition": ("elderly", "sick")}
    told = {question: answer for _, question, answer in answers(draft, lambda one: english.get(one, one))}
    assert told["Siapa yang melapor?"] == "Neighbourhood head (RT, RW)"
    assert told["Siapa nama Anda?"] == "SAKIT"
