"""How a request reached the console: by which name, from where, over what, and who sent its form."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from tenshu.web.console.reach import Reach, client_ip, is_from_here, is_sent_by_us, reach_of

PUBLIC = "https://console.example.com"
PEER = "198.51.100.7"


def asked(host: str, *, peer: str | None = PEER, **headers: str) -> Request:
    sent = {"host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in sent.items()]
    client = None if peer is None else (peer, 4711)
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "scheme": "http"}
    return Request(scope | {"headers": raw, "server": ("127.0.0.1", 8000), "client": client})


NOWHERE, LOCAL, THROUGH = (False, False, False), (True, True, False), (True, False, True)


@pytest.mark.parametrize(
    ("host", "headers", "how"),
    [
        ("127.0.0.1:8000", {}, LOCAL),
        ("localhost", {}, LOCAL),
        ("LOCALHOST:8000", {}, LOCAL),
        ("[::1]:8000", {}, LOCAL),
        ("127.0.0.2", {}, NOWHERE),
        ("localhost.example.com", {}, NOWHERE),
        ("127.0.0.1.nip.example", {}, NOWHERE),  # a name that points here is another name
        ("evil.example", {}, NOWHERE),
        ("192.168.1.5", {}, NOWHERE),
        ("console.example.com", {}, THROUGH),
        ("console.example.com:8443", {}, THROUGH),
        ("CONSOLE.EXAMPLE.COM", {}, THROUGH),
        ("www.console.example.com", {}, NOWHERE),
        ("console.example.com.evil.example", {}, NOWHERE),
        ("127.0.0.1", {"x_forwarded_for": "203.0.113.5"}, NOWHERE),  # passed on from elsewhere under our name
        ("127.0.0.1", {"forwarded": "for=203.0.113.5"}, NOWHERE),
        ("127.0.0.1", {"x_forwarded_host": "console.example.com"}, NOWHERE),
        ("127.0.0.1", {"via": "1.1 proxy"}, NOWHERE),
        ("console.example.com", {"x_forwarded_for": "203.0.113.5", "via": "1.1 proxy"}, THROUGH),
    ],
)
def test_a_name_decides_whether_the_console_is_there(
    host: str, headers: dict[str, str], how: tuple[bool, bool, bool]
) -> None:
    reach = reach_of(asked(host, **headers), public_url=PUBLIC)
    assert reach == Reach(*how, PEER)
    assert is_from_here(asked(host, **headers)) == reach.is_local


@pytest.mark.parametrize(
    "public", ["http://console.example.com", "", "console.example.com", "ftp://console.example.com"]
)
def test_without_tls_no_public_name_opens_it(public: str) -> None:
    assert not reach_of(asked("console.example.com"), public_url=public).is_ours
    assert reach_of(asked("127.0.0.1"), public_url=public).is_ours


@pytest.mark.parametrize("public", ["https://127.0.0.1", "https://localhost", "https://[::1]"])
def test_a_public_address_that_is_this_machine_is_local_and_no_https(public: str) -> None:
    host = public.removeprefix("https://")
    assert reach_of(asked(host), public_url=public) == Reach(*LOCAL, PEER)
    assert not reach_of(asked(host, via="1.1 proxy"), public_url=public).is_ours


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "same-origin", "origin": "https://evil.example"}, True),  # the browser itself says so
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"sec_fetch_site": "none"}, False),
        ({"sec_fetch_site": ""}, False),
        ({"sec_fetch_site": "cross-site", "origin": "http://127.0.0.1:8000"}, False),
        ({"origin": "http://127.0.0.1:8000"}, True),
        ({"origin": "http://127.0.0.1:8001"}, False),
        ({"origin": "http://127.0.0.1"}, False),
        ({"origin": "http://localhost:8000"}, False),
        ({"origin": "http://127.0.0.1:8000@evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({}, False),
        ({"referer": "http://127.0.0.1:8000/"}, False),  # what can be left out proves nothing
    ],
)
def test_a_form_is_ours_when_the_browser_says_so(headers: dict[str, str], is_ours: bool) -> None:  # noqa: FBT001
    assert is_sent_by_us(asked("127.0.0.1:8000", **headers)) == is_ours


ADDRESSES = st.ip_addresses().map(str).filter(lambda told: "%" not in told)


@given(before=st.lists(st.text("abc1.:<>", max_size=9), max_size=3), wrote=st.lists(ADDRESSES, min_size=1, max_size=3))
def test_whatever_a_visitor_writes_himself_the_last_that_own_proxies_wrote_counts(
    before: list[str], wrote: list[str]
) -> None:
    request = asked("console.example.com", x_forwarded_for=", ".join([*before, *wrote]))
    assert client_ip(request, len(wrote)) == str(ipaddress.ip_address(wrote[0]))
    assert client_ip(request, 0) == PEER


@given(
    told=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\x00"), max_size=30),
    proxies=st.integers(-2, 5),
)
def test_what_is_counted_is_always_an_address_or_the_peers(told: str, proxies: int) -> None:
    found = client_ip(asked("console.example.com", x_forwarded_for=told), proxies)
    assert found == PEER or str(ipaddress.ip_address(found)) == found


@pytest.mark.parametrize("proxies", [-1, 0, 1, 2])
def test_a_request_without_a_peer_is_from_nowhere(proxies: int) -> None:
    assert client_ip(asked("127.0.0.1", peer=None), proxies) == ""
