"""Customers over HTTP: found as one types, the card, the timeline, thirty days in their shoes."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import polars as pl
import pytest

from tenshu.bootstrap import Shop
from tenshu.collect.facts_out import tell as tell_out
from tenshu.collect.vocabulary import EMAIL_SENT
from tenshu.condition import parse
from tenshu.deliver.tables import outbox
from tenshu.kit.clock import SetClock
from tenshu.kit.ids import fact_id
from tenshu.know.publish import publish_ranks
from tenshu.privacy.suppression import digest_address, suppress
from tenshu.segment.saved import save_segment
from tenshu.testing.small_shop import add_template, everybody, open_small_shop, order, start, tell, tick
from tests.unit.web.console.visiting import Visitor, visiting

SCRIPT = "<script>alert(1)</script>"


def fact(number: str, event: str, at: Any, **said: Any) -> dict[str, Any]:
    """Return a fact of a customer."""
    return {
        "fact_id": fact_id(event, number, at.isoformat()),
        "event": event,
        "occurred_at": at,
        "received_at": at,
        "source": "web",
        "identifiers": [{"kind": "customer_no", "value": number}],
        "properties": msgspec.json.encode(said).decode(),
    }


TRAITS = {
    "last_name": "佐藤",
    "first_name": "花子",
    "name_kana": "サトウ ハナコ",
    "prefecture": "東京都",
    "email": "hana..s.@docomo.ne.jp",
    "phone": "+819012345678",
    "company": SCRIPT,
    "memo": SCRIPT,
}
MAIL = {"journey": "hello", "step": "send", "enrolment": 1, "visit": 1}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return a shop in which 佐藤 has a story: purchases, a mail that was read, one that was kept back."""
    shop, clock = open_small_shop(tmp_path_factory.mktemp("customers"), people=40)
    now = clock.now()
    facts = [fact("S-1", "customer_described", now - timedelta(days=90), traits=TRAITS)]
    facts += [
        order("S-1", f"A-{n}", now - timedelta(days=20 * n + 1), amount=3000, product="バラの花束") for n in range(3)
    ]
    tell(shop, [*facts, fact("S-1", "visited", now - timedelta(days=6), page=SCRIPT)])
    publish_ranks(shop.warehouse, now=now, zone="Asia/Tokyo")
    add_template(shop)
    start(shop)
    start(shop, "again", title={"ja": "新作のご案内", "en": "New things"})
    everybody_who_bought = parse({"kind": "did", "event": "order_completed"})
    with shop.ledger.writing() as tx:
        save_segment(tx, "buyers", {"ja": "買った方", "en": "Buyers"}, everybody_who_bought, now=now)
        gone = pl.DataFrame({"address_digest": [digest_address("s-3@example.com", shop.address_key)]})
        suppress(tx, gone, channel="email", purpose="*", reason="hard_bounce", at=now)
    tick(shop)
    send_and_answer(shop, clock)
    return shop


def send_and_answer(shop: Shop, clock: SetClock) -> None:
    """Let the mail to 佐藤 go out, and be clicked half an hour later."""
    now = clock.now()
    with shop.ledger.writing() as tx:
        sent = pl.DataFrame([{**MAIL, "customer": 1, "template": "hello", "reason": None}])
        typed = sent.with_columns(pl.col("reason").cast(pl.String))
        tell_out(tx, EMAIL_SENT, typed, [*MAIL, "template", "reason"], at=now)
        tx.execute(outbox.update().where(outbox.c.customer == 1).values(state="sent", ended_at=now))
    clock.set(now + timedelta(hours=1))
    said = {
        **MAIL,
        "link": 0,
        "url": "https://shop.example.com/new",
        "by": "human",
        "method": "GET",
        "user_agent": "Safari",
    }
    tell(shop, [fact("S-1", "email_clicked", now + timedelta(minutes=30), **said)])
    tick(shop)


@pytest.fixture
def visitor(shop: Shop) -> Any:
    with visiting(shop, role="staff", language="en") as visitor:
        yield visitor


def words(html: str) -> str:
    """Return the words of a page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def test_the_list_shows_the_most_valuable_first_by_pages(visitor: Visitor) -> None:
    page = visitor.get("/customers")
    assert "45 customers" in words(page.text)
    found = re.findall(r'href="/customers/(\d+)"', page.text)
    assert found[0] == "1"
    assert len(found) == 30
    later = re.search(r'rel="next"[^>]*href="([^"]+)"', page.text)
    assert later is not None
    second = re.findall(r'href="/customers/(\d+)"', visitor.get(unescape(later[1])).text)
    assert len(set(found) | set(second)) == 45


@pytest.mark.parametrize("said", ["佐藤", "さとう", "ｻﾄｳ", "hanako", "0901234", "hana..s.@", "S-1"])
def test_typing_finds_and_answers_with_the_list_alone(visitor: Visitor, said: str) -> None:
    part = visitor.part("GET", "/customers?q=" + quote(said))
    assert re.findall(r'href="/customers/(\d+)"', part.text) == ["1"]
    assert "<html" not in part.text


def test_nobody_found_says_what_to_try(visitor: Visitor) -> None:
    assert "last four digits" in visitor.get("/customers?q=zzzz").text


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=" + "a" * 5000,
        "skip=-1",
        "skip=x",
        "skip=" + "9" * 40,
        "order='",
        "rank=king",
        "q=%25%27",
        "q=%F0%9F%92%90",
    ],
)
def test_odd_questions_are_answered_calmly(visitor: Visitor, query: str) -> None:
    assert visitor.get("/customers?" + query).status_code == 200


def test_a_condition_opens_the_people_behind_it(visitor: Visitor) -> None:
    said = {"kind": "did", "event": "order_completed", "count": {"cmp": "gte", "value": 2}}
    page = visitor.get("/customers?condition=" + quote(msgspec.json.encode(said).decode()))
    assert re.findall(r'href="/customers/(\d+)"', page.text) == ["1"]
    assert "placed an order at least 2 times" in words(page.text)
    assert visitor.get("/customers?condition=%7B").status_code == 400


def test_the_card_is_about_a_person(visitor: Visitor) -> None:
    page = words(visitor.get("/customers/1").text)
    for said in (
        "サトウ ハナコ",
        "佐藤 花子",
        "S-1",
        "Bought yesterday.",
        "4 orders",
        "バラの花束",
        "in 3 orders",
        "hana..s.@docomo.ne.jp",
        "an old mobile address",
        "s-1@example.com",
        "an earlier one",
        "09012345678",
        "東京都",
        "Buyers",
        "asked for it",
        "Clicked in the mail of “Hello”",
        "best customer",
    ):
        assert said in page, said


def test_the_card_says_why_there_was_silence(visitor: Visitor) -> None:
    page = words(visitor.get("/customers/1").text)
    assert re.search("Nothing was sent from “(Hello|New things)”.", page)
    assert "The customer would get more messages than the frequency cap allows." in page


@pytest.mark.parametrize(
    ("number", "headline"),
    [(1, "Not today"), (5, "Do not write"), (7, "Do not write"), (9, "Do not write yet")],
)
def test_the_card_says_whether_to_speak(visitor: Visitor, number: int, headline: str) -> None:
    """By the consent, by a suppression, by a revocation, by nobody having asked."""
    page = visitor.get(f"/customers/{number}").text
    assert f"<h2>{headline}</h2>" in page


def test_a_planned_message_is_told_with_its_hour(visitor: Visitor, shop: Shop) -> None:
    with shop.ledger.reading() as tx:
        waiting = tx.frame(outbox.select().where(outbox.c.state == "queued"))["customer"][0]
    page = visitor.get(f"/customers/{waiting}").text
    assert "A message is on its way" in page


@pytest.mark.parametrize("number", ["0", "99999", "x", "-1", "1.5", "9" * 30, "１", "' OR 1=1", "%00", "S-1"])
def test_who_is_nobody_is_the_lost_page(visitor: Visitor, number: str) -> None:
    for path in (f"/customers/{number}", f"/customers/{number}/shoes"):
        assert visitor.get(path).status_code == 404, path


def test_markup_in_data_is_text(visitor: Visitor) -> None:
    for path in (
        "/customers/1",
        "/customers/1/shoes",
        "/customers?q=佐藤",
        "/customers/1/timeline",
        f"/customers?q={quote(SCRIPT)}",
    ):
        page = visitor.get(path)
        assert page.status_code == 200
        assert SCRIPT not in page.text, path
    assert SCRIPT in unescape(visitor.get("/customers/1").text)


def test_the_timeline_goes_on_further_down(shop: Shop, visitor: Visitor) -> None:
    now = shop.clock.now()
    tell(shop, [fact("S-2", "page_viewed", now - timedelta(hours=n + 1), n=n) for n in range(70)])
    card = visitor.get("/customers/3").text
    page = card[card.index('id="timeline"') :]
    shown = len(re.findall(r"[ >]n: \d", page))
    assert 40 <= shown < 70
    more = re.search(r'hx-get="([^"]+)"', page)
    assert more is not None
    part = visitor.part("GET", unescape(more[1]))
    assert shown + len(re.findall(r"[ >]n: \d", part.text)) == 70
    assert "<html" not in part.text
    whole = visitor.get(unescape(more[1]))
    assert "<html" in whole.text


def test_in_their_shoes_is_what_they_met(visitor: Visitor) -> None:
    page = words(visitor.get("/customers/1/shoes").text)
    assert "Mails from the shop in 30 days: 1, of which they answered 1." in page
    assert "Times that the shop kept silent: 1." in page
    assert "A mail went out: “佐藤" in page
    assert "Most mails within 7 days: 1. The shop allows itself 3." in page


def test_only_staff_see_people(shop: Shop) -> None:
    with visiting(shop, role="viewer") as visitor:
        for path in ("/customers", "/customers/1", "/customers/1/timeline", "/customers/1/shoes"):
            answer = visitor.get(path)
            assert answer.status_code == 403
            assert "佐藤" not in answer.text


@pytest.mark.parametrize("language", ["ja", "en"])
def test_everybody_of_the_cast_has_a_card_in_both_languages(shop: Shop, language: str) -> None:
    with visiting(shop, language=language) as visitor:
        for number in (1, 5, 9):
            for path in (f"/customers/{number}", f"/customers/{number}/shoes"):
                assert visitor.get(path).status_code == 200


def test_a_merged_number_leads_to_the_one_that_is_left(tmp_path: Path) -> None:
    shop, clock = open_small_shop(tmp_path)
    link = {"kind": "email", "value": "new@example.com"}
    tell(shop, [{**order("X", "X-1", clock.now()), "identifiers": [link]}])
    with shop.ledger.reading() as tx:
        from tenshu.identify.resolve import find_customer  # noqa: PLC0415 - only here

        former = find_customer(tx, "new@example.com")
    joined = fact("S-1", "customer_described", clock.now(), traits={"email": "new@example.com"})
    tell(shop, [joined | {"identifiers": [*joined["identifiers"], link]}])
    with visiting(shop) as visitor:
        for tail in ("", "/shoes"):
            answer = visitor.get(f"/customers/{former}{tail}")
            assert (answer.status_code, answer.headers["location"]) == (302, f"/customers/1{tail}")


def test_an_empty_shop_is_told_how_to_begin(tmp_path: Path) -> None:
    from tenshu.bootstrap import open_shop  # noqa: PLC0415 - only here

    shop = open_shop(tmp_path / "home", create=True)
    with visiting(shop, language="en") as visitor:
        page = visitor.get("/customers")
    assert "Your customers will be here" in page.text
    assert 'href="/import"' in page.text
    shop.close()


def test_a_condition_that_everybody_meets_shows_everybody(visitor: Visitor) -> None:
    page = visitor.get("/customers?condition=" + quote(msgspec.json.encode(everybody()).decode()))
    assert "45 customers" in words(page.text)
