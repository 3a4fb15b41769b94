"""The baseline of `digest`: one fact after the other into SQLite, as most programs of this kind do it.

Same work, same result: a fact that is known is dropped, identifiers get nodes in order of arrival, those told together
are linked and become one customer (the smallest node), the fact with the request that told it and its order line are
kept, a consent is recorded, and the running totals of each customer are brought up to date. What is durable in the
product is durable here, and nothing else: links and the origin of each fact are kept (an undo needs them), and the file
is opened as the product opens its own (WAL, synchronous=FULL, 16 MB of pages, what is deleted is overwritten). One
connection, statements prepared once by the driver, keys in an index, nothing asked twice.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.facts_of import Fact

_TABLES: Final = """
    CREATE TABLE IF NOT EXISTS inbox (seq INTEGER PRIMARY KEY, body BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS identifiers (
        node INTEGER PRIMARY KEY, kind TEXT NOT NULL, value TEXT NOT NULL, customer INTEGER NOT NULL,
        UNIQUE (kind, value));
    CREATE TABLE IF NOT EXISTS links (
        node_a INTEGER NOT NULL, node_b INTEGER NOT NULL, request INTEGER NOT NULL,
        PRIMARY KEY (node_a, node_b)) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS identifiers_customer ON identifiers (customer);
    CREATE TABLE IF NOT EXISTS facts (
        seq INTEGER PRIMARY KEY, fact_id BLOB NOT NULL UNIQUE, request INTEGER NOT NULL, node INTEGER NOT NULL,
        event TEXT NOT NULL,
        occurred_at INTEGER NOT NULL, received_at INTEGER NOT NULL, source TEXT NOT NULL, properties TEXT);
    CREATE TABLE IF NOT EXISTS order_lines (
        seq INTEGER PRIMARY KEY, node INTEGER NOT NULL, order_no TEXT NOT NULL, product_id TEXT NOT NULL,
        description TEXT, quantity TEXT NOT NULL, unit_price TEXT NOT NULL, amount INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS consents (
        fact_id BLOB PRIMARY KEY, node INTEGER NOT NULL, channel TEXT NOT NULL, purpose TEXT NOT NULL,
        status TEXT NOT NULL, basis TEXT, recorded_at INTEGER NOT NULL, source TEXT NOT NULL, proof TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS totals (
        customer INTEGER PRIMARY KEY, facts INTEGER NOT NULL, revenue INTEGER NOT NULL, last_at INTEGER NOT NULL);
"""
#: As `tenshu.store.sqlite` opens a file.
_PRAGMAS: Final = (
    *("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "secure_delete=ON"),
    "cache_size=-16384",
)
_TOTAL: Final = """
    INSERT INTO totals VALUES (?, ?, ?, ?) ON CONFLICT (customer) DO UPDATE SET
        facts = facts + excluded.facts, revenue = revenue + excluded.revenue, last_at = max(last_at, excluded.last_at)
"""


class _Told(msgspec.Struct):
    """A fact as it lies in the loop's inbox; instants in microseconds."""

    fact_id: bytes
    event: str
    occurred_at: int
    received_at: int
    source: str
    identifiers: list[dict[str, str]]
    properties: str | None = None
    order_no: str = ""
    product_id: str = ""
    description: str = ""
    quantity: str = ""
    unit_price: str = ""
    amount: int = 0


class _Consent(msgspec.Struct):
    """What a consent's properties say."""

    channel: str
    purpose: str
    status: str
    basis: str
    proof: msgspec.Raw


_DECODER: Final = msgspec.msgpack.Decoder(list[_Told])
_CONSENT: Final = msgspec.json.Decoder(_Consent)


class FactLoop:
    """Takes facts in, one by one.

    Args:
        path: the SQLite file; it is made when it is not there.
        commit_every: how many facts are one transaction.
    """

    def __init__(self, path: Path, *, commit_every: int) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._every = commit_every
        for pragma in _PRAGMAS:
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_TABLES)

    def accept(self, facts: Sequence[Fact], *, a_request: int) -> None:
        """Put the facts into the inbox, so many a request."""
        bodies = (facts[first : first + a_request] for first in range(0, len(facts), a_request))
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany("INSERT INTO inbox (body) VALUES (?)", ((_packed(body),) for body in bodies))
        self._db.execute("COMMIT")

    def digest(self) -> None:
        """Take everything out of the inbox, fact by fact; requests go with the transaction of their last fact."""
        run = self._db.execute
        pending = 0
        for seq, body in self._db.cursor().execute("SELECT seq, body FROM inbox ORDER BY seq").fetchall():
            facts = _DECODER.decode(body)
            for place, fact in enumerate(facts):
                if pending == 0:
                    run("BEGIN IMMEDIATE")
                self._take_one(fact, seq)
                if place == len(facts) - 1:
                    run("DELETE FROM inbox WHERE seq = ?", (seq,))
                pending = (pending + 1) % self._every
                if pending == 0:
                    run("COMMIT")
        if pending:
            run("COMMIT")

    def totals(self) -> list[tuple[int, int, int, int]]:
        """Return customer, facts, revenue, last instant (microseconds), by customer."""
        return self._db.execute("SELECT * FROM totals ORDER BY customer").fetchall()

    def consents(self) -> list[tuple[bytes, int, str]]:
        """Return fact, customer and status of each consent, by fact."""
        query = "SELECT fact_id, customer, status FROM consents JOIN identifiers USING (node) ORDER BY fact_id"
        return self._db.execute(query).fetchall()

    def counts(self) -> list[int]:
        """Return how many facts, order lines and identifiers there are."""
        tables = ("facts", "order_lines", "identifiers")
        return [self._db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables]  # noqa: S608

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _take_one(self, fact: _Told, request: int) -> None:
        run = self._db.execute
        node, customer = self._person(fact.identifiers, request)
        row = (
            fact.fact_id,
            request,
            node,
            fact.event,
            fact.occurred_at,
            fact.received_at,
            fact.source,
            fact.properties,
        )
        kept = run(
            "INSERT OR IGNORE INTO facts (fact_id, request, node, event, occurred_at, received_at, source, properties) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        if kept.rowcount == 0:
            return
        if fact.event == "product_purchased":
            line = (kept.lastrowid, node, fact.order_no, fact.product_id, fact.description)
            numbers = (fact.quantity, fact.unit_price, fact.amount)
            run("INSERT INTO order_lines VALUES (?, ?, ?, ?, ?, ?, ?, ?)", line + numbers)
        elif fact.event == "consent_recorded":
            said = _CONSENT.decode(fact.properties or "{}")
            word = (said.channel, said.purpose, said.status, said.basis, fact.occurred_at, fact.source)
            consent = (fact.fact_id, node, *word, bytes(said.proof).decode())
            run("INSERT OR IGNORE INTO consents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", consent)
        run(_TOTAL, (customer, 1, fact.amount, fact.occurred_at))

    def _person(self, told: list[dict[str, str]], request: int) -> tuple[int, int]:
        """Return the node of the first identifier and the customer that all of them are."""
        found = [self._node(one["kind"], one["value"]) for one in told]
        for node, _customer in found[1:]:
            self._db.execute("INSERT OR IGNORE INTO links VALUES (?, ?, ?)", (*sorted((found[0][0], node)), request))
        customer = min(number for _node, number in found)
        for _node, other in found:
            if other != customer:
                self._join(other, customer)
        return found[0][0], customer

    def _node(self, kind: str, value: str) -> tuple[int, int]:
        run = self._db.execute
        row = run("SELECT node, customer FROM identifiers WHERE kind = ? AND value = ?", (kind, value)).fetchone()
        if row is not None:
            return int(row[0]), int(row[1])
        made = int(run("SELECT coalesce(max(node), 0) + 1 FROM identifiers").fetchone()[0])
        run("INSERT INTO identifiers VALUES (?, ?, ?, ?)", (made, kind, value, made))
        return made, made

    def _join(self, former: int, customer: int) -> None:
        run = self._db.execute
        run("UPDATE identifiers SET customer = ? WHERE customer = ?", (customer, former))
        row = run("DELETE FROM totals WHERE customer = ? RETURNING facts, revenue, last_at", (former,)).fetchone()
        if row is not None:
            run(_TOTAL, (customer, *row))


def _packed(facts: Sequence[Fact]) -> bytes:
    plain = [
        {name: value for name, value in fact.items() if value is not None}
        | {name: _micros(fact[name]) for name in ("occurred_at", "received_at")}
        | {name: str(fact[name]) for name in ("quantity", "unit_price") if name in fact}
        for fact in facts
    ]
    return msgspec.msgpack.encode(plain)


def _micros(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)
