"""The card's, the list's and the timeline's words, from what the owner tells."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.kit.i18n import speaking
from tenshu.web.console.customers.card_view import card_view, lead_of, scores_of, speak_of
from tenshu.web.console.customers.person_view import is_old_mobile, person_view
from tenshu.web.console.customers.search_view import PAGE, search_view
from tenshu.web.console.customers.shoes_view import most_within, shoes_view
from tenshu.web.console.customers.telling import Names, Told
from tenshu.web.console.customers.timeline_view import days_of

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
ZONE = "Asia/Tokyo"
NAMES = Names({}, {}, "JPY")


def word(status: str = "granted", **more: Any) -> dict[str, Any]:
    """Return a word about marketing mail."""
    return {
        "channel": "email",
        "purpose": "marketing",
        "status": status,
        "basis": "opt_in",
        "reason": None,
        "recorded_at": NOW - timedelta(days=30),
        "source": "form",
        "proof": {"page": "/join"},
        "holds": status,
        "is_usable": True,
        **more,
    }


def card(**more: Any) -> dict[str, Any]:
    """Return a card of somebody who has never bought and allows mail."""
    return {
        "customer": 7,
        "traits": {"email": "a@example.com"},
        "identifiers": [],
        "since": {"first_at": NOW - timedelta(days=400)},
        "ranked": None,
        "goods": [],
        "suggested": [],
        "lately": [],
        "segments": [],
        "consents": [word()],
        "suppressions": [],
        "walks": [],
        "planned": [],
        "decisions": [],
        "is_capped": False,
        "cap": {"limit": 3, "days": 7},
        "now": NOW,
        **more,
    }


NO_NEWS = "They do not want news and offers. Messages about orders may go."


def ranked(**more: Any) -> dict[str, Any]:
    """Return what somebody has bought."""
    return {
        "first_order_at": NOW - timedelta(days=300),
        "last_order_at": NOW - timedelta(days=5),
        "orders": 4,
        "revenue": 12_000,
        "recency_score": 5,
        "frequency_score": 3,
        "monetary_score": 1,
        "decile": 2,
        "rank": "loyal",
        **more,
    }


@pytest.mark.parametrize(
    ("told", "lead"),
    [
        (None, "Has not bought anything yet."),
        (ranked(), "Bought last 5 days ago. 4 orders since 5 August 2025, JP¥12,000 in all."),
        (ranked(orders=1, revenue=500), "Bought last 5 days ago. One order so far, JP¥500."),
        (ranked(last_order_at=NOW, orders=1, revenue=500), "Bought today. One order so far, JP¥500."),
    ],
)
def test_the_first_sentence_says_when_how_often_and_how_much(told: dict[str, Any] | None, lead: str) -> None:
    with speaking("en"):
        assert lead_of(told, now=NOW, zone=ZONE, currency="JPY") == lead


@pytest.mark.parametrize(
    ("changes", "kind", "why"),
    [
        ({}, "yes", "Since 2 May 2026: asked for it."),
        ({"traits": {}}, "no", "No address is known."),
        ({"is_capped": True}, "wait", "The customer would get more messages than the frequency cap allows."),
        ({"is_capped": True, "consents": [word("revoked")]}, "no", NO_NEWS),
        ({"consents": []}, "no", "Nobody has noted that they allow it. Ask them at the next purchase."),
        ({"consents": [word("revoked")]}, "no", "They do not want news and offers. Messages about orders may go."),
        (
            {"consents": [word("granted", holds="denied", is_usable=False)]},
            "no",
            "They do not want news and offers. Messages about orders may go.",
        ),
        (
            {
                "suppressions": [
                    {
                        "address": "a@example.com",
                        "purpose": "*",
                        "channel": "email",
                        "reason": "hard_bounce",
                        "since_at": NOW,
                    }
                ]
            },
            "no",
            "The address does not exist any more: mail to it came back.",
        ),
        (
            {
                "suppressions": [
                    {
                        "address": "old@example.com",
                        "purpose": "*",
                        "channel": "email",
                        "reason": "manual",
                        "since_at": NOW,
                    }
                ]
            },
            "yes",
            "Since 2 May 2026: asked for it.",
        ),
        (
            {"planned": [{"title": {"en": "Hello"}, "journey": "hello", "due_at": NOW + timedelta(hours=1)}]},
            "wait",
            "“Hello” goes out on 1 June 2026, 13:00, not earlier.",
        ),
    ],
)
def test_whether_to_speak_follows_the_order_in_which_it_is_decided(
    changes: dict[str, Any], kind: str, why: str
) -> None:
    with speaking("en"):
        speak = speak_of(card(**changes), ZONE)
    assert (speak.kind, speak.why) == (kind, why)


def test_scores_are_words_with_their_number() -> None:
    with speaking("en"):
        assert [(one.words, one.score) for one in scores_of(ranked())] == [
            ("bought very lately", 5),
            ("buys now and then", 3),
            ("spends very little", 1),
        ]
    assert scores_of(None) == ()
    assert scores_of(ranked(recency_score=None)) == ()


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("score", [1, 2, 3, 4, 5])
def test_every_score_has_words(score: int, language: str) -> None:
    with speaking(language):
        found = scores_of(ranked(recency_score=score, frequency_score=score, monetary_score=score))
    assert len({one.words for one in found}) == 3


def test_consents_show_basis_reason_proof_and_what_holds() -> None:
    told = [word(), word("revoked", basis=None, source="unsubscribe", holds="granted", proof={}, reason="電話で")]
    with speaking("en"):
        view = card_view(card(consents=told), currency="JPY", zone=ZONE)
    first, second = view.consents
    assert (first.status, first.basis, first.proof, first.is_effective) == (
        "allowed",
        "asked for it",
        "form, page: /join",
        True,
    )
    assert (second.status, second.reason, second.is_effective) == ("taken back", "電話で", False)


def test_an_exception_without_its_reason_is_told_to_allow_nothing() -> None:
    told = [word(basis="business_card", is_usable=False, holds="denied")]
    with speaking("en"):
        view = card_view(card(consents=told), currency="JPY", zone=ZONE)
    assert view.consents[0].reason == "The reason that the law asks for is missing: it allows nothing."


def test_walks_say_where_they_stand() -> None:
    walk = {
        "journey": "j",
        "title": {"en": "J"},
        "arm": "treated",
        "status": "active",
        "due_at": NOW,
        "entered_at": NOW,
        "outcome": None,
    }
    told = [walk, walk | {"arm": "held_out"}, walk | {"due_at": None}, walk | {"status": "ended", "outcome": "goal"}]
    with speaking("en"):
        walks = card_view(card(walks=told), currency="JPY", zone=ZONE).walks
    assert [one.note for one in walks] == [
        "goes on 1 June 2026, 12:00",
        "held out to measure the effect",
        "since 1 June 2026",
        "reached the goal",
    ]
    assert [one.is_over for one in walks] == [False, False, False, True]


@pytest.mark.parametrize(
    ("traits", "name", "is_named"),
    [
        ({"full_name": "佐藤 花子", "last_name": "佐藤"}, "佐藤 花子", True),
        ({"last_name": "佐藤", "first_name": "花子"}, "佐藤 花子", True),
        ({"last_name": "Smith", "first_name": "Mary"}, "Mary Smith", True),
        ({"customer_no": "C-1"}, "C-1", False),
        ({}, "Customer 7", False),
    ],
)
def test_a_person_is_called_by_the_best_name_there_is(traits: dict[str, str], name: str, *, is_named: bool) -> None:
    with speaking("en"):
        person = person_view(card(traits=traits), ZONE)
    assert (person.name, person.is_named) == (name, is_named)


def test_addresses_say_what_is_to_be_known_of_them() -> None:
    known = [
        {"kind": "email", "value": "a@example.com", "is_shared": False},
        {"kind": "email", "value": "family@example.com", "is_shared": True},
        {"kind": "email", "value": "h..n@ezweb.ne.jp", "is_shared": False},
        {"kind": "phone", "value": "+819012345678", "is_shared": False},
    ]
    with speaking("en"):
        person = person_view(card(identifiers=known), ZONE)
    assert [(one.value, one.note) for one in person.mails] == [
        ("a@example.com", ""),
        ("family@example.com", "shared with other customers"),
        ("h..n@ezweb.ne.jp", "an old mobile address: some mail servers refuse it"),
    ]
    assert [one.value for one in person.phones] == ["09012345678"]


@pytest.mark.parametrize(
    ("address", "is_old"), [("a.b@x.jp", False), ("a..b@x.jp", True), ("a.@x.jp", True), (".a@x.jp", True)]
)
def test_old_mobile_addresses_are_known(address: str, *, is_old: bool) -> None:
    assert is_old_mobile(address) is is_old


INSTANTS = st.lists(st.integers(0, 60 * 24 * 40).map(lambda minutes: NOW - timedelta(minutes=minutes)), max_size=25)


@settings(deadline=None)
@given(INSTANTS)
def test_days_hold_every_line_once_and_the_quiet_between(instants: list[datetime]) -> None:
    lines = [Told(at=at, kind="deed", sentence="x") for at in sorted(instants, reverse=True)]
    with speaking("en"):
        days = days_of(lines, ZONE)
    assert sum(len(day.lines) for day in days) == len(lines)
    quiet = sum(1 if day.quiet == "one quiet day" else int(day.quiet.split()[0]) if day.quiet else 0 for day in days)
    dates = {line.at.astimezone(UTC) + timedelta(hours=9) for line in lines}
    span = (max(dates).date() - min(dates).date()).days + 1 if dates else 0
    assert quiet + len(days) == span


@settings(deadline=None)
@given(INSTANTS, st.integers(1, 30))
def test_the_busiest_week_is_the_busiest(instants: list[datetime], days: int) -> None:
    windows = [sum(first <= one < first + timedelta(days=days) for one in instants) for first in instants]
    assert most_within(instants, days) == max(windows, default=0)


def shoes(**more: Any) -> dict[str, Any]:
    """Return what the owner tells of thirty quiet days."""
    return card(rows=[], mails=[], subjects={}, **more)


def test_thirty_days_back_and_thirty_ahead_are_drawn() -> None:
    planned = [{"title": {"en": "Hello"}, "journey": "hello", "due_at": NOW + timedelta(days=3)}]
    with speaking("en"):
        view = shoes_view(shoes(planned=planned), NAMES, days=30, zone=ZONE)
    assert len(view.cells) == 61
    assert [cell.is_today for cell in view.cells].index(True) == 30
    assert [cell.marks for cell in view.cells if cell.marks] == [("planned",)]
    assert view.planned == (("4 June 2026, 12:00", "Hello"),)
    assert view.lead == "Nothing has passed between them and the shop in 30 days."
    assert date(2026, 5, 2).strftime("%-d %B %Y") in view.cells[0].label


def test_the_cap_is_full_when_as_many_went_out() -> None:
    mails = [{"ended_at": NOW - timedelta(days=n), "purpose": "marketing"} for n in (1, 2, 3)]
    service = [{"ended_at": NOW, "purpose": "service"}] * 5
    with speaking("en"):
        assert shoes_view(shoes() | {"mails": mails}, NAMES, days=30, zone=ZONE).is_full
        assert not shoes_view(shoes() | {"mails": mails[:2] + service}, NAMES, days=30, zone=ZONE).is_full
        assert not shoes_view(shoes(cap={}) | {"mails": mails}, NAMES, days=30, zone=ZONE).is_full


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 200))
def test_pages_of_the_list_lead_to_their_neighbours(total: int, skip: int) -> None:
    shown = max(0, min(PAGE, total - skip))
    entry = {
        "customer": 1,
        "name": None,
        "kana": None,
        "company": None,
        "email": None,
        "phone": None,
        "customer_no": None,
        "rank": None,
        "orders": 0,
        "revenue": 0,
        "last_order_at": None,
    }
    with speaking("en"):
        view = search_view(
            {"total": total, "everybody": 200, "entries": [entry] * shown}, skip=skip, currency="JPY", zone=ZONE
        )
    assert (view.earlier is None) == (skip == 0)
    assert (view.later is None) == (skip + shown >= total)
    assert view.last - max(view.first - 1, 0) == shown or shown == 0
    assert all(one.name == "Customer 1" and one.last == "never" for one in view.entries)
