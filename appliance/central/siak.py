"""SIAK Terpusat: the only source of NIKs and KK numbers.

There is no public way to write into SIAK; `ManualSiak` is today's practice (an operator keys the data there and
brings the numbers back), `HttpSiak` the seam for the day there is one (docs/guides/central-offices.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote

from appliance.central.accounts import Account
from appliance.central.http import OfficeClient, OfficeFaults
from appliance.faults import DeviceFault, FaultCode

FAULTS = OfficeFaults(FaultCode.SIAK_UNREACHABLE, FaultCode.SIAK_REFUSED, FaultCode.SIAK_UNKNOWN)
_SIXTEEN = re.compile(r"[1-9][0-9]{15}")


@dataclass(frozen=True, slots=True)
class Registration:
    """The numbers SIAK gave: one KK number, and a NIK for each resident by the index in the request."""

    kk_number: str
    niks: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class RegisteredResident:
    """A resident as registered; `biodata` has the keys of the request. `active` is false for a NIK `nonaktif`."""

    nik: str
    kk_number: str
    active: bool
    biodata: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class NameMatch:
    """Somebody registered with this name, birth date and mother."""

    nik: str
    active: bool


class SiakGateway(Protocol):
    """What the appliance needs of SIAK. `by_hand` is true when a person must do it and bring the result back."""

    by_hand: bool

    def register(
        self, token: str, household: Mapping[str, object], residents: Sequence[Mapping[str, object]]
    ) -> Registration:
        """Enter the household; the same token registers once. Raises `siak.*`; after `siak.no_answer` find first."""

    def find_registration(self, token: str) -> Registration | None:
        """What SIAK answered to this token; None if it was never received."""

    def resident(self, nik: str) -> RegisteredResident | None:
        """The biodata as registered; None for an unknown NIK."""

    def search(self, full_name: str, birth_date: str, mother_name: str) -> tuple[NameMatch, ...]:
        """Who is registered with this name, birth date (ISO) and mother, also inactive."""


class HttpSiak:
    """SIAK over HTTP."""

    by_hand = False

    def __init__(
        self, url: str, account: Account | None, *, connect_seconds: float = 5.0, answer_seconds: float = 30.0
    ) -> None:
        self._office = OfficeClient(
            url, account, FAULTS, connect_seconds=connect_seconds, answer_seconds=answer_seconds
        )

    def register(
        self, token: str, household: Mapping[str, object], residents: Sequence[Mapping[str, object]]
    ) -> Registration:
        """See `SiakGateway.register`; `OfficeRefusal.error` may be `already_registered` or `unknown_household`."""
        rows = [dict(resident) for resident in residents]
        answer = self._office.tell("/households", {"token": token, "household": dict(household), "residents": rows})
        registration = self._registration(answer)
        known = {row["index"]: row["nik"] for row in rows if row.get("nik")}
        if set(registration.niks) != {row["index"] for row in rows}:
            raise self._office.misunderstood("numbers are missing in the answer")
        if any(registration.niks[index] != nik for index, nik in known.items() if isinstance(index, int)):
            raise self._office.misunderstood("a known NIK came back changed")
        return registration

    def find_registration(self, token: str) -> Registration | None:
        """See `SiakGateway.find_registration`."""
        answer = self._office.ask(f"/households/{quote(token, safe='')}")
        return None if answer is None else self._registration(answer)

    def resident(self, nik: str) -> RegisteredResident | None:
        """See `SiakGateway.resident`."""
        answer = self._office.ask(f"/residents/{quote(nik, safe='')}")
        if answer is None:
            return None
        kk_number, biodata = answer.get("kk_number"), answer.get("biodata")
        if answer.get("nik") != nik or not isinstance(kk_number, str) or not isinstance(biodata, dict):
            raise DeviceFault(FaultCode.SIAK_UNREACHABLE, "the answer breaks the contract")
        return RegisteredResident(nik, kk_number, answer.get("status") == "aktif", biodata)

    def search(self, full_name: str, birth_date: str, mother_name: str) -> tuple[NameMatch, ...]:
        """See `SiakGateway.search`."""
        question = {"full_name": full_name, "birth_date": birth_date, "mother_name": mother_name}
        answer = self._office.ask("/residents/search", question)
        matches = answer.get("matches") if answer else None
        if not isinstance(matches, list) or not all(isinstance(row, dict) for row in matches):
            raise DeviceFault(FaultCode.SIAK_UNREACHABLE, "the answer breaks the contract")
        return tuple(NameMatch(str(row.get("nik")), row.get("status") == "aktif") for row in matches)

    def _registration(self, answer: Mapping[str, object]) -> Registration:
        kk_number, rows = answer.get("kk_number"), answer.get("residents")
        niks: dict[int, str] = {}
        for row in rows if isinstance(rows, list) else ():
            index, nik = (row.get("index"), row.get("nik")) if isinstance(row, dict) else (None, None)
            if not isinstance(index, int) or not isinstance(nik, str) or not _SIXTEEN.fullmatch(nik):
                raise self._office.misunderstood("a NIK in the answer is none")
            niks[index] = nik
        if not isinstance(kk_number, str) or not _SIXTEEN.fullmatch(kk_number) or not niks:
            raise self._office.misunderstood("the KK number in the answer is none")
        if len(set(niks.values())) != len(niks):
            raise self._office.misunderstood("two residents got one NIK")
        return Registration(kk_number, niks)


class ManualSiak:
    """No connection: each act is announced as `siak.by_hand`, and a person types the numbers back."""

    by_hand = True

    def register(
        self, token: str, household: Mapping[str, object], residents: Sequence[Mapping[str, object]]
    ) -> Registration:
        """Always `siak.by_hand`."""
        raise DeviceFault(FaultCode.SIAK_BY_HAND, "household entry")

    def find_registration(self, token: str) -> Registration | None:
        """Nothing was ever sent."""
        return None

    def resident(self, nik: str) -> RegisteredResident | None:
        """Always `siak.by_hand`."""
        raise DeviceFault(FaultCode.SIAK_BY_HAND, "look-up by NIK")

    def search(self, full_name: str, birth_date: str, mother_name: str) -> tuple[NameMatch, ...]:
        """Always `siak.by_hand`."""
        raise DeviceFault(FaultCode.SIAK_BY_HAND, "search by name")
