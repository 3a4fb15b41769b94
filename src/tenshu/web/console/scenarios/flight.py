"""Gather what the pre-flight looks at, and look at it."""

from typing import Final

import msgspec
import polars as pl
from sqlalchemy import func, select

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
from tenshu.flow.foreseen import Foreseen, foresee
from tenshu.journey import records
from tenshu.journey.grammar import Journey, Send
from tenshu.journey.tables import enrolments
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import _, current_language
from tenshu.know.trait import read_traits
from tenshu.store.settings import read_setting
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
    shop, settings, now = visit.shop, visit.settings, visit.now
    seen = foresee(shop, settings, journey, now=now, address_key=shop.address_key)
    going = seen.customers.filter(pl.col("outcome") == "send")["customer"]
    sample = int(going[0]) if len(going) else None
    known = read_templates(shop)
    sources = [known[name] for name in journey.templates() if name in known]
    written, problems = _written(visit, settings, sources, sample)
    checks = [
        *problems,
        *(_gone(name) for name in journey.templates() if name not in known),
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
        *preflight.gap_checks(_gaps(visit, sources, going), sent=len(going)),
        *preflight.overlap_checks(_overlaps(shop, journey, going), sent=len(going)),
        *preflight.copy_checks(_remarks(sources)),
    ]
    return Flight(seen=seen, checks=tuple(checks), sample=sample)


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


def _gone(name: str) -> Check:
    said = _("There is no message “{name}” any more.", name=name)
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


def _gaps(visit: Visit, sources: list[TemplateSource], going: pl.Series) -> dict[str, int]:
    """Return for how many of them each merged word is empty: one question, however many they are."""
    wanted = sorted({field.removeprefix(_CUSTOMER).split(".")[0] for field in _fields(visit, sources)})
    if not wanted or going.is_empty():
        return {}
    stated = read_traits(visit.shop.warehouse, wanted, now=visit.now, customers=going)
    known = stated.join(going.alias("customer").to_frame(), on="customer", how="semi")
    return {f"{_CUSTOMER}{name}": len(going) - int(known[name].is_not_null().sum()) for name in wanted}


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


def _overlaps(shop: Shop, journey: Journey, going: pl.Series) -> dict[str, int]:
    """Return how many of them walk through each other scenario now."""
    with shop.ledger.reading() as tx:
        walks = (
            select(enrolments.c.journey, func.count(enrolments.c.customer.distinct()).label("people"))
            .where(enrolments.c.status == "active", enrolments.c.journey != journey.name)
            .where(tx.among(enrolments.c.customer, going))
            .group_by(enrolments.c.journey)
        )
        found = tx.frame(walks)
        titles = {one.journey.name: one.journey.title_in(current_language()) for one in records.read_running(tx)}
    return {titles[name]: people for name, people in found.sort("journey").iter_rows() if name in titles}


def _remarks(sources: list[TemplateSource]) -> list[tuple[str, str]]:
    return [
        (remark.found, remark.better)
        for source in sources
        for language, text in source.languages.items()
        for remark in check_letter(text, language)
        if remark.found
    ]
