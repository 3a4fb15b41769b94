"""Pages: kept segments as sentences, and the builder with its live count."""

from typing import Final

from tenshu.web.console.page import Page

PAGES: Final[tuple[Page, ...]] = (
    Page("/segments", "segments.routes:index"),
    Page("/segments/new", "segments.routes:new"),
    Page("/segments/edit", "segments.routes:edit", method="POST"),
    Page("/segments/count", "segments.routes:count", method="POST"),
    Page("/segments/save", "segments.routes:save", role="marketer", method="POST"),
    Page("/segments/{name}", "segments.routes:show"),
    Page("/segments/{name}/end", "segments.routes:end", role="marketer", method="POST"),
    Page("/segments/{name}/restore", "segments.routes:restore", role="marketer", method="POST"),
)
