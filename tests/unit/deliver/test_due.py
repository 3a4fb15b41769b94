"""What a due message says of itself at first sight is what a closer look finds."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import delete, select, update

from tenshu.bootstrap import Shop
from tenshu.deliver.due import Row, due_rows, framed
from tenshu.deliver.tables import KEY, handovers, outbox
from tenshu.identify.tables import node_map
from tenshu.privacy.consent import read_effective, record
from tenshu.privacy.suppression import EVERY_PURPOSE, suppress
from tenshu.privacy.tables import consents
from tenshu.store.ledger import INSTANT
from tests.unit.deliver.outboxes import accept_all, shop_with, take

DAY = timedelta(days=1)
#: What somebody may have said once: status, basis, reason, days ago, proof.
WORDS = [
    ("granted", "opt_in", None, 5, "{}"),
    ("granted", "opt_in", None, -5, "{}"),
    ("granted", "opt_in", None, 5, '{"dated": false}'),
    ("granted", "opt_in", None, 1, '{"bulk": true}'),
    ("granted", "business_relation", "取引先", 5, "{}"),
    ("granted", "business_card", " ", 5, "{}"),
    ("granted", None, None, 5, "{}"),
    ("denied", "opt_in", None, 3, "{}"),
    ("revoked", None, None, 3, "{}"),
]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made, _ = shop_with(tmp_path / "home", 100)
    yield made
    made.close()


def due(shop: Shop, limit: int = 1_000, **given: Any) -> list[Row]:
    now = shop.clock.now()
    with shop.ledger.reading() as tx:
        return due_rows(tx, now, limit, since=now - 9 * DAY, **given)


def test_a_plain_yes_at_first_sight_is_what_a_closer_look_finds(shop: Shop) -> None:
    rows = due(shop)
    said = [*product(WORDS, WORDS), *((word,) for word in WORDS), ()]
    words = [
        {
            "fact_id": f"{row['customer']}-{place}".encode(),
            "node": row["customer"],
            "channel": "email",
            "purpose": "marketing",
            "status": word[0],
            "basis": word[1],
            "reason": word[2],
            "recorded_at": shop.clock.now() - word[3] * DAY,
            "source": "form",
            "proof": word[4],
        }
        for row, some in zip(rows, said, strict=False)
        for place, word in enumerate(some)
    ]
    with shop.ledger.writing() as tx:
        tx.execute(delete(consents))
        record(tx, pl.DataFrame(words, infer_schema_length=None).cast({"recorded_at": INSTANT}))
        found = read_effective(tx, None, node_map, now=shop.clock.now())
    closer = dict(found.select("customer", "status").rows())
    sure = {row["customer"]: row["is_granted"] for row in due(shop) if not row["is_disputed"]}
    assert len(said) <= len(rows)
    assert {closer.get(customer) for customer, is_granted in sure.items() if is_granted} == {"granted"}
    assert {closer.get(customer) for customer, is_granted in sure.items() if not is_granted} == {None}


def test_rows_and_their_frame_are_what_the_outbox_holds(shop: Shop) -> None:
    rows = due(shop)
    with shop.ledger.reading() as tx:
        kept = tx.frame(select(outbox).order_by(*(outbox.c[name] for name in KEY)))
    assert framed(rows).drop("decided", "walk_outcome", "is_accepted").sort(KEY).equals(kept)
    assert framed([]).equals(kept.clear())
    assert {row["decided"] for row in rows} == {"send"}
    assert [row["enrolment"] for row in due(shop, 5)] == [row["enrolment"] for row in rows[:5]]


def test_who_was_reached_is_in_hands_or_had_it_is_noticed(shop: Shop) -> None:
    reached, in_hands = due(shop, 2)
    with shop.ledger.writing() as tx:
        for row, state in ((reached, "sent"), (in_hands, "sending")):
            other = framed([{**row, "visit": 9, "state": state, "step": "other" if state == "sent" else row["step"]}])
            tx.insert(outbox, other.select(outbox.columns.keys()))
    flags = {row["enrolment"]: (row["is_reached"], row["is_in_hands"], row["was_had"]) for row in due(shop)}
    assert flags.pop(reached["enrolment"]) == (True, False, False)
    assert flags.pop(in_hands["enrolment"]) == (True, True, False)
    assert set(flags.values()) == {(False, False, False)}


def test_what_the_witness_has_is_noticed_by_message_person_and_address(shop: Shop) -> None:
    first, second, third = due(shop, 3)
    columns = ["enrolment", "visit", "attempt", "customer", "journey", "step", "address_digest"]
    seen = [
        first,
        {**second, "enrolment": 9_001, "address_digest": b"?"},
        {**third, "enrolment": 9_002, "customer": 9_003},
    ]
    with shop.ledger.writing() as tx:
        given = framed(seen).select(*columns, handed_at=pl.lit(shop.clock.now(), INSTANT))
        tx.insert(handovers, given)
    flags = {row["enrolment"]: (row["is_accepted"], row["was_had"]) for row in due(shop)}
    assert [flags.pop(row["enrolment"]) for row in (first, second, third)] == [
        (True, True),
        (False, True),
        (False, True),
    ]
    assert set(flags.values()) == {(False, False)}


def test_an_address_that_must_not_be_written_to_says_for_which_purpose(shop: Shop) -> None:
    one, two = due(shop, 2)
    now = shop.clock.now()
    with shop.ledger.writing() as tx:
        suppress(tx, framed([one]), channel="email", purpose="marketing", reason="unsubscribed", at=now)
        suppress(tx, framed([two]), channel="email", purpose=EVERY_PURPOSE, reason="hard_bounce", at=now)
    said = {row["enrolment"]: (row["why"], row["why_always"]) for row in due(shop)}
    assert said.pop(one["enrolment"]) == ("unsubscribed", None)
    assert said.pop(two["enrolment"]) == (None, "hard_bounce")
    assert set(said.values()) == {(None, None)}


def test_what_customers_wait_for_comes_first_and_once(shop: Shop) -> None:
    last = due(shop)[-1]
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).where(outbox.c.enrolment == last["enrolment"]).values(purpose="service"))
    rows = due(shop, is_service_first=True)
    assert rows[0]["enrolment"] == last["enrolment"]
    assert len({row["enrolment"] for row in rows}) == len(rows) == len(due(shop))
    assert [row["enrolment"] for row in due(shop, 0, is_service_first=True)] == []


def test_a_shop_that_sends_regularly_is_looked_at_no_less_closely(shop: Shop) -> None:
    rows = due(shop)
    assert len(accept_all(shop)) == len(rows)
    with shop.ledger.writing() as tx:
        again = framed(rows).drop("decided", "walk_outcome", "is_accepted")
        tx.insert(outbox, again.with_columns(visit=pl.lit(7, pl.Int64), attempt=pl.lit(0, pl.Int64)))
    assert take(shop).is_empty()  # nobody decided these
    assert {row["is_reached"] for row in rows} == {False}
