"""The form of a purpose: six texts, each asked for in plain words, and shown as a customer would read them."""

from types import SimpleNamespace
from typing import cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.kit.i18n import LANGUAGES, _, speaking
from tenshu.privacy.purposes import DEFAULTS, LONGEST, WordingMissing
from tenshu.web.console.settings.purposes_pages import PARTS, read_purpose, values_of
from tenshu.web.console.visit import Visit

MARKETING, SERVICE = DEFAULTS
FIELDS = [f"{part}_{code}" for part in PARTS for code in LANGUAGES]


def typing(**changed: str) -> Visit:
    """Return a visit of somebody who sends the form of the first purpose with these changes."""
    form = {**values_of(MARKETING), **changed}
    return cast("Visit", SimpleNamespace(said=lambda name: form.get(name, "").strip()))


def test_the_form_asks_for_every_part_in_every_language() -> None:
    assert list(values_of(MARKETING)) == FIELDS
    assert len(FIELDS) == 6
    assert all(values_of(MARKETING).values())


def test_a_form_that_is_sent_as_it_was_shown_is_the_same_purpose() -> None:
    for purpose in DEFAULTS:
        read, form = read_purpose(typing(**values_of(purpose)), purpose)
        assert read == purpose
        assert form.is_good


@pytest.mark.parametrize("field", FIELDS)
def test_each_text_that_is_missing_is_asked_for_at_its_own_field(field: str) -> None:
    _read, form = read_purpose(typing(**{field: "  "}), MARKETING)
    assert list(form.errors) == [field]
    assert "at the counter" in form.errors[field]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("above", [0, 1])
def test_each_text_may_be_as_long_as_the_limit_and_no_longer(field: str, above: int) -> None:
    _read, form = read_purpose(typing(**{field: "あ" * (LONGEST + above)}), MARKETING)
    assert form.is_good == (above == 0)
    if above:
        assert str(LONGEST + 1) in form.errors[field]


def test_the_refusals_are_said_in_japanese_too() -> None:
    with speaking("ja"):
        _read, form = read_purpose(typing(title_ja="", benefit_en="x" * 501), MARKETING)
    assert form.errors["title_ja"] == _("Write one or two plain sentences, as you would say it at the counter.", "ja")
    assert form.errors["benefit_en"] == "500文字までにしてください(いまは501文字です)。"


def test_what_is_wrong_is_still_shown_as_a_customer_would_read_it() -> None:
    read, form = read_purpose(typing(title_ja="", wording_ja="新しい文面"), MARKETING)
    assert read.title["ja"] == ""
    assert read.wording["ja"] == "新しい文面"
    assert form.value("wording_ja") == "新しい文面"


def test_the_name_of_a_purpose_is_not_the_forms_to_change() -> None:
    read, _form = read_purpose(typing(name="spam"), SERVICE)
    assert read.name == SERVICE.name


def test_a_text_in_one_language_only_leaves_the_other_empty() -> None:
    half = msgspec.structs.replace(MARKETING, title={"ja": "ご案内"})
    assert (values_of(half)["title_ja"], values_of(half)["title_en"]) == ("ご案内", "")


def test_the_parts_are_called_in_japanese() -> None:
    assert [_(title, "ja") for title in PARTS.values()] != list(PARTS.values())
    assert len({_(title, "ja") for title in PARTS.values()}) == 3


@given(st.fixed_dictionaries(dict.fromkeys(FIELDS, st.text(max_size=20))))
def test_a_form_that_is_good_is_a_purpose_that_can_be_saved(typed: dict[str, str]) -> None:
    read, form = read_purpose(typing(**typed), MARKETING)
    if form.is_good:
        assert read.checked() == read
    else:
        with pytest.raises(WordingMissing):
            read.checked()
