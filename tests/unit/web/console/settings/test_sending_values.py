"""What a server, its limits and the shop's rhythm may be: the values at the borders, and all between."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.content.shop import ShopSettings
from tenshu.decide.policy import EACH, Cap, Policy, QuietHours, parse_policy
from tenshu.deliver.channels.email.settings import SmtpSettings
from tenshu.deliver.limits import MOST, LimitRefused, Limits, parse_limit
from tenshu.web.console.settings.about_sending import PROVIDER, RHYTHM, SERVER, is_edited, is_plain, smtp_of
from tenshu.web.console.settings.form import Form, Kept, narrow
from tests.unit.web.console.settings.test_forms import FRESH, kept_after, read

WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
NO_LOGIN = {"smtp_username": "", "smtp_password": ""}


def kept_with(**given: Any) -> Kept:
    return msgspec.structs.replace(FRESH, **given)


def policy_of(form: Form) -> Policy:
    return parse_policy(form.changes["policy"])


@pytest.mark.parametrize("port", ["1", "25", "587", "00587", "65535"])
def test_a_port_of_the_internet_is_taken(port: str) -> None:
    assert smtp_of(read(SERVER, smtp_port=port)).smtp_port == int(port)


@pytest.mark.parametrize(
    "port",
    ["0", "00000", "65536", "0000809999", "-587", "+587", "587.0", "5 87", "٥٨٧", pytest.param("9" * 5000, id="long")],
)
def test_what_is_no_port_is_refused_however_it_is_written(port: str) -> None:
    assert list(read(SERVER, smtp_port=port).errors) == ["smtp_port"]


@given(st.integers(0, 99_999), st.integers(0, 6))
def test_a_port_that_is_taken_is_one(number: int, zeros: int) -> None:
    form = read(SERVER, smtp_port="0" * zeros + str(number))
    assert not form.is_good or 1 <= smtp_of(form).smtp_port <= 65_535


@pytest.mark.parametrize(
    "host", ["mail.hanaya.jp", "smtp.gmail.com", "192.0.2.7", "mail", "ＳＭＴＰ.gmail.com", "花屋.jp"]
)
def test_a_servers_name_is_taken_as_it_is_meant(host: str) -> None:
    assert smtp_of(read(SERVER, smtp_host=host)).smtp_host == narrow(host)


@pytest.mark.parametrize(
    "host", ["smtp://mail.hanaya.jp", "mail.hanaya.jp/", "mail hanaya.jp", "mail\x00.jp", "mail\njp", "a@b.jp", "a:25"]
)
def test_what_is_more_or_less_than_a_name_is_refused(host: str) -> None:
    assert list(read(SERVER, smtp_host=host).errors) == ["smtp_host"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_only_to_this_machine_a_password_goes_unencrypted(host: str) -> None:
    assert read(SERVER, smtp_host=host, smtp_tls="none").is_good
    assert list(read(SERVER, smtp_host=f"{host}.hanaya.jp", smtp_tls="none").errors) == ["smtp_tls"]


def test_a_server_without_a_login_may_be_unencrypted() -> None:
    smtp = smtp_of(read(SERVER, smtp_tls="none", **NO_LOGIN))
    assert (smtp.smtp_tls, smtp.smtp_username, smtp.smtp_password) == ("none", "", "")


def test_a_password_without_a_user_name_is_dropped() -> None:
    assert smtp_of(read(SERVER, smtp_username="", smtp_password="geheim")).smtp_password == ""


def test_a_new_password_replaces_the_saved_one() -> None:
    kept = kept_after(read(SERVER))
    assert smtp_of(read(SERVER, kept, smtp_password=" neu ")).smtp_password == "neu"


def test_a_server_written_in_other_letters_is_still_the_one_of_the_password() -> None:
    kept = kept_after(read(SERVER))
    form = read(SERVER, kept, smtp_host="SV1.XSERVER.JP", smtp_password="")
    assert smtp_of(form).smtp_password == "secret"


def test_a_user_name_in_other_letters_is_another_user() -> None:
    kept = kept_after(read(SERVER))
    assert list(read(SERVER, kept, smtp_username="INFO@hanaya.jp", smtp_password="").errors) == ["smtp_password"]


def test_a_shop_that_never_set_a_server_is_offered_the_usual_door() -> None:
    shown = SERVER.load(FRESH)
    assert (shown["smtp_host"], shown["smtp_port"], shown["smtp_tls"]) == ("", "587", "starttls")


def test_a_server_that_was_set_is_shown_even_when_it_is_this_machine() -> None:
    shown = SERVER.load(kept_with(saved=frozenset({"smtp"})))
    assert (shown["smtp_host"], shown["smtp_port"], shown["smtp_tls"]) == ("127.0.0.1", "25", "none")


@pytest.mark.parametrize(
    ("text", "number"),
    [("", None), ("　", None), ("1", 1), (" 1,500 ", 1_500), ("１，５００", 1_500), ("007", 7), (str(MOST), MOST)],
)
def test_a_limit_is_read_as_people_write_it(text: str, number: int | None) -> None:
    form = PROVIDER.read({"per_hour": "", "per_day": text}, FRESH)
    assert form.is_good
    assert form.changes == {"limits": {"per_hour": None, "per_day": number}}


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "000",
        "-5",
        "1e3",
        "500/day",
        "約500",
        str(MOST + 1),
        "000000000001999999999",
        pytest.param("1" * 5000, id="long"),
    ],
)
def test_what_is_no_limit_is_refused_and_never_kept(text: str) -> None:
    assert list(PROVIDER.read({"per_hour": "", "per_day": text}, FRESH).errors) == ["per_day"]
    with pytest.raises(LimitRefused):
        parse_limit("per_day", text)


@given(st.integers(-5, 2 * MOST), st.integers(0, 8))
def test_a_limit_that_is_read_can_always_be_kept(number: int, zeros: int) -> None:
    text = f"{'0' * zeros}{number}"
    form = PROVIDER.read({"per_hour": "", "per_day": text}, FRESH)
    if form.is_good:
        assert kept_after(form).limits == Limits(per_day=number)


@given(st.integers(1, 9_999_999))
def test_a_limit_with_its_thousands_apart_is_the_same(number: int) -> None:
    assert parse_limit("per_hour", f"{number:,}") == number
    assert parse_limit("per_hour", f"{number:,}".translate(WIDE)) == number


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_an_hour_takes_at_most_what_the_day_takes(hour: int, day: int) -> None:
    form = PROVIDER.read({"per_hour": str(hour), "per_day": str(day)}, FRESH)
    assert form.is_good == (hour <= day)


@pytest.mark.parametrize(("field", "most"), [("cap_day", 10), ("cap_week", 50)])
@pytest.mark.parametrize("above", [-1, 0, 1])
def test_a_cap_is_at_most_what_anybody_may_wish(field: str, most: int, above: int) -> None:
    assert read(RHYTHM, **{field: str(most + above)}).is_good == (above <= 0)


@pytest.mark.parametrize(
    "text", ["0000019999999", "000000000000001", pytest.param("1" * 5000, id="long"), "1.0", "-0", "一"]
)
def test_a_cap_that_no_person_would_write_is_refused(text: str) -> None:
    assert list(read(RHYTHM, cap_day=text).errors) == ["cap_day"]


def test_a_cap_of_nothing_is_a_cap_and_an_empty_field_is_none() -> None:
    assert policy_of(read(RHYTHM, cap_day="0", cap_week="")).caps == (
        Cap(limit=0, days=1, channel="email", purpose="marketing"),
    )
    assert policy_of(read(RHYTHM, cap_day="", cap_week="")).caps == ()


@pytest.mark.parametrize("text", ["00:00", "08:30", "19:59", "23:59", "２１：００"])
def test_every_minute_of_a_day_may_be_quiet(text: str) -> None:
    quiet = policy_of(read(RHYTHM, quiet_from=text, quiet_until="12:34")).quiet_hours
    assert quiet == QuietHours(start=narrow(text), end="12:34")


@pytest.mark.parametrize(
    "text", ["24:00", "12:60", "1:00", "012:00", "12-00", "1200", "12:0", "12:00:00", "1２:00x", ":"]
)
def test_what_is_no_minute_of_a_day_is_refused(text: str) -> None:
    assert "quiet_from" in read(RHYTHM, quiet_from=text).errors


@given(st.text(alphabet="0123456789:", min_size=1, max_size=5))
def test_a_time_that_the_form_takes_is_one_that_the_rules_take(text: str) -> None:
    form = read(RHYTHM, quiet_from=text, quiet_until="12:34")
    if form.is_good:
        assert policy_of(form).quiet_hours == QuietHours(start=text, end="12:34")


OTHERS = (
    Cap(limit=2, hours=6, channel="email", purpose="marketing"),
    Cap(limit=1, days=1, channel="email", purpose="marketing", journey=EACH),
    Cap(limit=1, days=1, channel="email"),
    Cap(limit=1, days=1, purpose="marketing"),
    Cap(limit=9, days=30, channel="email", purpose="marketing"),
    Cap(limit=1, days=7, channel="line", purpose="marketing"),
)


@pytest.mark.parametrize("cap", OTHERS)
def test_a_cap_about_something_else_is_not_the_forms_to_change(cap: Cap) -> None:
    assert not is_edited(cap)
    policy = policy_of(read(RHYTHM, kept_with(policy=Policy(caps=(cap,))), cap_day="", cap_week=""))
    assert policy.caps == (cap,)


def test_the_usual_caps_are_the_forms_to_change() -> None:
    day, week = Policy().caps
    assert (is_plain(day, 1), is_plain(day, 7), is_plain(week, 1), is_plain(week, 7)) == (True, False, False, True)
    assert is_edited(day)
    assert is_edited(week)


def test_the_order_of_other_caps_stays_and_they_come_behind() -> None:
    kept = kept_with(policy=Policy(caps=(OTHERS[0], *Policy().caps, OTHERS[1])))
    caps = policy_of(read(RHYTHM, kept, cap_day="2", cap_week="4")).caps
    assert [cap.limit for cap in caps[:2]] == [2, 4]
    assert caps[2:] == (OTHERS[0], OTHERS[1])


def test_a_shop_without_quiet_hours_shows_two_empty_fields() -> None:
    shown = RHYTHM.load(kept_with(policy=Policy(quiet_hours=None)))
    assert shown == {"cap_day": "1", "cap_week": "3", "quiet_from": "", "quiet_until": ""}


def test_limits_that_were_set_are_shown_as_plain_numbers() -> None:
    assert PROVIDER.load(kept_with(limits=Limits(per_hour=1_500))) == {"per_hour": "1500", "per_day": ""}


def test_saving_limits_touches_no_other_setting() -> None:
    kept = kept_with(shop=ShopSettings(name="花屋"), smtp=SmtpSettings(smtp_host="mx.jp"))
    after = kept_after(read(PROVIDER, kept), kept)
    assert (after.shop, after.smtp, after.policy) == (kept.shop, kept.smtp, kept.policy)
