"""The pre-flight of a draft: what was looked at, a test to oneself, the size confirmed, the start."""

from typing import Final

from sqlalchemy import func, select
from starlette.responses import Response

from tenshu.deliver.preflight import MANY
from tenshu.deliver.test_send import send_test
from tenshu.identify.tables import node_map
from tenshu.journey.publish import ChangedMeanwhile, publish
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import _, current_language
from tenshu.web.console import figures
from tenshu.web.console.scenarios.changing.view import following_view
from tenshu.web.console.scenarios.finding import Found, find, find_draft
from tenshu.web.console.scenarios.flight import Flight, look
from tenshu.web.console.scenarios.flight_view import flight_view
from tenshu.web.console.visit import Visit

#: From so many people on the number itself is typed.
TYPED_FROM: Final = 50
#: In a larger shop the page opens first, and what was looked at comes a moment later.
AT_ONCE: Final = 20_000
#: A number that was seen may have grown by so much until it is confirmed.
_GROWN: Final = 1.02


def show(visit: Visit) -> Response:
    """Look over a draft before its first send."""
    found = _found(visit)
    if found is None:
        return visit.lost()
    if found.draft is None:
        return visit.go(f"/scenarios/{found.journey.name}")
    if not visit.is_part and "now" not in visit.query and _people(visit) > AT_ONCE:
        title = found.journey.title_in(current_language())
        return visit.page("scenarios/preflight.html", view=None, name=found.journey.name, title=title)
    return _page(visit, found, look(visit, found.journey))


def test(visit: Visit) -> Response:
    """Send every message of the draft to the person who asks."""
    found = _found(visit)
    if found is None or found.draft is None:
        return visit.lost()
    sample = look(visit, found.journey).sample
    back = f"/scenarios/{found.journey.name}/preflight"
    try:
        for template in found.journey.templates():
            send_test(
                visit.shop,
                template,
                to=visit.person.email,
                language=visit.settings.language,
                customer=sample,
                now=visit.now,
                person=visit.person.id,
            )
    except TenshuError as problem:
        return visit.go(back, said=problem.text())
    return visit.go(
        back, said=_("A test is on its way to {address}. Read it before you go on.", address=visit.person.email)
    )


def start(visit: Visit) -> Response:
    """Start the draft, when nothing stands in the way and its size was confirmed."""
    found = _found(visit)
    if found is None:
        return visit.lost()
    name = found.journey.name
    if found.draft is None:
        return visit.go(f"/scenarios/{name}")  # it was started a moment ago, by a second click
    flight = look(visit, found.journey)
    problem = _unlike(visit, found) or _unconfirmed(visit, flight)
    if problem:
        return _page(visit, found, flight, problem=problem, status=422)
    try:
        with visit.shop.ledger.writing() as tx:
            version = publish(tx, found.draft, found.journey, now=visit.now, zone=visit.settings.zone)
    except TenshuError as refusal:
        return _page(visit, found, flight, problem=refusal.text(), status=422)
    if not version or found.base is None:
        undo = (f"/scenarios/{name}/pause", _("Pause"))
        return visit.go(f"/scenarios/{name}", said=_("It has started.") if version else "", undo=undo)
    said = _("Version {number} has started: whoever enters from now on walks it.", number=version)
    return visit.go(f"/scenarios/{name}", said=said)


def _found(visit: Visit) -> Found | None:
    """Return the draft of the name in the address, else the scenario that it has become."""
    return find_draft(visit, visit.path["name"]) or find(visit, visit.path["name"])


def _unlike(visit: Visit, found: Found) -> str:
    """Return why what would start is not what somebody wants to start; empty when it is."""
    if found.journey == found.base:
        return _("Nothing differs from the version that runs yet.")
    looked_at = visit.said("draft")
    if looked_at and looked_at != _stamp(found):
        return ChangedMeanwhile(name=found.journey.title_in(current_language())).text()
    return ""


def _stamp(found: Found) -> str:
    """Return what tells a draft from what it was before and will be later."""
    draft = found.draft
    return "" if draft is None else f"{draft.saved_at.isoformat()}/{len(draft.changes)}"


def _people(visit: Visit) -> int:
    with visit.shop.ledger.reading() as tx:
        return int(tx.value(select(func.count()).select_from(node_map)) or 0)


def _unconfirmed(visit: Visit, flight: Flight) -> str:
    """Return what is still missing before the start; empty when nothing is."""
    if not flight.may_start:
        return _("It cannot start yet: put right first what is marked below.")
    mails = flight.seen.sent
    if mails >= MANY and not visit.can("owner"):
        return _("More than {many} people: an owner of this shop must start it.", many=figures.count(MANY))
    if flight.seen.is_by_event or mails < TYPED_FROM:
        return "" if visit.said("sure") == "yes" else _("Tick the box to say that you have read it all.")
    typed = visit.said("people").replace(",", "").replace("，", "")
    shown = visit.said("shown")
    if not shown.isascii() or not shown.isdecimal() or typed != shown:
        return _("Type the number of people, {count}, to confirm it.", count=figures.count(mails))
    if mails > int(shown[:12]) * _GROWN:
        return _(
            "While you read, {shown} people have become {count}. Look again, and confirm the new number.",
            shown=figures.count(int(shown[:12])),
            count=figures.count(mails),
        )
    return ""


def _page(visit: Visit, found: Found, flight: Flight, *, problem: str = "", status: int = 200) -> Response:
    journey = found.journey
    view = flight_view(journey, flight, zone=visit.settings.zone, currency=visit.settings.currency)
    is_typed = not flight.seen.is_by_event and flight.seen.sent >= TYPED_FROM
    answer = visit.part if visit.is_part else visit.page
    return answer(
        "scenarios/flight.html" if visit.is_part else "scenarios/preflight.html",
        status=status,
        name=journey.name,
        title=journey.title_in(current_language()),
        view=view,
        following=following_view(visit, found),
        stamp=_stamp(found),
        problem=problem,
        is_typed=is_typed,
        needs_owner=flight.seen.sent >= MANY and not visit.can("owner"),
        many=figures.count(MANY),
    )
