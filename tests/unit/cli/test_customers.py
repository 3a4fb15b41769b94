"""`tenshu rfm`, `tenshu decile`, `tenshu segment`: what is printed and what is written, on a small home."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from click.testing import CliRunner, Result

from tenshu.bootstrap import open_shop, save_settings
from tenshu.cli.as_of import DateUnclear, instant
from tenshu.cli.main import cli
from tenshu.content.shop import ShopSettings
from tenshu.decide.policy import read_policy
from tenshu.deliver.outbox import PROMISED
from tenshu.deliver.tables import outbox
from tenshu.identify.tables import node_map
from tenshu.know.publish import publish_ranks
from tenshu.privacy.suppression import digest_address, suppress
from tenshu.privacy.tables import consents
from tests.unit.know.shop import described, order_line

MARCH = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
WINTER = datetime(2025, 12, 1, 3, 0, tzinfo=UTC)
ORDERED = {"kind": "did", "event": "order_completed"}
#: Seven people who bought; 1 has no address, 2 agreed to nothing, 3 refused, 4 is suppressed, 5 had its share.
PEOPLE = range(1, 8)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with seven people, each lost at another question but 6 and 7."""
    folder = tmp_path_factory.mktemp("home")
    shop = open_shop(folder, create=True)
    shop = save_settings(shop, ShopSettings(name="花屋", currency="JPY", zone="Asia/Tokyo"))
    bought = [order_line(n, n, MARCH if n > 1 else WINTER, n * 1000) for n in PEOPLE]
    told = [described(50 + n, n, WINTER, {"email": f"p{n}@example.com"}) for n in PEOPLE if n > 1]
    mapped = pl.DataFrame({"node": PEOPLE, "customer": PEOPLE}, schema={"node": pl.Int32, "customer": pl.Int32})
    shop.warehouse.append("order_lines", pl.DataFrame(bought))
    shop.warehouse.append("facts", pl.DataFrame(told))
    shop.warehouse.append("node_map", mapped)
    with shop.ledger.writing() as tx:
        tx.insert(node_map, mapped.with_columns(is_shared=pl.lit(value=False), epoch=pl.lit(1)))
        tx.insert(consents, pl.DataFrame([consent(n, "denied" if n == 3 else "granted") for n in PEOPLE if n != 2]))
        four = pl.DataFrame({"address_digest": [digest_address("p4@example.com", shop.address_key)]})
        suppress(tx, four, channel="email", purpose="*", reason="unsubscribed", at=WINTER)
        tx.insert(outbox, pl.DataFrame([mail(5, visit) for visit in range(3)]))
    shop.close()
    return folder


def consent(node: int, status: str) -> dict[str, Any]:
    """Return one recorded consent."""
    return {
        "fact_id": node.to_bytes(16, "big"),
        "node": node,
        "channel": "email",
        "purpose": "marketing",
        "status": status,
        "basis": "opt_in",
        "reason": None,
        "recorded_at": WINTER,
        "source": "file",
        "proof": "{}",
    }


def mail(customer: int, visit: int) -> dict[str, Any]:
    """Return one mail that went out at noon of 9 March in Tokyo."""
    at = datetime(2026, 3, 9, 3, 0, tzinfo=UTC)
    row = {
        "enrolment": customer,
        "visit": visit,
        "journey": "thanks",
        "version": 1,
        "step": "hello",
        "customer": customer,
        "channel": "email",
        "purpose": "marketing",
        "template": "t",
        "address": f"p{customer}@example.com",
        "address_digest": b"x",
        "state": "sent",
        "attempt": 1,
        "due_at": at,
        "ended_at": at,
    }
    return {name: value for name, value in row.items() if name in outbox.c}


def run(*arguments: str, language: str = "en") -> Result:
    result = CliRunner().invoke(cli, ["--language", language, *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def written(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def test_rfm_counts_cells_and_ranks(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "rfm.json"
    shown = run("rfm", "--home", str(home), "--as-of", "2026-03-09", "--json", str(out)).output
    assert "7 customers bought" in shown
    figures = written(out)
    assert figures["customers"] == 7
    assert sum(cell["customers"] for cell in figures["cells"]) == 7
    assert {row["rank"]: row["customers"] for row in figures["ranks"]} == {
        "best": 0,
        "loyal": 0,
        "regular": 0,
        "trial": 7,
        "dormant": 0,
    }


def test_rfm_of_a_past_day_sees_only_that_past(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "rfm.json"
    run("rfm", "--home", str(home), "--as-of", "2025-12-31", "--json", str(out))
    assert written(out)["customers"] == 1


def test_rfm_of_a_period_sees_only_the_period(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "rfm.json"
    run("rfm", "--home", str(home), "--as-of", "2026-03-09", "--days", "30", "--json", str(out))
    assert written(out)["customers"] == 6


def test_rfm_speaks_japanese(home: Path) -> None:
    shown = run("rfm", "--home", str(home), "--as-of", "2026-03-09", language="ja").output
    assert "期間中に購入した顧客: 7人" in shown
    assert "お試し顧客" in shown


def test_decile_shares_reach_the_whole(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "decile.json"
    shown = run("decile", "--home", str(home), "--as-of", "2026-03-09", "--json", str(out)).output
    rows = written(out)["deciles"]
    assert [row["revenue"] for row in rows] == [7000, 6000, 5000, 4000, 3000, 2000, 1000]
    assert rows[-1]["cumulative_rate"] == 1
    assert "25.000%" in shown  # 7000 of 28000


def test_decile_shows_whole_figures_in_japanese_too(home: Path) -> None:
    shown = run("decile", "--home", str(home), "--as-of", "2026-03-09", language="ja").output
    assert "7,000" in shown
    assert "…" not in shown
    assert "累計構成比" in shown


def test_segment_count_loses_each_person_at_one_question(home: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "condition.json", tmp_path / "count.json"
    file.write_bytes(msgspec.json.encode({"tenshu": "condition/1", "condition": ORDERED}))
    asked = ["segment", "count", "--condition", str(file), "--home", str(home), "--as-of", "2026-03-09T15:00"]
    shown = run(*asked, "--json", str(out)).output
    assert "placed an order at least once" in shown
    figures = written(out)
    assert figures.pop("as_of") == "2026-03-09T06:00:00Z"
    assert figures == {
        "purpose": "marketing",
        "matched": 7,
        "has_address": 6,  # without 1
        "has_consent": 4,  # without 2, who agreed to nothing, and 3, who refused
        "not_suppressed": 3,  # without 4
        "not_capped": 2,  # without 5
    }


def test_what_customers_wait_for_needs_no_recorded_consent_and_no_cap(home: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "condition.json", tmp_path / "count.json"
    file.write_bytes(msgspec.json.encode(ORDERED))
    asked = ["segment", "count", "--condition", str(file), "--home", str(home), "--as-of", "2026-03-09T15:00"]
    run(*asked, "--purpose", "service", "--json", str(out))
    figures = written(out)
    # The refusal of 3 was about marketing; 4 is suppressed for every purpose; caps do not touch service.
    assert [figures[name] for name in ("has_consent", "not_suppressed", "not_capped")] == [6, 5, 5]


def test_segment_count_uses_ranks_even_where_none_were_published(home: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "condition.json", tmp_path / "count.json"
    file.write_bytes(msgspec.json.encode({"kind": "rank", "by": "decile", "cmp": "is", "value": 1}))
    run("segment", "count", "--condition", str(file), "--home", str(home), "--json", str(out))
    assert written(out)["matched"] == 1


def test_segment_count_uses_the_published_ranks_as_scenarios_do(tmp_path: Path) -> None:
    folder, file, out = tmp_path / "home", tmp_path / "condition.json", tmp_path / "count.json"
    shop = open_shop(folder, create=True)
    shop.warehouse.append("order_lines", pl.DataFrame([order_line(1, 1, WINTER, 10), order_line(2, 2, WINTER, 20)]))
    shop.warehouse.execute("INSERT INTO node_map (node, customer) VALUES (1, 1), (2, 2)")
    publish_ranks(shop.warehouse, now=MARCH, zone="Asia/Tokyo")
    shop.warehouse.append("order_lines", pl.DataFrame([order_line(3, 1, WINTER, 90)]))  # moves its buyer, not the other
    shop.close()
    file.write_bytes(msgspec.json.encode({"kind": "rank", "by": "decile", "cmp": "is", "value": 1}))
    asked = ["segment", "count", "--condition", str(file), "--home", str(folder), "--json", str(out)]
    run(*asked)
    assert written(out)["matched"] == 2
    run(*asked, "--as-of", "2026-03-09")  # a past day is computed as it would have been published then
    assert written(out)["matched"] == 1


def test_a_condition_can_be_said_without_a_home(tmp_path: Path) -> None:
    file = tmp_path / "condition.json"
    file.write_bytes(msgspec.json.encode({**ORDERED, "kind": "did_not", "within": {"days": 90}}))
    shown = run("segment", "say", "--condition", str(file), language="ja").output
    assert shown.strip() == "過去90日間と今日の注文が一度もない"


def test_the_schema_is_printed_as_json() -> None:
    assert json.loads(run("segment", "schema").output)["title"] == "condition/1"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"kind": "regex"}', b"[]"])
def test_a_file_that_holds_no_condition_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "condition.json"
    file.write_bytes(content)
    result = CliRunner().invoke(cli, ["--language", "en", "segment", "say", "--condition", str(file)])
    assert result.exit_code == 1
    assert "The condition cannot be read" in result.output


def test_a_home_that_is_not_there_is_said(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["--language", "en", "rfm", "--home", str(tmp_path / "nowhere")])
    assert result.exit_code == 1
    assert "There is no shop" in result.output


def test_the_caps_of_this_home_are_the_defaults(home: Path) -> None:
    # What the funnel above counts on: one marketing mail a day, three in seven.
    shop = open_shop(home)
    assert {(cap.limit, cap.days) for cap in read_policy(shop.ledger).caps} >= {(1, 1), (3, 7)}
    assert "sent" in PROMISED
    shop.close()


NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "zone", "expected"),
    [
        (None, "Asia/Tokyo", NOW),
        ("2026-03-09T10:00", "Asia/Tokyo", datetime(2026, 3, 9, 1, 0, tzinfo=UTC)),
        ("2026-03-09T10:00+00:00", "Asia/Tokyo", datetime(2026, 3, 9, 10, 0, tzinfo=UTC)),
        ("2026-03-09", "Asia/Tokyo", datetime(2026, 3, 9, 14, 59, 59, 999999, tzinfo=UTC)),
        ("2026-03-08", "America/New_York", datetime(2026, 3, 9, 3, 59, 59, 999999, tzinfo=UTC)),  # 23 hours long
    ],
)
def test_a_day_means_its_end_and_a_time_itself(given: str | None, zone: str, expected: datetime) -> None:
    assert instant(given, now=NOW, zone=zone) == expected


@pytest.mark.parametrize("given", ["yesterday", "2026-13-01", "09/12/2011", ""])
def test_a_day_that_cannot_be_read_is_refused(given: str) -> None:
    with pytest.raises(DateUnclear) as refused:
        instant(given, now=NOW, zone="Asia/Tokyo")
    assert "2011-12-09" in refused.value.text("ja")
