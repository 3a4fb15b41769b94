"""Bring a shop back from a backup so that it does nothing by itself: what went out since then went out.

Between the backup and the restoring the shop may have sent what still waits in the restored queue, or what its walks
decide once more. Nobody can ask a mail server about it, so all sending stands still until a person has looked. Where
the old home is at hand, its witness of hand-overs and everybody who said no since are taken along: then nothing that it
sent goes out a second time.
"""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
import polars as pl
from sqlalchemy import func, select

from tenshu.deliver.breaker import skip_overdue
from tenshu.deliver.standstill import RESTORED, go_on, stand_still
from tenshu.deliver.tables import IS_QUEUED, handovers, outbox
from tenshu.identify.tables import identifiers
from tenshu.journey.tables import enrolments
from tenshu.kit.progress import Progress
from tenshu.privacy.suppression import SOURCE
from tenshu.privacy.tables import consents, suppressions
from tenshu.staff import links, sign_ins
from tenshu.staff.api_keys import read_keys
from tenshu.staff.audit import BROUGHT_BACK, TERMINAL, record
from tenshu.store.home import open_ledger
from tenshu.store.ledger import Ledger, Transaction
from tenshu.store.packed import Manifest
from tenshu.store.place import LEDGER_FILE
from tenshu.store.restore import restore
from tenshu.store.settings import forget_setting, setting, write_setting
from tenshu.store.tables import to_micros

#: The setting that says from when to when a restored shop does not know what it did.
GAP: Final = "restored"
_A_MOMENT: Final = timedelta(microseconds=1)


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """What a restored shop does not know.

    Attributes:
        since: the instant of the backup: what came after it is not known.
        until: when it was brought back.
        witnessed: how many hand-overs were taken from the old home; None when that was not at hand.
        refused: how many refusals were taken from it.
        keys: how many keys for programs open again, also those that were ended since.
    """

    since: datetime
    until: datetime
    witnessed: int | None = None
    refused: int = 0
    keys: int = 0


def restore_shop(
    path: Path, home: Path, *, now: datetime, old: Path | None = None, progress: Progress | None = None
) -> tuple[Manifest, Gap]:
    """Bring a shop back into an empty place; its sending stands still.

    Args:
        path: the backup.
        home: the directory.
        now: business time.
        old: the home that it was made of, or what is left of it: what it did since is taken along.
        progress: who is told how far it is.

    Raises:
        HomeNotEmpty: there is something at that place.
        BackupDamaged: the file is no whole backup.
        BackupNewer: a newer version made it.
    """
    gaps: list[Gap] = []

    def complete(half: Path, manifest: Manifest) -> None:
        with closing(Ledger(half / LEDGER_FILE)) as ledger:
            gap = Gap(since=manifest.made_at, until=now)
            if old is not None:
                with closing(open_ledger(old)) as before:
                    gap = _take_along(before, ledger, gap)
            with ledger.writing() as tx:
                stand_still(tx, RESTORED, now)
                # Who had signed out would be in again, and links that were used could be used once more.
                sign_ins.end_everybodys(tx)
                links.end_everybodys(tx)
                gap = msgspec.structs.replace(gap, keys=sum(key.lasts(now) for key in read_keys(tx)))
                write_setting(tx, GAP, msgspec.to_builtins(gap))
                told = {"at": f"{gap.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC", "size": path.stat().st_size}
                record(tx, BROUGHT_BACK, by=TERMINAL, about=path.name, detail=told, now=now)
            gaps.append(gap)

    return restore(path, home, complete=complete, progress=progress), gaps[0]


def read_gap(tx: Transaction) -> Gap | None:
    """Return what a restored shop does not know, until a person has let it go on."""
    said = setting(tx, GAP)
    return None if said is None else msgspec.convert(said, Gap)


def count_in_question(tx: Transaction, *, now: datetime) -> int:
    """Return how many messages are due that may have gone out before the shop was brought back."""
    waiting = select(func.count()).select_from(outbox).where(IS_QUEUED, outbox.c.due_at <= to_micros(now))
    return int(tx.value(waiting))


def confirm(ledger: Ledger, *, now: datetime, skip: bool) -> int:
    """Let a restored shop send again, on a person's word; return how many messages were skipped.

    Args:
        ledger: the ledger.
        now: business time.
        skip: do not send what is due by now; else it goes out, unless a witness or the breaker keeps it.
    """
    skipped = 0
    if skip:
        with ledger.reading() as tx:
            names = tx.frame(select(outbox.c.journey).distinct().where(IS_QUEUED))["journey"].to_list()
        skipped = sum(skip_overdue(ledger, name, now=now, overdue_after=-_A_MOMENT) for name in sorted(names))
    with ledger.writing() as tx:
        go_on(tx)
        forget_setting(tx, GAP)
    return skipped


def _take_along(before: Ledger, ledger: Ledger, gap: Gap) -> Gap:
    """Take from the old home who has had what, and who said no."""
    with ledger.reading() as tx:
        last_walk = int(tx.value(select(func.max(enrolments.c.enrolment))) or 0)
        last_node = int(tx.value(select(func.max(identifiers.c.node))) or 0)
    witnessed = refused = 0
    with before.reading() as source:
        newer = select(handovers).where(handovers.c.handed_at >= to_micros(gap.since - timedelta(days=1)))
        # A walk that began after the backup has a number that another will get: below zero it is nobody's, and person
        # and address tell it all the same.
        own = pl.when(pl.col("enrolment") <= last_walk).then("enrolment").otherwise(-pl.col("enrolment"))
        for rows in source.frames(newer):
            with ledger.writing() as tx:
                witnessed += tx.insert(handovers, rows.with_columns(enrolment=own), conflict="ignore")
        for rows in source.frames(select(suppressions)):
            with ledger.writing() as tx:
                refused += tx.insert(suppressions, rows, conflict="ignore")
        for rows in source.frames(select(consents).where(consents.c.source == SOURCE, consents.c.node <= last_node)):
            with ledger.writing() as tx:
                tx.insert(consents, rows, conflict="ignore")
    return msgspec.structs.replace(gap, witnessed=max(witnessed, 0), refused=max(refused, 0))
