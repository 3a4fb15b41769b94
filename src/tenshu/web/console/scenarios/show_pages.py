"""One scenario: its tree with live counts, the panel of a step, what stands in its way."""

from starlette.responses import Response

from tenshu.journey.sentence import sentence
from tenshu.kit.i18n import current_language
from tenshu.measure.state import ScenarioState, scenario_states
from tenshu.measure.where_they_stand import WhereTheyStand, where_they_stand
from tenshu.web.console.account_bar import account_view
from tenshu.web.console.scenarios.finding import Found, find
from tenshu.web.console.scenarios.panel import Panel, panel, with_people
from tenshu.web.console.scenarios.show_view import head_view
from tenshu.web.console.scenarios.tree_view import tree_view
from tenshu.web.console.visit import Visit


def show(visit: Visit) -> Response:
    """Show one scenario as a tree."""
    found = find(visit, visit.path["name"], version=_version(visit))
    if found is None:
        return visit.lost()
    where, opened = _where(visit, found), visit.query.get("step", "entry")
    state = _state(visit, found)
    settings = visit.settings
    return visit.page(
        "scenarios/show.html",
        found=found,
        as_list=visit.query.get("as") == "list",
        head=head_view(found, state, now=visit.now, zone=settings.zone, currency=settings.currency),
        tree=tree_view(found.journey, where, currency=settings.currency, opened=opened),
        panel=_panel(visit, found, opened, where) or _panel(visit, found, "entry", where),
        account=None if where is None else account_view(where.account),
        words=sentence(found.journey, current_language(), currency=settings.currency),
    )


def show_live(visit: Visit) -> Response:
    """Show the tree alone, with its counts of this moment."""
    found = find(visit, visit.path["name"], version=_version(visit))
    if found is None:
        return visit.lost()
    where = _where(visit, found)
    opened = visit.query.get("step", "entry")
    tree = tree_view(found.journey, where, currency=visit.settings.currency, opened=opened)
    return visit.part("scenarios/tree.html", found=found, tree=tree)


def show_step(visit: Visit) -> Response:
    """Show the panel of one step."""
    found = find(visit, visit.path["name"], version=_version(visit))
    made = None if found is None else _panel(visit, found, visit.path["step"], _where(visit, found))
    if found is None or made is None:
        return visit.lost()
    return visit.part("scenarios/panel.html", found=found, panel=made)


def _version(visit: Visit) -> int | None:
    said = visit.query.get("version", "")
    return int(said) if said.isdecimal() and len(said) < 10 else None


def _where(visit: Visit, found: Found) -> WhereTheyStand | None:
    return None if found.draft is not None else where_they_stand(visit.shop.ledger, found.journey, found.version)


def _state(visit: Visit, found: Found) -> ScenarioState | None:
    states = scenario_states(visit.shop.ledger, now=visit.now)
    return next((one for one in states if one.name == found.journey.name), None)


def _panel(visit: Visit, found: Found, key: str, where: WhereTheyStand | None) -> Panel | None:
    settings = visit.settings
    made = panel(found.journey, key, where, currency=settings.currency)
    if made is None or where is None or not visit.can("staff"):
        return made
    shop = visit.shop
    return with_people(
        made, shop.ledger, shop.warehouse, found.journey, found.version, now=visit.now, zone=settings.zone
    )
