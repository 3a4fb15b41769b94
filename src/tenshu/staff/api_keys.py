"""Keys for programs: shown once, kept as a digest, each for a few things and with an end.

A write key stands in the shop's web pages, so anybody can read it: it may add events and nothing else. A secret key
stays on a server.
"""

import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import msgspec
import polars as pl
from sqlalchemy import select, update

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.staff.audit import Actor, record
from tenshu.staff.tables import api_keys
from tenshu.staff.text import checked_name
from tenshu.staff.token import digest_of, new_token
from tenshu.store.ledger import Transaction

Kind = Literal["write", "secret"]
#: What keys of each kind can be for.
SCOPES: Final[dict[Kind, tuple[str, ...]]] = {
    "write": ("events:write",),
    "secret": ("events:write", "customers:read", "customers:write", "reports:read"),
}
#: Days that a key may last; 0 is without an end.
DAYS: Final = (30, 90, 365, 0)
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"
_KEY: Final = re.compile(r"(tn[ws]_[a-z2-9]{8})_([A-Za-z0-9_-]{43})")


class KeyRefused(TenshuError):
    """A key was to be made that would not fit."""

    template = N_("This key cannot be made: {given} is not among {allowed}.")
    status = 422


class NoSuchKey(TenshuError):
    """A key was named that does not exist, or has ended."""

    template = N_("There is no such key any more. Go back to the list and look again.")
    status = 404


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key, without its secret.

    Attributes:
        prefix: what is shown of it.
        kind: write | secret.
        title: what it is for, in somebody's words.
        scope: what it may do.
        made_by: number of the person.
        expires_at: None lasts until it is ended.
        ended_at: when somebody ended it.
    """

    prefix: str
    kind: Kind
    title: str
    scope: tuple[str, ...]
    made_by: int
    made_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None

    def lasts(self, now: datetime) -> bool:
        """Say whether the key opens anything now."""
        return self.ended_at is None and (self.expires_at is None or now < self.expires_at)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a key is to be.

    Attributes:
        days: how long; one of `DAYS`.
    """

    kind: str
    title: str
    scope: tuple[str, ...]
    days: int


def make_key(tx: Transaction, wish: Wish, *, by: Actor, now: datetime) -> str:
    """Return a new key; nobody can read it again.

    Raises:
        KeyRefused: kind, scope or days are none that there are.
        NameRefused: the title cannot be kept.
    """
    kind = _checked(wish)
    prefix = f"tn{kind[0]}_" + "".join(secrets.choice(_LETTERS) for _letter in range(8))
    key = f"{prefix}_{new_token()}"
    row = {
        "prefix": prefix,
        "digest": digest_of(key),
        "kind": kind,
        "title": checked_name(wish.title),
        "scope": msgspec.json.encode(sorted(set(wish.scope))).decode(),
        "made_by": by.person,
        "made_at": now,
        "expires_at": now + timedelta(days=wish.days) if wish.days else None,
    }
    tx.insert(api_keys, pl.DataFrame([row], schema_overrides={"expires_at": pl.Datetime("us", "UTC")}))
    detail = {"kind": kind, "title": row["title"]}
    record(tx, "key_made", by=by, about=prefix, detail=detail, now=now)
    return key


def open_key(tx: Transaction, key: str, now: datetime) -> ApiKey | None:
    """Return what a key may do, or None when it opens nothing."""
    told = _KEY.fullmatch(key)
    rows = tx.frame(select(api_keys).where(api_keys.c.prefix == told[1])).to_dicts() if told else []
    if not rows or not hmac.compare_digest(rows[0]["digest"], digest_of(key)):
        return None
    found = _key_of(rows[0])
    return found if found.lasts(now) else None


def read_keys(tx: Transaction) -> list[ApiKey]:
    """Return all keys, newest first."""
    rows = tx.frame(select(api_keys).order_by(api_keys.c.made_at.desc(), api_keys.c.prefix)).to_dicts()
    return [_key_of(row) for row in rows]


def end_key(tx: Transaction, prefix: str, *, by: Actor, now: datetime) -> None:
    """Let a key open nothing any more, at once.

    Raises:
        NoSuchKey: there is none that lasts.
    """
    mine = (api_keys.c.prefix == prefix, api_keys.c.ended_at.is_(None))
    if tx.execute(update(api_keys).where(*mine).values(ended_at=now)) != 1:
        raise NoSuchKey
    record(tx, "key_ended", by=by, about=prefix, now=now)


def _checked(wish: Wish) -> Kind:
    if wish.kind not in SCOPES:
        raise KeyRefused(given=wish.kind[:40], allowed=", ".join(SCOPES))
    kind: Kind = "write" if wish.kind == "write" else "secret"
    strange = sorted(set(wish.scope) - set(SCOPES[kind]))
    if strange or not wish.scope:
        raise KeyRefused(given=", ".join(strange)[:80] or "-", allowed=", ".join(SCOPES[kind]))
    if wish.days not in DAYS:
        raise KeyRefused(given=wish.days, allowed=", ".join(map(str, DAYS)))
    return kind


def _key_of(row: dict[str, Any]) -> ApiKey:
    told = {name: row[name] for name in ApiKey.__struct_fields__}
    return ApiKey(**(told | {"scope": tuple(msgspec.json.decode(row["scope"]))}))
