"""What a suite of kills found, as one row of the table at the end."""

from collections.abc import Sequence

import msgspec


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One suite's result.

    Attributes:
        suite: its name.
        things: messages or facts that were promised.
        kills: processes that ended in the middle of their work.
        lost: promised, and neither at the receiver nor in a listed state.
        twice: marketing messages or facts that arrived more than once.
        in_doubt: messages of which nobody knows whether they arrived; each is listed.
        at_most: kills x W.
        closes: whether the account closes.
        seconds: how long it took.
        note: anything else worth a word.
    """

    suite: str
    things: int
    kills: int
    lost: int
    twice: int
    in_doubt: int = 0
    at_most: int = 0
    closes: bool = True
    seconds: float = 0.0
    note: str = ""

    @property
    def is_good(self) -> bool:
        """Say whether every promise was kept."""
        return self.lost == 0 and self.twice == 0 and self.in_doubt <= self.at_most and self.closes


def table(rows: Sequence[Found]) -> str:
    """Return the rows as a table in plain text."""
    head = ("suite", "promised", "kills", "lost", "twice", "in doubt", "kills x W", "account", "s", "")
    lines = [head] + [
        (
            one.suite,
            f"{one.things:,}",
            str(one.kills),
            str(one.lost),
            str(one.twice),
            str(one.in_doubt),
            str(one.at_most),
            "closes" if one.closes else "OPEN",
            f"{one.seconds:.0f}",
            ("ok" if one.is_good else "BROKEN") + (f"; {one.note}" if one.note else ""),
        )
        for one in rows
    ]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
