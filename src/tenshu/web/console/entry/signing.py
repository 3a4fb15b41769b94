"""Sign in, sign out."""

from starlette.responses import RedirectResponse, Response

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import _
from tenshu.staff import sign_ins
from tenshu.staff.audit import record
from tenshu.staff.people import has_people
from tenshu.staff.sign_in import SignInRefused
from tenshu.staff.sign_in import sign_in as signed_in
from tenshu.staff.throttle import TooManyTries
from tenshu.staff.token import form_token
from tenshu.web.console.entry.arrival import actor_of, arrive, leave, token_of, visitor_of, wanted_path
from tenshu.web.console.gate import real_now
from tenshu.web.console.notice import Notice, set_notice
from tenshu.web.console.visit import Visit


def show(visit: Visit) -> Response:
    """Ask for address and password."""
    if visit.person.id:
        return RedirectResponse("/", status_code=303)
    with visit.shop.ledger.reading() as tx:
        is_lived_in = has_people(tx)
    if not is_lived_in:
        return visit.page("entry/gate.html", what="no_people", status=403)
    return visit.page("entry/sign_in.html", email="", wanted=wanted_path(visit.query.get("next", "/")), problem="")


def sign_in(visit: Visit) -> Response:
    """Let somebody in, or say for every cause the same."""
    email, wanted = visit.said("email"), wanted_path(visit.said("next", "/"))
    password = visit.form.get("password")
    given = password if isinstance(password, str) else ""
    now = real_now(visit.shop)
    try:
        token = signed_in(visit.shop.ledger, email, given, visitor=visitor_of(visit), now=now)
    except (SignInRefused, TooManyTries) as problem:
        return _again(visit, problem, email=email, wanted=wanted)
    return arrive(visit, token, wanted)


def sign_out(visit: Visit) -> Response:
    """End the sign-in, here and in the browser."""
    if visit.person.id:
        with visit.shop.ledger.writing() as tx:
            sign_ins.end(tx, token_of(visit))
            record(tx, "signed_out", by=actor_of(visit), about=visit.person.email, now=real_now(visit.shop))
    answer = leave(visit.go("/sign-in"), visit)
    set_notice(answer, Notice(_("You are signed out.")), form_token(""))  # for whoever is nobody from now on
    return answer


def _again(visit: Visit, problem: TenshuError, *, email: str, wanted: str) -> Response:
    said = problem.text(visit.language)
    return visit.page("entry/sign_in.html", email=email[:254], wanted=wanted, problem=said, status=problem.status)
