"""Waste of the store: seal spoiled cards, burn what is sealed before witnesses, and the minutes of it.

Fields of `values`: seal_blanks: serials, seal, found (a lost card among them was found again) · destroy_blanks:
seals, number, date, place, witness_1 to witness_3 with their office_1 to office_3 · retry_minutes: number.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from appliance.casework.codes import AWAY
from appliance.casework.roles import ROLE_LABELS, Actor
from appliance.casework.sop import NotAllowed
from appliance.casework.stock import OFFICE
from appliance.clock import to_local
from appliance.office.context import Office, Values
from appliance.office.ledger import Mistakes, book, keeper_only, line
from appliance.queue import jobs
from appliance.records import audit, blanks, stock, stock_books
from appliance.records.blanks import BlankState
from appliance.records.store import Transaction

METHOD = "dibakar"
"""Circular 470.13/11176/SJ of 13 December 2018: by burning, no longer by cutting."""
WITNESSES = 2
WITNESS_FIELDS = (1, 2, 3)


def minutes_job(number: str) -> str:
    """The key of the job that typesets these minutes."""
    return f"minutes:{number}"


def seal_blanks(office: Office, actor: Actor, values: Values) -> int:
    """Put spoiled cards under one numbered seal, until they are burnt; returns how many."""
    with book(office, actor, "seal_blanks") as tx:
        keeper_only(actor)
        mistakes = Mistakes(values)
        seal = mistakes.need(values, "seal", "Isi nomor segel.")
        if seal and stock.seal_known(tx, seal):
            mistakes.add("seal", "Nomor segel ini sudah dipakai.")
        serials = sorted(set(_several(values, "serials")))
        spoiled = dict(stock.serials_in(tx, BlankState.SPOILED))
        if not serials:
            mistakes.add("serials", "Pilih kartu yang disegel.")
        for serial in serials:
            if serial not in spoiled:
                mistakes.add("serials", f"Tidak tercatat rusak: {serial}.")
        for serial in sorted(stock.with_holders(tx) & set(serials)):
            if spoiled.get(serial) not in AWAY:
                mistakes.add("serials", f"Masih di pemiliknya, terima dulu saat kartu baru diserahkan: {serial}.")
        lost = [serial for serial in serials if spoiled.get(serial) in AWAY]
        if lost and not values.get("found"):
            mistakes.add("found", f"Tercatat hilang, tandai bila sudah ditemukan: {', '.join(lost[:5])}.")
        mistakes.stop()
        there = [serial for serial in serials if serial not in lost]
        if there:
            blanks.move_all(tx, there, BlankState.SEALED, actor, seal=seal, place=OFFICE)
        if lost:
            cause = "DITEMUKAN_SETELAH_HILANG"
            blanks.move_all(tx, lost, BlankState.SEALED, actor, seal=seal, place=OFFICE, cause=cause)
        audit.record(tx, "blanks-seal-complete", actor, None, seal=seal, count=len(serials), found=len(lost))
        return len(serials)


def _several(values: Values, name: str) -> Sequence[str]:
    given = values.get(name) or ()
    return [given] if isinstance(given, str) else [str(one) for one in given]


def destroy_blanks(office: Office, actor: Actor, values: Values) -> int:
    """Enter that everything under these seals was burnt before witnesses, with the minutes' number; says how many.

    At least two different people other than the maker of the minutes witness it.
    """
    with book(office, actor, "destroy_blanks") as tx:
        keeper_only(actor)
        mistakes = Mistakes(values)
        number = mistakes.need(values, "number", "Isi nomor berita acara.")
        place = mistakes.need(values, "place", "Isi tempat pemusnahan.")
        if number and stock_books.destruction(tx, number) is not None:
            mistakes.add("number", "Nomor berita acara ini sudah dipakai.")
        sealed = stock.sealed(tx)
        chosen = sorted(set(_several(values, "seals")))
        if not chosen:
            mistakes.add("seals", "Pilih segel yang dimusnahkan.")
        for seal in chosen:
            if seal not in sealed:
                mistakes.add("seals", f"Segel tidak ada di gudang: {seal}.")
        cards = sorted(card for seal in chosen for card in sealed.get(seal, ()))
        day = _day(tx, office, values, [serial for serial, _ in cards], mistakes)
        witnesses = _witnesses(values, actor, mistakes)
        mistakes.stop()
        assert day is not None
        blanks.move_all(tx, [serial for serial, _ in cards], BlankState.DESTROYED, actor, minute=number)
        facts: dict[str, object] = {
            "place": place,
            "method": METHOD,
            "officer": [actor.name, ROLE_LABELS[actor.role]],
            "witnesses": witnesses,
            "cards": [[serial, str(cause)] for serial, cause in cards],
        }
        stock_books.add_destruction(tx, number, day, facts, office.vault.new_case_key(minutes_job(number)), actor)
        jobs.put(tx, "render", "destruction-minutes", minutes_job(number), number=number)
        told = {"minute": number, "day": day.isoformat(), "count": len(cards), "witnesses": len(witnesses)}
        audit.record(tx, "blanks-destroy-complete", actor, None, **told)
    office.wake()
    return len(cards)


def _day(tx: Transaction, office: Office, values: Values, serials: Sequence[str], mistakes: Mistakes) -> date | None:
    day = values.get("date")
    if not isinstance(day, date):
        mistakes.add("date", "Isi tanggal pemusnahan.")
        return None
    if day > office.today():
        mistakes.add("date", "Tanggal pemusnahan di masa depan.")
    sealings = [entry for entry in blanks.entries_of(tx, serials) if entry["to_state"] == BlankState.SEALED]
    if any(to_local(entry["at"]).date() > day for entry in sealings):
        mistakes.add("date", "Tanggal pemusnahan sebelum hari penyegelan.")
    return day


def _witnesses(values: Values, actor: Actor, mistakes: Mistakes) -> list[list[str]]:
    found: list[list[str]] = []
    maker = actor.name.casefold()
    for one in WITNESS_FIELDS:
        name, of = line(values, f"witness_{one}"), line(values, f"office_{one}")
        if not name and not of and one > WITNESSES:
            continue
        if not name:
            mistakes.add(f"witness_{one}", f"Isi nama saksi {one}.")
        elif name.casefold() == maker:
            mistakes.add(f"witness_{one}", "Saksi harus orang lain, bukan pembuat berita acara.")
        elif name.casefold() in {known.casefold() for known, _ in found}:
            mistakes.add(f"witness_{one}", "Saksi harus orang yang berbeda.")
        if not of:
            mistakes.add(f"office_{one}", f"Isi instansi saksi {one}.")
        found.append([name, of])
    return found


def retry_minutes(office: Office, actor: Actor, values: Values) -> str:
    """Typeset minutes again whose paper did not come about; returns their number."""
    with book(office, actor, "retry_minutes") as tx:
        keeper_only(actor)
        number = line(values, "number")
        job = jobs.by_key(tx, minutes_job(number))
        if job is None or job.state != "hold":
            raise NotAllowed("Berita acara ini tidak sedang menunggu.")
        jobs.release(tx, job.key)
        audit.record(tx, "job-retry-init", actor, None, kind=job.kind)
    office.wake()
    return number
