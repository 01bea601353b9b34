"""Languages of the resident's face: the source strings are Indonesian, others are catalogues."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from flask import session

from appliance.kiosk_ui.notices import LANGUAGES

CATALOGUES = Path(__file__).parent / "catalogue"
NAMES: Mapping[str, str] = MappingProxyType({"id": "Indonesia", "en": "English"})
"""Each language in its own words; no flags, a language is not a country."""


def load(language: str) -> Mapping[str, str]:
    """The catalogue of a language; Indonesian needs none."""
    if language == "id":
        return MappingProxyType({})
    text = (CATALOGUES / f"{language}.json").read_text(encoding="utf-8")
    return MappingProxyType(dict(json.loads(text)))


_WORDS = {language: load(language) for language in LANGUAGES}


def current() -> str:
    """The language of this visit."""
    language = session.get("language", "id")
    return language if language in _WORDS else "id"


def choose(language: str) -> None:
    """Use this language for the rest of the visit; an unknown one is ignored."""
    if language in _WORDS:
        session["language"] = language


def translate(sentence: str) -> str:
    """The sentence in the language of this visit; a string without a translation stays Indonesian."""
    return _WORDS[current()].get(sentence, sentence)
