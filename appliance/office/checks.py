"""Steps 2 and 3: completeness, return, verification, and the search before a new NIK."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.casework.codes import CANCEL_REASONS, REJECT_REASONS, RETURN_REASONS
from appliance.casework.intake import CaseFile, FileRefused, read_case_file
from appliance.casework.people import Biodata, card_due
from appliance.casework.requirements import family_card_lost
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed, after_verification, fire
from appliance.office.alike import alike_pairs, sought_here
from appliance.office.context import FormRefused, Office, Values, opened_at, resident, text
from appliance.office.found_nik import KNOWN, decided_niks, keep_nik, take_found
from appliance.office.papers import must_be_complete
from appliance.office.troubles import withdraw_prints_of
from appliance.queue import effects, jobs
from appliance.queue.arrivals import still_unclear
from appliance.records import audit, cases
from appliance.records.family_cards import withdrawn
from appliance.records.moves import move_case
from appliance.records.scans import reopen_scans
from appliance.records.store import Transaction


def attach_file(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Attach the biodata and papers of the whole family; raises `FileRefused` with every mistake, storing nothing."""
    data = values.get("berkas")
    if not isinstance(data, bytes):
        raise FileRefused(("berkas: belum dipilih",))
    file = read_case_file(data, office.today(), specimen=office.settings.specimen)
    with office.store.write() as tx:
        attached(office, tx, actor, case_id, file, opened_at(values))


def attached(office: Office, tx: Transaction, actor: Actor, case_id: str, file: CaseFile, began: int | None) -> None:
    """The same within a transaction, of a file that was read; `began` is when the form was shown (UTC ms)."""
    record = cases.get(tx, case_id)
    fire("case", record.state, "attach_file", actor.role, record.sop_version)
    numbers = file.household.kk_number is None or any(person.nik is None for person in file.residents)
    family_card = numbers or family_card_lost(file.category)
    legs = ["BELUM_REKAM" if card_due(person, office.today()) else "TIDAK_PERLU" for person in file.residents]
    given = _numbers_given(tx, case_id, file)
    known = {position: nik for position, nik in decided_niks(tx, case_id).items() if position in given}
    before = [cases.biodata_to_json(person.biodata) for person in cases.residents(tx, case_id)]
    cases.attach_file(tx, record, file, "MENUNGGU" if family_card else "TIDAK_PERLU", legs)
    if given:
        cases.change(tx, cases.get(tx, case_id), kk_number=record.kk_number)
    for position, nik in given.items():
        cases.change_resident(tx, cases.resident_at(tx, case_id, position), nik=nik)
    for position, nik in known.items():
        keep_nik(tx, cases.resident_at(tx, case_id, position), nik)
    warnings = [f"{finding.field}: {finding.message}" for finding in file.warnings]
    cases.add_evidence(tx, case_id, "file", name="berkas", warnings=warnings, before=before)
    move_case(tx, cases.get(tx, case_id), "attach_file", actor, opened_at=began, people=len(legs))


def _numbers_given(tx: Transaction, case_id: str, file: CaseFile) -> dict[int, str]:
    """The NIKs that SIAK has given to this family, or that the Kasi found to be theirs: they stay, so the people must
    stay too (PP 40/2019 art. 30)."""
    before, decided = cases.residents(tx, case_id), decided_niks(tx, case_id)
    given = {
        person.position: person.nik
        for person in before
        if person.nik and (person.biodata.nik is None or person.position in decided)
    }
    if given and [_who(person.biodata) for person in before] != [_who(person) for person in file.residents]:
        raise NotAllowed("SIAK sudah memberi NIK untuk keluarga ini: orang dan urutannya tidak bisa diganti lagi.")
    return given


def _who(person: Biodata) -> tuple[object, ...]:
    return person.full_name.upper(), person.sex, person.birth_date, person.mother_name.upper()


def return_file(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Give the file back to its reporter: which papers, why, how to get them; what is there already stays."""
    items = tuple(values.get("items") or ())
    reason = text(values, "reason", "Pilih alasan pengembalian.")
    if reason not in RETURN_REASONS:
        raise NotAllowed("Pilih alasan pengembalian dari daftar.")
    if not items:
        raise NotAllowed("Pilih surat yang harus dilengkapi.")
    note = str(values.get("note") or "")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        if withdrawn(tx, case_id):
            raise NotAllowed("KK berkas ini sedang dibuat baru. Kembalikan ke operator, bukan ke pelapor.")
        move_case(tx, record, "return_file", actor, opened_at=opened_at(values), items=list(items), reason=reason)
        number = len(cases.evidence_of(tx, case_id, "return")) + 1
        reopen_scans(tx, case_id, list(items))
        facts: dict[str, Any] = {"items": list(items), "reason": reason, "note": note, "role": str(actor.role)}
        cases.add_evidence(tx, case_id, "return", attempt=number, **facts)
        jobs.put(tx, "render", "return-slip", f"return-slip:{case_id}:{number}", case_id=case_id, number=number)
    office.wake()


def pass_check(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Step 2 is done: every required paper counts. That a letter is old is told to the Kasi and recorded."""
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        old = must_be_complete(office, tx, record)
        move_case(tx, record, "pass_check", actor, opened_at=opened_at(values), old_letters=list(old))


def verify(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Step 3: the Kasi has verified the file; an adult without NIK must be searched for before he gets one.

    A family card that was lost keeps its number: it is typeset at once and goes to the Kabid. A family that this case
    brought into SIAK goes by the operator again, for what was corrected since must be corrected there.
    Who was searched for already, and not found, is not searched for again.
    A person who stands in another case too must be decided on with a reason.
    """
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        must_be_complete(office, tx, record)
        people = cases.residents(tx, case_id)
        twins = sorted({code for person in people for code in cases.same_person(tx, person.biodata, case_id)})
        reason = str(values.get("reason") or "").strip()
        if twins and not reason:
            raise NotAllowed(f"Orang yang sama mungkin ada di berkas {', '.join(twins)}. Tulis alasan jika berbeda.")
        search, family_card = bool(still_unclear(tx, case_id)), record.kk_state != "TIDAK_PERLU"
        entry = record.kk_number is None or any(person.nik is None for person in people) or _entered(tx, case_id)
        event = after_verification(search=search, family_card=family_card, entry=entry, version=record.sop_version)
        move_case(tx, record, event, actor, opened_at=opened_at(values), alike=twins)
        if event == "verify:reissue":
            jobs.put(tx, "render", "kk-draft", f"kk-draft:{case_id}:{record.version}", case_id=case_id)
            office.wake()
        if twins:
            cases.add_evidence(tx, case_id, "decision", name="verify", reason=reason, alike=twins)


def _entered(tx: Transaction, case_id: str) -> bool:
    """Whether SIAK was asked to enter the family for this case, by the line or by hand."""
    return effects.find(tx, f"siak:{case_id}") is not None or bool(cases.evidence_of(tx, case_id, "siak_typed"))


def to_be_searched(tx: Transaction, case_id: str) -> list[int]:
    """Positions of adults without NIK whose biometric search has no answer yet."""
    answered = {item.position for item in cases.evidence_of(tx, case_id, "search")}
    return [
        person.position
        for person in cases.residents(tx, case_id)
        if person.nik is None and person.ktp_state != "TIDAK_PERLU" and person.position not in answered
    ]


def search_biometrics(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Take both index fingers (or the next best), seek them in this office, and ask the centre whether this person is
    known (470/13287/2021); without a line to the centre a person asks it after that (`enter_search`)."""
    if actor.role is not Role.PEREKAM:
        raise NotAllowed("Langkah ini hanya untuk petugas perekaman.")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        if record.state != "CEK_BIOMETRIK":
            raise NotAllowed("Berkas ini tidak menunggu pencarian biometrik.")
        person = resident(tx, record, values)
        if person.position not in to_be_searched(tx, case_id):
            raise NotAllowed("Orang ini sudah dicari atau sudah punya NIK.")
        if "centre" in office.by_hand and sought_here(tx, case_id, person.position):
            raise NotAllowed("Sudah dicari di kantor ini. Cari di aplikasi pusat, lalu isi hasilnya.")
        who = f"{case_id}:{person.position}"
        if cases.evidence_of(tx, case_id, "search_finger", person.position):  # the line came after they were taken
            jobs.put(tx, "centre", "search", f"search:{who}", case_id=case_id, position=person.position, token=who)
        else:
            wanted = list(values.get("positions") or ("right_index", "left_index"))
            audit.record(tx, "search-capture-init", actor, case_id, resident=person.position)
            key = capture_of(case_id, person.position)
            jobs.put(
                tx, "scanner", "search-capture", key, case_id=case_id, position=person.position, positions=wanted
            )
    office.wake()


def capture_of(case_id: str, position: int) -> str:
    """The key of the job that takes this resident's fingers for the search."""
    return f"search-capture:{case_id}:{position}"


def decide_search(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """The Kasi decides on a hit, at the centre or in this office: `proceed` (not the same person), `known` (that very
    person: he keeps the NIK that he has, and the file is verified anew) or `reject`.

    All with a reason; the audit log names the cases he was shown beside this one. Of several who were found `about`
    says whom a `known` is about, by his place in the family.
    """
    decision = text(values, "decision", "Pilih keputusan.")
    reason = text(values, "reason", "Tulis alasan keputusan.")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        if to_be_searched(tx, case_id):
            raise NotAllowed("Pencarian biometrik belum selesai.")
        shown = sorted({pair.other.case.code for pair in alike_pairs(tx, record)})
        position = take_found(tx, record, values.get("about")) if decision == KNOWN else None
        cases.add_evidence(tx, case_id, "decision", position=position, name=decision, reason=reason, alike=shown)
        of_whom = {} if position is None else {"resident": position}
        record = cases.get(tx, case_id)
        move_case(tx, record, f"decide_search:{decision}", actor, opened_at=opened_at(values), alike=shown, **of_whom)
    office.wake()


def reject(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """End the case without documents, for a `cause` of `REJECT_REASONS` and with a reason in words."""
    _end(actor, office, case_id, values, "reject", REJECT_REASONS)


def cancel(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """The case falls away, for a `cause` of `CANCEL_REASONS` (moved, died, …) and with a reason in words."""
    _end(actor, office, case_id, values, "cancel", CANCEL_REASONS)


def _end(actor: Actor, office: Office, case_id: str, values: Values, how: str, causes: Mapping[str, str]) -> None:
    """The case ended without its documents; `cause` says why."""
    cause, reason = str(values.get("cause") or ""), text(values, "reason", "Tulis alasannya.")
    if cause not in causes:
        raise FormRefused(("cause", "Pilih sebab dari daftar."))
    with office.store.write() as tx:
        withdraw_prints_of(tx, case_id)
        move_case(tx, cases.get(tx, case_id), how, actor, opened_at=opened_at(values), cause=cause)
        cases.add_evidence(tx, case_id, "decision", name=how, cause=cause, reason=reason)
