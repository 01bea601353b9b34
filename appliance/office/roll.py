"""What becomes of the slips that a resident waits for."""

from __future__ import annotations

from appliance.office.context import Office
from appliance.queue import jobs


def paper_of(office: Office, key: str) -> str:
    """What became of the slip of the job with this key: `none` was asked for, `printing`, `printed`, or `failed`."""
    with office.store.read() as tx:
        job = jobs.by_key(tx, key)
    if job is None:
        return "none"
    if job.state in {"ready", "leased"}:
        return "printing" if job.attempts <= 1 else "failed"
    return "printed" if job.state == "done" and not job.payload.get("why") else "failed"
