"""What all tests share: where their files lie, and a PostgreSQL server, started when the first test asks for it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from tenshu.store.place import PostgresChoice
from tenshu.store.postgres import PostgresPlace
from tenshu.testing.copied_shop import POSTGRES, close_all
from tenshu.testing.postgres_server import PostgresMissing, PostgresServer

_NUMBERS = count(1)
#: Files in memory: a killed process leaves there what it leaves on a disk, and nobody waits for the disk.
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - pytest makes folders of its own in it
#: A run has a few hundred megabytes at a time; where there is less room than this, the files stay on the disk.
ROOM: Final = 3 * 2**30


# How long an example takes says how busy the machine is; what else the profile says (CI has its own) stays.
settings.register_profile("tenshu", settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("tenshu")


def pytest_configure() -> None:
    """Let the folders of tests lie in memory where the machine has the room (Linux)."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.fixture(scope="session", autouse=True)
def _scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let `tempfile` make its folders among those of the run, here and in processes that are started."""
    folder = str(tmp_path_factory.mktemp("scratch"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield


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
    "deliver.test_due",
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
