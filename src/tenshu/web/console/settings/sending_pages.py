"""Whether anything goes out at all: pause the whole shop's sending, and let it go on."""

from typing import Final

from sqlalchemy import func, select
from starlette.responses import Response

from tenshu.deliver.standstill import BY_HAND, go_on, stand_still, standstill
from tenshu.deliver.tables import IS_QUEUED, IS_SENDING, outbox
from tenshu.kit.i18n import _
from tenshu.staff.audit import record
from tenshu.web.console.page import Page
from tenshu.web.console.settings.pages import actor, read_pace
from tenshu.web.console.settings.sentences import pace_sentence, sending_sentence
from tenshu.web.console.visit import Visit


def show(visit: Visit) -> Response:
    """Say whether anything goes out, what waits, and what pausing does."""
    counted = select(func.count()).select_from(outbox)
    with visit.shop.ledger.reading() as tx:
        paused = standstill(tx)
        waiting, in_hands = int(tx.value(counted.where(IS_QUEUED))), int(tx.value(counted.where(IS_SENDING)))
    zone = visit.settings.zone
    return visit.page(
        "settings/sending.html",
        paused=paused,
        said=sending_sentence(paused, zone),
        pace=pace_sentence(read_pace(visit), zone, visit.now),
        waiting=waiting,
        in_hands=in_hands,
    )


def pause(visit: Visit) -> Response:
    """Let nothing go out any more."""
    reason = visit.said("reason")[:200] or BY_HAND
    with visit.shop.ledger.writing() as tx:
        stand_still(tx, reason, visit.now)
        record(tx, "sending_paused", by=actor(visit), now=visit.now, detail={"reason": reason})
    return visit.go("/settings/sending", said=_("All sending is paused."), undo=("/settings/sending/go-on", _("Undo")))


def resume(visit: Visit) -> Response:
    """Let it go on."""
    with visit.shop.ledger.writing() as tx:
        if go_on(tx):
            record(tx, "sending_resumed", by=actor(visit), now=visit.now)
    said = _("Sending goes on. What should have gone out long ago is asked about, scenario by scenario.")
    return visit.go("/settings/sending", said=said)


PAGES: Final[tuple[Page, ...]] = (
    Page("/settings/sending", show, role="owner"),
    Page("/settings/sending/pause", pause, role="owner", method="POST"),
    Page("/settings/sending/go-on", resume, role="owner", method="POST"),
)
