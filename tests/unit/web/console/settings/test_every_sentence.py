"""Each setting is one sentence that a shop owner would say, in Japanese and in English, at every value it may have."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.content.shop import ShopSettings
from tenshu.decide.policy import EACH, Cap, Policy, QuietHours
from tenshu.deliver.channels.email.settings import SmtpSettings
from tenshu.deliver.limits import Limits, Pace
from tenshu.deliver.standstill import BY_HAND, RESTORED, Standstill
from tenshu.kit.i18n import speaking
from tenshu.web.console.settings.sentences import (
    cap_sentence,
    currency_name,
    identity_sentence,
    limits_sentence,
    links_sentence,
    pace_sentence,
    place_sentence,
    quiet_sentence,
    rhythm_sentence,
    sender_sentence,
    sending_sentence,
    server_sentence,
    zone_name,
)

NOON = datetime(2026, 6, 1, 3, tzinfo=UTC)
JAPANESE = re.compile(r"[ぁ-んァ-ン一-龥]")
SHOP = ShopSettings(name="Green", postal_address="1 High Street", contact="020 7946 0000", sender_email="hi@green.uk")
DAY = Cap(limit=1, days=1, channel="email", purpose="marketing")
WEEK = Cap(limit=3, days=7, channel="email", purpose="marketing")

SAID: list[tuple[Callable[[], str], str, str]] = [
    (
        lambda: identity_sentence(SHOP),
        "Green, 1 High Street. Questions go to 020 7946 0000.",
        "Green(1 High Street)。お問い合わせ先は 020 7946 0000 です。",
    ),
    (
        lambda: identity_sentence(ShopSettings(postal_address="1 High Street")),
        "Name, postal address or contact is missing. The law asks for them in every marketing mail.",
        "店名・住所・お問い合わせ先のどれかがまだありません。法律で、宣伝のメールには必ず載せることになっています。",
    ),
    (
        lambda: place_sentence(ShopSettings(zone="Europe/London", currency="GBP", language="en")),
        "Time of London (Europe/London), amounts in British Pound (GBP), written in English.",
        "時刻はロンドン (Europe/London)、金額は英国ポンド (GBP)、メールの言葉は英語です。",
    ),
    (
        lambda: sender_sentence(SHOP),
        'Mails come from "Green" <hi@green.uk>.',
        "差出人は「Green」<hi@green.uk>です。",
    ),
    (
        lambda: sender_sentence(ShopSettings(sender_email="shop@example.com")),
        "It is not said yet from which address the mails come.",
        "差出人のアドレスが、まだ決まっていません。",
    ),
    (
        lambda: links_sentence(ShopSettings()),
        "The links in mails lead to this machine only: customers cannot follow them yet.",
        "メールの中のリンクは、まだこのパソコンでしか開けません。",
    ),
    (
        lambda: links_sentence(ShopSettings(public_url="https://mail.green.uk")),
        "The links in mails lead through https://mail.green.uk.",
        "メールの中のリンクは https://mail.green.uk を通ります。",
    ),
    (
        lambda: server_sentence(SmtpSettings(), is_set=False),
        "No mail server is set yet, so nothing can go out.",
        "メールサーバーがまだ設定されていないため、何も送れません。",
    ),
    (
        lambda: server_sentence(SmtpSettings(), is_set=True),
        "Mail goes out through 127.0.0.1, port 25, not encrypted, without a login.",
        "127.0.0.1(ポート25、暗号化なし)から、ログインせずに送ります。",
    ),
    (
        lambda: server_sentence(
            SmtpSettings(smtp_host="mx.uk", smtp_port=587, smtp_tls="starttls", smtp_username="hi"), is_set=True
        ),
        "Mail goes out through mx.uk, port 587, encrypted by STARTTLS, as hi.",
        "mx.uk(ポート587、STARTTLSで暗号化)から、hi として送ります。",
    ),
    (
        lambda: limits_sentence(Limits()),
        "No limit of the mail provider is set: what is due goes out at once.",
        "メール会社の上限は設定されていません。時刻になったものは、すぐに送ります。",
    ),
    (
        lambda: limits_sentence(Limits(per_hour=1_500)),
        "At most 1,500 mails an hour go out.",
        "1時間に1,500通まで送ります。",
    ),
    (
        lambda: limits_sentence(Limits(per_day=500)),
        "At most 500 mails in 24 hours go out.",
        "24時間に500通まで送ります。",
    ),
    (
        lambda: limits_sentence(Limits(per_hour=10, per_day=20_000)),
        "At most 10 mails an hour and 20,000 in 24 hours go out.",
        "1時間に10通、24時間に20,000通まで送ります。",
    ),
    (lambda: quiet_sentence(None), "Mails may go out at any hour.", "送る時間帯に制限はありません。"),
    (
        lambda: quiet_sentence(QuietHours(start="21:00", end="08:00")),
        "Nothing goes out from 21:00 to 8:00 of the customer's day; it waits for the morning.",
        "お客様の時間で21:00から8:00までは送らず、朝を待ちます。",
    ),
    (
        lambda: quiet_sentence(QuietHours(start="00:00", end="09:05")),
        "Nothing goes out from 0:00 to 9:05 of the customer's day; it waits until then.",
        "お客様の時間で0:00から9:05までは送らず、終わるまで待ちます。",
    ),
    (
        lambda: cap_sentence(Cap(limit=1_000, days=30)),
        "Mails to one person: at most 1,000 in 30 days.",
        "お一人につき、メールは30日間に1,000通までです。",
    ),
    (
        lambda: cap_sentence(Cap(limit=2, hours=48, purpose="marketing", journey=EACH)),
        "Marketing mails to one person from any one scenario: at most 2 in 48 hours.",
        "一つのシナリオからは、お一人につきご案内のメールは48時間に2通までです。",
    ),
    (
        lambda: cap_sentence(Cap(limit=2, days=1, journey="birthday")),
        "Mails to one person from birthday: at most 2 a day.",
        "「birthday」からは、お一人につきメールは1日に2通までです。",
    ),
    (
        lambda: rhythm_sentence(Policy(caps=(WEEK,), quiet_hours=None)),
        "Marketing mails to one person: at most 3 in 7 days. Mails may go out at any hour.",
        "お一人につき、ご案内のメールは7日間に3通までです。送る時間帯に制限はありません。",
    ),
    (
        lambda: sending_sentence(None, "Asia/Tokyo"),
        "Sending is on: what is due goes out.",
        "配信しています。時刻になったものから送ります。",
    ),
]


@pytest.mark.parametrize(("say", "english", "japanese"), SAID, ids=range(len(SAID)))
def test_each_setting_is_said_in_both_languages(say: Callable[[], str], english: str, japanese: str) -> None:
    with speaking("en"):
        assert say() == english
    with speaking("ja"):
        assert say() == japanese


@pytest.mark.parametrize("gap", ["postal_address", "contact"])
def test_either_gap_that_the_law_does_not_allow_is_said(gap: str) -> None:
    given = {"postal_address": "1 High Street", "contact": "020", gap: ""}
    assert "is missing" in identity_sentence(ShopSettings(name="Green", **given))


@pytest.mark.parametrize("email", ["", "shop@example.org", "me@localhost", "me@mail.test", "nobody"])
def test_an_address_that_is_nobodys_is_not_called_the_sender(email: str) -> None:
    assert "not said yet" in sender_sentence(ShopSettings(sender_email=email))


def test_further_caps_are_said_behind_the_usual_ones_and_before_the_quiet_hours() -> None:
    said = rhythm_sentence(Policy(caps=(Cap(limit=1, hours=6), DAY, WEEK)))
    assert said == (
        "Marketing mails to one person: at most 1 a day and 3 in 7 days. Mails to one person: at most 1 in 6 hours. "
        "Nothing goes out from 21:00 to 8:00 of the customer's day; it waits for the morning."
    )


def test_two_caps_about_the_same_days_are_both_said() -> None:
    said = rhythm_sentence(Policy(caps=(DAY, Cap(limit=5, days=1, channel="email", purpose="marketing"), WEEK)))
    assert "at most 1 a day" in said
    assert "at most 5 a day" in said
    assert "at most 3 in 7 days" in said


@given(
    st.lists(
        st.sampled_from([DAY, WEEK])
        | st.builds(lambda n: Cap(limit=n, days=7, channel="email", purpose="marketing"), st.integers(0, 50)),
        max_size=4,
    )
)
def test_no_cap_of_the_form_is_left_unsaid(caps: list[Cap]) -> None:
    for language in ("en", "ja"):
        with speaking(language):
            said = rhythm_sentence(Policy(caps=tuple(caps)))
        assert all(re.search(rf"(?<!\d){cap.limit}(?!\d)", said) for cap in caps)


@given(st.times(), st.times())
def test_quiet_hours_over_midnight_wait_for_the_morning_and_others_do_not(start_at: object, end_at: object) -> None:
    start, end = f"{start_at:%H:%M}", f"{end_at:%H:%M}"
    with speaking("en"):
        said = quiet_sentence(QuietHours(start=start, end=end))
    assert said.endswith("waits for the morning." if end <= start else "waits until then.")
    assert f"from {start.removeprefix('0')} to {end.removeprefix('0')} " in said


@given(st.integers(0, 5_000), st.integers(0, 50_000), st.none() | st.integers(-600, 600))
def test_only_a_limit_that_is_reached_names_a_time(hour: int, day: int, minutes: int | None) -> None:
    next_at = None if minutes is None else NOON + timedelta(minutes=minutes)
    pace = Pace(limits=Limits(per_day=9), last_hour=hour, last_day=day, room=None, next_at=next_at)
    with speaking("en"):
        said = pace_sentence(pace, "Asia/Tokyo", NOON)
    assert said.startswith(f"{hour:,} went in the last hour, {day:,} in the last 24 hours.")
    assert ("The limit is reached" in said) == (minutes is not None and minutes > 0)


def test_the_time_of_the_next_mail_is_the_shops() -> None:
    pace = Pace(limits=Limits(per_day=1), last_hour=1, last_day=1, room=0, next_at=NOON + timedelta(hours=12))
    assert pace_sentence(pace, "Asia/Tokyo", NOON).endswith("on 2 June 2026, 00:00.")
    assert pace_sentence(pace, "Europe/London", NOON).endswith("on 1 June 2026, 16:00.")


@pytest.mark.parametrize("reason", [BY_HAND, RESTORED])
def test_each_pause_is_explained_in_both_languages(reason: str) -> None:
    paused = Standstill(reason=reason, since=NOON)
    with speaking("ja"):
        japanese = sending_sentence(paused, "Asia/Tokyo")
    with speaking("en"):
        english = sending_sentence(paused, "Asia/Tokyo")
    assert "2026年6月1日 12:00" in japanese
    assert reason not in english
    assert english.endswith("Nothing goes out since 1 June 2026, 12:00.")
    assert not JAPANESE.search(english)


def test_a_persons_own_words_for_a_pause_are_said_as_they_are() -> None:
    with speaking("ja"):
        assert sending_sentence(Standstill(reason="棚卸し{中}です。", since=NOON), "Asia/Tokyo").startswith(
            "棚卸し{中}です。"
        )


@pytest.mark.parametrize(
    ("zone", "english", "japanese"),
    [
        ("Asia/Tokyo", "Tokyo (Asia/Tokyo)", "東京 (Asia/Tokyo)"),
        ("America/New_York", "New York (America/New_York)", "ニューヨーク (America/New_York)"),
        ("No/Where", "No/Where", "No/Where"),
    ],
)
def test_a_zone_is_called_by_its_place_in_the_language_of_the_reader(zone: str, english: str, japanese: str) -> None:
    with speaking("en"):
        assert zone_name(zone) == english
    with speaking("ja"):
        assert zone_name(zone) == japanese


@pytest.mark.parametrize(("code", "english", "japanese"), [("USD", "US Dollar", "米ドル"), ("EUR", "Euro", "ユーロ")])
def test_a_currency_is_called_by_its_name_in_the_language_of_the_reader(code: str, english: str, japanese: str) -> None:
    with speaking("en"):
        assert currency_name(code) == f"{english} ({code})"
    with speaking("ja"):
        assert currency_name(code) == f"{japanese} ({code})"
