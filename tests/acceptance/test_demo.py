"""The demo as a user starts it, on all the real purchases: what it must show, to the penny."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tenshu.bootstrap import open_shop
from tests.acceptance.audit import find_faults

Result = dict[str, Any]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "tenshu", "demo", "--home", "home", "--no-serve", "--json", "result.json"]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "LANG": "ja_JP.UTF-8"}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-4000:]
    (folder / "said.txt").write_bytes(done.stdout)
    (folder / "progress.txt").write_bytes(done.stderr)
    return folder


@pytest.fixture(scope="module")
def result(home: Path) -> Result:
    found: Result = json.loads((home / "result.json").read_bytes())
    return found


def test_the_counted_purchases_are_the_published_ones(result: Result) -> None:
    assert (result["customers"], result["orders"], result["revenue"]) == (4338, 18532, 891140790)


def test_the_first_decile_is_434_customers_with_61_375_per_cent(result: Result) -> None:
    decile = result["first_decile"]
    assert decile["customers"] == 434
    assert round(100 * decile["revenue_rate"], 3) == 61.375


def test_the_warehouse_holds_every_line_of_the_file(home: Path) -> None:
    shop = open_shop(home / "home")
    counted = "SELECT count(*)::INT AS n FROM purchases WHERE source NOT IN ('shop') AND occurred_at < '2011-12-10'"
    assert shop.warehouse.frame(counted)["n"][0] == 397884
    lines = shop.warehouse.frame(
        "SELECT count(*)::INT AS n, count(node)::INT AS known FROM order_lines WHERE occurred_at < '2011-12-10'"
    )
    shop.close()
    assert lines.rows() == [(541909, 406829)]


def test_rejects_are_the_broken_rows_and_no_others(result: Result) -> None:
    import tempfile  # noqa: PLC0415

    from tenshu.rehearse.demo.files import write_owner_files  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        broken = write_owner_files(Path(folder), customers=10).broken
    assert result["rejects"] == dict(sorted(broken.items()))


def test_every_account_closes(result: Result) -> None:
    assert len(result["outreaches"]) == 3
    for one in result["outreaches"]:
        parts = [one[name] for name in ("sent", "held_out", "failed", "in_doubt", "pending")]
        assert one["planned"] == sum(parts) + sum(one["suppressed"].values())
        assert one["held_out"] > 0


def test_the_mailbox_took_each_sent_mail_once(result: Result) -> None:
    sent = sum(one["sent"] for one in result["outreaches"])
    assert result["mailbox"] == {"mails": sent, "message_ids": sent}


def test_no_mail_went_to_anybody_who_should_have_got_none(home: Path) -> None:
    shop = open_shop(home / "home")
    faults = find_faults(shop)
    shop.close()
    assert faults == []


def test_each_estimate_has_its_interval_and_its_truth(result: Result) -> None:
    for one in result["outreaches"]:
        lift = one["lift"]
        assert lift["low"] <= lift["estimate"] <= lift["high"]
        assert isinstance(lift["truth"], float)


def test_the_report_is_said_in_the_terminals_language(home: Path) -> None:
    assert "お久しぶりの方へのご挨拶" in (home / "said.txt").read_text("utf-8")
    assert "日: " in (home / "progress.txt").read_text("utf-8")
