"""The outbox: what goes out next, what is held up, what nobody can say of whether it arrived."""

import polars as pl
from starlette.responses import Response

from tenshu.deliver import doubt, limits, standstill
from tenshu.deliver.breaker import read_tripped
from tenshu.kit.i18n import _, _n, current_language
from tenshu.know.profile import profiles
from tenshu.measure.outgoing import in_hands, queued_by_hour
from tenshu.measure.state import ScenarioState, scenario_states
from tenshu.web.console import figures
from tenshu.web.console.outbox.doubt_view import Doubts, doubts_view, parse_key
from tenshu.web.console.outbox.outbox_view import queue_view
from tenshu.web.console.scenarios.panel import called
from tenshu.web.console.visit import Visit


def show(visit: Visit) -> Response:
    """Show what goes out next and what needs a person."""
    shop, settings = visit.shop, visit.settings
    states = scenario_states(shop.ledger, now=visit.now)
    titles = {one.name: one.title.get(current_language()) or one.name for one in states}
    with shop.ledger.reading() as tx:
        tripped, stands, pace = read_tripped(tx), standstill.standstill(tx), limits.pace(tx, now=visit.now)
    handed, _doubted = in_hands(shop.ledger)
    view = queue_view(
        queued_by_hour(shop.ledger),
        titles=titles,
        tripped=tripped,
        standing_still=stands,
        pace=pace,
        in_hands=handed,
        now=visit.now,
        zone=settings.zone,
    )
    return visit.page("outbox/outbox.html", view=view, doubts=_doubts(visit, states, titles))


def resend(visit: Visit) -> Response:
    """Send the chosen messages in doubt again, or all of a scenario."""
    name, only = visit.path["name"], _chosen(visit)
    moved = doubt.resend(visit.shop.ledger, name, now=visit.now, only=only)
    return visit.go(
        "/outbox", said=_n("{count} message is sent again.", "{count} messages are sent again.", figures.count(moved))
    )


def count_as_sent(visit: Visit) -> Response:
    """Take the chosen messages in doubt as arrived, or all of a scenario."""
    name, only = visit.path["name"], _chosen(visit)
    moved = doubt.count_as_sent(visit.shop.ledger, name, now=visit.now, only=only)
    return visit.go(
        "/outbox", said=_n("{count} message counts as sent.", "{count} messages count as sent.", figures.count(moved))
    )


def stand_still(visit: Visit) -> Response:
    """Pause all sending of the shop."""
    with visit.shop.ledger.writing() as tx:
        standstill.stand_still(tx, standstill.BY_HAND, visit.now)
    return visit.go("/outbox", said=_("All sending is paused."), undo=("/outbox/go-on", _("Undo")))


def go_on(visit: Visit) -> Response:
    """Let the shop send again."""
    with visit.shop.ledger.writing() as tx:
        standstill.go_on(tx)
    return visit.go("/outbox", said=_("The shop sends again."))


def _doubts(visit: Visit, states: list[ScenarioState], titles: dict[str, str]) -> list[Doubts]:
    found = {one.name: doubt.doubts(visit.shop.ledger, one.name) for one in states if one.in_doubt}
    if not found:
        return []
    listed = pl.concat([rows["customer"].head(50) for rows in found.values()]).unique()
    known = profiles(visit.shop.warehouse, now=visit.now, customers=listed)
    names = {row["customer"]: called(row) for row in known.iter_rows(named=True)}
    return [doubts_view(name, titles[name], rows, names, zone=visit.settings.zone) for name, rows in found.items()]


def _chosen(visit: Visit) -> pl.DataFrame | None:
    """Return the messages that were ticked; None when the button for all was pressed."""
    if visit.said("all") == "yes":
        return None
    keys = [key for text in visit.form.getlist("message") if isinstance(text, str) and (key := parse_key(text))]
    return pl.DataFrame(keys, schema={"enrolment": pl.Int64, "visit": pl.Int64}, orient="row")
