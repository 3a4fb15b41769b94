"""Everything stands still: the whole shop's sending waits until a person lets it go on.

A claim asks in its own transaction, so from the commit of `stand_still` on nobody is claimed; what a dispatcher holds
at that moment (at most 64 messages) is still handed over and written down. Walks go on and decide; what they decide
waits in the outbox. What is overdue by the time it goes on is asked about by the breaker, scenario by scenario.
"""

from datetime import datetime
from typing import Final

import msgspec

from tenshu.kit.i18n import N_, _
from tenshu.store.ledger import Transaction
from tenshu.store.settings import forget_setting, setting, write_setting

#: The name of the setting.
STANDSTILL: Final = "standstill"
BY_HAND: Final = "by_hand"
RESTORED: Final = "restored"
#: Why all sending stands still, in words.
REASONS: Final = {
    BY_HAND: N_("Somebody has paused all sending."),
    RESTORED: N_("This shop was brought back from a backup: what was sent since then may still be in the queue."),
}


class Standstill(msgspec.Struct, frozen=True, kw_only=True):
    """All sending of the shop waits.

    Attributes:
        reason: a key of `REASONS`, or a person's own words.
        since: business time.
    """

    reason: str
    since: datetime

    def text(self, language: str | None = None) -> str:
        """Return why, as a sentence."""
        return _(REASONS.get(self.reason, self.reason), language)


def stand_still(tx: Transaction, reason: str, now: datetime) -> None:
    """Pause all sending. Who had paused it before is remembered, unless that was only by hand.

    Args:
        tx: a transaction of the ledger.
        reason: a key of `REASONS`, or a person's own words.
        now: business time.
    """
    before = standstill(tx)
    if before is not None and before.reason != BY_HAND:
        return
    since = now if before is None else before.since
    write_setting(tx, STANDSTILL, msgspec.to_builtins(Standstill(reason=reason, since=since)))


def go_on(tx: Transaction) -> bool:
    """Let the shop send again, on a person's word; say whether it stood still."""
    return forget_setting(tx, STANDSTILL)


def standstill(tx: Transaction) -> Standstill | None:
    """Return why and since when all sending waits, or None when it does not."""
    found = setting(tx, STANDSTILL)
    return None if found is None else msgspec.convert(found, Standstill)
