"""Pages: RFM map and decile curve, cells that open."""

from typing import Final

from tenshu.web.console.page import Page

PAGES: Final[tuple[Page, ...]] = (
    Page("/ranks", "ranks.routes:show"),
    Page("/ranks/publish", "ranks.routes:publish_now", role="marketer", method="POST"),
)
