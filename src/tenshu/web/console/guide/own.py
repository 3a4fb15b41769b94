"""From the demo to one's own shop: a home beside the demo's, served by a process of its own."""

import atexit
import re
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Final

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_

#: The folder beside the demo's home.
NAME: Final = "my-shop"
#: How long, in seconds, a shop may take to begin.
_WITHIN: Final = 60.0
_ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:\d+/\S*")
_begun: Final[dict[Path, "OwnShop"]] = {}
_lock: Final = threading.Lock()


class OwnShopRefused(TenshuError):
    """The shop beside the demo could not be begun."""

    template = N_(
        "Your own shop could not be begun in {home}: {said} Begin it by hand with: tenshu serve --home {home}"
    )
    status = 503


class OwnShop:
    """A shop that was begun from the demo; it ends with the demo's process.

    Args:
        home: its directory, made when it is not there.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        command = [sys.executable, "-m", "tenshu", "serve", "--home", str(home), "--port", "0"]
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._said: SimpleQueue[str | None] = SimpleQueue()
        assert self._process.stdout is not None  # noqa: S101 - a pipe, as asked for
        threading.Thread(target=_listen, args=(self._process.stdout, self._said), daemon=True).start()
        atexit.register(self.close)
        self.address = self._wait()

    @property
    def is_running(self) -> bool:
        """Whether it still answers."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()

    def _wait(self) -> str:
        """Return the address that it says: the link of the set-up where there is one, else its first page."""
        heard: list[str] = []
        found: list[str] = []
        while len(found) < 2:
            try:
                line = self._said.get(timeout=1.0 if found else _WITHIN)
            except Empty:
                break
            if line is None:
                break
            heard.append(line.strip())
            found += _ADDRESS.findall(line)
        if not found:
            self.close()
            raise OwnShopRefused(home=self.home, said=" ".join(heard)[-300:])
        return found[-1]


def begin(beside: Path) -> str:
    """Begin a shop of one's own beside the demo's home; return where it is.

    Raises:
        OwnShopRefused: it could not be begun.
    """
    home = beside.resolve().parent / NAME
    with _lock:
        begun = _begun.get(home)
        if begun is None or not begun.is_running:
            begun = _begun[home] = OwnShop(home)
        return begun.address


def end_all() -> None:
    """End every shop that was begun here."""
    with _lock:
        while _begun:
            _begun.popitem()[1].close()


def _listen(stream: IO[str], said: "SimpleQueue[str | None]") -> None:
    for line in stream:
        said.put(line)
    said.put(None)
