"""Pages: the first start, step by step."""

from typing import Final

from tenshu.web.console.page import Page
from tenshu.web.console.setup import routes

PAGES: Final[tuple[Page, ...]] = routes.PAGES
