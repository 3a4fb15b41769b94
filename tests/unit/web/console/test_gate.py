"""The gate: who gets in, from where, with what; and that nobody else's page can act for somebody."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from tenshu.bootstrap import REHEARSED_UNTIL, Shop, save_settings
from tenshu.kit.clock import SetClock
from tenshu.staff import people
from tenshu.staff.audit import Actor, read_audit
from tenshu.staff.people import find_member
from tenshu.staff.person import Person
from tenshu.staff.sign_ins import LASTS, LASTS_UNUSED, NOTED_EVERY
from tenshu.staff.tables import sign_ins as sign_in_table
from tenshu.store.settings import write_setting
from tenshu.testing.small_shop import MONDAY
from tenshu.web.app import make_app
from tenshu.web.console.gate import COOKIE, HTTPS_COOKIE, StaffGate
from tenshu.web.console.reach import PROXIES, client_ip, reach_of
from tests.unit.web.console.crew_home import crew_home
from tests.unit.web.console.doors import (
    ADDRESSES,
    OURS,
    OWNER,
    come_in,
    open_console,
    signed_in,
    stranger,
    token_in,
)

PUBLIC = "https://console.example.com"


@pytest.fixture
def home(tmp_path: Path) -> tuple[Shop, SetClock]:
    return crew_home(tmp_path, access="any")


@pytest.fixture
def shop(home: tuple[Shop, SetClock]) -> Shop:
    return home[0]


@pytest.fixture
def app(shop: Shop) -> Starlette:
    return open_console(shop)


def asked(headers: dict[str, str], *, peer: str = "127.0.0.1", scheme: str = "http") -> Request:
    told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "scheme": scheme, "path": "/", "query_string": b"",
                    "headers": told, "client": (peer, 1), "server": ("127.0.0.1", 8000)})  # fmt: skip


def test_who_is_not_signed_in_is_led_to_the_sign_in_and_back(app: Starlette) -> None:
    answer = stranger(app).get("/segments?page=2")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/segments%3Fpage%3D2"
    assert 'value="/segments?page=2"' in stranger(app).get(answer.headers["location"]).text
    assert stranger(app).get("/").headers["location"] == "/sign-in"


def test_a_form_of_somebody_who_is_signed_out_is_refused_and_says_so(app: Starlette) -> None:
    answer = stranger(app).post("/settings/people/invite", {"email": "x@example.com"})
    assert answer.status_code == 401
    assert "Please sign in again" in answer.text


def test_a_part_of_a_page_leads_the_whole_page_to_the_sign_in(app: Starlette) -> None:
    answer = stranger(app).part("GET", "/segments")
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")


def test_a_home_in_which_nobody_works_says_where_the_link_is(tmp_path: Path) -> None:
    app = open_console(crew_home(tmp_path, is_lived_in=False)[0])
    for path in ("/", "/settings/people", "/sign-in"):
        answer = stranger(app).get(path)
        assert answer.status_code == 403
        assert "tenshu staff link" in answer.text


def test_a_rehearsed_home_lets_a_guest_of_this_machine_read(shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        write_setting(tx, REHEARSED_UNTIL, MONDAY.isoformat())
    app = make_app(shop, gate=StaffGate(shop))
    assert stranger(app).get("/report").status_code == 200
    assert stranger(app).get("/settings/people").status_code == 403
    assert stranger(app).get("/settings/me").status_code == 404
    assert stranger(app).post("/settings/people/invite", {}).status_code == 403
    assert stranger(app).get("/report", headers={"host": "shop.example.com"}).status_code == 404
    assert stranger(app).get("/report", headers={"x-forwarded-for": "203.0.113.5"}).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "console.example.com"},  # no public address is set
        {"x-forwarded-for": "203.0.113.5"},
        {"forwarded": "for=203.0.113.5"},
        {"x-forwarded-host": "127.0.0.1"},
        {"via": "1.1 proxy"},
    ],
)
def test_from_elsewhere_there_is_nothing_not_even_for_somebody_signed_in(
    app: Starlette, shop: Shop, headers: dict[str, str]
) -> None:
    visitor = signed_in(app, shop)
    for path in ("/", "/sign-in", "/settings/people"):
        assert visitor.get(path, headers=headers).status_code == 404
    assert visitor.post("/sign-in", {}, headers=headers).status_code == 404


def public_shop(shop: Shop, url: str = PUBLIC) -> Shop:
    return save_settings(shop, msgspec.structs.replace(shop.settings, public_url=url))


def test_through_a_proxy_with_tls_the_cookie_is_bound_to_the_host(shop: Shop) -> None:
    app = open_console(public_shop(shop))
    visitor = stranger(app)
    through = {"host": "console.example.com", "x-forwarded-for": "203.0.113.5", **OURS}
    answer = visitor.post("/sign-in", {"email": OWNER, "password": "mizuumi no soko ni aru"}, headers=through)
    assert answer.status_code == 303
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith(f"{HTTPS_COOKIE}=")
    assert {part.strip().lower() for part in cookie.split(";")[1:]} >= {"secure", "httponly", "path=/", "samesite=lax"}
    assert "domain=" not in cookie.lower()


def test_on_this_machine_the_cookie_is_for_this_browser_alone(app: Starlette) -> None:
    _visitor, answer = come_in(app)
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith(f"{COOKIE}=")
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert parts >= {"httponly", "path=/", "samesite=lax", f"max-age={int(LASTS.total_seconds())}"}
    assert not any(part.startswith(("domain", "secure")) for part in parts)


def test_a_public_address_without_tls_opens_no_console(shop: Shop) -> None:
    app = open_console(public_shop(shop, "http://console.example.com"))
    assert stranger(app).get("/sign-in", headers={"host": "console.example.com"}).status_code == 404
    assert stranger(app).get("/sign-in").status_code == 200


def test_the_cookie_of_this_machine_is_no_key_to_the_public_address(shop: Shop) -> None:
    app = open_console(public_shop(shop))
    visitor = signed_in(app, shop)
    assert visitor.get("/settings/people").status_code == 200
    token = token_in(visitor)
    for name, status in ((COOKIE, 303), (HTTPS_COOKIE, 200)):
        headers = {"host": "console.example.com", "cookie": f"{name}={token}"}
        assert stranger(app).get("/settings/people", headers=headers).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8000"},
        {"sec-fetch-site": ""},
    ],
)
def test_a_form_that_another_site_sent_is_refused_although_its_token_is_right(
    app: Starlette, shop: Shop, headers: dict[str, str]
) -> None:
    visitor = signed_in(app, shop)
    for path in ("/settings/me", "/settings/people/invite", "/sign-out", "/sign-in", "/forgot", "/language"):
        answer = visitor.post(
            path, {"name": "X", "email": OWNER, "password": "mizuumi no soko ni aru"}, headers=headers
        )
        assert answer.status_code == 403
    assert visitor.get("/settings/people").status_code == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8000", 303),
        ("http://127.0.0.1:9999", 403),
        ("http://127.0.0.1", 403),
        ("https://evil.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_a_browser_that_tells_no_site_is_judged_by_the_origin(
    app: Starlette, shop: Shop, origin: str, status: int
) -> None:
    visitor = signed_in(app, shop)
    del visitor.headers["sec-fetch-site"]
    headers = {"origin": origin} if origin else {}
    assert visitor.post("/settings/me", {"name": "店主"}, headers=headers).status_code == status


def test_the_form_token_of_one_sign_in_is_none_of_another(app: Starlette, shop: Shop) -> None:
    one, other = signed_in(app, shop), signed_in(app, shop)
    assert one.csrf != other.csrf
    for token in (other.csrf, stranger(app).csrf, "", "x", token_in(one)):
        assert one.send("POST", "/settings/me", data={"csrf": token, "name": "X"}).status_code == 403
    assert one.post("/settings/me", {"name": "店主 花子"}).status_code == 303


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "application/x-www-form-urlencoded; x"])
def test_a_body_that_is_no_form_does_nothing(app: Starlette, shop: Shop, kind: str) -> None:
    visitor = signed_in(app, shop)
    body = b'{"csrf": "%s", "name": "X"}' % visitor.csrf.encode()
    answer = visitor.send("POST", "/settings/me", content=body, headers={"content-type": kind})
    assert answer.status_code == 403


def test_a_sign_in_is_noted_as_used_at_most_every_five_minutes(app: Starlette, home: tuple[Shop, SetClock]) -> None:
    shop, clock = home
    visitor = signed_in(app, shop)

    def seen_at() -> object:
        with shop.ledger.reading() as tx:
            return tx.value(sign_in_table.select().with_only_columns(sign_in_table.c.seen_at))

    before = seen_at()
    clock.set(MONDAY + NOTED_EVERY - timedelta(seconds=1))
    assert visitor.get("/settings/me").status_code == 200
    assert seen_at() == before
    clock.set(MONDAY + NOTED_EVERY)
    assert visitor.get("/settings/me").status_code == 200
    assert seen_at() != before


@pytest.mark.parametrize("later", [LASTS_UNUSED, LASTS])
def test_a_sign_in_that_is_over_leads_to_the_sign_in(
    app: Starlette, home: tuple[Shop, SetClock], later: timedelta
) -> None:
    visitor = signed_in(app, home[0])
    assert visitor.get("/settings/me").status_code == 200
    home[1].set(MONDAY + later)
    assert visitor.get("/settings/me").status_code == 303
    assert visitor.post("/settings/me", {"name": "X"}).status_code == 401


def test_another_role_holds_at_once(app: Starlette, shop: Shop) -> None:
    visitor = signed_in(app, shop, "marketer")
    assert visitor.get("/settings/me").status_code == 200
    with shop.ledger.writing() as tx:
        member = find_member(tx, ADDRESSES["marketer"])
        assert member is not None
        people.change_role(tx, member.id, "viewer", by=Actor(1, "店主"), now=MONDAY)
    assert visitor.get("/settings/me").status_code == 303


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "%00", "é", "x" * 4000])
def test_a_cookie_that_is_none_of_ours_is_nobodys(app: Starlette, token: str) -> None:
    visitor = stranger(app)
    visitor.headers["cookie"] = f"{COOKIE}={token}".encode()  # type: ignore[assignment]
    assert visitor.get("/settings/me").status_code == 303


def test_an_act_on_a_page_is_told_in_the_audit_log_without_what_was_typed(shop: Shop) -> None:
    gate = StaffGate(shop)
    request = asked({"host": "127.0.0.1"})
    request.scope["path_params"] = {"name": "vip\r\nx"}
    with shop.ledger.reading() as tx:
        owner = find_member(tx, OWNER)
    assert owner is not None
    person = Person(id=owner.id, name=owner.name, email=owner.email, role=owner.role)
    gate.acted(request, person, "/segments/{name}/end")
    gate.acted(request, person, "/settings/keys/new")  # writes its own row
    with shop.ledger.reading() as tx:
        newest, *before = read_audit(tx, limit=2)
    assert (newest.act, newest.about, newest.person) == ("POST /segments/{name}/end", "vip\\r\\nx", owner.id)
    assert before[0].act == "joined"


@pytest.mark.parametrize(
    ("forwarded", "proxies", "ip"),
    [
        ("", 0, "127.0.0.1"),
        ("203.0.113.5", 0, "127.0.0.1"),  # nobody is believed
        ("203.0.113.5", 1, "203.0.113.5"),
        ("1.2.3.4, 203.0.113.5", 1, "203.0.113.5"),  # what the visitor wrote himself stands before it
        ("1.2.3.4, 203.0.113.5, 10.0.0.2", 2, "203.0.113.5"),
        ("203.0.113.5", 2, "127.0.0.1"),
        ("<script>", 1, "127.0.0.1"),
        ("203.0.113.5:1234", 1, "127.0.0.1"),
        ("2001:DB8::1", 1, "2001:db8::1"),
        ("", 1, "127.0.0.1"),
    ],
)
def test_an_address_is_believed_only_as_far_as_own_proxies_wrote_it(forwarded: str, proxies: int, ip: str) -> None:
    headers = {"host": "127.0.0.1", **({"x-forwarded-for": forwarded} if forwarded else {})}
    assert client_ip(asked(headers), proxies) == ip


def test_the_setting_of_the_proxies_reaches_the_log(shop: Shop) -> None:
    app = open_console(public_shop(shop))
    with shop.ledger.writing() as tx:
        write_setting(tx, PROXIES, 1)
    through = {"host": "console.example.com", "x-forwarded-for": "1.1.1.1, 203.0.113.77", **OURS}
    stranger(app).post("/sign-in", {"email": OWNER, "password": "wrong"}, headers=through)
    with shop.ledger.reading() as tx:
        assert read_audit(tx)[0].ip == "203.0.113.77"


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
def test_this_machine_has_three_names(name: str) -> None:
    reach = reach_of(asked({"host": f"{name}:8000"}), public_url=PUBLIC)
    assert (reach.is_ours, reach.is_local, reach.is_https) == (True, True, False)
