"""Pages: the people of the shop, one's own account, keys, the audit log."""

from typing import Final

from tenshu.web.console.page import Page
from tenshu.web.console.people import audit_pages, key_pages, own_pages, staff_pages

PAGES: Final[tuple[Page, ...]] = (
    Page("/settings/people", staff_pages.show, role="owner"),
    Page("/settings/people/invite", staff_pages.invited, role="owner", method="POST"),
    Page("/settings/people/{person}/role", staff_pages.change, role="owner", method="POST"),
    Page("/settings/people/{person}/link", staff_pages.link, role="owner", method="POST"),
    Page("/settings/people/{person}/farewell", staff_pages.farewell, role="owner", method="POST"),
    Page("/settings/people/{person}/back", staff_pages.back, role="owner", method="POST"),
    Page("/settings/me", own_pages.show),
    Page("/settings/me", own_pages.describe, method="POST"),
    Page("/settings/me/password", own_pages.change_password, method="POST"),
    Page("/settings/keys", key_pages.show, role="owner"),
    Page("/settings/keys/new", key_pages.make, role="owner", method="POST"),
    Page("/settings/keys/{prefix}/end", key_pages.end, role="owner", method="POST"),
    Page("/settings/audit", audit_pages.show, role="owner"),
)
