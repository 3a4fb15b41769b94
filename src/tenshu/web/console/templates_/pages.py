"""The pages of messages that show: the shelf, the editor, the letter itself, its versions."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, Response

from tenshu.condition.words import TRAITS
from tenshu.content.blocks.chips import shown
from tenshu.content.blocks.gaps import merged_fields
from tenshu.content.starters import starters
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import _
from tenshu.segment.saved import read_segments
from tenshu.staff.people import read_people
from tenshu.web.console.figures import day, moment
from tenshu.web.console.templates_.cards_view import cards_of
from tenshu.web.console.templates_.desk import Desk, as_whom, instant, sit_down
from tenshu.web.console.templates_.editor_view import block_views, chip_choices, kind_choices
from tenshu.web.console.templates_.letter import POLICY
from tenshu.web.console.templates_.seen_view import gaps, letter_of, see
from tenshu.web.console.visit import Visit

#: How templates write days, instants and merged values.
WORDS: Final[dict[str, Any]] = {"day": day, "moment": moment, "shown_words": shown}


def index(visit: Visit) -> Response:
    """Show every template."""
    return visit.page("templates_/index.html", cards=cards_of(visit), can_write=visit.can("marketer"), **WORDS)


def new(visit: Visit) -> Response:
    """Offer letters to begin with."""
    offered = [(one.name, one.said(visit.language)) for one in starters()]
    return visit.page("templates_/new.html", offered=offered, shown_words=str)


def editor(visit: Visit) -> Response:
    """Show one template, to write it or only to look at it."""
    desk = sit_down(visit)
    return visit.lost() if desk is None else editor_page(visit, desk)


def editor_page(visit: Visit, desk: Desk, *, problem: str = "", status: int = 200) -> Response:
    """Show the editor's page, with what went wrong."""
    template = "templates_/editor.html" if visit.can("marketer") else "templates_/look.html"
    return visit.page(template, status=status, **context(visit, desk, problem=problem))


def context(
    visit: Visit, desk: Desk, *, problem: str = "", focus: str = "", verb: str = "", removed: str = ""
) -> dict[str, Any]:
    """Return what the editor's templates need.

    Args:
        visit: of the person who writes.
        desk: the letter.
        problem: what went wrong with the last act.
        focus: the path of the block that the last act was about.
        verb: what the act did to it.
        removed: a block that was just taken out, as JSON with its place, so that it can come back.
    """
    segment = str(visit.form.get("of") or visit.query.get("of") or "")
    customer, near = _whom(visit, segment)
    blocks, segments = desk.text.blocks, _segments(visit)
    at = str(visit.form.get("at") or focus).partition(".")[0]
    return {
        **WORDS,
        "desk": desk,
        "blocks": [] if blocks is None else block_views(blocks),
        "kinds": kind_choices(),
        "leaves": kind_choices(is_leaf=True),
        "chips": chip_choices(),
        "seen": see(visit, desk, customer=customer, near=near, at=at),
        "segment": segment,
        "segments": segments,
        "audience": dict(segments).get(segment) or _("All customers"),
        "colleagues": colleagues(visit),
        "problem": problem,
        "focus": focus,
        "verb": verb,
        "removed": removed,
    }


def letter(visit: Visit) -> Response:
    """Answer with the letter itself: a document of its own, shut in (see `letter`)."""
    desk = sit_down(visit)
    if desk is None:
        return visit.lost()
    version = as_whom(visit.query.get("version"))
    source = desk.finished(is_marked=True)
    if version is not None:
        source = next((one.source for one in desk.kept if one.version == version), source)
    language = desk.language if desk.language in source.languages else next(iter(source.languages))
    try:
        html = letter_of(visit, source, language, as_whom(visit.query.get("as"))).html
    except TenshuError as problem:
        html = visit.render("templates_/no_letter.html", said=problem.text(), notice=None)
    return HTMLResponse(html, headers={"Content-Security-Policy": POLICY})


def history(visit: Visit) -> Response:
    """Show every version."""
    desk = sit_down(visit)
    return visit.lost() if desk is None else visit.page("templates_/history.html", desk=desk, **WORDS)


def seen(visit: Visit) -> Response:
    """Show the letter as another customer, for htmx; whole pages without it."""
    desk = sit_down(visit)
    if desk is None:
        return visit.lost()
    if not visit.is_part:
        return visit.go(f"{desk.address}?{urlencode(dict(visit.query))}")
    return visit.part("templates_/seen.html", **context(visit, desk))


def empty_fields(visit: Visit) -> Response:
    """Say for how many of an audience the merged fields are blank, and what they read instead."""
    desk = sit_down(visit)
    if desk is None:
        return visit.lost()
    segment = visit.query.get("of", "")
    fields = merged_fields(desk.finished().languages[desk.language], language=desk.language)
    told = visit.ask("template_gaps", fields=[one.field for one in fields], segment=segment, now=instant(visit))
    return visit.part("templates_/gaps.html", gaps=gaps(fields, told, TRAITS), base=told["base"])


def people(visit: Visit) -> Response:
    """Find customers as whom a letter can be looked at, for htmx."""
    desk = sit_down(visit)
    if desk is None:
        return visit.lost()
    said = visit.query.get("q", "").strip()[:100]
    found = visit.ask("directory", said=said, limit=8) if said else {"entries": []}
    return visit.part("templates_/people.html", desk=desk, said=said, entries=found["entries"])


def colleagues(visit: Visit) -> list[str]:
    """Return the addresses that a test may go to: one's own first, then those of the people who work here."""
    with visit.shop.ledger.reading() as tx:
        others = [one.email for one in read_people(tx) if one.status == "active"]
    return list(dict.fromkeys(filter(None, [visit.person.email, *others])))


def _whom(visit: Visit, segment: str) -> tuple[int | None, Mapping[str, Any]]:
    """Return as whom the letter is looked at, and the neighbours: whoever is asked for, else the first of the audience.

    Whoever leafs through another audience goes on with somebody of it.
    """
    said = visit.form.get("as") or visit.query.get("as")
    customer = as_whom(said)
    near = visit.ask("template_neighbours", customer=customer or 0, segment=segment, now=instant(visit))
    is_stranger = customer is not None and visit.request.method == "GET" and not near["is_in"]
    if said is not None and not is_stranger:
        return customer, near
    first = near["first"]
    return first, visit.ask("template_neighbours", customer=first or 0, segment=segment, now=instant(visit))


def _segments(visit: Visit) -> list[tuple[str, str]]:
    with visit.shop.ledger.reading() as tx:
        kept = read_segments(tx)
    return [(one.name, one.title.get(visit.language) or next(iter(one.title.values()), one.name)) for one in kept]
