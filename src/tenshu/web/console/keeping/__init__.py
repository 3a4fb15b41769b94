"""Pages: keep a copy of everything, bring one back, take everything along."""

from typing import Final

from tenshu.web.console.keeping import backup_pages, export_pages
from tenshu.web.console.page import Page

PAGES: Final[tuple[Page, ...]] = (*backup_pages.PAGES, *export_pages.PAGES)
