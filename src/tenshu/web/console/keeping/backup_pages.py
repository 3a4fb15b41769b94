"""Pages on backups: make one, take it along, every night, and let a restored shop send again."""

import re
from pathlib import Path
from typing import Any, Final

import msgspec
from starlette.responses import Response

from tenshu.deliver.standstill import standstill
from tenshu.flow.backing import LAST, SETTING, Nightly, list_backups, read_nightly
from tenshu.flow.restoring import confirm, count_in_question, read_gap
from tenshu.kit.i18n import _, _n
from tenshu.store.backup import FOLDER, REMOVED, SUFFIX
from tenshu.store.remote import OwnerAway
from tenshu.store.settings import setting, write_setting
from tenshu.web.console.downloads import given_out
from tenshu.web.console.keeping.keeping_view import answer, held, is_worrying, nightly_sentence, rows_of
from tenshu.web.console.visit import Visit

_NAME: Final = re.compile(r"[A-Za-z0-9-]+" + re.escape(SUFFIX))
_KEPT: Final = (3, 7, 14, 30)


def show(visit: Visit) -> Response:
    """Show whether the shop is safe, and the backups."""
    return visit.page("keeping/backup.html", **_view(visit))


def part(visit: Visit) -> Response:
    """Show the list again, while a backup is being made."""
    return visit.part("keeping/backups.html", **_view(visit))


def make(visit: Visit) -> Response:
    """Begin a backup."""
    visit.ask("backup")
    return visit.go("/settings/backup", said=_("The backup is being made. The shop goes on meanwhile."))


def download(visit: Visit) -> Response:
    """Give a backup out."""
    path = _path(visit)
    if path is None:
        return visit.lost()
    return given_out(visit, path, "backup_taken", about=path.name, called=path.name, kind="application/zip")


def remove(visit: Visit) -> Response:
    """Take a backup from the list; until the next one is made it can be put back."""
    path = _path(visit)
    if path is None:
        return visit.lost()
    path.rename(path.with_name(path.name + REMOVED))
    undo = (f"/settings/backup/{path.name}/keep", _("Undo"))
    return visit.go("/settings/backup", said=_("The backup is deleted."), undo=undo)


def keep(visit: Visit) -> Response:
    """Put a backup back into the list."""
    path = _path(visit, behind=REMOVED)
    if path is None:
        return visit.lost()
    path.rename(path.with_name(path.name.removesuffix(REMOVED)))
    return visit.go("/settings/backup", said=_("The backup is back in the list."))


def nightly(visit: Visit) -> Response:
    """Save what is to be made at night."""
    wanted = Nightly(
        is_on=visit.said("is_on") == "yes",
        hour=_within(visit.said("hour"), range(24), 3),
        keep=_within(visit.said("keep"), _KEPT, 7),
    )
    with visit.shop.ledger.writing() as tx:
        write_setting(tx, SETTING, msgspec.to_builtins(wanted))
    return visit.go("/settings/backup", said=nightly_sentence(wanted))


def go_on(visit: Visit) -> Response:
    """Let a restored shop send again."""
    skip = visit.said("skip") == "yes"
    skipped = confirm(visit.shop.ledger, now=visit.now, skip=skip)
    said = _("The shop sends again.")
    if skip:
        said += " " + _n(
            "{count} message that was due is not sent.", "{count} messages that were due are not sent.", f"{skipped:,}"
        )
    return visit.go("/settings/backup", said=said)


def _view(visit: Visit) -> dict[str, Any]:
    kept, zone = list_backups(visit.shop.home), visit.settings.zone
    with visit.shop.ledger.reading() as tx:
        wanted, gap, still = read_nightly(setting(tx, SETTING)), read_gap(tx), standstill(tx)
        messages = 0 if gap is None else count_in_question(tx, now=visit.now)
        last: dict[str, str] = setting(tx, LAST, {})
    return {
        "rows": rows_of(kept, now=visit.now, zone=zone),
        "answer": answer(kept, now=visit.now),
        "is_worrying": is_worrying(kept, now=visit.now),
        "making": _making(visit),
        "problem": last.get("problem", ""),
        "nightly": wanted,
        "nightly_said": nightly_sentence(wanted),
        "hours": [(str(hour), f"{hour}:00") for hour in range(24)],
        "counts": [(str(count), str(count)) for count in _KEPT],
        "held": None if gap is None or still is None else held(gap, messages, zone),
        "home": visit.shop.home,
    }


def _making(visit: Visit) -> bool:
    try:
        return bool(visit.ask("backup_under_way")["name"])
    except OwnerAway:
        return False


def _path(visit: Visit, *, behind: str = "") -> Path | None:
    """Return the backup that the address names; whatever else it says is nothing of ours."""
    name = visit.path["name"]
    path = visit.shop.home / FOLDER / (name + behind)
    return path if _NAME.fullmatch(name) and path.is_file() else None


def _within(said: str, allowed: Any, default: int) -> int:
    return int(said) if said.isdecimal() and len(said) < 4 and int(said) in allowed else default
