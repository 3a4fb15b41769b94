"""The forms of the settings: read what people type, keep it, say in their words what is wrong."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.content.shop import ShopSettings
from tenshu.decide.policy import Cap, Policy, QuietHours, parse_policy
from tenshu.deliver.channels.email.settings import SmtpSettings
from tenshu.deliver.limits import Limits
from tenshu.kit.i18n import speaking
from tenshu.web.console.settings.about_sending import PROVIDER, RHYTHM, SERVER, smtp_of
from tenshu.web.console.settings.about_shop import IDENTITY, LINKS, PLACE, SENDER
from tenshu.web.console.settings.form import Form, Kept, Section, narrow, plain
from tenshu.web.console.settings.state import is_missing, state_of

FRESH = Kept(shop=ShopSettings(), smtp=SmtpSettings(), limits=Limits(), policy=Policy())
SECTIONS = (IDENTITY, PLACE, SENDER, LINKS, SERVER, PROVIDER, RHYTHM)
GOOD: Mapping[str, Mapping[str, str]] = {
    "identity": {"name": "花屋", "postal_address": "東京都千代田区1-1", "contact": "03-1234-5678"},
    "place": {"zone": "Asia/Tokyo", "currency": "JPY", "language": "ja"},
    "sender": {"sender_name": "", "sender_email": "info@hanaya.jp", "bounce_domain": "bounce.hanaya.jp"},
    "links": {"public_url": "https://mail.hanaya.jp/", "home_url": ""},
    "server": {
        "smtp_host": "sv1.xserver.jp",
        "smtp_port": "587",
        "smtp_tls": "starttls",
        "smtp_username": "info@hanaya.jp",
        "smtp_password": "secret",
    },
    "provider": {"per_hour": "1,500", "per_day": "15000"},
    "rhythm": {"cap_day": "1", "cap_week": "3", "quiet_from": "21:00", "quiet_until": "08:00"},
}


def read(section: Section, kept: Kept = FRESH, /, **changed: str) -> Form:
    return section.read({**GOOD[section.name], **changed}, kept)


def kept_after(form: Form, before: Kept = FRESH) -> Kept:
    plain_before = msgspec.to_builtins({name: getattr(before, name) for name in ("shop", "smtp", "limits", "policy")})
    said = {name: {**plain_before[name], **form.changes.get(name, {})} for name in plain_before}
    return Kept(
        shop=msgspec.convert(said["shop"], ShopSettings),
        smtp=msgspec.convert(said["smtp"], SmtpSettings),
        limits=msgspec.convert(said["limits"], Limits),
        policy=parse_policy(form.changes.get("policy", plain_before["policy"])),
        saved=before.saved | set(form.changes),
    )


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_what_was_saved_is_shown_again_and_changes_nothing(section: Section) -> None:
    form = read(section)
    assert form.is_good
    kept = kept_after(form)
    again = section.read(section.load(kept), kept)
    assert again.is_good
    assert kept_after(again, kept) == kept


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_every_field_is_shown_of_a_fresh_shop_and_nothing_of_the_examples(section: Section) -> None:
    shown = section.load(FRESH)
    assert set(shown) == set(section.fields)
    assert not any("example" in value or value == "My shop" for value in shown.values())


@pytest.mark.parametrize(
    ("section", "field", "typed"),
    [
        (IDENTITY, "name", "  "),
        (IDENTITY, "postal_address", ""),
        (IDENTITY, "contact", ""),
        (IDENTITY, "name", "花" * 81),
        (PLACE, "zone", "Japan/Tokio"),
        (PLACE, "currency", "円"),
        (PLACE, "language", "fr"),
        (SENDER, "sender_email", "花屋"),
        (SENDER, "sender_email", "a@x.jp, b@x.jp"),
        (SENDER, "sender_email", "shop@example.com"),
        (SENDER, "bounce_domain", "b@hanaya.jp"),
        (SENDER, "bounce_domain", "花屋 さん"),
        (SENDER, "sender_name", "花" * 81),
        (LINKS, "public_url", "mail.hanaya.jp"),
        (LINKS, "public_url", "javascript:alert(1)"),
        (LINKS, "home_url", "ftp://hanaya.jp"),
        (LINKS, "home_url", "http://[bad"),
        (SERVER, "smtp_host", ""),
        (SERVER, "smtp_host", "https://sv1.xserver.jp"),
        (SERVER, "smtp_host", "sv1.xserver.jp:587"),
        (SERVER, "smtp_port", "0"),
        (SERVER, "smtp_port", "99999"),
        (SERVER, "smtp_port", "five"),
        (SERVER, "smtp_tls", "ssl"),
        (SERVER, "smtp_tls", "none"),
        (SERVER, "smtp_password", ""),
        (PROVIDER, "per_hour", "many"),
        (PROVIDER, "per_day", "0"),
        (PROVIDER, "per_hour", "20000"),
        (RHYTHM, "cap_day", "-1"),
        (RHYTHM, "cap_week", "51"),
        (RHYTHM, "quiet_from", "25:00"),
        (RHYTHM, "quiet_from", "9 pm"),
        (RHYTHM, "quiet_until", ""),
        (RHYTHM, "quiet_until", "21:00"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_kept(section: Section, field: str, typed: str) -> None:
    form = read(section, **{field: typed})
    assert list(form.errors) == [field]
    if field != "smtp_password":
        assert form.value(field) == plain(typed)
    with speaking("ja"):
        japanese = read(section, **{field: typed}).errors[field]
    assert japanese != form.errors[field]


def test_wide_letters_of_a_japanese_keyboard_are_read() -> None:
    wide = {letter: chr(ord(letter) + 0xFEE0) for letter in "abcdefghijklmnopqrstuvwxyz0123456789@.:-"}
    typed = "".join(wide.get(letter, letter) for letter in "info@hanaya.jp")
    assert read(SENDER, sender_email=typed).changes["shop"]["sender_email"] == "info@hanaya.jp"
    assert read(RHYTHM, quiet_from="".join(wide[letter] for letter in "21:00")).is_good
    assert narrow("".join(wide[letter] for letter in "587")) == "587"


@given(st.text(max_size=200))
def test_a_name_never_breaks_a_line(text: str) -> None:
    assert len(plain(text).splitlines()) <= 1
    assert plain(plain(text)) == plain(text)


def test_mail_returns_to_the_senders_domain_when_none_is_given() -> None:
    assert read(SENDER, bounce_domain="").changes["shop"]["bounce_domain"] == "hanaya.jp"


def test_a_password_is_never_shown_and_kept_when_left_empty() -> None:
    kept = kept_after(read(SERVER))
    assert SERVER.load(kept)["smtp_password"] == ""
    form = read(SERVER, kept, smtp_password="")
    assert smtp_of(form).smtp_password == "secret"
    assert "secret" not in form.values.values()


@pytest.mark.parametrize(
    "changed",
    [{"smtp_host": "evil.example.net"}, {"smtp_port": "465"}, {"smtp_username": "other"}, {"smtp_tls": "tls"}],
)
def test_a_saved_password_goes_to_no_other_server(changed: dict[str, str]) -> None:
    kept = kept_after(read(SERVER))
    assert list(read(SERVER, kept, smtp_password="", **changed).errors) == ["smtp_password"]


def test_without_a_user_name_no_password_is_kept() -> None:
    kept = kept_after(read(SERVER))
    assert smtp_of(read(SERVER, kept, smtp_username="", smtp_password="")).smtp_password == ""


def test_a_server_on_this_machine_may_be_without_encryption() -> None:
    assert read(SERVER, smtp_host="127.0.0.1", smtp_tls="none").is_good


def test_caps_that_the_form_does_not_know_stay() -> None:
    other = Cap(limit=2, hours=6, channel="email")
    kept = Kept(shop=ShopSettings(), smtp=SmtpSettings(), limits=Limits(), policy=Policy(caps=(other,)))
    policy = kept_after(read(RHYTHM, kept), kept).policy
    assert other in policy.caps
    assert len(policy.caps) == 3


@given(
    day=st.none() | st.integers(0, 10),
    week=st.none() | st.integers(0, 50),
    quiet=st.none() | st.tuples(st.times(), st.times()).filter(lambda two: f"{two[0]:%H:%M}" != f"{two[1]:%H:%M}"),
)
def test_every_rhythm_comes_back_as_it_was_typed(day: int | None, week: int | None, quiet: Any) -> None:
    start, end = (f"{one:%H:%M}" for one in quiet) if quiet else ("", "")
    typed = {
        "cap_day": "" if day is None else str(day),
        "cap_week": "" if week is None else str(week),
        "quiet_from": start,
        "quiet_until": end,
    }
    form = RHYTHM.read(typed, FRESH)
    assert form.is_good
    kept = kept_after(form)
    assert RHYTHM.load(kept) == typed
    assert kept.policy.quiet_hours == (QuietHours(start=start, end=end) if quiet else None)
    assert [cap.limit for cap in kept.policy.caps] == [limit for limit in (day, week) if limit is not None]


def test_what_is_missing_is_read_from_the_settings() -> None:
    assert [state_of(name, FRESH) for name in ("shop", "sender", "mail-server", "place", "rhythm", "purposes")] == [
        "missing",
        "missing",
        "missing",
        "usual",
        "usual",
        "usual",
    ]
    kept = FRESH
    for section in (IDENTITY, SENDER, SERVER, RHYTHM):
        kept = kept_after(read(section, kept), kept)
    assert [state_of(name, kept) for name in ("shop", "sender", "mail-server", "rhythm")] == ["set"] * 4
    assert not is_missing("shop", kept)
