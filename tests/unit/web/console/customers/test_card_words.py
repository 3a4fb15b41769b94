"""Every piece of the card in both languages, of people of whom little, nothing, or everything is known."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tenshu.condition.words import TRAITS
from tenshu.decide.reasons import Reason, sentence
from tenshu.kit.i18n import speaking
from tenshu.web.console.customers.card_view import CardView, card_view, lead_of, speak_of, title_in

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)  # noon in Tokyo
ZONE = "Asia/Tokyo"
HELLO = {"journey": "hello", "title": {"ja": "ご挨拶", "en": "Hello"}}


def word(status: str = "granted", **more: Any) -> dict[str, Any]:
    """Return a word about marketing mail."""
    return {
        "channel": "email", "purpose": "marketing", "status": status, "basis": "opt_in", "reason": None,
        "recorded_at": NOW - timedelta(days=30), "source": "form", "proof": {}, "holds": status, "is_usable": True,
    } | more  # fmt: skip


def stop(**more: Any) -> dict[str, Any]:
    """Return a suppression of the address."""
    return {
        "address": "a@example.com", "purpose": "*", "channel": "email", "reason": "manual", "since_at": NOW,
    } | more  # fmt: skip


def bought(**more: Any) -> dict[str, Any]:
    """Return what somebody has bought, without scores."""
    return {
        "first_order_at": NOW - timedelta(days=300), "last_order_at": NOW - timedelta(days=5), "orders": 4,
        "revenue": 12_000, "recency_score": None, "frequency_score": None, "monetary_score": None, "decile": None,
        "rank": None,
    } | more  # fmt: skip


def card(**more: Any) -> dict[str, Any]:
    """Return a card of somebody of whom only an address and its consent are known."""
    nothing: dict[str, Any] = {
        name: []
        for name in (
            *("identifiers", "goods", "suggested", "lately", "segments", "suppressions", "walks", "planned"),
            "decisions",
        )
    }
    told = {"customer": 7, "traits": {"email": "a@example.com"}, "since": {}, "ranked": None, "consents": [word()]}
    return nothing | told | {"is_capped": False, "cap": {}, "now": NOW} | more


def view(language: str = "en", currency: str = "JPY", **more: Any) -> CardView:
    """Return the card as it is shown."""
    with speaking(language):
        return card_view(card(**more), currency=currency, zone=ZONE)


def lead(at: datetime, *, language: str = "en", zone: str = ZONE, orders: int = 1) -> str:
    """Return the first sentence about somebody who bought last at that instant."""
    told = bought(last_order_at=at, first_order_at=at, orders=orders, revenue=1_500)
    with speaking(language):
        return lead_of(told, now=NOW, zone=zone, currency="JPY")


def test_of_a_stranger_the_card_says_what_it_does_not_know() -> None:
    shown = view(traits={}, consents=[])
    assert (shown.person.name, shown.lead) == ("Customer 7", "Has not bought anything yet.")
    assert (shown.scores, shown.figures, shown.goods, shown.suggested, shown.planned) == ((), (), (), (), ())
    assert (shown.consents, shown.suppressions, shown.traits, shown.segments) == ((), (), (), ())
    assert (shown.walks, shown.whys, shown.speak.kind) == ((), (), "no")


@pytest.mark.parametrize(
    ("at", "zone", "said"),
    [
        (NOW, ZONE, "Bought today."),
        (NOW - timedelta(hours=12), ZONE, "Bought today."),
        (NOW - timedelta(hours=12, minutes=1), ZONE, "Bought yesterday."),
        (NOW - timedelta(hours=36), ZONE, "Bought yesterday."),
        (NOW - timedelta(hours=36, minutes=1), ZONE, "Bought last 2 days ago."),
        (NOW - timedelta(hours=4), "UTC", "Bought yesterday."),
        (NOW + timedelta(hours=1), ZONE, "Bought today."),
        (NOW + timedelta(days=3), ZONE, "Bought today."),
        (NOW - timedelta(days=1_200), ZONE, "Bought last 1,200 days ago."),
    ],
)
def test_days_since_the_last_purchase_are_days_of_the_shops_calendar(at: datetime, zone: str, said: str) -> None:
    """Who bought last evening did not buy today, however few the hours."""
    assert lead(at, zone=zone).startswith(said)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (NOW, "今日、購入がありました。ご注文はこれまでに1回、￥1,500です。"),
        (NOW - timedelta(days=1), "昨日、購入がありました。ご注文はこれまでに1回、￥1,500です。"),
        (NOW - timedelta(days=5), "最後の購入は5日前。ご注文はこれまでに1回、￥1,500です。"),
    ],
)
def test_the_first_sentence_in_japanese_has_no_gap_between_its_sentences(at: datetime, said: str) -> None:
    assert lead(at, language="ja") == said


def test_several_orders_are_told_with_the_day_of_the_first() -> None:
    at = NOW - timedelta(days=5)
    assert lead(at, language="ja", orders=3).endswith("2026年5月27日から3回のご注文、合わせて￥1,500です。")


def test_figures_without_published_ranks_have_a_dash_for_the_rank() -> None:
    rows = view(ranked=bought()).figures
    assert [row[0] for row in rows] == ["Rank", "Orders", "Bought in all", "An order, on average"]
    assert rows[0] == ("Rank", "–", "")
    assert rows[1] == ("Orders", "4", "since 5 August 2025")
    assert [row[1] for row in rows[2:]] == ["JP¥12,000", "JP¥3,000"]


def test_figures_with_ranks_name_the_rank_and_the_decile() -> None:
    assert view(ranked=bought(rank="best", decile=1)).figures[0] == ("Rank", "best customer", "decile 1 of 10")
    assert view("ja", ranked=bought(rank="dormant", decile=10)).figures[0][1:] == ("休眠顧客", "デシル 10 / 10")
    assert view(ranked=bought(rank="platinum")).figures[0][1] == "platinum", "a rank nobody has words for"


@pytest.mark.parametrize(
    ("orders", "revenue", "currency", "average"),
    [(3, 1_000, "JPY", "JP¥333"), (3, 2_000, "JPY", "JP¥667"), (4, 1_050, "GBP", "£2.62"), (0, -500, "JPY", "-JP¥500")],
)
def test_an_order_on_average_is_rounded_money_even_of_returns_only(
    orders: int, revenue: int, currency: str, average: str
) -> None:
    assert view(currency=currency, ranked=bought(orders=orders, revenue=revenue)).figures[3][1] == average


def test_goods_have_their_name_or_else_their_code() -> None:
    goods = [{"name": "煎茶", "product_id": "tea", "orders": 1}, {"name": None, "product_id": "cup", "orders": 1_200}]
    assert view(goods=goods).goods == (("煎茶", "once"), ("cup", "in 1,200 orders"))
    assert view("ja", goods=goods).goods == (("煎茶", "1回"), ("cup", "1,200回の注文で"))


def test_planned_mails_say_when_in_the_shops_zone_and_what() -> None:
    planned = [HELLO | {"due_at": NOW}, {"journey": "bare", "title": {}, "due_at": NOW + timedelta(hours=15)}]
    assert view("ja", planned=planned).planned == (("2026年6月1日 12:00", "ご挨拶"), ("2026年6月2日 3:00", "bare"))


@pytest.mark.parametrize(
    ("language", "titles", "said"),
    [
        ("ja", {"ja": "題", "en": "Title"}, "題"),
        ("en", {"ja": "題", "en": "Title"}, "Title"),
        ("en", {"ja": "題"}, "name"),
        ("ja", {"ja": ""}, "name"),
        ("ja", {}, "name"),
    ],
)
def test_a_title_is_in_the_language_or_else_the_name_stands_for_it(
    language: str, titles: dict[str, str], said: str
) -> None:
    with speaking(language):
        assert title_in(titles, "name") == said


@pytest.mark.parametrize(
    ("status", "english", "japanese"),
    [("granted", "allowed", "許可"), ("denied", "said no", "拒否"), ("other", "other", "other")],
)
def test_a_consent_says_its_status_in_words(status: str, english: str, japanese: str) -> None:
    assert view(consents=[word(status)]).consents[0].status == english
    assert view("ja", consents=[word(status)]).consents[0].status == japanese
    assert view(consents=[word(status)]).consents[0].kind == status


@pytest.mark.parametrize(
    ("basis", "said"),
    [
        ("opt_in", "asked for it"),
        ("business_relation", "business relation"),
        ("business_card", "gave a business card"),
        ("published_address", "published the address"),
        ("telepathy", "telepathy"),
        (None, ""),
    ],
)
def test_a_consent_says_its_basis_in_words(basis: str | None, said: str) -> None:
    assert view(consents=[word(basis=basis)]).consents[0].basis == said


def test_a_consent_shows_the_plain_parts_of_its_proof_and_not_too_many() -> None:
    proof = {"page": "/join", "list": [1], "nested": {"a": 1}, "nothing": None, "n": 3}
    assert view(consents=[word(proof=proof)]).consents[0].proof == "form, page: /join, n: 3"
    many = {f"k{nth}": nth for nth in range(9)}
    assert view("ja", consents=[word(proof=many)]).consents[0].proof == "form、k0: 0、k1: 1、k2: 2、k3: 3"


def test_a_consent_to_what_nobody_has_words_for_names_it() -> None:
    told = word(channel="sms", purpose="survey")
    assert view(consents=[told]).consents[0].about == "survey by sms"
    assert view("ja", consents=[word()]).consents[0].about == "メールでのお知らせ・ご案内"


def test_suppressions_say_address_scope_day_and_why() -> None:
    told = [stop(), stop(purpose="marketing", reason="unsubscribed"), stop(purpose="survey", reason="strange")]
    first, second, third = view(suppressions=told).suppressions
    assert first == (
        "a@example.com (every message), since 1 June 2026: The address was put on the suppression list by hand."
    )
    assert second == "a@example.com (news and offers), since 1 June 2026: The customer has unsubscribed."
    assert third == "a@example.com (survey), since 1 June 2026: strange"


@pytest.mark.parametrize("reason", list(Reason))
def test_whatever_stops_mail_keeps_one_from_writing_in_its_words(reason: Reason) -> None:
    with speaking("ja"):
        speak = speak_of(card(suppressions=[stop(reason=reason.value)]), ZONE)
        assert (speak.kind, speak.headline, speak.why) == ("no", "送らないでください", sentence(reason.value))


@pytest.mark.parametrize(
    ("changes", "headline"),
    [
        ({"suppressions": [stop(purpose="service")]}, "You may write to them"),
        ({"suppressions": [stop(address="A@example.com")]}, "You may write to them"),
        ({"traits": {"email": ""}}, "No mail can reach them"),
        ({"consents": [word(purpose="service")]}, "Do not write yet"),
        ({"consents": [word(channel="sms")]}, "Do not write yet"),
        ({"consents": [word(holds=None)]}, "Do not write yet"),
        ({"consents": [word("denied")], "is_capped": True}, "Do not write"),
        ({"is_capped": True}, "Not today"),
        ({"is_capped": True, "planned": [HELLO | {"due_at": NOW}]}, "A message is on its way"),
    ],
)
def test_only_what_is_about_marketing_mail_to_the_address_of_today_counts(
    changes: dict[str, Any], headline: str
) -> None:
    assert view(**changes).speak.headline == headline


def test_since_when_one_may_write_is_told_of_the_newest_word_that_allows_it() -> None:
    words = [word("revoked", holds="granted"), word(recorded_at=NOW, basis="business_card"), word()]
    assert view("ja", consents=words).speak.why == "2026年6月1日から: 名刺などの書面。"
    assert view(consents=[word("denied", holds="granted")]).speak.why == "", "who allowed it is not among these words"


def test_traits_are_named_in_the_language_and_what_stands_above_is_not_repeated() -> None:
    traits = {
        "email": "a@example.com",
        "last_name": "佐藤",
        "prefecture": "東京都",
        "shoe_size": "24",
        "company": "花屋",
    }
    assert view(traits=traits).traits == (("prefecture", "東京都"), ("shoe_size", "24"))
    assert view("ja", traits=traits).traits == (("都道府県", "東京都"), ("shoe_size", "24"))


@pytest.mark.parametrize("name", sorted(TRAITS))
def test_every_known_attribute_is_on_the_card_once(name: str) -> None:
    shown = view("ja", traits={name: "値"})
    beside = [value for _title, value in shown.traits]
    person = shown.person
    head = [
        person.name,
        person.reading,
        person.company,
        person.number,
        *(one.value for one in (*person.mails, *person.phones)),
    ]
    assert "値" in head or beside == ["値"]
    assert not ("値" in head and beside)


def test_segments_lead_to_their_pages() -> None:
    told = [{"name": "vip", "title": {"ja": "大事な方"}}]
    (one,) = view("ja", segments=told).segments
    assert (one.title, one.url, one.is_over) == ("大事な方", "/segments/vip", False)
    assert view(segments=told).segments[0].title == "vip"


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("done", "最後まで進みました"),
        ("merged", "別の顧客と統合されました"),
        ("exit", "条件から外れました"),
        ("ufo", "ufo"),
        (None, ""),
    ],
)
def test_a_walk_that_is_over_says_how_it_ended_whoever_was_held_out(outcome: str | None, said: str) -> None:
    walk = HELLO | {"arm": "held_out", "status": "ended", "due_at": NOW, "entered_at": NOW, "outcome": outcome}
    (one,) = view("ja", walks=[walk]).walks
    assert (one.note, one.is_over, one.url) == (said, True, "/scenarios/hello")


@pytest.mark.parametrize(
    ("outcome", "state", "is_silent"),
    [
        ("send", "sent", False),
        ("send", "queued", False),
        ("send", "sending", False),
        ("send", "suppressed", True),
        ("send", "failed", True),
        ("send", "in_doubt", True),
        ("suppressed", None, True),
        ("held_out", None, True),
    ],
)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_decision_is_told_and_silence_is_marked(
    outcome: str, state: str | None, language: str, *, is_silent: bool
) -> None:
    told = HELLO | {
        "decided_at": NOW, "outcome": outcome, "reason": "capped" if outcome == "suppressed" else None,
        "state": state, "state_reason": "paused", "ended_at": NOW, "due_at": NOW,
    }  # fmt: skip
    (why,) = view(language, decisions=[told]).whys
    assert (why.is_silent, why.title) == (is_silent, HELLO["title"][language])  # type: ignore[index]
    assert why.story
    assert why.at
