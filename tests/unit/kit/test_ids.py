"""Keys of facts: a function of their parts, and of all of them."""

from hypothesis import given
from hypothesis import strategies as st

from tenshu.kit.ids import content_key, content_keys, fact_id

PARTS = st.lists(
    st.one_of(st.none(), st.integers(), st.text(alphabet=st.characters(exclude_characters="\x1f"))), max_size=5
)


@given(PARTS, PARTS)
def test_different_parts_have_different_keys(one: list[object], other: list[object]) -> None:
    same = [None if p is None else str(p) for p in one] == [None if p is None else str(p) for p in other]
    assert (fact_id(*one) == fact_id(*other)) == (same or {tuple(map(str, one)), tuple(map(str, other))} == {(), ("",)})


def test_nothing_and_an_empty_text_are_not_the_same() -> None:
    assert fact_id("a", None) != fact_id("a", "")


def test_parts_do_not_run_into_each_other() -> None:
    assert fact_id("ab", "c") != fact_id("a", "bc")


def test_many_keys_are_the_same_as_one_by_one() -> None:
    texts = ["a", "佐藤", "", "\udcff"]
    assert content_keys(texts) == [content_key(text) for text in texts]
    assert all(len(key) == 16 for key in content_keys(texts))
