"""The whole report, from a ledger and a warehouse."""

from pathlib import Path

import msgspec
import polars as pl

from tenshu.collect.vocabulary import EMAIL_OPENED, EMAIL_SENT
from tenshu.content.shop import ShopSettings
from tenshu.measure.outcome import Truth
from tenshu.measure.report import ShopReport, build_report, figures, started_journeys
from tenshu.store.ledger import Ledger
from tenshu.store.settings import write_setting
from tenshu.store.warehouse import Warehouse
from tests.unit.measure.books import begin, buy, day, decide, definition, enter, know, make_ledger, tell

SHOP = ShopSettings(name="茶の店", currency="GBP", zone="Asia/Tokyo")
NOW = day(30)


def busy_shop(folder: Path) -> tuple[Ledger, Warehouse]:
    """Return a shop of 40 people: 1-20 treated, 21-40 held out; every second treated one bought."""
    ledger, warehouse = make_ledger(folder), Warehouse()
    begin(ledger, definition())
    know(warehouse, {number: number for number in range(1, 41)})
    for number in range(1, 41):
        arm = "treated" if number <= 20 else "held_out"
        enter(warehouse, number, day(1), arm=arm)
        if number % 2 == 0 and (number <= 20 or number > 36):
            buy(warehouse, number, day(3), 1_000)
        state = {"outcome": "send", "state": "sent"} if number <= 20 else {"outcome": "held_out"}
        decide(ledger, {"customer": number} | state)
        if number <= 20:
            tell(warehouse, EMAIL_SENT, number, day(1), journey="hello", step="first", enrolment=number, visit=1)
    said = {"journey": "hello", "step": "first", "enrolment": 3, "visit": 1, "method": "GET"}
    agent = "Mozilla/5.0 (X11; Linux x86_64) Firefox/127.0"
    tell(warehouse, EMAIL_OPENED, 3, day(2), **said, user_agent=agent)
    return ledger, warehouse


def test_report_tells_shop_account_answers_and_lift(tmp_path: Path) -> None:
    ledger, warehouse = busy_shop(tmp_path)
    report = build_report(ledger, warehouse, SHOP, now=NOW)
    assert (report.shop, report.currency, report.customers, report.known_customers) == ("茶の店", "GBP", 12, 40)
    assert (report.orders, report.revenue) == (12, 12_000)
    (one,) = report.outreaches
    assert (one.account.planned, one.account.sent, one.account.held_out) == (40, 20, 20)
    assert one.account.closes
    assert (one.rates.opened.count, one.rates.opened.base) == (1, 20)
    assert one.lift_orders.estimate == 0.4  # 10 / 20 - 2 / 20
    assert one.complete_rate == 1.0


def test_report_of_a_fresh_shop_is_empty_and_whole(tmp_path: Path) -> None:
    report = build_report(make_ledger(tmp_path), Warehouse(), SHOP, now=NOW)
    assert report.outreaches == ()
    assert (report.customers, report.deciles, report.rfm) == (0, (), ())


def test_truths_stand_beside_their_own_scenario(tmp_path: Path) -> None:
    ledger, warehouse = busy_shop(tmp_path)
    begin(ledger, definition("other"), at=day(1))
    truths = {"hello": Truth(orders=0.4, revenue=400.0)}
    report = build_report(ledger, warehouse, SHOP, now=NOW, truths=truths)
    assert [one.lift_orders.truth for one in report.outreaches] == [0.4, None]


def test_open_windows_may_be_left_out(tmp_path: Path) -> None:
    ledger, warehouse = busy_shop(tmp_path)
    know(warehouse, {50: 50})
    enter(warehouse, 50, day(29))
    everybody = build_report(ledger, warehouse, SHOP, now=NOW).outreaches[0]
    complete = build_report(ledger, warehouse, SHOP, now=NOW, complete_only=True).outreaches[0]
    assert (everybody.treated.people, complete.treated.people) == (21, 20)


def test_rank_borders_are_read_from_the_settings(tmp_path: Path) -> None:
    ledger, warehouse = busy_shop(tmp_path)
    with ledger.writing() as tx:
        write_setting(tx, "rank_borders", {"dormant_days": 5})
    ranks = {row.rank: row.customers for row in build_report(ledger, warehouse, SHOP, now=NOW).ranks}
    assert ranks["dormant"] == 12  # all orders are 27 days old


def test_scenarios_are_in_order_of_their_start(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path)
    begin(ledger, definition("zebra"), at=day(0))
    begin(ledger, definition("apple"), at=day(2))
    begin(ledger, definition("melon"), at=day(1))
    assert [one.journey.name for one in started_journeys(ledger)] == ["zebra", "melon", "apple"]


def test_newest_version_speaks_for_a_scenario_that_started_with_the_first(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path)
    begin(ledger, definition(title={"ja": "旧"}), version=1, at=day(0), status="ended")
    begin(ledger, definition(title={"ja": "新"}), version=2, at=day(9))
    (one,) = started_journeys(ledger)
    assert one.journey.title == {"ja": "新"}
    assert (one.started_at, one.status) == (day(0), "active")


def test_same_shop_gives_the_same_bytes(tmp_path: Path) -> None:
    ledger, warehouse = busy_shop(tmp_path)
    twice = [msgspec.json.encode(build_report(ledger, warehouse, SHOP, now=NOW)) for _round in range(2)]
    assert twice[0] == twice[1]


def test_order_of_arrival_does_not_change_a_byte(tmp_path: Path) -> None:
    ledger, warehouse = busy_shop(tmp_path)
    shuffled = Warehouse()
    for table in ("node_map", "facts", "order_lines"):
        shuffled.append(table, warehouse.frame(f"SELECT * FROM {table}").reverse())
    one, other = (build_report(ledger, each, SHOP, now=NOW) for each in (warehouse, shuffled))
    assert msgspec.json.encode(one) == msgspec.json.encode(other)


def test_figures_have_the_names_that_the_demo_promises(tmp_path: Path) -> None:
    ledger, warehouse = busy_shop(tmp_path)
    truths = {"hello": Truth(orders=0.4, revenue=400.0)}
    told = figures(build_report(ledger, warehouse, SHOP, now=NOW, truths=truths))
    assert (told["customers"], told["orders"], told["revenue"]) == (12, 12, 12_000)
    (one,) = told["outreaches"]
    account = {"planned": 40, "sent": 20, "held_out": 20, "suppressed": {}, "failed": 0, "in_doubt": 0, "pending": 0}
    assert {name: one[name] for name in account} == account
    assert one["name"] == "hello"
    assert one["lift"]["estimate"] == 0.4
    assert one["lift"]["truth"] == 0.4
    assert one["lift"]["low"] < 0.4 < one["lift"]["high"]
    assert one["lift_revenue"]["estimate"] == 400.0
    assert [step["name"] for step in one["steps"]] == ["first", "second"]


def test_figures_of_every_part_close(tmp_path: Path) -> None:
    ledger, warehouse = busy_shop(tmp_path)
    decide(
        ledger,
        {"step": "second", "outcome": "suppressed", "reason": "capped"},
        {"step": "second", "state": "in_doubt"},
        {"step": "second", "state": "failed"},
        {"step": "second", "state": "queued"},
    )
    (one,) = figures(build_report(ledger, warehouse, SHOP, now=NOW))["outreaches"]
    for part in (one, *one["steps"]):
        parts = part["sent"] + part["held_out"] + part["failed"] + part["in_doubt"] + part["pending"]
        assert part["planned"] == parts + sum(part["suppressed"].values())


def test_figures_are_plain_json() -> None:
    report = ShopReport(
        as_of=NOW, shop="a", currency="JPY", zone="UTC", customers=0, known_customers=0, orders=0, revenue=0
    )
    assert msgspec.json.decode(msgspec.json.encode(figures(report))) == figures(report)


def test_report_reads_but_never_writes(tmp_path: Path) -> None:
    ledger, warehouse = busy_shop(tmp_path)
    before = {table: warehouse.frame(f"SELECT * FROM {table}") for table in ("facts", "order_lines", "node_map")}
    build_report(ledger, warehouse, SHOP, now=NOW)
    for table, rows in before.items():
        assert isinstance(rows, pl.DataFrame)
        assert warehouse.frame(f"SELECT * FROM {table}").equals(rows)
