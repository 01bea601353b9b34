"""The registry's data service ("hak akses"), `CALL_NIK`: is this NIK known, alive, active, and whose is it?

Needs a cooperation agreement; per-agency quota, account and address in the request's body. Its answers are known from
public clients only: errors come inside HTTP 200, numbers without leading zeros, texts with unprintable characters.
Only the fields that are compared are read, nothing of an answer is kept or logged (docs/guides/central-offices.md).
"""

from __future__ import annotations

import re
import socket
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlsplit

from appliance.casework.nik_look import LookResult, RegistryPerson
from appliance.central.accounts import Account
from appliance.central.http import OfficeClient, OfficeFaults
from appliance.faults import DeviceFault, FaultCode

FAULTS = OfficeFaults(FaultCode.DATA_UNREACHABLE, FaultCode.DATA_REFUSED, FaultCode.DATA_UNREACHABLE)
_CODES = {
    11: LookResult.DEAD,
    12: LookResult.DOUBLE,
    13: LookResult.UNKNOWN,
    14: LookResult.INACTIVE,
    15: LookResult.MALFORMED,
}
_SEX = {"1": 1, "2": 2, "LAKI-LAKI": 1, "LAKI LAKI": 1, "L": 1, "PEREMPUAN": 2, "P": 2}


@dataclass(frozen=True, slots=True)
class LookUp:
    """What came of it; `left` is the quota as the service tells it, None where it does not."""

    result: LookResult
    person: RegistryPerson | None = field(repr=False)
    left: int | None


class DataAccess:
    """One agency's access; `url` ends with agency and client: `https://HOST/dukcapil/get_json/AGENCY/CLIENT`."""

    def __init__(
        self, url: str, account: Account, *, connect_seconds: float = 5.0, answer_seconds: float = 30.0
    ) -> None:
        self._address = urlsplit(url)
        self._account = account
        self._office = OfficeClient(url, None, FAULTS, connect_seconds=connect_seconds, answer_seconds=answer_seconds)

    def call_nik(self, nik: str) -> LookUp:
        """Look a NIK (16 digits) up.

        Raises `data_access.unreachable` (no answer, or one that is none) and `data_access.refused` (account, address
        or agreement).
        """
        asked = {
            "nik": nik,
            "user_id": self._account.name,
            "password": self._account.secret,
            "ip_user": self._own_address(),
        }
        answer = self._office.ask("/CALL_NIK", asked)
        if answer is None:
            raise DeviceFault(FaultCode.DATA_REFUSED, "404: agency or client is unknown there")
        return read_answer(answer, nik)

    def _own_address(self) -> str:
        """This machine's address on the way there; nothing is sent."""
        host, port = self._address.hostname or "", self._address.port or 443
        try:
            family, kind, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
            with socket.socket(family, kind) as way:
                way.connect(where)
                return str(way.getsockname()[0])
        except OSError as error:
            raise DeviceFault(FaultCode.DATA_UNREACHABLE, type(error).__name__) from error


def read_answer(answer: Mapping[str, object], nik: str) -> LookUp:
    """The service's answer about this NIK; raises as `DataAccess.call_nik`, naming codes and no content."""
    content = answer.get("content")
    rows = content if isinstance(content, list) else [content]
    row = next((one for one in rows if isinstance(one, Mapping)), answer)
    left = _whole(answer.get("quotaLimiter"))
    code = _code(row) or _code(answer)
    if code is not None and code in _CODES:
        return LookUp(_CODES[code], None, left)
    if code is not None:
        raise DeviceFault(FaultCode.DATA_REFUSED, f"response code {code}")
    if _digits(row.get("NIK") or row.get("nik")) != nik:
        raise DeviceFault(FaultCode.DATA_UNREACHABLE, "the answer breaks the contract")
    person = RegistryPerson(
        nik=nik,
        full_name=clean(row.get("NAMA_LGKP")),
        sex=_SEX.get(clean(row.get("JENIS_KLMIN")), 0),
        birth_place=clean(row.get("TMPT_LHR")),
        birth_date=_day(clean(row.get("TGL_LHR"))),
        mother_name=clean(row.get("NAMA_LGKP_IBU")),
    )
    return LookUp(LookResult.FOUND, person, left)


def clean(value: object) -> str:
    """A text of the service: capitals, single spaces, without what cannot be printed; "-" is nothing."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return ""
    shown = "".join(one for one in str(value)[:400] if unicodedata.category(one)[0] != "C" or one in "\t\n")
    words = " ".join(shown.upper().split())
    return "" if words == "-" else words


def _digits(value: object) -> str:
    """A number of 16 digits, which may come as text or as a number."""
    return re.sub(r"[^0-9]", "", clean(value))


def _code(row: Mapping[str, object]) -> int | None:
    """The code of an error that came inside HTTP 200: `RESPONSE_CODE`, or the number at the head of `RESPON`."""
    for key in ("RESPONSE_CODE", "RESPON"):
        found = re.match(r"0*([0-9]{1,3})\b", clean(row.get(key)))
        if found:
            return int(found[1]) or None
    return None


def _whole(value: object) -> int | None:
    text = clean(value)
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def _day(text: str) -> date | None:
    """A birth date as `1971-07-01` or `01-07-1971`, whatever follows it."""
    for pattern, order in (
        (r"([0-9]{4})-([0-9]{2})-([0-9]{2})", (1, 2, 3)),
        (r"([0-9]{2})-([0-9]{2})-([0-9]{4})", (3, 2, 1)),
    ):
        found = re.match(pattern, text)
        if found:
            try:
                return date(*(int(found[one]) for one in order))
            except ValueError:
                return None
    return None
