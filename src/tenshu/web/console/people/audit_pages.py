"""Settings: the audit log, in sentences, with the state of its seals."""

from typing import Final

from sqlalchemy import select
from starlette.responses import Response

from tenshu.staff.audit import Checked, check, read_audit
from tenshu.staff.tables import audit_end
from tenshu.web.console.people.audit_view import audit_days
from tenshu.web.console.visit import Visit

_ROWS: Final = 100
#: With more rows than this the seals are looked at when somebody asks.
_CHECKED_AT_ONCE: Final = 5_000


def show(visit: Visit) -> Response:
    """Show the newest rows, or older ones."""
    asked = visit.query.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 16 else None
    with visit.shop.ledger.reading() as tx:
        entries = read_audit(tx, before=before, limit=_ROWS)
        total = tx.value(select(audit_end.c.number)) or 0
        is_asked = visit.query.get("check") == "yes" or total <= _CHECKED_AT_ONCE
        checked: Checked | None = check(tx) if is_asked else None
    older = entries[-1].number if len(entries) == _ROWS and entries[-1].number > 1 else None
    return visit.page(
        "people/audit.html",
        days=audit_days(entries, zone=visit.settings.zone),
        total=total,
        checked=checked,
        older=older,
        is_newest=before is None,
    )
