"""Links that let somebody choose a password: once, not for long, and only for what they were made."""

import threading
from datetime import timedelta
from typing import get_args

import pytest
from sqlalchemy import select

from tenshu.staff.links import LASTS, Kind, LinkSpent, end_links, make_link, read_link, use_link
from tenshu.staff.tables import staff_links
from tenshu.store.ledger import Ledger
from tests.unit.staff.crew import NOW

KINDS: tuple[Kind, ...] = get_args(Kind)
A_MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_is_used_once(either: Ledger, kind: Kind) -> None:
    with either.writing() as tx:
        token = make_link(tx, kind, person=7, now=NOW)
        assert read_link(tx, token, kind, NOW).person == 7
        assert use_link(tx, token, kind, NOW).kind == kind
    for attempt in (read_link, use_link):
        with pytest.raises(LinkSpent), either.writing() as tx:
            attempt(tx, token, kind, NOW)


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_ends_with_its_time(ledger: Ledger, kind: Kind) -> None:
    with ledger.writing() as tx:
        token = make_link(tx, kind, now=NOW)
        assert read_link(tx, token, kind, NOW + LASTS[kind] - A_MOMENT).expires_at == NOW + LASTS[kind]
        with pytest.raises(LinkSpent):
            use_link(tx, token, kind, NOW + LASTS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_is_only_for_what_it_was_made(ledger: Ledger, kind: Kind) -> None:
    with ledger.writing() as tx:
        token = make_link(tx, kind, person=7, now=NOW)
        for other in set(KINDS) - {kind}:
            with pytest.raises(LinkSpent):
                use_link(tx, token, other, NOW)
        assert use_link(tx, token, kind, NOW).person == 7


def test_a_new_link_ends_the_one_of_before_and_no_other(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        first = make_link(tx, "reset", person=7, now=NOW)
        of_other = make_link(tx, "reset", person=8, now=NOW)
        invitation = make_link(tx, "invitation", person=7, now=NOW)
        second = make_link(tx, "reset", person=7, now=NOW)
        with pytest.raises(LinkSpent):
            read_link(tx, first, "reset", NOW)
        for token, kind in ((of_other, "reset"), (invitation, "invitation"), (second, "reset")):
            read_link(tx, token, kind, NOW)  # type: ignore[arg-type]


def test_the_ledger_does_not_know_the_token(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        token = make_link(tx, "set_up", now=NOW)
        assert token not in str(tx.frame(select(staff_links)).to_dicts())


@pytest.mark.parametrize("token", ["", "../..", "a" * 43, "\x00", "' OR 1=1 --", "x" * 10_000])
def test_what_is_no_token_opens_nothing(ledger: Ledger, token: str) -> None:
    with ledger.writing() as tx:
        make_link(tx, "set_up", now=NOW)
        with pytest.raises(LinkSpent):
            use_link(tx, token, "set_up", NOW)


def test_of_many_who_use_a_link_at_the_same_moment_one_gets_in(either: Ledger) -> None:
    with either.writing() as tx:
        token = make_link(tx, "set_up", now=NOW)
    begin, came = threading.Barrier(6), list[bool]()

    def come() -> None:
        begin.wait()
        try:
            with either.writing() as tx:
                use_link(tx, token, "set_up", NOW)
            came.append(True)
        except LinkSpent:
            came.append(False)

    threads = [threading.Thread(target=come) for _person in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == [False] * 5 + [True]


def test_links_of_a_person_end_together(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        tokens = {kind: make_link(tx, kind, person=7, now=NOW) for kind in KINDS}
        end_links(tx, "invitation", "reset", person=7)
        read_link(tx, tokens["set_up"], "set_up", NOW)
        for kind in ("invitation", "reset"):
            with pytest.raises(LinkSpent):
                read_link(tx, tokens[kind], kind, NOW)


def test_links_that_are_long_over_are_swept_out(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        make_link(tx, "invitation", person=1, now=NOW)
        make_link(tx, "reset", person=2, now=NOW + timedelta(days=60))
        assert tx.frame(select(staff_links.c.kind)).to_series().to_list() == ["reset"]


def test_an_error_says_what_to_do_and_not_which_cause_it_was() -> None:
    assert "tenshu staff link" in LinkSpent().text("en")
    assert "tenshu staff link" in LinkSpent().text("ja")
    assert LinkSpent.status == 410
