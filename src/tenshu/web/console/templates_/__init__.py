"""Pages: write a message, see it as anybody, send a test."""

from typing import Final

from tenshu.web.console.page import Page

#: What a form of the editor may hold, and one with a picture.
_LETTER: Final = 1_000_000
_PICTURE: Final = 7_000_000

PAGES: Final[tuple[Page, ...]] = (
    Page("/templates", "templates_.pages:index", role="staff"),
    Page("/templates/new", "templates_.pages:new", role="marketer"),
    Page("/templates/new", "templates_.acts:create", role="marketer", method="POST"),
    Page("/templates/brand", "templates_.acts:show_brand", role="marketer"),
    Page("/templates/brand", "templates_.acts:set_brand", role="marketer", method="POST", most_bytes=_PICTURE),
    Page("/templates/{name}", "templates_.pages:editor", role="staff"),
    Page("/templates/{name}/letter", "templates_.pages:letter", role="staff"),
    Page("/templates/{name}/seen", "templates_.pages:seen", role="staff"),
    Page("/templates/{name}/people", "templates_.pages:people", role="staff"),
    Page("/templates/{name}/gaps", "templates_.pages:empty_fields", role="staff"),
    Page("/templates/{name}/history", "templates_.pages:history", role="staff"),
    Page("/templates/{name}/copy", "templates_.shelf_acts:ask_copy", role="marketer"),
    Page("/templates/{name}/copy", "templates_.shelf_acts:copy", role="marketer", method="POST"),
    Page("/templates/{name}/put-away", "templates_.shelf_acts:put_away", role="marketer", method="POST"),
    Page("/templates/{name}/take-up", "templates_.shelf_acts:take_into_use", role="marketer", method="POST"),
    Page("/templates/{name}/write", "templates_.acts:write", role="marketer", method="POST", most_bytes=_LETTER),
    Page("/templates/{name}/change", "templates_.acts:change", role="marketer", method="POST", most_bytes=_PICTURE),
    Page("/templates/{name}/save", "templates_.acts:save_letter", role="marketer", method="POST", most_bytes=_LETTER),
    Page("/templates/{name}/discard", "templates_.acts:discard", role="marketer", method="POST"),
    Page("/templates/{name}/restore", "templates_.acts:restore", role="marketer", method="POST"),
    Page("/templates/{name}/test", "templates_.acts:test", role="marketer", method="POST", most_bytes=_LETTER),
)
