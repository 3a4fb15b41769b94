"""The page of ranks, and the word to publish them anew."""

import msgspec
from starlette.responses import Response

from tenshu.flow import publish
from tenshu.kit.i18n import _
from tenshu.web.console.ranks.asked import Ranked
from tenshu.web.console.ranks.ranks_view import ranks_view
from tenshu.web.console.visit import Visit


def show(visit: Visit) -> Response:
    """Show who carries the shop, and who is drifting away."""
    ranked = msgspec.convert(visit.ask("ranks", now=visit.now.isoformat()), Ranked)
    view = ranks_view(ranked, currency=visit.settings.currency, zone=visit.settings.zone)
    return visit.page("ranks/ranks.html", view=view)


def publish_now(visit: Visit) -> Response:
    """Publish the borders between ranks as of now."""
    if visit.shop.is_owner:
        publish(visit.shop, visit.settings, now=visit.now)
    else:
        visit.shop.ask("publish")
    return visit.go("/ranks", said=_("The borders between the ranks are those of today now."))
