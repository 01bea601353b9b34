"""A card is in its holder's hand: what the books say from then on, and the jobs that follow, in one transaction."""

from __future__ import annotations

from appliance.casework.roles import Actor
from appliance.queue import jobs
from appliance.records import blanks, cases
from appliance.records.blanks import BlankState
from appliance.records.cases import Evidence, ResidentRecord
from appliance.records.moves import move_ktp
from appliance.records.store import Transaction

BY_FINGER = "Sidik jari cocok dengan chip kartu (1:1)"
BY_FACE = "Wajah dibandingkan dengan foto di chip oleh dua petugas"


def card_handed_over(
    tx: Transaction, person: ResidentRecord, card: Evidence, event: str, actor: Actor, verification: str, giver: Actor
) -> None:
    """The holder has his card from `giver`, let go by `actor`; `verification` says on the receipt how he was known.

    A KTP-el goes to its holder only, never to a representative (Permendagri 8/2016).
    """
    blanks.move(tx, card.name, BlankState.HANDED_OVER, giver)
    cases.change_evidence(tx, card, "handed_over")
    case_id, document = person.case_id, f"KTP-{person.position}"
    cases.add_evidence(
        tx,
        case_id,
        "handover",
        position=person.position,
        name="KTP",
        document=document,
        receiver=person.biodata.full_name,
        relation="yang bersangkutan",
        officer=giver.name,
        verification=verification,
    )
    move_ktp(tx, person, event, actor, blank=card.name)
    key = f"receipt:{case_id}:{document}"
    jobs.put(tx, "render", "receipt", key, case_id=case_id, position=person.position, document=document)
    key = f"report-card:{card.name}:CARD_ISSUED"
    jobs.put(
        tx, "centre", "report-card", key, case_id=case_id, position=person.position, serial=card.name,
        state="CARD_ISSUED",
    )  # fmt: skip
