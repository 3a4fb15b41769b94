"""A password was forgotten: a link goes to the address, if it is somebody's; the page says the same either way.

The mail is made and handed over beside the answer, so that the answer takes as long for an address that nobody has.
"""

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response

from tenshu.deliver.channel import Outcome
from tenshu.deliver.channels.email.settings import SMTP
from tenshu.kit.errors import TenshuError
from tenshu.staff.audit import Actor, record
from tenshu.staff.links import make_link, read_link, use_link
from tenshu.staff.people import find_member, read_member, set_password
from tenshu.staff.strength import PasswordRefused
from tenshu.staff.text import account_of, visible
from tenshu.staff.throttle import TooManyTries, count_try
from tenshu.store.settings import read_setting
from tenshu.web.console.entry.arrival import base_url, reach
from tenshu.web.console.entry.joining import chosen_password, where
from tenshu.web.console.entry.letter import ResetLetter, send_reset
from tenshu.web.console.gate import real_now
from tenshu.web.console.visit import Visit

_log = logging.getLogger(__name__)


def forgot(visit: Visit) -> Response:
    """Ask whose password it was; without a mail server say who can help."""
    can_mail = read_setting(visit.shop.ledger, SMTP) is not None
    return visit.page("entry/forgot.html", can_mail=can_mail, is_sent=False, problem="")


def ask_for_link(visit: Visit) -> Response:
    """Send a link to the address, if somebody signs in with it."""
    account, now = account_of(visit.said("email")), real_now(visit.shop)
    can_mail = read_setting(visit.shop.ledger, SMTP) is not None
    try:
        with visit.shop.ledger.writing() as tx:
            count_try(tx, "reset", account, reach(visit).ip, now)
    except TooManyTries as problem:
        said = problem.text(visit.language)
        return visit.page("entry/forgot.html", status=problem.status, can_mail=can_mail, is_sent=False, problem=said)
    if can_mail:
        given = (visit, account, base_url(visit), reach(visit).ip)
        threading.Thread(target=_mail_link, args=given, name="forgotten", daemon=True).start()
    return visit.page("entry/forgot.html", can_mail=can_mail, is_sent=True, problem="")


def _mail_link(visit: Visit, account: str, base: str, ip: str) -> None:
    now = real_now(visit.shop)
    try:
        with visit.shop.ledger.writing() as tx:
            member = find_member(tx, account)
            if member is None or member.status != "active":
                return
            token = make_link(tx, "reset", person=member.id, now=now)
            record(tx, "reset_asked", by=Actor(0, "", ip), about=account, now=now)
        language = member.language or visit.language
        letter = ResetLetter(name=member.name, address=member.email, url=f"{base}/reset/{token}", language=language)
        receipt = send_reset(visit.shop.ledger, visit.settings, letter, now=now)
    except (OSError, SQLAlchemyError, TenshuError):  # nobody waits for this thread: say so where it is read
        _log.exception("The link for a new password could not be sent to %s", visible(account))
        return
    if receipt.outcome is not Outcome.ACCEPTED:
        said = visible(f"{receipt.code} {receipt.text}")
        _log.warning("The mail server did not take the link for a new password to %s: %s", visible(account), said)


def reset(visit: Visit) -> Response:
    """Ask for the new password."""
    token = visit.path["token"]
    with visit.shop.ledger.reading() as tx:
        link = read_link(tx, token, "reset", real_now(visit.shop))
        member = read_member(tx, link.person or 0)
    return visit.page("entry/reset.html", token=token, member=member, problems={})


def new_password(visit: Visit) -> Response:
    """Set the new password; every sign-in of the person ends, and the person signs in with it."""
    token, now = visit.said("token"), real_now(visit.shop)
    with visit.shop.ledger.reading() as tx:
        link = read_link(tx, token, "reset", now)
        member = read_member(tx, link.person or 0)
    try:
        digest = chosen_password(visit, about=(member.name, member.email))
    except PasswordRefused as problem:
        return visit.page("entry/reset.html", status=422, token=token, member=member, problems=where(problem))
    by = Actor(member.id, member.name, reach(visit).ip)
    with visit.shop.ledger.writing() as tx:
        use_link(tx, token, "reset", now)
        set_password(tx, member.id, digest, how="reset", by=by, now=now)
    return visit.page("entry/reset_done.html")
