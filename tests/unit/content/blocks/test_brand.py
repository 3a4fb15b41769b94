"""The look of letters: what it may be, and that words in it can always be read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.content.blocks.brand import (
    Brand,
    BrandRefused,
    checked_brand,
    on_colour,
    read_brand,
    readable_on_white,
    write_brand,
)
from tenshu.store.ledger import Ledger
from tenshu.store.tables import ledger_metadata

colours = st.from_regex("#[0-9a-f]{6}", fullmatch=True)


def contrast(one: str, other: str) -> float:
    """Return the contrast as WCAG 2.2 defines it."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@given(colour=colours)
def test_words_on_any_colour_can_be_read(colour: str) -> None:
    assert contrast(colour, on_colour(colour)) >= 4.1


@given(colour=colours)
def test_words_in_any_colour_can_be_read_on_white(colour: str) -> None:
    assert contrast(readable_on_white(colour), "#ffffff") >= 4.5


@pytest.mark.parametrize(
    "brand",
    [
        Brand(colour="red"),
        Brand(colour="#2B3F73"),
        Brand(colour='#2b3f73"><script>'),
        Brand(width=479),
        Brand(width=721),
        Brand(logo="https://a.example/b.png"),
        Brand(logo="/media/../x.png"),
        Brand(logo="/media/0123456789abcdef.svg"),
    ],
)
def test_a_look_that_would_break_letters_is_refused_in_words(brand: Brand) -> None:
    with pytest.raises(BrandRefused) as refusal:
        checked_brand(brand)
    assert "使え" in refusal.value.text("ja")


def test_a_look_is_kept_and_read_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger_metadata.create_all(ledger.engine)
    assert read_brand(ledger) == Brand()
    chosen = Brand(colour="#aa3311", width=640, logo="/media/0123456789abcdef.png")
    with ledger.writing() as tx:
        write_brand(tx, chosen)
    assert read_brand(ledger) == chosen
    ledger.close()
