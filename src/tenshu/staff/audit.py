"""What was done, by whom, about what, when and from where: rows that are only ever added, each sealed onto the last.

The seal of a row is an HMAC over the row and the seal before it, so that a row that was changed, taken out or put in
is found; how many there are is kept apart, so that the last ones cannot be cut off unseen. A row is written in the
transaction of what it tells, so there is neither without the other, however the program ends.
"""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any, Final

import msgspec
import polars as pl
from sqlalchemy import Select, select

from tenshu.staff.tables import audit, audit_end
from tenshu.staff.text import visible
from tenshu.store.ledger import Transaction
from tenshu.store.settings import keys
from tenshu.store.tables import to_micros

#: The key of the seals among the home's secrets.
AUDIT_KEY: Final = "audit1"
#: What bringing a shop back from a backup is called.
BROUGHT_BACK: Final = "shop_restored"
_CHAIN: Final = 1
_NONE_BEFORE: Final = b""
_MOST_LETTERS: Final = 500
_ROWS_AT_A_TIME: Final = 5_000


class Actor(msgspec.Struct, frozen=True):
    """Who does something.

    Attributes:
        person: number; 0 is nobody who is signed in.
        name: as the person is called now.
        ip: from where; empty for the terminal.
    """

    person: int
    name: str
    ip: str = ""


#: Whoever types a command on the machine itself.
TERMINAL: Final = Actor(0, "tenshu", "")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the audit log."""

    number: int
    done_at: datetime
    person: int
    name: str
    act: str
    about: str
    detail: dict[str, Any]
    ip: str


class Checked(msgspec.Struct, frozen=True):
    """What a check of the whole log found.

    Attributes:
        entries: how many rows are sealed as they should be, from the first on.
        broken_at: number of the first row that is not as it was written, or is missing; None when all are.
    """

    entries: int
    broken_at: int | None


def record(
    tx: Transaction, act: str, *, by: Actor, now: datetime, about: str = "", detail: dict[str, Any] | None = None
) -> int:
    """Add a row inside the transaction of what it tells; return its number.

    Args:
        tx: a transaction that takes turns with other writers (not a shared one).
        act: what was done, such as `role_changed`.
        by: who did it.
        now: when.
        about: to what or whom.
        detail: more, never a secret.
    """
    number, seal = _end(tx)
    row: dict[str, Any] = {
        "number": number + 1,
        "done_at": now,
        "person": by.person,
        "name": visible(by.name)[:_MOST_LETTERS],
        "act": visible(act)[:_MOST_LETTERS],
        "about": visible(about)[:_MOST_LETTERS],
        "detail": _detail(detail or {}),
        "ip": visible(by.ip)[:_MOST_LETTERS],
    }
    row["digest"] = _seal(_key(tx) or _made_key(tx, number), seal, row)
    tx.insert(audit, pl.DataFrame([row]))
    end = pl.DataFrame({"chain": [_CHAIN], "number": [row["number"]], "digest": [row["digest"]]})
    tx.insert(audit_end, end, conflict="replace")
    return number + 1


def check(tx: Transaction) -> Checked:
    """Work all seals out again, a few thousand rows at a time."""
    key = _key(tx)
    last, end_seal = _end(tx)
    number, seal = 0, _NONE_BEFORE
    for frame in tx.frames(select(audit).order_by(audit.c.number), rows=_ROWS_AT_A_TIME):
        for row in frame.iter_rows(named=True):
            if row["number"] != number + 1 or not hmac.compare_digest(row["digest"], _seal(key, seal, row)):
                return Checked(number, number + 1)
            number, seal = row["number"], row["digest"]
    return Checked(number, None if (number, seal) == (last, end_seal) else number + 1)


def read_audit(tx: Transaction, *, before: int | None = None, limit: int = 100) -> list[Entry]:
    """Return the newest rows, newest first.

    Args:
        tx: reads.
        before: only those with a smaller number.
        limit: at most so many.
    """
    query = select(audit).order_by(audit.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.number < before)
    return _entries(tx, query)


def newest(tx: Transaction, act: str) -> Entry | None:
    """Return the last row of an act, or None."""
    query = select(audit).where(audit.c.act == act).order_by(audit.c.number.desc()).limit(1)
    rows = _entries(tx, query)
    return rows[0] if rows else None


def _entries(tx: Transaction, query: Select[Any]) -> list[Entry]:
    rows = tx.frame(query).drop("digest").to_dicts()
    return [Entry(**(row | {"detail": msgspec.json.decode(row["detail"])})) for row in rows]


def _end(tx: Transaction) -> tuple[int, bytes]:
    rows = tx.frame(select(audit_end.c.number, audit_end.c.digest)).rows()
    return rows[0] if rows else (0, _NONE_BEFORE)


def _seal(key: bytes, before: bytes, row: dict[str, Any]) -> bytes:
    told = [row[name] for name in ("number", "person", "name", "act", "about", "detail", "ip")]
    said = msgspec.json.encode([to_micros(row["done_at"]), *told])
    return hmac.new(key, before + said, hashlib.sha256).digest()


def _detail(detail: dict[str, Any]) -> str:
    told = {name: visible(said)[:_MOST_LETTERS] if isinstance(said, str) else said for name, said in detail.items()}
    return msgspec.json.encode(told, order="sorted").decode()


def _key(tx: Transaction) -> bytes:
    """Return the key of the seals; empty when there is none, and then no seal fits."""
    found: bytes | None = tx.value(select(keys.c.secret).where(keys.c.key_id == AUDIT_KEY))
    return found or b""


def _made_key(tx: Transaction, rows: int) -> bytes:
    """Return the key that the first row makes; a key that was lost later is not replaced, so that the loss shows."""
    if rows:
        return b""
    made = secrets.token_bytes(32)
    tx.insert(keys, pl.DataFrame({"key_id": [AUDIT_KEY], "secret": [made]}))
    return made
