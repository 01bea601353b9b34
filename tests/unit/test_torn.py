"""Torn databases set aside: wiped by their own age, never before the restoration was confirmed, over power cuts."""

from __future__ import annotations

from pathlib import Path

import pytest
from books import KEY
from counter import PEOPLE, Counter, Prepared, open_counter, prepare
from front_office import PIN, open_office, sign_in
from wiping import LIMITS, archived, killed_at, later, wipe

from appliance.casework.retention import DAY_MS
from appliance.casework.roles import SYSTEM, Role
from appliance.office import retention
from appliance.office.retention import NotNow
from appliance.records import accounts, audit, copies, restoration, restore, torn

DAYS = LIMITS["torn"]


def restored(counter: Counter) -> str:
    """The database was torn and the last copy took its place; an officer has compared."""
    accounts.add(counter.store, "auditor", "Auditor", Role.AUDITOR, PIN, SYSTEM)
    case = archived(counter)
    data = counter.office.settings.data_dir
    copies.make(counter.store, counter.office.settings.copies, KEY, counter.clock)
    counter.store.close()
    path = data / "siaga.db"
    pages = bytearray(path.read_bytes())
    pages[5000:9000] = bytes(4000)
    path.write_bytes(pages)
    whole = restore.open_checked(path, KEY, counter.clock, counter.office.settings.copies)
    with whole.write() as tx:
        restoration.confirm(tx, PEOPLE[Role.KASI])
    whole.close()
    again = open_counter(data, counter.clock.now)
    again.store.close()
    return case


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("office"), restored)


@pytest.fixture
def opened(prepared: Prepared, tmp_path: Path) -> Counter:
    return prepared.copy(tmp_path)


def aside(counter: Counter) -> list[Path]:
    return sorted((counter.office.settings.data_dir / "torn").iterdir())


def lines(counter: Counter, name: str) -> int:
    with counter.store.read() as tx:
        return len(audit.newest(tx, name, 99))


def test_it_is_wiped_when_it_is_old_enough_and_its_bytes_are_written_over(counter: Counter, tmp_path: Path) -> None:
    (folder,) = aside(counter)
    assert {one.name for one in folder.iterdir()} >= {"siaga.db"}
    witness = tmp_path / "witness"
    witness.hardlink_to(folder / "siaga.db")
    assert any(witness.read_bytes())
    later(counter, DAYS - 1)
    wipe(counter)
    assert aside(counter) == [folder]
    later(counter, 2)
    wipe(counter)
    assert aside(counter) == [] and not any(witness.read_bytes()) and witness.stat().st_size > 0
    assert (lines(counter, "retention-torn-init"), lines(counter, "retention-torn-complete")) == (1, 1)
    wipe(counter)
    assert lines(counter, "retention-torn-complete") == 1, "what is gone is not wiped again"
    with counter.store.read() as tx:
        assert torn.begun(tx) == ()


def test_it_stays_while_the_restoration_waits_for_its_officer(counter: Counter) -> None:
    with counter.store.write() as tx:
        found = restoration.current(tx)
        assert found is not None
        restoration.record_in(tx, type(found)(**{**_facts(found), "confirmed_by": None, "confirmed_at": None}))
    later(counter, 4000)
    with pytest.raises(NotNow, match="restored books"):
        wipe(counter)
    assert len(aside(counter)) == 1


def _facts(found: restoration.Restoration) -> dict[str, object]:
    return {name: getattr(found, name) for name in restoration.Restoration.__slots__}


def test_what_no_restoration_put_there_is_left_alone(counter: Counter, tmp_path: Path) -> None:
    place = counter.office.settings.data_dir / "torn"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine").write_text("mine")
    (place / "20200101T000000-000000001").symlink_to(elsewhere)
    for name in ("notes", "99999999T999999-000000001"):
        (place / name).mkdir()
        (place / name / "mine").write_text("mine")
    (folder,) = (one for one in aside(counter) if one.name.startswith("20") and not one.is_symlink())
    (folder / "link").symlink_to(elsewhere / "mine")
    later(counter, 4000)
    wipe(counter)
    assert [one.name for one in aside(counter)] == ["20200101T000000-000000001", "99999999T999999-000000001", "notes"]
    assert (elsewhere / "mine").read_text() == "mine" == (place / "notes" / "mine").read_text()


def test_report_and_page_say_until_when(counter: Counter) -> None:
    data = counter.office.settings.data_dir
    (folder,) = aside(counter)
    with counter.store.read() as tx:
        (one,) = retention.report(tx, LIMITS, data).torn
    assert one.name == folder.name and one.bytes >= (folder / "siaga.db").stat().st_size
    assert one.due_at(DAYS) - one.at == DAYS * DAY_MS and abs(one.at - counter.clock.now) < DAY_MS
    place = open_office(data, ())
    client = place.app("officer").test_client()
    assert sign_in(client, Role.AUDITOR).status_code == 303
    page = client.get("/petugas/retensi").text
    assert f'data-torn="{folder.name}"' in page and f"{DAYS} hari setelah disisihkan" in page
    place.office.store.close()


def wipe_later(counter: Counter) -> None:
    later(counter, DAYS + 1)
    torn.wipe(counter.store, DAYS, SYSTEM)


def test_killed_at_any_point_the_next_run_ends_it_with_one_beginning_and_one_end(
    prepared: Prepared, tmp_path: Path
) -> None:
    points, killed = 0, True
    while killed:
        points += 1
        (tmp_path / str(points)).mkdir()
        office = prepared.copy(tmp_path / str(points))
        folder = office.office.settings.data_dir
        office.store.close()
        killed = killed_at(folder, prepared.now, points, wipe_later)
        again = open_counter(folder, prepared.now)
        later(again, DAYS + 1)
        torn.wipe(again.store, DAYS, SYSTEM)
        assert aside(again) == []
        assert (lines(again, "retention-torn-init"), lines(again, "retention-torn-complete")) == (1, 1), points
        with again.store.read() as tx:
            assert audit.verify(tx)[1] is None and torn.begun(tx) == ()
        again.store.close()
    assert points > 5
