"""Pages: find a customer, one customer's card, and thirty days in their shoes."""

from typing import Final

from tenshu.web.console.customers.routes import index, more, shoes, show
from tenshu.web.console.page import Page

PAGES: Final[tuple[Page, ...]] = (
    Page("/customers", index, role="staff"),
    Page("/customers/{number}", show, role="staff"),
    Page("/customers/{number}/timeline", more, role="staff"),
    Page("/customers/{number}/shoes", shoes, role="staff"),
)
