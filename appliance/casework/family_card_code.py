"""The code printed on our family cards: the KK number and the second in which it was typeset. Pure."""

from __future__ import annotations

import re

_SEEN = re.compile(r"SIAGA-KK:([0-9]{16}):([0-9a-f]{1,12})")


def family_card_link(kk_number: str, issued_at: int) -> str:
    """What the QR code of a family card holds; `issued_at` in UTC milliseconds."""
    return f"SIAGA-KK:{kk_number}:{issued_at // 1000:x}"


def family_card_code(text: str) -> tuple[str, int] | None:
    """The KK number and the UTC second of typesetting, or None for any other text; nothing of it may be kept."""
    found = _SEEN.fullmatch(text.strip())
    return (found[1], int(found[2], 16)) if found else None
