"""The store of blanks: receive a delivery, give out and take back, take out what is spoiled.

Each act is one transaction and raises `FormRefused` with every mistake at once, `NotAllowed` or `LedgerError`, having
stored nothing but a line of audit. Fields of `values`: receive_blanks: batch, first, last, more (further ranges, one
a line), count (of the delivery note) · allot_blanks, return_blanks: place_kind, place_number, first, last ·
spoil_blanks: first, last, cause.
"""

from __future__ import annotations

from collections.abc import Sequence

from appliance.casework.blank_life import IN_WORK, STATE_LABELS, move_between
from appliance.casework.codes import SPOIL_CAUSES
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import CASE_ENDS, NotAllowed
from appliance.casework.stock import (
    LARGEST_RANGE,
    OFFICE,
    SerialRange,
    compare_ranges,
    kind_of_place,
    place_name,
    read_lines,
    read_range,
)
from appliance.office.context import Office, Values
from appliance.office.ledger import Mistakes, book, keeper_only, line
from appliance.records import audit, blanks, cases, stock
from appliance.records.audit import AuditBreak
from appliance.records.blanks import BlankState
from appliance.records.store import Transaction

NAMED = 5
"""How many serials a sentence names before it only counts them."""


def _named(serials: Sequence[str]) -> str:
    rest = len(serials) - NAMED
    return ", ".join(serials[:NAMED]) + (f" dan {rest} lagi" if rest > 0 else "")


def _range(values: Values, mistakes: Mistakes) -> SerialRange | None:
    found, wrong = read_range(line(values, "first"), line(values, "last"))
    for field, sentence in wrong:
        mistakes.add(field, sentence)
    return found


def receive_blanks(office: Office, actor: Actor, values: Values) -> int:
    """Take the serials `first` to `last`, and those of `more`, of `batch` into the ledger; returns how many.

    A serial that is there already, an overlap, a gap (also to what came earlier with this batch), a serial of another
    length than its sisters, and a number that differs from the delivery note are refused, all at once.
    """
    with book(office, actor, "receive_blanks") as tx:
        keeper_only(actor)
        mistakes = Mistakes(values)
        batch = mistakes.need(values, "batch", "Isi nomor kiriman.")
        main = _range(values, mistakes)
        others, wrong = read_lines(str(values.get("more") or ""))
        mistakes.add("more", *wrong)
        ranges = [*([main] if main else []), *others]
        _check_delivery(tx, batch, ranges, mistakes)
        count = sum(one.count for one in ranges)
        expected = line(values, "count")
        if expected and not mistakes and expected != str(count):
            mistakes.add("count", f"Surat jalan menyebut {expected} keping, nomornya {count}.")
        mistakes.stop()
        blanks.receive(tx, batch, [serial for one in ranges for serial in one.serials()], OFFICE, actor)
        told = ", ".join(str(one) for one in ranges)
        audit.record(tx, "blanks-receive-complete", actor, None, batch=batch, count=count, serials=told)
        return count


def _check_delivery(tx: Transaction, batch: str, ranges: Sequence[SerialRange], mistakes: Mistakes) -> None:
    if sum(one.count for one in ranges) > LARGEST_RANGE:
        mistakes.add("last", f"Paling banyak {LARGEST_RANGE} nomor sekali catat.")
        return
    among_themselves = compare_ranges(ranges)
    mistakes.add("more", *among_themselves)
    for one in ranges:
        field = "last" if one is ranges[0] else "more"
        known = sorted(blanks.states_of(tx, one.serials()))
        if known:
            mistakes.add(field, f"Nomor blanko sudah ada di buku: {_named(known)}.")
            continue
        usual = stock.widths(tx, one.letters)
        if usual and one.width not in usual:
            digits = " atau ".join(str(width) for width in sorted(usual))
            mistakes.add(field, f"{one}: nomor berawalan {one.letters or 'angka'} di buku berisi {digits} angka.")
    earlier = stock.batch_ranges(tx, batch)
    if earlier and ranges and not mistakes:
        gaps = set(compare_ranges([*earlier, *ranges])) - set(compare_ranges(earlier)) - set(among_themselves)
        mistakes.add("first", *(f"Kiriman {batch}: {sentence}" for sentence in sorted(gaps)))


def _place(values: Values, mistakes: Mistakes) -> str:
    place = f"{line(values, 'place_kind')}-{line(values, 'place_number')}"
    if not line(values, "place_kind"):
        mistakes.add("place_kind", "Pilih tempat.")
    elif kind_of_place(place) is None:
        mistakes.add("place_number", "Nomor tempat 1 sampai 99.")
    return place


def _able(to: BlankState) -> frozenset[BlankState]:
    return frozenset(state for state in BlankState if state is not to and move_between(state, to))


def _look_up(
    tx: Transaction, serials: Sequence[str], able: frozenset[BlankState], place: str | None, mistakes: Mistakes
) -> dict[str, tuple[BlankState, str]]:
    """State and place of the serials; notes those not in the ledger, not at `place`, or in no `able` state."""
    found = blanks.states_of(tx, serials)
    unknown = [serial for serial in serials if serial not in found]
    if unknown:
        mistakes.add("first", f"Tidak ada di buku: {_named(unknown)}.")
    stuck: dict[str, list[str]] = {}
    for serial in serials:
        state, where = found.get(serial, (None, ""))
        if state is None:
            continue
        if place is not None and where != place:
            stuck.setdefault(f"Ada di tempat lain ({place_name(where)})", []).append(serial)
        elif state not in able:
            stuck.setdefault(f"Tidak bisa, keadaannya: {STATE_LABELS[state].lower()}", []).append(serial)
    for why, which in stuck.items():
        mistakes.add("first", f"{why}: {_named(which)}.")
    return found


def allot_blanks(office: Office, actor: Actor, values: Values) -> int:
    """Give blanks out to a van or a printer, or load them into a hopper; returns how many."""
    with book(office, actor, "allot_blanks") as tx:
        keeper_only(actor)
        mistakes = Mistakes(values)
        place = _place(values, mistakes)
        chosen = _range(values, mistakes)
        state = BlankState.LOADED if kind_of_place(place) == "hopper" else BlankState.ALLOTTED
        if chosen is not None:
            _look_up(tx, chosen.serials(), _able(state), None, mistakes)
        mistakes.stop()
        assert chosen is not None
        blanks.move_all(tx, chosen.serials(), state, actor, place=place)
        facts = {"place": place, "count": chosen.count, "serials": str(chosen)}
        audit.record(tx, "blanks-allot-complete", actor, None, **facts)
        return chosen.count


_OUT = frozenset({BlankState.ALLOTTED, BlankState.LOADED})


def return_blanks(office: Office, actor: Actor, values: Values) -> int:
    """Take blanks back from a van, a printer or a hopper into the store; returns how many.

    A blank from a hopper passes the printer of the same number on its way: the ledger knows no shorter one.
    """
    with book(office, actor, "return_blanks") as tx:
        keeper_only(actor)
        mistakes = Mistakes(values)
        place = _place(values, mistakes)
        chosen = _range(values, mistakes)
        serials = chosen.serials() if chosen is not None else []
        found = _look_up(tx, serials, _OUT, None if mistakes else place, mistakes)
        mistakes.stop()
        loaded = [serial for serial in serials if found[serial][0] is BlankState.LOADED]
        if loaded:
            blanks.move_all(tx, loaded, BlankState.ALLOTTED, actor, place=place.replace("hopper", "printer"))
        blanks.move_all(tx, serials, BlankState.RECEIVED, actor)
        facts = {"place": place, "count": len(serials), "serials": str(chosen)}
        audit.record(tx, "blanks-return-complete", actor, None, **facts)
        return len(serials)


def spoil_blanks(office: Office, actor: Actor, values: Values) -> int:
    """Take out blanks that cannot be used, or cards that came back from their holders; returns how many.

    A card in work is the operator's, who says so on its case; here he takes out those whose case has ended without
    them.
    """
    with book(office, actor, "spoil_blanks") as tx:
        if actor.role not in {Role.GUDANG, Role.OPERATOR}:
            raise NotAllowed("Langkah ini hanya untuk petugas gudang blanko atau operator.")
        mistakes = Mistakes(values)
        chosen = _range(values, mistakes)
        cause = line(values, "cause")
        if cause not in SPOIL_CAUSES:
            mistakes.add("cause", "Pilih sebab dari daftar.")
        serials = chosen.serials() if chosen is not None else []
        found = _look_up(tx, serials, _able(BlankState.SPOILED), None, mistakes)
        making = [serial for serial, (state, _) in found.items() if state in IN_WORK]
        theirs = [serial for serial in making if actor.role is not Role.OPERATOR or not _case_ended(tx, serial)]
        if theirs:
            mistakes.add("first", f"Sedang dibuat, operator menyatakannya rusak di berkasnya: {_named(theirs)}.")
        mistakes.stop()
        back = [serial for serial, (state, _) in found.items() if state is BlankState.HANDED_OVER]
        here = [serial for serial in found if serial not in back]
        if back:
            blanks.move_all(tx, back, BlankState.SPOILED, actor, cause=cause, place=OFFICE)
        if here:
            blanks.move_all(tx, here, BlankState.SPOILED, actor, cause=cause)
        audit.record(tx, "blanks-spoil-complete", actor, None, cause=cause, count=len(found), serials=str(chosen))
        return len(found)


def _case_ended(tx: Transaction, serial: str) -> bool:
    row = blanks.find(tx, serial)
    return row is not None and cases.get(tx, row["case_id"]).state in CASE_ENDS


def blank_counts(office: Office) -> tuple[dict[str, int], AuditBreak | None]:
    """How many blanks are in each state, and the first difference of the ledger or None."""
    with office.store.read() as tx:
        return blanks.balance(tx)


def next_blank(office: Office) -> str | None:
    """The serial to take next, from a hopper before a printer before the store; None when the stock is out."""
    with office.store.read() as tx:
        places = [shelf for shelf in stock.shelves(tx) if kind_of_place(shelf) in _NEXT_FROM]
        for place in sorted(places, key=lambda place: (_NEXT_FROM.index(str(kind_of_place(place))), place)):
            serial = blanks.next_free(tx, place)
            if serial is not None:
                return serial
    return None


_NEXT_FROM = ("hopper", "printer", OFFICE)
