"""Mails rendered, recorded durably and handed over by one dispatcher, against loops that record nothing."""

import shutil
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import func, select

from benchmarks.child import Measured, measure
from benchmarks.facts_of import describe, frames, granted
from benchmarks.figure import Figure, middle
from benchmarks.machine import durable_writes_per_second, timed
from benchmarks.mail_by_hand import by_our_builder, by_smtplib
from benchmarks.sink import running_sink
from tenshu import flow
from tenshu.bootstrap import (
    Shop,
    make_dispatcher,
    open_shop,
    read_templates,
    save_settings,
    save_templates,
    start_journey,
)
from tenshu.collect.inbox import accept
from tenshu.deliver.channels.email.smtp import SmtpChannel
from tenshu.deliver.render import Renderer
from tenshu.deliver.tables import outbox
from tenshu.journey.definition import parse_journey
from tenshu.kit.clock import SetClock
from tenshu.know.profile import profiles
from tenshu.rehearse.demo.definitions import demo_shop, demo_templates

MAILS: Final = 20_000
#: The plain loop sends a tenth: its rate does not depend on how many.
OF_PLAIN: Final = 10
TEMPLATE: Final = "welcome-back-1"
#: A Monday noon in Tokyo.
AT: Final = datetime(2026, 6, 1, 3, tzinfo=UTC)
AT_LEAST: Final = 1_000
TIMES_PLAIN: Final = 5.0
SLOWER_THAN_OURS: Final = 3.0
_SCENARIO: Final[dict[str, Any]] = {
    "tenshu": "journey/1",
    "name": "hello",
    "title": {"ja": "ご挨拶", "en": "Hello"},
    "holdout_rate": 0.0,
    "entry": {
        "kind": "broadcast",
        "at": "2026-06-01T12:00",
        "condition": {"kind": "trait", "trait": "last_name", "cmp": "exists", "value": True},
    },
    "goal": {"event": "order_completed", "within_days": 14, "target_rate": 0.1},
    "review_on": "2026-09-01",
    "first_step": "send",
    "steps": {
        "send": {"kind": "send", "channel": "email", "template": TEMPLATE, "next": "end"},
        "end": {"kind": "exit"},
    },
}


def run(folder: Path, *, size: float, repeats: int) -> list[Figure]:
    """Queue the mails once, then let the dispatcher and both loops take turns, each on a copy of the home."""
    mails = max(100, round(MAILS * size))
    measure("benchmarks.part_mail:prepare", home=str(folder / "home"), people=mails)
    done: dict[str, list[Measured]] = {"dispatcher": [], "plain": [], "builder": []}
    syncs = []
    with running_sink() as (sink, port):
        for turn in range(repeats):
            for name, runs in done.items():
                home = shutil.copytree(folder / "home", folder / f"{name}-{turn}")
                syncs.append(durable_writes_per_second(folder))
                runs.append(measure(f"benchmarks.part_mail:{name}", home=str(home), port=port))
    rates = {name: [one.told["taken"] / one.told["seconds"] for one in runs] for name, runs in done.items()}
    is_complete = all(one.told == {**one.told, "queued": 0, "sent": mails} for one in done["dispatcher"])
    what = f"{mails:,} mails, recorded, to {sink}" + ("" if is_complete else " (NOT ALL SENT)")
    return _figures(what, rates, middle(syncs), max(one.peak_bytes for one in done["dispatcher"]), is_complete)


def _figures(what: str, rates: dict[str, list[float]], syncs: float, peak: int, is_complete: bool) -> list[Figure]:  # noqa: FBT001
    ours, plain, builder = (middle(rates[name]) for name in ("dispatcher", "plain", "builder"))
    shared: dict[str, Any] = {"part": "mail", "what": what, "value": ours, "unit": "mails/s"}
    shared |= {"runs": rates["dispatcher"], "syncs": syncs, "peak_bytes": peak}
    return [
        Figure(**shared, demand=f">= {AT_LEAST:,} mails/s", is_met=is_complete and ours >= AT_LEAST),
        Figure(
            **shared,
            baseline="EmailMessage + smtplib",
            baseline_value=plain,
            ratio=ours / plain,
            demand=f">= {TIMES_PLAIN:g}x",
            is_met=is_complete and ours >= TIMES_PLAIN * plain,
        ),
        Figure(
            **shared,
            baseline="our builder, unrecorded",
            baseline_value=builder,
            ratio=builder / ours,
            demand=f"slower by <= {SLOWER_THAN_OURS:g}x",
            is_met=is_complete and builder <= SLOWER_THAN_OURS * ours,
        ),
    ]


def prepare(home: str, people: int) -> None:
    """Make a shop that has decided to write to everybody; runs in a process of its own."""
    shop = save_settings(open_shop(Path(home), create=True, clock=SetClock(AT)), _settings())
    save_templates(shop, demo_templates())
    for told in (describe(range(1, people + 1), at=AT), granted(range(1, people + 1), at=AT)):
        for one in frames(told, 10_000):
            accept(shop.inbox, one, source="web", received_at=AT)
    start_journey(shop, parse_journey(_SCENARIO))
    flow.tick(shop, shop.settings, now=AT, address_key=shop.address_key)
    shop.close()


def dispatcher(home: str, port: int) -> dict[str, Any]:
    """Send everything that is queued by the product."""
    shop = open_shop(Path(home), clock=SetClock(AT))
    channel = SmtpChannel("127.0.0.1", port)
    seconds, taken = timed(lambda: make_dispatcher(shop, channel).run(now=AT))
    channel.close()
    states = _states(shop)
    shop.close()
    return {"seconds": seconds, "taken": taken, "queued": states.get("queued", 0), "sent": states.get("sent", 0)}


def plain(home: str, port: int) -> dict[str, Any]:
    """Send a share of it by the plain loop."""
    shop = open_shop(Path(home), clock=SetClock(AT))
    rows = _rows(shop)
    some = rows[: max(50, len(rows) // OF_PLAIN)]
    page, length = _page(shop, rows[0])
    people = [
        {"address": row["address"], "last_name": row["traits"]["last_name"], "mark": f"{row['enrolment']:0>{length}}"}
        for row in some
    ]
    shop.close()
    seconds, taken = timed(lambda: by_smtplib(people, page, port=port, now=AT))
    return {"seconds": seconds, "taken": taken}


def builder(home: str, port: int) -> dict[str, Any]:
    """Send everything by our own parts without recording."""
    shop = open_shop(Path(home), clock=SetClock(AT))
    rows, renderer = _rows(shop), Renderer(shop.settings, shop.signer, read_templates(shop))
    seconds, taken = timed(lambda: by_our_builder(rows, renderer, port=port, now=AT))
    shop.close()
    return {"seconds": seconds, "taken": taken}


def _settings() -> Any:
    return msgspec.structs.replace(demo_shop("ja"), zone="Asia/Tokyo", currency="JPY")


def _states(shop: Shop) -> dict[str, int]:
    with shop.ledger.reading() as tx:
        counted = tx.connection.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state)).fetchall()
    return {str(state): int(count) for state, count in counted}


def _rows(shop: Shop) -> list[dict[str, Any]]:
    """Return the queued messages with what is known about each person."""
    with shop.ledger.reading() as tx:
        queued = tx.frame(select(outbox).where(outbox.c.state == "queued").order_by(outbox.c.enrolment))
    known = profiles(shop.warehouse, now=AT, customers=queued["customer"].unique().sort())
    traits = {row["customer"]: row for row in known.iter_rows(named=True)}
    return [{**row, "traits": traits[row["customer"]]} for row in queued.iter_rows(named=True)]


def _page(shop: Shop, row: dict[str, Any]) -> tuple[dict[str, str], int]:
    """Return the first mail as a page to fill in: the same text, links of the same length."""
    renderer = Renderer(shop.settings, shop.signer, read_templates(shop))
    sent = message_from_bytes(renderer.render(row, row["traits"], {}, now=AT).content, policy=default)
    parts = {part: sent.get_body((part,)).get_content() for part in ("plain", "html")}  # type: ignore[union-attr]
    link = str(sent["List-Unsubscribe"]).strip("<>")
    mark = link.rpartition("/")[2]
    texts = {"subject": str(sent["Subject"]), "text": parts["plain"], "html": parts["html"], "unsubscribe": link}
    name = row["traits"]["last_name"]
    page = {part: text.replace(mark, "{mark}").replace(name, "{name}") for part, text in texts.items()}
    return page | {"sender": str(sent["From"])}, len(mark)
