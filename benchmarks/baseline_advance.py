"""The baseline of `part_advance`: a good loop over people in plain sqlite3, with prepared statements.

It asks the same questions in the same order as the product, on the same tables and engine settings, and writes the
same rows. What it needs of a person lies ready in a table of profiles with a key, which is not part of its time.
"""

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from benchmarks.world_advance import NOW, SCENARIO
from tenshu.decide.policy import Policy
from tenshu.decide.quiet_hours import next_allowed
from tenshu.journey.advance import wakes_at
from tenshu.journey.definition import parse_journey
from tenshu.journey.grammar import Branch, Exit, Send, Wait
from tenshu.journey.local_time import is_zone
from tenshu.privacy.consent import BASES
from tenshu.store.tables import to_micros

PRAGMAS: Final = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "secure_delete=ON")
_DAY: Final = 86_400_000_000
_DUE: Final = """SELECT enrolment, customer, arm, step, visit, due_at FROM enrolments
    WHERE journey = 'everybody' AND version = 1 AND due_at <= ? ORDER BY due_at, enrolment LIMIT 1000"""
_CONSENTS: Final = """SELECT c.node, c.status, c.basis, c.reason, c.proof FROM node_map AS m
    JOIN consents AS c ON c.node = m.node WHERE m.customer = ? AND c.channel = 'email' AND c.purpose = 'marketing'
    AND (c.status <> 'granted' OR c.recorded_at <= ?) ORDER BY c.recorded_at, c.status <> 'granted', c.fact_id"""
_SUPPRESSED: Final = """SELECT purpose, reason FROM suppressions WHERE channel = 'email' AND address_digest = ?
    AND purpose IN ('*', 'marketing') ORDER BY purpose LIMIT 1"""
_CONTACTS: Final = """SELECT CASE state WHEN 'queued' THEN due_at ELSE coalesce(claimed_at, due_at) END AS at
    FROM outbox WHERE customer = ? AND state IN ('queued', 'sending', 'sent', 'in_doubt') AND channel = 'email'
    AND purpose = 'marketing' AND at >= ?"""
_MOVE: Final = "UPDATE enrolments SET step = ?, visit = ?, due_at = ? WHERE enrolment = ?"
_END: Final = "UPDATE enrolments SET step = ?, visit = ?, status = 'ended', outcome = ?, due_at = NULL, ended_at = ? "
_DECIDED: Final = """INSERT INTO decisions (enrolment, visit, journey, step, customer, outcome, reason,
    decided_at, is_ghost) VALUES (?, ?, 'everybody', ?, ?, ?, ?, ?, ?)"""
_TOLD: Final = "INSERT INTO facts_out (event, node, occurred_at, properties) VALUES (?, ?, ?, ?)"
_PROMISED: Final = """INSERT INTO outbox (enrolment, visit, journey, version, step, customer, channel, purpose,
    template, address, address_digest, zone, state, due_at, expires_at, attempt)
    VALUES (?, ?, 'everybody', 1, ?, ?, 'email', 'marketing', ?, ?, ?, ?, 'queued', ?, ?, 0)"""


def prepare(ledger: Path, profiles: Iterable[tuple[int, str | None, str | None, bool]]) -> None:
    """Put what is known of people beside the ledger's tables: customer, email, zone, has bought lately."""
    connection = sqlite3.connect(ledger)
    connection.execute("CREATE TABLE profiles (customer INTEGER PRIMARY KEY, email TEXT, zone TEXT, has_bought)")
    connection.executemany("INSERT INTO profiles VALUES (?, ?, ?, ?)", profiles)
    connection.commit()
    connection.close()


def run_loop(ledger: Path, key: bytes, policy: Policy, *, zone: str, commit_every: int) -> int:
    """Let everybody who is due go on, one after the other; return how many.

    Args:
        ledger: the file.
        key: the key of address digests.
        policy: caps and quiet hours.
        zone: the shop's.
        commit_every: people a transaction.
    """
    connection = sqlite3.connect(ledger, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    loop = _Loop(connection, key, policy, zone)
    done = 0
    while some := connection.execute(_DUE, (to_micros(NOW),)).fetchall():
        for person in some:
            if done % commit_every == 0:
                connection.execute("BEGIN IMMEDIATE")
            loop.go_on(*person)
            done += 1
            if done % commit_every == 0:
                connection.execute("COMMIT")
    if connection.in_transaction:
        connection.execute("COMMIT")
    connection.close()
    return done


class _Loop:
    """One person at a time, with what does not change from person to person worked out once."""

    def __init__(self, connection: sqlite3.Connection, key: bytes, policy: Policy, zone: str) -> None:
        self.run, self.key, self.policy, self.zone = connection.execute, key, policy, zone
        self.now = to_micros(NOW)
        self.journey = parse_journey(SCENARIO)
        self.since = to_micros(policy.earliest(NOW))
        self.allowed: dict[str, int] = {}

    def go_on(self, enrolment: int, customer: int, arm: str, step: str, visit: int, due_at: int) -> None:
        """Run the steps of one walk up to the next wait."""
        email, zone, has_bought = self.run(
            "SELECT email, zone, has_bought FROM profiles WHERE customer = ?", (customer,)
        ).fetchone()
        while True:
            here = self.journey.steps[step]
            if isinstance(here, Branch):
                step, visit = (here.cases[0].next if has_bought else here.otherwise), visit + 1
            elif isinstance(here, Send):
                late = None if here.expires_after_hours is None else due_at + int(here.expires_after_hours * _DAY // 24)
                self.decide((enrolment, visit, step, customer), here, arm, (email, zone), late)
                step, visit = here.next, visit + 1
            elif isinstance(here, Exit):
                self.run(_END + "WHERE enrolment = ?", (step, visit + 1, here.outcome, self.now, enrolment))
                left = {"journey": "everybody", "enrolment": enrolment, "outcome": here.outcome}
                self.run(_TOLD, ("journey_left", customer, self.now, json.dumps(left)))
                return
            elif isinstance(here, Wait):
                # As in the product a wait begins in the shop's zone: walks carry none of their own.
                woken = to_micros(wakes_at(here, NOW, self.zone))
                self.run(_MOVE, (here.next, visit + 1, woken, enrolment))
                return

    def decide(
        self,
        who: tuple[int, int, str, int],
        step: Send,
        arm: str,
        known: tuple[str | None, str | None],
        late: int | None,
    ) -> None:
        """Decide on one message and write down what was decided."""
        enrolment, visit, name, customer = who
        email, zone = known
        digest = None if email is None else hmac.digest(self.key, email.encode(), hashlib.sha256)
        clock = zone if zone is not None and is_zone(zone) else self.zone
        due_at = self._allowed(clock)
        reason = self._no(customer, email, digest, late, due_at=due_at, zone=clock)
        is_held_out = arm == "held_out"
        outcome = "held_out" if is_held_out else "send" if reason is None else "suppressed"
        is_ghost = is_held_out and reason is None
        self.run(_DECIDED, (enrolment, visit, name, customer, outcome, reason, self.now, is_ghost))
        said = {"journey": "everybody", "step": name, "enrolment": enrolment, "visit": visit}
        told = json.dumps({**said, "outcome": outcome, "reason": reason, "is_ghost": is_ghost}, separators=(",", ":"))
        self.run(_TOLD, ("message_decided", customer, self.now, told))
        if outcome == "send":
            address = (step.template, email, digest, zone)
            self.run(_PROMISED, (enrolment, visit, name, customer, *address, due_at, late))

    def _no(
        self, customer: int, email: str | None, digest: bytes | None, late: int | None, *, due_at: int, zone: str
    ) -> str | None:
        if not email:
            return "no_address"
        status = self._consent(customer)
        if status is None:
            return "no_basis"
        if status != "granted":
            return "refused"
        suppressed = self.run(_SUPPRESSED, (digest,)).fetchone()
        if suppressed:
            return str(suppressed[1])
        if self._is_capped(customer, due_at, zone):
            return "capped"
        return "expired" if late is not None and late <= due_at else None

    def _consent(self, customer: int) -> str | None:
        words: dict[int, list[tuple[Any, ...]]] = {}
        for row in self.run(_CONSENTS, (customer, self.now)):
            words.setdefault(row[0], []).append(row)
        statuses = {status for rows in words.values() if (status := _newest(rows)) is not None}
        return None if not statuses else "denied" if "denied" in statuses else "granted"

    def _is_capped(self, customer: int, due_at: int, zone: str) -> bool:
        contacts = [row[0] for row in self.run(_CONTACTS, (customer, self.since))]
        day = _local_day(due_at, zone)
        for cap in self.policy.caps:
            if cap.days is not None:
                count = sum(abs(_local_day(at, zone) - day) < cap.days for at in contacts)
            else:
                count = sum(abs(at - due_at) < (cap.hours or 0) * _DAY // 24 for at in contacts)
            if count >= cap.limit:
                return True
        return False

    def _allowed(self, zone: str) -> int:
        if zone not in self.allowed:
            self.allowed[zone] = to_micros(next_allowed(NOW, self.policy.quiet_hours, zone))
        return self.allowed[zone]


def _newest(rows: list[tuple[Any, ...]]) -> str | None:
    """Return what one identifier has said last: a grant without a date never stands against a revocation."""
    is_revoked = any(status == "revoked" for _, status, *_ in rows)
    for _, status, basis, reason, proof in reversed(rows):
        if not (is_revoked and status == "granted" and json.loads(proof).get("dated") is False):
            has_reason = basis == "opt_in" or (basis in BASES and bool((reason or "").strip()))
            return "granted" if status == "granted" and has_reason else "denied"
    return None


def _local_day(micros: int, zone: str) -> int:
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    return instant.astimezone(ZoneInfo(zone)).toordinal()
