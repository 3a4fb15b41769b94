"""What each kind of fact sounds like in Japanese, what it is called when names are lacking, and what it leaves out."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tenshu.collect import vocabulary as facts
from tenshu.condition.words import EVENTS
from tenshu.kit.i18n import speaking
from tenshu.web.console.customers.telling import Names, Told, channel, outcome, purpose, told

AT = datetime(2026, 6, 1, 3, tzinfo=UTC)
NAMES = Names(
    {"hello": {"ja": "ご挨拶", "en": "Hello"}, "half": {"en": "Half"}},
    {"vip": {"ja": "大事な方", "en": "VIP"}},
    "JPY",
    {"letter": "佐藤様へ"},
)


def row(event: str, properties: dict[str, Any] | None = None, **order: Any) -> dict[str, Any]:
    """Return one row of a timeline."""
    nothing = dict.fromkeys(("order_no", "amount", "lines", "goods"))
    return {"happened_at": AT, "event": event, "source": "web", "properties": properties or {}, **nothing, **order}


def line(event: str, properties: dict[str, Any] | None = None, *, language: str = "ja", **order: Any) -> Told:
    """Return the line of a fact."""
    with speaking(language):
        found = told(row(event, properties, **order), NAMES)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("event", "properties", "kind", "sentence", "note"),
    [
        (
            facts.EMAIL_SENT,
            {"journey": "hello", "template": "letter"},
            "sent",
            "メールを送りました:「佐藤様へ」",
            "ご挨拶",
        ),
        (facts.EMAIL_SENT, {"journey": "hello"}, "sent", "メールを送りました:「ご挨拶」", ""),
        (facts.EMAIL_SENT, {"journey": "half"}, "sent", "メールを送りました:「half」", ""),
        (facts.EMAIL_SENT, {}, "sent", "メールを送りました:「」", ""),
        (facts.EMAIL_OPENED, {"journey": "hello"}, "answer", "「ご挨拶」のメールを開きました", ""),
        (
            facts.EMAIL_CLICKED,
            {"journey": "hello", "url": "https://example.com/x"},
            "answer",
            "「ご挨拶」のメールのリンクを開きました",
            "https://example.com/x",
        ),
        (
            facts.EMAIL_OPENED,
            {"journey": "hello", "by": "unknown"},
            "plain",
            "「ご挨拶」のメールを開きました",
            "ご本人によるものかは分かりません",
        ),
        (
            facts.MESSAGE_SUPPRESSED,
            {"journey": "hello"},
            "silence",
            "「ご挨拶」のメールを、送る直前に取りやめました。",
            "unknown",
        ),
        (facts.EMAIL_FAILED, {"journey": "hello"}, "silence", "「ご挨拶」のメールは届けられませんでした。", ""),
        (
            facts.EMAIL_IN_DOUBT,
            {"journey": "hello"},
            "silence",
            "「ご挨拶」のメールが届いたかどうかは分かりません。",
            "",
        ),
        (facts.EMAIL_BOUNCED, {}, "silence", "メールが戻ってきました。", ""),
        (facts.EMAIL_COMPLAINED, {}, "word", "迷惑メールとして報告されました。", ""),
        (facts.UNSUBSCRIBED, {}, "word", "メールの配信停止を希望されました。", ""),
        (facts.JOURNEY_ENTERED, {"journey": "hello"}, "plain", "シナリオ「ご挨拶」が始まりました。", ""),
        (
            facts.JOURNEY_ENTERED,
            {"journey": "hello", "arm": "held_out"},
            "plain",
            "シナリオ「ご挨拶」が始まりました。",
            "効果検証用の非配信群",
        ),
        (
            facts.JOURNEY_LEFT,
            {"journey": "hello", "outcome": "merged"},
            "plain",
            "シナリオ「ご挨拶」が終わりました。",
            "別の顧客と統合されました",
        ),
        (facts.SEGMENT_ENTERED, {"segment": "vip"}, "plain", "セグメント「大事な方」に入りました。", ""),
        (facts.SEGMENT_LEFT, {"segment": "vip"}, "plain", "セグメント「大事な方」から外れました。", ""),
    ],
)
def test_what_the_shop_did_is_told_in_japanese(
    event: str, properties: dict[str, Any], kind: str, sentence: str, note: str
) -> None:
    found = line(event, properties)
    assert (found.kind, found.sentence, found.note, found.amount) == (kind, sentence, note, "")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("granted", "メールでのお知らせ・ご案内を許してくださいました。"),
        ("denied", "メールでのお知らせ・ご案内を断られました。"),
        ("revoked", "メールでのお知らせ・ご案内への同意を取り下げられました。"),
        ("postponed", "メールでのお知らせ・ご案内についてのお返事がありました。"),
        (None, "メールでのお知らせ・ご案内についてのお返事がありました。"),
    ],
)
def test_a_word_about_consent_is_told_as_what_it_was(status: str | None, said: str) -> None:
    properties = {"status": status, "purpose": "marketing", "channel": "email"}
    found = line(facts.CONSENT_RECORDED, properties)
    assert (found.kind, found.sentence, found.note) == ("word", said, "")
    assert line(facts.CONSENT_RECORDED, properties | {"reason": "電話で"}).note == "電話で"


@pytest.mark.parametrize(
    ("goods", "count", "said"),
    [
        (["煎茶"], 1, "煎茶を購入"),
        (["煎茶", "茶碗", "急須"], 3, "煎茶、茶碗、急須を購入"),
        (["煎茶", "茶碗", "急須", "菓子"], 4, "煎茶、茶碗、急須 ほか1点を購入"),
        (["煎茶"], 12, "煎茶 ほか11点を購入"),
        ([None, "煎茶", ""], 1, "煎茶を購入"),
    ],
)
def test_of_an_order_three_goods_are_named_and_the_others_counted(
    goods: list[str | None], count: int, said: str
) -> None:
    assert line(facts.PRODUCT_PURCHASED, goods=goods, lines=count).sentence == said


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (facts.PRODUCT_PURCHASED, "Bought tea"),
        (facts.PRODUCT_RETURNED, "Returned tea"),
        (facts.PRODUCT_GIVEN, "Was given tea"),
        (facts.ORDER_ADJUSTED, "An order was corrected: tea"),
    ],
)
def test_goods_come_and_go_in_four_ways(event: str, said: str) -> None:
    found = line(event, language="en", goods=["tea"], lines=1, order_no="A-1", amount=1_234)
    assert (found.kind, found.sentence, found.note, found.amount) == ("deed", said, "order A-1", "JP¥1,234")


@pytest.mark.parametrize("amount", [None, 0])
def test_what_cost_nothing_shows_no_amount(amount: int | None) -> None:
    found = line(facts.PRODUCT_GIVEN, goods=["tea"], lines=1, amount=amount)
    assert (found.amount, found.note) == ("", "")


def test_an_order_without_lines_or_names_is_told_nevertheless() -> None:
    assert line(facts.PRODUCT_PURCHASED, language="en").sentence == "Bought "
    assert line(facts.PRODUCT_PURCHASED, language="en", lines=2, goods=[]).sentence.endswith("and 2 more")


@pytest.mark.parametrize(
    ("traits", "note"),
    [
        ({"last_name": "佐藤", "shoe_size": 24}, "姓、shoe_size"),
        ({}, ""),
        (None, ""),
        (["last_name"], ""),
        ("last_name", ""),
        ({f"k{nth}": nth for nth in range(20)}, "、".join(f"k{nth}" for nth in range(8))),
    ],
)
def test_what_was_noted_is_named_but_not_repeated(traits: object, note: str) -> None:
    found = line(facts.CUSTOMER_DESCRIBED, {"traits": traits})
    assert (found.sentence, found.note) == ("顧客情報を控えました。", note)
    assert "佐藤" not in found.note


@pytest.mark.parametrize(
    ("properties", "note"),
    [
        ({}, ""),
        ({"path": "/cart"}, "path: /cart"),
        ({"n": 1, "list": [1], "deep": {"a": 1}, "none": None, "x": 2.5}, "n: 1, x: 2.5"),
        ({f"k{nth}": nth for nth in range(9)}, "k0: 0, k1: 1, k2: 2, k3: 3"),
    ],
)
def test_a_fact_of_the_shops_own_says_its_first_plain_properties(properties: dict[str, Any], note: str) -> None:
    assert line("page_viewed", properties, language="en").note == note


def test_a_fact_that_says_much_is_cut_short() -> None:
    assert len(line("page_viewed", {"text": "x" * 10_000}).note) == 200


@pytest.mark.parametrize("event", ["page_viewed", "ドア", "a b", "{name}", "%s"])
def test_an_event_that_nobody_knows_is_called_by_its_name(event: str) -> None:
    found = line(event, language="en")
    assert (found.kind, found.sentence) == ("deed", f"Did “{event}”")


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_every_event_of_the_grammar_begins_with_a_capital(event: str) -> None:
    with speaking("en"):
        found = told(row(event, {"outcome": "held_out"}, goods=["tea"], lines=1), NAMES)
    assert found is not None
    assert found.sentence[0].isupper()


@pytest.mark.parametrize("title", ["{journey}", "a {0} b", "{}", "%(x)s", "<b>"])
def test_marks_in_a_title_are_only_marks(title: str) -> None:
    """Somebody calls a scenario as they like, and their customers' cards can still be read."""
    names = Names({"odd": {"en": title}}, {"odd": {"en": title}}, "JPY", {"odd": title})
    properties = {"journey": "odd", "segment": "odd", "template": "odd", "outcome": "suppressed", "reason": "capped"}
    for event in (facts.EMAIL_SENT, facts.EMAIL_OPENED, facts.MESSAGE_DECIDED, facts.SEGMENT_ENTERED):
        with speaking("en"):
            found = told(row(event, properties), names)
        assert found is not None
        assert title in found.sentence


@pytest.mark.parametrize(
    ("how", "name", "japanese"),
    [
        (purpose, "marketing", "お知らせ・ご案内"),
        (purpose, "service", "ご注文についての連絡"),
        (channel, "email", "メール"),
        (outcome, "done", "最後まで進みました"),
        (outcome, "exit", "条件から外れました"),
        (outcome, 7, "7"),
        (channel, None, ""),
        (outcome, "", ""),
    ],
)
def test_names_in_the_data_have_words_or_speak_for_themselves(how: Any, name: object, japanese: str) -> None:
    with speaking("ja"):
        assert how(name) == japanese


def test_titles_fall_back_to_names_and_names_to_nothing() -> None:
    with speaking("ja"):
        assert [NAMES.journey(name) for name in ("hello", "half", "gone", None, 3)] == [
            "ご挨拶",
            "half",
            "gone",
            "",
            "3",
        ]
        assert [NAMES.segment(name) for name in ("vip", "gone", None)] == ["大事な方", "gone", ""]
