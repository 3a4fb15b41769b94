"""The demo from end to end: an owner's files in, sixty days with simulated customers, the report beside the truth.

The purchases are real, the people and their answers are simulated (and said to be). Everything goes through the doors
that a shop uses: the ordinary import, the tick, the decision, the outbox, SMTP over TCP.
"""

import multiprocessing
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from tenshu.bootstrap import REHEARSED_UNTIL, Shop, open_shop, save_settings
from tenshu.collect.connectors.file import stage_file
from tenshu.collect.facts_out import drain
from tenshu.collect.importing import import_file
from tenshu.deliver.channels.email import SmtpChannel
from tenshu.deliver.channels.email.sink import SmtpSink
from tenshu.flow import digest_all
from tenshu.kit.clock import SetClock
from tenshu.kit.i18n import _
from tenshu.kit.progress import NoProgress, Progress
from tenshu.know.profile import profiles
from tenshu.measure.customers import Totals, customer_sheet, totals
from tenshu.measure.outcome import Truth, true_lift
from tenshu.measure.report import TRUTHS, DecileRow, ShopReport, build_report
from tenshu.rehearse.demo.definitions import DAYS, START_AT, demo_journeys, demo_shop
from tenshu.rehearse.demo.files import write_owner_files
from tenshu.rehearse.twin import Plan, run, run_twin, simulated_customers
from tenshu.store.home import choose_postgres
from tenshu.store.move import copy_to_files, drop_schemas
from tenshu.store.place import STORES_FILE, read_choice
from tenshu.store.settings import write_setting
from tenshu.store.warehouse import Warehouse

NO_SUCH_MAILBOX: Final = "550 5.1.1 no such mailbox here"
FILES: Final = "owner-files"
TWINS: Final = "twins"
#: A demo may share a database with a shop.
SCHEMA_PREFIX: Final = "tenshu_demo"


class Rehearsed(msgspec.Struct, frozen=True, kw_only=True):
    """What a demo run gives.

    Attributes:
        imported: what the import brought, before the first rehearsed day.
        first_decile: of the imported purchases.
        report: as the shop sees it, with the truth beside it.
        rejects: rows of the owner's files that were not taken over, by reason.
        mails: what the local mailbox took: `message_id`, `recipient`, in order of arrival.
    """

    imported: Totals
    first_decile: DecileRow
    report: ShopReport
    rejects: dict[str, int]
    mails: list[tuple[str, str]]


def rehearse(
    home: Path,
    *,
    seed: int = 1,
    language: str = "en",
    days: int = DAYS,
    customers: int | None = None,
    postgres: str | None = None,
    progress: Progress | None = None,
) -> tuple[Shop, Rehearsed]:
    """Run the demo in an empty home; the same seed gives the same result.

    Args:
        home: the directory; what an earlier demo left there is removed.
        seed: of the simulated customers' luck.
        language: of the shop and its mails.
        days: how many to rehearse.
        customers: only so many of the real ones; None for all.
        postgres: the URL of a database that ledger and inbox are kept in; None for files in the home.
        progress: of the long parts.

    Returns:
        The shop, its clock at the last rehearsed instant, and what came of it.
    """
    shown = progress or NoProgress()
    _clear(home)
    if postgres is not None:
        choose_postgres(home, postgres, schema_prefix=SCHEMA_PREFIX)
    clock = SetClock(START_AT)
    shop = save_settings(open_shop(home, create=True, clock=clock), demo_shop(language))
    rejects = import_owner_files(shop, seed=seed, customers=customers, progress=shown)
    imported = totals(shop.warehouse)
    first_decile = customer_sheet(shop.warehouse, now=START_AT, zone=shop.settings.zone).deciles[0]
    plan = Plan(seed=seed, start_at=START_AT, until=START_AT + timedelta(days=days))
    gone = gone_mailboxes(shop, plan)
    with _twins(shop, plan, gone) as twins:
        shop = open_shop(home, clock=clock)
        mails = _real_run(shop, clock, plan, gone=gone, progress=shown)
        truths = _truths(shop, plan, twins, shown)
    shutil.rmtree(home / TWINS)
    with shop.ledger.writing() as tx:
        write_setting(tx, REHEARSED_UNTIL, plan.until.isoformat())
        write_setting(tx, TRUTHS, msgspec.to_builtins(truths))
    report = build_report(shop.ledger, shop.warehouse, shop.settings, now=plan.until)
    return shop, Rehearsed(imported=imported, first_decile=first_decile, report=report, rejects=rejects, mails=mails)


def import_owner_files(shop: Shop, *, seed: int, customers: int | None, progress: Progress) -> dict[str, int]:
    """Write the owner's two files and import them as anybody would; return the rejects by reason."""
    progress.step(_("files written"), 0, 2)
    files = write_owner_files(shop.home / FILES, seed=seed, customers=customers)
    progress.step(_("files written"), 2, 2)
    rejects: Counter[str] = Counter()
    for path in (files.roster, files.purchases):
        staged = stage_file(
            path,
            shop_zone=shop.settings.zone,
            currency=shop.settings.currency,
            received_at=shop.clock.now(),
            folder=shop.home / "imports",
            progress=progress,
        )
        import_file(shop.inbox, shop.ledger, staged, home=shop.home)
        rejects.update(staged.rejects)
    digest_all(shop, now=shop.clock.now(), progress=progress)
    return dict(sorted(rejects.items()))


def gone_mailboxes(shop: Shop, plan: Plan) -> dict[str, str]:
    """Return the addresses whose mailbox does not exist any more, and what their server says."""
    gone = simulated_customers(shop, plan).gone
    known = profiles(shop.warehouse, now=plan.start_at, customers=gone)
    return dict.fromkeys(known["email"].drop_nulls().sort(), NO_SUCH_MAILBOX)


def _real_run(
    shop: Shop, clock: SetClock, plan: Plan, *, gone: dict[str, str], progress: Progress
) -> list[tuple[str, str]]:
    with SmtpSink(refuse=gone.get) as sink:
        channel = SmtpChannel(sink.host, sink.port)
        run(shop, clock, plan, channel=channel, gone=gone, progress=progress)
        channel.close()
        return [(mail.message_id, mail.recipient) for mail in sink.mails()]


@contextmanager
def _twins(shop: Shop, plan: Plan, gone: dict[str, str]) -> Iterator[dict[str, Future[Path]]]:
    """Start a twin run for each scenario, in processes beside this one, from closed files."""
    shop.close()
    folder = shop.home / TWINS
    source = folder / "before"
    ignored = shutil.ignore_patterns(TWINS, FILES, "imports", "*-shm", STORES_FILE)
    shutil.copytree(shop.home, source, ignore=ignored)
    if read_choice(shop.home) is not None:
        copy_to_files(shop.home, source)
    # Several processes share the machine: one thread each is faster for their small tables.
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield {
            journey.name: pool.submit(
                run_twin, source, folder / journey.name, msgspec.structs.replace(plan, silent=journey.name), gone
            )
            for journey in demo_journeys()
        }


def _truths(shop: Shop, plan: Plan, twins: dict[str, Future[Path]], progress: Progress) -> dict[str, Truth]:
    truths = {}
    drain(shop.ledger, shop.warehouse)
    for done, journey in enumerate(demo_journeys(), start=1):
        twin = Warehouse(twins[journey.name].result() / "warehouse.duckdb")
        days = journey.goal.within_days
        truth = true_lift(shop.warehouse, twin, journey.name, now=plan.until, window_days=days)
        twin.close()
        if truth is not None:
            truths[journey.name] = truth
        progress.step(_("twin runs compared"), done, len(twins))
    return truths


def _clear(home: Path) -> None:
    """Remove what an earlier demo left; nothing else is ever touched."""
    if (home / FILES).exists():
        choice = read_choice(home)
        if choice is not None:
            drop_schemas(choice)
        shutil.rmtree(home)
