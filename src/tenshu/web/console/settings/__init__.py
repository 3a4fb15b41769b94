"""Pages: what the shop is, how its mail goes out, what customers were promised."""

from typing import Final

from tenshu.web.console.page import Page
from tenshu.web.console.settings import domain_pages, index, pages, purposes_pages, sending_pages, server_test

PAGES: Final[tuple[Page, ...]] = (
    *index.PAGES,
    *pages.PAGES,
    *server_test.PAGES,
    *domain_pages.PAGES,
    *purposes_pages.PAGES,
    *sending_pages.PAGES,
)
