"""The Kadis signs many family cards with one passphrase; each is a piece of work of its own, with its own result.

All passphrases are lent before the first signature is asked for: a wrong one makes the network process forget
them all, so a service that counts wrong tries hears one of them, not one for each document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office import drafts_shown
from appliance.office.context import FormRefused, Office, Values, opened_at, text
from appliance.office.officials import names_another
from appliance.office.one_at_a_time import alone
from appliance.office.registry import ask_for_signature, may_sign_now
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.records import cases
from appliance.records.cases import CaseRecord
from appliance.records.family_cards import work_on_it
from appliance.records.moves import touch
from appliance.records.store import new_id

LARGEST_BATCH = 30
"""The passphrase is kept for five minutes, and a service may take some seconds a document."""

UNREAD = "Draf ini belum Anda baca. Buka dulu drafnya, lalu pilih lagi."


@dataclass(frozen=True, slots=True)
class ToSign:
    """One family card that waits for the signature: who it is for, its draft, its work, whether that is stale, and
    whether the draft was shown to who asks."""

    record: CaseRecord
    name: str
    draft: str
    work: Job | None
    stale: bool
    shown: bool


def waiting(office: Office, actor: Actor) -> tuple[ToSign, ...]:
    """What waits for the Kadis, the oldest first; raises `NotAllowed` for others and where people carry the paper."""
    _must_be_kadis(office, actor)
    with office.store.read() as tx:
        found = []
        for record in cases.in_state(tx, "TTE_KADIS"):
            drafts = cases.evidence_of(tx, record.id, "kk_draft")
            people = cases.residents(tx, record.id)
            work = jobs.by_key(tx, work_on_it(tx, record.id, "sign"))
            name = people[0].biodata.full_name if people else record.code
            draft, stale = drafts[-1].id if drafts else "", names_another(tx, record.id)
            found.append(ToSign(record, name, draft, work, stale, drafts_shown.shown(tx, actor, record.id)))
        return tuple(found)


def signed_in(office: Office, actor: Actor, batch: str) -> tuple[CaseRecord, ...]:
    """The cases of this batch that are signed by now."""
    _must_be_kadis(office, actor)
    with office.store.read() as tx:
        done = [job for job in jobs.of_batch(tx, "sign", batch) if job.state == "done"]
        return tuple(cases.get(tx, str(job.case_id)) for job in done)


def sign_batch(office: Office, actor: Actor, values: Values) -> tuple[str, Mapping[str, str]]:
    """Have these cases (`cases`, their ids) signed with one `passphrase`: the batch, and why some were left out.

    A draft that was never shown to who signs is left out.
    """
    _must_be_kadis(office, actor)
    chosen: Sequence[str] = tuple(dict.fromkeys(values.get("cases") or ()))
    if not chosen:
        raise FormRefused(("cases", "Pilih sedikitnya satu KK."))
    if len(chosen) > LARGEST_BATCH:
        raise FormRefused(("cases", f"Paling banyak {LARGEST_BATCH} KK sekali tanda tangan."))
    passphrase = text(values, "passphrase", "Isi kata sandi tanda tangan.")
    able, refused = [], {}
    for case_id in chosen:
        try:
            with alone(office, actor, case_id, values), office.store.write() as tx:
                may_sign_now(tx, actor, case_id)
                if not drafts_shown.shown(tx, actor, case_id):
                    raise NotAllowed(UNREAD)
                touch(tx, case_id, 6, opened_at(values))
            able.append(case_id)
        except (NotAllowed, cases.ChangedMeanwhile, cases.Missing) as error:
            refused[case_id] = str(error)
    if not all(office.lend_passphrase(case_id, passphrase) for case_id in able):
        raise NotAllowed("Layanan tanda tangan di mesin ini sedang tidak jalan. Panggil teknisi.")
    batch = new_id()
    with office.store.write() as tx:
        for case_id in able:
            ask_for_signature(tx, actor, case_id, batch)
    office.wake()
    return batch, refused


def _must_be_kadis(office: Office, actor: Actor) -> None:
    if actor.role is not Role.KADIS or "esign" in office.by_hand:
        raise NotAllowed("Hanya Kepala Dinas yang menandatangani di sini, lewat layanan tanda tangan.")
