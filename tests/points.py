"""The rules of the three faces, and the test that proves each (A), or that a person checks it on the machine (H, D).

The rules come from EN 301 549, Section 508, VVSG 2.0, WCAG 2.2 and the GOV.UK design system; the words are ours.
`.ci/manuals.py` makes `docs/manual/points.md` of this table; `tests/unit/test_points.py` holds it to the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Point:
    """One rule; `tests` are `file::name` below `tests/`; `short` is what of it is not met, and why."""

    number: int
    kind: Literal["A", "H", "D"]
    words: str
    tests: tuple[str, ...] = ()
    short: str = ""


_P, _A, _R = (
    "ui/test_resident_points.py::test_",
    "ui/test_resident_acts.py::test_",
    "unit/test_resident_rules.py::test_",
)
_K = "ui/test_keypad.py::test_"
_C, _B, _F = "ui/test_comfort.py::test_", "ui/test_browser.py::test_", "unit/test_face_routes.py::test_"
_T = "ui/test_technician_every_page.py::test_every_page_is_accessible_wide_enough_light_and_easy_to_hit"
_FITS = f"{_C}every_kind_of_screen_fits_on_every_panel"
POINTS = (
    Point(1, "A", "Capitals are 4.8 mm high, none is below 3.5 mm.",
          (f"{_P}capitals_are_48_mm_high_and_none_below_35_mm",)),
    Point(2, "A", "Larger letters are at most two touches away and cost no answer.",
          (f"{_A}large_letters_are_one_touch_away_and_keep_the_answers",
           f"{_C}large_letters_fit_on_every_screen_without_scrolling",
           f"{_C}largest_letters_fit_or_are_turned_by_two_large_buttons",
           f"{_C}below_156_inch_the_largest_letters_are_the_large_ones",
           f"{_C}below_13_inch_large_letters_are_not_offered"),
          "The largest (capitals of 8.5 mm) from 15.6 inch only: decision 0036."),
    Point(3, "A", "Text, signs and the edges of controls stand out 10 to 1.",
          (f"{_P}everything_stands_out_ten_to_one", f"{_P}the_edge_of_every_control_stands_out_too")),
    Point(4, "A", "Black on white, white on black, and low glare between 4.5 and 8 to 1 can be chosen.",
          (f"{_P}black_and_white_are_that_and_low_glare_lies_between", f"{_C}every_set_of_colours_can_be_read")),
    Point(5, "A", "For staff, text stands out 4.5 to 1 and controls 3 to 1.",
          (_T, f"{_A}an_officers_controls_stand_out_three_to_one")),
    Point(6, "A", "What is touched is 20 mm wide, 15 mm below 15 inch, 12.7 mm for staff.",
          (_FITS, _T, f"{_B}an_officer_takes_a_file_in_and_sees_it_move_by_itself",
           "ui/test_staff_looks.py::test_every_page_of_an_officer_is_easy_to_hit_on_a_tablet")),
    Point(7, "A", "2.6 mm between two targets, 20 mm between the main action and the one that wipes.",
          (f"{_P}targets_keep_their_distance_and_the_end_stands_apart",)),
    Point(8, "A", "A resident never scrolls, with mistakes shown neither.",
          (_FITS, f"{_P}one_question_a_page_back_at_left_the_main_action_at_right",
           f"{_C}largest_letters_fit_or_are_turned_by_two_large_buttons"),
          "In the largest letters three screens of 15.6 inch are turned by two buttons of 22 mm: decision 0036."),
    Point(9, "A", "One question a page, seven answers at most, back at left, the main action always in one corner.",
          (f"{_P}one_question_a_page_back_at_left_the_main_action_at_right",)),
    Point(10, "A", "A mistake is told first, said at its field, and how to mend it, without office words.",
          (f"{_R}mistakes_say_how_to_go_on_without_office_words",
           f"{_P}every_mistake_stands_at_its_field_in_the_same_words_and_the_label_stays",
           f"{_B}a_resident_is_reported_by_touch_alone",
           "ui/test_staff_walks.py::test_an_officer_does_a_case_by_touch",
           "ui/test_staff_walks.py::test_an_officer_does_a_case_by_keyboard_alone",
           "ui/test_staff_walks.py::test_an_officer_does_a_case_by_what_a_screen_reader_tells")),
    Point(11, "A", "axe finds nothing in any language, colours or state.",
          (f"{_A}axe_finds_nothing_in_english_either", f"{_C}every_set_of_colours_can_be_read",
           f"{_A}axe_is_awake")),
    Point(12, "A", "At most 40 words of ours a screen, the keys and a person's own answers not counted.",
          (f"{_P}forty_words_a_screen_at_most",
           "unit/test_face_words.py::test_residents_read_short_sentences_without_jargon",
           f"{_R}a_report_takes_twelve_screens_at_most")),
    Point(13, "D", "Each action has picture and word; never picture or colour alone."),
    Point(14, "A", "The languages are on every screen, each by its own name.",
          (f"{_P}every_screen_offers_its_languages_by_their_own_names",)),
    Point(15, "A", "What was chosen and answered is gone with the visit.",
          (f"{_R}everything_chosen_is_back_to_plain_after_the_visit",)),
    Point(16, "A", "A visit warns 20 s before it ends: after 90 s, 45 s with data, twice that with sound.",
          (f"{_R}a_visit_ends_after_90_seconds_45_with_data_twice_that_with_sound",
           f"{_B}an_idle_visit_warns_then_wipes", f"{_C}the_warning_before_the_end_is_spoken")),
    Point(17, "A", "No visit ends while a device works for it.",
          (f"{_R}a_visit_does_not_end_while_the_reader_looks",)),
    Point(18, "A", "After the end nothing is left: not on the server, in the cookie, or behind Back.",
          (f"{_R}nothing_of_a_visit_is_left_when_it_ends", f"{_B}an_idle_visit_warns_then_wipes",
           f"{_B}a_fault_is_left_by_itself_and_whoever_comes_next_begins_anew")),
    Point(19, "A", "The end is on every screen and takes at most a second.",
          (f"{_P}help_and_the_end_are_on_every_screen", f"{_A}the_end_takes_one_touch_and_less_than_a_second")),
    Point(20, "H", "All that is shown and typed can be heard, privately, without staff.",
          (f"{_K}a_report_is_made_in_the_dark_by_what_is_spoken", f"{_K}a_status_is_heard_in_the_dark_by_its_code",
           "unit/test_voice.py::test_a_typed_name_and_number_are_said_to_headphones_only"),
          "Headphones are not noticed: a key says that they are there (decision 0042)."),
    Point(21, "H", "Speech can be paused, repeated, and set in speed and loudness.",
          (f"{_K}any_key_ends_what_is_being_said_and_one_says_it_again",
           f"{_K}loudness_goes_in_steps_to_its_ends_and_is_as_before_after_the_end",
           "unit/test_voice.py::test_loudness_has_a_floor_a_ceiling_and_twenty_decibels_above_the_usual",
           f"{_R}speed_goes_from_60_to_200_per_cent_in_six_steps"),
          "85 dB is the most, and decibels in the air are measured on the machine."),
    Point(22, "H", "With headphones in, the screen may be dark, and says so.",
          (f"{_K}a_touch_lights_the_screen_and_the_key_darkens_it_again",
           f"{_K}axe_finds_nothing_in_the_dark_and_all_is_told_to_a_screen_reader")),
    Point(23, "H", "Every way can be gone by the tactile keypad.",
          (f"{_K}a_report_is_made_in_the_dark_by_what_is_spoken", f"{_K}a_status_is_heard_in_the_dark_by_its_code",
           f"{_K}a_number_is_taken_and_its_call_is_heard")),
    Point(24, "A", "A secret is neither shown nor spoken; with sound a key has a tone, the same for all.",
          (f"{_R}a_secret_is_neither_shown_nor_spoken", f"{_C}each_key_has_a_tone_while_sound_is_on_and_only_then")),
    Point(25, "D", "A finger is never the only way."),
    Point(26, "H", "Everything is in reach of a wheelchair."),
    Point(27, "H", "One hand is enough, without pinching or force."),
    Point(28, "H", "The screen is bright enough where it stands."),
    Point(29, "H", "From the side the screen cannot be read."),
    Point(30, "D", "There is a chair, and there are partitions."),
    Point(31, "A", "A touch is answered in 100 ms, a page is there in 500 ms at a sixth of the processor's speed.",
          (f"{_A}a_touch_is_answered_in_a_tenth_of_a_second",
           f"{_A}a_page_is_there_in_half_a_second_on_a_slow_machine")),
    Point(32, "A", "Three fast touches are one request.", (f"{_A}three_fast_touches_are_one_request",)),
    Point(33, "A", "Nothing moves or flashes.", (f"{_P}nothing_moves_or_flashes",)),
    Point(34, "A", "A state is word and shape, never colour alone; only mistakes are alerts.",
          (f"{_P}a_state_has_shape_and_word_and_only_mistakes_are_alerts",)),
    Point(35, "A", "Forms work without scripts; no screen has an error on its console.",
          (f"{_A}a_report_is_made_without_scripts", f"{_A}axe_finds_nothing_in_english_either")),
    Point(36, "D", "A slip or a code to take along, without personal data."),
    Point(37, "D", "Help is called from each screen, and it is known whom to ring when nobody is there."),
    Point(38, "A", "What does not work is said on the first screen.",
          (f"{_F}home_says_before_a_resident_starts_what_does_not_work",
           "ui/test_closed_kiosk.py::test_the_kiosk_closes_and_opens_by_itself")),
    Point(39, "A", "Who does not know goes on all the same.",
          (f"{_R}every_question_can_be_answered_by_one_who_does_not_know",
           f"{_F}who_does_not_know_reports_all_the_same",
           "unit/test_resident_ways.py::test_who_does_not_know_goes_on_or_to_a_desk",
           "ui/test_walks.py::test_a_report_takes_twelve_screens_and_whoever_does_not_know_gets_to_its_end")),
    Point(40, "A", "Names stay as they are typed; a day is three boxes.",
          (f"{_R}a_name_is_kept_as_it_was_typed_and_a_day_has_three_boxes",)),
)  # fmt: skip
