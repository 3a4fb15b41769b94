"""Change the tree of a draft one step at a time, take the last change back, begin the next version of what runs."""

from collections.abc import Mapping

from starlette.responses import Response

from tenshu.journey.changes import Change, InsertBefore, InsertOnWay
from tenshu.journey.drafts import Draft, keep_changes, keep_draft, read_draft
from tenshu.journey.editing import edited
from tenshu.journey.errors import JourneyInvalid
from tenshu.journey.grammar import Journey
from tenshu.journey.local_time import local
from tenshu.journey.publish import newest_running
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import _, current_language
from tenshu.web.console import figures
from tenshu.web.console.scenarios.changing.reading import Asked, Known, field_of, read_change
from tenshu.web.console.scenarios.changing.view import following_view, lost_words, new_marks, step_forms
from tenshu.web.console.scenarios.finding import Found, base_of, find, find_draft, saved_segments, usable_templates
from tenshu.web.console.scenarios.tree_view import tree_view
from tenshu.web.console.visit import Visit


def show(visit: Visit) -> Response:
    """Show the tree of a draft with the forms of one step."""
    name = visit.path["name"]
    try:
        found = find_draft(visit, name)
    except TenshuError as problem:
        return _unmade(visit, name, problem)
    if found is None:
        return visit.lost() if find(visit, name) is None else visit.go(f"/scenarios/{name}")
    return _page(visit, found, visit.query.get("step", "entry"))


def change(visit: Visit) -> Response:
    """Change one thing of a draft."""
    found = find_draft(visit, visit.path["name"])
    if found is None or found.draft is None:
        return visit.lost()
    said = {name: value for name, value in visit.form.items() if isinstance(value, str)}
    asked = read_change(said, _known(visit, found))
    if asked.change is None:
        return _page(visit, found, asked.opens, typed=said, errors=asked.errors, status=422)
    if said.get("seen") != f"{len(found.draft.changes)}":
        return _overtaken(visit, found, asked)
    changes = (*found.draft.changes, asked.change)
    try:
        after = _after(visit, found.draft, changes)
    except JourneyInvalid as problem:
        where = field_of(str(problem.given.get("path", "")), list(said))
        return _page(visit, found, asked.opens, typed=said, errors={where: problem.text()}, status=422)
    with visit.shop.ledger.writing() as tx:
        is_as_seen = read_draft(tx, found.draft.name) == found.draft
        if is_as_seen:
            keep_changes(tx, found.draft, changes, now=visit.now, by=visit.person.name)
    if not is_as_seen:
        return _overtaken(visit, found, asked)
    return visit.go(_address(found, asked.opens), said=_said(found.journey, after), undo=_undo(found))


def undo(visit: Visit) -> Response:
    """Take the last change of a draft back."""
    name = visit.path["name"]
    with visit.shop.ledger.writing() as tx:
        draft = read_draft(tx, name)
        if draft is None:
            return visit.lost()
        keep_changes(tx, draft, draft.changes[:-1], now=visit.now, by=visit.person.name)
    said = _("The last change is taken back.") if draft.changes else _("There is no change to take back.")
    return visit.go(f"/scenarios/{name}/tree", said=said)


def begin(visit: Visit) -> Response:
    """Begin the next version of a scenario that runs, or go on with the one that was begun."""
    name = visit.path["name"]
    try:
        with visit.shop.ledger.writing() as tx:
            running = newest_running(tx, name)
            draft = read_draft(tx, name)
            if draft is None:
                keep_draft(tx, name, running.version, now=visit.now, by=visit.person.name)
    except TenshuError as problem:
        return visit.lost() if find(visit, name) is None else visit.go(f"/scenarios/{name}", said=problem.text())
    said = (
        "" if draft is not None else _("Change what you like: what runs goes on as it is until you start the change.")
    )
    return visit.go(f"/scenarios/{name}/tree", said=said)


def _unmade(visit: Visit, name: str, problem: TenshuError) -> Response:
    """Say why no tree can be made of a draft, with the ways out of it."""
    with visit.shop.ledger.reading() as tx:
        draft = read_draft(tx, name)
    if draft is None:
        return visit.lost()  # thrown away this very moment
    return visit.page("scenarios/unmade.html", status=409, name=name, draft=draft, problem=problem.text())


def _page(
    visit: Visit,
    found: Found,
    key: str,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    journey, currency = found.journey, visit.settings.currency
    forms = step_forms(key, _known(visit, found), currency=currency, typed=typed or {}, errors=errors or {})
    answer = visit.part if visit.is_part else visit.page
    made = len(found.draft.changes) if found.draft is not None else 0
    return answer(
        "scenarios/step_forms.html" if visit.is_part else "scenarios/change.html",
        status=status,
        found=found,
        name=journey.name,
        title=journey.title_in(current_language()),
        forms=forms,
        seen=made,
        made=_("Changes so far: {count}", count=figures.count(made)) if made else "",
        following=None if visit.is_part else following_view(visit, found),
        tree=tree_view(journey, None, currency=currency, opened=forms.key, marks=new_marks(found)),
    )


def _overtaken(visit: Visit, found: Found, asked: Asked) -> Response:
    """Refuse a change to a tree that is not any more the one that was looked at."""
    fresh = find_draft(visit, found.journey.name) or found
    words = _("Somebody has changed this draft in the meantime. Look at it as it is now, and change it once more.")
    return _page(visit, fresh, asked.opens, errors={"do": words}, status=409)


def _known(visit: Visit, found: Found) -> Known:
    changes: tuple[Change, ...] = () if found.draft is None else found.draft.changes
    put_in = {one.name for one in changes if isinstance(one, InsertOnWay | InsertBefore)}
    before = {} if found.base is None else found.base.steps
    return Known(
        journey=found.journey,
        templates=usable_templates(visit.shop),
        segments=saved_segments(visit.shop),
        taken=frozenset({*found.journey.steps, *before, *put_in}),
        language=visit.language,
        today=local(visit.now, visit.settings.zone).date(),
    )


def _after(visit: Visit, draft: Draft, changes: tuple[Change, ...]) -> Journey:
    return edited(base_of(visit.shop, draft, now=visit.now, zone=visit.settings.zone), changes)


def _said(before: Journey, after: Journey) -> str:
    gone = lost_words(before, after)
    return _("Changed. Taken out: {steps}.", steps=gone) if gone else _("Changed. Nothing is sent yet.")


def _undo(found: Found) -> tuple[str, str]:
    return f"/scenarios/{found.journey.name}/undo", _("Undo")


def _address(found: Found, key: str) -> str:
    return f"/scenarios/{found.journey.name}/tree?step={key}#panel"
