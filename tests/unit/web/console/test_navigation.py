"""The table of contents shows what a person may open, and where one is."""

import itertools

import pytest

from tenshu.kit.i18n import speaking
from tenshu.staff.person import ROLES, Person, Role
from tenshu.web.console.areas import all_pages
from tenshu.web.console.navigation import navigation
from tenshu.web.pages import STATIC


def person(role: Role) -> Person:
    return Person(id=1, name="佐藤", email="sato@example.com", role=role)


@pytest.mark.parametrize("role", ROLES)
def test_nobody_is_shown_a_place_that_would_turn_them_away(role: Role) -> None:
    needed = {page.path: page.role for page in all_pages() if page.method == "GET"}
    for place in navigation("/", person(role)):
        least = needed[place.path]
        assert least is None or person(role).can(least), place.path


def test_a_higher_role_sees_everything_that_a_lower_one_sees() -> None:
    seen = [{place.path for place in navigation("/", person(role))} for role in ROLES]
    assert all(lower <= higher for lower, higher in itertools.pairwise(seen))
    assert "/settings" in seen[-1]
    assert "/customers" not in seen[0]


@pytest.mark.parametrize(
    ("path", "here"),
    [("/", "/"), ("/segments", "/segments"), ("/segments/new", "/segments"), ("/segmentsx", None), ("/guide", None)],
)
def test_at_most_one_place_is_here(path: str, here: str | None) -> None:
    assert [place.path for place in navigation(path, person("owner")) if place.is_here] == ([here] if here else [])


def test_every_place_has_a_drawing_and_words_in_both_languages() -> None:
    drawings = STATIC.joinpath("icons.svg").read_text("utf-8")
    with speaking("ja"):
        japanese = [place.title for place in navigation("/", person("owner"))]
    for place, title in zip(navigation("/", person("owner")), japanese, strict=True):
        assert f'<symbol id="{place.icon}"' in drawings
        assert place.title != title
