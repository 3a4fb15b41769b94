"""Checks of what goes out: the outbox, the account, stopped scenarios, the sender, the mail server."""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Select, and_, func, select

from tenshu.cli.doctor.finding import Check, Finding, broken, look, ok
from tenshu.cli.doctor.home import HomeUnderDoctor
from tenshu.content.shop import ShopSettings, read_shop
from tenshu.deliver.breaker import REASONS, Tripped, read_tripped
from tenshu.deliver.channels.email.connection import Connection, NotReady, Server
from tenshu.deliver.channels.email.settings import SmtpSettings, read_smtp
from tenshu.deliver.limits import pace
from tenshu.deliver.standstill import standstill
from tenshu.deliver.tables import outbox
from tenshu.journey.tables import journeys
from tenshu.kit.i18n import N_, _
from tenshu.measure.account import STATES, Account, account, as_account
from tenshu.store.tables import to_micros

#: What has been due for longer should have gone out.
LATE_AFTER: Final = timedelta(hours=1)
#: Messages that failed longer ago are known by now.
FAILED_WITHIN: Final = timedelta(days=7)
#: Seconds to wait for the mail server.
PATIENCE: Final = 5.0
_DEFAULTS: Final = ShopSettings()
#: Settings that must be the shop's own before a mail may go out.
_NEEDED: Final = ("name", "postal_address", "contact", "sender_email")


class Outbox(msgspec.Struct, frozen=True, kw_only=True):
    """What is not as it should be in the outbox."""

    expired: int = 0
    in_doubt: int = 0
    in_doubt_days: int = 0
    late: int = 0
    late_hours: int = 0
    failed: int = 0


def read_outbox(home: HomeUnderDoctor) -> Outbox:
    """Count by state, in one reading."""
    now, state = home.now, outbox.c.state
    of_journey = and_(journeys.c.journey == outbox.c.journey, journeys.c.version == outbox.c.version)
    is_late = and_(state == "queued", outbox.c.due_at < to_micros(now - LATE_AFTER), journeys.c.status == "active")
    is_new = and_(state == "failed", outbox.c.ended_at >= to_micros(now - FAILED_WITHIN))
    counted: Select[Any] = select(func.count().label("n")).select_from(outbox)
    with home.ledger.reading() as tx:
        expired = tx.value(counted.where(state == "sending", outbox.c.lease_at < tx.dialect.lease_clock()))
        failed = tx.value(counted.where(is_new))
        doubt = tx.frame(counted.add_columns(func.min(outbox.c.ended_at).label("at")).where(state == "in_doubt"))
        waits = counted.add_columns(func.min(outbox.c.due_at).label("at"))
        late = tx.frame(waits.join(journeys, of_journey).where(is_late))
    return Outbox(
        expired=int(expired),
        in_doubt=int(doubt["n"][0]),
        in_doubt_days=_since(doubt["at"][0], now).days,
        late=int(late["n"][0]),
        late_hours=int(_since(late["at"][0], now).total_seconds() // 3600),
        failed=int(failed),
    )


def judge_outbox(seen: Outbox) -> list[Finding]:
    """Name what a person has to look at."""
    found = []
    if seen.expired:
        said = N_("{count} messages are in the hands of a dispatcher that died.")
        advice = N_("They are put in doubt, or queued again, at the next dispatch: tenshu run or tenshu serve.")
        found.append(look(said, advice, count=seen.expired))
    if seen.in_doubt:
        said = N_("{count} messages are in doubt, the oldest for {days} days: nobody can say whether they arrived.")
        advice = N_("See tenshu report; ask the mail provider's log. They are not sent again by themselves.")
        found.append(look(said, advice, count=seen.in_doubt, days=seen.in_doubt_days))
    if seen.late:
        said = N_("{count} messages should have gone out, the oldest {hours} hours ago.")
        advice = N_("Start tenshu serve, or run tenshu run; see below whether the mail server answers.")
        found.append(look(said, advice, count=seen.late, hours=seen.late_hours))
    if seen.failed:
        said = N_("{count} messages of the last 7 days failed for good.")
        found.append(look(said, N_("See tenshu report for the reasons."), count=seen.failed))
    return found or [ok(N_("Nothing in the outbox is late, in doubt or failed."))]


def read_accounts(home: HomeUnderDoctor) -> dict[str, Account]:
    """Close the account of every scenario."""
    rows = account(home.ledger)
    return {str(name): as_account(mine) for (name,), mine in rows.group_by("journey", maintain_order=True)}


def judge_accounts(seen: dict[str, Account]) -> list[Finding]:
    """Planned is the sum of its parts, always."""
    open_ones = {name: one for name, one in seen.items() if not one.closes}
    said = N_("The account of {journey} does not close: {planned} planned, {parts} accounted for, {strays} unplanned.")
    advice = N_("This is a fault of the program: pause the scenario, keep a copy of the folder and report it.")
    found = []
    for name, one in open_ones.items():
        parts = sum(one.suppressed_total if state == "suppressed" else getattr(one, state) for state in STATES)
        found.append(broken(said, advice, journey=name, planned=one.planned, parts=parts, strays=one.strays))
    return found or [ok(N_("The account of every scenario closes ({count})."), count=len(seen))]


class Stopped(msgspec.Struct, frozen=True):
    """Scenarios whose breaker has tripped, those that somebody paused, and what holds back the whole shop.

    Attributes:
        tripped: what stopped by itself.
        paused: names of scenarios.
        standing: why all sending of the shop is paused; empty when it is not.
        limited: whether the mail provider's limit is reached.
    """

    tripped: list[Tripped]
    paused: list[str]
    standing: str = ""
    limited: bool = False


def read_stopped(home: HomeUnderDoctor) -> Stopped:
    """Read who does not send."""
    with home.ledger.reading() as tx:
        rows = tx.frame(select(journeys.c.journey).where(journeys.c.status == "paused").distinct())
        tripped = list(read_tripped(tx).values()) if home.table("breakers") is not None else []
        paused = standstill(tx)
        is_limited = home.table("handed_by_minute") is not None and pace(tx, now=home.now).next_at is not None
    standing = "" if paused is None else paused.text()
    return Stopped(tripped, rows["journey"].sort().to_list(), standing, is_limited)


def judge_stopped(seen: Stopped) -> list[Finding]:
    """A breaker waits for a person; a pause was somebody's wish."""
    said = N_("{journey} has stopped sending by itself: {reason}")
    advice = N_("Look at it, then let it go on with: tenshu scenario resume {journey}")
    found = [look(said, advice, journey=one.journey, reason=_reason(one)) for one in seen.tripped]
    if seen.paused:
        names = ", ".join(seen.paused)
        found.append(look(N_("Paused: {names}."), N_("tenshu scenario resume NAME lets one go on."), names=names))
    if seen.standing:
        advice = N_("tenshu shop go-on lets the shop send again.")
        found.insert(0, look(N_("All sending of the shop is paused: {reason}"), advice, reason=seen.standing))
    if seen.limited:
        advice = N_("It goes on by itself. A larger limit: tenshu shop limit_per_day=...")
        found.append(look(N_("The mail provider's limit is reached; the rest waits."), advice))
    return found or [ok(N_("No scenario is stopped."))]


class Sender(msgspec.Struct, frozen=True):
    """Names of settings that the law asks for and that are empty or still the example's."""

    lacking: list[str]
    is_sending: bool


def read_sender(home: HomeUnderDoctor) -> Sender:
    """Compare the settings with the defaults."""
    shop = read_shop(home.ledger)
    lacking = [name for name in _NEEDED if getattr(shop, name) in {"", getattr(_DEFAULTS, name)}]
    return Sender(lacking, is_sending=_is_sending(home))


def judge_sender(seen: Sender) -> list[Finding]:
    """The law wants sender, address and contact in every marketing mail."""
    if not seen.lacking:
        return [ok(N_("Sender, postal address, contact and sender's e-mail address are set."))]
    names = ", ".join(seen.lacking)
    said = N_("These settings are missing, and the law asks for them in every marketing mail: {names}.")
    advice = N_('Set them: tenshu shop name="..." postal_address="..." contact="..." sender_email="..."')
    return [(broken if seen.is_sending else look)(said, advice, names=names)]


class MailServer(msgspec.Struct, frozen=True):
    """What the server said when it did not greet us, and whether anything is to be sent."""

    host: str
    port: int
    problem: str | None
    is_sending: bool


def read_mail_server(home: HomeUnderDoctor) -> MailServer | None:
    """Connect, greet and leave; no login and no mail."""
    if not home.network:
        return None
    settings: SmtpSettings = read_smtp(home.ledger)
    host, port, tls = settings.smtp_host, settings.smtp_port, settings.smtp_tls
    try:
        Connection(Server(host=host, port=port, tls=tls, timeout=PATIENCE)).close()
    except NotReady as problem:
        return MailServer(host, port, problem.text, _is_sending(home))
    return MailServer(host, port, None, _is_sending(home))


def judge_mail_server(seen: MailServer | None) -> list[Finding]:
    """Without it nothing goes out."""
    if seen is None:
        return [ok(N_("The mail server was not asked."))]
    given = {"host": seen.host, "port": seen.port, "problem": seen.problem or ""}
    if seen.problem is not None:
        said = N_("The mail server {host}:{port} does not take mail from here: {problem}")
        advice = N_("Check smtp_host, smtp_port and smtp_tls with tenshu shop. What waits is sent when it answers.")
        return [(broken if seen.is_sending else look)(said, advice, **given)]
    return [ok(N_("The mail server {host}:{port} answers."), **given)]


def _is_sending(home: HomeUnderDoctor) -> bool:
    return len(home.frame(select(journeys.c.journey).where(journeys.c.status == "active").limit(1))) > 0


def _since(instant: datetime | None, now: datetime) -> timedelta:
    return timedelta() if instant is None else max(now - instant, timedelta())


def _reason(one: Tripped) -> str:
    return _(REASONS[one.reason], **one.found) if one.reason in REASONS else one.reason


CHECKS: Final = (
    Check("outbox", N_("the outbox"), read_outbox, judge_outbox),
    Check("account", N_("the account"), read_accounts, judge_accounts),
    Check("stopped", N_("stopped scenarios"), read_stopped, judge_stopped),
    Check("sender", N_("the sender"), read_sender, judge_sender),
    Check("mail_server", N_("the mail server"), read_mail_server, judge_mail_server),
)
