"""Who is asking just now; and a moment in which nobody does, for what would be in somebody's way."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Askers:
    """Counts who is asking, so that something can be done while nobody is; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking = 0

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Ask; before that wait until what `nobody` lets happen is over. A thread may do so again inside."""
        with self._lock:
            self._asking += 1
        try:
            yield
        finally:
            with self._lock:
                self._asking -= 1

    @contextmanager
    def nobody(self) -> Iterator[bool]:
        """Tell whether nobody is asking; while that is so, whoever comes waits until the end of the block.

        Does not wait itself: when somebody is asking, the block is given False and must leave things as they are.
        """
        with self._lock:
            yield not self._asking
