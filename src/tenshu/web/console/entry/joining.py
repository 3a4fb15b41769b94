"""The first owner by the link that the terminal shows; everybody else by an invitation.

The token comes in the address of a page that changes nothing, and goes back in the body of its form, so that it stands
in no address that does something. No page here sends a referrer.
"""

from starlette.responses import Response

from tenshu.kit.errors import TenshuError
from tenshu.staff import people, sign_ins
from tenshu.staff.links import read_link
from tenshu.staff.password import password_digest
from tenshu.staff.people import Member, read_member
from tenshu.staff.strength import PasswordRefused, check_password
from tenshu.staff.text import AddressUnusable, NameRefused, checked_account, checked_name
from tenshu.web.console.entry.arrival import actor_of, arrive, visitor_of
from tenshu.web.console.gate import real_now
from tenshu.web.console.visit import Visit

#: Where the first owner goes on.
AFTER_SET_UP = "/setup"


def set_up(visit: Visit) -> Response:
    """Ask the first owner who it is."""
    token = visit.path["token"]
    with visit.shop.ledger.reading() as tx:
        read_link(tx, token, "set_up", real_now(visit.shop))
    return visit.page("entry/set_up.html", token=token, name="", email="", problems={})


def make_owner(visit: Visit) -> Response:
    """Make the first owner, who is signed in at once."""
    token, name, email, now = visit.said("token"), visit.said("name"), visit.said("email"), real_now(visit.shop)
    try:
        with visit.shop.ledger.reading() as tx:
            read_link(tx, token, "set_up", now)
        checked_name(name)
        digest = chosen_password(visit, about=(name, checked_account(email)))
    except (NameRefused, AddressUnusable, PasswordRefused) as problem:
        given = {"token": token, "name": name, "email": email[:254]}
        return visit.page("entry/set_up.html", status=422, problems=where(problem), **given)
    visitor = visitor_of(visit)
    with visit.shop.ledger.writing() as tx:
        person = people.set_up(tx, token, name=name, email=email, digest=digest, by=actor_of(visit), now=now)
        signed = sign_ins.begin(tx, person, now=now, ip=visitor.ip, agent=visitor.agent)
    return arrive(visit, signed, AFTER_SET_UP)


def invited(visit: Visit) -> Response:
    """Ask somebody who was invited for a password."""
    token = visit.path["token"]
    member = _guest_of_honour(visit, token)
    return visit.page("entry/invited.html", token=token, member=member, name=member.name, problems={})


def join(visit: Visit) -> Response:
    """Let somebody in who was invited."""
    token, name, now = visit.said("token"), visit.said("name"), real_now(visit.shop)
    member = _guest_of_honour(visit, token)
    try:
        digest = chosen_password(visit, about=(checked_name(name), member.email))
    except (NameRefused, PasswordRefused) as problem:
        given = {"token": token, "name": name, "member": member}
        return visit.page("entry/invited.html", status=422, problems=where(problem), **given)
    visitor = visitor_of(visit)
    with visit.shop.ledger.writing() as tx:
        person = people.take_invitation(tx, token, name=name, digest=digest, by=actor_of(visit), now=now)
        signed = sign_ins.begin(tx, person, now=now, ip=visitor.ip, agent=visitor.agent)
    return arrive(visit, signed, "/")


def chosen_password(visit: Visit, *, about: tuple[str, ...]) -> str:
    """Return the digest of the password that a form chose, exactly as it was typed.

    Raises:
        PasswordRefused: it would soon be guessed.
    """
    given = visit.form.get("password")
    password = given if isinstance(given, str) else ""
    check_password(password, (*about, visit.settings.name))
    return password_digest(password)


def where(problem: TenshuError) -> dict[str, str]:
    """Return the field that a problem is of, with its sentence."""
    fields = {NameRefused: "name", AddressUnusable: "email", PasswordRefused: "password"}
    return {fields[type(problem)]: problem.text()}


def _guest_of_honour(visit: Visit, token: str) -> Member:
    """Return who was invited with the token.

    Raises:
        LinkSpent: the link cannot be used.
    """
    with visit.shop.ledger.reading() as tx:
        link = read_link(tx, token, "invitation", real_now(visit.shop))
        return read_member(tx, link.person or 0)
