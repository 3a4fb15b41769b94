"""Pages: kept segments as sentences, and the builder with its live count."""

from typing import Final

from tenshu.web.console.page import Page
from tenshu.web.console.segments.routes import count, edit, end, index, new, restore, save, show

PAGES: Final[tuple[Page, ...]] = (
    Page("/segments", index),
    Page("/segments/new", new),
    Page("/segments/edit", edit, method="POST"),
    Page("/segments/count", count, method="POST"),
    Page("/segments/save", save, role="marketer", method="POST"),
    Page("/segments/{name}", show),
    Page("/segments/{name}/end", end, role="marketer", method="POST"),
    Page("/segments/{name}/restore", restore, role="marketer", method="POST"),
)
