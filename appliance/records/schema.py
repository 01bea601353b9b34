"""The tables, of SQLite and PostgreSQL alike.

Ids are UUIDv7 text made here, times UTC milliseconds, structured values canonical JSON text.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    literal_column,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

metadata = MetaData()
SCHEMA_VERSION = 8
"""2 adds `blank_count`, `blank_day` and `blank_destruction` to 1; 3 adds `blank_missing`, `card_batch` and
`card_batch_item`, columns and indexes; 4 adds `case_lease`, `appointment` and the column `session.acting`; 5 adds
`tombstone`, `legal_hold`, `ticket` and `officer_finger`; 6 adds `api_answer` and
indexes of the audit log; 7 adds the column `stay.told`; 8 adds the column `case_lease.since`.

Nothing that was there is changed or dropped (docs/decisions/0015); `records/additions.py` does it."""


def _table(name: str, *columns: Column[object] | UniqueConstraint) -> Table:
    return Table(name, metadata, *columns, sqlite_strict=True)


# SQLite compares text byte by byte and has one kind of integer, of 64 bits: PostgreSQL is told the same.
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
_INTEGER = Integer().with_variant(BigInteger, "postgresql")


def _text(name: str, *args: object, null: bool = False, **kwargs: object) -> Column[object]:
    return Column(name, _TEXT, *args, nullable=null, **kwargs)  # type: ignore[arg-type]


def _int(name: str, *args: object, null: bool = False, **kwargs: object) -> Column[object]:
    return Column(name, _INTEGER, *args, nullable=null, autoincrement=False, **kwargs)  # type: ignore[arg-type]


meta = _table("meta", _text("key", primary_key=True), _text("value"))

account = _table(
    "account",
    _text("id", primary_key=True),
    _text("login", unique=True),
    _text("name"),
    _text("role"),
    _text("pin_hash"),
    _int("failed", default=0),
    _int("locked_until", default=0),
)

officer_finger = _table(
    "officer_finger",
    _text("account_id", ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    _text("name", primary_key=True),
    _text("form"),
)

session = _table(
    "session",
    _text("token_digest", primary_key=True),
    _text("account_id", ForeignKey("account.id")),
    _text("device"),
    _int("expires"),
    _text("acting", null=True),
)

appointment = _table(
    "appointment",
    _text("id", primary_key=True),
    _text("account_id", ForeignKey("account.id")),
    _text("role"),
    _text("title"),
    _text("decree"),
    _text("since"),
    _text("until"),
    _text("nip"),
    _text("nik"),
    _text("entered_by"),
    _int("at"),
)

case = _table(
    "case_file",
    _text("id", primary_key=True),
    _text("code", unique=True),
    _text("sop_version"),
    _text("state"),
    _text("kk_state"),
    _text("kk_number", null=True),
    _int("version", default=1),
    _text("report"),
    _text("category"),
    _text("household", null=True),
    _text("wrapped_key"),
    _int("created_at"),
    _int("changed_at"),
)

resident = _table(
    "resident",
    _text("case_id", ForeignKey("case_file.id"), primary_key=True),
    _int("position", primary_key=True),
    _text("biodata"),
    _text("nik", null=True),
    _text("ktp_state"),
    _text("note", default=""),
)


class _Fact(FunctionElement[str]):
    """One text out of a column of JSON: the column, then the bare name."""

    inherit_cache = True
    type = _TEXT


@compiles(_Fact)
def _in_sqlite(element: _Fact, compiler: SQLCompiler, **kwargs: object) -> str:
    column, name = (compiler.process(one, **kwargs) for one in element.clauses)
    return f"json_extract({column}, '$.{name}')"


@compiles(_Fact, "postgresql")
def _in_postgresql(element: _Fact, compiler: SQLCompiler, **kwargs: object) -> str:
    column, name = (compiler.process(one, **kwargs) for one in element.clauses)
    return f"(({column}::json ->> '{name}') COLLATE \"C\")"


biodata_birth_date: ColumnElement[str] = _Fact(resident.c.biodata, literal_column("birth_date"))
biodata_name: ColumnElement[str] = func.upper(_Fact(resident.c.biodata, literal_column("full_name")), type_=_TEXT)
"""Two facts of the biodata as SQL sees them; there is an index over both."""

letter = _table(
    "letter",
    _text("id", primary_key=True),
    _text("case_id", ForeignKey("case_file.id")),
    _text("kind"),
    _text("facts"),
    _int("received_at"),
)

chain_link = _table(
    "chain_link",
    _text("case_id", ForeignKey("case_file.id"), primary_key=True),
    _text("link", primary_key=True),
    _text("account_id"),
    UniqueConstraint("case_id", "account_id", name="one_link_of_a_chain_per_person"),
)

stay = _table(
    "stay",
    _text("id", primary_key=True),
    _text("case_id", ForeignKey("case_file.id")),
    _text("machine"),
    _int("position", null=True),
    _int("step"),
    _int("since"),
    _int("until", null=True),
    _int("touch_ms", default=0),
    _text("pause", null=True),
    _int("told", null=True),
)
"""`told` is 1 where the audit line of its end tells its times too; those from before version 7 have none."""

evidence = _table(
    "evidence",
    _text("id", primary_key=True),
    _text("case_id", ForeignKey("case_file.id")),
    _int("position", null=True),
    _text("kind"),
    _text("name", default=""),
    _int("attempt", default=1),
    _text("state"),
    _int("quality", null=True),
    _text("blob", null=True),
    _text("sha256", null=True),
    _text("facts"),
    _int("created_at"),
)

question = _table(
    "question",
    _text("id", primary_key=True),
    _text("case_id", ForeignKey("case_file.id"), null=True),
    _int("position", null=True),
    _text("kind"),
    _text("effect_token", null=True),
    _text("facts"),
    _int("asked_at"),
    _text("answer", null=True),
    _text("answered_by", null=True),
    _int("answered_at", null=True),
)

job = _table(
    "job",
    _text("id", primary_key=True),
    _text("key", unique=True),
    _text("lane"),
    _text("kind"),
    _text("case_id", null=True),
    _int("position", null=True),
    _text("payload"),
    _text("state"),
    _int("run_after", default=0),
    _int("attempts", default=0),
    _text("owner", null=True),
    _text("fault", null=True),
    _text("detail", default=""),
    _int("done_of", default=0),
    _int("done_steps", default=0),
    _int("created_at"),
    _int("changed_at"),
    _int("priority", default=1, server_default="1"),
    _int("overtaken", default=0, server_default="0"),
    _int("since", null=True),
    _int("called_at", null=True),
)

effect = _table(
    "effect",
    _text("token", primary_key=True),
    _text("device"),
    _text("case_id", null=True),
    _int("position", null=True),
    _text("state"),
    _text("digest"),
    _text("facts"),
    _text("evidence", null=True),
    _int("intent_at"),
    _int("outcome_at", null=True),
    _text("decided_by", null=True),
)

audit = _table(
    "audit",
    _int("sequence", primary_key=True),
    _int("at"),
    _text("event"),
    _text("actor"),
    _text("case_id", null=True),
    _text("facts"),
    _text("previous"),
    _text("hash"),
)

blank = _table(
    "blank",
    _text("serial", primary_key=True),
    _text("batch"),
    _text("state"),
    _text("place"),
    _text("uid", null=True),
    _text("nik_digest", null=True),
    _text("case_id", null=True),
    _int("position", null=True),
    _text("cause", null=True),
)

blank_entry = _table(
    "blank_entry",
    _int("sequence", primary_key=True),
    _int("at"),
    _text("serial"),
    _text("from_state", null=True),
    _text("to_state"),
    _text("actor"),
    _text("facts"),
    _text("previous"),
    _text("hash"),
)

archive = _table(
    "archive",
    _text("case_id", ForeignKey("case_file.id"), primary_key=True),
    _text("box"),
    _text("shelf"),
    _text("manifest_sha256"),
    _text("blob"),
    _int("at"),
)

blank_count = _table(
    "blank_count",
    _text("id", primary_key=True),
    _text("day"),
    _text("shelf"),
    _int("counted"),
    _int("expected"),
    _text("actor"),
    _int("at"),
)

blank_day = _table(
    "blank_day",
    _text("day", primary_key=True),
    _text("lines"),
    _text("chain", null=True),
    _text("reason", null=True),
    _text("first_by"),
    _int("first_at"),
    _text("second_by", null=True),
    _int("second_at", null=True),
    _int("closed_at", null=True),
    _text("late", null=True),
)

blank_missing = _table(
    "blank_missing",
    _text("number", primary_key=True),
    _text("day"),
    _text("facts"),
    _text("first_by"),
    _int("first_at"),
    _text("second_by", null=True),
    _int("second_at", null=True),
    _text("wrapped_key"),
    _text("blob", null=True),
    _text("sha256", null=True),
)

blank_destruction = _table(
    "blank_destruction",
    _text("number", primary_key=True),
    _text("day"),
    _text("facts"),
    _text("account_id"),
    _text("wrapped_key"),
    _text("blob", null=True),
    _text("sha256", null=True),
    _int("at"),
)

card_batch = _table(
    "card_batch",
    _text("id", primary_key=True),
    _text("state"),
    _text("actor"),
    _int("at"),
    _int("changed_at"),
)

card_batch_item = _table(
    "card_batch_item",
    _text("batch_id", ForeignKey("card_batch.id"), primary_key=True),
    _int("number", primary_key=True),
    _text("case_id", ForeignKey("case_file.id")),
    _int("position"),
    _int("left_out", default=0),
)

ticket = _table(
    "ticket",
    _text("day", primary_key=True),
    _int("number", primary_key=True),
    _text("service"),
    _int("first"),
    _text("state"),
    _int("taken_at"),
    _int("calls", default=0),
    _int("called_at", null=True),
    _text("called_by", null=True),
)

lease = _table(
    "case_lease",
    _text("case_id", ForeignKey("case_file.id"), primary_key=True),
    _text("work", primary_key=True),
    _text("account_id"),
    _int("until"),
    _int("since", null=True),
)

tombstone = _table(
    "tombstone",
    _text("id", primary_key=True),
    _text("case_id", ForeignKey("case_file.id")),
    _text("kind"),
    _text("class"),
    _text("sha256", null=True),
    _text("file", null=True),
    _text("rule"),
    _int("made_at"),
    _int("due_at"),
    _int("struck_at"),
    _int("wiped_at", null=True),
)

legal_hold = _table(
    "legal_hold",
    _text("id", primary_key=True),
    _text("case_id", ForeignKey("case_file.id")),
    _text("reason"),
    _text("note"),
    _text("set_by"),
    _int("set_at"),
    _text("lift_reason", null=True),
    _text("lifted_by", null=True),
    _int("lifted_at", null=True),
)

api_answer = _table(
    "api_answer",
    _text("key", primary_key=True),
    _text("request"),
    _text("attempt"),
    _int("begun_at"),
    _int("stored", default=0),
    _text("case_id", ForeignKey("case_file.id"), null=True),
    _int("status", null=True),
    _text("answer", null=True),
)
