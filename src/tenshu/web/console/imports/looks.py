"""Looking into an upload beside the page that waits for it: one look at a time for each, in a thread."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextvars import copy_context
from functools import partial
from threading import Lock
from typing import Final

from tenshu.collect.connectors.file.looked import Looked
from tenshu.collect.connectors.file.plans.choice import Choice
from tenshu.collect.looking import look
from tenshu.collect.uploads import Upload
from tenshu.web.console.visit import Visit

#: A page waits so long, in seconds, before it says that it is still looking.
PATIENCE: Final = 4.0
#: A change in the form waits longer: the file's cells are at hand by then.
LONG: Final = 120.0
_looking: Final[dict[str, Future[Looked]]] = {}
_threads: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="look")
_lock: Final = Lock()


def looked(
    visit: Visit, upload: Upload, choices: tuple[Choice, ...] = (), *, within: float = PATIENCE
) -> Looked | None:
    """Return what an upload seems to hold; None when that is not known within the time, in seconds.

    Raises:
        NotReadable: the file cannot be looked into.
        UploadGone: it was thrown away.
    """
    settings = visit.settings
    work = partial(look, visit.shop.home, upload, zone=settings.zone, currency=settings.currency, choices=choices)
    key = f"{upload.id} {visit.language} {choices!r}"
    with _lock:
        found = _looking.get(key)
        if found is None:
            before = [each for name, each in _looking.items() if name.startswith(upload.id)]
            found = _threads.submit(_after, before, partial(copy_context().run, work))
            _looking[key] = found
    # Outside the lock: a look that has ended by now is forgotten in this very thread.
    found.add_done_callback(partial(_forget, key))
    try:
        return found.result(within)
    except NotYet:
        return None


def _after(before: list[Future[Looked]], work: Callable[[], Looked]) -> Looked:
    """Look when earlier looks at the same file have ended: the first one reads its cells for all."""
    for each in before:
        each.exception()
    return work()


def _forget(key: str, done: Future[Looked]) -> None:
    with _lock:
        if _looking.get(key) is done:
            del _looking[key]
