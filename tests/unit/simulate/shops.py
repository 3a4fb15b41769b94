"""Small shops whose customers are made up on the spot."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl

from tenshu.simulate import HISTORY, Appeal, Behaviour, SimulatedCustomers

START = datetime(2011, 12, 10, tzinfo=UTC)
END = START + timedelta(days=60)
LONDON = "Europe/London"

#: Everybody reads, clicks and buys; nobody is a machine, gone, or tired.
EAGER = Behaviour(
    read_rate=1.0,
    read_spread=0.0,
    image_rate=1.0,
    prefetch_rate=0.0,
    scanner_rate=0.0,
    gone_rate=0.0,
    fatigue_response=1.0,
    fatigue_unsubscribe=0.0,
    season_factor=0.0,
)
ALWAYS = Appeal(click_rate=1.0, clicked_buy_rate=1.0, read_buy_rate=0.0, unsubscribe_rate=0.0, complaint_rate=0.0)


def history(count: int, *, orders: int = 4, first_days_ago: int = 200, favourites: int = 3) -> pl.DataFrame:
    """Return so many customers with the same past."""
    liked = [
        {"product_id": f"P{place}", "description": f"THING {place}", "quantity": 2, "unit_price": Decimal("2.5000")}
        for place in range(favourites)
    ]
    rows = [
        {
            "customer": number,
            "first_order_at": START - timedelta(days=first_days_ago),
            "last_order_at": START - timedelta(days=5),
            "orders": orders,
            "revenue": 10_000,
            "favourites": liked,
        }
        for number in range(1, count + 1)
    ]
    return pl.DataFrame(rows, schema=HISTORY)


def customers(
    count: int = 50,
    *,
    behaviour: Behaviour = EAGER,
    seed: int = 1,
    journeys: dict[str, Appeal] | None = None,
    past: pl.DataFrame | None = None,
    zone: str = LONDON,
) -> SimulatedCustomers:
    """Return a shop's customers from START to END."""
    return SimulatedCustomers(
        history(count) if past is None else past,
        behaviour=behaviour,
        seed=seed,
        start_at=START,
        end_at=END,
        zone=zone,
        journeys={"hello": ALWAYS} if journeys is None else journeys,
    )


def mails(
    numbers: list[int],
    *,
    at: datetime = START + timedelta(hours=10),
    journey: str = "hello",
    step: str = "first",
    links: int = 4,
    enrolment: int = 1000,
) -> pl.DataFrame:
    """Return one mail to each of these customers."""
    return pl.DataFrame(
        {
            "customer": numbers,
            "journey": [journey] * len(numbers),
            "step": [step] * len(numbers),
            "enrolment": [enrolment + number for number in numbers],
            "visit": [1] * len(numbers),
            "sent_at": pl.Series([at] * len(numbers), dtype=pl.Datetime("us", "UTC")),
            "links": [links] * len(numbers),
        }
    )


def everybody(count: int) -> list[int]:
    """Return the customer numbers of `history(count)`."""
    return list(range(1, count + 1))


def counts(acts: pl.DataFrame) -> dict[str, int]:
    """Return how often each kind of act is there."""
    return dict(acts["act"].value_counts().sort("act").iter_rows())
