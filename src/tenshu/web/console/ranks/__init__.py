"""Pages: RFM map and decile curve, cells that open."""

from typing import Final

from tenshu.web.console.page import Page
from tenshu.web.console.ranks.routes import publish_now, show

PAGES: Final[tuple[Page, ...]] = (
    Page("/ranks", show),
    Page("/ranks/publish", publish_now, role="marketer", method="POST"),
)
