"""The scenarios as cards: what each is for, where it stands, its account, what it does next."""

from datetime import datetime

import msgspec
import polars as pl

from tenshu.journey.drafts import Draft
from tenshu.journey.grammar import Journey
from tenshu.journey.recipes import RECIPES
from tenshu.journey.records import Resting, Running
from tenshu.journey.sentence import entry_sentence, goal_sentence
from tenshu.kit.i18n import _, _n, current_language
from tenshu.measure.account import as_account
from tenshu.measure.state import ScenarioState, Standing
from tenshu.web.console import figures
from tenshu.web.console.account_bar import AccountView, account_view
from tenshu.web.console.scenarios.words import standing_words, tripped_sentence

#: Scenarios that are over stand below the others.
_OVER = (Standing.FINISHED, Standing.ENDED)


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario.

    Attributes:
        name: in addresses.
        title: what people call it.
        standing: code of where it stands, for its colour.
        standing_words: the same in words.
        who: who enters and when.
        goal: what it is for.
        account: its bar; None where nothing was planned yet.
        facts: what is going on, in short sentences.
        urgent: what needs a person; empty when nothing.
        has_verdict: whether it may be asked for whether it helped.
    """

    name: str
    title: str
    standing: str
    standing_words: str
    who: str
    goal: str
    account: AccountView | None = None
    facts: tuple[str, ...] = ()
    urgent: str = ""
    has_verdict: bool = False


class Cards(msgspec.Struct, frozen=True, kw_only=True):
    """The page: those that run, those in preparation, those that are over."""

    running: tuple[Card, ...]
    drafts: tuple[Card, ...]
    over: tuple[Card, ...]

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing at all."""
        return not (self.running or self.drafts or self.over)


def started_card(
    running: Running, state: ScenarioState, accounts: pl.DataFrame, *, now: datetime, zone: str, currency: str
) -> Card:
    """Return the card of a scenario that was started.

    Args:
        running: its newest version.
        state: what is open in it.
        accounts: rows of `measure.account.account`.
        now: business time.
        zone: the shop's.
        currency: the shop's.
    """
    journey = running.journey
    account = as_account(accounts.filter(pl.col("journey") == journey.name))
    facts = (
        [_n("{count} person is in it now.", "{count} people are in it now.", figures.count(state.walking))]
        if state.walking
        else []
    )
    if state.queued:
        facts.append(
            _n("{count} message waits to be sent.", "{count} messages wait to be sent.", figures.count(state.queued))
        )
    if running.due_at is not None and running.status == "active":
        facts.append(_next_entry(running.due_at, now, zone))
    if journey.review_on:
        facts.append(_("To be judged on {date}.", date=figures.date_on(journey.review_on)))
    return Card(
        name=journey.name,
        title=journey.title_in(current_language()),
        standing=state.standing.value,
        standing_words=standing_words(state.standing),
        who=entry_sentence(journey, current_language(), currency),
        goal=goal_sentence(journey, current_language()),
        account=account_view(account),
        facts=tuple(facts),
        urgent=_urgent(state),
        has_verdict=state.entered > 0,
    )


def draft_card(draft: Draft, journey: Journey | None, problem: str, *, currency: str) -> Card:
    """Return the card of a draft; with what is wrong where no scenario can be made of it."""
    choices = draft.choices
    recipe = None if choices is None else RECIPES.get(choices.recipe)
    began_as = draft.name if choices is None else choices.title
    return Card(
        name=draft.name,
        title=began_as if journey is None else journey.title_in(current_language()),
        standing="draft",
        standing_words=standing_words("draft"),
        who=(_(recipe.who) if recipe else "")
        if journey is None
        else entry_sentence(journey, current_language(), currency),
        goal="" if journey is None else goal_sentence(journey, current_language()),
        facts=(_("Prepared by {name}. Nothing is sent before you have seen the pre-flight.", name=draft.saved_by),),
        urgent=problem,
    )


def with_changes(cards: list[Card], prepared: set[str]) -> list[Card]:
    """Return the cards, those of which a next version is being prepared saying so."""
    told = _("A change is being prepared.")
    return [msgspec.structs.replace(one, facts=(*one.facts, told)) if one.name in prepared else one for one in cards]


def resting_card(resting: Resting) -> Card:
    """Return the card of a version whose definition today's checks refuse."""
    return Card(
        name="",
        title=resting.journey,
        standing="resting",
        standing_words=standing_words("resting"),
        who=_(
            "Version {version} cannot be read: nobody enters, and its people rest where they stand.",
            version=resting.version,
        ),
        goal="",
        urgent=resting.problem.text(),
    )


def arranged(started: list[Card], drafts: list[Card]) -> Cards:
    """Return the page: what is over last, the newest of it first."""
    over = [card for card in started if card.standing in _OVER]
    return Cards(
        running=tuple(card for card in reversed(started) if card not in over),
        drafts=tuple(drafts),
        over=tuple(reversed(over)),
    )


def _next_entry(due_at: datetime, now: datetime, zone: str) -> str:
    if due_at <= now:
        return _("People enter at this moment.")
    return _("People enter next on {date}.", date=figures.moment(due_at, zone))


def _urgent(state: ScenarioState) -> str:
    told = []
    if state.tripped is not None:
        told.append(_("Sending has stopped itself: {reason}", reason=tripped_sentence(state.tripped)))
    if state.in_doubt:
        told.append(
            _n(
                "{count} message is in doubt: decide on it in the outbox.",
                "{count} messages are in doubt: decide on them in the outbox.",
                figures.count(state.in_doubt),
            )
        )
    return figures.joined(*told) if told else ""
