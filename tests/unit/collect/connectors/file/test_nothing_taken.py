"""A file of which no row goes in: the import says so, and the home goes on as before."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tenshu import flow
from tenshu.bootstrap import Shop
from tenshu.cli.import_ import import_files
from tenshu.collect.connectors.file import StagedImport
from tenshu.collect.connectors.file.errors import EmptyFile
from tenshu.collect.importing import ImportSummary, import_file, list_imports
from tenshu.collect.inbox import waiting
from tenshu.testing.small_shop import MONDAY, open_small_shop, tick
from tests.unit.collect.connectors.file.support import PURCHASE_HEADER, line, purchases, stage, write_book, write_csv

PEOPLE = ("会員番号", "氏名", "メールアドレス")
Write = Callable[[Path], Path]

HEADERS_ALONE: dict[str, Write] = {
    "purchases": lambda home: purchases(home / "a.csv"),
    "people": lambda home: write_csv(home / "b.csv", [PEOPLE]),
    "below a title": lambda home: write_csv(home / "c.csv", [["名簿"], PEOPLE]),
    "one column": lambda home: write_csv(home / "d.csv", [["メールアドレス"]]),
    "workbook": lambda home: write_book(home / "e.xlsx", {"売上": [PURCHASE_HEADER]}),
    "workbook below a title": lambda home: write_book(home / "f.xlsx", {"名簿": [["名簿"], PEOPLE]}),
}
ALL_REFUSED: dict[str, Write] = {
    "numbers": lambda home: purchases(home / "a.csv", line(quantity="x"), line(quantity="1e99")),
    "days": lambda home: purchases(home / "b.csv", line(ordered_at="1850/01/01"), line(ordered_at="きのう")),
    "widths": lambda home: purchases(home / "c.csv", line()[:3], line()[:2]),
    "people": lambda home: write_csv(home / "d.csv", [PEOPLE, ["", "佐藤", ""], ["", "鈴木", "x"]]),
    "workbook": lambda home: write_book(
        home / "e.xlsx", {"売上": [PURCHASE_HEADER, line(quantity="x"), line(quantity="y")]}
    ),
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened, _clock = open_small_shop(tmp_path / "home")
    yield opened
    opened.close()


def bring(shop: Shop, staged: StagedImport) -> ImportSummary:
    summary = import_file(shop.inbox, shop.ledger, staged)
    flow.digest_all(shop, now=shop.clock.now())
    return summary


def lines(shop: Shop) -> int:
    return int(shop.warehouse.frame("SELECT count(*) AS n FROM order_lines")["n"][0])


def test_header_alone_is_an_import_of_no_rows(shop: Shop, tmp_path: Path) -> None:
    for number, write in enumerate(HEADERS_ALONE.values(), 1):
        summary = bring(shop, stage(write(tmp_path), received_at=MONDAY))
        assert (summary.is_new, summary.rows, summary.accepted, summary.facts) == (True, 0, 0, 0)
        assert (summary.rejects, summary.rejects_file) == ({}, None)
        assert len(list_imports(shop.ledger)) == number


def test_file_of_refused_rows_is_an_import_that_lists_them(shop: Shop, tmp_path: Path) -> None:
    for write in ALL_REFUSED.values():
        summary = bring(shop, stage(write(tmp_path), received_at=MONDAY))
        assert (summary.is_new, summary.rows, summary.accepted, summary.facts) == (True, 2, 0, 0)
        assert sum(summary.rejects.values()) == 2
        assert summary.rejects_file is not None
        assert len(Path(summary.rejects_file).read_text(encoding="utf-8-sig").splitlines()) >= 3


def test_shop_goes_on_after_files_without_a_good_row(shop: Shop, tmp_path: Path) -> None:
    before = lines(shop)
    for write in (*HEADERS_ALONE.values(), *ALL_REFUSED.values()):
        import_file(shop.inbox, shop.ledger, stage(write(tmp_path), received_at=MONDAY))
    flow.digest_all(shop, now=MONDAY)
    assert (waiting(shop.inbox), lines(shop)) == (0, before)
    assert tick(shop).batches == 0
    good = bring(shop, stage(purchases(tmp_path / "good.csv", line(customer_no="S-1")), received_at=MONDAY))
    assert (good.accepted, lines(shop)) == (1, before + 1)


def test_bad_files_between_good_ones_hold_up_nothing(shop: Shop, tmp_path: Path) -> None:
    before = lines(shop)
    writes: list[Write] = [
        HEADERS_ALONE["purchases"],
        lambda home: purchases(home / "one.csv", line(order_no="1")),
        ALL_REFUSED["numbers"],
        lambda home: purchases(home / "two.csv", line(order_no="2")),
    ]
    for write in writes:
        import_file(shop.inbox, shop.ledger, stage(write(tmp_path), received_at=MONDAY))
    flow.digest_all(shop, now=MONDAY)
    assert (waiting(shop.inbox), lines(shop)) == (0, before + 2)


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (HEADERS_ALONE["purchases"], "a.csv: 0 rows, 0 taken, 0 refused."),
        (HEADERS_ALONE["workbook"], "e.xlsx: 0 rows, 0 taken, 0 refused."),
        (ALL_REFUSED["numbers"], "a.csv: 2 rows, 0 taken, 2 refused."),
    ],
)
def test_first_import_of_a_new_home_may_be_of_nothing(tmp_path: Path, write: Write, sentence: str) -> None:
    home = tmp_path / "home"
    said = CliRunner().invoke(import_files, [str(write(tmp_path)), "--home", str(home), "--yes"])
    assert (said.exit_code, said.exception) == (0, None)
    assert sentence in said.output
    good = CliRunner().invoke(
        import_files, [str(purchases(tmp_path / "good.csv", line())), "--home", str(home), "--yes"]
    )
    assert "good.csv: 1 row, 1 taken, 0 refused." in good.output


def test_header_alone_beside_a_filled_sheet_is_left_out(tmp_path: Path) -> None:
    staged = stage(write_book(tmp_path / "a.xlsx", {"空": [PURCHASE_HEADER], "5月": [PURCHASE_HEADER, line()]}))
    assert (staged.sheets, staged.accepted) == (["5月"], 1)


def test_workbook_without_a_filled_cell_is_still_told_as_empty(tmp_path: Path) -> None:
    with pytest.raises(EmptyFile):
        stage(write_book(tmp_path / "a.xlsx", {"空": [["", ""]]}))
