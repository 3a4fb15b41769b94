"""What the buttons of the editor do to a letter, order by order, and what its form may and may not say."""

from typing import Any

import msgspec
import pytest

from tenshu.content.blocks.block import (
    LEAVES,
    MOST_BLOCKS,
    Block,
    Blocks,
    Button,
    Columns,
    Coupon,
    Divider,
    Heading,
    Image,
    Products,
    Spacer,
    Text,
)
from tenshu.content.blocks.letter import BlockRefused
from tenshu.content.template import TemplateText
from tenshu.web.console.templates_.form import act, come_back, put_back, read_letter, with_picture

A, B, C = Text(text="a"), Text(text="b"), Text(text="c")
PAIR = Columns(left=(A, B), right=(C,))
NAME = "{{ customer.last_name | sama }}"


def before(*blocks: Block) -> TemplateText:
    return TemplateText(subject="件名", preheader="前書き", mjml="", text="", blocks=blocks)


def read(form: dict[str, Any], *, language: str = "ja") -> Blocks:
    """Return the blocks that a form holds."""
    found = read_letter(form, before(), language=language).blocks
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("order", "made", "path"),
    [
        ("add:divider:0", (Divider(), A, PAIR, B), "0"),
        ("add:divider:2", (A, PAIR, Divider(), B), "2"),
        ("add:divider:99", (A, PAIR, B, Divider()), "3"),
        ("add:divider:-5", (Divider(), A, PAIR, B), "0"),
        ("add:columns:0", (Columns(left=(Text(),), right=(Text(),)), A, PAIR, B), "0"),
        ("up:2", (A, B, PAIR), "1"),
        ("up:0", (A, PAIR, B), "0"),
        ("down:0", (PAIR, A, B), "1"),
        ("down:2", (A, PAIR, B), "2"),
        ("out:1", (A, B), ""),
        ("leaf:button:1.right", (A, Columns(left=(A, B), right=(C, Button())), B), "1.right.1"),
        ("up:1.left.1", (A, Columns(left=(B, A), right=(C,)), B), "1.left.0"),
        ("down:1.left.0", (A, Columns(left=(B, A), right=(C,)), B), "1.left.1"),
        ("down:1.right.0", (A, PAIR, B), "1.right.0"),
        ("out:1.left.0", (A, Columns(left=(B,), right=(C,)), B), "1"),
        ("out:1.right.0", (A, Columns(left=(A, B)), B), "1"),
    ],
)
def test_an_order_does_what_its_button_says(order: str, made: Blocks, path: str) -> None:
    assert act((A, PAIR, B), order) == (made, path)


@pytest.mark.parametrize(
    "order",
    [
        *("", "add", "add:script:0", "add:text:", "add:text:x", "paint:0", "up:", "up:9", "out:9", "out:-1", "out:x"),
        *("leaf:columns:1.left", "leaf:coupon:1.left", "leaf:text:0.left", "leaf:text:1.middle", "leaf:text:1"),
        *("out:0.left.0", "out:1.middle.0", "up:1.left.9", "down:1.left.x", "up:²", "OUT:1", "out:1.left.-1"),
    ],
)
def test_an_order_that_means_nothing_is_refused_by_its_words(order: str) -> None:
    with pytest.raises(BlockRefused) as refusal:
        act((A, PAIR, B), order)
    assert refusal.value.given["path"] == order
    assert refusal.value.given["reason"]


def test_a_very_long_order_is_cut_short_in_its_refusal() -> None:
    with pytest.raises(BlockRefused) as refusal:
        act((A,), "x" * 5_000)
    assert len(str(refusal.value.given["path"])) == 60
    assert len(str(refusal.value.given["reason"])) <= 80


def test_of_two_blocks_that_are_the_same_one_is_taken_out() -> None:
    line = Divider()
    assert act((line, A, line, line), "out:2") == ((line, A, line), "")


def test_a_column_holds_ten_at_most() -> None:
    full = Columns(left=(A,) * 10)
    made, _path = act((full,), "leaf:text:0.left")
    assert made == (full,)


@pytest.mark.parametrize("kind", LEAVES)
def test_every_kind_for_columns_can_be_put_into_either(kind: str) -> None:
    for side in ("left", "right"):
        ((columns,), path) = act((Columns(),), f"leaf:{kind}:0.{side}")
        assert path == f"0.{side}.0"
        assert len(getattr(columns, side)) == 1


@pytest.mark.parametrize("place", [0, 1, 2, 9])
def test_what_comes_back_stands_where_it_was_or_at_the_end(place: int) -> None:
    made = put_back((A, B), place, {"kind": "heading", "text": "戻る"})
    assert made.index(Heading(text="戻る")) == min(place, 2)
    assert len(made) == 3


@pytest.mark.parametrize("kept", [{"kind": "script"}, {}, None, [], {"kind": "text", "onclick": "x"}])
def test_only_a_block_comes_back(kept: Any) -> None:
    with pytest.raises(BlockRefused):
        put_back((A,), 0, kept)


def test_what_the_page_kept_comes_back_with_its_place() -> None:
    removed = msgspec.json.encode({"place": 1, "block": PAIR}).decode()
    assert come_back((A, B), removed) == ((A, PAIR, B), "1")


@pytest.mark.parametrize(
    "removed",
    ["", "x", "[]", '{"place": 1}', '{"place": "1", "block": {"kind": "text"}}', '{"place": -1, "block": {}}'],
)
def test_what_the_page_never_kept_is_refused(removed: str) -> None:
    with pytest.raises(BlockRefused):
        come_back((A, B), removed)


@pytest.mark.parametrize(
    ("path", "made"),
    [
        ("0", (Image(src="new", alt="a"), A, Columns(left=(Image(), B)))),
        ("1", (Image(src="old", alt="a"), A, Columns(left=(Image(), B)))),
        ("2.left.0", (Image(src="old", alt="a"), A, Columns(left=(Image(src="new"), B)))),
        ("2.left.1", (Image(src="old", alt="a"), A, Columns(left=(Image(), B)))),
    ],
)
def test_an_uploaded_picture_goes_into_a_picture_and_nowhere_else(path: str, made: Blocks) -> None:
    assert with_picture((Image(src="old", alt="a"), A, Columns(left=(Image(), B))), path, "new") == made


@pytest.mark.parametrize("path", ["", "x", "9", "-1", "0.left.0", "1.left.9", "1.middle.0", "1.left.x", "1.left.-1"])
def test_a_picture_for_a_place_that_is_not_there_is_refused(path: str) -> None:
    with pytest.raises(BlockRefused):
        with_picture((A, PAIR), path, "new")


def test_nothing_comes_back_into_a_letter_that_is_full() -> None:
    full: Blocks = (Divider(),) * (MOST_BLOCKS + 1)
    with pytest.raises(BlockRefused):
        put_back(full, 0, {"kind": "text"})


@pytest.mark.parametrize(
    ("form", "block"),
    [
        ({"b0.kind": "heading", "b0.text": "春"}, Heading(text="春")),
        ({"b0.kind": "text", "b0.text": "〔〇〇様〕、"}, Text(text=f"{NAME}、")),
        ({"b0.kind": "text", "b0.text": "a\r\n\r\nb"}, Text(text="a\n\nb")),
        ({"b0.kind": "image", "b0.src": "x", "b0.alt": "y", "b0.width": "half"}, Image(src="x", alt="y", width="half")),
        (
            {"b0.kind": "button", "b0.label": "見る", "b0.href": "〔お店のサイト〕/a"},
            Button(label="見る", href="{{ shop.home_url }}/a"),
        ),
        ({"b0.kind": "products", "b0.count": "2", "b0.is_explained": "no"}, Products(count=2, is_explained=False)),
        ({"b0.kind": "products", "b0.count": "1", "b0.is_explained": "yes"}, Products(count=1)),
        ({"b0.kind": "coupon", "b0.code": "A", "b0.until": "月末"}, Coupon(code="A", until="月末")),
        ({"b0.kind": "divider"}, Divider()),
        ({"b0.kind": "spacer", "b0.size": "large"}, Spacer(size="large")),
        ({"b0.kind": "columns"}, Columns()),
        ({"b0.kind": "columns", "b0.right.3.kind": "text", "b0.right.3.text": "c"}, Columns(right=(C,))),
    ],
)
def test_each_kind_is_read_out_of_its_fields(form: dict[str, str], block: Block) -> None:
    assert read(form) == (block,)


def test_blocks_stand_in_the_order_of_their_numbers_and_not_of_the_form() -> None:
    form = {f"b{place}.kind": "text" for place in (10, 2, 0)} | {f"b{place}.text": f"{place}" for place in (10, 2, 0)}
    assert [block.text for block in read(form) if isinstance(block, Text)] == ["0", "2", "10"]


def test_leaves_of_columns_stand_in_the_order_of_their_numbers() -> None:
    form = {"b0.kind": "columns"}
    for place in (10, 9):
        form |= {f"b0.left.{place}.kind": "text", f"b0.left.{place}.text": f"{place}"}
    assert read(form) == (Columns(left=(Text(text="9"), Text(text="10"))),)


@pytest.mark.parametrize(
    "form",
    [
        {"b0.text": "a"},
        {"b0.kind": "script"},
        {"b0.kind": "text", "b0.onclick": "x"},
        {"b0.kind": "products", "b0.count": "4"},
        {"b0.kind": "spacer", "b0.size": "huge"},
        {"b0.kind": "text", "b0.left.0.kind": "text"},
        {"b0.kind": "columns", "b0.left.0.kind": "columns"},
        {f"b{place}.kind": "divider" for place in range(MOST_BLOCKS + 2)},
    ],
    ids=["no kind", "unknown kind", "unknown field", "count", "size", "no columns", "columns in columns", "too many"],
)
def test_a_form_that_holds_no_letter_is_refused(form: dict[str, str]) -> None:
    with pytest.raises(BlockRefused):
        read(form)


@pytest.mark.parametrize(
    "name", ["b.kind", "b1234.kind", "b0.kind.x", "xb0.kind", "b0.middle.0.kind", "b0", "at", "B0.kind"]
)
def test_fields_that_are_no_block_s_are_passed_over(name: str) -> None:
    assert read({name: "text", "b0.kind": "divider"}) == (Divider(),)


def test_a_file_in_the_form_is_no_text_of_a_block() -> None:
    assert read({"b0.kind": "image", "b0.src": "x", "b0.file": object()}) == (Image(src="x"),)


def test_what_is_too_long_is_cut_before_it_is_kept() -> None:
    (block,) = read({"b0.kind": "text", "b0.text": "あ" * 50_000})
    assert isinstance(block, Text)
    assert len(block.text) == 20_000
    letter = read_letter({"subject": "件" * 900}, before(A), language="ja")
    assert len(letter.subject) == 500


def test_what_a_form_does_not_say_stays_as_it_was() -> None:
    letter = read_letter({"b0.kind": "divider"}, before(A), language="ja")
    assert (letter.subject, letter.preheader, letter.blocks) == ("件名", "前書き", (Divider(),))


@pytest.mark.parametrize(
    ("language", "kept"),
    [("ja", '{{ customer.birthday | date: "%-m月%-d日" }}'), ("en", '{{ customer.birthday | date: "%-d %B" }}')],
)
def test_chips_become_the_values_of_the_letter_s_language(language: str, kept: str) -> None:
    form = {"subject": "〔誕生日〕", "preheader": "〔birthday〕", "b0.kind": "text", "b0.text": "〔誕生日〕"}
    letter = read_letter(form, before(), language=language)
    assert (letter.subject, letter.preheader, letter.blocks) == (kept, kept, (Text(text=kept),))


@pytest.mark.parametrize(
    ("form", "mjml", "text"), [({}, "<mjml/>", "t"), ({"mjml": "x"}, "x", "t"), ({"text": "y"}, "<mjml/>", "y")]
)
def test_a_letter_by_hand_takes_only_its_two_sources(form: dict[str, str], mjml: str, text: str) -> None:
    by_hand = TemplateText(subject="a", mjml="<mjml/>", text="t")
    read_back = read_letter({**form, "b0.kind": "text"}, by_hand, language="ja")
    assert (read_back.mjml, read_back.text, read_back.blocks) == (mjml, text, None)
