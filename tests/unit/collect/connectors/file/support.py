"""Write small files and stage them, for the tests of this room."""

import csv
import json
from collections.abc import Mapping as Named
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl
import xlsxwriter

from tenshu.collect.connectors.file import Choice, Looked, Mapping, StagedImport, look_at, stage_file, stage_tables

RECEIVED: Final = datetime(2024, 6, 1, 3, 0, tzinfo=UTC)
PURCHASE_HEADER: Final = ("伝票番号", "商品コード", "商品名", "数量", "購入日時", "単価", "会員番号")
LINE: Final = ("1001", "A-1", "花束", "2", "2024/05/01 10:00", "1,500", "77")


def write_text(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write the text byte for byte."""
    path.write_bytes(text.encode(encoding))
    return path


def write_csv(path: Path, rows: Sequence[Sequence[object]], encoding: str = "utf-8") -> Path:
    """Write rows as a spreadsheet program would."""
    with path.open("w", encoding=encoding, newline="") as handle:
        csv.writer(handle).writerows(rows)
    return path


def write_book(path: Path, sheets: Named[str, Sequence[Sequence[Any]]]) -> Path:
    """Write a workbook; datetimes become dates of the spreadsheet."""
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy/mm/dd hh:mm", "remove_timezone": True})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return path


def purchases(path: Path, *lines: Sequence[object], header: Sequence[str] = PURCHASE_HEADER) -> Path:
    """Write a file of purchases."""
    return write_csv(path, [header, *lines])


def line(**changes: str) -> list[str]:
    """Return the usual line with some cells changed, named as the fields are."""
    names = ("order_no", "product_id", "description", "quantity", "ordered_at", "unit_price", "customer_no")
    return [changes.get(name, cell) for name, cell in zip(names, LINE, strict=True)]


def stage(
    path: Path,
    *,
    kind: str | None = None,
    mapping: Mapping | None = None,
    currency: str = "JPY",
    zone: str = "Asia/Tokyo",
    received_at: datetime = RECEIVED,
) -> StagedImport:
    """Stage the file beside itself."""
    return stage_file(
        path,
        shop_zone=zone,
        currency=currency,
        received_at=received_at,
        folder=path.parent / "staged",
        kind=kind,
        mapping=mapping,
    )


def stage_all(path: Path, *choices: Choice, received_at: datetime = RECEIVED) -> dict[str, StagedImport]:
    """Stage every table of the file beside itself: kind -> staged import."""
    staged = stage_tables(
        path,
        shop_zone="Asia/Tokyo",
        currency="JPY",
        received_at=received_at,
        folder=path.parent / "staged",
        choices=choices or None,
    )
    return {each.kind: each for each in staged}


def look(path: Path, *, received_at: datetime = RECEIVED) -> Looked:
    """Look into the file."""
    return look_at(path, shop_zone="Asia/Tokyo", currency="JPY", received_at=received_at)


def codes_of(staged: StagedImport) -> set[str]:
    """Return the codes of what is said about the file."""
    return {each.code for each in staged.notes}


def traits_of(staged: StagedImport) -> list[dict[str, Any]]:
    """Return what is stated about each person, in the order of the file."""
    facts = facts_of(staged).filter(pl.col("event") == "customer_described")
    return [json.loads(properties)["traits"] for properties in facts["properties"]]


def facts_of(staged: StagedImport) -> pl.DataFrame:
    """Return the staged facts."""
    return pl.read_parquet(staged.facts_path)


def rejects_of(staged: StagedImport) -> list[tuple[int, str, str, str]]:
    """Return (row, column, value, reason) of each refused cell."""
    with staged.rejects_path.open(encoding="utf-8-sig", newline="") as handle:
        return [(int(row[2]), row[3], row[4], row[5]) for row in list(csv.reader(handle))[1:]]
