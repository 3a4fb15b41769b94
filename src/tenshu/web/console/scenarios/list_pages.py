"""The list of scenarios, and whether each one helped."""

from starlette.responses import Response

from tenshu.journey import records
from tenshu.journey.drafts import Draft, read_drafts
from tenshu.journey.recipes import RECIPES
from tenshu.kit.errors import TenshuError
from tenshu.measure.account import account
from tenshu.measure.state import scenario_states
from tenshu.web.console import verdict
from tenshu.web.console.outreach_view import waiting
from tenshu.web.console.scenarios.finding import journey_of
from tenshu.web.console.scenarios.list_view import Card, arranged, draft_card, resting_card, started_card, with_changes
from tenshu.web.console.visit import Visit


def index(visit: Visit) -> Response:
    """List the scenarios; without any, offer the recipes."""
    ledger = visit.shop.ledger
    with ledger.reading() as tx:
        running = records.read_running(tx, "active", "paused", "ended")
        resting = records.resting(tx)
        drafts = read_drafts(tx)
    states = {one.name: one for one in scenario_states(ledger, now=visit.now)}
    counted = account(ledger)
    newest = {one.journey.name: one for one in sorted(running, key=lambda one: one.version)}
    settings = visit.settings
    started = [
        started_card(one, states[name], counted, now=visit.now, zone=settings.zone, currency=settings.currency)
        for name, one in sorted(newest.items(), key=lambda item: item[1].started_at)
    ]
    started += [resting_card(one) for one in resting]
    started = with_changes(started, {one.name for one in drafts if one.version})
    view = arranged(started, [_draft(visit, one) for one in drafts if not one.version])
    return visit.page("scenarios/list.html", view=view, recipes=list(RECIPES.values()))


def show_verdict(visit: Visit) -> Response:
    """Say of one scenario whether it helped, for its card; the report behind it takes a while."""
    report = visit.request.app.state.report()
    for outreach in report.outreaches:
        if outreach.name == visit.path["name"]:
            people = outreach.treated.people + outreach.held_out.people
            lift = outreach.lift_orders
            return visit.part(
                "scenarios/verdict.html",
                kind=lift.verdict.value,
                headline=verdict.headline(lift),
                sentence=verdict.orders_sentence(outreach),
                waiting=waiting(lift, people),
            )
    return visit.part("scenarios/verdict.html", kind="", headline="", sentence="", waiting=None)


def _draft(visit: Visit, draft: Draft) -> Card:
    settings = visit.settings
    try:
        journey = journey_of(visit.shop, draft, now=visit.now, zone=settings.zone)
    except TenshuError as problem:
        return draft_card(draft, None, problem.text(), currency=settings.currency)
    return draft_card(draft, journey, "", currency=settings.currency)
