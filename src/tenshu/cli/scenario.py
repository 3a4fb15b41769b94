"""`tenshu scenario`: check, start and list scenarios (シナリオ)."""

from contextlib import closing
from pathlib import Path
from typing import Final

import click

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _, current_language

HOME = click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")


#: Where a scenario stands (`measure.state.Standing`), in words.
STANDINGS: Final = {
    "waiting": N_("waiting"),
    "running": N_("running"),
    "pausing": N_("pausing"),
    "paused": N_("paused"),
    "finishing": N_("finishing"),
    "finished": N_("finished"),
    "ended": N_("ended"),
}


class TemplateMissing(TenshuError):
    """A scenario sends a template that the shop does not have."""

    template = N_(
        'The scenario "{journey}" sends the template "{template}", which this shop does not have. '
        "It has: {known}. Add it with: tenshu template add FILE --home {home}"
    )


class TemplateOutOfUse(TenshuError):
    """A scenario that sends a template that the shop has taken out of use."""

    template = N_(
        'The scenario "{journey}" sends the template "{template}", which is out of use. '
        "Take it into use again in the console, or send another one."
    )


class ScenarioMissing(TenshuError):
    """A scenario was named that was never started."""

    template = N_('There is no scenario "{name}" here. List them with: tenshu scenario list --home {home}')


@click.group()
def scenario() -> None:
    """Check, start, pause, resume, end and list scenarios."""


@scenario.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Read a definition and say it in words."""
    from tenshu.journey.definition import parse_journey
    from tenshu.journey.sentence import sentence

    click.echo(sentence(parse_journey(file.read_bytes()), current_language()))


@scenario.command()
def schema() -> None:
    """Print the JSON Schema of definitions."""
    import json

    from tenshu.journey.definition import schema as journey_schema

    click.echo(json.dumps(journey_schema(), ensure_ascii=False, indent=2))


@scenario.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@HOME
def start(file: Path, home: Path) -> None:
    """Start a scenario; people enter from now on, and what happened before starts nothing."""
    from tenshu.bootstrap import open_shop, read_templates, start_journey
    from tenshu.content.retired import retired
    from tenshu.journey.definition import parse_journey

    journey = parse_journey(file.read_bytes())
    with closing(open_shop(home)) as shop:
        with shop.ledger.reading() as tx:
            gone = retired(tx)
        known = read_templates(shop)
        for template in journey.templates():
            if template in gone:
                raise TemplateOutOfUse(journey=journey.name, template=template)
            if template not in known:
                raise TemplateMissing(journey=journey.name, template=template, known=", ".join(known) or "-", home=home)
        version = start_journey(shop, journey)
    click.echo(_("{name} (version {version}) has started.", name=journey.name, version=version))


@scenario.command(name="list")
@HOME
def list_(home: Path) -> None:
    """List the scenarios with where they stand."""
    from tenshu.bootstrap import open_shop
    from tenshu.journey.records import read_running
    from tenshu.measure.state import scenario_states

    with closing(open_shop(home)) as shop:
        with shop.ledger.reading() as tx:
            everything = read_running(tx, "active", "paused", "ended")
        states = {one.name: one for one in scenario_states(shop.ledger, now=shop.clock.now())}
    for one in everything:
        title = one.journey.title_in(current_language())
        standing = states[one.journey.name].standing.value
        click.echo(f"{one.journey.name}\tv{one.version}\t{standing}\t{title}")
