"""One object of a JSON file, read value by value: each comes out typed, and every mistake is named by its key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What JSON can spell and no database or page can hold: NUL, and halves of surrogate pairs."""


class CheckedTable:
    """One JSON object being read; a value that is missing or wrong is noted in `mistakes` and comes out empty.

    A key is taken once; `path` is where the object stands in its file.
    """

    def __init__(self, value: object, path: str, mistakes: list[str]) -> None:
        self._path = f"{path}." if path else ""
        self._mistakes = mistakes
        self._values: dict[str, object] = dict(value) if isinstance(value, Mapping) else {}
        self._whole = isinstance(value, Mapping)
        if not self._whole:
            mistakes.append(f"{path or 'berkas'}: harus berupa objek")

    def wrong(self, key: str, why: str) -> None:
        """Note a mistake at this key; an object that is none has been told of already."""
        if self._whole:
            self._mistakes.append(f"{self._path}{key}: {why}")

    def has(self, key: str) -> bool:
        """Whether the key is there and nobody has taken it."""
        return key in self._values

    def take(self, key: str) -> object:
        """The raw value, None if it is missing."""
        if key not in self._values:
            self.wrong(key, "tidak ada")
            return None
        return self._values.pop(key)

    def text(self, key: str, pattern: str = r"(?s).*\S.*", why: str = "harus teks yang tidak kosong") -> str:
        """A text of 1 to 200 characters that fits the pattern."""
        present = key in self._values
        value = self.take(key)
        if (
            isinstance(value, str)
            and len(value) <= 200
            and re.fullmatch(pattern, value)
            and not UNSTORABLE.search(value)
        ):
            return value
        if present:
            self.wrong(key, why)
        return ""

    def text_or_none(self, key: str) -> str | None:
        """As `text`; null is None."""
        if key in self._values and self._values[key] is None:
            del self._values[key]
            return None
        return self.text(key) or None

    def flag(self, key: str) -> bool:
        """true or false."""
        present = key in self._values
        value = self.take(key)
        if present and not isinstance(value, bool):
            self.wrong(key, "harus true atau false")
        return value is True

    def code(self, key: str, allowed: Mapping[int, str]) -> int:
        """A whole number that the table of codes knows; 0 for none."""
        present = key in self._values
        value = self.take(key)
        if isinstance(value, int) and not isinstance(value, bool) and value in allowed:
            return value
        if present:
            self.wrong(key, f"kode tidak dikenal ({min(allowed)}-{max(allowed)})")
        return 0

    def code_or_none(self, key: str, allowed: Mapping[int, str]) -> int | None:
        """As `code`; null is None."""
        if key in self._values and self._values[key] is None:
            del self._values[key]
            return None
        return self.code(key, allowed)

    def choice(self, key: str, allowed: Mapping[str, str]) -> str:
        """One of the names."""
        present = key in self._values
        value = self.take(key)
        if isinstance(value, str) and value in allowed:
            return value
        if present:
            self.wrong(key, f"harus salah satu dari {', '.join(allowed)}")
        return ""

    def day(self, key: str) -> date:
        """A date that exists, YYYY-MM-DD (ISO 8601); `date.min` for none."""
        present = key in self._values
        value = self.take(key)
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        if present:
            self.wrong(key, "harus tanggal yang ada, TTTT-BB-HH")
        return date.min

    def day_or_none(self, key: str) -> date | None:
        """As `day`; a key that is null or not there is None."""
        if self._values.get(key) is None:
            self._values.pop(key, None)
            return None
        found = self.day(key)
        return None if found == date.min else found

    def rows(self, key: str, at_least: int) -> list[object]:
        """A list of `at_least` to 40 values."""
        present = key in self._values
        value = self.take(key)
        if isinstance(value, list) and at_least <= len(value) <= 40:
            return value
        if present:
            self.wrong(key, f"harus daftar, {at_least} sampai 40 isi")
        return []

    def done(self) -> None:
        """Note every key that nobody has taken."""
        for key in sorted(self._values):
            self.wrong(UNSTORABLE.sub("?", key)[:80] or "(kosong)", "kunci tidak dikenal")
