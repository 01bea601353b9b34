"""The resident's face held to the rules of `tests/points.py`: every kind of screen is measured once a setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from faces import served
from front_office import open_office
from playwright.sync_api import Browser
from resident_screens import Screen, every_screen, measured
from screens import MM, fits, viewport

pytestmark = pytest.mark.timeout(400)
"""The walks through all screens take a minute and a half of a machine that has three workers."""


@dataclass(frozen=True)
class Setting:
    """A panel, a language, a set of colours."""

    panel: str = "15.6in"
    language: str = "id"
    contrast: int = 0


SETTINGS = {
    "15.6in": Setting(),
    "10.1in": Setting("10.1in"),
    "English": Setting(language="en"),
    "dark on light": Setting(contrast=1),
    "light on dark": Setting(contrast=2),
    "soft": Setting(contrast=3),
}


@pytest.fixture(scope="module")
def shown(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, list[Screen]]]:
    """All screens in each setting; that each of them fits is seen on the way."""
    found: dict[str, list[Screen]] = {}
    for name, setting in SETTINGS.items():
        width, height = viewport(setting.panel)
        context = chromium.new_context(viewport={"width": width, "height": height})
        page = context.new_page()
        page.set_default_timeout(10_000)
        with served(open_office(tmp_path_factory.mktemp("office"))) as site:
            page.goto(site.address)
            for selector in (f".languages [value={setting.language}]", *["[value=contrast]"] * setting.contrast):
                with page.expect_navigation(wait_until="load"):
                    page.locator(selector).click()
            found[name] = []
            for screen in every_screen(page, site):
                fits(page)
                found[name].append(measured(page, screen))
        context.close()
    yield found


Shown = Mapping[str, list[Screen]]


def test_capitals_are_48_mm_high_and_none_below_35_mm(shown: Shown) -> None:
    """Atkinson Hyperlegible's capitals are 0.668 em (Section 508 §402.4: 3/16 inch)."""
    for name in ("15.6in", "10.1in", "English"):
        for screen in shown[name]:
            assert screen.mm("body") * 0.668 >= 4.8, screen.name
            size, html = screen.found["texts"][0]
            assert size / MM * 0.668 >= 3.5, (name, screen.name, html, size / MM)


def test_everything_stands_out_ten_to_one(shown: Shown) -> None:
    for name in ("15.6in", "10.1in", "English"):
        for screen in shown[name]:
            assert screen.found["contrast"][0][0] >= 10, (name, screen.name, screen.found["contrast"][:2])


def test_the_edge_of_every_control_stands_out_too(shown: Shown) -> None:
    """Its border, or what it is filled with, against what lies around it."""
    least = {"soft": 4.5, "dark on light": 20.9, "light on dark": 20.9}
    for name, screens in shown.items():
        for screen in screens:
            ratio, html = screen.found["edges"][0]
            assert ratio >= least.get(name, 10), (name, screen.name, html, ratio)


WRONG = {
    "who, nothing chosen": 1,
    "name, two mistakes": 2,
    "institution, nothing typed": 1,
    "unknown code": 1,
    "letter's date, no such day": 1,
    "letter not awaited": 0,
}
"""Screens with mistakes, and how many of them are of a field."""


def test_every_mistake_stands_at_its_field_in_the_same_words_and_the_label_stays(shown: Shown) -> None:
    for name, screens in shown.items():
        for screen in screens:
            fields = screen.found["fields"]
            assert len(fields) == WRONG.get(screen.name, 0), (name, screen.name)
            bad = [one for one in fields if not (one["at_field"] and one["label"] and one["marked"])]
            assert bad == [], (name, screen.name)


def test_black_and_white_are_that_and_low_glare_lies_between(shown: Shown) -> None:
    for name in ("dark on light", "light on dark"):
        for screen in shown[name]:
            assert screen.found["contrast"][0][0] > 20.9, (name, screen.name, screen.found["contrast"][:2])
    for screen in shown["soft"]:
        ratios = screen.found["contrast"]
        assert ratios[0][0] >= 4.5 and ratios[-1][0] <= 8, (screen.name, ratios[0], ratios[-1])


def test_targets_keep_their_distance_and_the_end_stands_apart(shown: Shown) -> None:
    """2.6 mm between any two; 20 mm between the main action and the one that wipes."""
    for name, screens in shown.items():
        for screen in screens:
            gap, *pair = screen.found["gaps"][0]
            assert gap / MM >= 2.5, (name, screen.name, pair, gap / MM)
            main, finish = screen.found["main"], screen.found["finish"]
            if main and not screen.found["finish_is_main"]:
                assert (main["left"] - finish["right"]) / MM >= 19.9, (name, screen.name)


def test_one_question_a_page_back_at_left_the_main_action_at_right(shown: Shown) -> None:
    for name, screens in shown.items():
        corners = set()
        for screen in screens:
            found = screen.found
            assert found["headings"] == 1 and found["mains"] <= 1, (name, screen.name)
            assert found["choices"] <= 7, (name, screen.name)
            if found["main"] and not found["finish_is_main"]:
                corners.add((round(found["main"]["right"]), round(found["main"]["bottom"])))
            if found["back"]:
                assert found["back"]["right"] < found["finish"]["left"], (name, screen.name)
        assert len(corners) == 1, (name, corners)


def test_forty_words_a_screen_at_most(shown: Shown) -> None:
    for name in ("15.6in", "English"):
        counts = {screen.name: screen.found["words"] for screen in shown[name]}
        assert max(counts.values()) <= 40, (name, counts)


def test_every_screen_offers_its_languages_by_their_own_names(shown: Shown) -> None:
    for name, screens in shown.items():
        for screen in screens:
            assert screen.found["languages"] == [["id", "Indonesia"], ["en", "English"]], (name, screen.name)
            assert screen.found["lang"] == SETTINGS[name].language


def test_help_and_the_end_are_on_every_screen(shown: Shown) -> None:
    for name, screens in shown.items():
        for screen in screens:
            assert screen.found["help"] == 1 and screen.found["finish"], (name, screen.name)


def test_nothing_moves_or_flashes(shown: Shown) -> None:
    for name, screens in shown.items():
        assert [screen.name for screen in screens if screen.found["moving"]] == [], name


def test_a_state_has_shape_and_word_and_only_mistakes_are_alerts(shown: Shown) -> None:
    for name, screens in shown.items():
        for screen in screens:
            assert screen.found["bare"] == [], (name, screen.name)
            expected = [["alert", None]] if screen.name in WRONG else [["status", None]]
            assert screen.found["live"] == expected, (name, screen.name, screen.found["live"])
