"""Languages of the resident's face: the source strings are Indonesian, others are catalogues."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from flask import session

from appliance.config import ConfigError

CATALOGUES = Path(__file__).parent / "catalogue"
OWN_NAME = "Nama bahasa ini"
"""The entry in which a catalogue says its own name."""


def load(language: str, folder: Path = CATALOGUES) -> Mapping[str, str]:
    """The catalogue of a language; Indonesian needs none."""
    if language == "id":
        return MappingProxyType({})
    text = (folder / f"{language}.json").read_text(encoding="utf-8")
    return MappingProxyType(dict(json.loads(text)))


def catalogues(folder: Path = CATALOGUES) -> Mapping[str, Mapping[str, str]]:
    """Indonesian and every catalogue in the folder: a file named by a language's code is a language."""
    codes = sorted(path.stem for path in folder.glob("*.json") if re.fullmatch(r"[a-z]{2,3}", path.stem))
    return MappingProxyType({"id": load("id"), **{code: load(code, folder) for code in codes}})


_WORDS = catalogues()
NAMES: Mapping[str, str] = MappingProxyType(
    {
        code: {"id": "Indonesia", "en": "English"}.get(code, words.get(OWN_NAME, code))
        for code, words in _WORDS.items()
    }
)
"""Each language in its own words; no flags, a language is not a country."""


def offered(languages: Sequence[str]) -> Mapping[str, str]:
    """The names of these languages by their codes; raises `ConfigError` for one that has no catalogue."""
    missing = sorted(set(languages) - set(NAMES))
    if missing:
        raise ConfigError(
            "languages", (f"languages: no catalogue of {', '.join(missing)}, only of {', '.join(NAMES)}",)
        )
    return MappingProxyType({code: NAMES[code] for code in languages})


def current() -> str:
    """The language of this visit."""
    language = session.get("language", "id")
    return language if language in _WORDS else "id"


def choose(language: str) -> None:
    """Use this language for the rest of the visit; an unknown one is ignored."""
    if language in _WORDS:
        session["language"] = language


def translator(language: str) -> Callable[[str], str]:
    """What says a sentence in this language; a string without a translation stays Indonesian."""
    words = _WORDS[language]
    return lambda sentence: words.get(sentence, sentence)


def translate(sentence: str) -> str:
    """The sentence in the language of this visit."""
    return translator(current())(sentence)
