"""What a database of an earlier version lacks: tables, columns and indexes are added, nothing is changed."""

from __future__ import annotations

from sqlalchemy import Connection, Index, inspect, text
from sqlalchemy.schema import CreateColumn, CreateIndex

from appliance.records.schema import (
    api_answer,
    audit,
    biodata_birth_date,
    biodata_name,
    blank,
    blank_entry,
    case,
    effect,
    evidence,
    job,
    legal_hold,
    letter,
    metadata,
    question,
    resident,
    stay,
    tombstone,
)

INDEXES = (
    Index("job_in_turn", job.c.state, job.c.lane, job.c.priority, job.c.created_at),
    Index("job_of_case", job.c.case_id),
    Index("effect_open", effect.c.state),
    Index("effect_of_case", effect.c.case_id),
    Index("evidence_of_case", evidence.c.case_id, evidence.c.kind),
    Index("evidence_by_digest", evidence.c.kind, evidence.c.sha256),
    Index("audit_by_event", audit.c.event, audit.c.sequence),
    Index("audit_by_event_time", audit.c.event, audit.c.at),
    Index("audit_of_case", audit.c.case_id, audit.c.sequence),
    Index("audit_by_actor", audit.c.actor, audit.c.sequence),
    Index("audit_by_time", audit.c.at, audit.c.sequence),
    Index("blank_at", blank.c.place, blank.c.state),
    Index("blank_of_holder", blank.c.nik_digest),
    Index("blank_of_chip", blank.c.uid),
    Index("entry_of_blank", blank_entry.c.serial),
    Index("entry_by_time", blank_entry.c.at),
    Index("case_by_state", case.c.state, case.c.created_at),
    Index("case_by_change", case.c.changed_at),
    Index("case_by_end", case.c.state, case.c.changed_at),
    Index("case_by_kk_number", case.c.kk_number),
    Index("resident_by_nik", resident.c.nik),
    Index("resident_by_birth", biodata_birth_date, biodata_name),
    Index("letter_of_case", letter.c.case_id),
    Index("case_by_report", case.c.created_at),
    Index("stay_of_case", stay.c.case_id),
    Index("stay_by_start", stay.c.since),
    Index("stay_by_end", stay.c.until),
    Index("stay_by_pause", stay.c.pause, stay.c.until, stay.c.since),
    Index("question_of_case", question.c.case_id),
    Index("question_of_effect", question.c.effect_token),
    Index("tombstone_of_case", tombstone.c.case_id),
    Index("tombstone_open", tombstone.c.wiped_at),
    Index("hold_of_case", legal_hold.c.case_id),
    Index("api_answer_by_time", api_answer.c.begun_at),
    Index("api_answer_of_case", api_answer.c.case_id),
)
"""Without them looking for work, for a case or for a blank, and each page of one, reads all that was ever done."""


def bring_up_to_date(sql: Connection) -> None:
    """Give it every table, column and index that this program knows."""
    metadata.create_all(sql)
    for table in metadata.sorted_tables:
        there = {column["name"] for column in inspect(sql).get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                told = CreateColumn(column).compile(dialect=sql.dialect)
                sql.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {told}"))
    for index in INDEXES:
        sql.execute(CreateIndex(index, if_not_exists=True))
