"""The store of blanks as its people work it: deliveries, giving out, counting, closing, burning, replacing."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from counter import PEOPLE, Counter
from second_card import made, ready_case, second_case
from sqlalchemy import text

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.issuance import destruction as minutes_step
from appliance.office import blank_views
from appliance.office.acts import LEDGER_ACTS
from appliance.office.blank_store import next_blank
from appliance.office.context import FormRefused
from appliance.office.day_close import SECOND_SIGNERS, count_field, shelves_to_count
from appliance.queue import jobs
from appliance.records import audit, blanks, stock_books
from appliance.records.blanks import LedgerError
from appliance.records.cases import Missing
from appliance.records.store import canonical

KEEPER = PEOPLE[Role.GUDANG]
TODAY = date(2026, 11, 24)


def act(counter: Counter, name: str, actor: Actor = KEEPER, **values: object) -> Any:
    return LEDGER_ACTS[name](counter.office, actor, values)


def receive(counter: Counter, first: str = "A001", last: str = "A010", **values: object) -> int:
    return int(act(counter, "receive_blanks", batch="K-1", first=first, last=last, **values))


def refused(counter: Counter, name: str, **values: object) -> list[tuple[str, str]]:
    """The mistakes of a form that is refused, after looking that nothing but a line of audit is left."""
    before, lines = books(counter)
    with pytest.raises(FormRefused) as found:
        act(counter, name, **values)
    after, more = books(counter)
    assert (after, [line["event"] for line in more[len(lines) :]]) == (before, ["blanks-act-refused"])
    assert f'"act":"{name}"' in str(more[-1]["facts"])
    return list(found.value.mistakes)


def books(counter: Counter) -> tuple[str, list[dict[str, object]]]:
    with counter.store.read() as tx:
        rows = blanks.rows(tx)
        entries = blanks.entries_of(tx, [str(row["serial"]) for row in rows])
        days = [stock_books.counts_of(tx, TODAY), stock_books.closing(tx, TODAY), stock_books.destructions(tx, 99)]
        return canonical([rows, entries]) + repr(days), list(audit.entries(tx))


def events(counter: Counter) -> list[str]:
    return [str(line["event"]) for line in books(counter)[1]]


def where(counter: Counter, *serials: str) -> list[tuple[str, str]]:
    with counter.store.read() as tx:
        found = blanks.states_of(tx, serials)
    return [(str(found[serial][0]), found[serial][1]) for serial in serials]


def spoil(counter: Counter, first: str, last: str, cause: str = "CACAT_PABRIK") -> None:
    act(counter, "spoil_blanks", first=first, last=last, cause=cause)


def seal(counter: Counter, *serials: str, number: str = "S-1") -> None:
    act(counter, "seal_blanks", serials=serials, seal=number)


def numbers(counter: Counter, **changed: int) -> dict[str, object]:
    """A count that agrees with the ledger but for `changed` shelves (by their field)."""
    with counter.store.read() as tx:
        found: dict[str, object] = {count_field(shelf): str(n) for shelf, n in shelves_to_count(tx).items()}
    return {**found, **{name: str(number) for name, number in changed.items()}}


MINUTES = {
    "number": "470/12/BA/2026", "date": TODAY, "place": "Halaman kantor", "seals": ("S-1",),
    "witness_1": "Bripka Andi", "office_1": "Polsek Metro Pusat",
    "witness_2": "Sri Lestari", "office_2": "Satpol PP Kota Metro",
}  # fmt: skip


# Deliveries


def test_a_delivery_of_several_ranges_is_counted(counter: Counter) -> None:
    assert receive(counter, "A001", "A010", more="A011 A015\nA016 A020", count="20") == 20
    assert where(counter, "A001", "A020") == [("received", "kantor")] * 2
    assert receive(counter, "A021", "A021") == 1
    assert events(counter) == ["blanks-receive-complete"] * 2


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"first": "", "last": "", "batch": ""}, {"batch", "first", "last"}),
        ({"first": "A011", "last": "B12"}, {"last"}),
        ({"first": "A009", "last": "A012"}, {"last"}),
        ({"first": "A011", "last": "A015", "more": "A015 A020"}, {"more"}),
        ({"first": "A011", "last": "A015", "more": "A017 A020"}, {"more"}),
        ({"first": "A011", "last": "A015", "more": "A0016 A0020"}, {"more"}),
        ({"first": "A0011", "last": "A0015"}, {"last"}),
        ({"first": "A012", "last": "A015"}, {"first"}),
        ({"first": "A011", "last": "A015", "count": "6"}, {"count"}),
        ({"first": "A011", "last": "A015", "unread": ("count",)}, set()),
        ({"first": "C0001", "last": "C1500", "more": "C1501 C2001"}, {"last"}),
        ({"batch": "", "first": "A010", "last": "A012", "more": "A012 A013\nfoo"}, {"batch", "last", "more"}),
    ],
)
def test_a_wrong_delivery_is_refused_with_every_mistake_beside_its_field(
    counter: Counter, values: dict[str, object], fields: set[str]
) -> None:
    receive(counter)
    assert {field for field, _ in refused(counter, "receive_blanks", **{"batch": "K-1", **values})} == fields


def test_the_mistakes_name_the_serials(counter: Counter) -> None:
    receive(counter)
    told = refused(counter, "receive_blanks", batch="K-1", first="A008", last="A020", more="A022 A030")
    assert told == [
        ("more", "Ada nomor yang terlewat: A021."),
        ("last", "Nomor blanko sudah ada di buku: A008, A009, A010."),
    ]
    gap = refused(counter, "receive_blanks", batch="K-1", first="A013", last="A020")
    assert gap == [("first", "Kiriman K-1: Ada nomor yang terlewat: A011-A012.")]
    length = refused(counter, "receive_blanks", batch="K-2", first="A00001", last="A00002")
    assert length == [("last", "A00001-A00002: nomor berawalan A di buku berisi 3 angka.")]


def test_another_batch_may_begin_anywhere(counter: Counter) -> None:
    receive(counter)
    assert act(counter, "receive_blanks", batch="K-2", first="A100", last="A109") == 10
    assert act(counter, "receive_blanks", batch="K-3", first="00100", last="00109") == 10


# Giving out and taking back


def test_blanks_go_out_and_come_back(counter: Counter) -> None:
    receive(counter)
    place = {"place_kind": "van", "place_number": "1"}
    assert act(counter, "allot_blanks", **place, first="A001", last="A004") == 4
    assert act(counter, "allot_blanks", place_kind="printer", place_number=2, first="A005", last="A006") == 2
    assert act(counter, "allot_blanks", place_kind="hopper", place_number=2, first="A006", last="A007") == 2
    assert where(counter, "A001", "A005", "A006", "A007") == [
        ("allotted", "van-1"), ("allotted", "printer-2"), ("loaded", "hopper-2"), ("loaded", "hopper-2"),
    ]  # fmt: skip
    state = blank_views.ledger_state(counter.office)
    assert state.shelves == {"hopper-2": 2, "kantor": 3, "printer-2": 1, "van-1": 4}
    assert act(counter, "return_blanks", **place, first="A002", last="A004") == 3
    assert act(counter, "return_blanks", place_kind="hopper", place_number=2, first="A006", last="A007") == 2
    assert where(counter, "A001", "A004", "A006") == [
        ("allotted", "van-1"),
        ("received", "kantor"),
        ("received", "kantor"),
    ]


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("allot_blanks", {"place_kind": "", "first": "", "last": ""}, ["place_kind", "first", "last"]),
        ("allot_blanks", {"place_number": "0", "first": "A009", "last": "A012"}, ["place_number", "first"]),
        ("allot_blanks", {"first": "A001", "last": "A003"}, ["first"]),
        ("allot_blanks", {"place_kind": "rumah", "first": "A005", "last": "A005"}, ["place_number"]),
        ("return_blanks", {"first": "A001", "last": "A005"}, ["first"]),
        ("return_blanks", {"place_number": "2", "first": "A001", "last": "A002"}, ["first"]),
        ("spoil_blanks", {"first": "A009", "last": "A011", "cause": "BOSAN"}, ["cause", "first"]),
    ],
)
def test_what_is_not_there_is_not_moved(
    counter: Counter, name: str, values: dict[str, object], told: list[str]
) -> None:
    receive(counter)
    act(counter, "allot_blanks", place_kind="van", place_number="1", first="A001", last="A002")
    place = {"place_kind": "van", "place_number": "1"}
    assert [field for field, _ in refused(counter, name, **{**place, **values})] == told


def test_a_sentence_says_why_a_blank_stays(counter: Counter) -> None:
    receive(counter)
    spoil(counter, "A003", "A009")
    place = {"place_kind": "van", "place_number": "1"}
    assert refused(counter, "allot_blanks", **place, first="A001", last="A011") == [
        ("first", "Tidak ada di buku: A011."),
        ("first", "Tidak bisa, keadaannya: rusak: A003, A004, A005, A006, A007 dan 2 lagi."),
    ]
    assert refused(counter, "return_blanks", **place, first="A001", last="A001") == [
        ("first", "Ada di tempat lain (Gudang kantor): A001.")
    ]


def test_the_next_blank_comes_from_the_hopper_then_the_printer_then_the_store(counter: Counter) -> None:
    assert next_blank(counter.office) is None
    receive(counter)
    act(counter, "allot_blanks", place_kind="van", place_number=1, first="A001", last="A001")
    assert next_blank(counter.office) == "A002"
    act(counter, "allot_blanks", place_kind="printer", place_number=1, first="A005", last="A005")
    assert next_blank(counter.office) == "A005"
    act(counter, "allot_blanks", place_kind="hopper", place_number=1, first="A007", last="A007")
    assert next_blank(counter.office) == "A007"


KEEPERS = sorted(set(LEDGER_ACTS) - {"sign_day", "spoil_blanks"})


@pytest.mark.parametrize("name", KEEPERS)
def test_the_store_is_its_keepers(counter: Counter, name: str) -> None:
    receive(counter)
    before = books(counter)[0]
    values = {"batch": "K-2", "first": "A001", "last": "A002", "place_kind": "van", "place_number": "1"}
    for role in set(Role) - {Role.GUDANG}:
        with pytest.raises(NotAllowed):
            act(counter, name, PEOPLE[role], **values)
    assert books(counter)[0] == before
    assert events(counter)[1:] == ["blanks-act-refused"] * (len(Role) - 1)


# The end of the day


def test_a_day_without_difference_is_closed_by_the_keeper(counter: Counter) -> None:
    receive(counter)
    act(counter, "allot_blanks", place_kind="van", place_number=1, first="A001", last="A003")
    told = refused(counter, "close_day")
    assert [sentence for _, sentence in told] == [
        "Belum dihitung hari ini: Gudang kantor: blanko.",
        "Belum dihitung hari ini: Gudang kantor: kartu dibuat, belum diserahkan.",
        "Belum dihitung hari ini: Gudang kantor: kartu rusak dan tersegel.",
        "Belum dihitung hari ini: Mobil 1: blanko.",
    ]
    assert act(counter, "count_blanks", **numbers(counter)) == 0
    assert act(counter, "close_day") is True
    state = blank_views.ledger_state(counter.office)
    assert (state.last_closed, state.unsigned) == (TODAY, ())
    for name in ("close_day", "count_blanks"):
        with pytest.raises(NotAllowed, match="sudah ditutup"):
            act(counter, name, **numbers(counter))


def test_every_shelf_must_be_counted_in_numbers(counter: Counter) -> None:
    receive(counter)
    values = {**numbers(counter), "n_kantor": "", "n_kantor_kartu": "-1", "n_kantor_rusak": "1234567"}
    assert {field for field, _ in refused(counter, "count_blanks", **values)} == set(numbers(counter))


def test_stock_that_moved_since_the_count_is_counted_again(counter: Counter) -> None:
    receive(counter)
    act(counter, "count_blanks", **numbers(counter))
    act(counter, "allot_blanks", place_kind="van", place_number=1, first="A001", last="A003")
    told = [sentence for _, sentence in refused(counter, "close_day")]
    assert told == [
        "Stok berubah sejak dihitung, hitung lagi: Gudang kantor: blanko.",
        "Belum dihitung hari ini: Mobil 1: blanko.",
    ]
    act(counter, "count_blanks", **numbers(counter))
    assert act(counter, "close_day") is True


def test_a_difference_needs_two_people_and_both_are_audited(counter: Counter) -> None:
    receive(counter)
    assert act(counter, "count_blanks", **numbers(counter, n_kantor=9)) == 1
    assert [field for field, _ in refused(counter, "close_day")] == ["reason"]
    assert act(counter, "close_day", reason="Satu keping tidak ditemukan.") is False
    assert blank_views.ledger_state(counter.office).last_closed is None
    for role in set(Role) - SECOND_SIGNERS:
        with pytest.raises(NotAllowed):
            act(counter, "sign_day", PEOPLE[role])
    with pytest.raises(NotAllowed, match="orang lain"):
        act(counter, "sign_day", Actor(KEEPER.id, "", Role.KASI))
    assert act(counter, "sign_day", PEOPLE[Role.KASI]) == TODAY
    assert blank_views.ledger_state(counter.office).last_closed == TODAY
    with pytest.raises(NotAllowed):
        act(counter, "sign_day", PEOPLE[Role.KABID])
    signed = [line for line in books(counter)[1] if str(line["event"]).startswith("blanks-close")]
    assert [str(line["actor"]).partition("@")[0] for line in signed] == ["gudang:id-gudang", "kasi:id-kasi"]
    assert '"difference":1' in str(signed[0]["facts"])


def test_a_first_signature_falls_with_a_new_count(counter: Counter) -> None:
    receive(counter)
    act(counter, "count_blanks", **numbers(counter, n_kantor=9))
    act(counter, "close_day", reason="Dicari.")
    with pytest.raises(NotAllowed, match="tanda tangan kedua"):
        act(counter, "close_day", reason="Dicari.")
    act(counter, "count_blanks", **numbers(counter))
    assert act(counter, "close_day") is True
    with pytest.raises(NotAllowed):
        act(counter, "sign_day", PEOPLE[Role.KASI])


def test_yesterdays_difference_waits_for_its_second_signature(counter: Counter) -> None:
    receive(counter)
    act(counter, "count_blanks", **numbers(counter, n_kantor=12))
    act(counter, "close_day", reason="Dua lebih.")
    counter.clock.go(86_400)
    act(counter, "count_blanks", **numbers(counter))
    assert act(counter, "close_day") is True
    state = blank_views.ledger_state(counter.office)
    assert [one.day for one in state.unsigned] == [TODAY]
    assert act(counter, "sign_day", PEOPLE[Role.KADIS]) == TODAY


def test_a_broken_ledger_is_a_difference_too(counter: Counter, tmp_path: Path) -> None:
    receive(counter)
    act(counter, "count_blanks", **numbers(counter))
    with counter.store.write() as tx:
        tx.sql.execute(text("UPDATE blank SET batch = 'K-9' WHERE serial = 'A001'"))
    assert [field for field, _ in refused(counter, "close_day")] == ["reason"]
    assert act(counter, "close_day", reason="Buku rusak.") is False
    with counter.store.write() as tx:
        (waiting,) = stock_books.unsigned(tx)
        assert waiting.chain is not None
        assert "A001" in waiting.chain
        tx.sql.execute(text("UPDATE blank SET batch = 'K-1' WHERE serial = 'A001'"))


# Forecast


def test_days_left_come_from_what_was_used(counter: Counter) -> None:
    act(counter, "receive_blanks", batch="K-1", first="A001", last="A100")
    assert blank_views.ledger_state(counter.office).left.days is None
    for day in range(3):
        spoil(counter, f"A{day * 5 + 1:03d}", f"A{day * 5 + 5:03d}")
        assert blank_views.ledger_state(counter.office).left.days is None
        counter.clock.go(86_400)
    state = blank_views.ledger_state(counter.office)
    assert (state.ready, state.left.days, state.left.per_day) == (85, 17, 5.0)
    counter.clock.go(4 * 86_400)
    assert blank_views.ledger_state(counter.office).left.days == 39
    counter.clock.go(20 * 86_400)
    assert blank_views.ledger_state(counter.office).left.days is None


# Waste


def test_spoiled_cards_are_sealed_and_burnt_before_witnesses_with_minutes(counter: Counter) -> None:
    receive(counter)
    spoil(counter, "A001", "A002")
    spoil(counter, "A003", "A003", "SALAH_CETAK")
    seal(counter, "A001", "A002")
    seal(counter, "A003", number="S-2")
    state = blank_views.ledger_state(counter.office)
    assert (state.seals, state.spoiled) == ({"S-1": 2, "S-2": 1}, ())
    assert act(counter, "destroy_blanks", **{**MINUTES, "seals": ("S-1", "S-2")}) == 3
    assert where(counter, "A001", "A003") == [("destroyed", "kantor")] * 2
    counter.run("render")
    paper = blank_views.minutes_paper(counter.office, str(MINUTES["number"]))
    for said in (
        "470/12/BA/2026",
        "Halaman kantor",
        "dibakar",
        "Bripka Andi",
        "Satpol PP",
        "A003",
        "Gagal cetak",
        "Gudang",
    ):
        assert said.encode() in paper, said
    with counter.store.read() as tx:
        told = blank_views.story(tx, "A003")
        kept = stock_books.destruction(tx, "470/12/BA/2026")
    assert told is not None
    assert (told["minute"], told["seal"], told["cause"]) == ("470/12/BA/2026", "S-2", "SALAH_CETAK")
    assert kept is not None
    logged = repr(books(counter)[1])
    assert "Andi" not in logged and "Lestari" not in logged
    assert hashlib.sha256(paper).hexdigest() in logged


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"number": "", "place": " ", "date": None, "seals": ()}, {"number", "place", "date", "seals"}),
        ({"witness_2": ""}, {"witness_2"}),
        ({"witness_2": "", "office_2": ""}, {"witness_2", "office_2"}),
        ({"witness_2": "bripka  ANDI"}, {"witness_2"}),
        ({"witness_1": " gudang "}, {"witness_1"}),
        ({"witness_3": "Sri lestari", "office_3": "x"}, {"witness_3"}),
        ({"office_3": "Kelurahan"}, {"witness_3"}),
        ({"date": TODAY + timedelta(days=1)}, {"date"}),
        ({"date": TODAY - timedelta(days=1)}, {"date"}),
        ({"seals": ("S-1", "S-9")}, {"seals"}),
    ],
)
def test_minutes_without_two_other_people_or_out_of_time_are_refused(
    counter: Counter, changes: dict[str, object], fields: set[str]
) -> None:
    receive(counter)
    spoil(counter, "A001", "A002")
    seal(counter, "A001", "A002")
    assert {field for field, _ in refused(counter, "destroy_blanks", **{**MINUTES, **changes})} == fields


def test_seals_and_minutes_have_numbers_of_their_own(counter: Counter) -> None:
    receive(counter)
    spoil(counter, "A001", "A004")
    assert {field for field, _ in refused(counter, "seal_blanks", serials=())} == {"seal", "serials"}
    told = refused(counter, "seal_blanks", serials=("A001", "A009"), seal="S-1")
    assert told == [("serials", "Tidak tercatat rusak: A009.")]
    seal(counter, "A001")
    act(counter, "destroy_blanks", **MINUTES)
    assert [field for field, _ in refused(counter, "seal_blanks", serials=("A002",), seal="S-1")] == ["seal"]
    seal(counter, "A002", number="S-2")
    assert {field for field, _ in refused(counter, "destroy_blanks", **{**MINUTES, "seals": "S-2"})} == {"number"}


def test_minutes_whose_paper_does_not_come_about_are_made_again(counter: Counter) -> None:
    receive(counter)
    spoil(counter, "A001", "A001")
    seal(counter, "A001")
    act(counter, "destroy_blanks", **MINUTES)
    number = str(MINUTES["number"])
    with pytest.raises(Missing):
        blank_views.minutes_paper(counter.office, number)
    with pytest.raises(NotAllowed):
        act(counter, "retry_minutes", number=number)
    with counter.store.write() as tx:
        job = jobs.by_key(tx, f"minutes:{number}")
        assert job is not None
        jobs.hold(tx, job, "paper.refused")
    assert blank_views.ledger_state(counter.office).held == {number}
    assert act(counter, "retry_minutes", number=number) == number
    counter.run("render")
    assert blank_views.minutes_paper(counter.office, number)
    with counter.store.read() as tx, pytest.raises(Missing):
        minutes_step.minutes(counter.machines, _job(tx, "nothing"))


def _job(tx: Any, number: str) -> jobs.Job:
    found = jobs.by_key(tx, "minutes:470/12/BA/2026")
    assert found is not None
    return replace(found, payload={"number": number})


# The month


def test_a_month_is_told_by_cause(counter: Counter) -> None:
    receive(counter)
    act(counter, "allot_blanks", place_kind="van", place_number=1, first="A009", last="A010")
    act(counter, "return_blanks", place_kind="van", place_number=1, first="A009", last="A010")
    spoil(counter, "A001", "A002", "GAGAL_ENCODE")
    spoil(counter, "A003", "A003", "MACET_PRINTER")
    seal(counter, "A001", "A003")
    act(counter, "destroy_blanks", **MINUTES)
    counter.clock.go(7 * 86_400)
    spoil(counter, "A004", "A004", "AUS")
    with counter.store.read() as tx:
        november, december = blank_views.month_report(tx, 2026, 11), blank_views.month_report(tx, 2026, 12)
    assert (november.received, november.begun, november.handed_over, november.sealed) == (10, 0, 0, 2)
    assert november.spoiled == {"GAGAL_ENCODE": 2, "MACET_PRINTER": 1}
    assert november.circular == {"Gagal cetak": 1, "Gagal encode": 2, "Perubahan elemen data": 0, "Rusak": 0}
    assert november.destroyed == {"GAGAL_ENCODE": 1, "MACET_PRINTER": 1}
    assert november.minutes == ("470/12/BA/2026",)
    assert (december.received, december.spoiled, december.minutes) == (0, {"AUS": 1}, ())


# One card after another


def test_a_replacement_needs_a_cause_and_spoils_the_earlier_card_first(counter: Counter) -> None:
    receive(counter)
    second = second_case(counter)
    for wrong in ({}, {"cause": "BOSAN"}, {"cause": "GAGAL_ENCODE"}):
        with pytest.raises(NotAllowed, match="A001"):
            counter.do("issue_card", Role.OPERATOR, second, blank_serial="A002", **wrong)
    assert where(counter, "A001", "A002") == [("handed_over", "kantor"), ("received", "kantor")]
    made(counter, second, "A002", cause="HILANG")
    counter.run("centre")
    assert "card-A001:HILANG" in counter.centre.voided
    with counter.store.read() as tx:
        told = blank_views.story(tx, "A002")
        lines = blanks.entries_of(tx, ["A001", "A002"])
    assert told is not None
    assert told["other_cards"] == [{"serial": "A001", "state": "spoiled", "cause": "HILANG"}]
    order = [(line["serial"], line["to_state"]) for line in lines]
    assert order.index(("A001", "spoiled")) < order.index(("A002", "loaded")) < order.index(("A002", "encoding"))


def test_a_lost_card_is_sealed_only_when_it_is_found(counter: Counter) -> None:
    test_a_replacement_needs_a_cause_and_spoils_the_earlier_card_first(counter)
    state = blank_views.ledger_state(counter.office)
    assert state.shelves == {"kantor": 8, "kantor/kartu": 1}, "what is lost is not there to be counted"
    assert [field for field, _ in refused(counter, "seal_blanks", serials=("A001",), seal="S-1")] == ["found"]
    act(counter, "seal_blanks", serials=("A001",), seal="S-1", found=True)
    with counter.store.read() as tx:
        told = blank_views.story(tx, "A001")
        report = blank_views.month_report(tx, 2026, 11)
    assert told is not None
    assert (told["state"], told["cause"]) == ("sealed", "DITEMUKAN_SETELAH_HILANG")
    assert report.spoiled == {"HILANG": 1}


def test_without_a_nik_no_card(counter: Counter) -> None:
    receive(counter)
    case = ready_case(counter)
    with counter.store.write() as tx:
        tx.sql.execute(text("UPDATE resident SET nik = NULL"))
    with pytest.raises(NotAllowed, match="NIK"):
        counter.do("issue_card", Role.OPERATOR, case, blank_serial="A001")


def test_a_refused_card_leaves_a_line_of_audit_with_its_case(counter: Counter) -> None:
    receive(counter)
    spoil(counter, "A002", "A002")
    case = ready_case(counter)
    for serial in ("A002", "A099"):
        with pytest.raises(LedgerError):
            counter.do("issue_card", Role.OPERATOR, case, blank_serial=serial)
    last = books(counter)[1][-1]
    assert (last["event"], last["case_id"]) == ("blanks-act-refused", case)


def test_cards_of_an_ended_case_are_the_operators_to_take_out(counter: Counter) -> None:
    receive(counter)
    case = ready_case(counter)
    made(counter, case, "A001")
    operator = PEOPLE[Role.OPERATOR]
    mine = {"first": "A001", "last": "A001", "cause": "PEMILIK_MENINGGAL"}
    with pytest.raises(FormRefused, match="di berkasnya: A001"):
        act(counter, "spoil_blanks", operator, **mine)
    counter.do("cancel", Role.KASI, case, cause="LAINNYA", reason="Pemilik meninggal.")
    assert [field for field, _ in refused(counter, "spoil_blanks", **mine)] == ["first"]
    assert act(counter, "spoil_blanks", operator, **mine) == 1
    assert where(counter, "A001") == [("spoiled", "kantor")]
    with pytest.raises(NotAllowed):
        act(counter, "spoil_blanks", PEOPLE[Role.PETUGAS], **mine)


def test_a_card_that_comes_back_from_its_holder_lies_in_the_office(counter: Counter) -> None:
    receive(counter)
    act(counter, "allot_blanks", place_kind="van", place_number=1, first="A001", last="A002")
    case = ready_case(counter)
    made(counter, case, "A001")
    counter.do("hand_over_card", Role.PETUGAS, case)
    counter.matched(case)
    counter.run("render")
    with counter.store.read() as tx:
        told = blank_views.story(tx, "A001")
    assert told is not None
    assert (told["state"], told["case"], told["print_job"]["state"]) == (
        "handed_over", counter.case(case).code, "done",
    )  # fmt: skip
    assert told["print_job"]["token"] == "print-card:A001:1"
    assert told["handover"]["by"].startswith("petugas:")
    assert told["handover"]["receipt_sha256"]
    assert str(counter.person(case).nik) not in repr(told)
    spoil(counter, "A001", "A002", "DATA_BERUBAH")
    assert where(counter, "A001", "A002") == [("spoiled", "kantor"), ("spoiled", "van-1")]
    state = blank_views.ledger_state(counter.office)
    assert state.shelves == {"kantor": 8, "kantor/rusak": 1, "van-1/rusak": 1}
