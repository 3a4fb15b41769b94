"""Show progress in the terminal: a bar where somebody looks, plain lines where nobody does."""

import sys
from types import TracebackType
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from tenshu.kit.clock import elapsed

#: Without a terminal one line at most so often, in seconds.
_LINE_EVERY: Final = 5.0


class TerminalProgress:
    """Writes to the error stream, so that a command's output stays clean.

    Use as a context manager; `step` may be called as often as one likes.
    """

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[count]}"),
            TimeElapsedColumn(),
        )
        self._bars = Progress(*columns, console=self._console, disable=not sys.stderr.isatty())
        self._tasks: dict[str, TaskID] = {}
        self._said_at: dict[str, float] = {}

    def __enter__(self) -> "TerminalProgress":
        """Begin."""
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the bars as they are."""
        self._bars.stop()

    def step(self, text: str, done: float, total: float | None = None) -> None:
        """Say what is going on; `done` and `total` are in the unit that the text names."""
        count = f"{done:,.0f}" + (f" / {total:,.0f}" if total else "")
        if self._bars.disable:
            self._line(text, count, is_last=total is not None and done >= total)
            return
        if text not in self._tasks:
            self._tasks[text] = self._bars.add_task(text, total=total, count=count)
        self._bars.update(self._tasks[text], completed=done, total=total, count=count)

    def _line(self, text: str, count: str, *, is_last: bool) -> None:
        now = elapsed()
        if text not in self._said_at or is_last or now - self._said_at[text] >= _LINE_EVERY:
            self._said_at[text] = now
            self._console.print(f"{text}: {count}", highlight=False)
