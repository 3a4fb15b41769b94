"""The editor shows each block with its place, its values in words, and what is wrong beside the field that is wrong."""

import pytest
from hypothesis import given, settings

from tenshu.content.blocks.block import (
    KINDS,
    LEAVES,
    Blocks,
    Button,
    Columns,
    Coupon,
    Divider,
    Heading,
    Image,
    Products,
    Text,
)
from tenshu.content.template import TemplateText
from tenshu.kit.i18n import LANGUAGES, speaking
from tenshu.web.console.templates_.editor_view import (
    KIND_WORDS,
    BlockView,
    block_views,
    chip_choices,
    first_words,
    kind_choices,
)
from tests.unit.content.blocks.letters import letters

NAME = "{{ customer.last_name | sama }}"


def in_japanese(*blocks: Heading | Text | Button | Image | Columns | Coupon | Divider | Products) -> list[BlockView]:
    with speaking("ja"):
        return block_views(blocks)


def everyone(views: list[BlockView]) -> list[BlockView]:
    """Return the views and those in their columns."""
    return [one for view in views for one in (view, *everyone(view.left), *everyone(view.right))]


def test_values_stand_in_words_and_links_as_they_are() -> None:
    (view,) = in_japanese(Button(label=f"{NAME}へ", href="{{ shop.home_url }}/a"))
    assert view.given["label"] == "〔〇〇様〕へ"
    assert view.given["href"] == "{{ shop.home_url }}/a"


def test_the_first_cannot_go_up_nor_the_last_down() -> None:
    views = in_japanese(Divider(), Divider(), Divider())
    assert [(view.is_first, view.is_last) for view in views] == [(True, False), (False, False), (False, True)]
    (alone,) = in_japanese(Divider())
    assert alone.is_first
    assert alone.is_last


def test_what_stands_in_columns_has_its_own_place_and_neighbours() -> None:
    _text, columns = in_japanese(
        Text(text="a"), Columns(left=(Heading(text="b"), Text(text="c")), right=(Button(label="d"),))
    )
    assert [leaf.path for leaf in columns.left] == ["1.left.0", "1.left.1"]
    assert [leaf.name for leaf in columns.right] == ["b1.right.0"]
    assert columns.left[0].is_first
    assert not columns.left[0].is_last
    assert "left" not in columns.given


@settings(deadline=None, max_examples=60)
@given(blocks=letters)
def test_every_field_of_every_block_has_a_place_for_what_is_wrong(blocks: Blocks) -> None:
    for view in everyone(block_views(blocks)):
        assert set(view.given) <= set(view.wrong)
        assert all(isinstance(said, str) for said in view.wrong.values())


@settings(deadline=None, max_examples=60)
@given(blocks=letters)
def test_no_two_blocks_share_a_place(blocks: Blocks) -> None:
    paths = [view.path for view in everyone(block_views(blocks))]
    assert len(set(paths)) == len(paths)


@pytest.mark.parametrize(
    ("blocks", "path", "field", "words"),
    [
        ((Heading(),), "0", "text", "見出しの文字がまだありません"),
        (
            (
                Divider(),
                Image(),
            ),
            "1",
            "src",
            "画像がまだありません",
        ),
        ((Coupon(title="a"),), "0", "code", "クーポンのコードがまだありません"),
        ((Products(href="x"),), "0", "href", "リンクにできません"),
        ((Columns(left=(Text(text="{{ x }}"),)),), "0.left.0", "text", "差し込める項目ではなく"),
        ((Text(text="〔〇様〕"),), "0", "text", "差し込み項目ではありません"),
    ],
)
def test_what_is_wrong_stands_at_its_field_in_words(
    blocks: tuple[Heading | Text, ...], path: str, field: str, words: str
) -> None:
    views = {view.path: view for view in everyone(in_japanese(*blocks))}
    assert words in views[path].wrong[field]
    others = [said for name, said in views[path].wrong.items() if name != field]
    assert not any(others)


def test_good_blocks_have_nothing_wrong_beside_them() -> None:
    (view,) = in_japanese(Text(text=f"{NAME}、春です"))
    assert set(view.wrong.values()) == {""}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_can_be_chosen_by_a_name_of_its_own(language: str) -> None:
    with speaking(language):
        choices = kind_choices()
        assert [choice.value for choice in choices] == list(KINDS) == list(KIND_WORDS)
        assert len({choice.title for choice in choices}) == len(choices)
        assert all(choice.hint for choice in choices)
        assert [choice.value for choice in kind_choices(is_leaf=True)] == list(LEAVES)


def test_chips_put_in_the_words_of_the_page() -> None:
    with speaking("ja"):
        japanese = {chip.value for chip in chip_choices()}
    with speaking("en"):
        english = {chip.value for chip in chip_choices()}
    assert "〔〇〇様〕" in japanese
    assert "〔Dear + last name〕" in english
    assert not japanese & english


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        (f"{NAME}\n\nこんにちは。\n\n-- \n送信者: x", "〔〇〇様〕 こんにちは。"),
        ("{% for a in b %}\n{{ a }}\n{% endfor %}\nおわり", "{{ a }} おわり"),
        ("あ" * 200, "あ" * 90 + "…"),
        ("", ""),
    ],
)
def test_a_letter_begins_with_its_first_words_and_without_its_footer(text: str, begins: str) -> None:
    with speaking("ja"):
        assert first_words(TemplateText(subject="", mjml="", text=text)) == begins
