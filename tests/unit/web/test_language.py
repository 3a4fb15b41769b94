"""The language of an answer: the address first, then the browser, then the shop."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from tenshu.web.language import accepted_language, wanted_language
from tests.unit.web.cast import ask


@pytest.mark.parametrize(
    ("header", "default", "language"),
    [
        ("ja", "en", "ja"),
        ("ja-JP", "en", "ja"),
        ("JA-jp", "en", "ja"),
        ("en-GB,en;q=0.9", "ja", "en"),
        ("fr, en;q=0.4, ja;q=0.8", "en", "ja"),  # the heavier of ours
        ("en;q=0.8, ja;q=0.8", "ja", "en"),  # a tie: the first
        ("ja;q=0, en;q=0.1", "ja", "en"),  # q=0 means "not this one"
        ("fr, de", "ja", "ja"),  # none of ours
        ("fr, de", "en", "en"),
        ("", "ja", "ja"),
        ("*", "en", "en"),
        ("ja;q=much, en;q=0.2", "ja", "en"),  # a weight that is no number weighs nothing
        (";;;,,q=1", "en", "en"),
        ("jap", "en", "en"),  # not a prefix of ours
    ],
)
def test_the_browser_decides_by_its_weights(header: str, default: str, language: str) -> None:
    assert accepted_language(header, default) == language


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("lang=en", "ja", "en"),
        ("lang=ja", "en", "ja"),
        ("lang=fr", "en", "en"),  # not one of ours: as if nothing was asked
        ("lang=", "ja", "ja"),
        ("", "en", "en"),
    ],
)
def test_the_address_beats_the_browser(query: str, header: str, language: str) -> None:
    scope = {"type": "http", "query_string": query.encode(), "headers": [(b"accept-language", header.encode())]}
    assert wanted_language(Request(scope), "ja") == language


def test_the_shop_decides_where_nobody_asks(app: Starlette) -> None:
    assert '<html lang="ja">' in ask(app, "GET", "/report").text


def test_the_page_speaks_the_asked_language_throughout(app: Starlette) -> None:
    japanese, english = (ask(app, "GET", f"/report?lang={code}").text for code in ("ja", "en"))
    assert "これは本当に効いたのか" in japanese
    assert "Did it really help?" in english
    assert "Did it really help?" not in japanese
    assert "まだ分かりません。あと約5,200人。" in japanese
    assert "Cannot know yet. About 5,200 more people." in english


def test_one_answers_language_does_not_leak_into_the_next(app: Starlette) -> None:
    for code in ("ja", "en", "ja", "en"):
        assert f'<html lang="{code}">' in ask(app, "GET", f"/report?lang={code}").text
