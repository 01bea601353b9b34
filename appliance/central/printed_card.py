"""Does a family card that SIAK typeset say what the approved draft says? Judged by its text (decision 28)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from appliance.faults import DeviceFault, FaultCode

_NUMBER = re.compile(r"(?<!\d)\d{16}(?!\d)")


def check_printed(text: str, kk_number: str, members: Sequence[tuple[str, str]]) -> None:
    """Let the text of a family card pass; `members` are NIK and full name in the order of the card.

    It must name the KK number first and each NIK once in this order, no other number of 16 digits, and before each
    NIK the row's number and the whole name that belongs to it: a name beside another's NIK is another person. White
    space and case do not matter.
    Raises `esign.untrusted_document`: `no_text`, `other_kk_number`, `other_niks`, `other_names`.
    """
    said = " ".join(text.upper().split())
    if not said:
        raise _differs("no_text")
    found = list(_NUMBER.finditer(said))
    if not found or found[0].group() != kk_number:
        raise _differs("other_kk_number")
    niks = [one for one in found if one.group() != kk_number]
    if [one.group() for one in niks] != [nik for nik, _ in members]:
        raise _differs("other_niks")
    for one, (_, name) in zip(niks, members, strict=True):
        before = said[: one.start()].rstrip()
        wanted = " ".join(name.upper().split())
        if not re.search(rf"\d[.)]? {re.escape(wanted)}$", before):
            raise _differs("other_names")


def _differs(reason: str) -> DeviceFault:
    return DeviceFault(FaultCode.ESIGN_UNTRUSTED, reason)
