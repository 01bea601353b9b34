"""Looking a NIK up in the registry's data service: who may, within which quota, and what is kept of the answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from case_files import changed
from counter import Counter
from wiping import later

from appliance.casework.nik_look import LookResult, RegistryPerson
from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.central.data_access import LookUp
from appliance.clock import to_local
from appliance.faults import DeviceFault, FaultCode
from appliance.kiosk_ui.case_page import case_view
from appliance.records import audit, quota

NIK = "9972010107710001"
KNOWN = RegistryPerson(NIK, "SUGENG RIYANTO", 1, "METRO", date(1971, 7, 1), "WAGINEM")


class Service:
    """Answers what it was told to; the wire itself is tried in tests/contract/test_data_access.py."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.next: list[LookUp | DeviceFault] = []

    def call_nik(self, nik: str) -> LookUp:
        self.asked.append(nik)
        said = self.next.pop(0) if self.next else LookUp(LookResult.FOUND, KNOWN, 40)
        if isinstance(said, DeviceFault):
            raise said
        return said


@pytest.fixture
def service(opened: Counter) -> Iterator[Service]:
    """The office of `counter` has access, three questions a day."""
    central = replace(opened.office.settings.central, data_access="https://data.invalid/1872/x", data_quota=3)
    settings = replace(opened.office.settings, central=central)
    opened.office = replace(opened.office, settings=settings)
    found = Service()
    opened.offices = replace(opened.offices, settings=settings, data_access=found)  # type: ignore[arg-type]
    yield found


@pytest.fixture
def case(counter: Counter) -> str:
    return counter.attached(changed("residents", 0, "nik", to=NIK))


def at_kasi(counter: Counter, case: str) -> None:
    counter.do("pass_check", Role.PETUGAS, case)


def notes(counter: Counter, case: str) -> str:
    return " ".join(case_view(counter.state(case, Role.KASI), (), "").notes)


def test_the_kasi_looks_a_number_up_and_reads_where_it_differs(service: Service, counter: Counter, case: str) -> None:
    assert "look_up_nik" not in counter.state(case, Role.KASI).residents[0].acts
    at_kasi(counter, case)
    assert "look_up_nik" in counter.state(case, Role.KASI).residents[0].acts
    assert "look_up_nik" not in counter.state(case, Role.PETUGAS).residents[0].acts
    counter.do("look_up_nik", Role.KASI, case, resident=0)
    with pytest.raises(NotAllowed, match="sedang dicari"):
        counter.do("look_up_nik", Role.KASI, case, resident=0)
    counter.run("siak")
    assert service.asked == [NIK]
    (kept,) = counter.evidence(case, "nik_look")
    assert (kept.state, dict(kept.facts)) == (
        "found", {"differs": ["full_name"], "used": 1, "limit": 3, "left": 40},
    )  # fmt: skip
    assert "NIK aktif, berbeda: nama. Kuota hari itu: 1 dari 3, sisa menurut pusat 40." in notes(counter, case)
    with counter.store.read() as tx:
        lines = [one for one in audit.of_case(tx, case) if str(one["event"]).startswith("nik-look")]
    assert [one["event"] for one in lines] == ["nik-look-init", "nik-look-complete"]
    assert json.loads(str(lines[1]["facts"])) == {"resident": 0, "result": "found", "differs": 1}
    for secret in (NIK, "RIYANTO", "WAGINEM"):
        assert secret not in json.dumps([dict(one) for one in lines]) + json.dumps(dict(kept.facts))


@pytest.mark.parametrize(
    ("result", "word"),
    [
        (LookResult.DEAD, "meninggal"),
        (LookResult.DOUBLE, "ganda"),
        (LookResult.UNKNOWN, "tidak ditemukan"),
        (LookResult.INACTIVE, "non-aktif"),
        (LookResult.MALFORMED, "bentuk NIK"),
    ],
)
def test_what_the_registry_says_else_stands_in_plain_words(
    service: Service, counter: Counter, case: str, result: LookResult, word: str
) -> None:
    at_kasi(counter, case)
    service.next.append(LookUp(result, None, None))
    counter.do("look_up_nik", Role.KASI, case, resident=0)
    counter.run("siak")
    assert word in notes(counter, case) and "sisa menurut pusat" not in notes(counter, case)


def test_the_day_s_quota_is_kept_here_and_the_next_day_is_another(
    service: Service, counter: Counter, case: str
) -> None:
    at_kasi(counter, case)
    for _ in range(4):
        counter.do("look_up_nik", Role.KASI, case, resident=0)
        counter.run("siak")
    held = counter.job(f"call-nik:{case}:0:4")
    assert (len(service.asked), held.state, held.fault) == (3, "hold", str(FaultCode.DATA_QUOTA))
    later(counter, 1)
    counter.do("retry_job", Role.KASI, case, job=held.key)
    counter.run("siak")
    assert len(service.asked) == 4 and counter.job(held.key).state == "done"
    with counter.store.read() as tx:
        assert quota.of_day(tx, to_local(tx.now).date()) == quota.Quota(to_local(tx.now).date().isoformat(), 1, 40)


def test_a_service_that_says_nothing_is_left_is_not_asked_again_that_day(
    service: Service, counter: Counter, case: str
) -> None:
    at_kasi(counter, case)
    service.next.append(LookUp(LookResult.UNKNOWN, None, 0))
    for _ in range(2):
        counter.do("look_up_nik", Role.KASI, case, resident=0)
        counter.run("siak")
    assert len(service.asked) == 1
    assert counter.job(f"call-nik:{case}:0:2").fault == str(FaultCode.DATA_QUOTA)


def test_a_question_that_was_sent_counts_whether_or_not_it_was_answered(
    service: Service, counter: Counter, case: str
) -> None:
    at_kasi(counter, case)
    service.next.append(DeviceFault(FaultCode.DATA_REFUSED, "401"))
    counter.do("look_up_nik", Role.KASI, case, resident=0)
    counter.run("siak")
    assert counter.job(f"call-nik:{case}:0:1").fault == str(FaultCode.DATA_REFUSED)
    assert counter.evidence(case, "nik_look") == []
    with counter.store.read() as tx:
        assert quota.of_day(tx, to_local(tx.now).date()).used == 1


def test_it_is_refused_without_access_without_a_number_and_to_others(
    service: Service, counter: Counter, case: str
) -> None:
    with pytest.raises(NotAllowed, match="Tidak ada NIK"):
        counter.do("look_up_nik", Role.KASI, case, resident=0)
    at_kasi(counter, case)
    for role in set(Role) - {Role.KASI, Role.OPERATOR}:
        with pytest.raises(NotAllowed, match="Kasi atau operator"):
            counter.do("look_up_nik", role, case, resident=0)
    nobody = counter.verified()
    with pytest.raises(NotAllowed, match="Tidak ada NIK"):
        counter.do("look_up_nik", Role.KASI, nobody, resident=0)
    central = replace(counter.office.settings.central, data_access=None)
    counter.office = replace(counter.office, settings=replace(counter.office.settings, central=central))
    assert "look_up_nik" not in counter.state(case, Role.KASI).residents[0].acts
    with pytest.raises(NotAllowed, match="hak akses data"):
        counter.do("look_up_nik", Role.KASI, case, resident=0)
    assert service.asked == []
