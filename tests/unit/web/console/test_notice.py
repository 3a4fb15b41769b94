"""A notice is shown once, and only when this person's console wrote it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from tenshu.bootstrap import Shop
from tenshu.web.console.notice import COOKIE, Notice, set_notice, take_notice
from tests.unit.web.console.visiting import visiting

KEY = "this person's token"


def written(notice: Notice, key: str = KEY) -> str:
    """Return the cookie that a notice becomes."""
    answer = Response()
    set_notice(answer, notice, key)
    return answer.headers["set-cookie"].split("=", 1)[1].split(";")[0]


def asked_with(cookie: str) -> Request:
    """Return a request that brings a cookie."""
    return Request({"type": "http", "headers": [(b"cookie", f"{COOKIE}={cookie}".encode("latin-1", "replace"))]})


@given(text=st.text(max_size=80), undo=st.text(max_size=20))
def test_what_is_written_is_read(text: str, undo: str) -> None:
    notice = Notice(text, undo, "元に戻す")
    assert take_notice(asked_with(written(notice)), KEY) == notice


def test_nobody_elses_notice_is_shown() -> None:
    assert take_notice(asked_with(written(Notice("偽物"), key="another")), KEY) is None


@given(place=st.integers(0, 200), letter=st.sampled_from("AZ.!"))
def test_a_changed_notice_is_not_shown(place: int, letter: str) -> None:
    cookie = written(Notice("保存しました。", "/segments/x/undo", "元に戻す"))
    changed = cookie[: place % len(cookie)] + letter + cookie[place % len(cookie) + 1 :]
    if changed != cookie:
        assert take_notice(asked_with(changed), KEY) is None


def test_a_long_notice_is_cut_so_that_the_cookie_stays_small() -> None:
    assert len(written(Notice("長" * 10_000))) < 4_000


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_act_is_told_once_on_the_next_page(console_shop: Shop, language: str) -> None:
    with visiting(console_shop, "marketer", language) as client:
        assert client.post("/ranks/publish").status_code == 303
        first, second = client.get("/ranks").text, client.get("/ranks").text
        assert 'class="notice"' in first
        assert 'class="notice"' not in second


def test_no_script_reads_a_notice_and_no_other_site_sends_it() -> None:
    answer = Response()
    set_notice(answer, Notice("x"), KEY)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
