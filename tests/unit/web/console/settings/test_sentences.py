"""What is set, as sentences in both languages."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.content.shop import ShopSettings
from tenshu.decide.policy import EACH, Cap, Policy, QuietHours
from tenshu.deliver.channels.email.settings import SmtpSettings
from tenshu.deliver.limits import Limits, Pace
from tenshu.deliver.standstill import BY_HAND, Standstill
from tenshu.kit.i18n import speaking
from tenshu.testing.small_shop import MONDAY
from tenshu.web.console.settings import choices
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

SHOP = ShopSettings(
    name="花屋",
    postal_address="東京都千代田区1-1",
    contact="03-1234-5678",
    sender_email="info@hanaya.jp",
    public_url="https://mail.hanaya.jp",
)


def test_a_fresh_shop_says_what_is_missing() -> None:
    fresh = ShopSettings()
    assert "The law asks" in identity_sentence(fresh)
    assert "not said yet" in sender_sentence(fresh)
    assert "this machine only" in links_sentence(fresh)
    assert "nothing can go out" in server_sentence(SmtpSettings(), is_set=False)


def test_a_shop_that_is_set_up_reads_as_it_is() -> None:
    assert identity_sentence(SHOP) == "花屋, 東京都千代田区1-1. Questions go to 03-1234-5678."
    assert sender_sentence(SHOP) == 'Mails come from "花屋" <info@hanaya.jp>.'
    assert links_sentence(SHOP) == "The links in mails lead through https://mail.hanaya.jp."
    with speaking("ja"):
        assert place_sentence(SHOP) == "時刻は東京 (Asia/Tokyo)、金額は日本円 (JPY)、メールの言葉は日本語です。"


def test_a_senders_own_name_stands_before_the_shops() -> None:
    assert '"みどりの花屋"' in sender_sentence(ShopSettings(sender_email="a@hanaya.jp", sender_name="みどりの花屋"))


def test_the_password_of_the_server_is_in_no_sentence() -> None:
    smtp = SmtpSettings(smtp_host="mx.jp", smtp_tls="tls", smtp_username="hana", smtp_password="geheim")
    said = server_sentence(smtp, is_set=True)
    assert said == "Mail goes out through mx.jp, port 25, encrypted by TLS, as hana."
    assert "geheim" not in said


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(), "No limit of the mail provider is set: what is due goes out at once."),
        (Limits(per_hour=400), "At most 400 mails an hour go out."),
        (Limits(per_day=15_000), "At most 15,000 mails in 24 hours go out."),
        (Limits(per_hour=1_500, per_day=15_000), "At most 1,500 mails an hour and 15,000 in 24 hours go out."),
    ],
)
def test_limits_are_said(limits: Limits, said: str) -> None:
    assert limits_sentence(limits) == said


def test_a_limit_that_is_reached_says_when_the_next_may_go() -> None:
    pace = Pace(
        limits=Limits(per_hour=10), last_hour=10, last_day=40, room=0, next_at=MONDAY + timedelta(hours=2, minutes=5)
    )
    with speaking("ja"):
        said = pace_sentence(pace, "Asia/Tokyo", MONDAY)
    assert (
        said
        == "この1時間に10通、この24時間に40通を送りました。上限に達しました。次に送れるのは2026年6月1日 14:05です。"
    )


@pytest.mark.parametrize(
    ("cap", "said"),
    [
        (Cap(limit=1, days=1, purpose="marketing"), "Marketing mails to one person: at most 1 a day."),
        (Cap(limit=2, hours=6), "Mails to one person: at most 2 in 6 hours."),
        (Cap(limit=3, days=7, journey=EACH), "Mails to one person from any one scenario: at most 3 in 7 days."),
        (Cap(limit=3, days=7, journey="hello"), "Mails to one person from hello: at most 3 in 7 days."),
    ],
)
def test_every_kind_of_cap_is_a_sentence(cap: Cap, said: str) -> None:
    assert cap_sentence(cap) == said


def test_the_usual_rules_are_one_calm_sentence_each() -> None:
    with speaking("ja"):
        assert rhythm_sentence(Policy()) == (
            "お一人につき、ご案内のメールは1日に1通、7日間に3通までです。"
            "お客様の時間で21:00から8:00までは送らず、朝を待ちます。"
        )
    assert rhythm_sentence(Policy(caps=(), quiet_hours=None)) == (
        "How often a person is written to is not limited. Mails may go out at any hour."
    )


def test_quiet_hours_in_the_middle_of_the_day_wait_for_their_end() -> None:
    assert "waits until then" in quiet_sentence(QuietHours(start="12:00", end="13:30"))


CAPS = st.builds(
    Cap,
    limit=st.integers(0, 99),
    days=st.integers(1, 366),
    purpose=st.sampled_from([None, "marketing", "service"]),
    journey=st.sampled_from([None, EACH, "hello"]),
)


@given(st.lists(CAPS, max_size=5))
def test_no_cap_is_left_unsaid(caps: list[Cap]) -> None:
    for language in ("ja", "en"):
        with speaking(language):
            said = rhythm_sentence(Policy(caps=tuple(caps)))
        assert all(str(cap.limit) in said for cap in caps)
        assert "{" not in said


def test_a_pause_says_since_when_and_why() -> None:
    assert sending_sentence(None, "Asia/Tokyo") == "Sending is on: what is due goes out."
    said = sending_sentence(Standstill(reason=BY_HAND, since=MONDAY), "Asia/Tokyo")
    assert said == "Somebody has paused all sending. Nothing goes out since 1 June 2026, 12:00."


def test_the_lists_begin_with_the_usual_and_hold_no_code_twice() -> None:
    for options in (choices.zones("ja"), choices.currencies("ja")):
        codes = [code for code, _words in options]
        assert len(codes) == len(set(codes))
        assert codes[0] in {"Asia/Tokyo", "JPY"}


def test_an_unknown_zone_or_currency_is_called_by_its_code() -> None:
    assert (zone_name("Mars/Olympus"), currency_name("XQQ")) == ("Mars/Olympus", "XQQ")
