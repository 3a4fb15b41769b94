"""Every answer carries the security headers, whatever route, method or error it comes from."""

import pytest
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders

from tenshu.bootstrap import Shop
from tenshu.web.app import make_app
from tenshu.web.headers import POLICY, SECURITY_HEADERS, secure
from tests.unit.web.cast import ask, sample_report, token
from tests.unit.web.gates import LocalGate

URL = "https://shop.example.com/a"

#: method, path, status: every route once, every kind of error, every method that could slip by.
ANSWERS = [
    ("GET", "/", 200),
    ("HEAD", "/", 200),
    ("GET", "/report", 200),
    ("GET", "/report?lang=ja", 200),
    ("HEAD", "/report", 200),
    ("POST", "/report", 405),
    ("OPTIONS", "/report", 405),
    ("GET", "/report/", 404),
    ("GET", "/nothing-here", 404),
    ("DELETE", "/nothing-here", 404),
    ("GET", "/static/tenshu.css", 200),
    ("GET", "/static/charts.js", 200),
    ("GET", "/static/seal.svg", 200),
    ("GET", "/static/not-there.css", 404),
    ("POST", "/static/tenshu.css", 405),
    ("GET", "/c/forged", 404),
    ("GET", "/o/forged.gif", 404),
    ("GET", "/u/forged", 404),
    ("POST", "/u/forged", 404),
    ("PUT", "/u/forged", 405),
]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_carries_every_security_header(app: Starlette, method: str, path: str, status: int) -> None:
    answer = ask(app, method, path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == {
        **SECURITY_HEADERS,
        "Cross-Origin-Resource-Policy": "cross-origin" if path.startswith("/o/") else "same-origin",
    }
    assert answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/c/{token('click', url=URL)}", 302),
        (f"/o/{token('open')}.gif", 200),
        (f"/u/{token('unsubscribe')}", 200),
    ],
)
def test_answers_to_signed_links_carry_them_too(app: Starlette, path: str, status: int) -> None:
    for method in ("GET", "HEAD"):
        answer = ask(app, method, path)
        assert answer.status_code == status
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["cache-control"] == "no-store"


def test_an_answer_to_a_broken_request_carries_them_and_tells_nothing(shop: Shop) -> None:
    def broken() -> object:
        message = "the secret path /home/keeper"
        raise RuntimeError(message)

    app = make_app(shop, report=broken, gate=LocalGate(shop))  # type: ignore[arg-type]
    answer = ask(app, "GET", "/report?lang=en")
    assert answer.status_code == 500
    assert answer.text == "Something broke on our side. Please try again."
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_broken_page_is_said_in_japanese(shop: Shop) -> None:
    def broken() -> object:
        raise RuntimeError

    answer = ask(make_app(shop, report=broken, gate=LocalGate(shop)), "GET", "/report?lang=ja")  # type: ignore[arg-type]
    assert answer.text == "こちらの不具合で表示できませんでした。もう一度お試しください。"


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert "*" not in POLICY
    for rule in ("default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"):
        assert rule in POLICY


@pytest.mark.parametrize("origin", ["null", "https://evil.example", "http://127.0.0.1:9999"])
def test_no_origin_is_ever_allowed_to_read(app: Starlette, origin: str) -> None:
    for path in ("/report", f"/u/{token('unsubscribe')}", "/static/tenshu.css"):
        answer = ask(app, "GET", path, headers={"Origin": origin})
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_no_answer_sets_a_cookie(app: Starlette) -> None:
    for path in ("/report", f"/c/{token('click', url=URL)}", f"/o/{token('open')}.gif", f"/u/{token('unsubscribe')}"):
        assert "set-cookie" not in ask(app, "GET", path).headers


def test_what_an_answer_says_about_caching_stays() -> None:
    headers = MutableHeaders({"Cache-Control": "public, max-age=60"})
    secure(headers, "/static/a.css")
    assert headers["cache-control"] == "public, max-age=60"


def test_only_the_opening_pixel_may_be_embedded_elsewhere() -> None:
    for path, allowed in [("/o/x.gif", "cross-origin"), ("/c/x", "same-origin"), ("/u/x", "same-origin")]:
        headers = MutableHeaders()
        secure(headers, path)
        assert headers["cross-origin-resource-policy"] == allowed


def test_static_files_last_a_year_only_under_their_digest(app: Starlette) -> None:
    assert "immutable" in ask(app, "GET", "/static/tenshu.css?v=abc").headers["cache-control"]
    assert ask(app, "GET", "/static/tenshu.css").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fpages.py", "/static//etc/passwd"]
)
def test_no_path_leads_out_of_the_static_folder(app: Starlette, path: str) -> None:
    answer = ask(app, "GET", path)
    assert answer.status_code == 404
    assert "import" not in answer.text


def test_the_page_is_compressed_for_those_who_ask(app: Starlette) -> None:
    assert ask(app, "GET", "/report", headers={"Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"


def test_sample_report_is_what_the_page_shows(app: Starlette) -> None:
    assert sample_report().shop in ask(app, "GET", "/report").text
