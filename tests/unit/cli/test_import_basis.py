"""`tenshu import --basis`: a ground for the silent, with a reason, and never against a no."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tenshu.bootstrap import Shop, open_shop
from tenshu.collect.importing import noted_imports
from tenshu.identify.tables import node_map
from tenshu.privacy.consent import read_effective
from tests.unit.cli.terminal import refusal, told, type_in
from tests.unit.collect.connectors.file.support import write_book, write_csv

ROSTER: list[list[object]] = [
    ["会員番号", "氏名", "メールアドレス", "メール配信希望"],
    ["1", "佐藤 花子", "sato@example.jp", "○"],
    ["2", "田中 実", "tanaka@example.jp", "×"],
    ["3", "高橋 葵", "takahashi@example.jp", ""],
]
LINES: list[list[object]] = [
    ["注文番号", "購入日", "会員番号", "商品名", "数量", "金額"],
    ["A-1", "2026-05-01", "3", "花束", 1, 3000],
]
STATED = ("--basis", "business_relation", "--reason", "この一年に買った方", "--yes")


@contextmanager
def opened(home: Path) -> Iterator[Shop]:
    shop = open_shop(home)
    try:
        yield shop
    finally:
        shop.close()


def granted(home: Path) -> list[tuple[str, str]]:
    """Return status and basis of everybody with a word, in order."""
    with opened(home) as shop, shop.ledger.reading() as tx:
        return sorted(read_effective(tx, None, node_map).select("status", "basis").rows())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_the_basis_is_stated_for_the_silent_alone(tmp_path: Path, home: Path) -> None:
    said = told("import", write_csv(tmp_path / "r.csv", ROSTER), "--home", home, *STATED)
    assert "does not say of 1 person whether they may be written to: your basis is noted for them" in said
    assert granted(home) == [("denied", "opt_in"), ("granted", "business_relation"), ("granted", "opt_in")]


def test_without_a_basis_the_silent_are_said_not_to_be_written_to(tmp_path: Path, home: Path) -> None:
    said = told("import", write_csv(tmp_path / "r.csv", ROSTER), "--home", home, "--yes")
    assert "does not say of 1 person whether they may be written to. Nothing is noted" in said
    assert len(granted(home)) == 2


def test_purchases_leave_it_as_it_is_who_may_be_written_to(tmp_path: Path, home: Path) -> None:
    told("import", write_csv(tmp_path / "r.csv", ROSTER), "--home", home, "--yes")
    said = told("import", write_csv(tmp_path / "o.csv", LINES), "--home", home, "--yes")
    assert "tells of purchases of 1 person, and nothing of mail: whether they may be written to stays as it is" in said
    assert "Nothing is noted" not in said
    assert len(granted(home)) == 2


def test_a_basis_comes_with_a_reason_or_nothing_is_read(tmp_path: Path, home: Path) -> None:
    path = write_csv(tmp_path / "r.csv", ROSTER)
    assert "what this rests on" in refusal("import", path, "--home", home, "--yes", "--basis", "opt_in")
    assert "根拠の内容" in refusal("import", path, "--home", home, "--yes", "--basis", "opt_in", language="ja")
    assert not home.exists()


def test_a_basis_that_there_is_not_is_refused_with_those_there_are(tmp_path: Path, home: Path) -> None:
    result = type_in("import", write_csv(tmp_path / "r.csv", ROSTER), "--home", home, "--basis", "because")
    assert result.exit_code == 2
    assert "published_address" in result.output


def test_a_workbook_of_customers_and_purchases_is_taken_whole(tmp_path: Path, home: Path) -> None:
    book = write_book(tmp_path / "全部.xlsx", {"顧客": ROSTER, "購入": LINES})
    said = told("import", book, "--home", home, *STATED, "--json", tmp_path / "done.json")
    assert "全部.xlsx: 3 rows, 3 taken, 0 refused." in said
    assert "全部.xlsx: 1 row, 1 taken, 0 refused." in said
    done = json.loads((tmp_path / "done.json").read_text())
    assert [each["kind"] for each in done] == ["customers", "purchases"]
    assert [each["origin"]["granted"] for each in done] == [1, 0]  # 高橋 is told of by both, and once


def test_one_kind_of_a_workbook_can_be_asked_for(tmp_path: Path, home: Path) -> None:
    book = write_book(tmp_path / "全部.xlsx", {"顧客": ROSTER, "購入": LINES})
    told("import", book, "--home", home, "--kind", "purchases", "--yes")
    with opened(home) as shop:
        assert [each.summary.kind for each in noted_imports(shop.ledger)] == ["purchases"]


def test_the_day_of_the_basis_is_kept_with_it(tmp_path: Path, home: Path) -> None:
    told("import", write_csv(tmp_path / "r.csv", ROSTER), "--home", home, *STATED, "--since", "2026-04-01")
    with opened(home) as shop:
        kept = shop.warehouse.frame(
            "SELECT properties FROM facts WHERE event = 'consent_recorded' AND properties LIKE '%business_relation%'"
        )
    assert json.loads(kept["properties"][0])["proof"]["on"] == "2026-04-01"


def test_nothing_staged_is_left_behind(tmp_path: Path, home: Path) -> None:
    told("import", write_csv(tmp_path / "r.csv", ROSTER), "--home", home, *STATED)
    assert not list((home / "imports").glob("*.parquet"))


def test_stated_again_it_changes_nothing_and_with_another_reason_it_is_another_import(
    tmp_path: Path, home: Path
) -> None:
    path = write_csv(tmp_path / "r.csv", ROSTER)
    told("import", path, "--home", home, *STATED)
    assert "imported before" in told("import", path, "--home", home, *STATED)
    told("import", path, "--home", home, "--basis", "opt_in", "--reason", "申込書", "--yes")
    with opened(home) as shop:
        assert len(noted_imports(shop.ledger)) == 2
