"""SIAK Terpusat as the appliance sees it: the only place where NIKs and KK numbers come from."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from hw_sim.central.wire import Json, Reading, Refusal, Reply, Route, route

WIB = datetime.timezone(datetime.timedelta(hours=7))
KELURAHAN = r"\d{2}\.\d{2}\.\d{2}\.\d{4}"
NUMBER = r"99\d{14}"
HOUSEHOLD_TEXTS = {
    "address": r".+",
    "rt": r"\d{3}",
    "rw": r"\d{3}",
    "kelurahan": KELURAHAN,
    "postal_code": r"\d{5}",
}
CODES = {
    "religion": 7,
    "blood_type": 13,
    "marital_status": 6,
    "education": 10,
    "occupation": 99,
    "citizenship": 2,
    "family_relation": 11,
}


@dataclass(frozen=True, slots=True)
class Registered:
    """A resident as registered; `biodata` holds the entry's fields and those of the household's address."""

    nik: str
    kk_number: str
    status: str
    biodata: Mapping[str, object]


def _today() -> datetime.date:
    return datetime.datetime.now(WIB).date()


def _same(one: object, other: object) -> bool:
    return str(one).strip().casefold() == str(other).strip().casefold()


class Siak:
    """The register, in memory. Mints numbers of province 99 only, which no real person can have."""

    def __init__(self, today: Callable[[], datetime.date] = _today) -> None:
        self._today = today
        self._lock = threading.RLock()
        self._residents: dict[str, Registered] = {}
        self._answers: dict[str, Json] = {}
        self._numbers: set[str] = set()

    def routes(self) -> tuple[Route, ...]:
        """The calls of docs/guides/central-offices.md."""
        return (
            route("POST", "/households", "households", lambda _, body: self._register(body)),
            route("GET", "/households/{token}", "households-find", lambda found, _: self._find(found["token"])),
            route("POST", "/residents/search", "residents-search", lambda _, body: self._search(body)),
            route("GET", "/residents/{nik}", "resident", lambda found, _: self._show(found["nik"])),
        )

    def seed(self, residents: Sequence[Mapping[str, object]], household: Mapping[str, object]) -> None:
        """Know people who have a NIK already; `status` nonaktif and `kk_number` may stand with each.

        Without a KK number (of their own or the household's) they get one of another family.
        """
        with self._lock:
            for resident in residents:
                nik = str(resident["nik"])
                number = resident.get("kk_number") or household.get("kk_number")
                kk_number = str(number or self._mint_kk(str(household["kelurahan"])))
                status = str(resident.get("status") or "aktif")
                self._numbers.update((nik, kk_number))
                self._residents[nik] = Registered(nik, kk_number, status, _biodata(resident, household))

    def register_elsewhere(self, resident: Mapping[str, object], status: str) -> str:
        """The NIK under which this person turns out to be registered in another region."""
        with self._lock:
            for known in self._residents.values():
                if self._is_same_person(known, resident):
                    self._residents[known.nik] = replace(known, status=status)
                    return known.nik
            nik = self._mint_nik("990211", str(resident["birth_date"]), str(resident["sex"]))
            household = {"address": "JL. PAHLAWAN NO. 8", "rt": "001", "rw": "001", "kelurahan": "99.02.11.2001"}
            self.seed([{**resident, "nik": nik, "status": status}], {**household, "postal_code": "34182"})
            return nik

    @property
    def entries(self) -> int:
        """How many entries of families were made here, each under a token of its own."""
        return len(self._answers)

    def resident(self, nik: str) -> Registered | None:
        """Whoever has this NIK."""
        with self._lock:
            return self._residents.get(nik)

    def activate(self, nik: str) -> None:
        """Recording reactivates a number (Permendagri 95/2019 article 96)."""
        with self._lock:
            self._residents[nik] = replace(self._residents[nik], status="aktif")

    def _mint(self, head: str) -> str:
        for serial in range(1, 10000):
            number = f"{head}{serial:04d}"
            if number not in self._numbers:
                self._numbers.add(number)
                return number
        raise Refusal(409, "serials_exhausted", "no serial is left for this place and day")

    def _mint_nik(self, place: str, birth_date: str, sex: str) -> str:
        born = datetime.date.fromisoformat(birth_date)
        day = born.day + (40 if sex == "2" else 0)
        return self._mint(f"{place}{day:02d}{born:%m%y}")

    def _mint_kk(self, kelurahan: str) -> str:
        return self._mint(f"{_place(kelurahan)}{self._today():%d%m%y}")

    def _register(self, body: Mapping[str, object]) -> Reply:
        entry = Reading(body)
        token = entry.token()
        household = _household(entry.section("household"))
        residents = [_resident(row) for row in entry.rows("residents")]
        if not residents:
            entry.wrong("residents")
        if sorted(str(row["index"]) for row in residents) != sorted({str(row["index"]) for row in residents}):
            entry.wrong("residents.index")
        if sum(row["family_relation"] == 1 for row in residents) != 1 and household["kk_number"] is None:
            entry.wrong("residents.family_relation")
        with self._lock:
            if token in self._answers:
                return 200, self._answers[token]
            entry.settle()
            self._check_conflicts(household, residents)
            kk_number = str(household["kk_number"] or self._mint_kk(str(household["kelurahan"])))
            numbers = []
            for row in residents:
                place = _place(str(household["kelurahan"]))
                nik = str(row["nik"] or self._mint_nik(place, str(row["birth_date"]), str(row["sex"])))
                status = self._residents[nik].status if row["nik"] else "aktif"
                self._residents[nik] = Registered(nik, kk_number, status, _biodata(row, household))
                numbers.append({"index": row["index"], "nik": nik})
            self._answers[token] = {"kk_number": kk_number, "residents": numbers}
            return 201, self._answers[token]

    def _check_conflicts(self, household: Mapping[str, object], residents: Sequence[Mapping[str, object]]) -> None:
        kk_number = household["kk_number"]
        if kk_number is not None and all(known.kk_number != kk_number for known in self._residents.values()):
            raise Refusal(409, "unknown_household", "this KK number is not registered")
        already: list[Json] = []
        for row in residents:
            if row["nik"] and row["nik"] not in self._residents:
                raise Refusal(409, "unknown_nik", "a NIK is not registered", residents=[{"index": row["index"]}])
            if not row["nik"]:
                same = [known.nik for known in self._residents.values() if self._is_same_person(known, row)]
                already.extend({"index": row["index"], "nik": nik} for nik in same)
        if already:
            raise Refusal(409, "already_registered", "this resident has a NIK", residents=already)

    @staticmethod
    def _is_same_person(known: Registered, row: Mapping[str, object]) -> bool:
        keys = ("full_name", "sex", "birth_date", "birth_place", "mother_name")
        return all(_same(known.biodata.get(key), row.get(key)) for key in keys)

    def _find(self, token: str) -> Reply:
        with self._lock:
            if token in self._answers:
                return 200, self._answers[token]
        return 404, {"error": "unknown_token", "message": "nothing came with this token"}

    def _show(self, nik: str) -> Reply:
        known = self.resident(nik)
        if known is None:
            return 404, {"error": "unknown_nik", "message": "this NIK is not registered"}
        answer: Json = {
            "nik": nik,
            "kk_number": known.kk_number,
            "status": known.status,
            "biodata": dict(known.biodata),
        }
        return 200, answer

    def _search(self, body: Mapping[str, object]) -> Reply:
        asked = Reading(body)
        name, born = asked.text("full_name"), asked.text("birth_date", r"\d{4}-\d\d-\d\d")
        mother = asked.text("mother_name")
        asked.settle()
        with self._lock:
            matches: list[Json] = [
                {"nik": known.nik, "status": known.status}
                for known in self._residents.values()
                if _same(known.biodata.get("full_name"), name)
                and known.biodata.get("birth_date") == born
                and (_same(known.biodata.get("mother_name"), mother) or mother == "-")
            ]
        return 200, {"matches": matches}


def _place(kelurahan: str) -> str:
    """The six digits of place that begin a number: the real kota and kecamatan under the impossible province 99."""
    return "99" + kelurahan.replace(".", "")[2:6]


def _household(reading: Reading) -> dict[str, object]:
    household: dict[str, object] = {key: reading.text(key, form) for key, form in HOUSEHOLD_TEXTS.items()}
    household["kk_number"] = reading.optional("kk_number", NUMBER)
    return household


def _resident(reading: Reading) -> dict[str, object]:
    resident: dict[str, object] = {"index": reading.number("index", 0, 99)}
    resident["nik"] = reading.optional("nik", NUMBER)
    resident["full_name"] = reading.text("full_name", r".{1,60}")
    resident["sex"] = reading.number("sex", 1, 2)
    resident["birth_place"] = reading.text("birth_place")
    born = reading.text("birth_date", r"\d{4}-\d\d-\d\d")
    try:
        datetime.date.fromisoformat(born or "0001-01-01")
    except ValueError:
        reading.wrong("birth_date")
    resident["birth_date"] = born
    for key, highest in CODES.items():
        resident[key] = reading.number(key, 1, highest)
    for key in ("father_name", "mother_name"):
        resident[key] = reading.text(key)
    return resident | reading.others(("birth_date_estimated", "disability", "marriage_date"))


def _biodata(resident: Mapping[str, object], household: Mapping[str, object]) -> dict[str, object]:
    hidden = {"index", "nik", "kk_number", "status"}
    address = {key: household[key] for key in HOUSEHOLD_TEXTS}
    return {key: value for key, value in resident.items() if key not in hidden} | address
