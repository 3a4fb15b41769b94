"""The commands `tenshu report` and `tenshu why`, on a home in a folder."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import polars as pl
import pytest
from click.testing import CliRunner
from rich.cells import cell_len
from rich.console import Console

from tenshu.bootstrap import open_shop
from tenshu.cli.main import cli
from tenshu.cli.report_tables import print_report
from tenshu.identify.tables import identifiers, node_map
from tenshu.kit.i18n import speaking
from tenshu.measure.account import Account
from tenshu.measure.lift import Lift, SampleRatio, Verdict
from tenshu.measure.rates import Rates, share
from tenshu.measure.report import ArmReport, OutreachReport, ShopReport
from tests.unit.measure.books import begin, buy, day, decide, definition, enter, know

ONE = OutreachReport(
    name="hello",
    title={"ja": "ごあいさつ", "en": "Greetings"},
    account=Account(planned=110, sent=90, held_out=10, suppressed={"capped": 7, "no_consent": 3}),
    rates=Rates(opened=share(45, 90), clicked=share(9, 90)),
    treated=ArmReport(people=100, orders=30, orders_per_person=0.3, revenue_per_person=3050.0),
    held_out=ArmReport(people=10, orders=1, orders_per_person=0.1, revenue_per_person=1000.0),
    complete_rate=0.5,
    lift_orders=Lift(estimate=0.2, low=0.05, high=0.35, verdict=Verdict.HELPED, truth=0.18),
    lift_revenue=Lift(estimate=2050.0, low=-100.0, high=4200.0, more_people=1_200, truth=1800.0),
)


def shown(*outreaches: OutreachReport, language: str = "en", width: int = 120) -> str:
    """Return what is printed for a shop with these outreaches."""
    report = ShopReport(
        as_of=day(30),
        shop="茶の店",
        currency="GBP",
        zone="Asia/Tokyo",
        customers=4338,
        known_customers=4372,
        orders=18532,
        revenue=891140790,
        outreaches=outreaches,
    )
    console = Console(file=io.StringIO(), width=width)
    with speaking(language):
        print_report(report, console)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_first_line_tells_the_shop() -> None:
    assert "4,338 customers with 18,532 orders, £8,911,407.90; 4,372 people known." in shown()


def test_shop_without_scenarios_is_told_the_next_step() -> None:
    assert "tenshu scenario start FILE" in shown()


def test_account_is_printed_with_its_reasons() -> None:
    text = shown(ONE)
    account = "110 planned = 90 sent + 10 held out + 10 suppressed + 0 failed + 0 in doubt + 0 pending"
    for part in (account, "7  The customer would get more messages than the frequency cap allows."):
        assert part in text


def test_estimate_is_printed_as_a_range_beside_the_truth() -> None:
    text = shown(ONE)
    for part in (
        "+0.200",
        "+0.050 … +0.350",
        "+0.180",
        "It helped.",
        "+20.50",
        "-1.00 … +42.00",
        "+18.00",
    ):
        assert part in text


def test_not_knowing_is_printed_with_the_people_it_takes() -> None:
    assert "Cannot know yet: about 1,200 more people." in shown(ONE)
    assert "まだ分かりません。あと約1,200人" in shown(ONE, language="ja")


def test_truth_has_no_column_outside_a_rehearsal() -> None:
    real = msgspec.structs.replace(ONE, lift_orders=Lift(), lift_revenue=Lift())
    assert "Truth" not in shown(real)
    assert "Truth" in shown(ONE)


def test_rates_are_printed_with_their_base() -> None:
    assert "50.0% (45 / 90)" in shown(ONE)


def test_half_finished_windows_are_said() -> None:
    assert "The goal's window is over for 50% of the entered" in shown(ONE)


def test_account_that_does_not_close_is_a_fault_in_plain_sight() -> None:
    broken = msgspec.structs.replace(ONE, account=Account(planned=5, sent=1))
    assert "The account does not close" in shown(broken)
    assert "The account does not close" not in shown(ONE)


def test_arms_of_the_wrong_size_are_said() -> None:
    ratio = SampleRatio(expected_rate=0.1, observed_rate=0.3, p_value=1e-9, is_suspect=True)
    assert "30.0% of the entered are held out instead of 10.0%" in shown(
        msgspec.structs.replace(ONE, sample_ratio=ratio)
    )


def test_japanese_report_has_japanese_words() -> None:
    text = shown(ONE, language="ja")
    for word in ("ごあいさつ", "非配信群", "配信済み", "開封", "効果がありました。", "真の値"):
        assert word in text
    for word in ("held out", "planned", "opened", "Truth"):
        assert word not in text


@pytest.mark.parametrize("language", ["ja", "en"])
def test_report_fits_a_terminal_of_eighty_columns(language: str) -> None:
    text = shown(ONE, language=language, width=80)
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert "…" in text  # the ranges
    for part in ("+0.050 … +0.350", "-1.00 … +42.00", "50.0% (45 / 90)"):
        assert part in text


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home with one scenario, and one customer who was written to and then left alone."""
    shop = open_shop(tmp_path / "home", create=True)
    begin(shop.ledger, definition())
    know(shop.warehouse, {1: 1, 2: 1, 3: 3})
    with shop.ledger.writing() as tx:
        named = {"node": [1, 2, 3], "kind": ["customer_no", "email", "customer_no"]}
        values = {"value": ["A-17", "hana@example.com", "A-18"], "batch": [1, 1, 1]}
        tx.insert(identifiers, pl.DataFrame(named | values))
        tx.insert(node_map, pl.DataFrame({"node": [1, 2, 3], "customer": [1, 1, 3], "is_shared": [False] * 3}))
    enter(shop.warehouse, 1, day(1))
    buy(shop.warehouse, 1, day(2), 3_000)
    decide(
        shop.ledger,
        {"customer": 1, "step": "first", "decided_at": day(1), "state": "sent", "ended_at": day(1)},
        {"customer": 1, "step": "second", "decided_at": day(8), "outcome": "suppressed", "reason": "unsubscribed"},
    )
    shop.close()
    return tmp_path / "home"


def run(*arguments: object) -> str:
    """Run the command line; return what it printed."""
    done = CliRunner().invoke(cli, [str(argument) for argument in arguments], env={"COLUMNS": "160"})
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("said", ["1", "A-17", "hana@example.com"])
def test_why_finds_a_customer_by_number_and_by_identifier(home: Path, said: str) -> None:
    output = run("--language", "en", "why", "--customer", said, "--home", home)
    assert "Customer 1: 2 decisions" in output


def test_why_tells_the_newest_first(home: Path) -> None:
    output = run("--language", "en", "why", "--customer", "A-17", "--home", home)
    assert "The customer has unsubscribed." in output
    assert output.index("unsubscribed") < output.index("Sent on 2026-03-03 09:00.")


def test_why_speaks_japanese(home: Path) -> None:
    output = run("--language", "ja", "why", "--customer", "A-17", "--home", home)
    assert "顧客 1: 判断 2件" in output
    assert "ごあいさつ" in output


def test_why_of_somebody_never_written_to_says_so(home: Path) -> None:
    assert "no scenario has wanted to write" in run("--language", "en", "why", "--customer", "A-18", "--home", home)


def test_why_writes_json(home: Path, tmp_path: Path) -> None:
    run("--language", "en", "why", "--customer", "1", "--home", home, "--json", tmp_path / "why.json")
    told = json.loads((tmp_path / "why.json").read_text("utf-8"))
    assert told["customer"] == 1
    assert [one["sentence"] for one in told["decisions"]] == [
        "The customer has unsubscribed.",
        "Sent on 2026-03-03 09:00.",
    ]


def test_unknown_customer_is_an_error_that_helps(home: Path) -> None:
    done = CliRunner().invoke(cli, ["--language", "en", "why", "--customer", "nobody", "--home", str(home)])
    assert done.exit_code != 0
    assert "There is no customer nobody. Give a customer number" in done.output


def test_report_command_prints_and_writes_the_same_report(home: Path, tmp_path: Path) -> None:
    output = run(
        "--language", "en", "report", "--home", home, "--as-of", "2026-03-31", "--json", tmp_path / "report.json"
    )
    report = msgspec.json.decode((tmp_path / "report.json").read_bytes(), type=ShopReport)
    assert "Greetings" in output
    assert report.customers == 1
    assert report.as_of == datetime(2026, 3, 31, 14, 59, 59, 999999, tzinfo=UTC)  # the end of the day in Tokyo
    assert (report.outreaches[0].account.planned, report.outreaches[0].treated.orders) == (2, 1)


def test_report_as_of_an_earlier_day_knows_no_later_order(home: Path, tmp_path: Path) -> None:
    run("report", "--home", home, "--as-of", "2026-03-03", "--json", tmp_path / "report.json")
    report = msgspec.json.decode((tmp_path / "report.json").read_bytes(), type=ShopReport)
    assert (report.customers, report.outreaches[0].treated.people, report.outreaches[0].treated.orders) == (0, 1, 0)
