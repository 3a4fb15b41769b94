"""The cast of the web tests: a shop on real stores, messages that were sent, and a report with every verdict."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import polars as pl
from sqlalchemy import select
from starlette.applications import Starlette

from tenshu.bootstrap import Shop
from tenshu.collect import tables as collect_tables
from tenshu.collect.inbox import read_requests
from tenshu.content.shop import ShopSettings, write_shop
from tenshu.deliver.links import LinkPayload, Purpose, Signer
from tenshu.deliver.tables import outbox
from tenshu.identify.tables import identifiers
from tenshu.journey import tables as journey_tables
from tenshu.kit.clock import SetClock
from tenshu.measure.account import Account
from tenshu.measure.lift import Lift, SampleRatio, Verdict
from tenshu.measure.rates import Rate, Rates
from tenshu.measure.report import (
    ArmReport,
    DecileRow,
    Goal,
    OutreachReport,
    RankRow,
    RfmCell,
    ShopReport,
    StepReport,
)
from tenshu.privacy import tables as privacy_tables
from tenshu.store.ledger import Ledger
from tenshu.store.tables import inbox_metadata, ledger_metadata
from tenshu.store.warehouse import Warehouse

NOW = datetime(2012, 1, 20, 3, 0, tzinfo=UTC)
SHOP = ShopSettings(
    name="木の実雑貨店",
    postal_address="東京都千代田区1-2-3",
    contact="03-0000-0000",
    currency="GBP",
    zone="Asia/Tokyo",
    language="ja",
    public_url="http://127.0.0.1:8000",
)
SECRET = b"a secret that only these tests know"
SIGNER = Signer(SECRET, "k1")
#: Table modules that are only imported to fill the metadata.
TABLES = (collect_tables, journey_tables, privacy_tables)


def open_test_shop(folder: Path, settings: ShopSettings = SHOP) -> Shop:
    """Return a shop with 佐藤 (customer 1) and 鈴木 (customer 2), one message sent to each."""
    ledger, inbox = Ledger(folder / "ledger.sqlite"), Ledger(folder / "inbox.sqlite")
    ledger_metadata.create_all(ledger.engine)
    inbox_metadata.create_all(inbox.engine)
    people = pl.DataFrame(
        {"node": [1, 2], "kind": ["customer_no", "email"], "value": ["12347", "suzuki@example.com"], "batch": [1, 1]}
    )
    with ledger.writing() as tx:
        tx.insert(identifiers, people)
        tx.insert(outbox, pl.concat([sent_message(7, customer=1), sent_message(8, customer=2)]))
    shop = Shop(folder, ledger, inbox, Warehouse(), SetClock(NOW))
    vars(shop).update(settings=settings, signer=SIGNER)
    with ledger.writing() as tx:
        write_shop(tx, settings)
    return shop


def sent_message(enrolment: int, *, customer: int, visit: int = 1, purpose: str = "marketing") -> pl.DataFrame:
    """Return the outbox row of a message that was sent."""
    return pl.DataFrame(
        {
            "enrolment": [enrolment],
            "visit": [visit],
            "journey": ["welcome-back"],
            "version": [1],
            "step": ["hello"],
            "customer": [customer],
            "channel": ["email"],
            "purpose": [purpose],
            "template": ["welcome-back-1"],
            "address": [f"person{customer}@example.com"],
            "address_digest": [f"digest-{customer}".encode()],
            "state": ["sent"],
            "due_at": [NOW],
            "attempt": [1],
        }
    )


def token(purpose: Purpose, *, enrolment: int = 7, visit: int = 1, link: int = 0, url: str = "") -> str:
    """Return a token that the shop signed."""
    return SIGNER.sign(LinkPayload(purpose=purpose, enrolment=enrolment, visit=visit, link=link, url=url))


def rate(count: int, base: int) -> Rate:
    """Return a rate with its base."""
    return Rate(count=count, base=base, rate=count / base if base else None)


def sample_report() -> ShopReport:
    """Return a report in which every verdict happens."""
    return ShopReport(
        as_of=NOW,
        shop="木の実雑貨店",
        currency="GBP",
        zone="Asia/Tokyo",
        customers=4338,
        known_customers=4372,
        orders=18532,
        revenue=891140790,
        rfm=sample_rfm(),
        deciles=sample_deciles(),
        ranks=(
            RankRow(rank="best", customers=412, revenue=512_000_000),
            RankRow(rank="loyal", customers=905, revenue=203_140_790),
            RankRow(rank="regular", customers=1204, revenue=101_000_000),
            RankRow(rank="trial", customers=880, revenue=35_000_000),
            RankRow(rank="dormant", customers=937, revenue=40_000_000),
        ),
        outreaches=(unknown_outreach(), helped_outreach(), hurt_outreach(), even_outreach(), empty_outreach()),
    )


def unknown_outreach() -> OutreachReport:
    """The dormant are welcomed back; nobody can say yet what it changed."""
    account = Account(
        planned=2134,
        sent=1608,
        held_out=203,
        suppressed={"no_consent": 148, "unsubscribed": 11, "capped": 74, "hard_bounce": 20, "no_address": 28},
        failed=9,
        in_doubt=3,
        pending=30,
    )
    first = Account(planned=1210, sent=930, held_out=120, suppressed={"no_consent": 148, "hard_bounce": 12})
    second = Account(
        planned=924,
        sent=678,
        held_out=83,
        suppressed={"unsubscribed": 11, "capped": 74, "hard_bounce": 8, "no_address": 28},
        failed=9,
        in_doubt=3,
        pending=30,
    )
    return OutreachReport(
        name="welcome-back",
        title={"ja": "お久しぶりのお客様へ", "en": "Welcome back"},
        started_at=datetime(2011, 12, 10, 1, 0, tzinfo=UTC),
        goal=Goal(within_days=14, target_rate=0.05, review_on=date(2012, 2, 1)),
        account=account,
        steps=(StepReport(name="hello", account=first), StepReport(name="second", account=second)),
        rates=Rates(
            opened=rate(412, 1608),
            opened_unknown=rate(96, 1608),
            opened_by_machine=rate(301, 1608),
            clicked=rate(88, 1608),
            clicked_unknown=rate(7, 1608),
            clicked_by_machine=rate(166, 1608),
            bounced=rate(20, 1608),
            complained=rate(2, 1608),
            unsubscribed=rate(11, 1608),
            converted=rate(52, 1090),
            converted_held_out=rate(5, 120),
        ),
        treated=ArmReport(
            people=1090, complete_people=940, buyers=52, orders=61, orders_per_person=0.056, revenue_per_person=2311.0
        ),
        held_out=ArmReport(
            people=120, complete_people=104, buyers=5, orders=6, orders_per_person=0.05, revenue_per_person=2190.0
        ),
        complete_rate=0.863,
        lift_orders=Lift(estimate=0.006, low=-0.039, high=0.051, more_people=5200, truth=0.011),
        lift_revenue=Lift(estimate=121.0, low=-1890.0, high=2132.0, truth=160.0),
    )


def helped_outreach() -> OutreachReport:
    """Thanks to the best customers; it helped, less than estimated."""
    return OutreachReport(
        name="thanks-to-the-best",
        title={"ja": "いつものお客様へ御礼", "en": "Thanks to the best"},
        status="ended",
        started_at=datetime(2011, 12, 12, 1, 0, tzinfo=UTC),
        goal=Goal(within_days=14, target_rate=0.25, review_on=date(2012, 2, 1)),
        account=Account(planned=1204, sent=1006, held_out=118, suppressed={"no_consent": 80}),
        steps=(
            StepReport(
                name="thanks", account=Account(planned=1204, sent=1006, held_out=118, suppressed={"no_consent": 80})
            ),
        ),
        rates=Rates(
            opened=rate(512, 1006),
            opened_unknown=rate(40, 1006),
            opened_by_machine=rate(101, 1006),
            clicked=rate(190, 1006),
            clicked_unknown=rate(0, 1006),
            clicked_by_machine=rate(60, 1006),
            bounced=rate(0, 1006),
            complained=rate(0, 1006),
            unsubscribed=rate(3, 1006),
            converted=rate(301, 1086),
            converted_held_out=rate(19, 118),
        ),
        treated=ArmReport(people=1086, orders_per_person=0.412, revenue_per_person=18123.0),
        held_out=ArmReport(people=118, orders_per_person=0.201, revenue_per_person=9822.0),
        complete_rate=1.0,
        lift_orders=Lift(estimate=0.211, low=0.084, high=0.338, verdict=Verdict.HELPED, truth=0.142),
        lift_revenue=Lift(
            estimate=8301.0, low=-120.0, high=16722.0, verdict=Verdict.CANNOT_KNOW_YET, more_people=90, truth=6100.0
        ),
    )


def hurt_outreach() -> OutreachReport:
    """Too many mails; it did harm, and the arms are not what they should be."""
    return OutreachReport(
        name="bought-together",
        title={"ja": "ご一緒にいかがですか", "en": "Bought together"},
        started_at=datetime(2011, 12, 10, 1, 0, tzinfo=UTC),
        account=Account(planned=640, sent=500, held_out=60, suppressed={"capped": 80}),
        treated=ArmReport(people=580, orders_per_person=0.30, revenue_per_person=9000.0),
        held_out=ArmReport(people=60, orders_per_person=0.45, revenue_per_person=14000.0),
        complete_rate=0.5,
        sample_ratio=SampleRatio(expected_rate=0.2, observed_rate=0.1, p_value=0.0001, is_suspect=True),
        lift_orders=Lift(estimate=-0.15, low=-0.28, high=-0.02, verdict=Verdict.HURT, truth=-0.31),
        lift_revenue=Lift(estimate=-5000.0, low=-9000.0, high=-1000.0, verdict=Verdict.HURT, truth=-4000.0),
    )


def even_outreach() -> OutreachReport:
    """A birthday mail that changes nothing worth acting on."""
    return OutreachReport(
        name="birthday",
        status="paused",
        account=Account(planned=300, sent=270, held_out=30),
        treated=ArmReport(people=270, orders_per_person=0.100, revenue_per_person=900.0),
        held_out=ArmReport(people=30, orders_per_person=0.101, revenue_per_person=910.0),
        lift_orders=Lift(estimate=-0.001, low=-0.004, high=0.003, verdict=Verdict.NO_DIFFERENCE),
        lift_revenue=Lift(estimate=-10.0, low=-40.0, high=30.0, verdict=Verdict.NO_DIFFERENCE),
    )


def empty_outreach() -> OutreachReport:
    """Started today; nobody has entered."""
    return OutreachReport(name="new-arrivals", title={"ja": "新着のご案内", "en": "New arrivals"})


def sample_rfm() -> tuple[RfmCell, ...]:
    """Return a heat map with the usual shape: most people on the diagonal, one empty corner."""
    cells = []
    for recency in range(1, 6):
        for frequency in range(1, 6):
            people = max(0, 340 - 72 * abs(recency - frequency) + 9 * recency)
            if (recency, frequency) != (1, 5):
                cells.append(
                    RfmCell(
                        recency=recency, frequency=frequency, customers=people, revenue=people * 90_000 * frequency**2
                    )
                )
    return tuple(cell for cell in cells if cell.customers)


def sample_deciles() -> tuple[DecileRow, ...]:
    """Return ten rows whose shares make up 1."""
    shares = (0.61375, 0.131, 0.082, 0.056, 0.04, 0.028, 0.02, 0.014, 0.01, 0.00525)
    rows, together = [], 0.0
    for decile, share in enumerate(shares, start=1):
        together += share
        rows.append(
            DecileRow(
                decile=decile,
                customers=434 if decile <= 8 else 433,
                revenue=round(share * 891140790),
                revenue_rate=share,
                cumulative_rate=min(together, 1.0),
            )
        )
    return tuple(rows)


def ask(app: Starlette, method: str, path: str, *, host: str = "127.0.0.1:8000", **given: Any) -> httpx.Response:
    """Ask the application as a client would, without cookies and without following redirects."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return await client.request(method, path, **given)

    return asyncio.run(asked())


def inbox_facts(shop: Shop) -> pl.DataFrame:
    """Return the facts that wait in the inbox, their properties unfolded."""
    facts, _paths = read_requests(shop.inbox, 0, 10**9)
    said = [msgspec.json.decode(text) for text in facts["properties"]]
    return facts.with_columns(said=pl.Series(said, dtype=pl.Object) if said else pl.lit(None))


def state_of(shop: Shop) -> dict[str, list[Any]]:
    """Return everything that an unsubscription could change."""
    with shop.ledger.reading() as tx:
        return {
            "suppressions": tx.frame(select(privacy_tables.suppressions)).rows(),
            "consents": tx.frame(select(privacy_tables.consents)).rows(),
            "facts_out": tx.frame(select(collect_tables.facts_out)).rows(),
        }
