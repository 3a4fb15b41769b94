"""Each recipe does what it says: day after day the right people get the mail at the right hour, and nobody else."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from sqlalchemy import select

from tenshu.bootstrap import Shop, start_journey
from tenshu.collect.vocabulary import CUSTOMER_DESCRIBED
from tenshu.decide.policy import Policy, write_policy
from tenshu.decide.tables import decisions
from tenshu.deliver.tables import outbox
from tenshu.flow import publish
from tenshu.journey import records
from tenshu.journey.grammar import RawCondition
from tenshu.journey.local_time import local
from tenshu.journey.recipes import RECIPES, Choices, make_journey
from tenshu.kit.clock import SetClock
from tenshu.kit.ids import fact_id
from tenshu.know.profile import profiles
from tenshu.testing.small_shop import MONDAY, add_template, open_small_shop, order, tell, tick
from tests.unit.copies import copied

TOKYO = "Asia/Tokyo"


class Rehearsed:
    """A shop whose days go by, hour by hour; it remembers who was decided on, and when.

    Args:
        home: an empty folder.
        people: how many besides the cast.
    """

    def __init__(self, home: Path, *, people: int = 0) -> None:
        self.shop = copied(home, f"no rules {people}", lambda folder: _make(folder, people))
        assert isinstance(self.shop.clock, SetClock)
        self.clock = self.shop.clock

    def start(self, recipe: str, *, segment: RawCondition | None = None, **changes: Any) -> None:
        """Start a recipe as it begins, nobody held out."""
        days = RECIPES[recipe].days
        given: dict[str, Any] = {"title": "x", "template": "hello", "review_on": date(2026, 12, 1), "holdout_rate": 0.0}
        chosen = Choices(recipe=recipe, **{**given, "days": days[0] if days else 0, **changes})
        minute = f"{local(self.clock.now(), TOKYO):%Y-%m-%dT%H:%M}"
        start_journey(self.shop, make_journey(recipe, chosen, segment=segment, today_minute=minute))

    def live(self, hours: int) -> None:
        """Let so many hours pass, with a tick whenever something is due, as an owner does."""
        end = self.clock.now() + timedelta(hours=hours)
        while (due := records.next_due(self.shop.ledger)) is not None and due <= end:
            self.clock.set(max(due, self.clock.now()))
            tick(self.shop)
        self.clock.set(end)

    def decided(self) -> list[tuple[str, str, str]]:
        """Return customer number, outcome and local minute of every decision, in their order."""
        with self.shop.ledger.reading() as tx:
            rows = tx.frame(select(decisions).order_by(decisions.c.decided_at, decisions.c.customer))
        if rows.is_empty():
            return []
        known = profiles(self.shop.warehouse, now=self.clock.now(), customers=rows["customer"].unique())
        numbers = dict(known.select("customer", "customer_no").rows())
        return [
            (numbers[row["customer"]], row["outcome"], f"{local(row['decided_at'], TOKYO):%m-%d %H:%M}")
            for row in rows.iter_rows(named=True)
        ]

    def buy(self, number: str, order_no: str, at: datetime | None = None) -> None:
        """Tell of an order."""
        tell(self.shop, [order(number, order_no, at or self.clock.now())])


def _make(home: Path, people: int) -> Shop:
    shop, _clock = open_small_shop(home, people=people)
    with shop.ledger.writing() as tx:
        write_policy(tx, Policy(caps=(), quiet_hours=None))
    add_template(shop)
    return shop


@pytest.fixture
def days(tmp_path: Path) -> Rehearsed:
    """The cast: 佐藤 bought 5 days ago, 鈴木 300, 高橋 2, 田中 50 (refuses mail), 伊藤 40 (has not said a word)."""
    return Rehearsed(tmp_path / "home")


def test_news_go_to_the_segment_once_and_never_again(days: Rehearsed) -> None:
    bought_lately = {"kind": "did", "event": "order_completed", "within": {"days": 10}}
    days.start("broadcast", segment=bought_lately)
    days.live(48)
    assert days.decided() == [("S-1", "send", "06-01 12:00"), ("S-3", "send", "06-01 12:00")]
    days.shop.close()


def test_news_of_a_later_moment_wait_for_it_and_take_whoever_fits_then(days: Rehearsed) -> None:
    bought_today = {"kind": "did", "event": "order_completed", "within": {"days": 0}}
    days.start("broadcast", segment=bought_today, start="2026-06-02T18:00")
    days.live(28)
    assert days.decided() == []
    days.buy("S-2", "today-1")
    days.live(4)
    assert days.decided() == [("S-2", "send", "06-02 18:00")]
    days.shop.close()


def test_whoever_orders_for_the_first_time_is_welcomed_the_day_after_at_the_hour(days: Rehearsed) -> None:
    new = {
        "fact_id": fact_id("person", "N-1"),
        "event": CUSTOMER_DESCRIBED,
        "occurred_at": MONDAY,
        "received_at": MONDAY,
        "source": "form",
        "identifiers": [{"kind": "customer_no", "value": "N-1"}, {"kind": "email", "value": "n-1@example.com"}],
        "properties": msgspec.json.encode({"traits": {"customer_no": "N-1", "email": "n-1@example.com"}}).decode(),
    }
    tell(days.shop, [new])
    days.start("welcome", at="10:00")
    days.live(3)
    days.buy("N-1", "first")
    days.buy("S-1", "again")  # has ordered before
    days.live(60)
    days.buy("N-1", "second")
    days.live(40)
    assert [(who, when) for who, _outcome, when in days.decided()] == [("N-1", "06-02 10:00")]
    days.shop.close()


def test_history_that_is_imported_welcomes_nobody(days: Rehearsed) -> None:
    days.start("welcome")
    days.live(1)
    days.buy("N-9", "old-1", at=days.clock.now() - timedelta(days=3))
    days.live(48)
    assert days.decided() == []
    days.shop.close()


def test_a_birthday_is_kept_once_a_year_so_many_days_before(days: Rehearsed) -> None:
    born = {"S-1": "1980-06-05", "S-2": "1999-06-06", "S-3": "1970-12-24"}
    told = [
        {
            "fact_id": fact_id("born", number),
            "event": CUSTOMER_DESCRIBED,
            "occurred_at": MONDAY,
            "received_at": MONDAY,
            "source": "form",
            "identifiers": [{"kind": "customer_no", "value": number}],
            "properties": msgspec.json.encode({"traits": {"birthday": day}}).decode(),
        }
        for number, day in born.items()
    ]
    tell(days.shop, told)
    days.start("birthday", days=3, at="09:00")
    days.live(24 * 7)
    assert [(who, when) for who, _outcome, when in days.decided()] == [("S-1", "06-02 09:00"), ("S-2", "06-03 09:00")]
    days.shop.close()


def test_the_dormant_get_one_hello_and_not_another_the_day_after(days: Rehearsed) -> None:
    days.start("dormant-hello", days=45, at="10:00")
    days.live(24 * 8)
    found = days.decided()
    # 伊藤's order was 40 days ago: dormant from the sixth day on; nothing is known of a consent.
    assert found == [
        ("S-2", "send", "06-02 10:00"),
        ("S-4", "suppressed", "06-02 10:00"),
        ("S-5", "suppressed", "06-07 10:00"),
    ]
    days.shop.close()


def test_whoever_orders_meanwhile_is_not_dormant_any_more(days: Rehearsed) -> None:
    days.start("dormant-hello", days=200, at="10:00")
    days.buy("S-2", "back-1")
    days.live(72)
    assert days.decided() == []
    days.shop.close()


def test_the_second_order_is_nudged_after_the_days_and_not_when_it_came(days: Rehearsed) -> None:
    days.start("second-order", days=3, at="10:00")
    days.buy("S-1", "S-1-second")
    days.live(24 * 4)
    # 高橋's only order was two days ago; 田中 and 伊藤 ordered 50 and 40 days ago; 鈴木's is too long ago.
    assert [(who, when) for who, _outcome, when in days.decided()] == [
        ("S-4", "06-02 10:00"),
        ("S-5", "06-02 10:00"),
        ("S-3", "06-03 10:00"),
    ]
    days.shop.close()


def test_a_review_is_asked_for_when_they_had_time_and_once_in_two_months(days: Rehearsed) -> None:
    days.start("review-request", days=2, at="11:00")
    days.live(1)
    days.buy("S-1", "r-1")
    days.live(30)
    days.buy("S-1", "r-2")  # while the first is on its way
    days.live(24 * 4)
    assert [(who, when) for who, _outcome, when in days.decided()] == [("S-1", "06-03 11:00")]
    days.shop.close()


def test_the_best_are_thanked_once(tmp_path: Path) -> None:
    days = Rehearsed(tmp_path / "home", people=15)
    for number in range(6):
        days.buy("S-1", f"big-{number}", at=days.clock.now() - timedelta(days=number))
    publish(days.shop, days.shop.settings, now=days.clock.now())
    days.start("thanks-to-the-best", at="10:00")
    days.live(24 * 4)
    assert [(who, when) for who, _outcome, when in days.decided()] == [("S-1", "06-02 10:00")]
    days.shop.close()


@pytest.mark.parametrize("recipe", ["broadcast", "dormant-hello", "second-order"])
def test_those_held_out_get_nothing_and_are_counted(tmp_path: Path, recipe: str) -> None:
    days = Rehearsed(tmp_path / "home", people=40)
    days.start(recipe, days=20, holdout_rate=0.3)
    days.live(24)
    outcomes = pl.Series([outcome for _who, outcome, _when in days.decided()]).value_counts()
    held_out = dict(outcomes.rows())["held_out"]
    assert 4 <= held_out <= 24
    with days.shop.ledger.reading() as tx:
        waiting = tx.frame(select(outbox))
        ghosts = tx.frame(select(decisions).where(decisions.c.outcome == "held_out"))
    assert waiting.join(ghosts, on="customer", how="semi").is_empty()
    days.shop.close()


def test_a_mail_that_would_come_too_late_is_not_sent(days: Rehearsed) -> None:
    days.start("dormant-hello", days=200, at="10:00")
    days.live(23)
    with days.shop.ledger.reading() as tx:
        (expires,) = tx.frame(select(outbox))["expires_at"].to_list()
    (who, outcome, when), *_others = days.decided()
    assert (who, outcome, when) == ("S-2", "send", "06-02 10:00")
    assert f"{local(expires, TOKYO):%m-%d %H:%M}" == "06-05 10:00"
    days.shop.close()
