"""Pages: take over a file, and take it back."""

from typing import Final

from tenshu.collect.uploads import MOST_BYTES
from tenshu.web.console.imports import done_pages, routes
from tenshu.web.console.page import Page

#: A form with a file is a little larger than the file.
_FORM_BYTES: Final = MOST_BYTES + 1_000_000

PAGES: Final[tuple[Page, ...]] = (
    Page("/import", routes.index, role="marketer"),
    Page("/import", routes.bring, role="marketer", method="POST", most_bytes=_FORM_BYTES),
    Page("/import/samples/{name}", routes.sample, role="marketer"),
    Page("/import/of/{number}", done_pages.show, role="marketer"),
    Page("/import/of/{number}/refused/{name}", done_pages.refused_rows, role="marketer"),
    Page("/import/of/{number}/undo", done_pages.undo, role="owner", method="POST"),
    Page("/import/{number}", routes.show, role="marketer"),
    Page("/import/{number}/look", routes.look_again, role="marketer", method="POST"),
    Page("/import/{number}/check", routes.check, role="marketer", method="POST"),
    Page("/import/{number}/columns", routes.columns, role="marketer"),
    Page("/import/{number}/refused/{name}", routes.refused_rows, role="marketer"),
    Page("/import/{number}/enter", routes.enter, role="marketer", method="POST"),
    Page("/import/{number}/throw-away", routes.drop, role="marketer", method="POST"),
)
