"""Pages: the first week with hardly any data."""

from typing import Final

from tenshu.web.console.page import Page

PAGES: Final[tuple[Page, ...]] = (
    Page("/guide", "guide.routes:show"),
    Page("/guide/card", "guide.routes:card"),
    Page("/guide/list.xlsx", "guide.routes:ready_made"),
    Page("/own", "guide.own_pages:offer"),
    Page("/own", "guide.own_pages:begin_own", method="POST"),
)
