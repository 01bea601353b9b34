"""The family card goes to the person himself, his family, who reported him, or a guardian with a power of attorney.

The identity card goes to its holder only (`issue.hand_over_card`); a power of attorney does not change that.
"""

from __future__ import annotations

from appliance.casework.codes import RECEIVERS
from appliance.casework.letters import same
from appliance.casework.roles import Actor
from appliance.office.central_trouble import must_be_undoubted
from appliance.office.context import FormRefused, Office, Values, opened_at, text
from appliance.office.old_card import told_letter
from appliance.office.reports import keep_letter
from appliance.queue import jobs
from appliance.records import cases
from appliance.records.cases import CaseRecord
from appliance.records.family_cards import withdrawn
from appliance.records.moves import move_kk
from appliance.records.store import Transaction

AUTHORITY = "F_1_07"


def hand_over_kk(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Give the printed family card to the receiver; `relation` (of `RECEIVERS`) says who that is to the family.

    A guardian's power of attorney (F-1.07) is in the file already, or told now: `number`, `date`, `issuer`, `signer`.
    """
    receiver = text(values, "receiver", "Isi nama penerima.")
    relation = text(values, "relation", "Pilih hubungan penerima.")
    if relation not in RECEIVERS:
        raise FormRefused(("relation", "Pilih hubungan penerima dari daftar."))
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        must_be_undoubted(tx, case_id)
        _must_be(tx, record, receiver, relation)
        kinds = {paper["kind"] for paper in cases.letters(tx, case_id)}
        if relation == "guardian" and AUTHORITY not in kinds:
            keep_letter(tx, case_id, told_letter(office, values, AUTHORITY, "surat kuasa F-1.07"), actor)
        cases.add_evidence(
            tx, case_id, "handover", name="KK", receiver=receiver, relation=relation, officer=actor.name
        )
        move_kk(tx, record, "hand_over_kk", actor, opened_at=opened_at(values), relation=relation)
        before = len(withdrawn(tx, case_id))
        key = f"receipt:{case_id}:kk:{before + 1}" if before else f"receipt:{case_id}:kk"
        jobs.put(tx, "render", "receipt", key, case_id=case_id, document="KK")
    office.wake()


def _must_be(tx: Transaction, record: CaseRecord, receiver: str, relation: str) -> None:
    """Raises `FormRefused` for somebody who says to stand in the case and does not."""
    if relation == "holder":
        named = [person.biodata.full_name for person in cases.residents(tx, record.id)]
        why = "Nama ini tidak ada di KK. Samakan dengan KK, atau pilih hubungan lain."
    elif relation == "reporter":
        named = [str(record.report.get("reporter", {}).get("name", ""))]
        why = "Pelapor berkas ini orang lain. Samakan namanya, atau pilih hubungan lain."
    else:
        return
    if not any(same(receiver, one) for one in named):
        raise FormRefused(("receiver", why))
