"""A scenario that is paused and resumed a hundred times, at any moment, reaches everybody once."""

from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
from sqlalchemy import select

from tenshu.bootstrap import Shop
from tenshu.deliver.channel import Outcome
from tenshu.deliver.outbox import settle
from tenshu.deliver.tables import KEY
from tenshu.journey import switch
from tenshu.journey.tables import enrolments
from tenshu.measure.account import account, as_account
from tenshu.measure.state import Standing, scenario_states
from tenshu.testing.small_shop import TWO_MAILS, tick
from tests.unit.deliver.outboxes import on, receipts, shop_with, take

PEOPLE = 80
PAUSES = 100


class Walk:
    """A shop at work, with what its receiver has taken."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop, self.rng = shop, np.random.default_rng(seed)
        self.received: Counter[tuple[int, int]] = Counter()
        self.days = 0.0
        self.is_paused = False
        self.held = pl.DataFrame()
        self.switched = 0

    def step(self) -> None:
        """Do one thing, drawn by chance: also between a claim and its hand-over."""
        match int(self.rng.choice(5, p=(0.4, 0.1, 0.05, 0.25, 0.2))):
            case 0:
                self.switch()
            case 1:
                self.days += float(self.rng.uniform(0, 0.2))
                self.shop.clock.set(on(self.days))  # type: ignore[attr-defined]
            case 2:
                tick(self.shop)
            case 3 if self.held.is_empty():
                self.held = take(self.shop, limit=int(self.rng.integers(1, 9)))
                assert self.held.is_empty() or not self.is_paused
            case _:
                self.hand_over()

    def switch(self) -> None:
        """Pause or go on."""
        if self.is_paused:
            switch.resume(self.shop.ledger, "hello", now=self.shop.clock.now(), zone="Asia/Tokyo")
        else:
            switch.pause(self.shop.ledger, "hello")
        self.is_paused = not self.is_paused
        self.switched += 1

    def hand_over(self) -> None:
        """Hand over what was claimed, if anything, and settle it."""
        if len(self.held):
            self.received.update(self.held.select(KEY).rows())
            settle(self.shop.ledger, self.held, receipts(self.held, Outcome.ACCEPTED), now=self.shop.clock.now())
            self.held = pl.DataFrame()

    def finish(self) -> None:
        """Go on until nothing is left to do."""
        if self.is_paused:
            self.switch()
        self.hand_over()
        for _ in range(4):
            self.days += 2
            self.shop.clock.set(on(self.days))  # type: ignore[attr-defined]
            tick(self.shop)
            while len(claimed := take(self.shop)):
                self.held = claimed
                self.hand_over()


def test_a_hundred_pauses_lose_nobody_and_reach_nobody_twice(tmp_path: Path) -> None:
    shop, _ = shop_with(tmp_path / "home", PEOPLE, **TWO_MAILS)
    walk = Walk(shop, seed=20260601)
    while walk.switched < 2 * PAUSES:
        walk.step()
    walk.finish()
    people = PEOPLE + 3  # of the cast, three allow it
    assert set(walk.received.values()) == {1}
    assert len(walk.received) == 2 * people
    found = as_account(account(shop.ledger))
    assert (found.closes, found.sent, found.pending, found.in_doubt) == (True, 2 * people, 0, 0)
    with shop.ledger.reading() as tx:
        assert tx.frame(select(enrolments.c.status))["status"].unique().to_list() == ["ended"]
    assert scenario_states(shop.ledger, now=shop.clock.now())[0].standing is Standing.FINISHED
    shop.close()
