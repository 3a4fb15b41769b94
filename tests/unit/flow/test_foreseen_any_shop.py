"""In any shop the numbers ahead are those that the tick's own way of deciding gives at that moment."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from tenshu.bootstrap import Shop
from tenshu.decide.policy import Cap, Policy, write_policy
from tenshu.deliver import crowd
from tenshu.deliver.tables import outbox
from tenshu.flow.advancing import decide_on
from tenshu.flow.entering import everybody, meeting
from tenshu.flow.foreseen import _proposals, foresee
from tenshu.flow.known import Known
from tenshu.journey import records
from tenshu.journey.definition import Journey
from tenshu.journey.entry import enrol
from tenshu.journey.recipes import Choices, make_journey
from tenshu.journey.records import Running
from tenshu.journey.tables import enrolments
from tenshu.privacy.suppression import Digests, suppress
from tenshu.privacy.tables import suppressions
from tenshu.segment.probe import Probe
from tenshu.testing.small_shop import MONDAY, add_template, consent, open_small_shop, start, tell, tick
from tests.unit.copies import copied

PEOPLE = 12
LATELY: Any = {"kind": "did", "event": "order_completed", "within": {"days": 35}}
MAIL: dict[str, Any] = {"channel": "email", "purpose": "marketing"}
CAPS = (
    Policy().caps,
    (),
    (Cap(limit=2, days=3), Cap(limit=1, hours=20, **MAIL)),
    (Cap(limit=1, days=2, journey="*", **MAIL), Cap(limit=0, days=1, channel="sms")),
    (Cap(limit=1, days=2, journey="hello"),),
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Seventeen people; all who may have had a broadcast, and some walk still."""
    opened = copied(tmp_path_factory.mktemp("ahead") / "home", "ahead", _make)
    yield opened
    opened.close()


def _make(home: Path) -> Shop:
    shop, _clock = open_small_shop(home, people=PEOPLE)
    add_template(shop)
    start(shop)
    tick(shop)
    return shop


def scenario(name: str, segment: Any, holdout: float) -> Journey:
    usual = {"title": "x", "template": "hello", "review_on": date(2026, 7, 1)}
    chosen = Choices(recipe="broadcast", holdout_rate=holdout, **usual)  # type: ignore[arg-type]
    return make_journey(name, chosen, segment=segment, today_minute="2026-06-01T12:00")


def plainly(shop: Shop, journey: Journey, policy: Policy, hours: int) -> list[tuple[Any, ...]]:
    """Return customer, outcome and reason as a tick would write them, everything read anew and person by person."""
    now = MONDAY + timedelta(hours=hours)
    known = Known(shop, shop.settings, now=now, people=everybody(shop)["customer"])
    running = Running(journey, 1, "active", now, now, 1)
    candidates = meeting(known.holds, running, everybody(shop).with_columns(entry_key=pl.lit("foreseen")))
    with shop.ledger.reading() as tx:
        past = records.past_of(tx, journey.name, candidates["customer"])
    entering = enrol(candidates, past, journey, version=1, now=now, next_enrolment=1)
    decided = decide_on(
        shop, shop.settings, policy, _proposals(entering, journey), now=now, address_key=shop.address_key, known=known
    )
    return decided.select("customer", "outcome", "reason").sort("customer").rows()


def change(shop: Shop, drawn: dict[str, Any]) -> None:
    """Let the shop be as drawn."""
    addresses = [f"p-{nth}@example.com" for nth in drawn["suppressed"]]
    digests = Digests(shop.address_key).of(pl.Series(addresses, dtype=pl.String))
    with shop.ledger.writing() as tx:
        tx.execute(delete(suppressions))
        rows = digests.alias("address_digest").to_frame()
        suppress(tx, rows, channel="email", purpose=drawn["scope"], reason="manual", at=MONDAY)
        had = tx.frame(outbox.select().where(outbox.c.state == "queued").order_by(outbox.c.customer))
        moved = had.select("enrolment", "visit", due_at=pl.lit(MONDAY - timedelta(hours=drawn["ago"])))
        tx.update(outbox, moved.cast({"due_at": pl.Datetime("us", "UTC")}), keys=["enrolment", "visit"])
        walked = tx.frame(enrolments.select()).select("enrolment", status=pl.lit(drawn["status"]))
        tx.update(enrolments, walked, keys=["enrolment"])
        write_policy(tx, Policy(caps=drawn["caps"], quiet_hours=Policy().quiet_hours))


@settings(max_examples=14, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    drawn=st.fixed_dictionaries(
        {
            "suppressed": st.lists(st.integers(0, PEOPLE - 1), max_size=5, unique=True),
            "scope": st.sampled_from(["*", "marketing", "service"]),
            "ago": st.sampled_from([0, 5, 30, 60, 200]),
            "caps": st.sampled_from(CAPS),
            "status": st.sampled_from(["active", "ended"]),
        }
    ),
    name=st.sampled_from(["news", "hello"]),
    segment=st.sampled_from([None, LATELY]),
    holdout=st.sampled_from([0.0, 0.4]),
    hours=st.sampled_from([0, 10, 30]),
)
def test_what_is_ahead_is_what_a_send_right_then_would_do(
    shop: Shop, drawn: dict[str, Any], name: str, segment: Any, holdout: float, hours: int
) -> None:
    change(shop, drawn)
    journey, policy = scenario(name, segment, holdout), Policy(caps=drawn["caps"])
    wanted = plainly(shop, journey, policy, hours)
    digested = Digests(shop.address_key).of
    with pytest.MonkeyPatch.context() as patch:
        for few, looked_up in ((10**6, 0), (0, 10**6)):
            patch.setattr(crowd, "FEW", few)
            patch.setattr(records, "LOOKED_UP", looked_up)
            seen = foresee(shop, shop.settings, journey, now=MONDAY + timedelta(hours=hours), digested=digested)
            assert seen.customers.sort("customer").rows() == wanted
            assert seen.entering == len(wanted) == seen.sent + seen.held_out + sum(seen.suppressed.values())


def test_walks_elsewhere_are_the_same_looked_up_or_counted_among_all(shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        walked = tx.frame(enrolments.select()).select("enrolment", status=pl.lit("active"), due_at=pl.lit(MONDAY))
        tx.update(enrolments, walked.cast({"due_at": pl.Datetime("us", "UTC")}), keys=["enrolment"])
        some = tx.frame(enrolments.select())["customer"][:5]
        found = []
        for looked_up in (10, 0):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(records, "LOOKED_UP", looked_up)
                found.append(
                    (records.walking_elsewhere(tx, some, "news"), records.walking_elsewhere(tx, some, "hello"))
                )
    assert found == [({"hello": 5}, {})] * 2


def test_a_word_that_comes_in_between_counts_at_once(tmp_path: Path) -> None:
    """What is kept from one question to the next is never older than the shop: a refusal, an order, a clock."""
    shop, _clock = open_small_shop(tmp_path / "home", people=3)
    add_template(shop)
    probe, digested = Probe(shop.warehouse, shop.ledger), Digests(shop.address_key).of

    def look(segment: Any = None) -> tuple[int, int]:
        seen = foresee(shop, shop.settings, scenario("news", segment, 0.0), now=MONDAY, digested=digested, probe=probe)
        return seen.entering, seen.sent

    assert look() == (8, 6)
    tell(shop, [consent("P-1", "revoked", "opt_in", MONDAY)])
    assert look() == (8, 5)
    assert look(LATELY) == (5, 4)
    shop.close()
