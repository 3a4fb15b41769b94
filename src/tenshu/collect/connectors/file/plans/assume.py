"""What is taken for granted about a table that does not say it, each with its sentence.

The year of days without one, what blanks below an order's first line mean, whether prices include tax, what an order is
where nothing numbers it, and whom a row is about where nothing numbers people.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from tenshu.collect.connectors.file.columns.about import is_paper, says_no
from tenshu.collect.connectors.file.columns.fields import CUSTOMERS, PURCHASES, header_key
from tenshu.collect.connectors.file.columns.shared import shared_notes
from tenshu.collect.connectors.file.layout import filled
from tenshu.collect.connectors.file.layout.filled import Fills, find_fills
from tenshu.collect.connectors.file.layout.table import Table
from tenshu.collect.connectors.file.note import Note, note
from tenshu.collect.connectors.file.plans.amounts import amount_counts, lacks_tax, unit_of
from tenshu.collect.connectors.file.plans.spread import Spread, find_spread
from tenshu.collect.connectors.file.plans.tax import Tax, find_tax, says_included
from tenshu.collect.connectors.file.plans.terms import ShopTerms
from tenshu.collect.connectors.file.plans.years import Years, find_years
from tenshu.kit.dates import parse_month_day

#: Days that may be given the year around them. A consent's day proves something, so nothing is added to it.
_DAYS: Final = {PURCHASES: ("ordered_at",), CUSTOMERS: ("joined_on", "updated_on")}
#: So many columns are named that are left out.
_NAMED: Final = 12
_PRICES: Final[tuple[str, ...]] = ("unit_price", "amount")
_KNOWN_BY: Final = ("customer_no", "member_no", "email", "phone")


class Assumed(msgspec.Struct, frozen=True):
    """What is taken for granted.

    Attributes:
        columns: field -> columns (from 0), without those that another one makes needless.
        fills: what is filled from above.
        years: column of days -> their years.
        tax: how prices become prices with tax.
        spread: amounts that go for several rows each.
        notes: the sentences.
        amount_counts: whether an amount that is less than quantity times unit price counts.
        units: field -> how many units of the currency one of its column is.
    """

    columns: dict[str, list[int]]
    fills: Fills
    years: dict[int, Years]
    tax: Tax
    spread: Spread | None = None
    notes: tuple[Note, ...] = ()
    amount_counts: bool = False
    units: dict[str, int] = {}


def assume(
    table: Table,
    kind: str,
    columns: Mapping[str, Sequence[int]],
    *,
    name: str,
    terms: ShopTerms,
    options: Mapping[str, str],
    kept_own: Collection[int] = (),
) -> Assumed:
    """Return what is taken for granted about a table.

    Args:
        table: the table.
        kind: customers or purchases.
        columns: which columns (from 0) mean a field.
        name: the file's name, which may name a year.
        terms: the shop's zone, and when the file came.
        options: what the owner of the file says about it (see `choice.OPTIONS`).
        kept_own: columns that the owner keeps under names of their own.
    """
    kept = {field: list(numbers) for field, numbers in columns.items()}
    cells = table.sample() or [[] for _name in table.header.names]
    fills = find_fills(table, kind, kept, guess=options.get("fill") != "no")
    notes = [*_header_notes(table), *filled.notes_of(fills, table.header.names)]
    years, about_years = _years(table, kind, kept, name=name, terms=terms, told=options.get("year", ""))
    notes += about_years
    units: dict[str, int] = {}
    tax, spread, counts = Tax(), None, False
    if kind == PURCHASES:
        kept = _with_tax_told(kept, table.header.names, cells)
        counts, is_less = amount_counts(kept, cells, table.header.names)
        notes += [note("amount_counts", column=table.header.names[kept["amount"][0]])] if is_less else []
        units = {
            field: unit_of(table.header.names[kept[field][0]]) for field in ("unit_price", "amount") if field in kept
        }
        notes += [
            note("unit", column=table.header.names[kept[field][0]], unit=f"{unit:,}")
            for field, unit in units.items()
            if unit > 1
        ]
        tax, about_tax = find_tax(
            table.header.names,
            kept,
            cells,
            above=table.header.above,
            options=options,
            currency=terms.currency,
        )
        notes += [about_tax] if about_tax else []
        notes += _order_notes(kept, cells)
        spread = find_spread(table, kept) if options.get("fill") != "no" else None
        notes += [note("amount_spread", column=table.header.names[spread.amount])] if spread else []
    notes += [*_people_notes(kind, kept), *shared_notes(table, kept)]
    notes += _unused(table, kind, {number for numbers in columns.values() for number in numbers} | set(kept_own))
    if kind == CUSTOMERS:
        notes += _consent_notes(kept, table.header.names)
    if kind == CUSTOMERS and any(parse_month_day(cell or "") for cell in _cells(cells, kept.get("birthday"))):
        notes.append(note("birthday_without_year"))
    return Assumed(kept, fills, years, tax, spread, tuple(notes), amount_counts=counts, units=units)


def _consent_notes(columns: Mapping[str, Sequence[int]], names: Sequence[str]) -> list[Note]:
    asked = [number for number in columns.get("consent", ()) if says_no(header_key(names[number]))]
    notes = [note("opt_out", column=names[number]) for number in (*asked, *columns.get("opt_out", ()))]
    paper = [number for number in columns.get("consent", ()) if is_paper(header_key(names[number]))]
    return [*notes, *(note("paper", column=names[number]) for number in paper)]


def _cells(cells: Sequence[Sequence[str | None]], numbers: Sequence[int] | None) -> Sequence[str | None]:
    return cells[numbers[0]] if numbers else []


def _header_notes(table: Table) -> list[Note]:
    header = table.header
    if header.rows == 2:
        return [note("two_row_header", rows=f"{header.row - 1}-{header.row}")]
    return [] if header.row else [note("no_header")]


def _years(
    table: Table, kind: str, columns: Mapping[str, Sequence[int]], *, name: str, terms: ShopTerms, told: str
) -> tuple[dict[int, Years], list[Note]]:
    received = terms.received_at.astimezone(ZoneInfo(terms.zone)).date()
    years, notes = {}, []
    for field in _DAYS[kind]:
        if field not in columns:
            continue
        place = (*table.header.above, table.sheet, name)
        found = find_years(table, columns[field][0], place=place, received=received, told=told)
        if found:
            years[columns[field][0]] = found[0]
            notes.append(found[1])
    return years, notes


def _with_tax_told(
    columns: dict[str, list[int]], names: Sequence[str], cells: Sequence[Sequence[str | None]]
) -> dict[str, list[int]]:
    """Return the columns without a unit price that lacks tax where an amount beside it has it."""
    if "unit_price" not in columns or "amount" not in columns:
        return columns
    price, amount = (says_included(names[columns[field][0]]) for field in ("unit_price", "amount"))
    is_told = price is False and amount is True
    is_seen = price is None and amount is not False and lacks_tax(columns, cells)
    if is_told or is_seen:
        return {field: numbers for field, numbers in columns.items() if field != "unit_price"}
    return columns


def _order_notes(columns: Mapping[str, Sequence[int]], cells: Sequence[Sequence[str | None]]) -> list[Note]:
    if "order_no" in columns:
        return []
    has_clock = "ordered_time" in columns or any(
        ":" in (cell or "") or "時" in (cell or "") for cell in _cells(cells, columns.get("ordered_at"))
    )
    return [note("order_by_time" if has_clock else "order_by_day")]


def _unused(table: Table, kind: str, used: set[int]) -> list[Note]:
    names = [name for number, name in enumerate(table.header.names) if number not in used | table.blank]
    if not names or not table.header.row:
        return []
    said = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
    return [note("unnamed_columns" if kind == CUSTOMERS else "unused_columns", columns=said)]


def _people_notes(kind: str, columns: Mapping[str, Sequence[int]]) -> list[Note]:
    known = [field for field in _KNOWN_BY if field in columns]
    notes = [note("known_by", fields=",".join(known))] if known else []
    has_name = ("full_name" in columns or "last_name" in columns) and "postal_code" in columns
    if has_name and (not known or kind == PURCHASES):
        notes.append(note("known_by_name"))
    if kind == PURCHASES and not known and not has_name:
        notes.append(note("nobody"))
    return notes
