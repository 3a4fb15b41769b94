"""Read the settings that pages show, and save what a form changed; the state before is kept for one undo."""

from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import select

from tenshu.content.shop import ShopSettings
from tenshu.decide.policy import parse_policy
from tenshu.deliver.channels.email.settings import SMTP, SmtpSettings
from tenshu.deliver.limits import LIMITS, read_limits
from tenshu.staff.audit import Actor, record
from tenshu.store.ledger import Ledger, Transaction
from tenshu.store.settings import forget_setting, setting, settings, write_setting
from tenshu.web.console.settings.form import Form, Kept

#: What was set before the last save: name of the setting -> its value, None when it had none.
BEFORE: Final = "settings_before"
_NAMES: Final = ("shop", SMTP, LIMITS, "policy")
#: Replaced as a whole; of the others the fields that a form has.
_WHOLE: Final = frozenset({"policy"})


def read_kept(ledger: Ledger) -> Kept:
    """Return the settings as they are now, in one reading."""
    with ledger.reading() as tx:
        return _kept(tx)


def _kept(tx: Transaction) -> Kept:
    saved = frozenset(tx.frame(select(settings.c.name).where(settings.c.name.in_(_NAMES)))["name"])
    return Kept(
        shop=msgspec.convert(setting(tx, "shop", {}), ShopSettings),
        smtp=msgspec.convert(setting(tx, SMTP, {}), SmtpSettings),
        limits=read_limits(tx),
        policy=parse_policy(setting(tx, "policy", {})),
        saved=saved,
    )


def save(ledger: Ledger, form: Form, *, by: Actor, now: datetime) -> list[str]:
    """Save what a good form changes, write into the log which fields, and remember what was before.

    Returns:
        The fields that have another value now.
    """
    with ledger.writing() as tx:
        before: dict[str, Any] = {name: setting(tx, name) for name in form.changes}
        changed = []
        for name, fields in form.changes.items():
            known = before[name] or {}
            value = _plain(fields if name in _WHOLE else {**known, **fields})
            changed += [field for field in value if known.get(field) != value[field]]
            write_setting(tx, name, value)
        if changed:
            write_setting(tx, BEFORE, before)
            record(tx, "settings_changed", by=by, now=now, about=", ".join(form.changes), detail={"fields": changed})
    return changed


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """Return a value as it comes back from where it is kept."""
    return msgspec.json.decode(msgspec.json.encode(value), type=dict[str, Any])


def restore(ledger: Ledger, *, by: Actor, now: datetime) -> bool:
    """Put back what was set before the last save; say whether there was anything to put back."""
    with ledger.writing() as tx:
        before = setting(tx, BEFORE)
        if before is None:
            return False
        for name, value in before.items():
            if value is None:
                forget_setting(tx, name)
            else:
                write_setting(tx, name, value)
        forget_setting(tx, BEFORE)
        record(tx, "settings_restored", by=by, now=now, about=", ".join(before))
        return True
