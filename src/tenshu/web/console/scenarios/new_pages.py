"""Make a scenario from a recipe: choose, see the sentence and how many, keep it as a draft."""

import re
from collections import defaultdict
from typing import Final

from starlette.responses import Response

from tenshu.condition import sentence as said_condition
from tenshu.journey.drafts import Draft, drop_draft, free_name, keep_draft, read_draft, take_back_draft
from tenshu.journey.local_time import local
from tenshu.journey.recipes import GOALS, RECIPES, Choices, Recipe
from tenshu.journey.sentence import sentence
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import _, current_language
from tenshu.web.console import figures
from tenshu.web.console.scenarios.ahead import hour_of
from tenshu.web.console.scenarios.finding import draft_journey, saved_segments, usable_templates
from tenshu.web.console.scenarios.form import Typed, fresh, of_choices, read_form
from tenshu.web.console.visit import Visit

#: What a step begins with in a scenario's sentence: its name, which a recipe's steps have for the machine only.
_STEP_MARK: Final = re.compile(r"^- \[[^\]]*\] ")


def choose_recipe(visit: Visit) -> Response:
    """Offer the recipes."""
    return visit.page("scenarios/new.html", recipes=list(RECIPES.values()))


def fill_in(visit: Visit) -> Response:
    """Show the form of a recipe."""
    recipe = RECIPES.get(visit.path["recipe"])
    if recipe is None:
        return visit.lost()
    typed = fresh(recipe, now=visit.now, zone=visit.settings.zone)
    known = {name: visit.query[name] for name in ("segment", "template") if name in visit.query}
    return _form(visit, recipe, Typed(values=typed.values | known))


def keep(visit: Visit) -> Response:
    """Keep what was chosen as a draft."""
    recipe = RECIPES.get(visit.path["recipe"])
    if recipe is None:
        return visit.lost()
    typed = _typed(visit, recipe)
    if typed.choices is None:
        return _form(visit, recipe, typed, status=422)
    with visit.shop.ledger.writing() as tx:
        name = free_name(tx, f"{recipe.name}-{local(visit.now, visit.settings.zone):%Y%m%d}")
        keep_draft(tx, name, typed.choices, now=visit.now, by=visit.person.name)
    return visit.go(f"/scenarios/{name}", said=_("Kept as a draft. Nothing is sent yet."))


def edit(visit: Visit) -> Response:
    """Show the form of a draft."""
    with visit.shop.ledger.reading() as tx:
        draft = read_draft(tx, visit.path["name"])
    if draft is None or draft.choices is None:
        return visit.lost()
    return _form(visit, RECIPES[draft.choices.recipe], of_choices(draft.choices), name=draft.name, draft=draft)


def change(visit: Visit) -> Response:
    """Keep a draft as it is now."""
    name = visit.path["name"]
    with visit.shop.ledger.reading() as tx:
        draft = read_draft(tx, name)
    if draft is None or draft.choices is None:
        return visit.lost()
    recipe = RECIPES[draft.choices.recipe]
    typed = _typed(visit, recipe)
    if typed.choices is None:
        return _form(visit, recipe, typed, name=name, draft=draft, status=422)
    with visit.shop.ledger.writing() as tx:
        keep_draft(tx, name, typed.choices, changes=draft.changes, now=visit.now, by=visit.person.name)
    return visit.go(f"/scenarios/{name}", said=_("Kept as a draft. Nothing is sent yet."))


def say(visit: Visit) -> Response:
    """Say what was chosen so far in words, and how many would enter now."""
    recipe = RECIPES.get(visit.path["recipe"])
    if recipe is None:
        return visit.lost()
    typed = _typed(visit, recipe)
    if typed.choices is None:
        return visit.part("scenarios/said.html", words=[], count="", problems=list(typed.errors.values()))
    words, count = _said(visit, typed.choices)
    return visit.part("scenarios/said.html", words=words, count=count, problems=[])


def discard(visit: Visit) -> Response:
    """Throw a draft away; it can be taken back."""
    name = visit.path["name"]
    with visit.shop.ledger.writing() as tx:
        draft = read_draft(tx, name)
        if draft is None or not drop_draft(tx, name, now=visit.now):
            return visit.lost()
    back = f"/scenarios/{name}" if draft.version else "/scenarios"
    return visit.go(back, said=_("The draft is thrown away."), undo=(f"/scenarios/{name}/restore", _("Undo")))


def restore(visit: Visit) -> Response:
    """Take a draft back."""
    name = visit.path["name"]
    with visit.shop.ledger.writing() as tx:
        if not take_back_draft(tx, name):
            return visit.lost()
    return visit.go(f"/scenarios/{name}", said=_("The draft is back."))


def _typed(visit: Visit, recipe: Recipe) -> Typed:
    fields = fresh(recipe, now=visit.now, zone=visit.settings.zone).values
    said = {name: visit.said(name) or visit.query.get(name, "") for name in fields}
    return read_form(
        said,
        recipe,
        templates=list(usable_templates(visit.shop)),
        segments=[one.name for one in saved_segments(visit.shop)],
        language=visit.language,
        today=local(visit.now, visit.settings.zone).date(),
    )


def _said(visit: Visit, choices: Choices) -> tuple[list[str], str]:
    """Return the scenario in short sentences, and how many it would be now."""
    settings = visit.settings
    try:
        journey = draft_journey(visit.shop, choices.recipe, choices, now=visit.now, zone=settings.zone)
    except TenshuError as problem:
        return [problem.text()], ""
    seen = hour_of(visit.shop, journey)
    given = {
        "entering": figures.count(seen.entering),
        "sent": figures.count(seen.sent),
        "held_out": figures.count(seen.held_out),
    }
    words = (
        _("In the last 28 days it would have been {entering} people: {sent} with a mail, {held_out} held out.", **given)
        if seen.is_by_event
        else _("If it began now: {entering} people, {sent} with a mail, {held_out} held out.", **given)
    )
    told_in = sentence(journey, current_language(), currency=settings.currency).split("\n")
    return [_STEP_MARK.sub("", line.strip()) for line in told_in[1:] if "[end]" not in line], words


def _form(
    visit: Visit, recipe: Recipe, typed: Typed, *, name: str = "", draft: Draft | None = None, status: int = 200
) -> Response:
    language, currency = current_language(), visit.settings.currency
    segments = [
        (
            one.name,
            f"{one.title.get(language) or one.name} ({said_condition(one.condition, language, currency=currency)})"[
                :120
            ],
        )
        for one in saved_segments(visit.shop)
    ]
    everybody = _("Everybody with an address") if recipe.asks_start else _("Everybody who fits the recipe")
    words, count = ([], "") if typed.choices is None else _said(visit, typed.choices)
    return visit.page(
        "scenarios/form.html",
        status=status,
        recipe=recipe,
        name=name,
        changed=figures.count(len(draft.changes)) if draft is not None and draft.changes else "",
        typed=typed,
        errors=defaultdict(str, typed.errors),
        templates=list(usable_templates(visit.shop).items()),
        segments=[("", everybody), *segments],
        goals=[(code, _(words)) for code, words in GOALS.items()],
        words=words,
        count=count,
    )
