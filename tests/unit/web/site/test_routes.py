"""Links in messages: a signed one works, a GET changes no consent, anything else finds nothing at all."""

from base64 import urlsafe_b64encode

import msgspec
import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from tenshu.bootstrap import Shop
from tenshu.collect.inbox import waiting
from tenshu.collect.tables import requests
from tenshu.content.shop import read_shop, write_shop
from tenshu.deliver.links import HONEYPOT_LINK, LinkPayload, Signer
from tenshu.web.site.routes import PIXEL
from tests.unit.web.cast import SECRET, ask, inbox_facts, state_of, token

URL = "https://shop.example.com/goods/1?from=mail&x=%E5%BA%97#top"


# A click.


def test_a_click_leads_where_the_message_said(app: Starlette) -> None:
    answer = ask(app, "GET", f"/c/{token('click', url=URL)}")
    assert answer.status_code == 302
    assert answer.headers["location"] == URL


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_click_is_recorded_with_its_method(app: Starlette, shop: Shop, method: str) -> None:
    ask(app, method, f"/c/{token('click', url=URL, link=3)}", headers={"User-Agent": "Scanner/1.0"})
    said = inbox_facts(shop)["said"][0]
    assert (said["method"], said["user_agent"], said["link"]) == (method, "Scanner/1.0", 3)


def test_the_invisible_link_is_recorded_as_such(app: Starlette, shop: Shop) -> None:
    ask(app, "GET", f"/c/{token('click', url=URL, link=HONEYPOT_LINK)}")
    assert inbox_facts(shop)["said"][0]["link"] == -1


def test_a_click_changes_no_consent(app: Starlette, shop: Shop) -> None:
    before = state_of(shop)
    ask(app, "GET", f"/c/{token('click', url=URL)}")
    assert state_of(shop) == before


def test_a_click_that_cannot_be_kept_still_leads_on(app: Starlette, shop: Shop) -> None:
    with shop.inbox.writing() as tx:
        tx.execute(text(f"DROP TABLE {requests.name}"))
    answer = ask(app, "GET", f"/c/{token('click', url=URL)}")
    assert answer.headers["location"] == URL


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "//evil.example/a",
        "\\\\evil.example",
        "https:\\evil.example",
        "data:text/html,x",
        "ftp://shop.example.com/",
        "https://shop.example.com/\r\nSet-Cookie: a=b",
        "",
        "/relative",
    ],
)
def test_even_a_signed_link_leads_to_the_web_alone(app: Starlette, shop: Shop, target: str) -> None:
    signed = unchecked_token(target)
    answer = ask(app, "GET", f"/c/{signed}")
    assert answer.status_code == 404
    assert "location" not in answer.headers
    assert waiting(shop.inbox) == 0


def unchecked_token(url: str) -> str:
    """Sign a click to anywhere, as a broken version might have: the address is checked again when it is used."""

    class Careless(Signer):
        def sign(self, payload: LinkPayload) -> str:
            said = urlsafe_b64encode(msgspec.json.encode(payload)).rstrip(b"=")
            body = self.key_id.encode() + b"." + said
            return (body + b"." + self._mac(self.key_id, payload.purpose, body)).decode()

    return Careless(SECRET, "k1").sign(LinkPayload(purpose="click", enrolment=7, visit=1, url=url))


def test_the_careless_signer_makes_links_that_open(app: Starlette) -> None:
    assert ask(app, "GET", f"/c/{unchecked_token(URL)}").headers["location"] == URL


# Opening.


def test_the_pixel_is_a_picture_and_recorded(app: Starlette, shop: Shop) -> None:
    answer = ask(app, "GET", f"/o/{token('open')}.gif")
    assert answer.headers["content-type"] == "image/gif"
    assert answer.content == PIXEL
    assert inbox_facts(shop)["event"].to_list() == ["email_opened"]


def test_the_pixel_is_one_transparent_dot() -> None:
    assert PIXEL[:6] == b"GIF89a"
    assert (PIXEL[6], PIXEL[8]) == (1, 1)
    assert len(PIXEL) < 50


def test_each_opening_counts_for_itself(app: Starlette, shop: Shop) -> None:
    for _again in range(3):
        ask(app, "GET", f"/o/{token('open')}.gif")
    assert waiting(shop.inbox) == 3


# The way out.


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"])
def test_only_a_post_unsubscribes(app: Starlette, shop: Shop, method: str) -> None:
    before = state_of(shop)
    for query in ("", "?lang=en", "?how=page", "?List-Unsubscribe=One-Click", "?_method=POST"):
        ask(app, method, f"/u/{token('unsubscribe')}{query}", headers={"X-HTTP-Method-Override": "POST"})
    assert state_of(shop) == before
    assert waiting(shop.inbox) == 0


def test_a_one_click_post_without_cookie_or_login_unsubscribes(app: Starlette, shop: Shop) -> None:
    answer = ask(app, "POST", f"/u/{token('unsubscribe')}", data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "location" not in answer.headers
    state = state_of(shop)
    assert [len(rows) for rows in state.values()] == [1, 1, 1]
    assert "one_click" in state["facts_out"][0][-1]


@pytest.mark.parametrize("body", [b"", b"List-Unsubscribe=One-Click", b"\xff\x00nonsense", b"a" * 200_000])
def test_whatever_the_mail_program_posts_the_person_is_heard(app: Starlette, shop: Shop, body: bytes) -> None:
    assert ask(app, "POST", f"/u/{token('unsubscribe')}", content=body).status_code == 200
    assert len(state_of(shop)["suppressions"]) == 1


def test_a_multipart_post_is_heard_as_well(app: Starlette, shop: Shop) -> None:
    answer = ask(app, "POST", f"/u/{token('unsubscribe')}", files={"List-Unsubscribe": (None, "One-Click")})
    assert answer.status_code == 200
    assert len(state_of(shop)["suppressions"]) == 1


def test_the_button_of_the_page_says_so_in_the_proof(app: Starlette, shop: Shop) -> None:
    ask(app, "POST", f"/u/{token('unsubscribe')}?how=page&lang=ja")
    assert '"how":"page"' in state_of(shop)["facts_out"][0][-1]


def test_posting_twice_is_answered_as_kindly_as_once(app: Starlette, shop: Shop) -> None:
    answers = [ask(app, "POST", f"/u/{token('unsubscribe')}?lang=ja") for _again in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert "配信を停止しました" in answers[1].text
    assert len(state_of(shop)["facts_out"]) == 1


@pytest.mark.parametrize(
    ("code", "words"), [("ja", "メールの配信を停止しますか"), ("en", "Shall we stop writing to you?")]
)
def test_the_page_asks_in_the_persons_language(app: Starlette, code: str, words: str) -> None:
    answer = ask(app, "GET", f"/u/{token('unsubscribe')}", headers={"Accept-Language": code})
    assert words in answer.text
    assert 'method="post"' in answer.text


def test_the_page_names_the_shop_as_the_law_asks(app: Starlette) -> None:
    shown = ask(app, "GET", f"/u/{token('unsubscribe')}").text
    for said in ("木の実雑貨店", "東京都千代田区1-2-3", "03-0000-0000"):
        assert said in shown


def test_the_page_names_the_shop_as_it_is_now_whoever_changed_it(app: Starlette, shop: Shop) -> None:
    path = f"/u/{token('unsubscribe')}"
    ask(app, "GET", path)
    with shop.ledger.writing() as tx:
        write_shop(tx, msgspec.structs.replace(read_shop(shop.ledger), name="新しい名前", language="en"))
    said = ask(app, "GET", path, headers={"accept-language": "fr"}).text
    assert "新しい名前" in said
    assert '<html lang="en"' in said


def test_the_page_shows_no_address_of_anybody(app: Starlette) -> None:
    assert "person1@example.com" not in ask(app, "GET", f"/u/{token('unsubscribe')}").text


def test_a_scanner_that_opens_every_link_changes_no_consent(app: Starlette, shop: Shop) -> None:
    before = state_of(shop)
    links = [f"/c/{token('click', url=URL, link=link)}" for link in range(4)]
    links += [f"/o/{token('open')}.gif", f"/u/{token('unsubscribe')}"]
    for method in ("HEAD", "GET"):
        for link in links:
            ask(app, method, link)
    assert state_of(shop) == before
    assert waiting(shop.inbox) == 10  # 5 tracked links x 2 methods; the way out is not tracked


# What is forged.

ELSEWHERE = Signer(b"the secret of another shop entirely", "k1")


def forged_tokens() -> list[str]:
    """Return tokens that this shop never made, or that somebody has altered."""
    good = token("click", url=URL)
    key_id, said, mac = good.split(".")
    foreign = ELSEWHERE.sign(LinkPayload(purpose="click", enrolment=7, visit=1, url=URL))
    return [
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good + "A",
        good[1:],
        f"{key_id}.{said[:-2]}AA.{mac}",
        f"k2.{said}.{mac}",
        f"{key_id}.{said}.",
        f"{key_id}..{mac}",
        foreign,
        "....",
        "%00",
        "a" * 5000,
        "店",
        "' OR 1=1 --",
        "..%2f..%2freport",
    ]


@pytest.mark.parametrize("forged", forged_tokens())
@pytest.mark.parametrize("path", ["/c/{}", "/o/{}.gif", "/u/{}"])
def test_a_forged_link_finds_nothing_and_leaves_nothing(app: Starlette, shop: Shop, path: str, forged: str) -> None:
    before = state_of(shop)
    for method in ("GET", "HEAD"):
        answer = ask(app, method, path.format(forged))
        assert answer.status_code == 404
        assert "location" not in answer.headers
    assert state_of(shop) == before
    assert waiting(shop.inbox) == 0


@pytest.mark.parametrize("forged", forged_tokens())
def test_a_forged_post_unsubscribes_nobody(app: Starlette, shop: Shop, forged: str) -> None:
    before = state_of(shop)
    assert ask(app, "POST", f"/u/{forged}").status_code in {404, 405}
    assert state_of(shop) == before


@pytest.mark.parametrize(
    ("path", "purpose"),
    [
        ("/u/{}", "open"),
        ("/u/{}", "click"),
        ("/c/{}", "open"),
        ("/c/{}", "unsubscribe"),
        ("/o/{}.gif", "click"),
        ("/o/{}.gif", "unsubscribe"),
    ],
)
def test_a_link_made_for_one_use_is_good_for_no_other(app: Starlette, shop: Shop, path: str, purpose: str) -> None:
    made = token(purpose, url=URL if purpose == "click" else "")  # type: ignore[arg-type]
    before = state_of(shop)
    for method in ("GET", "HEAD", "POST"):
        assert ask(app, method, path.format(made)).status_code in {404, 405}
    assert state_of(shop) == before
    assert waiting(shop.inbox) == 0


def test_every_wrong_link_gets_the_same_words(app: Starlette) -> None:
    pages = {ask(app, "GET", f"/{kind}/x?lang=ja").text for kind in ("c", "u", "nowhere")}
    assert len(pages) == 1


def test_the_words_for_a_lost_page_help(app: Starlette) -> None:
    assert "お探しのページはありません" in ask(app, "GET", "/nowhere?lang=ja").text
    assert "There is nothing here." in ask(app, "GET", "/nowhere?lang=en").text


def test_what_is_in_the_address_is_not_repeated_on_the_page(app: Starlette) -> None:
    assert "<script>" not in ask(app, "GET", "/<script>alert(1)</script>").text
    assert "alert(1)" not in ask(app, "GET", "/u/<script>alert(1)</script>?lang=<script>").text


def test_the_links_work_through_a_proxy_with_the_shops_own_name(app: Starlette) -> None:
    answer = ask(app, "GET", f"/u/{token('unsubscribe')}", host="mail.shop.example", headers={"Via": "1.1 proxy"})
    assert answer.status_code == 200
