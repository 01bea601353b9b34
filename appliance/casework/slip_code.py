"""The code of a case in what a code reader saw: a slip, a receipt, or the kiosk's own page in a picture."""

from __future__ import annotations

import re

CASE_CODE = r"SG-[0-9A-Z]{4}-[0-9A-Z]{2}"
"""How a case code is written; one in six has no digit, so that nothing but this form tells it from a word."""
_SEEN = re.compile(rf"(?:SIAGA:)?({CASE_CODE})")


def case_code(text: str) -> str | None:
    """The case code, upper case, or None if the text is anything else; of that nothing may be kept."""
    found = _SEEN.fullmatch(text.strip().upper())
    return found[1] if found else None
