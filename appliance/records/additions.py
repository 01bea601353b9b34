"""What a database file of an earlier version lacks: tables, columns and indexes are added, nothing is changed."""

from __future__ import annotations

from sqlalchemy import Connection, Index, text
from sqlalchemy.schema import CreateColumn

from appliance.records.schema import audit, blank, blank_entry, effect, evidence, job, metadata

INDEXES = (
    Index("job_in_turn", job.c.state, job.c.lane, job.c.priority, job.c.created_at),
    Index("job_of_case", job.c.case_id),
    Index("effect_open", effect.c.state),
    Index("effect_of_case", effect.c.case_id),
    Index("evidence_of_case", evidence.c.case_id),
    Index("audit_by_event", audit.c.event, audit.c.sequence),
    Index("blank_at", blank.c.place, blank.c.state),
    Index("blank_of_holder", blank.c.nik_digest),
    Index("blank_of_chip", blank.c.uid),
    Index("entry_of_blank", blank_entry.c.serial),
    Index("entry_by_time", blank_entry.c.at),
)
"""Without them a look for work, a blank's story or a case's page reads everything that was ever done here."""


def bring_up_to_date(sql: Connection) -> None:
    """Give the file every table, column and index that this program knows."""
    metadata.create_all(sql)
    for table in metadata.sorted_tables:
        there = {row.name for row in sql.execute(text(f"PRAGMA table_info({table.name})"))}
        for column in table.columns:
            if column.name not in there:
                told = CreateColumn(column).compile(dialect=sql.dialect)
                sql.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {told}"))
    for index in INDEXES:
        index.create(sql, checkfirst=True)
