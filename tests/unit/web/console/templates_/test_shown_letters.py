"""A letter before somebody's eyes: rendered as one customer, with its sender lines, its pictures tamed."""

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from tenshu.content.blocks.block import Block, Button, Columns, Coupon, Heading, Image, Products, Text
from tenshu.content.blocks.brand import Brand
from tenshu.content.blocks.gaps import MergedField
from tenshu.content.blocks.letter import check_blocks
from tenshu.content.shelf import Draft, Kept
from tenshu.content.shop import ShopSettings
from tenshu.content.starters import begin, starters
from tenshu.content.template import RenderFailed, TemplateMalformed, TemplateSource, TemplateText
from tenshu.kit.i18n import LANGUAGES, speaking
from tenshu.web.console.templates_.desk import Desk, as_whom
from tenshu.web.console.templates_.editor_view import block_views, first_words, said
from tenshu.web.console.templates_.letter import Shown, show, tamed
from tenshu.web.console.templates_.seen_view import called, gaps, letter_address, whom_of
from tests.unit.content.blocks.letters import source_of

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
SHOP = ShopSettings(name="花屋", postal_address="東京都", contact="03", public_url="https://mail.example.com")
SATO = {"last_name": "佐藤", "full_name": "佐藤 花子", "company": None}
NAME = "{{ customer.last_name | sama }}"
PICTURE = "/media/0123456789abcdef.png"


def seen(
    *blocks: Block, language: str = "ja", traits: Mapping[str, Any] = SATO, extras: Mapping[str, Any] | None = None
) -> Shown:
    """Return a letter of blocks as somebody sees it."""
    source = source_of(blocks, language=language, subject=f"{NAME}へ")
    return show(source, language, SHOP, traits=traits, extras=extras or {})


def by_hand(mjml: str, text: str = "t", subject: str = "s") -> TemplateSource:
    return TemplateSource(name="hand", languages={"ja": TemplateText(subject=subject, mjml=mjml, text=text)})


@pytest.mark.parametrize(
    ("language", "traits", "greeting"),
    [("ja", SATO, "佐藤様"), ("ja", {}, "お客様"), ("en", SATO, "Dear 佐藤"), ("en", {}, "Dear customer")],
)
def test_it_is_addressed_to_whom_it_is_looked_at_as(language: str, traits: dict[str, Any], greeting: str) -> None:
    letter = seen(Text(text=NAME), language=language, traits=traits)
    assert letter.subject == f"{greeting}へ"
    assert greeting in letter.html
    assert letter.text.startswith(greeting)


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_sender_lines_stand_once_and_its_way_out_is_a_test_s(language: str) -> None:
    letter = seen(Text(text="a"), language=language)
    for form in (letter.html, letter.text):
        assert form.count("東京都") == 1
        assert form.count("https://mail.example.com/u/test") == 1


def test_a_letter_by_hand_that_forgot_them_gets_them() -> None:
    letter = show(by_hand("<html><body>a</body></html>"), "ja", SHOP, traits={}, extras={})
    for form in (letter.html, letter.text):
        assert "東京都" in form
        assert "/u/test" in form


def test_own_pictures_are_shown_and_others_are_frames() -> None:
    html = seen(Image(src=PICTURE, alt="a"), Image(src="https://cdn.example/x.png", alt="b")).html
    sources = re.findall(r'<img[^>]*\ssrc="([^"]*)"', html)
    assert [one.partition(",")[0] for one in sources] == [PICTURE, "data:image/svg+xml;base64"]


@pytest.mark.parametrize(("language", "words"), [("ja", ">cdn.exampleの画像<"), ("en", ">A picture of cdn.example<")])
def test_a_frame_speaks_the_language_of_the_page(language: str, words: str) -> None:
    with speaking(language):
        html = tamed('<img src="https://cdn.example/x.png">', "https://mail.example.com")
    assert words in base64.b64decode(html.partition("base64,")[2].partition('"')[0]).decode()


@pytest.mark.parametrize("html", ["", "<p>a</p>", "<imgx src='https://a'>", "<img alt='x'>", "src='https://a.example'"])
def test_what_is_no_picture_is_left_as_it_is(html: str) -> None:
    assert tamed(html, "https://mail.example.com") == html


def test_goods_are_shown_where_there_are_some() -> None:
    goods = [{"name": "苗<木>", "product_id": "a/1", "reason": "人気の品です"}]
    with_them = seen(Products(title="おすすめ"), extras={"recommendations": goods})
    assert "苗&lt;木&gt;" in with_them.html
    assert "a%2F1" in with_them.text
    assert "おすすめ" not in seen(Products(title="おすすめ"), extras={"recommendations": []}).html


def test_the_other_language_is_shown_where_the_asked_one_is_not_written() -> None:
    assert show(source_of((Text(text="a"),)), "en", SHOP, traits={}, extras={}).text.count("送信者") == 1


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (by_hand("<html><body>{% if %}</body></html>"), TemplateMalformed),
        (by_hand("<html></html>", subject="{{ a | nofilter }}"), RenderFailed),
        (by_hand("<body>{% for i in (1..90000) %}a{% endfor %}</body>"), RenderFailed),
    ],
)
def test_a_letter_that_cannot_be_made_says_why(source: TemplateSource, error: type[Exception]) -> None:
    with pytest.raises(error):
        show(source, "ja", SHOP, traits={}, extras={})


@pytest.mark.parametrize("starter", starters(), ids=lambda starter: starter.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_to_begin_with_can_be_looked_at_and_listed(starter: Any, language: str) -> None:
    source = begin(starter, "x", title="x", brand=Brand())
    assert "佐藤" in show(source, language, SHOP, traits=SATO, extras={"recommendations": []}).subject
    with speaking(language):
        begins = first_words(source.languages[language])
        views = block_views(source.languages[language].blocks or ())
    assert "〔" in begins
    assert "{{ customer" not in begins
    assert not any(words for view in views for words in view.wrong.values())


@pytest.mark.parametrize("longest", [1, 10, 90])
def test_a_beginning_is_never_longer_than_asked(longest: int) -> None:
    written = TemplateText(subject="", mjml="", text="あ" * 20 + "\n" + "い" * 20)
    begins = first_words(written, longest)
    assert begins.rstrip("…") == f"{'あ' * 20} {'い' * 20}"[:longest]
    assert begins.endswith("…") == (longest < 41)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_missing_is_named_in_the_language_of_the_page(language: str) -> None:
    blocks = (Heading(), Text(), Image(), Button(), Coupon(), Columns(left=(Heading(),)))
    with speaking(language):
        words = [said(problem) for problem in check_blocks(blocks)]
    assert len(words) == 6
    assert all(bool(re.search("[a-z]{4}", one)) == (language == "en") for one in words)


def desk(*, based_on: int | None = None, name: str = "letter") -> Desk:
    versions = [Kept(version=number, saved_at=NOW, source=source_of((Text(text=f"{number}"),))) for number in (3, 2, 1)]
    draft = None
    if based_on is not None:
        draft = Draft(source=source_of((Text(text="途中"),)), based_on=based_on, changed_at=NOW)
    return Desk(name=name, kept=versions, draft=draft, brand=Brand(colour="#aa3311"), language="ja")


def test_a_desk_holds_the_draft_before_the_newest_version() -> None:
    assert desk().source == desk().kept[0].source
    assert "途中" in desk(based_on=3).text.text
    assert desk(based_on=1).version == 3
    assert [desk(based_on=one).is_overtaken for one in (3, 2)] == [False, True]
    assert not desk().is_overtaken


def test_a_finished_letter_wears_the_look_of_today_and_marks_only_when_asked() -> None:
    finished = desk().finished().languages["ja"].mjml
    assert "#aa3311" in finished
    assert 'id="b0"' not in finished
    assert 'id="b0"' in desk().finished(is_marked=True).languages["ja"].mjml


@pytest.mark.parametrize(
    ("name", "address"), [("a", "/templates/a"), ("a/b", "/templates/a%2Fb"), ("a?b#c", "/templates/a%3Fb%23c")]
)
def test_a_desk_has_an_address_whatever_the_letter_is_called(name: str, address: str) -> None:
    assert desk(name=name).address == address
    assert letter_address(desk(name=name), 7, None, "2").startswith(f"{address}/letter?in=ja&as=7&v=")


@pytest.mark.parametrize("given", ["0", "-1", "1.5", "²", "９" * 30, "1" * 19, "", "x", None, "1 OR 1=1"])
def test_what_is_no_number_of_a_customer_is_nobody(given: str | None) -> None:
    assert as_whom(given) is None


def test_a_customer_without_neighbours_has_none() -> None:
    nobody = {"before": None, "after": None, "first": None}
    assert (whom_of(5, {}, nobody).before, whom_of(5, {}, nobody).after) == (None, None)
    assert whom_of(None, {}, nobody).after is None


@pytest.mark.parametrize(
    ("traits", "english"),
    [({"first_name": "Hana"}, "Hana"), ({"full_name": "", "last_name": "Sato"}, "Sato"), ({"customer_no": "K1"}, "K1")],
)
def test_a_customer_is_called_by_whatever_is_known(traits: dict[str, str], english: str) -> None:
    with speaking("en"):
        assert english in called(traits, 7)
        assert "7" not in called(traits, 7)


@pytest.mark.parametrize(("blank", "share"), [(0, 0.0), (1, 0.25), (4, 1.0)])
def test_a_gap_is_told_with_its_base(blank: int, share: float) -> None:
    with speaking("en"):
        (gap,) = gaps([MergedField("company", ("",), is_asked=False)], {"base": 4, "blank": {"company": blank}}, {})
    assert (gap.blank, gap.base, gap.share) == (blank, 4, share)
    assert "4" in gap.words
    assert gap.instead == "Nothing stands there for them."


def test_gaps_of_the_same_size_stand_in_order_of_their_names() -> None:
    fields = [MergedField(name, ("",), is_asked=False) for name in ("b", "a", "c")]
    told = {"base": 4, "blank": {"a": 1, "b": 1, "c": 3}}
    assert [gap.title for gap in gaps(fields, told, {})] == ["c", "a", "b"]
