"""The doubtful are listed as people: who, where, when, and what is known of each; a key names one message or none."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.deliver.breaker import ALREADY_SENT
from tenshu.deliver.outbox import DIED
from tenshu.kit.i18n import speaking
from tenshu.store.ledger import INSTANT
from tenshu.web.console.outbox.doubt_view import LISTED, Doubts, doubts_view, parse_key

NOON = datetime(2026, 6, 1, 3, tzinfo=UTC)
KINDS: dict[str, Any] = {
    "enrolment": pl.Int64,
    "visit": pl.Int64,
    "customer": pl.Int64,
    "address": pl.String,
    "claimed_at": INSTANT,
    "reason": pl.String,
}


def found(*reasons: str | None) -> pl.DataFrame:
    """Return messages in doubt, one for each reason."""
    rows = [(100 + n, 2, n, f"p-{n}@hanaya.test", NOON, reason) for n, reason in enumerate(reasons)]
    return pl.DataFrame(rows, schema=KINDS, orient="row")


def view(rows: pl.DataFrame, names: dict[int, str] | None = None, language: str = "en") -> Doubts:
    with speaking(language):
        return doubts_view("hello", "Hello", rows, names or {}, zone="Asia/Tokyo")


def test_each_says_who_where_and_when() -> None:
    (message,) = view(found(DIED), {0: "佐藤 花子"}).messages
    assert (message.name, message.address, message.when) == ("佐藤 花子", "p-0@hanaya.test", "1 June 2026, 12:00")
    assert (message.key, message.customer) == ("100.2", 0)


def test_whoever_has_no_name_is_told_by_number() -> None:
    (message,) = view(found(DIED)).messages
    assert message.name == "Customer 0"
    (message,) = view(found(DIED), {0: ""}, "ja").messages
    assert message.name == "顧客 0"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (DIED, "The program stopped while it was handing it over."),
        (ALREADY_SENT, "The receiver has it already."),
        ("421 4.4.2 timeout", "421 4.4.2 timeout"),
        (None, ""),
    ],
)
def test_what_is_known_is_said(reason: str | None, said: str) -> None:
    (message,) = view(found(reason)).messages
    assert message.why == said


def test_what_its_receiver_has_already_is_not_offered_again() -> None:
    drawn = view(found(ALREADY_SENT, DIED))
    assert [message.may_resend for message in drawn.messages] == [False, True]
    assert drawn.may_resend
    assert not view(found(ALREADY_SENT, ALREADY_SENT)).may_resend


def test_very_many_are_counted_and_the_first_listed() -> None:
    drawn = view(found(*[DIED] * (LISTED + 1_234)))
    assert len(drawn.messages) == LISTED
    assert drawn.count == f"{LISTED + 1_234:,}"
    assert drawn.more == "and 1,234 more"
    assert view(found(DIED)).more == ""


@given(st.integers(0, 2**62), st.integers(0, 10_000))
def test_a_key_names_its_message(enrolment: int, visit: int) -> None:
    assert parse_key(f"{enrolment}.{visit}") == (enrolment, visit)


@given(st.text(max_size=40))
def test_no_text_however_odd_is_taken_for_another_message(text: str) -> None:
    key = parse_key(text)
    if key is not None:
        enrolment, visit = text.split(".")
        assert key == (int(enrolment), int(visit))
        assert text.isascii()


@pytest.mark.parametrize(
    "text", ["", ".", "1.", ".1", "1.2.3", "-1.0", "1.-1", "１.２", "1" * 31 + ".0", "1e3.0", " 1.0"]
)
def test_what_is_no_key_names_none(text: str) -> None:
    assert parse_key(text) is None
