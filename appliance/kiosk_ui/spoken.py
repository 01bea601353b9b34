"""What a listener hears of a page: everything that stands on it, in reading order, as sentences. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

from appliance.casework.slip_code import CASE_CODE

SILENT = frozenset({"script", "style", "svg", "title", "dialog", "header", "head"})
"""The header says the same on every page; a dialog is spoken of when it opens."""
BLOCKS = frozenset({"h1", "h2", "h3", "p", "li", "dt", "dd", "label", "legend", "a", "button", "div", "section"})
VOID = frozenset({"input", "br", "hr", "img", "link", "meta", "path", "rect", "circle"})
UNHEARD = frozenset({"hidden", "checkbox", "radio", "password"})
"""Inputs whose value is never said."""
LONGEST = 1500
"""Letters of one page; the fullest of ours has some 500."""
_CODE = re.compile(CASE_CODE)


class _Listener(HTMLParser):
    def __init__(self, filled: str | None) -> None:
        super().__init__(convert_charrefs=True)
        self._filled = filled
        self.sentences: list[str] = []
        self._words: list[str] = []
        self._open: list[tuple[str, bool]] = []

    @property
    def _silent(self) -> bool:
        return any(silent for _, silent in self._open)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag in BLOCKS:
            self._end()
        if tag == "input" and given.get("type") not in UNHEARD and given.get("value"):
            self._words.append(self._filled or str(given["value"]))
        if tag == "input" and given.get("type") in {"checkbox", "radio"} and "checked" in given:
            self._words.insert(0, "✓")
        if tag in VOID:
            return
        withheld = self._filled is not None and "data-typed" in given
        if withheld:
            self._words.append(str(self._filled))
        unspoken = tag in SILENT or withheld or "data-keyboard" in given or "data-unspoken" in given
        self._open.append((tag, unspoken))

    def handle_endtag(self, tag: str) -> None:
        if not any(name == tag for name, _ in self._open):
            return
        if tag in BLOCKS:
            self._end()
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._words.append(data)

    def _end(self) -> None:
        said = " ".join(" ".join(self._words).split())
        self._words.clear()
        if said:
            self.sentences.append(said)

    def finish(self) -> list[str]:
        self.close()
        self._end()
        return self.sentences


def sentences(page: str, chosen: str, filled: str | None = None) -> tuple[str, ...]:
    """The sentences of an HTML page, at most `LONGEST` letters in all; `chosen` stands before what is on.

    `filled` is said in place of what a person typed, where others hear it too.
    """
    listener = _Listener(filled)
    listener.feed(page)
    found: list[str] = []
    left = LONGEST
    for sentence in listener.finish():
        said = sentence.replace("✓", f"{chosen}:").strip()
        if not any(letter.isalnum() for letter in said):
            continue
        if len(said) > left:
            break
        left -= len(said)
        if not found or found[-1] != said:
            found.append(said)
    return tuple(found)


def spaced(text: str) -> str:
    """Codes and long numbers letter by letter, as one dictates them: `SG-7K3F-92`, a NIK."""
    return " ".join(_dictated(word) for word in text.split())


def _dictated(word: str) -> str:
    core = word.strip(".,:;!?")
    letters = core.replace("-", "")
    mixed = any(one.isdigit() for one in letters) and any(one.isalpha() for one in letters)
    code = _CODE.fullmatch(core) or (mixed and letters.isalnum() and letters.upper() == letters)
    if code or (letters.isdecimal() and len(letters) > 4):
        return word.replace(core, ", ".join(letters))
    return word


def text_for(sentences: Sequence[str]) -> str:
    """The sentences as one text for a synthesiser: each with a pause after it, codes dictated."""
    return "\n".join(spaced(one) if one.endswith((".", "?", "!", ":")) else f"{spaced(one)}." for one in sentences)
