"""What a person says a sheet is, after looking at the guess: its kind, its columns, and what to take for granted."""

from typing import Final

import msgspec

from tenshu.collect.connectors.file.plans.plan import EXTRA, Mapping
from tenshu.kit.dates import ORDERS

__all__ = ["EXTRA", "OPTIONS", "Choice"]


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """How one sheet is to be read; a sheet without a choice is left out.

    Attributes:
        sheet: its name; empty for text files.
        kind: customers or purchases.
        columns: field -> headers, several of them where several columns make one value. A column that stands nowhere
            is left out. `extra:NAME` keeps a column as the trait NAME.
        options: what the file does not say itself, see `OPTIONS`.
    """

    sheet: str = ""
    kind: str
    columns: dict[str, list[str]]
    options: dict[str, str] = {}

    def mapping(self) -> Mapping:
        """Return the choice as a mapping that leaves nothing to guess."""
        order = self.options.get("date_order")
        return Mapping(
            kind=self.kind,
            columns=dict(self.columns),
            sheet=self.sheet,
            date_order=next((each for each in ORDERS if each == order), None),
            options=dict(self.options),
            only=True,
        )


#: Option -> what it may be. `tax` and `year` as text; see README.
OPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "tax": ("as_written", "included", "excluded"),
    "tax_rate": ("10", "8"),
    "date_order": ("ymd", "mdy", "dmy"),
    "year": (),
    "fill": ("yes", "no"),
}
