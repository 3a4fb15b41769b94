"""Turn the text cells of some rows into values, and note what cannot be read.

Whole columns at a time: a value that stands in many rows is read once.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import polars as pl

from tenshu.collect.reject import REJECT_SCHEMA, Reason, no_rejects
from tenshu.kit.japanese import KEPT_MARKS, PLACEHOLDERS, keep_marks

#: Between telephone numbers of several columns.
_OR: Final = " / "
_CONTROL: Final = "[\x00-\x08\x0e-\x1f\x7f]"
_BROKEN: Final = "\ufffd"
_BLANK: Final[frozenset[str]] = frozenset()
_DASH: Final = frozenset("-")


class Reading:
    """Some rows of a table on their way to facts.

    Args:
        chunk: columns `row`, c0, c1, ...
        columns: which of them (counted from 0) mean a field; several are joined with a space.
        names: the header's names, for the list of rejects.
        as_written: fields in which a placeholder such as 無し is a word like any other.
        named: fields that name things, in which only a dash says nothing: なし is a pear.
        kept: fields for people to read, in which ①, ㈱ and the kanji of a name stay as they are written.
    """

    def __init__(
        self,
        chunk: pl.DataFrame,
        columns: Mapping[str, Sequence[int]],
        names: Sequence[str],
        *,
        as_written: Sequence[str] = (),
        named: Sequence[str] = (),
        kept: Sequence[str] = (),
    ) -> None:
        self.rows = chunk["row"]
        self._labels = {field: names[numbers[0]] for field, numbers in columns.items()}
        self._given = chunk.select(_joined(field, numbers).alias(field) for field, numbers in columns.items())
        self._faults: list[pl.DataFrame] = []
        self._kept = frozenset(kept)
        nothing = dict.fromkeys(columns, PLACEHOLDERS) | dict.fromkeys(as_written, _BLANK) | dict.fromkeys(named, _DASH)
        self.texts = pl.DataFrame([self._one_form(field, nothing=nothing[field]) for field in columns])

    def _one_form(self, field: str, *, nothing: frozenset[str]) -> pl.Series:
        """Return the field's texts in their one form; refuse what holds no characters. Each text is looked at once."""
        given = self._given[field]
        cell = pl.col("given")
        table = pl.DataFrame({"given": given.unique()}).with_columns(
            _plain(cell, nothing).alias("plain"),
            cell.str.contains(_CONTROL).alias("control"),
            cell.str.contains(_BROKEN, literal=True).alias("broken"),
        )
        if field in self._kept:
            table = table.with_columns(_as_written(table))
        joined = given.to_frame("given").join(table, on="given", how="left", maintain_order="left")
        self.refuse(field, joined["control"], Reason.CONTROL_CHARACTER)
        self.refuse(field, joined["broken"], Reason.UNREADABLE_TEXT)
        return joined["plain"].alias(field)

    def has(self, field: str) -> bool:
        """Say whether the table has that field."""
        return field in self._labels

    def text(self, field: str) -> pl.Series:
        """Return the field's text in its one form; null where the cell is blank or the table has no such field."""
        if self.has(field):
            return self.texts[field]
        return pl.Series(field, [None], dtype=pl.String).new_from_index(0, len(self.rows))

    def blank(self, field: str, pattern: str) -> None:
        """Take cells that match the pattern for blank ones."""
        if self.has(field):
            cell = pl.col(field)
            self.texts = self.texts.with_columns(pl.when(~cell.str.contains(pattern)).then(cell).alias(field))

    def read(self, field: str, convert: Callable[[str], Any], dtype: pl.DataType, reason: Reason | None) -> pl.Series:
        """Return the field's values; a cell that `convert` takes for None is refused for the reason, if any."""
        texts = self.text(field)
        values = converted(texts, convert, dtype)
        if reason is not None and self.has(field):
            self.refuse(field, texts.is_not_null() & values.is_null(), reason)
        return values

    def need(self, field: str) -> None:
        """Refuse rows whose cell is blank."""
        self.refuse(field, self.text(field).is_null(), Reason.MISSING_VALUE)

    def refuse(self, field: str, broken: pl.Series, reason: Reason) -> None:
        """Refuse the rows that are true in `broken` for what stands in the field."""
        broken = broken.fill_null(value=False)
        if not broken.any():
            return
        label = self._labels.get(field, "")
        given = self._given[field] if self.has(field) else self.text(field)
        cells = {"row": self.rows, "column": label, "value": given, "reason": str(reason)}
        self._faults.append(pl.DataFrame(cells, schema=REJECT_SCHEMA).filter(broken))

    def accepted(self) -> pl.Series:
        """Return true for each row that nothing was refused in."""
        if not self._faults:
            return pl.Series([True], dtype=pl.Boolean).new_from_index(0, len(self.rows))
        return ~self.rows.is_in(pl.concat(self._faults)["row"].unique().implode())

    def rejects(self) -> pl.DataFrame:
        """Return the refused cells in the order of their rows, one reason a cell."""
        if not self._faults:
            return no_rejects()
        return (
            pl.concat(self._faults)
            .unique(["row", "column"], keep="first", maintain_order=True)
            .sort("row", maintain_order=True)
        )


def converted(texts: pl.Series, convert: Callable[[str], Any], dtype: pl.DataType) -> pl.Series:
    """Return the converted texts; each distinct text is converted once, None stays null."""
    distinct = texts.drop_nulls().unique()
    values = pl.Series("value", [convert(text) for text in distinct.to_list()], dtype=dtype)
    table = pl.DataFrame({"text": distinct, "value": values})
    return texts.to_frame("text").join(table, on="text", how="left", maintain_order="left")["value"].alias(texts.name)


def _as_written(table: pl.DataFrame) -> pl.Series:
    """Return the plain texts, with the marks and kanji that the one form would change where a text has any."""
    has_marks = pl.col("plain").is_not_null() & pl.col("given").str.contains(KEPT_MARKS)
    marked = table.filter(has_marks)["given"]
    if marked.is_empty():
        return table["plain"]
    kept = pl.DataFrame({"given": marked, "kept": [keep_marks(text) for text in marked.to_list()]})
    both = table.join(kept, on="given", how="left", maintain_order="left")
    return both.select(pl.coalesce("kept", "plain").alias("plain"))["plain"]


def _joined(field: str, numbers: Sequence[int]) -> pl.Expr:
    """Return the cells of several columns as one: of addresses for mail the first, the parts of anything else."""
    cells = [pl.col(f"c{number}").fill_null("") for number in numbers]
    if field == "email":
        return pl.coalesce(*(pl.when(cell.str.strip_chars() != "").then(cell) for cell in cells), pl.lit(""))
    if field == "phone" and len(cells) > 1:
        # Parts of one number or several numbers: either way something stands between them.
        told = [pl.when(cell.str.strip_chars() != "").then(cell) for cell in cells]
        return pl.concat_str(told, separator=_OR, ignore_nulls=True)
    # A day in three columns: year, month, day.
    return pl.concat_str(cells, separator="/" if field == "ordered_at" else " ")


def _plain(column: pl.Expr, nothing: frozenset[str]) -> pl.Expr:
    text = column.str.normalize("NFKC").str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when((text == "") | text.str.to_lowercase().is_in(sorted(nothing))).then(None).otherwise(text)
