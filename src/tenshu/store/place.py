"""Where a home keeps its ledger and its inbox: in files of its own, or in PostgreSQL as `stores.toml` says."""

import json
import os
import tomllib
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.store.postgres import PostgresPlace

STORES_FILE: Final = "stores.toml"
LEDGER_FILE: Final = "ledger.sqlite"
INBOX_FILE: Final = "inbox.sqlite"
PREFIX: Final = "tenshu"
_SCHEMES: Final = {"postgresql", "postgres"}


class PostgresUrlInvalid(TenshuError):
    """What was given as an address of a database is none."""

    template = N_(
        '"{given}" is no address of a PostgreSQL database. Write postgresql://USER@HOST:PORT/DATABASE; the password '
        "may stand in ~/.pgpass or PGPASSWORD."
    )


class StoresFileInvalid(TenshuError):
    """The file that says where the stores are cannot be read."""

    template = N_(
        'Cannot read {path}: {said}. It holds a section [postgres] with url = "postgresql://USER@HOST/DATABASE" and '
        'schema_prefix = "tenshu". Correct it, or set it again with tenshu shop stores.'
    )


class PostgresChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The database of a home.

    Attributes:
        url: `postgresql://user@host:port/database`.
        schema_prefix: tells shops in one database apart; the schemas are PREFIX_ledger and PREFIX_inbox.
    """

    url: str
    schema_prefix: str = PREFIX

    @property
    def ledger(self) -> PostgresPlace:
        """Where the ledger is."""
        return PostgresPlace(self.url, f"{self.schema_prefix}_ledger")

    @property
    def inbox(self) -> PostgresPlace:
        """Where the inbox is."""
        return PostgresPlace(self.url, f"{self.schema_prefix}_inbox")

    @property
    def shown(self) -> str:
        """The address for people's eyes: a password in it is masked."""
        return make_url(self.url).render_as_string(hide_password=True)


class _StoresFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    postgres: PostgresChoice | None = None


def checked_choice(url: str, schema_prefix: str = PREFIX) -> PostgresChoice:
    """Return the choice of a database.

    Raises:
        PostgresUrlInvalid: the URL is none of PostgreSQL.
    """
    try:
        scheme = make_url(url).get_backend_name()
    except ArgumentError as problem:
        raise PostgresUrlInvalid(given=url) from problem
    if scheme not in _SCHEMES:
        raise PostgresUrlInvalid(given=url)
    return PostgresChoice(url, schema_prefix)


def read_choice(home: Path) -> PostgresChoice | None:
    """Return the database that the home's stores are in, or None: they are in files.

    Raises:
        StoresFileInvalid: the file is there and makes no sense.
        PostgresUrlInvalid: its URL is none of PostgreSQL.
    """
    path = home / STORES_FILE
    try:
        said = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _StoresFile)
    except FileNotFoundError:
        return None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as problem:
        raise StoresFileInvalid(path=path, said=problem) from problem
    return None if said.postgres is None else checked_choice(said.postgres.url, said.postgres.schema_prefix)


def write_choice(home: Path, choice: PostgresChoice | None) -> None:
    """Write down where the stores are from now on, at once or not at all; only its owner can read the file."""
    path = home / STORES_FILE
    if choice is None:
        path.unlink(missing_ok=True)
        return
    home.mkdir(parents=True, exist_ok=True)
    lines = ["[postgres]", f"url = {json.dumps(choice.url)}", f"schema_prefix = {json.dumps(choice.schema_prefix)}"]
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def ledger_place(home: Path) -> Path | PostgresPlace:
    """Return where the home's ledger is."""
    choice = read_choice(home)
    return home / LEDGER_FILE if choice is None else choice.ledger


def inbox_place(home: Path) -> Path | PostgresPlace:
    """Return where the home's inbox is."""
    choice = read_choice(home)
    return home / INBOX_FILE if choice is None else choice.inbox


def is_home(home: Path) -> bool:
    """Say whether there is a shop in this directory."""
    return any((home / name).exists() for name in (LEDGER_FILE, STORES_FILE))
