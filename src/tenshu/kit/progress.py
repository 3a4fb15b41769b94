"""Progress of long work: what is being done, how much is done, how much is left."""

from typing import Protocol


class Progress(Protocol):
    """Whoever shows progress: a terminal, a page, or nobody."""

    def step(self, text: str, done: float, total: float | None = None) -> None:
        """Say what is going on; `done` and `total` are in the unit that the text names."""
        ...


class NoProgress:
    """Shows nothing."""

    def step(self, text: str, done: float, total: float | None = None) -> None:
        """Show nothing."""
