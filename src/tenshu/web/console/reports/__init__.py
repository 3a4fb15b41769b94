"""Pages: did it help?"""

from typing import Final

from tenshu.web.console.page import Page
from tenshu.web.console.reports.routes import show

PAGES: Final[tuple[Page, ...]] = (Page("/report", show),)
