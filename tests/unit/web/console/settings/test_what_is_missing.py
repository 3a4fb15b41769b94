"""What still has to be said before a mail can go out is read from the settings, never from what was clicked."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.content.shop import ShopSettings
from tenshu.decide.policy import Cap, Policy
from tenshu.kit.i18n import LANGUAGES, _, speaking
from tenshu.web.console.settings.form import Kept
from tenshu.web.console.settings.index import OTHERS
from tenshu.web.console.settings.pages import FORM_PAGES, further_caps, load, said_of
from tenshu.web.console.settings.state import NEEDED, is_missing, state_of
from tests.unit.web.console.settings.test_forms import FRESH, SECTIONS

ALL = (*NEEDED, "place", "rhythm", "domain", "purposes")


def kept(*saved: str, **shop: Any) -> Kept:
    return msgspec.structs.replace(FRESH, shop=ShopSettings(**shop), saved=frozenset(saved))


@pytest.mark.parametrize(
    ("address", "contact", "state"),
    [("", "", "missing"), ("東京都", "", "missing"), ("", "03-1", "missing"), ("東京都", "03-1", "set")],
)
def test_the_law_needs_both_an_address_and_a_contact(address: str, contact: str, state: str) -> None:
    assert state_of("shop", kept("shop", postal_address=address, contact=contact)) == state


@pytest.mark.parametrize("email", ["", "shop@example.com", "me@mail.example.com", "me@localhost", "me"])
def test_a_sender_that_is_nobodys_is_still_missing(email: str) -> None:
    assert is_missing("sender", kept("shop", sender_email=email))
    assert not is_missing("sender", kept(sender_email="info@hanaya.jp"))


@pytest.mark.parametrize(("name", "setting"), [("mail-server", "smtp"), ("place", "shop"), ("rhythm", "policy")])
def test_what_has_usual_values_is_set_once_somebody_saved_it(name: str, setting: str) -> None:
    assert state_of(name, kept()) == ("missing" if name in NEEDED else "usual")
    assert state_of(name, kept(setting)) == "set"


@given(st.frozensets(st.sampled_from(["shop", "smtp", "limits", "policy"])), st.sampled_from(ALL))
def test_only_what_a_mail_needs_is_ever_missing(saved: frozenset[str], name: str) -> None:
    assert not is_missing(name, kept(*saved)) or name in NEEDED


@given(st.text(max_size=12))
def test_a_page_that_nobody_knows_waits_for_nobody(name: str) -> None:
    assert state_of(name, FRESH) == ("missing" if name in NEEDED else "usual")


def test_what_is_never_needed_stays_usual_whatever_is_saved() -> None:
    everything = kept("shop", "smtp", "limits", "policy", postal_address="東京都", contact="03-1")
    assert [state_of(name, everything) for name in ("domain", "purposes")] == ["usual", "usual"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", FORM_PAGES, ids=lambda page: page.path)
def test_every_page_says_what_is_set_a_sentence_a_section(page: Any, language: str) -> None:
    with speaking(language):
        said = said_of(FRESH, page.names)
    assert len(said) == len(page.sections)
    assert all(one.endswith("。" if language == "ja" else ".") for one in said)


@pytest.mark.parametrize("page", FORM_PAGES, ids=lambda page: page.path)
def test_every_page_has_a_title_and_a_question_in_japanese(page: Any) -> None:
    assert _(page.title, "ja") != page.title
    assert _(page.question, "ja").endswith("?")
    assert _(page.question, "ja") != page.question
    assert page.question.endswith("?")


@pytest.mark.parametrize("page", FORM_PAGES, ids=lambda page: page.path)
def test_a_page_shows_every_field_of_its_sections_and_no_other(page: Any) -> None:
    form = load(FRESH, page.sections)
    assert set(form.values) == {field for section in page.sections for field in section.fields}
    assert form.is_good
    assert form.changes == {}


def test_every_section_is_on_some_page() -> None:
    assert {name for page in FORM_PAGES for name in page.names} == {section.name for section in SECTIONS}


def test_a_page_is_found_at_one_address() -> None:
    paths = [page.path for page in FORM_PAGES] + [path for path, _title, _text in OTHERS]
    assert len(paths) == len(set(paths))
    assert all(path.startswith("/") for path in paths)


@pytest.mark.parametrize(("path", "title", "text"), OTHERS)
def test_the_cards_of_other_rooms_are_said_in_japanese(path: str, title: str, text: str) -> None:
    assert path
    assert _(title, "ja") != title
    assert _(text, "ja").endswith("。")


def test_caps_that_no_form_edits_are_listed_in_their_order() -> None:
    others = (Cap(limit=1, hours=6), Cap(limit=2, days=30))
    policy = Policy(caps=(others[0], *Policy().caps, others[1]))
    assert further_caps(msgspec.structs.replace(FRESH, policy=policy)) == list(others)
    assert further_caps(FRESH) == []
