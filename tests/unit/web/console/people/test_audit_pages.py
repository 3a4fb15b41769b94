"""Settings, audit log: sentences that a person can read, text that cannot do anything, and whether the seals fit."""

from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import delete, update
from starlette.applications import Starlette

from tenshu.bootstrap import Shop
from tenshu.kit.i18n import speaking
from tenshu.staff.audit import TERMINAL, Actor, Entry, record
from tenshu.staff.tables import audit
from tenshu.testing.small_shop import MONDAY
from tenshu.web.console.areas import all_pages
from tenshu.web.console.people import audit_pages
from tenshu.web.console.people.audit_acts import ACTS, PAGES
from tenshu.web.console.people.audit_view import audit_days, what_was_done
from tests.unit.web.console.crew_home import crew_home
from tests.unit.web.console.doors import OWNER, open_console, signed_in, stranger
from tests.unit.web.console.visiting import visiting

AUDIT = "/settings/audit"
NASTY = "<script>alert(1)</script>\"'{{ 7*7 }} {about} \x1b[31m\r\n"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return crew_home(tmp_path)[0]


@pytest.fixture
def app(shop: Shop) -> Starlette:
    return open_console(shop)


def write(shop: Shop, count: int) -> None:
    with shop.ledger.writing() as tx:
        for number in range(count):
            record(tx, "signed_in", by=Actor(1, "店主"), about=f"row-{number}", now=MONDAY + timedelta(minutes=number))


def entry(act: str, **given: object) -> Entry:
    told = {
        "number": 1,
        "done_at": MONDAY,
        "person": 1,
        "name": "佐藤",
        "about": "s@example.com",
        "detail": {},
        "ip": "",
    }
    return Entry(**(told | given), act=act)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_log_reads_as_sentences_and_says_that_its_seals_fit(app: Starlette, shop: Shop, language: str) -> None:
    page = signed_in(app, shop, language=language).get(AUDIT).text
    wanted = {
        "en": ("All 7 rows are as they were written", "invited viewer@example.com as: Reader", "took the invitation"),
        "ja": ("7件の記録は、すべて書かれたときのままです", "viewer@example.comを「閲覧のみ」として招待しました"),
    }
    for said in wanted[language]:
        assert said in page


@pytest.mark.parametrize("harm", ["taken out", "changed"])
def test_a_log_that_was_tampered_with_says_so_first(app: Starlette, shop: Shop, harm: str) -> None:
    with shop.ledger.writing() as tx:
        if harm == "changed":
            tx.execute(update(audit).where(audit.c.number == 3).values(name="somebody else"))
        else:
            tx.execute(delete(audit).where(audit.c.number == 3))
    page = signed_in(app, shop).get(AUDIT).text
    assert 'class="urgent" role="alert">Row 3 is not as it was written' in page


def test_everything_from_outside_is_shown_as_text(app: Starlette, shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        for act in ("sign_in_failed", "key_made", "no such act", f"POST /{NASTY}"):
            record(tx, act, by=Actor(0, NASTY, NASTY), about=NASTY, detail={"title": NASTY}, now=MONDAY)
    page = signed_in(app, shop).get(AUDIT).text
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 8
    assert "\x1b" not in page
    assert "{{ 7*7 }}" in page


DETAIL: Final = {
    "role": "staff",
    "before": "viewer",
    "title": "T",
    "fields": ["zone", "name"],
    "at": "2026-06-01",
    "bytes": 5,
}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_act_has_its_sentence_in_both_languages(language: str) -> None:
    with speaking(language):
        said = [what_was_done(entry(act, detail=DETAIL)) for act in ACTS]
        bare = [what_was_done(entry(act, about="")) for act in ACTS]
    assert len(set(said)) == len(said)
    assert not [one for one in [*said, *bare] if "{" in one or "}" in one]
    assert all(one.isascii() for one in said) == (language == "en")


def test_every_page_that_has_a_sentence_is_there() -> None:
    assert set(PAGES) <= {page.path for page in all_pages() if page.method == "POST"}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_acts_on_other_pages_have_sentences_too(language: str) -> None:
    with speaking(language):
        said = {path: what_was_done(entry(f"POST {path}", about="vip")) for path in PAGES}
    assert not [one for one in said.values() if "{" in one or "/" in one]
    assert all(one.isascii() for one in said.values()) == (language == "en")


def test_an_act_on_a_page_without_a_sentence_is_told_by_its_address() -> None:
    with speaking("en"):
        assert what_was_done(entry("POST /nowhere/{name}", about="vip")) == "did something at /nowhere/{name} (vip)"
        assert what_was_done(entry("POST /nowhere", about="")) == "did something at /nowhere"


def test_who_is_a_person_the_terminal_or_somebody() -> None:
    entries = [
        entry("signed_in"),
        entry("set_up_link_made", person=0, name=TERMINAL.name),
        entry("sign_in_failed", person=0, name=""),
    ]
    with speaking("en"):
        (day,) = audit_days(entries, zone="Asia/Tokyo")
    assert [row.who for row in day.rows] == ["佐藤", "The terminal", "Somebody"]
    assert (day.date, day.rows[0].time) == ("1 June 2026", "12:00")


def test_rows_are_put_under_the_shops_own_days() -> None:
    entries = [entry("signed_in", done_at=MONDAY + timedelta(hours=hours)) for hours in (13, 12, 11, -13)]
    with speaking("en"):
        days = audit_days(entries, zone="Asia/Tokyo")
    assert [(day.date, len(day.rows)) for day in days] == [("2 June 2026", 2), ("1 June 2026", 1), ("31 May 2026", 1)]


def test_a_long_log_has_pages_and_its_seals_are_checked_when_asked(
    app: Starlette, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_pages, "_ROWS", 5)
    monkeypatch.setattr(audit_pages, "_CHECKED_AT_ONCE", 10)
    write(shop, 10)
    owner = signed_in(app, shop)
    page = owner.get(AUDIT).text
    assert "17 rows." in page
    assert f'href="{AUDIT}?before=13"' in page
    assert "All 17 rows are as they were written" in owner.get(f"{AUDIT}?check=yes").text
    assert "To the newest" in owner.get(f"{AUDIT}?before=13").text


@pytest.mark.parametrize("before", ["x", "-1", "0", "1e9", "９", "9" * 30, "%00"])
def test_a_page_number_that_is_none_is_no_error(app: Starlette, shop: Shop, before: str) -> None:
    assert signed_in(app, shop).get(f"{AUDIT}?before={before}").status_code == 200


def test_a_failed_sign_in_from_outside_is_in_the_log_and_shown(app: Starlette, shop: Shop) -> None:
    stranger(app).post("/sign-in", {"email": OWNER, "password": "wrong"})
    page = signed_in(app, shop).get(AUDIT).text
    assert "did not get in" in page
    assert "wrong" not in page.partition("did not get in")[2].partition("</li>")[0]


def test_an_empty_log_teaches(tmp_path: Path) -> None:
    shop = crew_home(tmp_path, is_lived_in=False)[0]
    with visiting(shop, language="en") as client:
        page = client.get(AUDIT).text
    assert "Nothing has been done yet" in page
