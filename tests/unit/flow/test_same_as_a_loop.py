"""Going on all together gives the same rows as going on one after the other, whoever the people are."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest
from benchmarks.baseline_advance import prepare, run_loop
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import world_advance as world
from tenshu import flow
from tenshu.bootstrap import Shop, open_shop
from tenshu.decide.policy import Cap, Policy
from tenshu.deliver.tables import outbox
from tenshu.identify.tables import node_map
from tenshu.journey.tables import enrolments
from tenshu.kit.clock import SetClock
from tenshu.privacy.suppression import digest_addresses
from tenshu.privacy.tables import consents, suppressions
from tenshu.store.ledger import INSTANT

PEOPLE = 150
SECOND = 1000  # the second identifier of customer n is node n + SECOND
BOUGHT = """INSERT INTO order_lines VALUES
    ($id::BLOB, 1, $n, 'product_purchased', 'till', $id, 'p', NULL, 1, 10, 1000, true, $at - INTERVAL 3 DAY)"""
Person = dict[str, Any]


def a_crowd(seed: int) -> list[Person]:
    """Return people of all kinds, most of whom may be written to."""
    draw = np.random.default_rng(seed)

    def one_of(*choices: Any, odds: int = 3) -> Any:
        """Return the first choice `odds` times as often as each other."""
        return choices[max(0, int(draw.integers(len(choices) + odds - 1)) - odds + 1)]

    def word(nth: int) -> dict[str, Any]:
        return {
            "node": one_of(0, SECOND),
            "status": one_of("granted", "denied", "revoked", odds=8 if nth == 0 else 2),
            "basis": one_of("opt_in", "business_card", "nonsense", None, odds=12),
            "reason": one_of(None, " ", "met at a fair"),
            "days_ago": int(draw.integers(-1, 4)),
            "proof": one_of("{}", '{"dated": false}', '{"dated": true}'),
        }

    def contact() -> dict[str, Any]:
        return {
            "hours_ago": int(draw.integers(200)),
            "state": one_of("sent", "queued", "sending", "in_doubt", "failed", "suppressed"),
            "purpose": one_of("marketing", "service"),
        }

    def person() -> Person:
        return {
            "arms": [one_of("treated", "held_out") for _ in range(one_of(1, 2))],
            "step": one_of("asked", "hello", "last", "rest"),
            "hours_due": one_of(0, -1, 1, 30, 71, 72, 80, odds=8),
            "email": one_of("own", "shared@example.com", "", None, odds=20),
            "zone": one_of(None, "America/New_York", "Asia/Seoul", "Nowhere/At_All"),
            "has_bought": bool(one_of(1, 0)),
            "words": [word(nth) for nth in range(one_of(1, 2, 3, 0))],
            "suppressed": [one for one in ("*", "marketing", "service") if draw.random() < 0.08],
            "contacts": [contact() for _ in range(one_of(0, 1, 2, 3))],
        }

    return [person() for _ in range(PEOPLE)]


policies = st.sampled_from(
    [
        Policy(),
        Policy(caps=(), quiet_hours=None),
        Policy(caps=(Cap(limit=2, hours=48, channel="email", purpose="marketing"),)),
    ]
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("empty") / "home"
    world.build(home, 0)
    return home


@given(seed=st.integers(0, 10**6), policy=policies)
@settings(max_examples=8, deadline=None)
def test_all_together_or_one_by_one_is_the_same(empty: Path, seed: int, policy: Policy) -> None:
    people = a_crowd(seed)
    with tempfile.TemporaryDirectory() as folder:
        together, one_by_one = Path(folder) / "together", Path(folder) / "one_by_one"
        shutil.copytree(empty, together)
        shop = open_shop(together, clock=SetClock(world.NOW))
        fill(shop, people)
        shop.close()
        shutil.copytree(together, one_by_one)
        shop = open_shop(together, clock=SetClock(world.NOW))
        key, zone = shop.address_key, shop.settings.zone
        flow.advance_all(shop, shop.settings, policy, now=world.NOW, address_key=key)
        shop.close()
        profiles = [(n, address(n, one), one["zone"], one["has_bought"]) for n, one in enumerate(people, 1)]
        prepare(one_by_one / "ledger.sqlite", profiles)
        run_loop(one_by_one / "ledger.sqlite", key, policy, zone=zone, commit_every=7)
        ours, theirs = world.dump(together), world.dump(one_by_one)
    assert set(ours["decisions"]["outcome"]) == {"send", "held_out", "suppressed"}
    for table, rows in ours.items():
        assert rows.to_dicts() == theirs[table].to_dicts(), table


def address(number: int, one: Person) -> str | None:
    return f"c{number}@example.com" if one["email"] == "own" else one["email"]


def fill(shop: Shop, people: list[Person]) -> None:
    """Put the people into the home: what they said into the ledger, what is known of them into the warehouse."""
    numbered = list(enumerate(people, 1))
    with shop.ledger.writing() as tx:
        nodes = [{"node": n + second, "customer": n} for n, _ in numbered for second in (0, SECOND)]
        tx.insert(node_map, frame(nodes, is_shared=pl.lit(value=False), epoch=pl.lit(1)))
        tx.insert(consents, frame([row for n, one in numbered for row in said(n, one)]))
        tx.insert(enrolments, frame([row for n, one in numbered for row in walks(n, one)]))
        tx.insert(outbox, frame([row for n, one in numbered for row in mails(n, one)]))
        refused = [(address(n, one), purpose) for n, one in numbered for purpose in one["suppressed"]]
        digests = digest_addresses([given for given, _ in refused], shop.address_key)
        rows = [
            {"channel": "email", "address_digest": digest, "purpose": purpose, "reason": f"because of {purpose}"}
            for digest, (_, purpose) in zip(digests, refused, strict=True)
            if digest is not None
        ]
        tx.insert(suppressions, frame(rows, since_at=pl.lit(world.NOW, INSTANT)), conflict="ignore")
    shop.warehouse.append("node_map", pl.DataFrame(nodes))
    stated = [{"traits": {"email": address(n, one), "zone": one["zone"]}} for n, one in numbered]
    described = pl.DataFrame(
        {
            "fact_id": [b"d%d" % n for n, _ in numbered],
            "node": [n for n, _ in numbered],
            "properties": [msgspec.json.encode(one).decode() for one in stated],
        }
    )
    told = described.with_columns(
        batch=1,
        event=pl.lit("customer_described"),
        occurred_at=pl.lit(world.NOW, INSTANT),
        received_at=pl.lit(world.NOW, INSTANT),
        source=pl.lit("members"),
    )
    shop.warehouse.append("facts", told)
    for n, one in numbered:
        if one["has_bought"]:
            shop.warehouse.execute(BOUGHT, {"id": f"o{n}", "n": n + SECOND, "at": world.NOW.replace(tzinfo=None)})


def said(n: int, one: Person) -> list[dict[str, Any]]:
    return [
        {
            "fact_id": b"%d-%d" % (n, nth),
            "node": n + word["node"],
            "channel": "email",
            "purpose": "marketing",
            "status": word["status"],
            "basis": word["basis"],
            "reason": word["reason"],
            "recorded_at": world.NOW - timedelta(days=word["days_ago"]),
            "source": "form",
            "proof": word["proof"],
        }
        for nth, word in enumerate(one["words"])
    ]


def walks(n: int, one: Person) -> list[dict[str, Any]]:
    due_at = world.NOW - timedelta(hours=one["hours_due"])
    same = {"journey": "everybody", "version": 1, "customer": n, "status": "active", "visit": 2, "due_at": due_at}
    return [
        {
            **same,
            "enrolment": 2 * n + nth,
            "entry_key": f"k{nth}",
            "arm": arm,
            "entered_at": world.FIRST_MAIL,
            "step": one["step"],
        }
        for nth, arm in enumerate(one["arms"])
    ]


def mails(n: int, one: Person) -> list[dict[str, Any]]:
    return [
        {
            "enrolment": 10_000 + n,
            "visit": nth,
            "journey": "other",
            "version": 1,
            "step": "s",
            "customer": n,
            "channel": "email",
            "purpose": contact["purpose"],
            "template": "t",
            "address": "a",
            "address_digest": b"a",
            "state": contact["state"],
            "due_at": world.NOW - timedelta(hours=contact["hours_ago"]),
            "attempt": 1,
        }
        for nth, contact in enumerate(one["contacts"])
    ]


def frame(rows: list[dict[str, Any]], **more: pl.Expr) -> pl.DataFrame:
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(**more) if rows else pl.DataFrame()
