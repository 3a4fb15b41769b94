"""Every fact is told in one sentence, in both languages, whatever it says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.collect import vocabulary
from tenshu.decide.reasons import Reason
from tenshu.kit.i18n import speaking
from tenshu.web.console.customers.telling import Names, channel, lines, outcome, purpose, told

AT = datetime(2026, 6, 1, 3, tzinfo=UTC)
NAMES = Names(
    {"hello": {"ja": "ご挨拶", "en": "Hello"}}, {"vip": {"ja": "大事な方", "en": "VIP"}}, "JPY", {"letter": "佐藤様へ"}
)
EVENTS = sorted(
    value
    for name, value in vars(vocabulary).items()
    if name.isupper() and isinstance(value, str) and value != "order_completed"
)
VALUES = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8) | st.just([1]) | st.just({"a": 1})


def row(event: str, **said: Any) -> dict[str, Any]:
    """Return one row of a timeline."""
    return {
        "happened_at": AT,
        "event": event,
        "source": "web",
        "properties": said,
        "order_no": None,
        "amount": None,
        "lines": None,
        "goods": None,
    }


def bought(goods: list[str], *, lines: int, amount: int = 4500, event: str = "product_purchased") -> dict[str, Any]:
    """Return one order as a row of a timeline."""
    return row(event) | {"order_no": "A-1", "amount": amount, "lines": lines, "goods": goods}


def english(fact: dict[str, Any]) -> tuple[str, str, str, str]:
    """Return kind, sentence, note and amount of a fact in English."""
    with speaking("en"):
        line = told(fact, NAMES)
    assert line is not None
    return line.kind, line.sentence, line.note, line.amount


@settings(deadline=None)
@given(
    st.sampled_from(EVENTS) | st.text(min_size=1, max_size=10),
    st.dictionaries(
        st.sampled_from(
            [
                "journey",
                "segment",
                "outcome",
                "reason",
                "by",
                "traits",
                "status",
                "channel",
                "purpose",
                "url",
                "arm",
                "x",
            ]
        ),
        VALUES,
    ),
    st.sampled_from(["ja", "en"]),
)
def test_no_fact_is_without_words_or_breaks_the_card(event: str, said: dict[str, Any], language: str) -> None:
    """Facts come from anybody: nothing that they say may keep a card from being read."""
    with speaking(language):
        line = told(row(event, **said), NAMES)
    if line is not None:
        assert line.sentence
        assert line.at == AT
        assert line.kind in {"deed", "sent", "silence", "answer", "word", "plain"}


@pytest.mark.parametrize(
    ("fact", "line"),
    [
        (bought(["バラ"], lines=1), ("deed", "Bought バラ", "order A-1", "JP¥4,500")),
        (bought(["a", "b", "c", "d"], lines=6), ("deed", "Bought a, b, c and 3 more", "order A-1", "JP¥4,500")),
        (bought(["a"], lines=1, event="product_returned", amount=-500), ("deed", "Returned a", "order A-1", "-JP¥500")),
        (row("email_sent", journey="hello", template="letter"), ("sent", "A mail went out: “佐藤様へ”", "Hello", "")),
        (row("email_sent", journey="hello", template="gone"), ("sent", "A mail went out: “Hello”", "", "")),
        (row("email_opened", journey="hello", by="human"), ("answer", "Opened the mail of “Hello”", "", "")),
        (
            row("email_clicked", journey="hello", by="machine"),
            ("plain", "Clicked in the mail of “Hello”", "a program did it, not the person", ""),
        ),
        (
            row("message_decided", journey="hello", outcome="suppressed", reason="unsubscribed"),
            ("silence", "Nothing was sent from “Hello”.", "The customer has unsubscribed.", ""),
        ),
        (
            row("message_decided", journey="hello", outcome="held_out", reason=None),
            (
                "silence",
                "Nothing was sent from “Hello”.",
                "Held out to measure the effect; otherwise a message would have been sent.",
                "",
            ),
        ),
        (row("segment_entered", segment="vip"), ("plain", "Came into the segment “VIP”.", "", "")),
        (row("segment_left", segment="old"), ("plain", "Left the segment “old”.", "", "")),
        (
            row("consent_recorded", status="granted", purpose="marketing", channel="email", reason="フェア"),
            ("word", "Allowed news and offers by e-mail.", "フェア", ""),
        ),
        (
            row("journey_left", journey="hello", outcome="goal"),
            ("plain", "The scenario “Hello” ended for them.", "reached the goal", ""),
        ),
        (row("page_viewed", path="/x", seconds=3), ("deed", "Did “page_viewed”", "path: /x, seconds: 3", "")),
    ],
)
def test_facts_are_told_as_a_person_would(fact: dict[str, Any], line: tuple[str, str, str, str]) -> None:
    assert english(fact) == line


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("event", ["message_suppressed", "email_failed"])
def test_every_reason_of_silence_is_said_in_words(event: str, reason: Reason) -> None:
    with speaking("ja"):
        line = told(row(event, journey="hello", reason=reason.value), NAMES)
    assert line is not None
    assert line.kind == "silence"
    assert reason.value not in line.note
    assert line.note


def test_what_only_repeats_is_left_out() -> None:
    decided = row("message_decided", journey="hello", outcome="send", reason=None)
    assert lines([decided, row("email_sent", journey="hello")], NAMES)[0].kind == "sent"
    assert len(lines([decided, row("email_doubt_resolved")], NAMES)) == 0


def test_lines_keep_their_order() -> None:
    rows = [row("page_viewed", n=n) | {"happened_at": AT - timedelta(hours=n)} for n in range(5)]
    assert [line.at for line in lines(rows, NAMES)] == [one["happened_at"] for one in rows]


def test_what_has_no_words_says_its_name() -> None:
    with speaking("ja"):
        assert (purpose("survey"), channel("sms"), outcome("lost"), purpose(None)) == ("survey", "sms", "lost", "")
