"""Every refusal of a form says what to write instead, in the reader's language, and keeps all that was typed."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.kit.i18n import speaking
from tenshu.web.console.settings.about_sending import PROVIDER, RHYTHM, SERVER
from tenshu.web.console.settings.about_shop import IDENTITY, LINKS, PLACE, SENDER
from tenshu.web.console.settings.form import Form, Section
from tests.unit.web.console.settings.test_forms import FRESH, GOOD, SECTIONS, read

JAPANESE = re.compile(r"[ぁ-んァ-ン一-龥]")
REFUSED = [
    (IDENTITY, "name", "", "It stands in every mail.", "すべてのメールに載ります。"),
    (IDENTITY, "postal_address", " ", "The law asks for it", "法律で、宣伝のメールには必ず"),
    (IDENTITY, "contact", "", "a contact page for questions", "お問い合わせページのURL"),
    (
        IDENTITY,
        "name",
        "花" * 81,
        "At most 80 characters; these are 81.",
        "80文字までにしてください(いまは81文字です)。",
    ),
    (IDENTITY, "contact", "3" * 301, "At most 300 characters; these are 301.", "300文字まで"),
    (PLACE, "zone", "Asia/Osaka", "time zones in the list", "一覧から時間帯を"),
    (PLACE, "zone", "", "time zones in the list", "一覧から時間帯を"),
    (PLACE, "currency", "yen", "currencies in the list", "一覧から通貨を"),
    (PLACE, "language", "JA", "Choose Japanese or English.", "日本語か英語を選んでください。"),
    (SENDER, "sender_email", "", "such as info@hanaya.jp", "お店のメールアドレスを一つ"),
    (SENDER, "sender_email", "花屋 <info@hanaya.jp>", "one mail address of yours", "お店のメールアドレスを一つ"),
    (SENDER, "bounce_domain", "hanaya", "such as bounce.hanaya.jp", "ドメインだけを書くか、空に"),
    (SENDER, "sender_name", "店" * 100, "these are 100.", "いまは100文字です"),
    (LINKS, "public_url", "www.hanaya.jp", "https://www.hanaya.jp, or leave it empty", "URLを書くか、空に"),
    (LINKS, "home_url", "//hanaya.jp", "as in a browser", "URLを書くか、空に"),
    (SERVER, "smtp_host", "info@hanaya.jp", "only the server's name", "サーバー名だけを"),
    (SERVER, "smtp_port", "", "mostly it is 587", "ほとんどの場合、587"),
    (SERVER, "smtp_tls", "", "Choose one of the three.", "三つのうちから"),
    (SERVER, "smtp_tls", "none", "never sent in the open", "暗号化せずに送ることはありません"),
    (SERVER, "smtp_password", "", "only for the server it was given for", "そのとき登録したサーバーにだけ"),
    (PROVIDER, "per_day", "1.5", "a whole number, such as 500", "500 のような整数"),
    (PROVIDER, "per_hour", "15001", "more than the day (15000)", "24時間の上限(15000通)"),
    (RHYTHM, "cap_day", "11", "from 0 to 10", "0から10まで"),
    (RHYTHM, "cap_week", "three", "from 0 to 50", "0から50まで"),
    (RHYTHM, "quiet_until", "8:00", "a time of day, such as 21:00", "21:00 のように時刻を"),
    (RHYTHM, "quiet_from", "", "Give both times", "両方の時刻を入れるか"),
    (RHYTHM, "quiet_until", "21:00", "Both times are the same.", "二つの時刻が同じです。"),
]


def section_named(name: str) -> Section:
    return next(section for section in SECTIONS if section.name == name)


@pytest.mark.parametrize(("section", "field", "typed", "english", "japanese"), REFUSED)
def test_each_refusal_says_in_both_languages_what_to_write(
    section: Section, field: str, typed: str, english: str, japanese: str
) -> None:
    with speaking("en"):
        said = read(section, **{field: typed}).error(field)
    assert english in said
    assert not JAPANESE.search(said.replace("花屋", ""))
    with speaking("ja"):
        said = read(section, **{field: typed}).error(field)
    assert japanese in said
    assert said.endswith("。")


@pytest.mark.parametrize(("section", "field", "typed", "_english", "_japanese"), REFUSED)
def test_one_wrong_field_leaves_the_others_as_they_were_typed(
    section: Section, field: str, typed: str, _english: str, _japanese: str
) -> None:
    good, wrong = read(section), read(section, **{field: typed})
    assert set(wrong.values) == set(section.fields)
    assert {name: wrong.value(name) for name in section.fields if name != field} == {
        name: good.value(name) for name in section.fields if name != field
    }


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_good_answers_have_no_word_against_them(section: Section) -> None:
    form = read(section)
    assert [form.error(name) for name in section.fields] == [""] * len(section.fields)


def test_three_empty_lines_about_the_shop_are_three_different_requests() -> None:
    form = IDENTITY.read(dict.fromkeys(IDENTITY.fields, ""), FRESH)
    assert list(form.errors) == ["name", "postal_address", "contact"]
    assert len(set(form.errors.values())) == 3


def test_every_wrong_answer_of_a_server_is_told_at_once() -> None:
    form = read(SERVER, smtp_host="a b", smtp_port="x", smtp_tls="y", smtp_password="")
    assert list(form.errors) == ["smtp_host", "smtp_port", "smtp_tls", "smtp_password"]
    assert form.changes == {}


def test_every_wrong_answer_of_the_rhythm_is_told_at_once_and_no_rule_changes() -> None:
    form = read(RHYTHM, cap_day="a", cap_week="b", quiet_from="c", quiet_until="d")
    assert set(form.errors) == set(RHYTHM.fields)
    assert form.changes == {}


@pytest.mark.parametrize("field", ["per_hour", "per_day"])
def test_a_limit_that_is_no_number_is_not_compared_with_the_other(field: str) -> None:
    form = read(PROVIDER, **{"per_hour": "20", "per_day": "10", field: "many"})
    assert list(form.errors) == [field]


@pytest.mark.parametrize("length", [1, 79, 80])
def test_a_name_may_be_as_long_as_the_limit(length: int) -> None:
    assert read(IDENTITY, name="花" * length).is_good
    assert read(SENDER, sender_name="花" * length).is_good


@pytest.mark.parametrize("field", ["postal_address", "contact"])
@pytest.mark.parametrize("length", [81, 300, 301])
def test_an_address_may_be_longer_than_a_name(field: str, length: int) -> None:
    assert read(IDENTITY, **{field: "1" * length}).is_good == (length <= 300)


def test_blanks_do_not_count_towards_the_length_of_a_name() -> None:
    form = read(IDENTITY, name=f"  {'花' * 80}\n ")
    assert form.is_good
    assert form.changes["shop"]["name"] == "花" * 80


def test_an_address_in_several_lines_becomes_one_line() -> None:
    form = read(IDENTITY, postal_address="〒100-0001\r\n東京都千代田区\t1-1\r\n")
    assert form.changes["shop"]["postal_address"] == "〒100-0001 東京都千代田区 1-1"


def test_markup_in_a_name_is_kept_as_text() -> None:
    assert read(IDENTITY, name="<b>花屋</b> & 'Co'").changes["shop"]["name"] == "<b>花屋</b> & 'Co'"


@pytest.mark.parametrize("field", ["zone", "currency", "language"])
def test_blanks_around_a_chosen_code_do_no_harm(field: str) -> None:
    form = read(PLACE, **{field: f" {GOOD['place'][field]} "})
    assert form.is_good
    assert form.changes["shop"][field] == GOOD["place"][field]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Argentina/Buenos_Aires", "Etc/GMT+9"])
@pytest.mark.parametrize("currency", ["JPY", "KWD", "CLF"])
def test_any_known_place_may_be_chosen(zone: str, currency: str) -> None:
    form = read(PLACE, zone=zone, currency=currency, language="en")
    assert form.changes == {"shop": {"zone": zone, "currency": currency, "language": "en"}}


@given(st.sampled_from([section.name for section in SECTIONS]), st.data())
def test_whatever_is_typed_is_answered_field_by_field_and_never_with_a_crash(name: str, data: Any) -> None:
    section = section_named(name)
    typed = {field: data.draw(st.text(max_size=40), label=field) for field in section.fields}
    form = section.read(typed, FRESH)
    assert set(form.values) == set(section.fields)
    assert set(form.errors) <= set(section.fields)
    assert all(form.errors.values())


@given(st.sampled_from([section.name for section in SECTIONS]), st.data())
def test_typing_a_shown_form_again_shows_the_same(name: str, data: Any) -> None:
    section = section_named(name)
    typed = {field: data.draw(st.text(max_size=30), label=field) for field in section.fields}
    shown = section.read(typed, FRESH).values
    assert section.read(shown, FRESH).values == shown


@given(st.text(min_size=1, max_size=60))
def test_a_password_never_stands_in_the_form_that_is_shown_again(password: str) -> None:
    for port in ("587", "wrong"):
        form = read(SERVER, smtp_password=f"<{password}>", smtp_port=port)
        assert form.value("smtp_password") == ""


def test_a_page_of_two_sections_is_good_only_when_both_are() -> None:
    page = Form()
    page.join(read(IDENTITY))
    page.join(read(PLACE, zone="Mars"))
    assert not page.is_good
    assert list(page.errors) == ["zone"]
    assert page.value("name") == "花屋"


def test_sections_about_the_same_setting_are_saved_together() -> None:
    page = Form()
    for section in (IDENTITY, PLACE, SENDER, LINKS):
        page.join(read(section))
    assert set(page.changes) == {"shop"}
    assert set(page.changes["shop"]) == {*IDENTITY.fields, *PLACE.fields, *SENDER.fields, *LINKS.fields}


def test_no_two_sections_ask_for_the_same_field() -> None:
    fields = [field for section in SECTIONS for field in section.fields]
    assert len(fields) == len(set(fields))
