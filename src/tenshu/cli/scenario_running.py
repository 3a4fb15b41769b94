"""`tenshu scenario pause, resume, end, status, skip-overdue, doubt`: scenarios that run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tenshu.cli.scenario import HOME, STANDINGS, ScenarioMissing, scenario
from tenshu.kit.i18n import N_, _, _n

if TYPE_CHECKING:
    from tenshu.bootstrap import Shop
    from tenshu.deliver.breaker import Tripped
    from tenshu.measure.state import ScenarioState

YES = click.option("--yes", is_flag=True, help="Do it without asking.")
#: What a person is told to do about a breaker, by its reason.
_TO_DO: Final = {
    "overdue": N_(
        "Send: tenshu scenario resume {name} --home {home}   Skip: tenshu scenario skip-overdue {name} --home {home}"
    ),
}
_LOOK: Final = N_("Look into it, then go on with: tenshu scenario resume {name} --home {home}")


@contextmanager
def _scenario(name: str, home: Path) -> "Iterator[tuple[Shop, ScenarioState]]":
    """Open the shop and find the scenario."""
    from tenshu.bootstrap import open_shop
    from tenshu.measure.state import scenario_states

    shop = open_shop(home)
    try:
        known = {one.name: one for one in scenario_states(shop.ledger, now=shop.clock.now())}
        if name not in known:
            raise ScenarioMissing(name=name, home=home)
        yield shop, known[name]
    finally:
        shop.close()


@scenario.command()
@click.argument("name")
@HOME
def pause(name: str, home: Path) -> None:
    """Stop a scenario where it is; nothing of it goes out until it is resumed."""
    from tenshu.journey import switch

    with _scenario(name, home) as (shop, _state):
        switch.pause(shop.ledger, name)
        _tell_standing(shop, name)


@scenario.command()
@click.argument("name")
@HOME
@YES
def resume(name: str, home: Path, *, yes: bool) -> None:
    """Let a scenario go on that was paused, or whose sending has stopped itself."""
    from tenshu.deliver import breaker
    from tenshu.journey import switch

    with _scenario(name, home) as (shop, state):
        now = shop.clock.now()
        if state.tripped is not None:
            click.echo(reason_sentence(state.tripped))
            _confirm(yes, _("Send what waits in {name} ({count} messages)?", name=name, count=state.queued))
            with shop.ledger.writing() as tx:
                breaker.clear(tx, name, by="command", now=now)
        switch.resume(shop.ledger, name, now=now, zone=shop.settings.zone)
        _tell_standing(shop, name)


@scenario.command()
@click.argument("name")
@HOME
@YES
def end(name: str, home: Path, *, yes: bool) -> None:
    """End a scenario for good: every walk stops where it is, and what waits is not sent."""
    from tenshu.deliver.ending import end_scenario

    with _scenario(name, home) as (shop, state):
        question = N_("End {name} for good? {walking} people are in it and {queued} messages wait.")
        _confirm(yes, _(question, name=name, walking=state.walking, queued=state.queued))
        end_scenario(shop.ledger, name, now=shop.clock.now())
        _tell_standing(shop, name)


@scenario.command()
@HOME
def status(home: Path) -> None:
    """Show where each scenario stands, what is open in it, and what has stopped itself and why."""
    from tenshu.bootstrap import open_shop
    from tenshu.cli.as_of import show, table
    from tenshu.measure.state import scenario_states

    shop = open_shop(home)
    try:
        states = scenario_states(shop.ledger, now=shop.clock.now())
    finally:
        shop.close()
    counts = [_("people in it"), _("messages waiting"), _("in hand"), _("in doubt")]
    made = table(_("Scenarios"), [_("scenario"), _("where it stands")], counts)
    for one in states:
        figures = [f"{number:,}" for number in (one.walking, one.queued, one.sending, one.in_doubt)]
        held = " (" + _("sending has stopped itself") + ")" if one.tripped else ""
        made.add_row(one.name, _(STANDINGS[one.standing]) + held, *figures)
    show(made)
    for one in states:
        if one.tripped is not None:
            to_do = _(_TO_DO.get(one.tripped.reason, _LOOK), name=one.name, home=home)
            click.echo(f"{one.name}: {reason_sentence(one.tripped)}\n  {to_do}")
        if one.in_doubt:
            click.echo(
                _n(
                    "{name}: {count} message is in doubt. See it with: tenshu scenario doubt {name} --home {home}",
                    "{name}: {count} messages are in doubt. See them with: tenshu scenario doubt {name} --home {home}",
                    one.in_doubt,
                    name=one.name,
                    home=home,
                )
            )


@scenario.command("skip-overdue")
@click.argument("name")
@HOME
@YES
def skip_overdue(name: str, home: Path, *, yes: bool) -> None:
    """Do not send what has been due for more than a day; the rest goes on."""
    from tenshu.deliver import breaker

    with _scenario(name, home) as (shop, _state):
        now = shop.clock.now()
        _confirm(yes, _("Skip what {name} should have sent more than a day ago?", name=name))
        skipped = breaker.skip_overdue(shop.ledger, name, now=now)
        with shop.ledger.writing() as tx:
            breaker.clear(tx, name, by="command", now=now)
    click.echo(_n("{count} message is skipped.", "{count} messages are skipped.", skipped))


@scenario.command()
@click.argument("name")
@HOME
@click.option("--resend", is_flag=True, help="Send them again; some may arrive twice.")
@click.option("--count-as-sent", is_flag=True, help="Take them as arrived; they are never sent again.")
@YES
def doubt(name: str, home: Path, *, resend: bool, count_as_sent: bool, yes: bool) -> None:
    """List the messages of a scenario of which nobody knows whether they arrived, or decide on them."""
    from tenshu.deliver import doubt as doubtful

    if resend and count_as_sent:
        raise click.UsageError(_("Give --resend or --count-as-sent, not both."))
    with _scenario(name, home) as (shop, _state):
        if resend:
            _confirm(yes, _("Send them again? Some may arrive twice."))
            moved = doubtful.resend(shop.ledger, name, now=shop.clock.now())
            click.echo(_n("{count} message is queued again.", "{count} messages are queued again.", moved))
        elif count_as_sent:
            _confirm(yes, _("Count them as sent?"))
            moved = doubtful.count_as_sent(shop.ledger, name, now=shop.clock.now())
            click.echo(_n("{count} message counts as sent.", "{count} messages count as sent.", moved))
        else:
            _list_doubts(shop, name)


def reason_sentence(tripped: "Tripped") -> str:
    """Return why a scenario's sending has stopped itself, in the reader's language."""
    from tenshu.deliver.breaker import REASONS

    return _(REASONS[tripped.reason], **tripped.found)


def _list_doubts(shop: "Shop", name: str) -> None:
    from tenshu.cli.as_of import show, table
    from tenshu.deliver.doubt import doubts

    found = doubts(shop.ledger, name)
    made = table(_("Messages in doubt"), [_("step"), _("sent to"), _("handed over at"), _("reason")], [_("customer")])
    for row in found.iter_rows(named=True):
        made.add_row(
            row["step"], row["address"], f"{row['claimed_at']:%Y-%m-%d %H:%M}", row["reason"], str(row["customer"])
        )
    show(made)
    click.echo(_("{count} in all.", count=len(found)))


def _confirm(yes: bool, question: str) -> None:  # noqa: FBT001
    if not yes:
        click.confirm(question, abort=True)


def _tell_standing(shop: "Shop", name: str) -> None:
    from tenshu.measure.state import scenario_states

    states = {one.name: one for one in scenario_states(shop.ledger, now=shop.clock.now())}
    click.echo(_("{name} is {status}.", name=name, status=_(STANDINGS[states[name].standing])))
