"""Pages: keep a copy of everything, bring one back, take everything along."""

from typing import Final

from tenshu.web.console.page import Page

PAGES: Final[tuple[Page, ...]] = (
    Page("/settings/keeping", "keeping.backup_pages:show", role="owner"),
    Page("/settings/backup", "keeping.backup_pages:show", role="owner"),
    Page("/settings/backup", "keeping.backup_pages:make", role="owner", method="POST"),
    Page("/settings/backup/list", "keeping.backup_pages:part", role="owner"),
    Page("/settings/backup/nightly", "keeping.backup_pages:nightly", role="owner", method="POST"),
    Page("/settings/backup/go-on", "keeping.backup_pages:go_on", role="owner", method="POST"),
    Page("/settings/backup/{name}/download", "keeping.backup_pages:download", role="owner", method="POST"),
    Page("/settings/backup/{name}/remove", "keeping.backup_pages:remove", role="owner", method="POST"),
    Page("/settings/backup/{name}/keep", "keeping.backup_pages:keep", role="owner", method="POST"),
    Page("/settings/export", "keeping.export_pages:show", role="owner"),
    Page("/settings/export", "keeping.export_pages:begin", role="owner", method="POST"),
    Page("/settings/export/list", "keeping.export_pages:part", role="owner"),
    Page("/settings/export/{number}/download", "keeping.export_pages:download", role="owner", method="POST"),
)
