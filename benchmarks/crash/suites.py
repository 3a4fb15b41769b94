"""The suites by name, each at a share of its full size."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.crash import facts, full_disk, mails
from benchmarks.crash.found import Found
from tenshu.testing.postgres_server import PostgresMissing, PostgresServer


def _share(full: int, size: float, least: int) -> int:
    return max(least, int(full * size))


def _on_postgres(suite: str, run: Callable[[PostgresServer], Found]) -> Found:
    """Run a suite on a server of its own, or say why not."""
    try:
        server = PostgresServer()
    except PostgresMissing as missing:
        return Found(suite=suite, things=0, kills=0, lost=0, twice=0, note=f"left out: {missing}")
    with server:
        return run(server)


SUITES: Final[dict[str, Callable[[Path, float], Found]]] = {
    "random": lambda folder, size: mails.random_kills(
        folder, people=_share(4_000, size, 200), kills=_share(60, size, 3)
    ),
    "points": lambda folder, size: mails.fail_points(
        folder, people=_share(4_000, size, 200), times=_share(20, size, 1)
    ),
    "racing": lambda folder, size: mails.racing(folder, people=_share(4_000, size, 200)),
    "facts": lambda folder, size: facts.between_stores(
        folder, requests=_share(2_000, size, 60), kills=_share(50, size, 4)
    ),
    "disk-facts": lambda folder, _size: full_disk.while_telling(folder),
    "disk-mails": lambda folder, size: full_disk.while_sending(folder, people=_share(1_000, size, 300)),
    "postgres": lambda folder, size: _on_postgres(
        "PostgreSQL: random kills, stops",
        lambda server: mails.random_kills(
            folder, people=_share(4_000, size, 200), kills=_share(60, size, 3), server=server
        ),
    ),
    "postgres-racing": lambda folder, size: _on_postgres(
        "PostgreSQL: 4 racing", lambda server: mails.racing(folder, people=_share(4_000, size, 200), server=server)
    ),
}
