"""Settings: who works here. Invite, change a role, make a new link, say farewell."""

from starlette.responses import Response

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import _
from tenshu.staff import people
from tenshu.staff.audit import record
from tenshu.staff.links import make_link
from tenshu.staff.people import KnownAlready, LastOwner, Member, NoSuchPerson, read_member, read_people
from tenshu.staff.text import AddressUnusable, NameRefused
from tenshu.web.console.entry.arrival import actor_of, base_url
from tenshu.web.console.gate import real_now
from tenshu.web.console.people.people_view import person_row, role_choices, role_title
from tenshu.web.console.visit import Visit

_HOME = "/settings/people"


def show(visit: Visit) -> Response:
    """Show everybody."""
    return _list(visit)


def invited(visit: Visit) -> Response:
    """Invite somebody, and show the link this once."""
    name, email, role = visit.said("name"), visit.said("email"), visit.said("role")
    try:
        with visit.shop.ledger.writing() as tx:
            now = real_now(visit.shop)
            token = people.invite(tx, email=email, name=name, role=role, by=actor_of(visit), now=now)
    except (NameRefused, AddressUnusable, KnownAlready) as problem:
        field = "name" if isinstance(problem, NameRefused) else "email"
        given = {"name": name[:100], "email": email[:254], "role": role}
        return _list(visit, problem=problem, problems={field: problem.text()}, given=given)
    return _shown_once(visit, name=name, url=f"{base_url(visit)}/invited/{token}", kind="invitation")


def change(visit: Visit) -> Response:
    """Give somebody another role."""
    person, role = _person(visit), visit.said("role") or visit.query.get("role", "")
    try:
        with visit.shop.ledger.writing() as tx:
            before = read_member(tx, person)
            people.change_role(tx, person, role, by=actor_of(visit), now=real_now(visit.shop))
    except LastOwner as problem:
        return _list(visit, problem=problem)
    said = _("{name} is now: {role}. The role holds at the next sign-in.", name=before.name, role=role_title(role))
    return visit.go(_HOME, said=said, undo=(f"{_HOME}/{person}/role?role={before.role}", _("Undo")))


def link(visit: Visit) -> Response:
    """Make a new link, for an invitation that is open or for a new password, and show it this once."""
    person = _person(visit)
    now = real_now(visit.shop)
    with visit.shop.ledger.writing() as tx:
        member = read_member(tx, person)
        if member.status == "ended":
            raise NoSuchPerson
        kind, place = ("invitation", "invited") if member.status == "invited" else ("reset", "reset")
        token = make_link(tx, "invitation" if kind == "invitation" else "reset", person=person, now=now)
        record(tx, f"{kind}_link_made", by=actor_of(visit), about=member.email, now=now)
    return _shown_once(visit, name=member.name, url=f"{base_url(visit)}/{place}/{token}", kind=kind)


def farewell(visit: Visit) -> Response:
    """Let somebody in no more."""
    person = _person(visit)
    try:
        with visit.shop.ledger.writing() as tx:
            member = read_member(tx, person)
            people.say_farewell(tx, person, by=actor_of(visit), now=real_now(visit.shop))
    except LastOwner as problem:
        return _list(visit, problem=problem)
    said = _("{name} can no longer sign in, and is signed out everywhere.", name=member.name)
    return visit.go(_HOME, said=said, undo=(f"{_HOME}/{person}/back", _("Undo")))


def back(visit: Visit) -> Response:
    """Let somebody in again."""
    person = _person(visit)
    with visit.shop.ledger.writing() as tx:
        people.bring_back(tx, person, by=actor_of(visit), now=real_now(visit.shop))
        member = read_member(tx, person)
    return visit.go(_HOME, said=_("{name} can sign in again.", name=member.name))


def _list(
    visit: Visit,
    *,
    problem: TenshuError | None = None,
    problems: dict[str, str] | None = None,
    given: dict[str, str] | None = None,
) -> Response:
    with visit.shop.ledger.reading() as tx:
        members: list[Member] = read_people(tx)
    now = real_now(visit.shop)
    rows = [person_row(member, me=visit.person.id, now=now, zone=visit.settings.zone) for member in members]
    return visit.page(
        "people/people.html",
        status=problem.status if problem else 200,
        here=[row for row in rows if row.status != "ended"],
        gone=[row for row in rows if row.status == "ended"],
        roles=role_choices(),
        problem=problem.text() if problem and not problems else "",
        problems=problems or {},
        given=given or {"name": "", "email": "", "role": "marketer"},
    )


def _shown_once(visit: Visit, *, name: str, url: str, kind: str) -> Response:
    return visit.page("people/link.html", name=name, url=url, kind=kind)


def _person(visit: Visit) -> int:
    """Return the number in the address.

    Raises:
        NoSuchPerson: it is none.
    """
    told = visit.path["person"]
    if not (told.isascii() and told.isdecimal() and len(told) < 16):
        raise NoSuchPerson
    return int(told)
