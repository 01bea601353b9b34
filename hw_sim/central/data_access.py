"""The registry's data service as public clients know it: odd spellings, errors inside HTTP 200, a quota."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from hw_sim.central.siak import Siak
from hw_sim.central.wire import Json, Refusal, Reply, Route, route

SEXES = {"1": "Laki-Laki", "2": "Perempuan"}


class DataService:
    """`CALL_NIK` over the register of `siak`; `dead` and `double` are NIKs of which it says so.

    Account, password and address stand in the body. `quota` is how many answers are left today.
    """

    def __init__(self, siak: Siak, account: tuple[str, str], quota: int = 1000) -> None:
        self._siak = siak
        self._account = account
        self._lock = threading.Lock()
        self.quota = quota
        self.dead: set[str] = set()
        self.double: set[str] = set()
        self.asked: list[Mapping[str, object]] = []

    def routes(self) -> tuple[Route, ...]:
        """Its one call."""
        return (
            route(
                "POST", "/dukcapil/get_json/{agency}/{client}/CALL_NIK", "call-nik", lambda _, body: self._call(body)
            ),
        )

    def _call(self, body: Mapping[str, object]) -> Reply:
        with self._lock:
            self.asked.append(dict(body))
            if (body.get("user_id"), body.get("password")) != self._account or not body.get("ip_user"):
                raise Refusal(401, "account", "unknown user, password or address")
            if self.quota <= 0:
                return 200, self._envelope({"RESPON": "Kuota habis", "RESPONSE_CODE": "21"})
            self.quota -= 1
            return 200, self._envelope(self._row(str(body.get("nik", ""))))

    def _row(self, nik: str) -> Json:
        known = self._siak.resident(nik)
        if len(nik) != 16 or not nik.isdecimal():
            return {"RESPON": "Format NIK salah", "RESPONSE_CODE": "15"}
        if nik in self.dead:
            return {"RESPON": "Data Meninggal", "RESPONSE_CODE": 11}
        if nik in self.double:
            return {"RESPON": "12 Data Ganda"}
        if known is None:
            return {"RESPON": "Data Tidak Ditemukan", "RESPONSE_CODE": "13"}
        if known.status != "aktif":
            return {"RESPON": "NIK non aktif, hubungi Dinas Dukcapil", "RESPONSE_CODE": "14 "}
        said = known.biodata
        place = str(said.get("kelurahan", "")).split(".")
        numbers = [int(part) for part in place if part.isdecimal()]
        names = ("NO_PROP", "NO_KAB", "NO_KEC", "NO_KEL")
        return {
            "NIK": int(nik),
            "NO_KK": int(known.kk_number),
            "NAMA_LGKP": f"{said['full_name']}\u0000 ".replace(" ", "  ", 1),
            "JENIS_KLMIN": SEXES[str(said["sex"])],
            "TMPT_LHR": f"\u200b{str(said['birth_place']).title()}",
            "TGL_LHR": f"{said['birth_date']} 00:00:00",
            "NAMA_LGKP_IBU": str(said["mother_name"]),
            "EKTP_STATUS": "CARD_ISSUED",
            **dict(zip(names, numbers, strict=False)),
        }

    def _envelope(self, row: Json) -> Json:
        return {
            "content": [row],
            "lastPage": True,
            "numberOfElements": 1,
            "sort": None,
            "totalElements": 1,
            "firstPage": True,
            "number": 0,
            "size": 1,
            "quotaLimiter": self.quota,
        }
