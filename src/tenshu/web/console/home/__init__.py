"""Pages: what happened, what goes out next, what needs a person; and the language."""

from typing import Final

from tenshu.web.console.page import Page

PAGES: Final[tuple[Page, ...]] = (
    Page("/", "home.routes:show"),
    Page("/language", "home.routes:choose_language", role=None, method="POST"),
)
