"""Pages: find a customer, one customer's card, and thirty days in their shoes."""

from typing import Final

from tenshu.web.console.page import Page

PAGES: Final[tuple[Page, ...]] = (
    Page("/customers", "customers.routes:index", role="staff"),
    Page("/customers/{number}", "customers.routes:show", role="staff"),
    Page("/customers/{number}/timeline", "customers.routes:more", role="staff"),
    Page("/customers/{number}/shoes", "customers.routes:shoes", role="staff"),
)
