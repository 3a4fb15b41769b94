"""Pages about segments: the kept ones, and the builder with its live count."""

from typing import Any, Final

import msgspec
from starlette.responses import Response

from tenshu.condition import Condition, dump, parse
from tenshu.condition.errors import ConditionTooLarge, ConditionUnreadable
from tenshu.condition.parse import MOST_DEPTH, MOST_NODES
from tenshu.kit.i18n import _
from tenshu.segment.saved import SavedSegment, end_segment, read_segments, save_segment, unreadable_segments
from tenshu.web.console.segments.builder_view import ADDED, KINDS, LEAF_KINDS, live_view, part_view, said_in_words
from tenshu.web.console.segments.controls import Known
from tenshu.web.console.segments.draft import Draft, acted, draft_of_fields, touched
from tenshu.web.console.segments.list_view import list_view
from tenshu.web.console.segments.naming import fresh_name, title_of
from tenshu.web.console.segments.reading import Read, draft_of, read, rooted
from tenshu.web.console.segments.recipes import RECIPES
from tenshu.web.console.segments.versions import bring_back, newest
from tenshu.web.console.segments.ways import settle
from tenshu.web.console.visit import Visit

#: More letters than this are no condition that anybody wrote.
MOST_LETTERS: Final = 50_000


def index(visit: Visit) -> Response:
    """Show the kept segments."""
    with visit.shop.ledger.reading() as tx:
        saved, unreadable = read_segments(tx), unreadable_segments(tx)
    sizes = visit.ask("segment_sizes") if saved else {"everybody": 0, "segments": {}}
    view = list_view(saved, sizes, currency=visit.settings.currency, language=visit.language)
    return visit.page("segments/index.html", view=view, unreadable=unreadable, recipes=RECIPES, said=said_in_words)


def new(visit: Visit) -> Response:
    """Show the builder: empty, or with the condition of the address."""
    given = visit.query.get("condition", "")
    condition = read_condition(given) if given else None
    draft = Draft("and") if condition is None else rooted(draft_of(condition, visit.settings.currency))
    return _builder(visit, draft)


def show(visit: Visit) -> Response:
    """Show a kept segment in the builder."""
    kept = _kept(visit, visit.path["name"])
    if kept is None:
        return visit.lost()
    return _builder(visit, rooted(draft_of(kept.condition, visit.settings.currency)), kept=kept)


def edit(visit: Visit) -> Response:
    """Do what a button of the builder says, and show the builder again."""
    act = visit.said("act")
    draft = acted(_draft(visit), act)
    kept = _kept(visit, visit.said("name"))
    opened = touched(draft, act)
    return _builder(visit, draft, kept=kept, opened=opened, is_part=visit.is_part, title=visit.said("title"))


def count(visit: Visit) -> Response:
    """Count what the form says."""
    draft = _draft(visit)
    if not visit.is_part:
        return _builder(visit, draft, kept=_kept(visit, visit.said("name")), waits=True, title=visit.said("title"))
    found = read(draft, visit.settings.currency)
    live = _live(visit, found)
    if live.is_overtaken:
        return Response(status_code=204)  # a newer count of the same person is on its way
    return visit.part("segments/live.html", live=live, with_parts=True)


def save(visit: Visit) -> Response:
    """Keep the segment, as a new version where there is one of that name."""
    found = read(_draft(visit), visit.settings.currency)
    kept = _kept(visit, visit.said("name"))
    title = visit.said("title")
    if found.condition is None or found.problems or not title:
        problem = _("Give the segment a name.") if not title and not found.problems else ""
        return _builder(
            visit, _draft(visit), kept=kept, problem=problem or _("Finish what is marked, then keep it."), title=title
        )
    shop, now = visit.shop, visit.now
    with shop.ledger.writing() as tx:
        name = kept.name if kept is not None else fresh_name(title, newest(tx))
        before = newest(tx).get(name, 0)
        titles = title_of(title, visit.language, None if kept is None else kept.title)
        version = save_segment(tx, name, titles, found.condition, now=now)
    undo = (f"/segments/{name}/restore?version={before}", _("Undo")) if version != before else None
    return visit.go("/segments", said=_("“{title}” is kept.", title=title), undo=undo)


def end(visit: Visit) -> Response:
    """Keep a segment no longer."""
    name = visit.path["name"]
    kept = _kept(visit, name)
    if kept is None:
        return visit.lost()
    with visit.shop.ledger.writing() as tx:
        end_segment(tx, name)
    title = kept.title.get(visit.language, name)
    undo = (f"/segments/{name}/restore?version={kept.version}", _("Undo"))
    return visit.go("/segments", said=_("“{title}” is kept no longer.", title=title), undo=undo)


def restore(visit: Visit) -> Response:
    """Bring an earlier version back; version 0 is from before there was any: the segment is kept no longer."""
    name, asked = visit.path["name"], visit.query.get("version", "")
    if not asked.isdecimal() or len(asked) > 9:
        return visit.lost()
    with visit.shop.ledger.writing() as tx:
        done = bring_back(tx, name, int(asked), now=visit.now)
    return visit.go("/segments", said=_("It is as it was before.")) if done else visit.lost()


def read_condition(text: str) -> Condition:
    """Return the condition that an address or a field gives as JSON.

    Raises:
        ConditionUnreadable: it is no JSON, or no condition.
        ConditionTooLarge: nobody wrote that by hand.
    """
    if len(text) > MOST_LETTERS:
        raise ConditionTooLarge(nodes=f"> {MOST_NODES}", depth="?", most_nodes=MOST_NODES, most_depth=MOST_DEPTH)
    try:
        data = msgspec.json.decode(text)
    except RecursionError as problem:
        raise ConditionTooLarge(
            nodes="?", depth=f"> {MOST_DEPTH}", most_nodes=MOST_NODES, most_depth=MOST_DEPTH
        ) from problem
    except (msgspec.DecodeError, UnicodeError) as problem:
        raise ConditionUnreadable(path="$", reason=str(problem)) from problem
    return parse(data)


def _builder(
    visit: Visit,
    draft: Draft,
    *,
    kept: SavedSegment | None = None,
    opened: frozenset[str] = frozenset(),
    is_part: bool = False,
    waits: bool = False,
    problem: str = "",
    title: str = "",
) -> Response:
    settings, draft = visit.settings, settle(draft, _values_of(visit))
    found = read(draft, settings.currency)
    told = visit.ask("segment_choices")
    fields = {event: tuple(names) for event, names in told["fields"].items()}
    known = Known(tuple(told["events"]), fields, tuple(told["traits"]), settings.currency)
    root = part_view(draft, found, known, _values_of(visit), opened=opened)
    live = _live(visit, found, waits=waits or not visit.is_part)
    given: dict[str, Any] = {"root": root, "live": live, "kept": kept, "problem": problem, "with_parts": False}
    given |= {"kinds": KINDS, "added": ADDED, "leaf_kinds": LEAF_KINDS}
    given["title"] = title or ("" if kept is None else kept.title.get(visit.language, kept.name))
    if is_part:
        return visit.part("segments/parts.html", **given)
    return visit.page("segments/builder.html", status=400 if problem else 200, **given)


def _live(visit: Visit, found: Read, *, waits: bool = False) -> Any:
    counted = None
    if found.condition is not None:
        by = f"{visit.person.id}" if visit.is_part else ""
        counted = visit.ask("segment_count", condition=dump(found.condition), by=by, waits=waits)
    return live_view(found, counted, currency=visit.settings.currency, zone=visit.settings.zone)


def _values_of(visit: Visit) -> Any:
    def values(trait: str, event: str, field: str) -> list[tuple[str, str]]:
        told = visit.ask("segment_values", trait=trait, event=event, field=field)
        return [(value, name) for value, name in told]

    return values


def _draft(visit: Visit) -> Draft:
    texts = [(name, value) for name, value in visit.form.multi_items() if isinstance(value, str)]
    return settle(rooted(draft_of_fields(texts)), _values_of(visit))


def _kept(visit: Visit, name: str) -> SavedSegment | None:
    with visit.shop.ledger.reading() as tx:
        return next((one for one in read_segments(tx) if one.name == name), None)
