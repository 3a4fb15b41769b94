"""Before the first send everything is looked at: what harms customers or breaks the law stops it, the rest is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.content.shop import ShopSettings
from tenshu.deliver import preflight
from tenshu.deliver.limits import Limits
from tenshu.deliver.preflight import Check, Written
from tenshu.kit.i18n import speaking

WAY_OUT = "https://mail.hanaya.test/u/1"
GOOD = ShopSettings(
    name="小さな花屋",
    postal_address="東京都千代田区1-1",
    contact="03-0000-0000",
    sender_email="hana@hanaya.test",
    public_url="https://mail.hanaya.test",
)


def written(html: str = "", text: str = "", *, language: str = "ja") -> Written:
    """Return a mail with a way out in both bodies."""
    return Written(
        template="hello",
        language=language,
        html=f'{html}<a href="{WAY_OUT}">停止</a>',
        text=f"{text}\n{WAY_OUT}",
        unsubscribe_url=WAY_OUT,
    )


def levels(checks: list[Check]) -> dict[str, str]:
    """Return the gravest level by code."""
    worst: dict[str, str] = {}
    for check in checks:
        order = ["ok", "warn", "stop"]
        worst[check.code] = max(worst.get(check.code, "ok"), check.level, key=order.index)
    return worst


def test_a_shop_that_says_who_it_is_may_send() -> None:
    assert levels(preflight.sender_checks(GOOD)) == {"sender_lines": "ok", "sender": "ok"}


@pytest.mark.parametrize("field", ["postal_address", "contact"])
def test_a_line_that_the_law_wants_stops_it_when_it_is_missing(field: str) -> None:
    shop = ShopSettings(**{**{name: getattr(GOOD, name) for name in GOOD.__struct_fields__}, field: " "})
    assert levels(preflight.sender_checks(shop))["sender_lines"] == "stop"


def test_a_shop_without_a_name_of_its_own_may_not_send() -> None:
    fresh = preflight.sender_checks(ShopSettings())
    assert levels(fresh) == {"sender_lines": "stop", "sender": "stop", "public_url": "stop"}
    assert preflight.stops(fresh)


@pytest.mark.parametrize("address", ["shop@example.com", "a@mail.example.jp", "a@shop.example", "", "nobody"])
def test_a_sender_that_is_only_an_example_stops_it(address: str) -> None:
    shop = ShopSettings(**{**{name: getattr(GOOD, name) for name in GOOD.__struct_fields__}, "sender_email": address})
    assert levels(preflight.sender_checks(shop))["sender"] == "stop"


@pytest.mark.parametrize(
    "link",
    [
        *("http://localhost/a", "http://127.0.0.1:8000/x", "https://www.example.com/new", "https://your-shop.jp"),
        *("javascript:alert(1)", "ftp://hanaya.test/x", "#", "", "hanaya.test", "https://", "https://intranet/x"),
        *("https://hanaya.test/{{ x }}", "https://[::1]/", "https://[broken", "data:text/html,x", "//hanaya.test"),
    ],
)
def test_a_link_that_can_lead_nowhere_stops_it(link: str) -> None:
    checks = preflight.link_checks([written(f'<a class="b" href="{link}">見る</a>')])
    assert levels(checks) == {"links": "stop"}
    assert len(checks) == 1


@pytest.mark.parametrize(
    "link",
    ["https://hanaya.test/new?a=1&amp;b=2", "HTTP://hanaya.test", "https://[2001:db8::1]/x", "https://花屋.test/"],
)
def test_a_link_that_is_well_formed_passes(link: str) -> None:
    assert levels(preflight.link_checks([written(f"<a href='{link}'>見る</a>")])) == {"links": "ok"}


def test_addresses_in_the_plain_text_are_looked_at_too() -> None:
    assert levels(preflight.link_checks([written(text="ご覧ください http://localhost/new 。")])) == {"links": "stop"}


def test_mail_and_telephone_are_no_links_and_a_mail_without_any_is_told() -> None:
    checks = preflight.link_checks([written('<a href="mailto:a@hanaya.test">m</a><a href="tel:030000">t</a>')])
    assert levels(checks) == {"links": "warn"}


def test_one_bad_link_in_two_languages_is_told_once() -> None:
    bad = '<a href="http://localhost">x</a>'
    assert len(preflight.link_checks([written(bad), written(bad, language="en")])) == 1


@given(st.text(max_size=60))
def test_no_link_however_odd_breaks_the_look(link: str) -> None:
    preflight.link_checks([written(f'<a href="{link}">x</a>', link)])


def test_both_bodies_need_the_way_out() -> None:
    assert levels(preflight.way_out_checks([written()])) == {"way_out": "ok"}
    for broken in (
        Written(template="t", language="ja", html="<p>x</p>", text=WAY_OUT, unsubscribe_url=WAY_OUT),
        Written(template="t", language="ja", html=WAY_OUT, text="x", unsubscribe_url=WAY_OUT),
    ):
        assert levels(preflight.way_out_checks([written(), broken])) == {"way_out": "stop"}


def test_a_way_out_that_html_escapes_counts() -> None:
    url = "https://mail.hanaya.test/u/1?a=1&b=2"
    mail = Written(template="t", language="ja", html=url.replace("&", "&amp;"), text=url, unsubscribe_url=url)
    assert levels(preflight.way_out_checks([mail])) == {"way_out": "ok"}


def test_a_test_to_oneself_comes_first() -> None:
    assert levels(preflight.server_checks(has_server=False, tested={"a": True})) == {"server": "stop"}
    assert levels(preflight.server_checks(has_server=True, tested={"a": True, "b": False})) == {"test": "stop"}
    assert levels(preflight.server_checks(has_server=True, tested={"a": True})) == {"test": "ok"}


@pytest.mark.parametrize(
    ("entering", "sent", "held_out", "rate", "found"),
    [
        (0, 0, 0, 0.1, {"reach": "warn"}),
        (100, 0, 10, 0.1, {"reach": "warn", "holdout": "warn"}),
        (100, 100, 0, 0.0, {"holdout": "warn"}),
        (100, 90, 10, 0.1, {"holdout": "warn"}),
        (1000, 900, 100, 0.1, {"holdout": "ok"}),
    ],
)
def test_what_can_never_be_known_is_said_before(
    entering: int, sent: int, held_out: int, rate: float, found: dict[str, str]
) -> None:
    checks = preflight.reach_checks(
        entering=entering, sent=sent, held_out=held_out, holdout_rate=rate, is_by_event=False
    )
    assert levels(checks) == found
    assert not preflight.stops(checks)


def test_the_providers_limit_is_told_in_hours_or_days() -> None:
    with speaking("en"):
        (days,) = preflight.pace_checks(sent=2_000, limits=Limits(per_day=500), room=500, expires_after_hours=None)
        (hours,) = preflight.pace_checks(sent=90, limits=Limits(per_hour=30), room=30, expires_after_hours=None)
        (late,) = preflight.pace_checks(sent=2_000, limits=Limits(per_day=500), room=500, expires_after_hours=24)
        (fits,) = preflight.pace_checks(sent=90, limits=Limits(per_day=500), room=300, expires_after_hours=1)
    assert "4 days" in days.said
    assert "3 hours" in hours.said
    assert "too late" in late.to_do
    assert fits.level == "ok"


@given(st.integers(1, 100_000), st.integers(1, 1_000), st.integers(1, 5_000))
def test_the_time_it_takes_keeps_both_limits(mails: int, per_hour: int, per_day: int) -> None:
    hours = preflight.hours_to_send(mails, Limits(per_hour=per_hour, per_day=per_day))
    days_begun = (hours - 1) // 24 + 1
    assert hours * per_hour >= mails or days_begun * per_day >= mails
    assert days_begun * per_day >= mails
    assert hours >= 1


def test_words_that_are_empty_and_people_in_two_scenarios_are_told_with_their_base() -> None:
    with speaking("en"):
        (gap,) = preflight.gap_checks({"customer.last_name": 0, "customer.birthday": 1_200}, sent=3_000)
        (overlap,) = preflight.overlap_checks({"Welcome": 12, "News": 0}, sent=3_000)
        (copy,) = preflight.copy_checks([("今だけ", "「いつでも」")])
    assert "1,200 of 3,000" in gap.said
    assert "12 of 3,000" in overlap.said
    assert "今だけ" in copy.said
    assert {gap.level, overlap.level, copy.level} == {"warn"}
    assert levels(preflight.gap_checks({}, sent=3)) == {"gaps": "ok"}


def test_every_check_is_said_in_japanese_too() -> None:
    with speaking("ja"):
        checks = [*preflight.sender_checks(ShopSettings()), *preflight.server_checks(has_server=False, tested={})]
        checks += preflight.link_checks([written('<a href="#">x</a>')])
    assert all(any("ぁ" <= letter <= "ん" for letter in check.said) for check in checks)
