"""What may not be written is refused before the first command that changes a card; each refusal in its own words."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from card_counter import CardCounter, Makers
from card_files import issuer
from field import Field

from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.chip import condition
from appliance.chip.profile import load
from appliance.clock import Deadline
from appliance.devices import CardPresence
from appliance.faults import FaultCode
from appliance.kiosk_ui.notices import NOTICES
from appliance.queue import jobs
from appliance.records import audit, cases
from appliance.records.blanks import BlankState
from hw_sim.card import CardFactory, KtpCard
from hw_sim.card_dialect import FROM_MF, Dialect
from hw_sim.card_files import LifeCycle
from hw_sim.card_files import Role as Speaker
from hw_sim.card_keys import MasterKeys, fresh_uid
from hw_sim.central.personalisation import CardOrder, sign_packet

F = FaultCode


@pytest.fixture(scope="module")
def makers(tmp_path_factory: pytest.TempPathFactory) -> Makers:
    return Makers(tmp_path_factory.mktemp("makers"))


@pytest.fixture
def desk(makers: Makers, tmp_path: Path) -> Iterator[CardCounter]:
    field = Field(None)
    desk = makers.counter(tmp_path, field)
    desk.lay = lambda card: setattr(field, "card", card)
    yield desk
    desk.holds_together()
    desk.counter.store.close()


def untouched(desk: CardCounter, *cards: KtpCard) -> bool:
    """Whether no command has changed any card since the factory."""
    return desk.encoder.writes == [] and all(card.pages_written == 0 for card in cards)


def refused(desk: CardCounter, serial: str, kind: str, code: FaultCode) -> str:
    """The job is held by this fault; the technician's detail of it."""
    desk.counter.run("encoder")
    job = desk.counter.job(f"{kind}:{serial}")
    assert (job.state, job.fault) == ("hold", code.value), job
    for language in NOTICES:
        assert NOTICES[language][code].officer
    return job.detail


# The packet


def forged(desk: CardCounter) -> None:
    desk.centre.signer = desk.centre.authorities.document_signer


def other_profile_files(rows: list[dict[str, str]]) -> None:
    rows[0]["fid"] = "2F10"


def other_short_id(rows: list[dict[str, str]]) -> None:
    rows[0]["sfi"] = "05"


def no_security_object(rows: list[dict[str, str]]) -> None:
    del rows[-1]


def empty_file(rows: list[dict[str, str]]) -> None:
    rows[1]["data"] = ""


def another_chips_key(files: dict[str, bytes]) -> None:
    files["DG15"] = files["DG15"][:-1] + bytes([files["DG15"][-1] ^ 1])


PACKETS: dict[str, tuple[Callable[[CardCounter], object], str]] = {
    "files of another profile": (lambda desk: setattr(desk.centre, "rows", other_profile_files), "2F10/1E"),
    "a short identifier of another file": (lambda desk: setattr(desk.centre, "rows", other_short_id), "011E/05"),
    "no security object": (lambda desk: setattr(desk.centre, "rows", no_security_object), "lacks SOD"),
    "an empty file": (lambda desk: setattr(desk.centre, "rows", empty_file), "has 0 bytes"),
    "a changed data group": (lambda desk: setattr(desk.centre, "files", another_chips_key), "hash-wrong:DG15"),
    "a chip root that is not pinned": (lambda desk: setattr(desk.centre, "who", issuer()), "signer-untrusted"),
}


@pytest.mark.parametrize("what", sorted(PACKETS))
def test_a_packet_that_is_signed_but_wrong_is_refused_before_the_card_is_touched(
    desk: CardCounter, what: str
) -> None:
    spoil, why = PACKETS[what]
    spoil(desk)
    card = desk.order("A001")
    seen = len(desk.encoder.seen)
    assert why in refused(desk, "A001", "encode", F.CENTRE_UNTRUSTED)
    assert len(desk.encoder.seen) == seen, "the card was not even asked"
    assert untouched(desk, card) and desk.effect("A001") is None


def test_a_packet_that_nobody_trusted_has_signed_is_refused_when_it_comes(desk: CardCounter) -> None:
    forged(desk)
    card = desk.take("A001")
    desk.counter.run("encoder", "centre")
    job = desk.counter.job("personalise:A001")
    assert (job.state, job.fault, job.detail) == ("hold", F.CENTRE_UNTRUSTED.value, "chain_untrusted")
    assert desk.counter.evidence(desk.case, "packet") == [] and untouched(desk, card)


@pytest.mark.parametrize(
    ("made_for", "why"),
    [
        ({"uid": "04ffffffffffff"}, "wrong_uid"),
        ({"token": "card-A002"}, "wrong_job"),
        ({"blank_serial": "A002"}, "packet is for another blank or profile"),
        ({"nik": "9972010101010001"}, "wrong_nik"),
    ],
)
def test_a_true_packet_for_something_else_that_got_into_the_books_is_refused(
    desk: CardCounter, made_for: dict[str, str], why: str
) -> None:
    """It cannot come in by the order; somebody has put it into the vault."""
    card = desk.order("A001")
    key = public_key(desk)
    nik = str(desk.counter.person(desk.case).nik)
    plain = {"token": "card-A001", "uid": card.uid.hex(), "blank_serial": "A001", "nik": nik, **made_for}
    order = CardOrder(plain["token"], plain["uid"], plain["blank_serial"], key)
    put_into_the_books(desk, desk.centre.pack(order, plain["nik"]))
    assert why in refused(desk, "A001", "encode", F.CENTRE_UNTRUSTED)
    assert untouched(desk, card)


def test_a_packet_is_used_within_its_days_only(desk: CardCounter) -> None:
    card = desk.order("A001")
    desk.counter.clock.go(31 * 86_400)
    assert refused(desk, "A001", "encode", F.CENTRE_UNTRUSTED) == "expired"
    assert untouched(desk, card)


def test_a_packet_that_was_used_is_refused_even_after_a_restart(desk: CardCounter) -> None:
    card = desk.order("A001")
    assert desk.encode("A001").state == "done"
    assert desk.effect("A001").state == "done"  # type: ignore[union-attr]
    pages, writes = card.pages_written, len(desk.encoder.writes)
    for _ in range(2):
        replay(desk, "A001")
        assert refused(desk, "replay", "encode", F.CENTRE_UNTRUSTED) == "this packet was used before"
        desk.restart()
    assert (card.pages_written, len(desk.encoder.writes)) == (pages, writes)


def test_files_that_were_packed_for_another_blank_are_not_written_under_a_new_number(desk: CardCounter) -> None:
    """The same files under a new, true header: the centre would never do that; its key in other hands might."""
    card = desk.order("A001")
    assert desk.encode("A001").state == "done"
    desk.spoil("A001")
    first = desk.centre.packets["card-A001"]
    other = desk.order("A002")
    writes = len(desk.encoder.writes)
    put_into_the_books(desk, repacked(desk, first, other, "A002"))
    assert refused(desk, "A002", "encode", F.CENTRE_UNTRUSTED) == "this packet was used before"
    assert len(desk.encoder.writes) == writes and other.pages_written == 0 and card.life_cycle is LifeCycle.ACTIVATED


def test_a_blank_that_was_begun_takes_no_second_packet(desk: CardCounter) -> None:
    card = desk.order("A001")
    desk.encoder.cut = desk.encoder.commands + 40
    assert desk.encode("A001").fault == F.CARD_GONE.value
    pages = card.pages_written
    key = public_key(desk)
    order = CardOrder("card-A001", card.uid.hex(), "A001", key)
    put_into_the_books(desk, desk.centre.pack(order, str(desk.counter.person(desk.case).nik)))
    job = desk.again("A001")
    assert (job.fault, job.detail) == (F.CENTRE_UNTRUSTED.value, "this blank was begun with another packet")
    assert card.pages_written == pages


# The card


def used_by_others(desk: CardCounter) -> KtpCard:
    """A card of the same makers that another office has begun to write; here it is not known."""
    card = desk.factory.blank(fresh_uid())
    card.files.create(0x0101, 0x01, 20, Speaker.PERSO)
    return card


def begun_and_torn_at_once(desk: CardCounter) -> KtpCard:
    """A card of which only the journal says that somebody has begun."""
    card = desk.factory.blank(fresh_uid())
    record = bytes(range(48)) + b"\x01"
    card.files.update(card.files.find(0x4A01), 0, record + zlib.crc32(record).to_bytes(4, "big"), Speaker.PERSO)
    return card


def finished_by_others(desk: CardCounter) -> KtpCard:
    card = used_by_others(desk)
    card.files.activate(Speaker.PERSO)
    return card


def of_other_makers(desk: CardCounter) -> KtpCard:
    return CardFactory(MasterKeys.fresh()).blank(fresh_uid())


def of_another_kind(desk: CardCounter) -> KtpCard:
    return desk.factory.blank(fresh_uid(), Dialect(application=FROM_MF, path=b"\xdf\x01"))


def ended(desk: CardCounter) -> KtpCard:
    card = desk.factory.blank(fresh_uid())
    card.files.terminate(Speaker.PERSO)
    return card


def fresh_blank(desk: CardCounter) -> KtpCard:
    return desk.factory.blank(fresh_uid())


STRANGERS: dict[Callable[[CardCounter], KtpCard], tuple[FaultCode | None, FaultCode]] = {
    fresh_blank: (None, F.CARD_WRONG),
    used_by_others: (F.CARD_USED, F.CARD_USED),
    begun_and_torn_at_once: (F.CARD_USED, F.CARD_USED),
    finished_by_others: (F.CARD_USED, F.CARD_USED),
    of_other_makers: (F.SAM_ERROR, F.SAM_ERROR),
    of_another_kind: (F.CARD_FOREIGN, F.CARD_FOREIGN),
    ended: (F.CARD_TERMINATED, F.CARD_USED),
}
"""A card and what it is called where a blank is wanted, and where a card that was begun is."""


@pytest.mark.parametrize("stranger", [one for one in STRANGERS if STRANGERS[one][0]], ids=lambda one: one.__name__)
def test_what_is_no_blank_is_refused_before_a_packet_is_ordered(
    desk: CardCounter, stranger: Callable[[CardCounter], KtpCard]
) -> None:
    desk.take("A001")
    card = stranger(desk)
    before = card.pages_written
    desk.lay(card)
    refused(desk, "A001", "prepare", STRANGERS[stranger][0])  # type: ignore[arg-type]
    assert desk.encoder.writes == [] and card.pages_written == before
    assert desk.centre.ordered == []
    desk.lay(desk.cards["A001"])
    assert desk.again("A001", "prepare").state == "done"


@pytest.mark.parametrize("stranger", list(STRANGERS), ids=lambda one: one.__name__)
def test_a_card_that_is_not_the_one_the_packet_was_made_for_is_refused_untouched(
    desk: CardCounter, stranger: Callable[[CardCounter], KtpCard]
) -> None:
    first = desk.order("A001")
    card = stranger(desk)
    before = card.pages_written
    desk.lay(card)
    refused(desk, "A001", "encode", STRANGERS[stranger][1])
    assert desk.encoder.writes == [] and card.pages_written == before and first.pages_written == 0
    desk.lay(first)
    assert desk.again("A001").state == "done"


def test_a_blank_under_another_number_is_refused_and_said_so(desk: CardCounter) -> None:
    """A001 was spoiled before its chip was ever written; now its card lies there as A002."""
    card = desk.order("A001")
    desk.spoil("A001", "CACAT_PABRIK")
    desk.take("A002")
    desk.lay(card)
    assert refused(desk, "A002", "prepare", F.CARD_OF_ANOTHER) == "chip of spoiled blank A001"
    assert desk.centre.ordered == ["card-A001"]
    assert card.life_cycle is LifeCycle.TERMINATED, "a spoiled card is ended when it is seen again"
    with desk.counter.store.read() as tx:
        assert audit.newest(tx, "card-terminate-complete", 1)


def test_a_chip_that_was_swapped_between_two_looks_is_refused(desk: CardCounter) -> None:
    """The same packet on a card that shows this UID but has other keys: the packet is bound to both."""
    card = desk.order("A001")
    desk.lay(CardFactory(MasterKeys.fresh()).blank(card.uid))
    refused(desk, "A001", "encode", F.SAM_ERROR)
    assert untouched(desk, card)


def test_a_card_that_is_changed_between_writing_and_reading_proves_nothing(makers: Makers, tmp_path: Path) -> None:
    """A good card of another resident is laid there in the moment between the two."""

    class Swapped(Field):
        other: KtpCard | None = None

        def await_card(self, by: Deadline) -> CardPresence:
            if self.other is not None and self.card is not None and self.card.life_cycle is LifeCycle.ACTIVATED:
                self.card = self.other
            return super().await_card(by)

    field = Swapped(None)
    desk = makers.counter(tmp_path, field)
    desk.lay = lambda card: setattr(field, "card", card)
    good = desk.order("A001")
    assert desk.encode("A001").state == "done"
    desk.spoil("A001")
    card = desk.order("A002")
    field.other = good
    assert "blank A001" in refused(desk, "A002", "encode", F.CARD_OF_ANOTHER)
    assert desk.blank("A002") is BlankState.ENCODING and card.life_cycle is LifeCycle.ACTIVATED
    field.other = None
    desk.lay(card)
    assert desk.again("A002").state == "done"
    desk.holds_together()
    desk.counter.store.close()


def open_to_its_keys(card: KtpCard) -> None:
    card.files.unlocked_for = frozenset({Speaker.PERSO})


def open_to_strangers(card: KtpCard) -> None:
    card.files.unlocked_for = frozenset({Speaker.STRANGER})


def with_its_factory_keys(card: KtpCard) -> None:
    card.keys.keeps_old = True


@pytest.mark.parametrize(
    ("faulty", "why"),
    [
        (open_to_its_keys, "with keys"),
        (open_to_strangers, "SOD without keys"),
        (with_its_factory_keys, "factory keys"),
    ],
)
def test_a_lock_that_does_not_hold_ends_the_card_before_it_is_anybodys(
    desk: CardCounter, faulty: Callable[[KtpCard], None], why: str
) -> None:
    card = desk.order("A001")
    faulty(card)
    assert why in refused(desk, "A001", "encode", F.CARD_NOT_LOCKED)
    assert card.life_cycle is LifeCycle.TERMINATED
    assert desk.blank("A001") is BlankState.ENCODING
    desk.spoil("A001", "CACAT_PABRIK")
    desk.order("A002")
    assert desk.encode("A002").state == "done"


# No profile


def test_without_the_ministrys_profile_issuing_is_closed_in_words(desk: CardCounter) -> None:
    real = replace(desk.counter.office.settings, specimen=False)
    specimen, desk.counter.office = desk.counter.office, replace(desk.counter.office, settings=real)
    with pytest.raises(NotAllowed, match="profil chip dari Kementerian belum dipasang"):
        desk.counter.do("issue_card", Role.OPERATOR, desk.case, blank_serial="A001")
    assert desk.blank("A001") is BlankState.RECEIVED, "no blank was taken for it"
    desk.counter.office = specimen
    card = desk.take("A001")
    desk.counter.machines = replace(desk.counter.machines, settings=real, profile=None)
    detail = refused(desk, "A001", "prepare", F.CARD_NO_PROFILE)
    assert detail.startswith("Card profile kemendagri-sam is incomplete and cannot be used: application is missing")
    assert desk.encoder.seen == [] and untouched(desk, card)


# What the tests do behind the appliance's back


def public_key(desk: CardCounter) -> bytes:
    return condition.prepare(desk.encoder, load("ktpsim-1"), Deadline.after(5)).aa_public_key


def put_into_the_books(desk: CardCounter, jws: str) -> None:
    """Make this the resident's newest packet."""
    counter = desk.counter
    blob = counter.office.vault.put(desk.case, counter.case(desk.case).wrapped_key, jws.encode())
    with counter.store.write() as tx:
        cases.add_evidence(tx, desk.case, "packet", position=0, name="-", blob=blob, sha256="")


def replay(desk: CardCounter, serial: str) -> None:
    """Order the same writing once more."""
    uid = desk.cards[serial].uid.hex()
    with desk.counter.store.write() as tx:
        jobs.put(tx, "encoder", "encode", "encode:replay", case_id=desk.case, position=0, serial=serial, uid=uid)


def repacked(desk: CardCounter, jws: str, card: KtpCard, serial: str) -> str:
    """The files of a packet under a new and true header for another card."""
    body = jws.split(".")[1]
    files = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["files"]
    order = CardOrder(f"card-{serial}", card.uid.hex(), serial, b"")
    nik, signer = str(desk.counter.person(desk.case).nik), desk.centre.authorities.packet_signer
    return sign_packet(order, nik, ["right_index", "left_index"], files, signer, desk.centre.now)
