"""Gather what the pre-flight looks at, and look at it."""

from typing import Final

import msgspec

from tenshu.bootstrap import Shop, read_templates
from tenshu.content.copy_check import check_letter
from tenshu.content.shop import ShopSettings
from tenshu.content.template import TemplateSource
from tenshu.deliver import limits, preflight
from tenshu.deliver.channels.email.sender_lines import legal_footer, with_footer
from tenshu.deliver.channels.email.settings import SMTP
from tenshu.deliver.preflight import Check, Written
from tenshu.deliver.render import Renderer, context_of
from tenshu.deliver.standstill import standstill
from tenshu.deliver.test_send import read_as, tested_at
from tenshu.journey import records
from tenshu.journey.foreseen import Foreseen
from tenshu.journey.grammar import Journey, Send
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _, current_language
from tenshu.store.settings import read_setting
from tenshu.web.console.scenarios.ahead import ahead_of
from tenshu.web.console.scenarios.finding import usable_templates
from tenshu.web.console.visit import Visit

#: Where the way out of a mail leads that is only looked at.
_WAY_OUT: Final = "/u/preflight"
_CUSTOMER: Final = "customer."


class Flight(msgspec.Struct, frozen=True, kw_only=True):
    """A pre-flight.

    Attributes:
        seen: what the first hour would be.
        checks: what was looked at, in the order in which a person would put it right.
        sample: a customer who would get the mail, whom a test is written as; None when nobody would.
    """

    seen: Foreseen
    checks: tuple[Check, ...]
    sample: int | None

    @property
    def may_start(self) -> bool:
        """Say whether nothing stands in the way."""
        return not preflight.stops(self.checks)


def look(visit: Visit, journey: Journey) -> Flight:
    """Look over a scenario before its first send; nothing is changed.

    Args:
        visit: whose shop.
        journey: the scenario as it would be started now.
    """
    shop, settings = visit.shop, visit.settings
    known = read_templates(shop)
    sources = [known[name] for name in journey.templates() if name in known]
    usable = usable_templates(shop)
    ahead = ahead_of(shop, journey, words=_words(visit, sources))
    seen = ahead.seen
    written, problems = _written(visit, settings, sources, ahead.sample)
    checks = [
        *problems,
        *(_gone(name, is_kept=name in known) for name in journey.templates() if name not in usable),
        *preflight.sender_checks(settings),
        *preflight.server_checks(
            has_server=read_setting(shop.ledger, SMTP) is not None,
            tested={source.name: tested_at(shop.ledger, source.name) is not None for source in sources},
        ),
        *preflight.way_out_checks(written),
        *preflight.link_checks(written),
        *_standing_still(shop),
        *preflight.reach_checks(
            entering=seen.entering,
            sent=seen.sent,
            held_out=seen.held_out,
            holdout_rate=journey.holdout_rate,
            is_by_event=seen.is_by_event,
        ),
        *_pace(visit, journey, seen),
        *preflight.gap_checks({f"{_CUSTOMER}{name}": people for name, people in ahead.gaps.items()}, sent=seen.sent),
        *preflight.overlap_checks(_titled(shop, ahead.overlaps), sent=seen.sent),
        *preflight.copy_checks(_remarks(sources)),
    ]
    return Flight(seen=seen, checks=tuple(checks), sample=ahead.sample)


def _written(
    visit: Visit, settings: ShopSettings, sources: list[TemplateSource], sample: int | None
) -> tuple[list[Written], list[Check]]:
    """Return every template in every language as one person would get it, and what could not be written."""
    way_out = f"{settings.public_url}{_WAY_OUT}"
    written, problems = [], []
    for source in sources:
        for language in source.languages:
            try:
                renderer = Renderer(settings, visit.shop.signer, {source.name: source})
                traits, extras = read_as(visit.shop, settings, source, customer=sample, now=visit.now)
                context = context_of(settings, traits, unsubscribe_url=way_out, extras=extras)
                made = renderer.compiled(source.name, language).render(context)
            except TenshuError as problem:
                where = f"/templates/{source.name}"
                to_do = _("Correct it in the message.")
                problems.append(Check(code="template", level="stop", said=problem.text(), to_do=to_do, where=where))
                continue
            html, text = with_footer(made.html, made.text, legal_footer(settings, way_out, language))
            one = Written(template=source.name, language=language, html=html, text=text, unsubscribe_url=way_out)
            written.append(one)
    return written, problems


def _gone(name: str, *, is_kept: bool) -> Check:
    words = N_("The message “{name}” is out of use.") if is_kept else N_("There is no message “{name}” any more.")
    said = _(words, name=name)
    return Check(code="template", level="stop", said=said, to_do=_("Choose another one."))


def _standing_still(shop: Shop) -> list[Check]:
    with shop.ledger.reading() as tx:
        found = standstill(tx)
    if found is None:
        return []
    to_do = _("Let the shop send again in the outbox.")
    return [Check(code="standstill", level="warn", said=found.text(), to_do=to_do, where="/outbox")]


def _pace(visit: Visit, journey: Journey, seen: Foreseen) -> list[Check]:
    with visit.shop.ledger.reading() as tx:
        pace = limits.pace(tx, now=visit.now)
    mails = [step for step in journey.steps.values() if isinstance(step, Send)]
    expires = mails[0].expires_after_hours if mails else None
    sent = 0 if seen.is_by_event else seen.sent
    return preflight.pace_checks(sent=sent, limits=pace.limits, room=pace.room, expires_after_hours=expires)


def _words(visit: Visit, sources: list[TemplateSource]) -> set[str]:
    """Return the traits that the messages merge."""
    return {field.removeprefix(_CUSTOMER).split(".")[0] for field in _fields(visit, sources)}


def _fields(visit: Visit, sources: list[TemplateSource]) -> set[str]:
    found: set[str] = set()
    for source in sources:
        renderer = Renderer(visit.settings, visit.shop.signer, {source.name: source})
        for language in source.languages:
            try:
                found.update(renderer.compiled(source.name, language).fields())
            except TenshuError:
                continue  # told of among the problems of the template
    return {field for field in found if field.startswith(_CUSTOMER)}


def _titled(shop: Shop, overlaps: dict[str, int]) -> dict[str, int]:
    """Return the overlaps with scenarios that run, by their titles."""
    with shop.ledger.reading() as tx:
        titles = {one.journey.name: one.journey.title_in(current_language()) for one in records.read_running(tx)}
    return {titles[name]: overlaps[name] for name in sorted(overlaps) if name in titles}


def _remarks(sources: list[TemplateSource]) -> list[tuple[str, str]]:
    return [
        (remark.found, remark.better)
        for source in sources
        for language, text in source.languages.items()
        for remark in check_letter(text, language)
        if remark.found
    ]
