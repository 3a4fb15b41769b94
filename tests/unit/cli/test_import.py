"""`tenshu import` takes files over, asks when somebody is there to answer, and says what it did."""

import json
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner, Result

from tenshu import flow
from tenshu.bootstrap import Shop, open_shop
from tenshu.cli.main import cli
from tests.unit.collect.connectors.file.support import line, purchases, write_book, write_csv

ROSTER = [["会員番号", "氏名", "メールアドレス", "メール配信希望"], ["77", "佐藤 花子", "hanako@example.jp", "○"]]


def run(*arguments: str, language: str = "en") -> Result:
    return CliRunner().invoke(cli, ["--language", language, "import", *arguments])


def lines_in(home: Path) -> pl.DataFrame:
    shop = open_shop(home)
    try:
        return shop.warehouse.frame("SELECT * FROM order_lines")
    finally:
        shop.close()


def facts_in(home: Path) -> list[tuple[str, int]]:
    shop = open_shop(home)
    try:
        return shop.warehouse.frame("SELECT event, count(*) AS facts FROM facts GROUP BY event ORDER BY event").rows()
    finally:
        shop.close()


def test_files_become_facts_of_a_new_home(tmp_path: Path) -> None:
    book = write_book(tmp_path / "名簿.xlsx", {"S": ROSTER})
    sales = purchases(tmp_path / "購入.csv", line(), line(order_no="2"), line(quantity="x"))
    told = run(str(book), str(sales), "--home", str(tmp_path / "home"), "--yes")
    assert told.exit_code == 0, told.output
    assert "名簿.xlsx: 1 row, 1 taken, 0 refused." in told.output
    assert "購入.csv: 3 rows, 2 taken, 1 refused." in told.output
    assert lines_in(tmp_path / "home").height == 2
    assert facts_in(tmp_path / "home")[0] == ("consent_recorded", 1)


def test_rows_of_both_files_meet_in_one_customer(tmp_path: Path) -> None:
    roster = write_csv(tmp_path / "r.csv", ROSTER)
    run(str(roster), str(purchases(tmp_path / "p.csv", line())), "--home", str(tmp_path / "home"), "--yes")
    shop = open_shop(tmp_path / "home")
    customers = shop.warehouse.frame("SELECT DISTINCT event, customer FROM customer_facts ORDER BY event")
    shop.close()
    assert {"customer_described", "product_purchased"} <= set(customers["event"])
    assert customers["customer"].n_unique() == 1


def test_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    sales, home = purchases(tmp_path / "p.csv", line(), line()), str(tmp_path / "home")
    run(str(sales), "--home", home, "--yes")
    before = facts_in(tmp_path / "home")
    again = run(str(sales), "--home", home, "--yes")
    assert "imported before; nothing was changed" in again.output
    assert facts_in(tmp_path / "home") == before


def test_overlapping_exports_count_each_line_once(tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    run(str(purchases(tmp_path / "may.csv", line(), line(order_no="2"))), "--home", home, "--yes")
    run(str(purchases(tmp_path / "june.csv", line(order_no="2"), line(order_no="3"))), "--home", home, "--yes")
    assert sorted(lines_in(tmp_path / "home")["order_no"]) == ["1001", "2", "3"]


def test_json_tells_what_was_imported(tmp_path: Path) -> None:
    sales, told = purchases(tmp_path / "p.csv", line(), line(ordered_at="?")), tmp_path / "told.json"
    run(str(sales), "--home", str(tmp_path / "home"), "--yes", "--json", str(told))
    (summary,) = json.loads(told.read_text())
    assert (summary["rows"], summary["accepted"], summary["rejects"]) == (2, 1, {"bad_date": 1})
    assert Path(summary["rejects_file"]).exists()


def test_columns_are_shown_with_how_sure_they_are(tmp_path: Path) -> None:
    told = run(str(purchases(tmp_path / "p.csv", line())), "--home", str(tmp_path / "home"), "--yes", language="ja")
    assert "購入(確度 100%)" in told.output
    assert "伝票番号" in told.output


def test_language_of_the_command_is_the_users(tmp_path: Path) -> None:
    told = run(str(tmp_path / "none.csv"), "--home", str(tmp_path / "home"), language="ja")
    assert told.exit_code != 0
    assert "ファイル none.csv が見つかりません" in told.output


def test_mapping_file_names_the_columns(tmp_path: Path) -> None:
    mapping = tmp_path / "map.json"
    columns = {"order_no": "a", "ordered_at": "b", "amount": "c", "customer_no": "d"}
    mapping.write_text(json.dumps({"kind": "purchases", "columns": columns}))
    sales = write_csv(tmp_path / "p.csv", [["a", "b", "c", "d"], ["1", "2024-05-01", "500", "7"]])
    told = run(str(sales), "--home", str(tmp_path / "home"), "--map", str(mapping), "--yes")
    assert told.exit_code == 0, told.output
    assert lines_in(tmp_path / "home")["amount"].to_list() == [500]


@pytest.mark.parametrize("broken", ["b.csv", "none.csv"])
def test_one_file_that_cannot_be_read_stops_all_before_anything_is_changed(tmp_path: Path, broken: str) -> None:
    (tmp_path / "b.csv").write_text("気温,湿度\n20,50\n21,51\n")
    sales = purchases(tmp_path / "p.csv", line())
    told = run(str(sales), str(tmp_path / broken), "--home", str(tmp_path / "home"), "--yes")
    assert told.exit_code != 0
    assert facts_in(tmp_path / "home") == []


def test_facts_of_people_lie_in_no_file_after_they_are_digested(tmp_path: Path) -> None:
    run(str(write_csv(tmp_path / "r.csv", ROSTER)), "--home", str(tmp_path / "home"), "--yes")
    left = [path for path in (tmp_path / "home" / "imports").iterdir() if path.suffix == ".parquet"]
    assert left == []


def test_an_import_that_lacks_memory_is_done_again_with_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sales = purchases(tmp_path / "p.csv", line(), line(order_no="2"))
    limits: list[str] = []
    digest_all = flow.digest_all

    def narrow(shop: Shop, **given: Any) -> int:
        limits.append(shop.warehouse.frame("SELECT current_setting('memory_limit') AS most").item())
        if len(limits) == 1:
            raise duckdb.OutOfMemoryException("no room")
        return digest_all(shop, **given)

    monkeypatch.setattr(flow, "digest_all", narrow)
    told = run(str(sales), "--home", str(tmp_path / "home"), "--yes")
    assert told.exit_code == 0, told.output
    assert limits == ["45.7 MiB", "1.8 GiB"]  # 48 MB and 2 GB, as the engine says it
    assert lines_in(tmp_path / "home").height == 2
