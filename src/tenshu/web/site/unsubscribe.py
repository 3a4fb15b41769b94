"""Stop the mail of a person who says so: at once, for good, without a login (RFC 8058).

The link names a message, the message names the address and its purpose. Only a POST changes anything; doing
it twice changes nothing more. Consent, suppression and the fact of it are one transaction of the ledger,
and the last check before every send reads that suppression in its own.
"""

from datetime import datetime
from typing import Any, Final

import polars as pl
from sqlalchemy import Select, select

from tenshu.collect.facts_out import tell
from tenshu.collect.vocabulary import UNSUBSCRIBED
from tenshu.deliver.links import LinkPayload
from tenshu.deliver.tables import outbox
from tenshu.privacy import suppression
from tenshu.store.ledger import Transaction
from tenshu.web.served import ServedShop

#: How somebody unsubscribed: the mail program's button, or the page behind the link.
ONE_CLICK: Final = "one_click"
PAGE: Final = "page"

_SAID: Final = ("channel", "purpose", "journey", "step", "enrolment", "visit", "how")


def unsubscribe(shop: ServedShop, payload: LinkPayload, *, how: str, at: datetime) -> bool:
    """Take the consent back that this message was sent under.

    Args:
        shop: whose message it was.
        payload: what the signed link says.
        how: `ONE_CLICK` or `PAGE`.
        at: business time.

    Returns:
        Whether anything changed; False when it had been done before or the message is unknown.
    """
    with shop.ledger.writing() as tx:
        message = _message(tx, payload)
        if message.is_empty():
            return False
        row = message.row(0, named=True)
        is_changed = suppression.unsubscribe(
            tx,
            node=row["customer"],
            channel=row["channel"],
            purpose=row["purpose"],
            address_digest=row["address_digest"],
            at=at,
            proof={"how": how, "journey": row["journey"], "enrolment": payload.enrolment, "visit": payload.visit},
        )
        if is_changed:
            tell(tx, UNSUBSCRIBED, message.with_columns(how=pl.lit(how)), _SAID, at=at)
        return is_changed


def _message(tx: Transaction, payload: LinkPayload) -> pl.DataFrame:
    query: Select[Any] = select(
        outbox.c.enrolment,
        outbox.c.visit,
        outbox.c.journey,
        outbox.c.step,
        outbox.c.customer,
        outbox.c.channel,
        outbox.c.purpose,
        outbox.c.address_digest,
    )
    return tx.frame(query.where(outbox.c.enrolment == payload.enrolment, outbox.c.visit == payload.visit))
