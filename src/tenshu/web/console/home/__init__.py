"""Pages: what happened, what goes out next, what needs a person; and the language."""

from typing import Final

from tenshu.web.console.home.routes import choose_language, show
from tenshu.web.console.page import Page

PAGES: Final[tuple[Page, ...]] = (
    Page("/", show),
    Page("/language", choose_language, role=None, method="POST"),
)
