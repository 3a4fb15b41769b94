"""The same file again, an overlapping file, a crash in between: the shop knows each line once."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.collect import importing
from tenshu.collect.connectors.file import StagedImport
from tenshu.collect.importing import import_file, is_imported, list_imports
from tenshu.collect.inbox import waiting
from tenshu.identify import digest as stage_of_digest
from tenshu.identify.digest import clear, digest, finish
from tenshu.store.home import Stores
from tests.unit.collect.connectors.file.support import RECEIVED, facts_of, line, purchases, stage, write_csv
from tests.unit.identify.shops import fresh_stores

LINES = [line(order_no=str(1000 + n // 2), product_id=f"A-{n}", customer_no=str(70 + n // 3)) for n in range(6)]
ROSTER = ("会員番号", "氏名", "メールアドレス", "登録日", "メール配信希望", "同意日")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Stores]:
    stores = fresh_stores(tmp_path / "home")
    yield stores
    stores.close()


def digest_all(stores: Stores) -> int:
    count = 0
    while batch := digest(stores, now=RECEIVED):
        with stores.ledger.writing() as tx:
            finish(tx, batch)
        clear(stores.inbox, batch)
        count += 1
    return count


def bring(stores: Stores, staged: StagedImport) -> bool:
    summary = import_file(stores.inbox, stores.ledger, staged)
    digest_all(stores)
    return summary.is_new


def count(stores: Stores, table: str) -> int:
    return int(stores.warehouse.frame(f"SELECT count(*) AS n FROM {table}")["n"][0])


def test_same_file_again_is_the_same_facts_and_no_request(home: Stores, tmp_path: Path) -> None:
    path = purchases(tmp_path / "a.csv", *LINES, LINES[0])
    first = stage(path)
    keys = facts_of(first)["fact_id"].to_list()
    assert bring(home, first)
    again = stage(path)
    assert facts_of(again)["fact_id"].to_list() == keys
    assert not import_file(home.inbox, home.ledger, again).is_new
    assert waiting(home.inbox) == 0
    assert count(home, "order_lines") == 7


def test_same_lines_under_another_name_and_encoding_are_a_new_import_of_nothing_new(
    home: Stores, tmp_path: Path
) -> None:
    assert bring(home, stage(purchases(tmp_path / "a.csv", *LINES)))
    before = home.warehouse.frame("SELECT * FROM order_lines ORDER BY fact_id")
    header = ("伝票番号", "商品コード", "商品名", "数量", "購入日時", "単価", "会員番号")
    assert bring(home, stage(write_csv(tmp_path / "b.csv", [header, *LINES], "cp932")))
    assert len(list_imports(home.ledger)) == 2
    assert home.warehouse.frame("SELECT * FROM order_lines ORDER BY fact_id").equals(before)


def test_crash_between_the_request_and_the_note_doubles_nothing(
    home: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged = stage(purchases(tmp_path / "a.csv", *LINES, LINES[0]))
    with monkeypatch.context() as patched:
        patched.setattr(importing, "_note", _killed)
        with pytest.raises(InterruptedError):
            import_file(home.inbox, home.ledger, staged)
    assert not is_imported(home.ledger, staged.import_id)
    assert bring(home, staged)  # not noted, so it is handed over again
    assert count(home, "order_lines") == 7
    assert len(list_imports(home.ledger)) == 1


@settings(max_examples=8, deadline=None)
@given(*[st.lists(st.integers(0, 5), min_size=1, max_size=8) for _ in range(3)], st.integers(1, 3))
def test_overlapping_exports_make_up_one_history(
    tmp_path_factory: pytest.TempPathFactory, first: list[int], second: list[int], third: list[int], chunk: int
) -> None:
    folder = tmp_path_factory.mktemp("exports")
    stores = fresh_stores(folder / "home")
    most: Counter[int] = Counter()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stage_of_digest, "CHUNK", chunk)
        for number, which in enumerate((first, second, third, first)):
            bring(stores, stage(purchases(folder / f"{number}.csv", *(LINES[i] for i in which)), kind="purchases"))
            most |= Counter(which)
            # Each export can only add what it tells more often than any before it.
            assert count(stores, "order_lines") == most.total()
    sold = stores.warehouse.frame("SELECT product_id, count(*) AS n FROM order_lines GROUP BY ALL").rows()
    assert dict(sold) == {f"A-{i}": n for i, n in most.items()}
    stores.close()


def test_old_list_told_again_later_does_not_bring_a_consent_back(home: Stores, tmp_path: Path) -> None:
    yes = ("7", "佐藤 花子", "hana@example.jp", "2023/04/01", "○", "2023/04/01")
    no = (*yes[:4], "×", "2023/09/01")
    for name, row in (("march.csv", yes), ("autumn.csv", no), ("march again.csv", yes)):
        staged = stage(write_csv(tmp_path / name, [ROSTER, row]), kind="customers")
        bring(home, staged)
    told = home.warehouse.frame("SELECT properties FROM facts WHERE event = 'consent_recorded' ORDER BY occurred_at")
    assert [json.loads(text)["status"] for text in told["properties"]] == ["granted", "denied"]


def test_list_and_purchases_meet_in_one_customer_whichever_comes_first(tmp_path: Path) -> None:
    roster = stage(write_csv(tmp_path / "r.csv", [ROSTER, ("77", "佐藤 花子", "hana@example.jp", "", "", "")]))
    bought = stage(purchases(tmp_path / "p.csv", *LINES, line(customer_no="77", order_no="5")))
    for number, order in enumerate(((roster, bought), (bought, roster))):
        stores = fresh_stores(tmp_path / f"home{number}")
        for staged in order:
            bring(stores, staged)
        customers = stores.warehouse.frame(
            "SELECT DISTINCT customer FROM customer_facts WHERE event = 'customer_described'"
        )
        hers = stores.warehouse.frame("SELECT order_no FROM orders SEMI JOIN mine USING (customer)", mine=customers)
        assert hers["order_no"].to_list() == ["5"]
        stores.close()


def test_file_of_nothing_but_rejects_is_imported_and_makes_an_empty_batch(home: Stores, tmp_path: Path) -> None:
    staged = stage(purchases(tmp_path / "a.csv", line(quantity="x")), kind="purchases")
    assert import_file(home.inbox, home.ledger, staged).is_new
    assert digest_all(home) == 1
    assert count(home, "facts") == 0
    assert not import_file(home.inbox, home.ledger, staged).is_new


def test_staged_file_from_outside_the_home_is_found_by_its_whole_path(home: Stores, tmp_path: Path) -> None:
    staged = stage(purchases(tmp_path / "a.csv", *LINES))
    assert not staged.facts_path.is_relative_to(home.home)
    assert bring(home, staged)
    assert count(home, "order_lines") == 6


def test_imports_are_listed_in_the_order_in_which_they_came(home: Stores, tmp_path: Path) -> None:
    names = ["c.csv", "a.csv", "b.csv"]
    for day, name in enumerate(names):
        path = purchases(tmp_path / name, line(order_no=name))
        bring(home, stage(path, received_at=RECEIVED + timedelta(days=day)))
    assert [summary.name for _at, summary in list_imports(home.ledger)] == names


def _killed(*_given: object, **_more: object) -> None:
    raise InterruptedError
