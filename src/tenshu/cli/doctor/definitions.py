"""Checks of what people wrote: scenarios, templates and segments that this program can still read."""

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
from sqlalchemy import select

from tenshu.cli.doctor.finding import Check, Finding, broken, ok
from tenshu.cli.doctor.home import HomeUnderDoctor
from tenshu.condition import parse
from tenshu.content.tables import templates
from tenshu.content.template import TemplateSource, compile_template
from tenshu.journey.definition import parse_journey
from tenshu.journey.tables import journeys
from tenshu.kit.i18n import N_

T = TypeVar("T")

#: What may be wrong, in words.
_UNREADABLE: Final = {
    "scenario": N_('The scenario "{name}" (version {version}) cannot be read any more: {problem}'),
    "template": N_('The template "{name}" (version {version}) cannot be used any more: {problem}'),
    "segment": N_('The segment "{name}" (version {version}) cannot be read any more: {problem}'),
}
_ADVICE: Final = {
    "scenario": N_("Pause it, write it anew and start it: tenshu scenario start FILE."),
    "template": N_("Write it anew and save it: tenshu template add FILE."),
    "segment": N_("Write its condition anew and save it."),
}


class Written(msgspec.Struct, frozen=True):
    """Something that a person wrote and that cannot be used; `kind` is a key of the sentences."""

    kind: str
    name: str
    version: int
    problem: str


class Definitions(msgspec.Struct, frozen=True):
    """How many there are, which cannot be read, and which scenarios lack a template: (scenario, template)."""

    count: int
    unreadable: list[Written]
    lacking: list[tuple[str, str]]


def read_definitions(home: HomeUnderDoctor) -> Definitions:
    """Read everything that is in use, one by one: a broken one hides no other."""
    with home.ledger.reading() as tx:
        used = tx.frame(select(journeys).where(journeys.c.status != "ended").order_by(journeys.c.journey))
        saved = tx.frame(select(templates).order_by(templates.c.template, templates.c.version.desc()))
    newest = saved.unique("template", keep="first", maintain_order=True)
    unreadable: list[Written] = []
    lacking: list[tuple[str, str]] = []
    for row in used.iter_rows(named=True):
        wants, problem = _tried(_templates_of, row["body"])
        if problem:
            unreadable.append(Written("scenario", row["journey"], row["version"], problem))
        known = set(newest["template"])
        lacking += [(row["journey"], template) for template in wants or [] if template not in known]
    for row in newest.iter_rows(named=True):
        _done, problem = _tried(_compile, row["body"])
        if problem:
            unreadable.append(Written("template", row["template"], row["version"], problem))
    segments = _segments(home)
    unreadable += [one for one in segments if one.problem]
    return Definitions(len(used) + len(newest) + len(segments), unreadable, lacking)


def judge_definitions(seen: Definitions) -> list[Finding]:
    """What is in use has to be readable, and what it sends has to be there."""
    found = [
        broken(_UNREADABLE[one.kind], _ADVICE[one.kind], name=one.name, version=one.version, problem=one.problem)
        for one in seen.unreadable
    ]
    said = N_('The scenario "{name}" sends the template "{template}", which is not there.')
    advice = N_("Save it: tenshu template add FILE. What waits for it is not lost.")
    found += [broken(said, advice, name=name, template=template) for name, template in seen.lacking]
    return found or [ok(N_("All scenarios, templates and segments can be read ({count})."), count=seen.count)]


def _segments(home: HomeUnderDoctor) -> list[Written]:
    table = home.table("segments")
    if table is None:
        return []
    rows = home.frame(select(table).where(table.c.status == "active").order_by(table.c.segment, table.c.version))
    return [
        Written("segment", row["segment"], row["version"], _tried(_condition, row["body"])[1])
        for row in rows.iter_rows(named=True)
    ]


def _templates_of(body: str) -> list[str]:
    return parse_journey(msgspec.json.decode(body)).templates()


def _compile(body: str) -> None:
    source = msgspec.json.decode(body, type=TemplateSource)
    for language in source.languages:
        compile_template(source, language)


def _condition(body: str) -> None:
    parse(msgspec.json.decode(body))


def _tried(reads: Callable[[str], T], body: str) -> tuple[T | None, str]:
    """Return what was read, and what is wrong with it; empty when nothing."""
    try:
        return reads(body), ""
    except Exception as problem:  # noqa: BLE001 - whatever is wrong with it, the others are looked at too
        return None, str(problem).splitlines()[0] if str(problem) else type(problem).__name__


CHECKS: Final = (Check("definitions", N_("what was written"), read_definitions, judge_definitions),)
