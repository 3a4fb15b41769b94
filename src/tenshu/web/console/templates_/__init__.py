"""Pages: write a message, see it as anybody, send a test."""

from typing import Final

from tenshu.web.console.page import Page
from tenshu.web.console.templates_ import acts, pages

#: What a form of the editor may hold, and one with a picture.
_LETTER: Final = 1_000_000
_PICTURE: Final = 7_000_000

PAGES: Final[tuple[Page, ...]] = (
    Page("/templates", pages.index, role="staff"),
    Page("/templates/new", pages.new, role="marketer"),
    Page("/templates/new", acts.create, role="marketer", method="POST"),
    Page("/templates/brand", acts.show_brand, role="marketer"),
    Page("/templates/brand", acts.set_brand, role="marketer", method="POST", most_bytes=_PICTURE),
    Page("/templates/{name}", pages.editor, role="staff"),
    Page("/templates/{name}/letter", pages.letter, role="staff"),
    Page("/templates/{name}/seen", pages.seen, role="staff"),
    Page("/templates/{name}/people", pages.people, role="staff"),
    Page("/templates/{name}/gaps", pages.empty_fields, role="staff"),
    Page("/templates/{name}/history", pages.history, role="staff"),
    Page("/templates/{name}/write", acts.write, role="marketer", method="POST", most_bytes=_LETTER),
    Page("/templates/{name}/change", acts.change, role="marketer", method="POST", most_bytes=_PICTURE),
    Page("/templates/{name}/save", acts.save_letter, role="marketer", method="POST", most_bytes=_LETTER),
    Page("/templates/{name}/discard", acts.discard, role="marketer", method="POST"),
    Page("/templates/{name}/restore", acts.restore, role="marketer", method="POST"),
    Page("/templates/{name}/test", acts.test, role="marketer", method="POST", most_bytes=_LETTER),
)
