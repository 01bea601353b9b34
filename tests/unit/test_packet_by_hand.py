"""A card in an office without a line to the centre: the order is carried there, the packet brought and judged."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from card_counter import CardCounter, Makers
from counter import PEOPLE
from field import Field
from front_office import BY_HAND, open_office, sign_in, token

from appliance.casework.clocks import read_clocks
from appliance.casework.roles import SYSTEM, Role
from appliance.casework.sop import NotAllowed
from appliance.faults import FaultCode as F
from appliance.office import packet_by_hand
from appliance.office.away import say_away, say_back
from appliance.office.packet_by_hand import CardOrder
from appliance.queue.jobs import Job
from appliance.records import accounts, cases, moves
from appliance.records.blanks import BlankState
from hw_sim.card import KtpCard
from hw_sim.central.personalisation import CardOrder as Ordered


@pytest.fixture(scope="module")
def makers(tmp_path_factory: pytest.TempPathFactory) -> Makers:
    return Makers(tmp_path_factory.mktemp("makers"))


@pytest.fixture
def desk(makers: Makers, tmp_path: Path) -> Iterator[CardCounter]:
    field = Field(None)
    found = makers.counter(tmp_path, field)

    def lay(card: KtpCard | None) -> None:
        field.card = card

    found.lay = lay
    settings = replace(found.counter.office.settings, central=BY_HAND)
    found.counter.office = replace(found.counter.office, settings=settings)
    found.counter.offices = replace(found.counter.offices, settings=settings, centre=None)
    found.counter.machines = replace(found.counter.machines, settings=settings)
    yield found
    found.holds_together()
    found.counter.store.close()


def prepared(desk: CardCounter, serial: str = "A001") -> CardOrder:
    """A blank whose UID and key were read; its order, which waits to be carried to the centre."""
    desk.take(serial)
    desk.counter.run("encoder", "centre")
    job = desk.counter.job(f"personalise:{serial}")
    assert (job.state, job.fault) == ("hold", F.CENTRE_BY_HAND.value)
    assert "import_packet" in desk.counter.state(desk.case, Role.OPERATOR).residents[0].acts
    return packet_by_hand.card_order(desk.counter.office, PEOPLE[Role.OPERATOR], desk.case, 0)


def packet(desk: CardCounter, order: CardOrder, **changed: str) -> bytes:
    """What the centre makes of an order."""
    told = {**asdict(order), **changed}
    key = base64.b64decode(told["aa_public_key"])
    made = desk.centre.pack(Ordered(told["token"], told["uid"], told["blank_serial"], key), told["nik"])
    return made.encode()


def bring(desk: CardCounter, data: bytes, serial: str = "A001") -> Job:
    desk.counter.do("import_packet", Role.OPERATOR, desk.case, berkas=data)
    desk.counter.run("centre")
    return desk.counter.job(f"personalise:{serial}")


def test_a_card_is_written_with_the_packet_that_was_brought(desk: CardCounter) -> None:
    order = prepared(desk)
    assert (order.token, order.blank_serial, order.nik) == ("card-A001", "A001", desk.counter.person(desk.case).nik)
    assert bring(desk, packet(desk, order) + b"\n").state == "done"
    assert desk.encode("A001").state == "done"
    assert desk.blank("A001") is BlankState.ENCODED
    kept = sorted((desk.counter.office.settings.data_dir / "vault").glob("*/*"))
    with pytest.raises(NotAllowed, match="Tidak ada kartu"):
        desk.counter.do("import_packet", Role.OPERATOR, desk.case, berkas=packet(desk, order))
    assert kept == sorted((desk.counter.office.settings.data_dir / "vault").glob("*/*")), "nothing of it was kept"


@pytest.mark.parametrize(
    "changed",
    [{"uid": "04AABBCCDDEE01"}, {"nik": "9972010107710009"}, {"token": "card-A009"}],
    ids=["another chip", "another person", "another blank"],
)
def test_a_packet_for_something_else_is_refused_and_the_right_one_still_taken(
    desk: CardCounter, changed: dict[str, str]
) -> None:
    order = prepared(desk)
    job = bring(desk, packet(desk, order, **changed))
    assert (job.state, job.fault) == ("hold", F.CENTRE_UNTRUSTED.value)
    assert desk.counter.evidence(desk.case, "packet") == []
    assert bring(desk, packet(desk, order)).state == "done"


def test_what_is_no_packet_is_refused_at_the_form(desk: CardCounter) -> None:
    prepared(desk)
    for data in (b"", b"hello", b"a.b", b"a.b.c.d", "a.b.ç".encode()):
        with pytest.raises(NotAllowed, match="Pilih berkas paket"):
            desk.counter.do("import_packet", Role.OPERATOR, desk.case, berkas=data)


def test_only_the_operator_carries_orders_and_packets(desk: CardCounter) -> None:
    order = prepared(desk)
    for role in set(Role) - {Role.OPERATOR}:
        with pytest.raises(cases.Missing):
            packet_by_hand.card_order(desk.counter.office, PEOPLE[role], desk.case, 0)
        with pytest.raises(NotAllowed):
            desk.counter.do("import_packet", role, desk.case, berkas=packet(desk, order))


def test_what_the_centre_must_be_told_is_told_by_a_person_and_then_settled(desk: CardCounter) -> None:
    prepared(desk)
    desk.counter.do("look_card", Role.OPERATOR, desk.case, result="spoiled", cause="GAGAL_ENCODE")
    desk.counter.run("centre")
    job = desk.counter.job("void:A001")
    assert (job.state, job.fault) == ("hold", F.CENTRE_BY_HAND.value)
    desk.counter.do("give_up_job", Role.OPERATOR, desk.case, job=job.key, reason="dilaporkan, tiket 12")
    job = desk.counter.job("void:A001")
    assert (job.state, job.detail) == ("dead", "dilaporkan, tiket 12")


def test_another_packet_takes_the_place_of_one_with_other_data(desk: CardCounter) -> None:
    order = prepared(desk)
    right = packet(desk, order)
    desk.centre.file["household"]["address"] = "JL. MELATI NO. 2"
    job = bring(desk, packet(desk, order))
    assert (job.state, job.fault, job.detail) == ("hold", F.CENTRE_DIFFERS.value, "address")
    assert "import_packet" in desk.counter.state(desk.case, Role.OPERATOR).residents[0].acts
    assert bring(desk, right).state == "done"
    assert desk.encode("A001").state == "done"


def test_order_and_packet_go_by_the_page(desk: CardCounter) -> None:
    order = prepared(desk)
    place = open_office(desk.folder, central=BY_HAND)
    accounts.add(place.office.store, "operator", "Operator", Role.OPERATOR, "123456", SYSTEM)
    client = place.app("officer").test_client()
    sign_in(client, Role.OPERATOR)
    home = f"/petugas/kasus/{desk.case}"
    page = client.get(home)
    assert f'href="{home}/paket/0"' in page.text and 'data-act="import_packet"' in page.text
    file = client.get(f"{home}/paket/0")
    assert file.get_json() == asdict(order) and file.headers["Cache-Control"] == "no-store"
    assert client.get(f"{home}/paket/1").status_code == 404
    files = {"berkas": (io.BytesIO(packet(desk, order)), "paket.jws"), "csrf_token": token(page), "resident": "0"}
    assert client.post(f"{home}/import_packet", data=files).status_code == 303
    place.office.store.close()
    desk.counter.run("centre")
    assert desk.counter.job("personalise:A001").state == "done"


def waited(desk: CardCounter) -> float:
    """How many seconds step 8 has waited for an office that is away."""
    with desk.counter.store.read() as tx:
        return read_clocks(moves.stays(tx, desk.case), tx.now)[7].waiting_s.get("gangguan", 0.0)


def test_an_order_is_waiting_while_the_centre_is_said_to_be_away_from_before_it_or_since(desk: CardCounter) -> None:
    office, operator = desk.counter.office, PEOPLE[Role.OPERATOR]
    say_away(office, operator, "centre")
    order = prepared(desk)
    desk.counter.clock.go(400)
    assert waited(desk) == pytest.approx(400, abs=1)
    say_back(office, operator, "centre")
    desk.counter.clock.go(100)
    assert waited(desk) == pytest.approx(400, abs=1)
    say_away(office, operator, "centre")
    desk.counter.clock.go(50)
    assert bring(desk, packet(desk, order, nik="9972010107710009")).fault == F.CENTRE_UNTRUSTED.value
    desk.counter.clock.go(50)
    assert waited(desk) == pytest.approx(500, abs=2), "another packet is to be fetched there"
    assert bring(desk, packet(desk, order)).state == "done"
    desk.counter.clock.go(70)
    assert waited(desk) == pytest.approx(500, abs=2)
