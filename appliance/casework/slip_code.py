"""The code of a case in what a code reader saw: a slip, a receipt, or the kiosk's own page in a picture."""

from __future__ import annotations

import re

_SEEN = re.compile(r"(?:SIAGA:)?(SG-[0-9A-Z]{4}-[0-9A-Z]{2})")


def case_code(text: str) -> str | None:
    """The case code, upper case, or None if the text is anything else; of that nothing may be kept."""
    found = _SEEN.fullmatch(text.strip().upper())
    return found[1] if found else None
