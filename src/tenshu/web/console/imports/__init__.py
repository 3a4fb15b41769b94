"""Pages: take over a file, and take it back."""

from typing import Final

from tenshu.collect.upload_size import MOST_BYTES
from tenshu.web.console.page import Page

#: A form with a file is a little larger than the file.
_FORM_BYTES: Final = MOST_BYTES + 1_000_000

PAGES: Final[tuple[Page, ...]] = (
    Page("/import", "imports.routes:index", role="marketer"),
    Page("/import", "imports.routes:bring", role="marketer", method="POST", most_bytes=_FORM_BYTES),
    Page("/import/samples/{name}", "imports.routes:sample", role="marketer"),
    Page("/import/of/{number}", "imports.done_pages:show", role="marketer"),
    Page("/import/of/{number}/refused/{name}", "imports.done_pages:refused_rows", role="marketer", method="POST"),
    Page("/import/of/{number}/undo", "imports.done_pages:undo", role="owner", method="POST"),
    Page("/import/{number}", "imports.routes:show", role="marketer"),
    Page("/import/{number}/look", "imports.routes:look_again", role="marketer", method="POST"),
    Page("/import/{number}/check", "imports.routes:check", role="marketer", method="POST"),
    Page("/import/{number}/columns", "imports.routes:columns", role="marketer"),
    Page("/import/{number}/refused/{name}", "imports.routes:refused_rows", role="marketer", method="POST"),
    Page("/import/{number}/enter", "imports.routes:enter", role="marketer", method="POST"),
    Page("/import/{number}/throw-away", "imports.routes:drop", role="marketer", method="POST"),
)
