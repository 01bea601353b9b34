"""Asking the code reader for the slip in a resident's hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from appliance.office.context import Office
from appliance.queue import jobs
from appliance.records.store import new_id

KIND = "read-slip"


@dataclass(frozen=True, slots=True)
class SlipRead:
    """How far it is: `reading`; `read` with the code; `none`, with the reader's fault, `foreign`, or nothing held."""

    state: Literal["reading", "read", "none"]
    code: str = ""
    why: str = ""


def read_slip(office: Office) -> str:
    """Let the reader look, or join the look that is under way; the key by which to ask for it."""
    with office.store.write() as tx:
        for job in jobs.unfinished(tx):
            if job.kind == KIND:
                return job.key
        key = f"{KIND}:{new_id()}"
        jobs.put(tx, "code_reader", KIND, key)
    office.wake()
    return key


def slip(office: Office, key: str) -> SlipRead:
    """What came of the look with this key; one that is not known found nothing."""
    with office.store.read() as tx:
        job = jobs.by_key(tx, key)
    if job is None or job.kind != KIND or job.state == "dead":
        return SlipRead("none")
    if job.state != "done":
        return SlipRead("reading")
    code = str(job.payload.get("code", ""))
    return SlipRead("read", code) if code else SlipRead("none", why=str(job.payload.get("why", "")))
