"""Everybody whom a scenario wants gets a decision with its reason."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.decide.decision import DECIDED, decide, gather
from tenshu.decide.policy import Policy, QuietHours
from tenshu.decide.quiet_hours import is_quiet
from tenshu.decide.reasons import Reason
from tenshu.decide.tables import decisions
from tests.unit.decide.examples import (
    NO_RULES,
    NOW,
    PEOPLE,
    TOKYO,
    a_day,
    contact,
    contacts,
    people,
    person,
    proposal,
    proposals,
    with_caps,
)

NIGHT = QuietHours(start="21:00", end="08:00")
EVENING = datetime(2026, 1, 5, 13, tzinfo=UTC)  # 22:00 in Tokyo
MORNING = datetime(2026, 1, 5, 23, tzinfo=UTC)  # 08:00 on the 6th


def decided(
    wanted: pl.DataFrame,
    who: pl.DataFrame | None = None,
    before: pl.DataFrame | None = None,
    policy: Policy = NO_RULES,
    now: datetime = NOW,
) -> pl.DataFrame:
    """Decide; by default everybody may be written to and nobody was."""
    everybody = people(*(person(number) for number in wanted["customer"].unique(maintain_order=True)))
    return decide(
        wanted,
        everybody if who is None else who,
        contacts() if before is None else before,
        policy,
        now=now,
        zone=TOKYO,
    )


def verdicts(frame: pl.DataFrame) -> list[tuple[str, str | None, bool]]:
    """Return outcome, reason and whether it is a ghost."""
    return list(frame.select("outcome", "reason", "is_ghost").rows())


def test_who_may_be_written_to_is_sent_to() -> None:
    row = decided(proposals(proposal(7, expires_at=NOW + timedelta(days=2)))).row(0, named=True)
    assert row == {
        "enrolment": 7,
        "visit": 0,
        "journey": "welcome-back",
        "version": 1,
        "step": "hello",
        "customer": 7,
        "channel": "email",
        "purpose": "marketing",
        "template": "t",
        "address": "c7@example.com",
        "address_digest": b"c7",
        "zone": None,
        "outcome": "send",
        "reason": None,
        "is_ghost": False,
        "decided_at": NOW,
        "due_at": NOW,
        "expires_at": NOW + timedelta(days=2),
    }


def test_decisions_fit_their_table() -> None:
    frame = decided(proposals(proposal()))
    assert frame.schema == DECIDED
    assert {column.name for column in decisions.columns} <= set(frame.columns)


def test_no_proposals_are_no_decisions() -> None:
    frame = decide(proposals(), people(), contacts(), Policy(), now=NOW, zone=TOKYO)
    assert frame.is_empty()
    assert frame.schema == DECIDED


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        ({"address": None}, "no_address"),
        ({"address": ""}, "no_address"),
        ({"consent": None}, "no_basis"),
        ({"consent": "denied"}, "refused"),
        ({"consent": "revoked:opt_in"}, "refused"),
        ({"consent": "granted:business_relation"}, None),
        ({"consent": "granted"}, None),
        ({"suppressed_reason": "unsubscribed"}, "unsubscribed"),
        ({"suppressed_reason": "hard_bounce"}, "hard_bounce"),
        # The first question that says no gives the reason.
        ({"address": None, "consent": None}, "no_address"),
        ({"consent": "revoked", "suppressed_reason": "complaint"}, "refused"),
    ],
)
def test_person_who_may_not_be_written_to_is_left_alone_with_the_reason(
    fact: dict[str, Any], reason: str | None
) -> None:
    frame = decided(proposals(proposal()), people(person(**fact)))
    assert verdicts(frame) == [("send" if reason is None else "suppressed", reason, False)]


def test_person_of_whom_nothing_is_known_has_no_address() -> None:
    assert verdicts(decided(proposals(proposal(9)), people(person(1)))) == [("suppressed", "no_address", False)]


def test_every_reason_that_is_given_is_known() -> None:
    wanted = proposals(*(proposal(number, expires_at=NOW) for number in range(1, 4)))
    who = people(person(1, address=None), person(2, consent=None), person(3))
    for reason in decided(wanted, who)["reason"]:
        assert Reason(reason)


def test_held_out_are_told_what_they_would_have_got() -> None:
    wanted = proposals(proposal(1, arm="held_out"), proposal(2, arm="held_out"), proposal(3))
    who = people(person(1), person(2, consent=None), person(3))
    assert verdicts(decided(wanted, who)) == [
        ("held_out", None, True),
        ("held_out", "no_basis", False),
        ("send", None, False),
    ]


def test_held_out_use_up_no_cap_and_would_have_met_it() -> None:
    wanted = proposals(
        proposal(1, enrolment=1, arm="held_out", priority=90),
        proposal(1, enrolment=2, journey="other", priority=50),
        proposal(1, enrolment=3, journey="third", arm="held_out", priority=10),
    )
    assert verdicts(decided(wanted, policy=with_caps(a_day()))) == [
        ("held_out", None, True),
        ("send", None, False),
        ("held_out", "capped", False),
    ]


def test_higher_priority_goes_first_whatever_the_order_of_rows() -> None:
    low, high = proposal(1, enrolment=1, priority=10), proposal(1, enrolment=2, journey="best", priority=80)
    for rows in ((low, high), (high, low)):
        frame = decided(proposals(*rows), policy=with_caps(a_day()))
        assert verdicts(frame) == [("suppressed", "capped", False), ("send", None, False)]


def test_of_equal_priority_the_name_then_the_earlier_enrolment_goes_first() -> None:
    rows = [
        proposal(1, enrolment=3, journey="a"),
        proposal(1, enrolment=1, journey="b"),
        proposal(1, enrolment=2, journey="a"),
    ]
    frame = decided(proposals(*rows), policy=with_caps(a_day()))
    assert frame.filter(outcome="send")["enrolment"].to_list() == [2]


def test_recent_contact_keeps_the_next_one_back() -> None:
    frame = decided(proposals(proposal()), before=contacts(contact(ago=timedelta(hours=1))), policy=Policy())
    assert verdicts(frame) == [("suppressed", "capped", False)]


def test_fourth_mail_of_the_week_is_kept_back() -> None:
    before = contacts(*(contact(ago=timedelta(days=days)) for days in (1, 3, 6)))
    assert verdicts(decided(proposals(proposal()), before=before, policy=Policy())) == [("suppressed", "capped", False)]
    earlier = contacts(*(contact(ago=timedelta(days=days)) for days in (1, 3, 7)))
    assert verdicts(decided(proposals(proposal()), before=earlier, policy=Policy())) == [("send", None, False)]


def test_message_in_quiet_hours_is_due_in_the_morning() -> None:
    policy = Policy(caps=(), quiet_hours=NIGHT)
    assert decided(proposals(proposal()), policy=policy)["due_at"].to_list() == [NOW]
    assert decided(proposals(proposal()), policy=policy, now=EVENING)["due_at"].to_list() == [MORNING]


def test_message_that_would_come_too_late_is_not_sent() -> None:
    policy = Policy(caps=(), quiet_hours=NIGHT)
    wanted = proposals(
        proposal(1, expires_at=MORNING), proposal(2, expires_at=MORNING + timedelta(seconds=1)), proposal(3)
    )
    assert verdicts(decided(wanted, policy=policy, now=EVENING)) == [
        ("suppressed", "expired", False),
        ("send", None, False),
        ("send", None, False),
    ]


def test_overdue_messages_are_not_sent_in_a_storm() -> None:
    """Attack 38: after a stop of three days, what was to go within 48 hours does not go."""
    overdue = NOW - timedelta(days=3) + timedelta(hours=48)
    wanted = proposals(*(proposal(number, expires_at=overdue) for number in range(1, 101)))
    assert decided(wanted)["reason"].unique().to_list() == ["expired"]


def test_expired_message_uses_up_no_cap() -> None:
    wanted = proposals(
        proposal(1, enrolment=1, priority=90, expires_at=NOW), proposal(1, enrolment=2, journey="other", priority=10)
    )
    assert verdicts(decided(wanted, policy=with_caps(a_day()))) == [
        ("suppressed", "expired", False),
        ("send", None, False),
    ]


def test_message_moved_to_the_morning_counts_for_that_day() -> None:
    policy = Policy(caps=(a_day(),), quiet_hours=NIGHT)
    today = contacts(contact(at=EVENING - timedelta(hours=4)))
    assert verdicts(decided(proposals(proposal()), before=today, policy=policy, now=EVENING)) == [("send", None, False)]
    tomorrow = contacts(contact(at=MORNING))
    assert verdicts(decided(proposals(proposal()), before=tomorrow, policy=policy, now=EVENING)) == [
        ("suppressed", "capped", False)
    ]


def test_service_messages_go_at_night_over_the_cap_and_to_those_held_out() -> None:
    policy = Policy(caps=(a_day(),), quiet_hours=NIGHT)
    wanted = proposals(proposal(1, purpose="service", arm="held_out"))
    frame = decided(wanted, people(person(consent=None)), contacts(contact(at=EVENING)), policy, now=EVENING)
    assert verdicts(frame) == [("send", None, False)]
    assert frame["due_at"].to_list() == [EVENING]


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        ({"consent": "revoked"}, "refused"),
        ({"suppressed_reason": "hard_bounce"}, "hard_bounce"),
        ({"address": None}, "no_address"),
    ],
)
def test_service_messages_respect_a_refusal_and_a_dead_address(fact: dict[str, Any], reason: str) -> None:
    frame = decided(proposals(proposal(purpose="service")), people(person(**fact)))
    assert verdicts(frame) == [("suppressed", reason, False)]


def test_household_that_shares_an_address_gets_a_mail_each() -> None:
    """Mautic #14381: keyed by address, one of the two vanished."""
    who = people(person(1, address="home@example.com"), person(2, address="home@example.com"))
    frame = decided(proposals(proposal(1), proposal(2)), who, policy=Policy())
    assert frame.select("enrolment", "outcome").rows() == [(1, "send"), (2, "send")]


def test_one_persons_trouble_stops_nobody_else() -> None:
    """Mautic #7226: one refused recipient, and the rest of the batch was sent again and again."""
    who = people(
        *(
            person(number, zone="Not/A_Zone", address=None) if number == 50 else person(number)
            for number in range(1, 101)
        )
    )
    frame = decided(proposals(*(proposal(number) for number in range(1, 101))), who, policy=Policy())
    assert frame.filter(outcome="suppressed")["customer"].to_list() == [50]
    assert frame["enrolment"].n_unique() == 100


def test_deciding_again_with_the_first_decisions_as_contacts_sends_nobody_twice() -> None:
    """Mautic #9880: workers started in the same millisecond, one transaction after the other."""
    wanted = proposals(*(proposal(number) for number in range(1, 51)))
    first = decided(wanted, policy=Policy())
    promised = first.filter(outcome="send").select("customer", "channel", "journey", "purpose", at="due_at")
    again = decided(wanted.with_columns(pl.col("enrolment") + 1000), before=promised, policy=Policy())
    assert again["reason"].unique().to_list() == ["capped"]


def test_consent_may_differ_by_channel_and_purpose() -> None:
    marketing, service = person(1, consent="denied"), person(1, consent="granted:opt_in")
    who = people(marketing, service).with_columns(
        channel=pl.lit("email"), purpose=pl.Series(["marketing", "service"], dtype=pl.String)
    )
    wanted = proposals(proposal(1, enrolment=1), proposal(1, enrolment=2, purpose="service"))
    assert verdicts(decided(wanted, who)) == [("suppressed", "refused", False), ("send", None, False)]


class TestGather:
    """What is asked about people is put together from four tables."""

    def gathered(self, *suppressed: tuple[bytes, str, str], wanted: pl.DataFrame | None = None) -> pl.DataFrame:
        """Return the people of two customers; the first has consented to marketing, the second revoked."""
        consents = pl.DataFrame(
            {
                "customer": [1, 2],
                "channel": ["email", "email"],
                "purpose": ["marketing", "marketing"],
                "status": ["granted", "revoked"],
                "basis": ["opt_in", None],
            }
        )
        schema = {"address_digest": pl.Binary, "purpose": pl.String, "reason": pl.String}
        stopped = pl.DataFrame(list(suppressed), schema=schema, orient="row")
        both = proposals(proposal(1), proposal(2)) if wanted is None else wanted
        return gather(
            both,
            people(person(1), person(2)).select("customer", "address", "address_digest", "zone"),
            consents,
            stopped,
        )

    def test_columns_are_those_that_the_decision_asks(self) -> None:
        assert set(PEOPLE) <= set(self.gathered().columns)
        assert self.gathered()["consent"].to_list() == ["granted:opt_in", "revoked"]

    def test_suppression_has_a_scope(self) -> None:
        found = self.gathered((b"c1", "marketing", "unsubscribed"), (b"c2", "service", "manual"))
        assert found["suppressed_reason"].to_list() == ["unsubscribed", None]

    def test_suppression_of_every_purpose_goes_first(self) -> None:
        found = self.gathered((b"c1", "marketing", "unsubscribed"), (b"c1", "*", "hard_bounce"))
        assert found["suppressed_reason"].to_list() == ["hard_bounce", None]

    def test_customer_with_many_proposals_is_asked_about_once(self) -> None:
        wanted = proposals(
            proposal(1, enrolment=1), proposal(1, enrolment=2), proposal(1, enrolment=3, purpose="service")
        )
        found = self.gathered(wanted=wanted)
        assert found.select("customer", "purpose", "consent").rows() == [
            (1, "marketing", "granted:opt_in"),
            (1, "service", None),
        ]

    def test_suppression_kept_by_channel_stops_only_that_channel(self) -> None:
        stopped = pl.DataFrame({"address_digest": [b"c1"], "channel": ["line"], "purpose": ["*"], "reason": ["manual"]})
        consents = pl.DataFrame(
            schema=dict.fromkeys(("channel", "purpose", "status", "basis"), pl.String)
        ).with_columns(customer=pl.lit(None, pl.Int64))
        found = gather(proposals(proposal(1)), people(person(1)), consents, stopped)
        assert found["suppressed_reason"].to_list() == [None]

    def test_gathered_people_can_be_decided_on(self) -> None:
        frame = decided(proposals(proposal(1), proposal(2)), self.gathered())
        assert verdicts(frame) == [("send", None, False), ("suppressed", "refused", False)]


ROWS = st.lists(
    st.builds(
        proposal,
        st.integers(1, 4),
        journey=st.sampled_from(["a", "b", "c"]),
        arm=st.sampled_from(["treated", "treated", "held_out"]),
        priority=st.sampled_from([10, 50]),
        purpose=st.sampled_from(["marketing", "marketing", "service"]),
        expires_at=st.sampled_from([None, NOW + timedelta(hours=3)]),
    ),
    max_size=12,
)
ZONES = ["Asia/Tokyo", "America/New_York", "Europe/London", "Pacific/Apia", None]


@given(ROWS, st.integers(0, 47), st.lists(st.sampled_from(ZONES), min_size=4, max_size=4), st.randoms())
def test_promises_hold_for_anything_that_comes_up(
    rows: list[dict[str, Any]], hours: int, zones: list[str | None], order: Any
) -> None:
    """One decision each; caps and quiet hours kept; nothing sent to the held out; the order of rows changes nothing."""
    numbered = [{**row, "enrolment": number} for number, row in enumerate(rows)]
    now = NOW + timedelta(hours=hours)
    who = people(*(person(number, zone=zones[number - 1]) for number in range(1, 5)))
    policy = Policy(caps=(a_day(purpose="marketing"),), quiet_hours=NIGHT)
    frame = decided(proposals(*numbered), who, policy=policy, now=now)
    assert frame["enrolment"].to_list() == list(range(len(rows)))
    sent = frame.filter((pl.col("outcome") == "send") & (pl.col("purpose") == "marketing"))
    assert sent["customer"].is_unique().all()
    for row in sent.iter_rows(named=True):
        assert not is_quiet(row["due_at"], NIGHT, zones[row["customer"] - 1] or TOKYO)
        assert row["expires_at"] is None or row["due_at"] < row["expires_at"]
        assert numbered[row["enrolment"]]["arm"] == "treated"
    shuffled = list(numbered)
    order.shuffle(shuffled)
    assert decided(proposals(*shuffled), who, policy=policy, now=now).equals(frame)


@pytest.mark.parametrize(("purpose", "arm"), list(product(["marketing", "service"], ["treated", "held_out"])))
def test_outcome_and_ghost_fit_together(purpose: str, arm: str) -> None:
    wanted = proposals(proposal(1, purpose=purpose, arm=arm), proposal(2, purpose=purpose, arm=arm))
    frame = decided(wanted, people(person(1), person(2, address=None)))
    for outcome, reason, is_ghost in verdicts(frame):
        assert is_ghost == (outcome == "held_out" and reason is None)
        assert (outcome == "send") <= (reason is None)
        assert (outcome == "suppressed") <= (reason is not None)
