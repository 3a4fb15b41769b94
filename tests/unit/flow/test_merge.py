"""After a merge: walks follow their customers, twins close into one, nobody gets the same mail twice."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from tenshu.bootstrap import Shop
from tenshu.collect.vocabulary import CUSTOMER_DESCRIBED
from tenshu.decide.policy import Policy
from tenshu.deliver.outbox import claim
from tenshu.deliver.tables import outbox
from tenshu.identify.resolve import find_customer
from tenshu.journey import records
from tenshu.journey.tables import enrolments
from tenshu.kit.clock import SetClock
from tenshu.kit.ids import fact_id
from tenshu.testing.small_shop import MONDAY, TWO_MAILS, add_template, open_small_shop, start, tell, tick


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Shop, SetClock]]:
    shop, clock = open_small_shop(tmp_path / "home")
    add_template(shop)
    yield shop, clock
    shop.close()


def described(*identifiers: tuple[str, str], name: str = "佐藤") -> dict[str, Any]:
    """Return a row of another list: it tells identifiers of one person."""
    return {
        "fact_id": fact_id(CUSTOMER_DESCRIBED, *identifiers),
        "event": CUSTOMER_DESCRIBED,
        "occurred_at": MONDAY - timedelta(days=1),
        "received_at": MONDAY,
        "source": "list",
        "identifiers": [{"kind": kind, "value": value} for kind, value in identifiers],
        "properties": f'{{"traits": {{"last_name": "{name}"}}}}',
    }


def walks(shop: Shop) -> list[tuple[Any, ...]]:
    with shop.ledger.reading() as tx:
        columns = [enrolments.c.enrolment, enrolments.c.customer, enrolments.c.status, enrolments.c.outcome]
        return tx.frame(select(*columns).order_by(enrolments.c.enrolment)).rows()


MEMBER = ("member_no", "M-9")


def join_members(shop: Shop) -> None:
    """Tell that member M-9, known on its own until now, is customer S-1."""
    tell(shop, [described(("customer_no", "S-1"), MEMBER)])


def test_a_walk_follows_its_customer_into_the_earlier_number(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    start(shop, **TWO_MAILS)
    tell(shop, [described(("customer_no", "Z-1"), name="鈴木")])
    tick(shop)
    later = walks(shop)[-1][1]
    tell(shop, [described(("member_no", "M-1"), ("customer_no", "Z-1"))])  # Z-1 stays the earlier number
    assert walks(shop)[-1][1] == later
    clock.set(MONDAY + timedelta(days=3))
    assert tick(shop).moved == 6


def test_twins_in_one_scenario_close_into_the_earliest(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    tell(shop, [described(MEMBER)])
    start(shop, **TWO_MAILS)
    tick(shop)
    assert [status for _, _, status, _ in walks(shop)] == ["active"] * 6
    join_members(shop)
    ended = [walk for walk in walks(shop) if walk[2] == "ended"]
    assert [(outcome, status) for _, _, status, outcome in ended] == [("merged", "ended")]
    clock.set(MONDAY + timedelta(days=3))
    assert tick(shop).moved == 5


def test_a_queued_twin_message_is_cancelled_as_merged(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    tell(
        shop,
        [
            {**described(MEMBER), "properties": '{"traits": {"last_name": "佐藤", "email": "m-9@example.com"}}'},
            {
                **described(MEMBER),
                "fact_id": fact_id("consent of the member"),
                "event": "consent_recorded",
                "properties": '{"channel":"email","purpose":"marketing","status":"granted","basis":"opt_in"}',
            },
        ],
    )
    start(shop, **TWO_MAILS)
    tick(shop)
    join_members(shop)
    going = claim(shop.ledger, now=MONDAY, worker="one", policy=Policy(caps=()), zone="Asia/Tokyo")
    assert going["customer"].to_list() == [1, 3, 5]
    with shop.ledger.reading() as tx:
        stopped = tx.frame(select(outbox.c.customer, outbox.c.reason).where(outbox.c.state == "suppressed"))
    assert stopped.rows() == [(1, "merged")]


def test_caps_count_what_both_numbers_were_promised(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    tell(shop, [described(MEMBER)])
    start(shop, **TWO_MAILS)
    tick(shop)
    join_members(shop)
    clock.set(MONDAY + timedelta(minutes=1))
    start(shop, "again")
    tick(shop)
    with shop.ledger.reading() as tx:
        messages = tx.frame(select(outbox.c.customer).where(outbox.c.customer == 1))
    assert len(messages) == 1


def test_telling_the_same_merge_again_changes_nothing(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    tell(shop, [described(MEMBER)])
    start(shop, **TWO_MAILS)
    tick(shop)
    join_members(shop)
    before = walks(shop)
    join_members(shop)
    assert walks(shop) == before


def test_a_number_by_which_nobody_walks_keeps_no_writer_waiting(
    small: tuple[Shop, SetClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new identifier of somebody who walks is the common case: the walk is by the customer's own number."""
    shop, _ = small
    start(shop, **TWO_MAILS)
    tick(shop)
    before = walks(shop)
    asked: list[object] = []
    monkeypatch.setattr(records, "join_customers", lambda *_given, **_more: asked.append(_given))
    join_members(shop)
    assert not asked
    assert walks(shop) == before


def test_a_number_with_a_message_but_no_walk_is_followed(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    tell(shop, [described(MEMBER)])
    with shop.ledger.reading() as tx:
        former = find_customer(tx, "M-9")
    start(shop, **TWO_MAILS)
    tick(shop)
    with shop.ledger.writing() as tx:
        tx.execute(delete(enrolments).where(enrolments.c.customer == former))
        tx.execute(update(outbox).where(outbox.c.customer == 3).values(customer=former))
    join_members(shop)
    with shop.ledger.reading() as tx:
        assert tx.frame(select(outbox.c.enrolment).where(outbox.c.customer == former)).is_empty()
