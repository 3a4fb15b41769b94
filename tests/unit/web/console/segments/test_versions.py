"""Saving and ending a segment can be taken back, to any version that there was."""

import contextlib
from collections.abc import Iterator

import pytest
from sqlalchemy import update

from tenshu.condition import Trait
from tenshu.segment.saved import end_segment, read_segments, save_segment
from tenshu.segment.tables import segments
from tenshu.store.ledger import Ledger, Transaction
from tenshu.testing.small_shop import MONDAY, open_small_shop
from tenshu.web.console.segments.versions import bring_back, newest

TOKYO, OSAKA = Trait("prefecture", "is", "東京都"), Trait("prefecture", "is", "大阪府")


class TakenBack(Exception):
    """What a test has written is not kept."""


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    return open_small_shop(tmp_path_factory.mktemp("versions"))[0].ledger


@pytest.fixture
def tx(ledger: Ledger) -> Iterator[Transaction]:
    """Return a transaction with two versions of one segment, of which nothing stays."""
    with contextlib.suppress(TakenBack), ledger.writing() as opened:
        save_segment(opened, "near", {"ja": "近く", "en": "Near"}, TOKYO, now=MONDAY)
        save_segment(opened, "near", {"ja": "西", "en": "West"}, OSAKA, now=MONDAY)
        yield opened
        raise TakenBack


def kept(tx: Transaction) -> dict[str, tuple[int, str, object]]:
    """Return version, title and condition of what is kept."""
    return {one.name: (one.version, one.title["en"], one.condition) for one in read_segments(tx)}


def test_an_earlier_version_comes_back_with_its_title_as_the_newest(tx: Transaction) -> None:
    assert bring_back(tx, "near", 1, now=MONDAY)
    assert kept(tx) == {"near": (3, "Near", TOKYO)}
    assert newest(tx) == {"near": 3}


def test_the_newest_brought_back_stays_the_newest(tx: Transaction) -> None:
    assert bring_back(tx, "near", 2, now=MONDAY)
    assert kept(tx) == {"near": (2, "West", OSAKA)}


def test_before_the_first_version_there_was_none_so_it_is_ended(tx: Transaction) -> None:
    assert bring_back(tx, "near", 0, now=MONDAY)
    assert kept(tx) == {}
    assert newest(tx) == {"near": 2}, "its name is not given away"
    assert not bring_back(tx, "near", 0, now=MONDAY), "it has been ended already"


def test_what_was_ended_comes_back(tx: Transaction) -> None:
    end_segment(tx, "near")
    assert bring_back(tx, "near", 2, now=MONDAY)
    assert kept(tx)["near"][1:] == ("West", OSAKA)


@pytest.mark.parametrize(("name", "version"), [("near", 3), ("near", -1), ("far", 1), ("far", 0), ("", 1)])
def test_what_never_was_does_not_come_back(tx: Transaction, name: str, version: int) -> None:
    before = kept(tx)
    assert not bring_back(tx, name, version, now=MONDAY)
    assert kept(tx) == before


def test_a_version_that_the_grammar_takes_no_more_does_not_come_back(tx: Transaction) -> None:
    """It was kept by an older program; the newest one stays."""
    tx.execute(update(segments).where(segments.c.version == 1).values(body='{"kind": "horoscope"}'))
    assert not bring_back(tx, "near", 1, now=MONDAY)
    assert kept(tx) == {"near": (2, "West", OSAKA)}


def test_each_segment_has_its_own_newest_version(tx: Transaction) -> None:
    save_segment(tx, "other", {"en": "Other"}, TOKYO, now=MONDAY)
    assert newest(tx) == {"near": 2, "other": 1}
