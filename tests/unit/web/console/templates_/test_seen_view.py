"""What stands beside the editor: as whom it is read, what is empty for how many, and where the letter itself is."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from tenshu.condition.words import TRAITS
from tenshu.content.blocks.block import Text
from tenshu.content.blocks.brand import Brand
from tenshu.content.blocks.gaps import MergedField
from tenshu.content.shelf import Draft, Kept
from tenshu.content.template import TemplateSource
from tenshu.kit.i18n import speaking
from tenshu.web.console.templates_.desk import Desk, as_whom
from tenshu.web.console.templates_.letter import Shown
from tenshu.web.console.templates_.seen_view import called, gaps, letter_address, whom_of
from tests.unit.content.blocks.letters import source_of

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
NEAR: Mapping[str, Any] = {"before": 3, "after": 5, "first": 1, "is_in": True}


def desk(source: TemplateSource | None = None, *, name: str = "letter", based_on: int | None = None) -> Desk:
    kept = Kept(version=2, saved_at=NOW, source=source or source_of((Text(text="a"),)))
    draft = None if based_on is None else Draft(source=kept.source, based_on=based_on, changed_at=NOW)
    return Desk(name=name, kept=[kept], draft=draft, brand=Brand(), language="ja")


@pytest.mark.parametrize(
    ("traits", "name"),
    [
        ({"full_name": "佐藤 花子", "last_name": "佐藤"}, "佐藤 花子様"),
        ({"last_name": "佐藤", "first_name": "花子"}, "佐藤 花子様"),
        ({"last_name": "佐藤"}, "佐藤様"),
        ({"customer_no": "K-12"}, "顧客 K-12"),
        ({}, "顧客 7"),
    ],
)
def test_a_customer_is_called_by_name_else_by_number(traits: dict[str, str], name: str) -> None:
    with speaking("ja"):
        assert called(traits, 7) == name


def test_whoever_is_nobody_has_no_neighbour_before_and_the_first_after() -> None:
    with speaking("en"):
        nobody = whom_of(None, {}, NEAR)
    assert (nobody.name, nobody.before, nobody.after) == ("Somebody whose name is not known", None, 1)


def test_a_customer_has_both_neighbours_and_a_language() -> None:
    whom = whom_of(4, {"last_name": "佐藤", "language": "en"}, NEAR)
    assert (whom.customer, whom.before, whom.after, whom.language) == (4, 3, 5, "en")


def field(name: str, *instead: str, is_asked: bool = False) -> MergedField:
    return MergedField(name, instead, is_asked)


def test_the_emptiest_field_comes_first_with_its_share_and_what_is_read() -> None:
    told = {"base": 1_200, "blank": {"last_name": 0, "company": 900, "prefecture": 12}}
    fields = [field("last_name", "お客様"), field("company", ""), field("prefecture", "", "ご近所")]
    with speaking("ja"):
        found = gaps(fields, told, TRAITS)
    assert [gap.title for gap in found] == ["会社名", "都道府県", "姓"]
    assert [gap.share for gap in found] == [0.75, 0.01, 0.0]
    assert found[0].words == "1,200人のうち900人(75%)が未登録"
    assert found[0].instead == "何も表示されません。"
    assert found[1].instead == "代わりに「ご近所」と表示されます。何も表示されません。"
    assert found[2].words == "1,200人全員に登録があります"


def test_the_same_is_said_in_english() -> None:
    with speaking("en"):
        (gap,) = gaps([field("last_name", "Dear customer")], {"base": 40, "blank": {"last_name": 10}}, TRAITS)
    assert gap.words == "10 of 40 (25%) have none"
    assert gap.instead == "They read 「Dear customer」 instead."


def test_a_field_that_a_condition_asks_for_is_told() -> None:
    with speaking("en"):
        (gap,) = gaps([field("sex", is_asked=True)], {"base": 4, "blank": {"sex": 4}}, TRAITS)
    assert gap.instead == "A condition of the letter asks for it."


def test_an_empty_audience_divides_by_nothing() -> None:
    with speaking("en"):
        (gap,) = gaps([field("last_name", "")], {"base": 0, "blank": {"last_name": 0}}, TRAITS)
    assert gap.share == 0.0


def test_a_field_that_nobody_has_named_keeps_its_own_name() -> None:
    with speaking("ja"):
        (gap,) = gaps([field("points", "")], {"base": 2, "blank": {"points": 2}}, TRAITS)
    assert gap.title == "points"


def test_another_letter_has_another_address_and_the_same_one_keeps_it() -> None:
    one, other = (Shown("a", "", f"<p>{words}</p>", words) for words in ("x", "y"))
    assert letter_address(desk(), 1, one, "") == letter_address(desk(), 1, one, "")
    assert letter_address(desk(), 1, one, "") != letter_address(desk(), 1, other, "")
    assert letter_address(desk(), 1, one, "") != letter_address(desk(), 2, one, "")


def test_the_address_points_at_the_block_that_is_written_and_at_nothing_else() -> None:
    assert letter_address(desk(), None, None, "3").endswith("#b3")
    for rubbish in ("", "x", "3.left.0", '"><script>'):
        assert "#" not in letter_address(desk(), None, None, rubbish)


def test_a_name_with_any_letters_makes_an_address() -> None:
    assert letter_address(desk(name="a/b c?d"), None, None, "").startswith("/templates/a%2Fb%20c%3Fd/letter?")


@pytest.mark.parametrize(
    ("given", "customer"),
    [("12", 12), ("0", None), ("", None), (None, None), ("-3", None), ("x", None), ("1e3", None), ("9" * 30, None)],
)
def test_a_customer_s_number_is_read_or_nobody_is_meant(given: str | None, customer: int | None) -> None:
    assert as_whom(given) == customer


def test_a_draft_that_began_before_the_last_version_is_overtaken() -> None:
    assert not desk().is_overtaken
    assert not desk(based_on=2).is_overtaken
    assert desk(based_on=1).is_overtaken
