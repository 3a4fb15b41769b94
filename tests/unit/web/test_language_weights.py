"""What browsers say about languages, whole and broken, and what an answer may say about itself in its headers."""

import socket
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import MutableHeaders
from starlette.requests import Request

from tenshu.web.headers import EMBEDDABLE, POLICY, SECURITY_HEADERS, secure
from tenshu.web.language import accepted_language, wanted_language
from tenshu.web.port import HOST, PortTaken, free_port, reserve_port

OURS = st.sampled_from(["ja", "en"])
WEIGHTS = st.integers(0, 1000).map(lambda weight: weight / 1000)
TAGS = st.sampled_from(["ja", "en", "ja-JP", "en-US", "EN", "fr", "de-CH", "zh-Hant-TW", "*"])


@given(parts=st.lists(st.tuples(TAGS, WEIGHTS), max_size=6), fallback=OURS)
def test_the_heaviest_of_ours_wins_and_the_first_of_two_as_heavy(parts: list[tuple[str, float]], fallback: str) -> None:
    header = ", ".join(f"{tag};q={weight}" for tag, weight in parts)
    ours = [(tag[:2].lower(), weight) for tag, weight in parts if tag[:2].lower() in {"ja", "en"} and weight > 0]
    heaviest = max((weight for _tag, weight in ours), default=0.0)
    wanted = next((tag for tag, weight in ours if weight == heaviest), fallback)
    assert accepted_language(header, fallback) == wanted


@given(header=st.text(max_size=60) | st.text("jaen-;q=,.01 *", max_size=40), fallback=OURS)
def test_whatever_a_browser_says_it_gets_a_language_of_ours(header: str, fallback: str) -> None:
    assert accepted_language(header, fallback) in {"ja", "en"}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("ja;q=1.0;level=1, en;q=0.9", "ja"),
        ("ja ; q=0.2 , en ; q=0.3", "en"),
        ("ja;level=1;q=0.1, en;q=0.2", "en"),
        ("ja;q=, en;q=0.1", "en"),
        ("ja;q=-1, en;q=0.1", "en"),
        ("ja;q=nan, en;q=0.1", "en"),
        ("en_US", "ja"),  # an underscore makes another word of it
        ("," * 1000 + "en", "en"),
    ],
)
def test_odd_weights_weigh_what_they_say_or_nothing(header: str, language: str) -> None:
    assert accepted_language(header, "ja") == language


@pytest.mark.parametrize(
    ("query", "language"),
    [(b"lang=en", "en"), (b"lang=ja", "ja"), (b"lang=EN", "ja"), (b"lang=", "ja"), (b"lang=fr&lang=en", "en")],
)
def test_the_address_asks_for_one_of_ours_by_its_own_name(query: bytes, language: str) -> None:
    scope = {"type": "http", "headers": [(b"accept-language", b"ja")], "query_string": query}
    assert wanted_language(Request(scope), "ja") == language


def secured(path: str = "/", **own: str) -> MutableHeaders:
    headers = MutableHeaders({name.replace("_", "-"): value for name, value in own.items()})
    secure(headers, path)
    return headers


@pytest.mark.parametrize(
    ("own", "policy", "frames"),
    [
        ("", POLICY, "DENY"),
        ("default-src *", POLICY, "DENY"),  # a weaker one is not believed
        ("default-src *; sandbox;", POLICY, "DENY"),
        ("sandbox", POLICY, "DENY"),
        ("sandbox; default-src 'none'", "sandbox; default-src 'none'", "DENY"),
        (
            "sandbox; frame-ancestors 'self'",
            "sandbox; frame-ancestors 'self'",
            "SAMEORIGIN",
        ),
        ("default-src *; frame-ancestors 'self'", POLICY, "DENY"),
    ],
)
def test_an_answer_may_shut_itself_in_and_never_open_itself(own: str, policy: str, frames: str) -> None:
    found = secured(Content_Security_Policy=own)
    assert (found["content-security-policy"], found["x-frame-options"]) == (policy, frames)


@pytest.mark.parametrize("name", [name for name in SECURITY_HEADERS if name != "Content-Security-Policy"])
def test_no_answer_weakens_a_header_of_its_own_accord(name: str) -> None:
    assert secured(**{name.replace("-", "_"): "weak"})[name] == SECURITY_HEADERS[name]


@given(path=st.text("/omediau.", max_size=8).map(lambda path: f"/{path}"))
def test_only_pictures_of_mails_may_stand_on_other_pages(path: str) -> None:
    is_open = secured(path)["cross-origin-resource-policy"] == "cross-origin"
    assert is_open == path.startswith(EMBEDDABLE)


def test_what_is_said_about_keeping_stays_and_silence_means_no() -> None:
    assert secured()["cache-control"] == "no-store"
    assert secured(Cache_Control="public, max-age=60")["cache-control"] == "public, max-age=60"


def test_securing_twice_is_securing_once() -> None:
    headers = secured(Content_Security_Policy="sandbox; x")
    before = dict(headers)
    secure(headers, "/")
    assert dict(headers) == before


@pytest.mark.parametrize("ask", [free_port, reserve_port])
def test_a_port_at_which_somebody_answers_is_taken_until_he_leaves(ask: Callable[[int], object]) -> None:
    with socket.create_server((HOST, 0)) as other:
        number = other.getsockname()[1]
        with pytest.raises(PortTaken) as problem:
            ask(number)
        for language in ("ja", "en"):
            assert str(number) in problem.value.text(language)
            assert "--port" in problem.value.text(language)
    assert free_port(number) == number


def test_a_kept_port_takes_no_visitor_itself() -> None:
    with reserve_port(0) as kept, socket.socket() as visitor, pytest.raises(ConnectionRefusedError):
        visitor.connect((HOST, kept.getsockname()[1]))


@pytest.mark.parametrize("listen", ["192.0.2.1", "203.0.113.77"])
def test_an_address_that_this_machine_does_not_have_is_refused_in_words(listen: str) -> None:
    with pytest.raises(PortTaken):
        free_port(0, listen=listen)
    with pytest.raises(PortTaken):
        reserve_port(0, listen=listen)
