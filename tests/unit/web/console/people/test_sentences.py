"""Word for word: what the log says of every act, and what the lists say of people and keys, in both languages."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.kit.i18n import speaking
from tenshu.staff.api_keys import SCOPES, ApiKey
from tenshu.staff.audit import TERMINAL, Entry
from tenshu.staff.people import Member
from tenshu.staff.person import ROLES, Role
from tenshu.web.console.people import key_pages
from tenshu.web.console.people.audit_acts import ACTS, PAGES
from tenshu.web.console.people.audit_view import audit_days, what_was_done
from tenshu.web.console.people.people_view import person_row, role_choices, role_title
from tests.unit.staff.crew import NOW

LANGUAGES = ("ja", "en")


def entry(act: str, **given_: Any) -> Entry:
    told: dict[str, Any] = {
        "number": 1,
        "done_at": NOW,
        "person": 1,
        "name": "佐藤",
        "about": "a@example.com",
        "detail": {},
        "ip": "",
    }
    return Entry(**(told | given_), act=act)


def said(act: str, language: str = "en", **given_: Any) -> str:
    with speaking(language):
        return what_was_done(entry(act, **given_))


SENTENCES = {
    "set_up": "set the shop up and became its owner (a@example.com)",
    "signed_in": "signed in",
    "signed_out": "signed out",
    "sign_in_failed": "did not get in: address and password do not belong together (a@example.com)",
    "reset_asked": "asked for a mail with a link to a new password (a@example.com)",
    "reset_link_made": "made a link to a new password for a@example.com",
    "invitation_link_made": "made a new invitation link for a@example.com",
    "set_up_link_made": "made a link to set the shop up",
    "invited": "invited a@example.com as: Marketer",
    "joined": "took the invitation, as: Marketer",
    "password_changed": "chose a new password",
    "password_reset": "chose a new password by a link",
    "role_changed": "changed the role of a@example.com from Shop staff to Marketer",
    "farewell": "ended the access of a@example.com (Marketer)",
    "brought_back": "let a@example.com in again, as: Marketer",
    "described": "changed name or language of a@example.com",
    "key_made": "made the key a@example.com (Web shop)",
    "key_ended": "ended the key a@example.com",
    "settings_changed": "changed settings: zone, name",
    "settings_restored": "took a change of the settings back (a@example.com)",
    "purpose_changed": "changed the purpose a@example.com",
    "sending_paused": "stopped all sending",
    "sending_resumed": "let sending go on",
    "backup_taken": "downloaded the backup a@example.com (1.2 MB)",
    "export_taken": "downloaded the export no. a@example.com (1.2 MB)",
    "rejects_taken": "downloaded the refused rows of a@example.com (1.2 MB)",
    "shop_restored": "brought the shop back from the backup a@example.com, as it was at 2026-06-01",
    "proxies_set": "set how many proxies are believed: a@example.com",
}
DETAIL = {
    "role": "marketer",
    "before": "staff",
    "title": "Web shop",
    "fields": ["zone", "name"],
    "at": "2026-06-01",
    "bytes": 1_234_567,
}


def test_the_table_of_these_sentences_is_whole() -> None:
    assert set(SENTENCES) == set(ACTS)


@pytest.mark.parametrize(("act", "sentence"), SENTENCES.items())
def test_an_act_is_told_with_what_was_written_down_of_it(act: str, sentence: str) -> None:
    assert said(act, detail=DETAIL) == sentence
    assert said(act, "ja", detail=DETAIL) != sentence
    for word in ("a@example.com", "Web shop"):
        assert (word in said(act, "ja", detail=DETAIL)) == (word in sentence)


@pytest.mark.parametrize("act", SENTENCES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_act_of_which_less_was_written_down_is_a_whole_sentence_too(act: str, language: str) -> None:
    told = said(act, language, about="", detail={})
    assert told == told.strip()
    assert "{" not in told
    assert "a@example.com" not in told


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_act_on_a_page_names_what_it_was_about_where_the_page_has_a_name(path: str, language: str) -> None:
    told = said(f"POST {path}", language, about="spring")
    assert "{about}" not in told
    assert ("spring" in told) == ("{about}" in PAGES[path])
    assert "{" in path or "{about}" not in PAGES[path]


@settings(deadline=None)
@given(
    act=st.sampled_from([*ACTS, *(f"POST {path}" for path in PAGES), "unheard", "POST /x"]),
    about=st.text(max_size=12),
    detail=st.dictionaries(
        st.sampled_from(["role", "before", "title", "fields", "more"]),
        st.text(max_size=6) | st.integers() | st.none() | st.lists(st.text(max_size=3), max_size=2),
    ),
)
def test_no_row_that_anybody_could_write_breaks_the_page(act: str, about: str, detail: dict[str, Any]) -> None:
    for language in LANGUAGES:
        assert said(act, language, about=about, detail=detail)


def test_braces_that_somebody_typed_are_shown_and_fill_nothing() -> None:
    assert said("key_made", about="{role}", detail={"title": "{about}"}) == "made the key {role} ({about})"


@pytest.mark.parametrize(
    ("zone", "dates", "times"),
    [
        ("Asia/Tokyo", ["2 June", "1 June"], ["00:30", "23:30"]),  # 15:30 and 14:30 UTC
        ("UTC", ["1 June"], ["15:30", "14:30"]),
        ("America/Los_Angeles", ["1 June"], ["08:30", "07:30"]),
        ("Pacific/Kiritimati", ["2 June"], ["05:30", "04:30"]),
    ],
)
def test_a_day_of_the_log_is_a_day_of_the_shop(zone: str, dates: list[str], times: list[str]) -> None:
    rows = [entry("signed_in", done_at=NOW + timedelta(hours=hours, minutes=30)) for hours in (12, 11)]
    with speaking("en"):
        days = audit_days(rows, zone=zone)
    assert len(days) == len(dates)
    assert [date in day.date for day, date in zip(days, dates, strict=True)] == [True] * len(dates)
    assert [row.time for day in days for row in day.rows] == times


@pytest.mark.parametrize(
    ("person", "name", "english", "japanese"),
    [
        (1, "佐藤", "佐藤", "佐藤"),
        (0, TERMINAL.name, "The terminal", ""),
        (0, "", "Somebody", ""),
        (7, "tenshu", "tenshu", "tenshu"),
    ],
)
def test_a_row_says_who_it_was_as_called_then(person: int, name: str, english: str, japanese: str) -> None:
    for language, wanted in (("en", english), ("ja", japanese)):
        with speaking(language):
            (day,) = audit_days([entry("signed_in", person=person, name=name)], zone="UTC")
        assert day.rows[0].who == wanted or (not wanted and not day.rows[0].who.isascii())


def member(**given_: Any) -> Member:
    told: dict[str, Any] = {"id": 2, "email": "s@example.com", "name": "鈴木", "role": "staff", "language": None}
    return Member(**(told | {"status": "active", "since_at": NOW} | given_))


@pytest.mark.parametrize(
    ("given_", "state"),
    [
        ({"status": "invited"}, "Invited on 1 June 2026, has not come yet"),
        ({"status": "ended"}, "Can no longer sign in"),
        ({"status": "ended", "seen_at": NOW}, "Can no longer sign in"),
        ({}, "Here since 1 June 2026, not signed in now"),
        ({"seen_at": NOW}, "Signed in now"),
        ({"seen_at": NOW - timedelta(minutes=9, seconds=59)}, "Signed in now"),
        ({"seen_at": NOW - timedelta(minutes=10)}, "Signed in, last seen 10 min ago"),
        ({"seen_at": NOW - timedelta(minutes=119, seconds=59)}, "Signed in, last seen 119 min ago"),
        ({"seen_at": NOW + timedelta(minutes=3)}, "Signed in now"),  # another machine's clock
    ],
)
def test_the_list_says_where_somebody_stands(given_: dict[str, Any], state: str) -> None:
    with speaking("en"):
        row = person_row(member(**given_), me=1, now=NOW, zone="Asia/Tokyo")
    assert row.state == state
    assert not row.is_me
    assert row.link_label == ("New invitation link" if given_.get("status") == "invited" else "New password link")


def test_the_list_knows_who_looks() -> None:
    assert person_row(member(), me=2, now=NOW, zone="UTC").is_me


@pytest.mark.parametrize(
    ("role", "english"),
    [("owner", "Owner"), ("marketer", "Marketer"), ("staff", "Shop staff"), ("viewer", "Reader"), ("ghost", "ghost")],
)
def test_a_role_has_one_name_and_an_unknown_one_its_own(role: str, english: str) -> None:
    with speaking("en"):
        assert role_title(role) == english
    with speaking("ja"):
        assert role_title(role).isascii() == (role == "ghost")


@pytest.mark.parametrize("language", LANGUAGES)
def test_roles_are_offered_from_the_least_to_the_most_each_with_its_own_words(language: str) -> None:
    with speaking(language):
        choices = role_choices()
    assert tuple(role for role, _title, _hint in choices) == ROLES
    assert len({title for _role, title, _hint in choices}) == len({hint for _role, _title, hint in choices}) == 4


def key(expires_at: datetime | None = None, ended_at: datetime | None = None, **given_: Any) -> ApiKey:
    told: dict[str, Any] = {"prefix": "tns_abcdefgh", "kind": "secret", "title": "T", "scope": ("reports:read",)}
    return ApiKey(**(told | given_), made_by=1, made_at=NOW, expires_at=expires_at, ended_at=ended_at)


@pytest.mark.parametrize(
    ("one", "maker", "state", "lasts"),
    [
        (key(), "佐藤", "Since 1 June 2026 without an end, made by 佐藤", True),
        (key(), "", "Since 1 June 2026 without an end, made by –", True),
        (key(NOW + timedelta(days=30)), "佐藤", "Until 1 July 2026, made by 佐藤", True),
        (key(NOW - timedelta(days=1)), "佐藤", "Over since 31 May 2026", False),
        (key(NOW), "佐藤", "Over since 1 June 2026", False),
        (key(NOW + timedelta(days=30), NOW), "佐藤", "Ended on 1 June 2026", False),
        (key(NOW - timedelta(days=9), NOW - timedelta(days=20)), "佐藤", "Ended on 12 May 2026", False),
    ],
)
def test_the_list_says_until_when_a_key_opens_something(one: ApiKey, maker: str, state: str, lasts: bool) -> None:  # noqa: FBT001
    with speaking("en"):
        row = key_pages._row(one, maker, now=NOW, zone="UTC")
    assert (row.state, row.lasts) == (state, lasts)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "scopes"), SCOPES.items())
def test_what_a_key_may_is_said_in_words_and_a_word_that_is_no_more_is_left_out(
    language: str, kind: str, scopes: tuple[str, ...]
) -> None:
    with speaking(language):
        row = key_pages._row(key(kind=kind, scope=(*scopes, "gone:read")), "", now=NOW, zone="UTC")
    assert "gone" not in row.scope
    assert ":" not in row.scope
    assert len(row.scope.split(", " if language == "en" else "、")) == len(scopes)


@settings(deadline=None)
@given(role=st.sampled_from(ROLES), minutes=st.integers(-10, 10_000))
def test_every_state_of_a_person_has_words_in_both_languages(role: Role, minutes: int) -> None:
    for language in LANGUAGES:
        with speaking(language):
            row = person_row(
                member(role=role, seen_at=NOW - timedelta(minutes=minutes)), me=0, now=NOW, zone="Asia/Tokyo"
            )
        assert row.state.isascii() == (language == "en")
