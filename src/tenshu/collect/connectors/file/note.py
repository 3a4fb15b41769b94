"""What was understood or left out of a file without being told so: each a sentence for its owner."""

from typing import Final

import msgspec

from tenshu.collect.connectors.file.columns.titles import TITLES
from tenshu.kit.i18n import N_, _

#: Code -> what is said. `rows` are numbers of rows as a spreadsheet shows them.
SENTENCES: Final[dict[str, str]] = {
    # Left out.
    "above": N_("Rows above the header are left out: {rows}."),
    "total": N_("Rows of totals are left out: {rows} ({text})."),
    "header_again": N_("Headers that stand again below are left out: rows {rows}."),
    "remark": N_("Rows that only hold a remark are left out: {rows} ({text})."),
    "no_cells": N_("Rows of the list of refused rows that hold none of the row's cells are left out: {rows}."),
    "hidden_sheet": N_("The sheet {sheet} is hidden and not read."),
    "other_sheet": N_("The sheet {sheet} holds no table of customers or purchases and is not read."),
    "several_tables": N_("The sheet {sheet} holds {count} tables; each is read by itself."),
    "chart_sheet": N_("The sheet {sheet} holds a chart and is not read."),
    "comments": N_("Notes attached to cells are not read."),
    "macros": N_("The macros in the workbook are not run and not read."),
    "links": N_("Links to other workbooks are not followed; the values stored in the cells are taken."),
    "summary_sheet": N_(
        "The sheet {sheet} looks like a summary of the others and is not read, so that nothing counts twice."
    ),
    # Taken for granted.
    "two_row_header": N_("The header is two rows high: rows {rows}."),
    "no_header": N_("There is no header; the columns are known by their values alone."),
    "merged_filled": N_("Merged cells count for each of their rows: {columns}."),
    "blank_means_above": N_("A blank cell means the same as the cell above it: {columns}."),
    "amount_spread": N_("An amount that goes for a whole order is spread evenly over its lines: {column}."),
    "amount_counts": N_(
        "Where the amount is less than quantity × unit price, as after a discount, the amount counts: {column}."
    ),
    "unit": N_("One in the column {column} is {unit} yen: the amounts are multiplied by it."),
    "opt_out": N_(
        "The column {column} tells who wants no e-mail: those are noted as stopped. That others did not stop is no "
        "consent and is not taken for one."
    ),
    "paper": N_(
        "The column {column} may be about mail on paper: its no counts for e-mail as well, its yes does not. "
        "Choose the column yourself if it is about e-mail."
    ),
    "date_order": N_(
        "The dates can be read in two ways, as 1/2 for 1 February or for January 2: they are read as {order}."
    ),
    "shared": N_(
        "The same {fields} stands beside different names {count} times, for example: {example}. "
        "Each time it counts as one person."
    ),
    "tax_included": N_("The prices include tax."),
    "tax_excluded": N_("The prices are without tax: tax is added, {rate} %."),
    "tax_by_column": N_("The prices are without tax: tax is added by the column {column}, {rate} % where it is blank."),
    "tax_added": N_("The prices are without tax: the tax in the column {column} is added."),
    "tax_by_row": N_("The column {column} tells which prices include tax; tax is added to the others, {rate} %."),
    "tax_unknown": N_("Nothing says whether the prices include tax; they are taken as they are."),
    "tax_unknown_rate": N_("The prices are without tax; they are taken as they are, because no rate is named."),
    "year_told": N_("Dates without a year: the year {year} is taken, as you said."),
    "year_found": N_("Dates without a year: the year {year} is taken, because {source} says so."),
    "year_beside": N_("Dates without a year in the column {column}: the year of the dates around them is taken."),
    "year_recent": N_("Dates without a year: the last such day before the file came is taken."),
    "year_order": N_("Dates without a year: the years follow from the order of the rows, the last is {year}."),
    "birthday_without_year": N_("Birthdays without a year are kept as month and day."),
    "order_by_time": N_("No order number: an order is one customer's purchases at one time."),
    "order_by_day": N_("No order number: an order is one customer's purchases of one day."),
    "known_by": N_("A person is known by: {fields}."),
    "known_by_name": N_(
        "Who has no number, address or telephone is known by name and postal code together, never by a name alone."
    ),
    "nobody": N_("Nothing tells whose the purchases are: they count as purchases of nobody."),
    "nobody_rows": N_("Purchases that name nobody: {count}. They count in sales, but belong to no customer."),
    "old_mobile": N_(
        "Old mobile addresses, with .. or a dot before the @: {count}. They are kept and marked; "
        "some mail servers refuse them."
    ),
    "unnamed_columns": N_(
        "Columns that mean nothing to us are not taken over unless you choose to keep them: {columns}."
    ),
    "unused_columns": N_("Columns that purchases do not need are left out: {columns}."),
    "encoding": N_("The text is written in {encoding}."),
    "corrected": N_("This is a list of refused rows, corrected: its added columns are left out."),
}


class Note(msgspec.Struct, frozen=True):
    """One thing to tell about a file.

    Attributes:
        code: which sentence, a key of SENTENCES.
        given: what its braces hold; `fields` as names of fields, which the sentence calls by their titles;
            `at` the sheet that it is about, where there are several.
    """

    code: str
    given: dict[str, str] = {}

    @property
    def template(self) -> str:
        """Return the sentence in English, with its braces."""
        return SENTENCES[self.code]

    def text(self, language: str | None = None) -> str:
        """Return the sentence in the language, or in the current one."""
        given = dict(self.given)
        if "fields" in given:
            given["fields"] = ", ".join(_(TITLES[field], language) for field in given["fields"].split(","))
        if "order" in given:
            order = given["order"]
            given["order"] = _(order, language)
        said = _(self.template, language, **given)
        return f"{given['at']}: {said}" if "at" in given else said

    def at(self, sheet: str) -> "Note":
        """Return the note as one of a sheet among others."""
        return Note(self.code, {**self.given, "at": sheet})


def note(code: str, **given: object) -> Note:
    """Return the note with what its braces hold as text.

    >>> note("above", rows="1-3").text("en")
    'Rows above the header are left out: 1-3.'
    """
    return Note(code, {name: str(value) for name, value in given.items()})


def row_ranges(rows: list[int], *, most: int = 6) -> str:
    """Return row numbers as a person lists them; a long list is cut.

    >>> row_ranges([1, 2, 3, 7]), row_ranges([1, 3, 5, 7], most=2)
    ('1-3, 7', '1, 3, ... (4)')
    """
    spans: list[list[int]] = []
    for row in rows:
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    said = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans[:most])
    return said if len(spans) <= most else f"{said}, ... ({len(rows):,})"
