"""The minutes of a destruction on paper (berita acara pemusnahan)."""

from __future__ import annotations

import hashlib

from appliance.casework.codes import CIRCULAR_CAUSES, LEDGER_CAUSES
from appliance.casework.roles import SYSTEM
from appliance.documents.values import DestructionMinutes, SpoiledCard, Witness
from appliance.issuance.machines import Machines
from appliance.issuance.paper_values import letterhead
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records import audit, stock_books
from appliance.records.cases import Missing
from appliance.records.store import Transaction


def minutes(machines: Machines, job: Job) -> Result:
    """Typeset what stands in the book of destructions; the same book gives the same bytes."""
    number = str(job.payload["number"])
    with machines.store.read() as tx:
        found = stock_books.destruction(tx, number)
    if found is None:
        raise Missing("Berita acara tidak ada.")
    facts = found.facts
    paper = DestructionMinutes(
        letterhead=letterhead(machines.settings),
        number=number,
        destroyed_on=found.day,
        place=str(facts["place"]),
        method=str(facts["method"]),
        cards=tuple(
            SpoiledCard(serial, CIRCULAR_CAUSES.get(cause, "Rusak"), LEDGER_CAUSES.get(cause, cause))
            for serial, cause in facts["cards"]
        ),
        officer=Witness(*facts["officer"]),
        witnesses=tuple(Witness(name, office) for name, office in facts["witnesses"]),
        issued_at=found.at,
        specimen=machines.settings.specimen,
    )
    data = machines.renderer.render_destruction_minutes(paper)
    digest = hashlib.sha256(data).hexdigest()
    blob = machines.vault.put(job.key, found.wrapped_key, data)

    def store(tx: Transaction) -> None:
        stock_books.keep_paper(tx, number, blob, digest)
        audit.record(tx, "minutes-typeset-complete", SYSTEM, None, minute=number, sha256=digest)

    return store
