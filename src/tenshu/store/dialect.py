"""How each ledger engine spells what SQL leaves open: nothing but spelling lives here."""

from collections.abc import Iterable
from typing import Any, Protocol

import msgspec
from sqlalchemy import ColumnElement, column, func, literal, select, text
from sqlalchemy.sql.elements import TextClause


class LedgerDialect(Protocol):
    """The spelling of one engine."""

    name: str
    placeholder: str
    #: The statement that starts a transaction which may write at once.
    begin_writing: TextClause | None
    #: The statement that starts a transaction in which every question is answered from one state.
    begin_reading: TextClause | None

    def among(self, wanted: ColumnElement[Any], values: Iterable[int | str]) -> ColumnElement[bool]:
        """Say that the column is one of many values, as one bound parameter."""
        ...

    def lease_clock(self) -> ColumnElement[int]:
        """Return the database's own real time in microseconds, for leases only."""
        ...


class SqliteDialect:
    """SQLite 3.35 and later."""

    name = "sqlite"
    placeholder = "?"
    begin_writing: TextClause | None = text("BEGIN IMMEDIATE")
    begin_reading: TextClause | None = text("BEGIN")

    def among(self, wanted: ColumnElement[Any], values: Iterable[int | str]) -> ColumnElement[bool]:
        """Say that the column is one of many values: one JSON array, unfolded by the engine."""
        packed = msgspec.json.encode(list(values)).decode()
        unfolded = func.json_each(literal(packed)).table_valued(column("value"))
        return wanted.in_(select(unfolded.c.value))

    def lease_clock(self) -> ColumnElement[int]:
        """Return the database's own real time in microseconds (julian days carry about 50 µs)."""
        return text("CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)")  # type: ignore[return-value]
