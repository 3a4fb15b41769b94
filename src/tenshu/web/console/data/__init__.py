"""Pages: which data is kept, why, and what is never used."""

from typing import Final

from tenshu.web.console.page import Page

PAGES: Final[tuple[Page, ...]] = (Page("/data", "data.routes:show"),)
