"""Pages: the first week with hardly any data."""

from typing import Final

from tenshu.web.console.guide.own_pages import begin_own, offer
from tenshu.web.console.guide.routes import card, ready_made, show
from tenshu.web.console.page import Page

PAGES: Final[tuple[Page, ...]] = (
    Page("/guide", show),
    Page("/guide/card", card),
    Page("/guide/list.xlsx", ready_made),
    Page("/own", offer),
    Page("/own", begin_own, method="POST"),
)
