"""The account closes, at any moment and for every outreach."""

import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenshu.measure.account import STATES, Account, account, as_account
from tests.unit.measure.books import decide, make_ledger, post

# outcome, state in the outbox -> part of the account
CASES = [
    ("send", None, "pending"),  # decided, and its row not written yet
    ("send", "queued", "pending"),
    ("send", "sending", "pending"),  # claimed: nobody knows yet
    ("send", "sent", "sent"),
    ("send", "failed", "failed"),
    ("send", "in_doubt", "in_doubt"),
    ("send", "suppressed", "suppressed"),  # at the last check
    ("suppressed", None, "suppressed"),  # at the decision
    ("held_out", None, "held_out"),
]


@pytest.mark.parametrize(("outcome", "state", "part"), CASES)
def test_every_decision_falls_into_one_part(tmp_path: Path, outcome: str, state: str | None, part: str) -> None:
    ledger = make_ledger(tmp_path)
    decide(ledger, {"outcome": outcome, "state": state, "reason": "capped" if outcome == "suppressed" else None})
    rows = account(ledger)
    assert rows["state"].to_list() == [part]
    found = as_account(rows)
    assert found.planned == 1
    assert found.closes


def test_reason_of_a_suppression_is_told_from_both_sides(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path)
    decide(
        ledger,
        {"outcome": "suppressed", "reason": "capped"},
        {"outcome": "suppressed", "reason": "capped"},
        {"outcome": "suppressed", "reason": "no_consent"},
        {"outcome": "send", "state": "suppressed", "state_reason": "unsubscribed"},
    )
    # 2 capped and 1 without consent when it was decided, 1 who unsubscribed before it went out
    assert as_account(account(ledger)).suppressed == {"capped": 2, "no_consent": 1, "unsubscribed": 1}


def test_suppression_without_a_reason_still_counts(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path)
    decide(ledger, {"outcome": "suppressed"})
    found = as_account(account(ledger))
    assert found.suppressed == {"unknown": 1}
    assert found.closes


def test_what_would_have_stopped_a_held_out_person_is_no_suppression(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path)
    decide(ledger, {"outcome": "held_out", "reason": "capped"}, {"outcome": "held_out"})
    found = as_account(account(ledger))
    assert found.held_out == 2
    assert found.suppressed == {}


def test_reason_of_a_failure_is_told(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path)
    decide(ledger, {"state": "failed", "state_reason": "550 no such user"})
    assert account(ledger)["reason"].to_list() == ["550 no such user"]


def test_leftover_reason_of_a_sent_message_does_not_split_the_row(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path)
    decide(ledger, {"state": "sent", "state_reason": "deferred once"}, {"state": "sent"})
    rows = account(ledger)
    assert rows.height == 1
    assert rows.row(0, named=True) == {
        "journey": "hello",
        "step": "first",
        "state": "sent",
        "reason": None,
        "people": 2,
    }


def test_outreaches_and_steps_are_apart(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path)
    decide(
        ledger,
        {"journey": "hello", "step": "first", "state": "sent"},
        {"journey": "hello", "step": "second", "state": "sent"},
        {"journey": "thanks", "step": "first", "state": "queued"},
    )
    rows = account(ledger)
    assert rows.select("journey", "step", "state").rows() == [
        ("hello", "first", "sent"),
        ("hello", "second", "sent"),
        ("thanks", "first", "pending"),
    ]


def test_second_visit_of_the_same_step_is_planned_again(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path)
    decide(
        ledger,
        {"enrolment": 7, "visit": 1, "customer": 7, "state": "sent"},
        {"enrolment": 7, "visit": 2, "customer": 7, "state": "queued"},
    )
    found = as_account(account(ledger))
    assert (found.planned, found.sent, found.pending) == (2, 1, 1)


def test_message_that_nobody_planned_breaks_the_account(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path)
    decide(ledger, {"state": "sent"})
    post(ledger, enrolment=99, state="sent")
    found = as_account(account(ledger))
    assert (found.planned, found.sent, found.strays) == (1, 1, 1)
    assert not found.closes


@pytest.mark.parametrize("outcome", ["held_out", "suppressed"])
def test_message_to_somebody_who_was_not_to_get_one_breaks_the_account(tmp_path: Path, outcome: str) -> None:
    ledger = make_ledger(tmp_path)
    decide(ledger, {"outcome": outcome, "reason": "capped", "state": "sent"})
    found = as_account(account(ledger))
    assert found.strays == 1
    assert not found.closes


def test_state_that_nobody_knows_breaks_the_account(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path)
    decide(ledger, {"state": "teleported"}, {"outcome": "postponed"})
    found = as_account(account(ledger))
    assert found.planned == 2
    assert not found.closes


def test_account_of_nothing_closes(tmp_path: Path) -> None:
    rows = account(make_ledger(tmp_path))
    assert rows.columns == ["journey", "step", "state", "reason", "people"]
    assert as_account(rows) == Account()
    assert as_account(rows).closes


ROW = st.fixed_dictionaries(
    {
        "step": st.sampled_from(["first", "second"]),
        "outcome": st.sampled_from(["send", "held_out", "suppressed"]),
        "reason": st.sampled_from([None, "capped", "no_address"]),
        "state": st.sampled_from([None, "queued", "sending", "sent", "failed", "in_doubt", "suppressed"]),
        "state_reason": st.sampled_from([None, "unsubscribed"]),
    }
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(ROW, min_size=1, max_size=12))
def test_account_closes_whatever_happened(rows: list[dict[str, Any]]) -> None:
    rows = [row | ({} if row["outcome"] == "send" else {"state": None}) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        ledger = make_ledger(Path(folder))
        decide(ledger, *rows)
        counted = account(ledger)
        ledger.close()
    whole = as_account(counted)
    assert whole.closes
    assert whole.planned == len(rows)
    assert whole.held_out == sum(row["outcome"] == "held_out" for row in rows)
    steps = [as_account(counted.filter(pl.col("step") == step)) for step in ("first", "second")]
    for part in ("planned", "sent", "held_out", "failed", "in_doubt", "pending", "suppressed_total"):
        assert sum(getattr(step, part) for step in steps) == getattr(whole, part)


def test_parts_are_told_in_the_order_of_the_design() -> None:
    assert STATES == ("sent", "held_out", "suppressed", "failed", "in_doubt", "pending")


def test_one_scenario_is_counted_as_in_the_whole(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path)
    decide(ledger, {"outcome": "send", "state": "sent"}, {"outcome": "held_out", "journey": "other"})
    whole = account(ledger)
    for name in whole["journey"].unique():
        assert account(ledger, journey=name).equals(whole.filter(pl.col("journey") == name))
    assert account(ledger, journey="nothing").is_empty()
