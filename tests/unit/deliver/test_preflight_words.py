"""Every check of the pre-flight at every level, word for word in both languages: what was found, what to do, where."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.content.shop import ShopSettings
from tenshu.deliver import preflight
from tenshu.deliver.limits import Limits
from tenshu.deliver.preflight import Check, Level, Written
from tenshu.kit.i18n import speaking

GOOD = ShopSettings(
    name="小さな花屋",
    postal_address="東京都千代田区1-1",
    contact="03-0000-0000",
    sender_email="hana@hanaya.test",
    public_url="https://mail.hanaya.test",
)
LIMIT = "No limit of your mail provider is set. Many allow 500 mails a day."
LIMIT_JA = "メール事業者の送信上限が未設定です。1日500通までの事業者が多くあります。"


def with_(**changes: str) -> ShopSettings:
    return msgspec.structs.replace(GOOD, **changes)


def senders(language: str, shop: ShopSettings) -> dict[str, Check]:
    with speaking(language):
        return {check.code: check for check in preflight.sender_checks(shop)}


def mail(body: str = "", *, template: str = "hello", language: str = "ja", html: str | None = None) -> Written:
    return Written(
        template=template, language=language, html=body if html is None else html, text=body, unsubscribe_url="W"
    )


@pytest.mark.parametrize(
    ("language", "lines", "sender"),
    [
        ("en", "Name, postal address and contact stand in every mail.", "The mails come from hana@hanaya.test."),
        ("ja", "店名・住所・連絡先が、すべてのメールに表示されます。", "差出人はhana@hanaya.testです。"),
    ],
)
def test_a_good_sender_is_said_and_nothing_is_to_do(language: str, lines: str, sender: str) -> None:
    found = senders(language, GOOD)
    assert {code: check.said for code, check in found.items()} == {"sender_lines": lines, "sender": sender}
    assert {(check.to_do, check.where, check.level) for check in found.values()} == {("", "", "ok")}


@pytest.mark.parametrize(
    ("language", "missing"),
    [
        ("en", "the shop's name, the postal address, where to ask and complain"),
        ("ja", "店名、住所、問い合わせ・苦情の受付先"),
    ],
)
def test_all_that_the_law_misses_is_named_in_one_sentence(language: str, missing: str) -> None:
    check = senders(language, with_(name=ShopSettings().name, postal_address="", contact="　"))["sender_lines"]
    assert missing in check.said
    assert (check.level, check.where) == ("stop", "/settings/shop")
    assert check.to_do


@pytest.mark.parametrize(
    ("changes", "named", "silent"),
    [
        ({"name": " "}, ["the shop's name"], ["postal", "complain"]),
        ({"postal_address": ""}, ["the postal address"], ["shop's name", "complain"]),
        ({"contact": "\t"}, ["where to ask and complain"], ["shop's name", "postal address"]),
        ({"contact": "", "name": ""}, ["the shop's name", "where to ask"], ["postal address"]),
    ],
)
def test_only_what_is_missing_is_named(changes: dict[str, str], named: list[str], silent: list[str]) -> None:
    said = senders("en", with_(**changes))["sender_lines"].said
    assert all(words in said for words in named)
    assert not any(words in said for words in silent)


@pytest.mark.parametrize(
    ("language", "said", "to_do"),
    [
        (
            "en",
            "The sender is a@Shop.Example.COM, which is only an example: nobody could answer.",
            "Set the address that the mails come from.",
        ),
        (
            "ja",
            "差出人がa@Shop.Example.COMのままです。見本のアドレスのため、お客様が返信できません。",
            "差出人のアドレスを設定してください。",
        ),
    ],
)
def test_an_example_as_sender_is_named_in_any_case_of_letters(language: str, said: str, to_do: str) -> None:
    check = senders(language, with_(sender_email="a@Shop.Example.COM"))["sender"]
    assert (check.level, check.said, check.to_do) == ("stop", said, to_do)
    assert check.where == "/settings/sender"


@pytest.mark.parametrize(
    "address", ["a@myexample.com", "a@example.hanaya.jp", "example.com@hanaya.jp", "a@exampleshop.jp"]
)
def test_what_only_looks_like_an_example_may_send(address: str) -> None:
    assert senders("en", with_(sender_email=address))["sender"].level == "ok"


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8000", "http://localhost:8000", "http://[::1]/", "ftp://hanaya.jp", "HTTP://LOCALHOST", "//h.jp"],
)
def test_a_public_address_that_no_customer_opens_stops_it(url: str) -> None:
    english, japanese = (senders(language, with_(public_url=url))["public_url"] for language in ("en", "ja"))
    assert english.said == f"The links to unsubscribe lead to {url or '-'}, which no customer can open."
    assert japanese.said == f"配信停止のリンクが{url or '-'}を指しており、お客様からは開けません。"
    assert (english.level, english.where) == ("stop", "/settings/sender")


@pytest.mark.parametrize("url", ["https://mail.hanaya.jp", "HTTPS://mail.hanaya.jp/tenshu", "http://203.0.113.5:8080"])
def test_a_public_address_that_can_be_opened_is_not_spoken_of(url: str) -> None:
    assert "public_url" not in senders("en", with_(public_url=url))


def test_every_body_without_the_way_out_is_named() -> None:
    both = [
        mail("W"),
        mail("x", template="a"),
        mail("W", template="b", language="en", html="x"),
    ]
    with speaking("en"):
        (check,) = preflight.way_out_checks(both)
    assert check.said == "There is no link to unsubscribe in: a (ja, HTML), a (ja, text), b (en, HTML)."
    assert (check.level, check.where) == ("stop", "/templates")
    with speaking("ja"):
        (check,) = preflight.way_out_checks(both)
    assert check.said == "配信停止のリンクがありません: a (ja, HTML)、a (ja, text)、b (en, HTML)。"
    assert check.to_do == "メッセージに配信停止のリンクを入れてください。"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "The link to unsubscribe stands in both the designed and the plain mail."),
        ("ja", "配信停止のリンクは、HTMLとテキストの両方にあります。"),
    ],
)
def test_a_way_out_in_both_bodies_is_said(language: str, said: str) -> None:
    with speaking(language):
        assert preflight.way_out_checks([mail("W"), mail("W", language="en")]) == [
            Check(code="way_out", level="ok", said=said)
        ]


@pytest.mark.parametrize(
    ("language", "none", "untested", "tested"),
    [
        (
            "en",
            "No mail server is set, so no mail can go out.",
            "Nobody has had b, c as a test yet, as it is now.",
            "A test was sent to yourself, and the mail server took it.",
        ),
        (
            "ja",
            "メールサーバーが未設定のため、メールを送れません。",
            "いまの内容のb、cは、まだテスト送信されていません。",
            "テスト送信が済み、メールサーバーが受け付けました。",
        ),
    ],
)
def test_server_and_test_are_said_one_after_the_other(language: str, none: str, untested: str, tested: str) -> None:
    with speaking(language):
        (first,) = preflight.server_checks(has_server=False, tested={"a": False})
        (second,) = preflight.server_checks(has_server=True, tested={"a": True, "b": False, "c": False})
        (third,) = preflight.server_checks(has_server=True, tested={"a": True})
    assert [check.said for check in (first, second, third)] == [none, untested, tested]
    assert (first.where, second.where) == ("/settings/mail-server", "")
    assert [check.level for check in (first, second, third)] == ["stop", "stop", "ok"]


@pytest.mark.parametrize(
    ("is_by_event", "said", "said_ja"),
    [
        (
            True,
            "This happened to nobody in the last 28 days: it may take long until somebody enters.",
            "この28日間に当てはまった方はいません。最初の方が入るまで時間がかかるかもしれません。",
        ),
        (
            False,
            "Nobody fits at this moment, so nobody would be sent anything.",
            "いま当てはまる方がいないため、誰にも送られません。",
        ),
    ],
)
def test_nobody_is_said_as_nobody_now_or_nobody_lately(said: str, said_ja: str, *, is_by_event: bool) -> None:
    for language, words in (("en", said), ("ja", said_ja)):
        with speaking(language):
            (check,) = preflight.reach_checks(entering=0, sent=0, held_out=0, holdout_rate=0.0, is_by_event=is_by_event)
        assert (check.code, check.level, check.said) == ("reach", "warn", words)
        assert check.to_do


@pytest.mark.parametrize(
    ("held_out", "level", "said", "said_ja"),
    [
        (
            29,
            "warn",
            "Only 29 people are held out: it will take long until the effect can be known.",
            "非配信群が29人だけです。効果が分かるまで時間がかかります。",
        ),
        (
            30,
            "ok",
            "30 people are held out by lot, so that the effect can be known.",
            "抽選による非配信群30人と比べて、効果を確かめられます。",
        ),
        (
            1_234,
            "ok",
            "1,234 people are held out by lot, so that the effect can be known.",
            "抽選による非配信群1,234人と比べて、効果を確かめられます。",
        ),
    ],
)
def test_the_border_of_the_hold_out_is_thirty_people(held_out: int, level: Level, said: str, said_ja: str) -> None:
    for language, words in (("en", said), ("ja", said_ja)):
        with speaking(language):
            (check,) = preflight.reach_checks(
                entering=20_000, sent=9, held_out=held_out, holdout_rate=0.1, is_by_event=False
            )
        assert (check.code, check.level, check.said) == ("holdout", level, words)


def test_without_a_hold_out_one_is_proposed() -> None:
    with speaking("ja"):
        (check,) = preflight.reach_checks(entering=9, sent=9, held_out=0, holdout_rate=0.0, is_by_event=True)
    assert (check.level, check.to_do) == ("warn", "10%を非配信群にしてください。")


@pytest.mark.parametrize(
    ("sent", "level", "where"), [(0, "ok", ""), (500, "ok", ""), (501, "warn", "/settings/limits")]
)
def test_a_limit_that_nobody_set_matters_above_five_hundred(sent: int, level: Level, where: str) -> None:
    for language, said in (("en", LIMIT), ("ja", LIMIT_JA)):
        with speaking(language):
            (check,) = preflight.pace_checks(sent=sent, limits=Limits(), room=None, expires_after_hours=None)
        assert (check.level, check.said, check.where) == (level, said, where)


@pytest.mark.parametrize(
    ("sent", "per_hour", "said", "said_ja"),
    [
        (90, 30, "about 3 hours", "約3時間"),
        (1_410, 30, "about 47 hours", "約47時間"),
        (1_440, 30, "about 2 days", "約2日"),
        (1_441, 30, "about 3 days", "約3日"),
        (30_000, 1, "about 1,250 days", "約1,250日"),
    ],
)
def test_hours_become_days_from_two_days_on(sent: int, per_hour: int, said: str, said_ja: str) -> None:
    for language, words in (("en", said), ("ja", said_ja)):
        with speaking(language):
            (check,) = preflight.pace_checks(
                sent=sent, limits=Limits(per_hour=per_hour), room=per_hour, expires_after_hours=None
            )
        assert words.replace("1,250", f"{1250:,}") in check.said
        assert check.level == "warn"


@pytest.mark.parametrize(("expires", "is_late"), [(2.0, True), (2.9, True), (3.0, False), (72.0, False), (None, False)])
def test_what_would_come_too_late_is_told_only_then(expires: float | None, *, is_late: bool) -> None:
    with speaking("ja"):
        (check,) = preflight.pace_checks(sent=90, limits=Limits(per_hour=30), room=0, expires_after_hours=expires)
    assert ("間に合わない" in check.to_do) is is_late


@pytest.mark.parametrize(("sent", "level"), [(0, "ok"), (299, "ok"), (300, "ok"), (301, "warn")])
def test_all_at_once_goes_up_to_the_room_that_is_left(sent: int, level: Level) -> None:
    (check,) = preflight.pace_checks(sent=sent, limits=Limits(per_day=500), room=300, expires_after_hours=None)
    assert check.level == level


@given(st.integers(1, 50_000), st.integers(1, 2_000), st.integers(1, 2_000))
def test_a_tighter_limit_never_makes_it_faster(mails: int, one: int, two: int) -> None:
    tight, loose = sorted((one, two))
    for name in ("per_hour", "per_day"):
        assert preflight.hours_to_send(mails, Limits(**{name: tight})) >= preflight.hours_to_send(
            mails, Limits(**{name: loose})
        )
    both = preflight.hours_to_send(mails, Limits(per_hour=tight, per_day=loose))
    alone = [Limits(per_hour=tight), Limits(per_day=loose)]
    assert both == max(preflight.hours_to_send(mails, limits) for limits in alone)


@given(st.integers(0, 50_000), st.integers(1, 500), st.integers(1, 5_000))
def test_one_more_mail_never_takes_less_time(mails: int, per_hour: int, per_day: int) -> None:
    limits = Limits(per_hour=per_hour, per_day=per_day)
    assert preflight.hours_to_send(mails, limits) <= preflight.hours_to_send(mails + 1, limits)


@pytest.mark.parametrize(
    ("language", "gap", "overlap", "copy", "none"),
    [
        (
            "en",
            "customer.birthday is empty for 1,200 of 3,000 people.",
            "12 of 3,000 are in “Welcome” too; the frequency cap may keep one of the two back.",
            "“今だけ” stands in the message.",
            "Every word that is merged is known for everybody.",
        ),
        (
            "ja",
            "差し込み項目customer.birthdayが、3,000人のうち1,200人で空です。",
            "3,000人のうち12人は「Welcome」にも入っています。配信頻度の上限で、どちらかが送られないことがあります。",
            "メッセージに「今だけ」とあります。",
            "差し込み項目は、全員分そろっています。",
        ),
    ],
)
def test_gaps_overlaps_and_words_are_said(language: str, gap: str, overlap: str, copy: str, none: str) -> None:
    with speaking(language):
        checks = [
            *preflight.gap_checks({"customer.birthday": 1_200, "customer.email": 0}, sent=3_000),
            *preflight.overlap_checks({"Welcome": 12, "News": 0}, sent=3_000),
            *preflight.copy_checks([("今だけ", "いつでも")]),
        ]
        (whole,) = preflight.gap_checks({"customer.email": 0}, sent=3)
    assert [check.said for check in checks] == [gap, overlap, copy]
    assert [check.code for check in checks] == ["gaps", "overlap", "copy"]
    assert checks[2].to_do == "いつでも"
    assert (whole.level, whole.said) == ("ok", none)


def test_nobody_else_and_nothing_to_say_better_is_no_check() -> None:
    assert preflight.overlap_checks({}, sent=9) == []
    assert preflight.overlap_checks({"News": 0}, sent=9) == []
    assert preflight.copy_checks([]) == []


@given(st.lists(st.sampled_from(["ok", "warn", "stop"]), max_size=8))
def test_one_stop_among_any_others_stops_and_nothing_else_does(levels: list[Level]) -> None:
    checks = [Check(code="x", level=level, said="") for level in levels]
    assert preflight.stops(checks) == ("stop" in levels)
