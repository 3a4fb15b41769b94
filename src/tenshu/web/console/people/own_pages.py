"""Settings: one's own account. Name, language, password; nothing that would give more rights."""

from starlette.responses import Response

from tenshu.kit.i18n import _
from tenshu.staff import people, sign_ins
from tenshu.staff.password import password_digest
from tenshu.staff.sign_in import SignInRefused, check_own_password
from tenshu.staff.strength import PasswordRefused, check_password
from tenshu.staff.text import NameRefused
from tenshu.staff.throttle import TooManyTries
from tenshu.web.console.entry.arrival import actor_of, arrive, visitor_of
from tenshu.web.console.gate import real_now
from tenshu.web.console.people.people_view import role_title
from tenshu.web.console.visit import Visit

_HOME = "/settings/me"


def show(visit: Visit) -> Response:
    """Show who one is; a guest is nobody."""
    return _mine(visit, {}) if visit.person.id else visit.lost()


def describe(visit: Visit) -> Response:
    """Keep name and language."""
    if not visit.person.id:
        return visit.lost()
    try:
        with visit.shop.ledger.writing() as tx:
            people.describe(
                tx,
                visit.person.id,
                name=visit.said("name"),
                language=visit.said("language"),
                by=actor_of(visit),
                now=real_now(visit.shop),
            )
    except NameRefused as problem:
        return _mine(visit, {"name": problem.text()}, status=problem.status)
    return visit.go(_HOME, said=_("Saved."))


def change_password(visit: Visit) -> Response:
    """Set a new password: every sign-in of this person ends, and this browser gets a new one."""
    me = visit.person
    if not me.id:
        return visit.lost()
    now, visitor = real_now(visit.shop), visitor_of(visit)
    before, wanted = (str(visit.form.get(name, "")) for name in ("current", "password"))
    try:
        check_own_password(visit.shop.ledger, me.email, before, visitor=visitor, now=now)
        check_password(wanted, (me.name, me.email, visit.settings.name))
    except (SignInRefused, TooManyTries) as problem:
        said = _("This is not your password.") if isinstance(problem, SignInRefused) else problem.text()
        return _mine(visit, {"current": said}, status=problem.status)
    except PasswordRefused as problem:
        return _mine(visit, {"password": problem.text()}, status=problem.status)
    digest = password_digest(wanted)
    with visit.shop.ledger.writing() as tx:
        people.set_password(tx, me.id, digest, how="changed", by=actor_of(visit), now=now)
        token = sign_ins.begin(tx, me.id, now=now, ip=visitor.ip, agent=visitor.agent)
    return arrive(visit, token, f"{_HOME}?changed=yes")


def _mine(visit: Visit, problems: dict[str, str], *, status: int = 200) -> Response:
    return visit.page(
        "people/me.html",
        status=status,
        role=role_title(visit.person.role),
        problems=problems,
        is_changed=visit.query.get("changed") == "yes" and not problems,
    )
