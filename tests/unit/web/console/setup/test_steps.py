"""The steps of the first start: their order, what each needs, and where somebody goes on who comes back later."""

from itertools import combinations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.kit.i18n import LANGUAGES, _, speaking
from tenshu.web.console.settings.form import Kept, Section
from tenshu.web.console.settings.pages import FORM_PAGES
from tenshu.web.console.settings.state import NEEDED
from tenshu.web.console.setup.routes import row
from tenshu.web.console.setup.steps import NAMES, STEPS, SetupStep, after, before, first_open, missing
from tests.unit.web.console.settings.test_forms import FRESH, SECTIONS, kept_after, read


def done(*names: str) -> Kept:
    """Return the settings of a shop that has answered the questions of these steps."""
    kept = FRESH
    for step in STEPS:
        for section in step.sections if step.name in names else ():
            kept = kept_after(read(section, kept), kept)
    return kept


def test_the_shop_comes_first_and_what_has_usual_values_last() -> None:
    assert NAMES == ("shop", "place", "sender", "mail-server", "domain", "purposes", "rhythm")


def test_the_domain_is_looked_at_only_after_sender_and_server_are_known() -> None:
    assert NAMES.index("domain") > NAMES.index("sender")
    assert NAMES.index("domain") > NAMES.index("mail-server")


def test_everything_that_a_mail_needs_has_a_step_with_fields() -> None:
    by_name = {step.name: step for step in STEPS}
    assert all(by_name[name].sections for name in NEEDED)


def test_every_section_of_the_settings_is_asked_for_once() -> None:
    asked = [section.name for step in STEPS for section in step.sections]
    assert sorted(asked) == sorted(section.name for section in SECTIONS)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_what_a_step_asks_can_be_changed_in_the_settings_later(section: Section) -> None:
    assert any(section in page.sections for page in FORM_PAGES)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_each_step_asks_one_question_and_says_why_in_both_languages(step: SetupStep) -> None:
    assert step.question.endswith("?")
    assert step.question.count("?") == 1
    assert step.why.endswith(".")
    assert _(step.question, "ja").endswith("?")
    assert _(step.why, "ja").endswith("。")
    assert _(step.title, "ja") != step.title


def test_a_fresh_shop_has_three_steps_to_do_in_their_order() -> None:
    assert [step.name for step in missing(FRESH)] == ["shop", "sender", "mail-server"]
    assert first_open(FRESH) == "shop"


@pytest.mark.parametrize(
    "answered", [some for size in range(4) for some in combinations(("shop", "sender", "mail-server"), size)]
)
def test_whoever_comes_back_goes_on_at_the_first_gap(answered: tuple[str, ...]) -> None:
    left = [name for name in ("shop", "sender", "mail-server") if name not in answered]
    kept = done(*answered)
    assert [step.name for step in missing(kept)] == left
    assert first_open(kept) == (left[0] if left else "done")


@pytest.mark.parametrize("name", ["place", "rhythm"])
def test_a_step_with_usual_values_holds_nobody_up(name: str) -> None:
    assert first_open(done("shop", "sender", "mail-server")) == "done"
    assert first_open(done(name)) == "shop"


def test_the_way_leads_through_every_step_once() -> None:
    walked, name = [], NAMES[0]
    while name != "done":
        walked.append(name)
        name = after(name)
    assert tuple(walked) == NAMES


def test_the_way_back_is_the_way_forth_turned_round() -> None:
    walked, name = [], before("done")
    while name:
        walked.append(name)
        name = before(name)
    assert tuple(reversed(walked)) == NAMES


@given(st.text(max_size=10).filter(lambda name: name not in NAMES))
def test_from_anywhere_else_the_way_back_leads_to_the_last_step(name: str) -> None:
    assert before(name) == NAMES[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_row_shows_every_step_with_its_address_and_title(language: str) -> None:
    with speaking(language):
        shown = row(FRESH, "place")
    assert [one["url"] for one in shown] == [f"/setup/{name}" for name in NAMES]
    assert [one["title"] for one in shown] == [_(step.title, language) for step in STEPS]


@pytest.mark.parametrize("here", NAMES)
def test_the_row_marks_the_one_step_that_is_open(here: str) -> None:
    assert [one["url"] for one in row(FRESH, here) if one["here"]] == [f"/setup/{here}"]


def test_at_the_end_no_step_is_marked_as_open() -> None:
    assert not [one for one in row(FRESH, "done") if one["here"]]


def test_the_row_tells_what_is_done_from_what_is_usual_and_what_is_missing() -> None:
    kept = done("shop", "rhythm")
    assert {one["url"].removeprefix("/setup/"): one["state"] for one in row(kept, "")} == {
        "shop": "set",
        "place": "set",  # the same setting was saved
        "sender": "missing",
        "mail-server": "missing",
        "domain": "usual",
        "purposes": "usual",
        "rhythm": "set",
    }


def test_a_step_that_was_done_and_emptied_again_is_missing_again() -> None:
    kept = done("shop", "sender", "mail-server")
    emptied = msgspec.structs.replace(kept, shop=msgspec.structs.replace(kept.shop, contact=""))
    assert first_open(emptied) == "shop"
