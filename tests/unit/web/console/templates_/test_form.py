"""A letter goes into the form and comes out of it as it was; orders keep every other block as it is."""

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.content.blocks.block import KINDS, MOST_BLOCKS, Blocks, Columns, Divider, Text, kind_of
from tenshu.content.blocks.chips import typed
from tenshu.content.blocks.inline import tidy
from tenshu.content.blocks.letter import BlockRefused
from tenshu.content.template import TemplateText
from tenshu.web.console.templates_.editor_view import BlockView, block_views
from tenshu.web.console.templates_.form import act, put_back, read_letter
from tests.unit.content.blocks.letters import letters


def form_of(views: list[BlockView]) -> dict[str, str]:
    """Return what a browser sends of these blocks: every field, checkboxes only where they are ticked."""
    sent: dict[str, str] = {}
    for view in views:
        sent[f"{view.name}.kind"] = view.kind
        for field, value in view.given.items():
            if isinstance(value, bool):
                sent[f"{view.name}.{field}"] = "yes" if value else "no"
            else:
                sent[f"{view.name}.{field}"] = str(value)
        sent |= form_of(view.left) | form_of(view.right)
    return sent


def as_typed(value: Any) -> Any:
    """Return blocks as they are after a visit to the page: line ends of one kind, words in brackets as values."""
    if isinstance(value, str):
        return typed(tidy(value), language="ja")
    if isinstance(value, dict):
        return {key: as_typed(one) for key, one in value.items()}
    return [as_typed(one) for one in value] if isinstance(value, list | tuple) else value


def as_lists(value: Any) -> Any:
    """Return plain data with lists for tuples."""
    return msgspec.json.decode(msgspec.json.encode(value))


def letter(blocks: Blocks = ()) -> TemplateText:
    return TemplateText(subject="a", mjml="", text="", blocks=blocks)


@settings(max_examples=80, deadline=None)
@given(blocks=letters)
def test_any_letter_comes_back_from_the_form_as_it_was(blocks: Blocks) -> None:
    read = read_letter(form_of(block_views(blocks)), letter(blocks), language="ja")
    assert as_lists(msgspec.to_builtins(read.blocks)) == as_typed(msgspec.to_builtins(blocks))


@settings(max_examples=40, deadline=None)
@given(blocks=letters, data=st.data())
def test_moving_a_block_there_and_back_changes_nothing(blocks: Blocks, data: st.DataObject) -> None:
    if not blocks:
        return
    place = data.draw(st.integers(0, len(blocks) - 1))
    moved, path = act(blocks, f"down:{place}")
    assert sorted(map(repr, moved)) == sorted(map(repr, blocks))
    back, _ = act(moved, f"up:{path}")
    assert back == blocks or place == len(blocks) - 1


@settings(max_examples=80, deadline=None)
@given(blocks=letters, kind=st.sampled_from(list(KINDS)), place=st.integers(-2, 9))
def test_what_is_added_and_taken_out_again_leaves_no_trace(blocks: Blocks, kind: str, place: int) -> None:
    more, path = act(blocks, f"add:{kind}:{place}")
    assert len(more) == len(blocks) + 1
    assert kind_of(more[int(path)]) == kind
    without, _ = act(more, f"out:{path}")
    assert without == blocks


@settings(max_examples=40, deadline=None)
@given(blocks=letters, data=st.data())
def test_what_is_taken_out_can_be_put_back(blocks: Blocks, data: st.DataObject) -> None:
    if not blocks:
        return
    place = data.draw(st.integers(0, len(blocks) - 1))
    without, _ = act(blocks, f"out:{place}")
    if blocks.count(blocks[place]) == 1:
        assert put_back(without, place, msgspec.to_builtins(blocks[place])) == blocks


@settings(max_examples=80, deadline=None)
@given(order=st.text(max_size=12) | st.from_regex(r"(add|up|down|out|leaf):[a-z0-9:.-]{0,12}", fullmatch=True))
def test_any_order_is_done_or_refused(order: str) -> None:
    blocks = (Text(text="a"), Columns(left=(Text(text="b"),)), Divider())
    try:
        made, _path = act(blocks, order)
    except BlockRefused:
        return
    assert abs(len(made) - len(blocks)) <= 1


def test_a_letter_cannot_grow_without_end() -> None:
    blocks: Blocks = (Divider(),) * (MOST_BLOCKS + 1)
    with pytest.raises(BlockRefused):
        act(blocks, "add:text:0")


@settings(max_examples=100, deadline=None)
@given(
    form=st.dictionaries(
        st.from_regex(r"b[0-9]{1,3}(\.(left|right)\.[0-9]{1,2})?\.(kind|text|src|count|size|x)", fullmatch=True),
        st.sampled_from(["text", "columns", "spacer", "3", "small", "x", ""]),
        max_size=8,
    )
)
def test_any_form_is_read_or_refused(form: dict[str, str]) -> None:
    with suppress(BlockRefused):
        assert read_letter(form, letter(), language="ja").blocks is not None


def test_a_subject_is_one_line_whatever_was_pasted() -> None:
    read = read_letter({"subject": " a\r\nBcc: x@example.com\nb ", "preheader": "c\nd"}, letter(), language="ja")
    assert read.subject == "a Bcc: x@example.com b"
    assert read.preheader == "c d"


def test_a_letter_by_hand_keeps_its_source_to_the_letter() -> None:
    before = TemplateText(subject="a", mjml="<mjml/>", text="b")
    source = "<mjml>\n  <mj-body>{{ customer.last_name | sama }} 〔〇〇様〕</mj-body>\n</mjml>"
    read = read_letter({"mjml": source, "text": "c", "b0.kind": "text"}, before, language="ja")
    assert (read.mjml, read.text, read.blocks) == (source, "c", None)
