"""A recipe becomes a draft: what was chosen is said in words, what is wrong beside its field, nothing is ever lost."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.bootstrap import Shop
from tenshu.journey.drafts import Draft, read_drafts
from tenshu.journey.recipes import RECIPES, Choices
from tenshu.testing.small_shop import open_small_shop
from tenshu.web.console.scenarios.form import fresh, of_choices, read_form
from tests.unit.web.console.scenarios.shops import add_draft, form, open_flower_shop, words
from tests.unit.web.console.visiting import visiting


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop with a message and a saved segment."""
    return open_flower_shop(tmp_path / "home", people=10)


def drafts(shop: Shop) -> list[Draft]:
    with shop.ledger.reading() as tx:
        return read_drafts(tx)


def of_recipe(draft: Draft) -> Choices:
    """Return what was chosen."""
    assert draft.choices is not None
    return draft.choices


def test_a_draft_keeps_what_was_chosen(shop: Shop) -> None:
    with visiting(shop) as client:
        client.post("/scenarios/new/broadcast", form())
    (draft,) = drafts(shop)
    chosen = of_recipe(draft)
    assert draft.name == "broadcast-20260601"
    assert (draft.saved_by, chosen.recipe, chosen.segment) == ("店主", "broadcast", "long-away")
    assert (chosen.target_rate, chosen.holdout_rate, chosen.within_days) == (0.05, 0.1, 14)
    assert chosen.review_on == date(2026, 7, 1)
    assert chosen.start == ""
    shop.close()


def test_two_drafts_of_one_recipe_have_names_of_their_own(shop: Shop) -> None:
    with visiting(shop) as client:
        for _ in range(3):
            client.post("/scenarios/new/broadcast", form())
    assert sorted(draft.name for draft in drafts(shop)) == [
        "broadcast-20260601",
        "broadcast-20260601-2",
        "broadcast-20260601-3",
    ]
    shop.close()


@pytest.mark.parametrize("name", [name for name in RECIPES if name != "broadcast"])
def test_every_recipe_can_be_kept_as_its_form_begins(shop: Shop, name: str) -> None:
    begun = fresh(RECIPES[name], now=shop.clock.now(), zone="Asia/Tokyo").values
    with visiting(shop) as client:
        answer = client.post(f"/scenarios/new/{name}", {**begun, "template": "spring"})
        assert answer.status_code == 303
        assert client.get(answer.headers["location"]).status_code == 200
    shop.close()


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("title", "", "Give it a name"),
        ("title", "x" * 81, "at most 80 letters"),
        ("title", "a\x07b", "at most 80 letters"),
        ("template", "nothing", "Choose one of these."),
        ("segment", "nobody", "Choose one of these."),
        ("within_days", "0", "from 1 to 365"),
        ("within_days", "１４", "from 1 to 365"),
        ("target", "0", "from 0.1% to 100%"),
        ("target", "NaN", "from 0.1% to 100%"),
        ("holdout", "95", "from 0% to 90%"),
        ("review_on", "2026-06-01", "a day after today"),
        ("review_on", "2099-01-01", "a day after today"),
        ("review_on", "soon", "a day after today"),
        ("goal_event", "unsubscribed", "Choose one of these."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_the_rest_is_kept(
    shop: Shop, field: str, typed: str, said: str
) -> None:
    with visiting(shop, language="en") as client:
        answer = client.post("/scenarios/new/broadcast", {**form(), field: typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert f'id="{field}-error"' in answer.text
    if field != "title":
        assert "春の新作のお知らせ" in answer.text
    assert drafts(shop) == []
    shop.close()


def test_a_later_moment_is_kept_and_a_wrong_one_is_told(shop: Shop) -> None:
    with visiting(shop, language="en") as client:
        client.post("/scenarios/new/broadcast", {**form(), "when": "later"})
        assert of_recipe(drafts(shop)[0]).start == "2026-06-02T10:00"
        answer = client.post("/scenarios/new/broadcast", {**form(), "when": "later", "start": "2026-02-30T10:00"})
        assert "Give a day and a time." in answer.text
    shop.close()


def test_what_is_chosen_is_said_at_once_with_how_many(shop: Shop) -> None:
    with visiting(shop, language="en") as client:
        part = client.part("GET", "/scenarios/new/broadcast/said", params=form())
        said = words(part)
        assert "If it began now: 13 people" in said
        assert "placed an order not once in the last 20 days" in said
        assert "<html" not in part.text
        half = client.part("GET", "/scenarios/new/broadcast/said", params={**form(), "target": ""})
        assert "from 0.1% to 100%" in words(half)
    assert drafts(shop) == []
    shop.close()


def test_a_draft_is_changed_in_its_place(shop: Shop) -> None:
    add_draft(shop)
    with visiting(shop, language="en") as client:
        page = client.get("/scenarios/spring-news/edit").text
        assert 'value="春のお知らせ"' in page
        client.post("/scenarios/spring-news/edit", {**form(), "title": "夏のお知らせ", "holdout": "20"})
        answer = client.post("/scenarios/spring-news/edit", {**form(), "title": ""})
        assert answer.status_code == 422
        assert 'action="/scenarios/spring-news/edit"' in answer.text
    (draft,) = drafts(shop)
    chosen = of_recipe(draft)
    assert (draft.name, chosen.title, chosen.holdout_rate) == ("spring-news", "夏のお知らせ", 0.2)
    shop.close()


def test_a_draft_thrown_away_comes_back(shop: Shop) -> None:
    add_draft(shop)
    with visiting(shop, language="en") as client:
        answer = client.post("/scenarios/spring-news/discard", follow=True)
        assert "The draft is thrown away." in words(answer)
        assert 'action="/scenarios/spring-news/restore"' in answer.text
        assert drafts(shop) == []
        assert client.get("/scenarios/spring-news").status_code == 404
        assert client.post("/scenarios/spring-news/discard").status_code == 404
        client.post("/scenarios/spring-news/restore")
        assert [draft.name for draft in drafts(shop)] == ["spring-news"]
        assert client.post("/scenarios/spring-news/restore").status_code == 404
    shop.close()


def test_a_name_thrown_away_is_not_given_again(shop: Shop) -> None:
    with visiting(shop) as client:
        client.post("/scenarios/new/broadcast", form())
        client.post("/scenarios/broadcast-20260601/discard")
        client.post("/scenarios/new/broadcast", form())
        client.post("/scenarios/broadcast-20260601/restore")
    assert len(drafts(shop)) == 2
    shop.close()


def test_without_a_message_the_form_says_where_to_write_one(tmp_path: Path) -> None:
    bare, _clock = open_small_shop(tmp_path / "bare")
    with visiting(bare, language="en") as client:
        page = client.get("/scenarios/new/welcome")
    assert "There is no message to send yet" in page.text
    assert 'href="/templates"' in page.text
    bare.close()


def test_a_form_opens_with_the_segment_that_led_to_it(shop: Shop) -> None:
    with visiting(shop) as client:
        page = client.get("/scenarios/new/broadcast?segment=long-away&template=spring").text
        assert '<option value="long-away" selected>' in page
        assert client.get("/scenarios/new/unknown").status_code == 404
    shop.close()


TODAY = date(2026, 6, 1)
FIELDS = sorted(form())


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(RECIPES)), st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=12)))
def test_whatever_is_typed_is_choices_or_says_what_is_wrong(name: str, typed: dict[str, str]) -> None:
    recipe = RECIPES[name]
    said = {**form(), "days": "5", "at": "10:00", **typed}
    read = read_form(said, recipe, templates=["spring"], segments=["long-away"], language="ja", today=TODAY)
    assert (read.choices is None) == bool(read.errors)
    assert set(read.errors) <= {*FIELDS, "days", "at"}


def test_a_form_of_choices_reads_as_the_same_choices() -> None:
    for name, recipe in RECIPES.items():
        said = {**form(), "days": "5", "at": "09:30", "when": "later"}
        given_lists = {"templates": ["spring"], "segments": ["long-away"], "language": "ja", "today": TODAY}
        first = read_form(said, recipe, **given_lists)  # type: ignore[arg-type]
        assert first.choices is not None, name
        again = read_form(of_choices(first.choices).values, recipe, **given_lists)  # type: ignore[arg-type]
        assert again.choices == first.choices
