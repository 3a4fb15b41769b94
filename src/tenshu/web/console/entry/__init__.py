"""Pages: sign in and out, the set-up link, invitations, a forgotten password. Everybody may open them."""

from typing import Final

from tenshu.web.console.entry.arrival import plainly
from tenshu.web.console.entry.forgotten import ask_for_link, forgot, new_password, reset
from tenshu.web.console.entry.joining import invited, join, make_owner, set_up
from tenshu.web.console.entry.signing import show, sign_in, sign_out
from tenshu.web.console.page import Page

PAGES: Final[tuple[Page, ...]] = (
    Page("/sign-in", plainly(show), role=None),
    Page("/sign-in", plainly(sign_in), role=None, method="POST", most_bytes=20_000),
    Page("/sign-out", plainly(sign_out), role=None, method="POST", most_bytes=20_000),
    Page("/set-up/{token}", plainly(set_up), role=None),
    Page("/set-up", plainly(make_owner), role=None, method="POST", most_bytes=20_000),
    Page("/invited/{token}", plainly(invited), role=None),
    Page("/invited", plainly(join), role=None, method="POST", most_bytes=20_000),
    Page("/forgot", plainly(forgot), role=None),
    Page("/forgot", plainly(ask_for_link), role=None, method="POST", most_bytes=20_000),
    Page("/reset/{token}", plainly(reset), role=None),
    Page("/reset", plainly(new_password), role=None, method="POST", most_bytes=20_000),
)
