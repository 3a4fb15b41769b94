"""The first week, and what it needs on paper."""

from typing import Final

from sqlalchemy import func, select
from starlette.responses import Response

from tenshu.content.tables import templates
from tenshu.journey.tables import journeys
from tenshu.know.members import known_customers
from tenshu.privacy.tables import consents
from tenshu.web.console.guide.guide_view import Progress, questions, treatments, week
from tenshu.web.console.guide.ready_list import ready_list
from tenshu.web.console.settings.kept import read_kept
from tenshu.web.console.setup.steps import missing
from tenshu.web.console.visit import Visit

_EXCEL: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show(visit: Visit) -> Response:
    """Show the first week of a shop with hardly any data."""
    return visit.page("guide/guide.html", week=week(read_progress(visit)), treatments=treatments())


def card(visit: Visit) -> Response:
    """Show the card for the counter, ready to print."""
    return visit.page("guide/card.html", questions=questions(), shop=visit.settings)


def ready_made(_visit: Visit) -> Response:
    """Give the ready-made list as a file."""
    headers = {"Content-Disposition": 'attachment; filename="customers.xlsx"'}
    return Response(ready_list(), media_type=_EXCEL, headers=headers)


def read_progress(visit: Visit) -> Progress:
    """Return what the shop has already."""
    with visit.shop.ledger.reading() as tx:
        reachable = tx.value(select(func.count(consents.c.node.distinct())).where(consents.c.status == "granted"))
        written = tx.value(select(func.count(templates.c.template.distinct())))
        started = tx.value(select(func.count(journeys.c.journey.distinct())))
    return Progress(
        is_set_up=not missing(read_kept(visit.shop.ledger)),
        customers=known_customers(visit.shop.warehouse),
        reachable=int(reachable or 0),
        templates=int(written or 0),
        scenarios=int(started or 0),
    )
