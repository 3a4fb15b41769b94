"""Pages: what goes out next, what stands still, what nobody can say of whether it arrived."""

from typing import Final

from tenshu.web.console.page import Page

PAGES: Final[tuple[Page, ...]] = (
    Page("/outbox", "outbox.routes:show", role="marketer"),
    Page("/outbox/stand-still", "outbox.routes:stand_still", role="marketer", method="POST"),
    Page("/outbox/go-on", "outbox.routes:go_on", role="marketer", method="POST"),
    Page("/outbox/doubt/{name}/resend", "outbox.routes:resend", role="marketer", method="POST"),
    Page("/outbox/doubt/{name}/sent", "outbox.routes:count_as_sent", role="marketer", method="POST"),
)
