"""The page of the data that the shop keeps."""

import msgspec
from starlette.responses import Response

from tenshu.bootstrap import read_templates
from tenshu.condition import dump
from tenshu.journey import records
from tenshu.know.catalogue import Catalogue
from tenshu.segment.saved import read_segments
from tenshu.web.console.data.data_view import data_view
from tenshu.web.console.data.uses import uses
from tenshu.web.console.visit import Visit


def show(visit: Visit) -> Response:
    """Show which data is kept, why, since when and how complete."""
    found = msgspec.convert(visit.ask("catalogue", now=visit.now.isoformat()), Catalogue)
    traits, events = uses(_conditions(visit), _messages(visit))
    return visit.page("data/data.html", view=data_view(found, traits, events, zone=visit.settings.zone))


def _conditions(visit: Visit) -> dict[str, object]:
    with visit.shop.ledger.reading() as tx:
        running = records.read_running(tx, "active", "paused")
        segments = read_segments(tx)
    told = {one.journey.title_in(visit.language): msgspec.to_builtins(one.journey) for one in running}
    return told | {one.title.get(visit.language, one.name): dump(one.condition) for one in segments}


def _messages(visit: Visit) -> dict[str, object]:
    return {name: msgspec.to_builtins(source) for name, source in read_templates(visit.shop).items()}
