"""The baselines of `mail`: loops that hand mails over and write nothing down.

`by_smtplib` is the plain program: email.message.EmailMessage and one smtplib connection, the text filled in by
`str.replace` into a finished page, so the mails have the size of the product's. `by_our_builder` uses the
product's own renderer, MIME builder and SMTP channel in batches of 64, without the outbox.
"""

import smtplib
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final

from tenshu.deliver.channels.email.smtp import SmtpChannel
from tenshu.deliver.render import Renderer

BATCH: Final = 64


def by_smtplib(people: Sequence[dict[str, Any]], page: dict[str, str], *, port: int, now: datetime) -> int:
    """Send one mail a person over one connection; return how many were taken.

    Args:
        people: `address`, `last_name` and `mark` (what makes this person's links theirs) of each.
        page: `sender`, `subject`, `text` and `html` with {name} and {mark} in them.
        port: of the receiver on 127.0.0.1.
        now: the mails' date.
    """
    with smtplib.SMTP("127.0.0.1", port) as connection:
        for person in people:
            filled = {
                part: page[part].replace("{name}", person["last_name"]).replace("{mark}", person["mark"])
                for part in ("subject", "text", "html", "unsubscribe")
            }
            message = EmailMessage()
            message["From"] = page["sender"]
            message["To"] = person["address"]
            message["Subject"] = filled["subject"]
            message["Date"] = format_datetime(now)
            message["Message-ID"] = f"<{person['mark']}@shop.example.com>"
            message["List-Unsubscribe"] = f"<{filled['unsubscribe']}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
            message.set_content(filled["text"])
            message.add_alternative(filled["html"], subtype="html")
            connection.send_message(message)
    return len(people)


def by_our_builder(rows: Sequence[dict[str, Any]], renderer: Renderer, *, port: int, now: datetime) -> int:
    """Render and hand over with the product's own parts; return how many were taken.

    Args:
        rows: rows of the outbox with the customer's traits under `traits`.
        renderer: the shop's.
        port: of the receiver on 127.0.0.1.
        now: the mails' date.
    """
    channel = SmtpChannel("127.0.0.1", port)
    taken = 0
    for first in range(0, len(rows), BATCH):
        some = rows[first : first + BATCH]
        messages = (renderer.render(row, row["traits"], {}, now=now) for row in some)
        taken += sum(receipt.outcome == "accepted" for receipt in channel.send(messages))
    channel.close()
    return taken
