"""A shop in which everybody is due at once: what `part_advance` measures on.

The shop has sent its first mail three days ago to everybody it may write to; now the wait is over and each of
them comes to a branch. Nine in ten have agreed to mail, some have taken it back by another address of theirs, some
addresses are suppressed, some people got a mail of another scenario today, some live in other zones.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl
from sqlalchemy import select

from tenshu.bootstrap import ADDRESS_KEY, Shop, open_shop, save_settings
from tenshu.collect.tables import facts_out
from tenshu.content.shop import ShopSettings
from tenshu.decide.tables import decisions
from tenshu.deliver.tables import outbox
from tenshu.identify.tables import node_map
from tenshu.journey import records
from tenshu.journey.definition import parse_journey
from tenshu.journey.entry import arms
from tenshu.journey.grammar import Journey
from tenshu.journey.tables import enrolments
from tenshu.kit.clock import SetClock
from tenshu.kit.rng import unit
from tenshu.privacy.suppression import digest_addresses
from tenshu.privacy.tables import consents, suppressions
from tenshu.store.ledger import INSTANT, ROWS_A_TRANSACTION
from tenshu.store.place import PostgresChoice, write_choice
from tenshu.store.settings import keys
from tenshu.store.tables import to_micros

#: A Thursday noon in Tokyo.
NOW: Final = datetime(2026, 6, 4, 3, tzinfo=UTC)
FIRST_MAIL: Final = NOW - timedelta(days=3)
OTHER: Final = "other"
#: What the branch asks, also of the baseline's table of profiles.
BOUGHT_WITHIN_DAYS: Final = 30
_BOUGHT: Final = {
    "kind": "did",
    "event": "order_completed",
    "within": {"days": BOUGHT_WITHIN_DAYS},
}
_TOLD: Final = pl.Struct(
    {
        "journey": pl.String,
        "step": pl.String,
        "enrolment": pl.Int64,
        "visit": pl.Int64,
        "outcome": pl.String,
        "reason": pl.String,
        "is_ghost": pl.Boolean,
    }
)
_SEND: Final = {"kind": "send", "channel": "email", "expires_after_hours": 72}
SCENARIO: Final[dict[str, Any]] = {
    "tenshu": "journey/1",
    "name": "everybody",
    "title": {"ja": "全員", "en": "Everybody"},
    "holdout_rate": 0.1,
    "entry": {"kind": "event", "event": "order_completed"},
    "goal": {"event": "order_completed", "within_days": 14, "target_rate": 0.05},
    "review_on": "2026-09-01",
    "first_step": "hello",
    "steps": {
        "hello": {**_SEND, "template": "hello", "next": "pause"},
        "pause": {"kind": "wait", "days": 3, "at": "12:00", "next": "asked"},
        "asked": {"kind": "branch", "cases": [{"when": _BOUGHT, "next": "thanks"}], "otherwise": "offer"},
        "thanks": {**_SEND, "template": "thanks", "next": "rest"},
        "offer": {**_SEND, "template": "offer", "next": "rest"},
        "rest": {"kind": "wait", "days": 4, "next": "last"},
        "last": {**_SEND, "template": "last", "next": "end"},
        "end": {"kind": "exit"},
    },
}


def build(home: Path, people: int, facts: int = 0, *, postgres: str = "") -> None:
    """Make the shop.

    Args:
        home: an empty directory.
        people: how many customers.
        facts: how many page views lie in the warehouse beside what is known about people and three orders of each.
        postgres: the URL of an empty database for ledger and inbox; empty = files in the home.
    """
    if postgres:
        home.mkdir(parents=True)
        write_choice(home, PostgresChoice(postgres))
    shop = save_settings(open_shop(home, create=True, clock=SetClock(NOW)), ShopSettings(name="大きな花屋"))
    journey = parse_journey(SCENARIO)
    with shop.ledger.writing() as tx:
        # The same digests in every home, so that what two of them write can be compared.
        secret = pl.DataFrame({"key_id": [ADDRESS_KEY], "secret": [b"advance" * 5]})
        tx.insert(keys, secret, conflict="replace")
        records.start(tx, journey, now=FIRST_MAIL - timedelta(days=1), due_at=None)
    try:
        for first in range(1, people + 1, ROWS_A_TRANSACTION):
            numbers = pl.Series("customer", range(first, min(first + ROWS_A_TRANSACTION, people + 1)), dtype=pl.Int64)
            _fill_ledger(shop, journey, numbers, people)
        _fill_warehouse(shop, people, facts)
    finally:
        shop.close()


def described(customer: str) -> str:
    """Return the SQL of what a customer of that number has stated, as the warehouse keeps it."""
    zone = f"CASE WHEN {customer} % 31 = 0 THEN 'America/New_York' WHEN {customer} % 37 = 0 THEN 'Asia/Seoul' END"
    email = f"CASE WHEN {customer} % 101 <> 0 THEN 'c' || {customer} || '@example.com' END"
    return f"json_object('traits', json_object('email', {email}, 'zone', {zone}, 'last_name', '客' || {customer}))"


def has_bought(customers: pl.Series) -> pl.Series:
    """Say who has bought within the days that the branch asks for: what the warehouse's orders say, too."""
    return customers % 5 == 0


def _fill_ledger(shop: Shop, journey: Journey, numbers: pl.Series, people: int) -> None:
    who = numbers.to_frame().with_columns(
        arm=arms(journey, numbers), luck=pl.Series(unit("luck", numbers.to_numpy())), second=pl.col("customer") + people
    )
    has_second = who.filter(pl.col("customer") % 50 == 0)
    nodes = pl.concat(
        [who.select(node="customer", customer="customer"), has_second.select(node="second", customer="customer")]
    )
    with shop.ledger.writing() as tx:
        tx.insert(node_map, nodes.with_columns(is_shared=pl.lit(value=False), epoch=pl.lit(1)))
        tx.insert(consents, _consents(who, has_second))
    with shop.ledger.writing() as tx:
        tx.insert(enrolments, _walks(who))
        tx.insert(suppressions, _suppressed(who, shop.address_key))
    with shop.ledger.writing() as tx:
        tx.insert(decisions, _first_decisions(who))
        tx.insert(outbox, _sent(who, shop.address_key))


def _consents(who: pl.DataFrame, has_second: pl.DataFrame) -> pl.DataFrame:
    agreed = who.filter(pl.col("luck") < 0.9).select(node="customer", status=pl.lit("granted"))
    taken_back = has_second.filter(pl.col("luck") < 0.3).select(node="second", status=pl.lit("revoked"))
    said = pl.concat([agreed, taken_back])
    return said.select(
        fact_id=pl.Series([b"%016d" % node for node in said["node"]], dtype=pl.Binary),
        node="node",
        channel=pl.lit("email"),
        purpose=pl.lit("marketing"),
        status="status",
        basis=pl.lit("opt_in"),
        reason=pl.lit(None, pl.String),
        recorded_at=pl.lit(FIRST_MAIL - timedelta(days=9), INSTANT),
        source=pl.lit("form"),
        proof=pl.lit('{"form": "member"}'),
    )


def _walks(who: pl.DataFrame) -> pl.DataFrame:
    return who.select(
        enrolment="customer",
        journey=pl.lit("everybody"),
        version=pl.lit(1),
        customer="customer",
        entry_key=pl.lit("first"),
        arm="arm",
        entered_at=pl.lit(FIRST_MAIL, INSTANT),
        status=pl.lit("active"),
        step=pl.lit("asked"),
        visit=pl.lit(2),
        due_at=pl.lit(NOW, INSTANT),
    )


def _addresses(who: pl.DataFrame, key: bytes) -> pl.DataFrame:
    known = who.with_columns(address=pl.format("c{}@example.com", "customer"))
    return known.with_columns(address_digest=pl.Series(digest_addresses(known["address"], key), dtype=pl.Binary))


def _suppressed(who: pl.DataFrame, key: bytes) -> pl.DataFrame:
    return _addresses(who.filter(pl.col("customer") % 97 == 0), key).select(
        channel=pl.lit("email"),
        address_digest="address_digest",
        purpose=pl.when(pl.col("customer") % 2 == 0).then(pl.lit("*")).otherwise(pl.lit("marketing")),
        reason=pl.lit("hard_bounce"),
        since_at=pl.lit(FIRST_MAIL, INSTANT),
    )


def _first_decisions(who: pl.DataFrame) -> pl.DataFrame:
    is_held_out = pl.col("arm") == "held_out"
    return who.select(
        enrolment="customer",
        visit=pl.lit(0),
        journey=pl.lit("everybody"),
        step=pl.lit("hello"),
        customer="customer",
        outcome=pl.when(is_held_out).then(pl.lit("held_out")).otherwise(pl.lit("send")),
        decided_at=pl.lit(FIRST_MAIL, INSTANT),
        is_ghost=is_held_out,
    )


def _sent(who: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Return the first mail of those who got it, and today's mail of another scenario that a few got."""
    known = _addresses(who, key)
    first = known.filter((pl.col("arm") == "treated") & (pl.col("luck") < 0.9))
    today = known.filter(pl.col("customer") % 41 == 0)
    return pl.concat([_mails(first, "everybody", FIRST_MAIL, 0), _mails(today, OTHER, NOW - timedelta(hours=1), 1000)])


def _mails(who: pl.DataFrame, journey: str, at: datetime, visit: int) -> pl.DataFrame:
    return who.select(
        enrolment="customer",
        visit=pl.lit(visit),
        journey=pl.lit(journey),
        version=pl.lit(1),
        step=pl.lit("hello"),
        customer="customer",
        channel=pl.lit("email"),
        purpose=pl.lit("marketing"),
        template=pl.lit("hello"),
        address="address",
        address_digest="address_digest",
        state=pl.lit("sent"),
        due_at=pl.lit(at, INSTANT),
        attempt=pl.lit(1),
        claimed_at=pl.lit(at, INSTANT),
        ended_at=pl.lit(at, INSTANT),
    )


def _fill_warehouse(shop: Shop, people: int, facts: int) -> None:
    """Write everybody's traits, then orders and page views; rows come in the order of time, as in a shop."""
    run, now = shop.warehouse.execute, f"make_timestamp({to_micros(NOW)})"
    run("INSERT INTO node_map SELECT n, n FROM range(1, $people + 1) AS r(n)", {"people": people})
    run(
        "INSERT INTO node_map SELECT n + $people, n FROM range(50, $people + 1, 50) AS r(n)",
        {"people": people},
    )
    run(
        f"""
        INSERT INTO facts
        SELECT unhex(lpad(n::VARCHAR, 32, '0')), 1, n, 'customer_described', {now} - INTERVAL 700 DAY,
               {now} - INTERVAL 700 DAY, 'members.csv', {described("n")}
        FROM range(1, $people + 1) AS r(n)
        """,  # noqa: S608 - made here
        {"people": people},
    )
    run(
        f"""
        INSERT INTO order_lines
        SELECT unhex(lpad(i::VARCHAR, 32, '1')), 1, 1 + i % $people, 'product_purchased', 'till', 'o' || i,
               'p' || (i % 997), NULL, 1, 10, 1000, true,
               {now} - to_seconds(86400 * CASE WHEN i < $people AND (1 + i) % 5 = 0 THEN 3 ELSE 40 + i % 600 END)
        FROM range(3 * $people) AS r(i)
        """,  # noqa: S608 - made here
        {"people": people},
    )
    run(
        f"""
        INSERT INTO facts
        SELECT unhex(lpad(i::VARCHAR, 32, '2')), 1, 1 + (i * 7919) % $people, 'page_viewed',
               {now} - to_seconds(($facts - i) * 2), {now} - to_seconds(($facts - i) * 2), 'web',
               '{{"url":"https://shop.example.com/p/' || (i % 9973) || '"}}'
        FROM range($facts) AS r(i)
        """,  # noqa: S608 - made here
        {"people": people, "facts": facts},
    )


def dump(home: Path) -> dict[str, pl.DataFrame]:
    """Return what an advance wrote, each table in the order of its key: what two ways have to agree on."""
    shop = open_shop(home, clock=SetClock(NOW))
    try:
        with shop.ledger.reading() as tx:
            rows = {table.name: tx.frame(select(table)) for table in (enrolments, decisions, outbox, facts_out)}
    finally:
        shop.close()
    told = rows.pop("facts_out").with_columns(pl.col("properties").str.json_decode(_TOLD))
    keyed = {
        name: frame.sort("enrolment", *(["visit"] if "visit" in frame.columns else [])) for name, frame in rows.items()
    }
    return {**keyed, "facts_out": told.unnest("properties").drop("seq").sort("enrolment", "visit")}
