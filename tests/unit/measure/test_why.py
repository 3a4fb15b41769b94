"""Every decision about a customer can be explained, in both languages."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tenshu.identify.tables import node_map
from tenshu.measure.why import decisions_of, local_text, story
from tests.unit.measure.books import day, decide, make_ledger

ZONE = "Asia/Tokyo"


def row(**given: Any) -> dict[str, Any]:
    """Return a decision as it is read."""
    told = {"decided_at": day(0), "outcome": "send", "reason": None, "state": None, "state_reason": None}
    return told | {"due_at": None, "ended_at": None} | given


STORIES = [
    (row(state="sent", ended_at=day(1)), "Sent on 2026-03-03 09:00.", "2026-03-03 09:00に配信しました。"),
    (
        row(state="failed", state_reason="550 no such user"),
        "It could not be delivered: 550 no such user",
        "配信できませんでした。理由: 550 no such user",
    ),
    (
        row(state="in_doubt"),
        "It was handed over, but nobody can say whether it arrived.",
        "相手のサーバーに渡しましたが、届いたかどうか分かりません。",
    ),
    (
        row(state="queued", due_at=day(2)),
        "It is waiting to be sent, not before 2026-03-04 09:00.",
        "配信待ちです(2026-03-04 09:00以降に配信します)。",
    ),
    (
        row(),
        "It is waiting to be sent, not before 2026-03-02 09:00.",
        "配信待ちです(2026-03-02 09:00以降に配信します)。",
    ),
]


@pytest.mark.parametrize(("told", "english", "japanese"), STORIES)
def test_what_became_of_a_message_is_said(told: dict[str, Any], english: str, japanese: str) -> None:
    assert story(told, ZONE, "en") == english
    assert story(told, ZONE, "ja") == japanese


def test_silence_is_explained_by_its_reason() -> None:
    said = story(row(outcome="suppressed", reason="unsubscribed"), ZONE, "en")
    assert said == "The customer has unsubscribed."


def test_stop_at_the_last_check_says_so_and_why() -> None:
    said = story(row(state="suppressed", state_reason="unsubscribed"), ZONE, "en")
    assert said == "It was stopped just before sending. The customer has unsubscribed."


def test_held_out_person_is_told_apart_from_one_who_would_have_got_nothing() -> None:
    plain = story(row(outcome="held_out"), ZONE, "en")
    anyway = story(row(outcome="held_out", reason="no_address"), ZONE, "en")
    assert plain != anyway
    assert "No address is known." in anyway


def test_newest_decision_comes_first(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path)
    decide(
        ledger,
        {"customer": 1, "step": "first", "decided_at": day(0), "state": "sent", "ended_at": day(0.1)},
        {"customer": 1, "step": "second", "decided_at": day(7), "outcome": "suppressed", "reason": "capped"},
        {"customer": 2, "step": "first", "decided_at": day(8), "state": "sent"},
    )
    found = decisions_of(ledger, 1)
    assert found.select("step", "outcome", "reason", "state").rows() == [
        ("second", "suppressed", "capped", None),
        ("first", "send", None, "sent"),
    ]
    assert found["ended_at"].to_list() == [None, day(0.1)]


def test_decisions_about_a_merged_customer_belong_to_the_story(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path)
    decide(
        ledger, {"customer": 1, "step": "first"}, {"customer": 5, "step": "second"}, {"customer": 6, "step": "third"}
    )
    with ledger.writing() as tx:
        tx.insert(node_map, pl.DataFrame({"node": [1, 5, 6], "customer": [1, 1, 6], "is_shared": [False] * 3}))
    assert sorted(decisions_of(ledger, 1)["step"]) == ["first", "second"]


def test_customer_of_whom_nothing_was_decided_has_an_empty_story(tmp_path: Path) -> None:
    assert decisions_of(make_ledger(tmp_path), 1).is_empty()


def test_every_row_can_be_told(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path)
    states = [None, "queued", "sending", "sent", "failed", "in_doubt", "suppressed"]
    rows: list[dict[str, Any]] = [
        {"customer": 1, "state": state, "ended_at": day(1) if state == "sent" else None} for state in states
    ]
    rows += [{"customer": 1, "outcome": outcome, "reason": "capped"} for outcome in ("held_out", "suppressed")]
    for one in rows:
        decide(ledger, one)
    for told in decisions_of(ledger, 1).to_dicts():
        assert story(told, ZONE, "en")
        assert story(told, ZONE, "ja") != story(told, ZONE, "en")


def test_times_are_those_of_the_shop_s_clock() -> None:
    assert local_text(day(0), "Asia/Tokyo") == "2026-03-02 09:00"
    assert local_text(day(0), "Europe/London") == "2026-03-02 00:00"
