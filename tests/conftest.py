"""What all tests share: a PostgreSQL server of their own, started when the first test asks for it."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tenshu.store.place import PostgresChoice
from tenshu.store.postgres import PostgresPlace
from tenshu.testing.postgres_server import PostgresMissing, PostgresServer
from tenshu.testing.small_shop import POSTGRES, close_all

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server without waiting for the disk, one for each worker process of the run."""
    try:
        server = PostgresServer(is_durable=False)
    except PostgresMissing as problem:
        pytest.skip(f"no PostgreSQL to test with: {problem}")
    with server:
        yield server


@pytest.fixture
def choice(postgres: PostgresServer) -> PostgresChoice:
    """A database choice that nobody has used."""
    return PostgresChoice(postgres.url, f"shop_{next(_NUMBERS)}")


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | PostgresPlace:
    """A place for a ledger on each engine in turn."""
    if request.param == "sqlite":
        return tmp_path / "ledger.sqlite"
    chosen: PostgresChoice = request.getfixturevalue("choice")
    return chosen.ledger


#: Modules whose small shops are kept in files in one run of each test, and in PostgreSQL in another.
ON_BOTH_ENGINES = (
    "deliver.test_dispatch",
    "deliver.test_judge",
    "deliver.test_outbox",
    "deliver.test_returned",
    "flow.test_flow",
    "flow.test_live",
    "flow.test_merge",
    "flow.test_publish",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of those modules on each engine in turn; searches (hypothesis) stay on files."""
    is_listed = metafunc.module.__name__.removeprefix("tests.unit.") in ON_BOTH_ENGINES
    if is_listed and not hasattr(metafunc.function, "hypothesis"):
        metafunc.fixturenames.insert(0, "kept_in")
        metafunc.parametrize("kept_in", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def kept_in(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let small shops keep their ledger and inbox in this engine."""
    if request.param == "postgresql":
        postgres: PostgresServer = request.getfixturevalue("postgres")
        monkeypatch.setenv(POSTGRES, postgres.url)
    yield
    close_all()
