"""Whatever is sent to the pages of segments, nothing is run, nothing breaks, and the reason is said."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from tenshu.bootstrap import Shop
from tenshu.condition import ConditionTooLarge, parse
from tenshu.segment import evaluate
from tenshu.segment.saved import read_segments
from tenshu.testing.small_shop import open_small_shop
from tenshu.web.console.segments.routes import read_condition
from tests.unit.web.console.segments.test_pages import address, form, text_of
from tests.unit.web.console.visiting import Visitor, visiting

INJECTIONS = (
    "' OR 1=1 --",
    '"; DROP TABLE facts; --',
    "x' UNION SELECT * FROM facts --",
    "%",
    "_",
    "\\",
    "$.traits",
    '"."x',
    "${7*7}",
    "{{7*7}}",
    "{more}",
    "{table}",
    "\x00",
    "\u202ex",
    "a\nb",
    "💐" * 50,
)
MARKUP = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</select><svg onload=alert(1)>",
    "'onfocus='x",
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return open_small_shop(tmp_path_factory.mktemp("attacks"))[0]


@pytest.fixture
def visitor(shop: Shop) -> Iterator[Visitor]:
    with visiting(shop, language="en") as visitor:
        yield visitor


@pytest.mark.parametrize("payload", INJECTIONS)
def test_a_value_is_only_ever_compared(visitor: Visitor, shop: Shop, payload: str) -> None:
    """The count is that of the judge; the facts are all there afterwards."""
    before = shop.warehouse.frame("SELECT count(*) AS n FROM facts").item()
    for cmp in ("is", "contains"):
        said = {"kind": "trait", "trait": "last_name", "cmp": cmp, "value": payload}
        met = evaluate(shop.warehouse, {"c": parse(said)}, now=shop.clock.now(), zone="Asia/Tokyo")
        part = visitor.part("POST", "/segments/count", data=form(said))
        assert text_of(part.text, "live-count") == str(met["c"].sum()), (payload, cmp)
    assert shop.warehouse.frame("SELECT count(*) AS n FROM facts").item() == before


@pytest.mark.parametrize("payload", [*INJECTIONS[::3], *MARKUP[:2]])
@pytest.mark.parametrize("name", ["c.0.trait", "c.0.cmp", "c.0.kind", "c.0.as"])
def test_a_name_that_is_none_is_refused_or_passed_over(visitor: Visitor, name: str, payload: str) -> None:
    fields = form({"kind": "trait", "trait": "last_name", "cmp": "is", "value": "佐藤"}) | {name: [payload]}
    answer = visitor.part("POST", "/segments/count", data=fields)
    assert answer.status_code == 200
    assert text_of(answer.text, "live-count") in {"", "0", "1"}
    assert "<script>alert" not in answer.text
    page = visitor.post("/segments/edit", fields)
    assert page.status_code == 200
    for markup in MARKUP:
        assert markup not in page.text


@pytest.mark.parametrize("payload", [INJECTIONS[1], *MARKUP[:2]])
def test_fields_of_events_take_no_names_but_names(visitor: Visitor, payload: str) -> None:
    said = {"kind": "did", "event": "order_completed", "where": [{"field": "amount", "cmp": "gte", "value": 1}]}
    for name in ("c.0.event", "c.0.where.0.field", "c.0.where.0.cmp", "c.0.when", "c.0.sum_field", "c.0.count_cmp"):
        answer = visitor.part("POST", "/segments/count", data=form(said) | {name: [payload]})
        assert answer.status_code == 200, name
        assert not any(markup in answer.text for markup in MARKUP)


@pytest.mark.parametrize("payload", MARKUP)
def test_titles_and_values_are_text_wherever_they_stand(visitor: Visitor, shop: Shop, payload: str) -> None:
    said = {"kind": "trait", "trait": "last_name", "cmp": "is", "value": payload}
    saved = visitor.post("/segments/save", form(said, title=payload, name=""))
    assert saved.status_code == 303
    with shop.ledger.reading() as tx:
        name = next(one.name for one in read_segments(tx) if payload in one.title.values())
    for path in ("/segments", f"/segments/{name}", address(said)):
        page = visitor.get(path)
        assert page.status_code == 200
        assert payload not in page.text
    visitor.post(f"/segments/{name}/end")


def nested(depth: int) -> str:
    """Return a condition of so many levels as JSON."""
    return '{"kind":"not","of":' * depth + '{"kind":"trait","trait":"a","cmp":"is","value":"b"}' + "}" * depth


MANY = {"kind": "or", "of": [{"kind": "trait", "trait": "a", "cmp": "is", "value": "b"}] * 500}


@pytest.mark.parametrize(
    "text", [nested(13), nested(1_000), nested(100_000), msgspec.json.encode(MANY).decode(), "[" * 40_000, "x" * 50_001]
)
def test_too_deep_or_too_long_is_refused_with_the_limits(text: str) -> None:
    """Whoever reads it: nothing recurses, nothing is counted first."""
    with pytest.raises(ConditionTooLarge) as refused:
        read_condition(text)
    assert "Split it into several" in refused.value.text("en")


def test_a_deep_condition_in_an_address_is_a_page_that_says_so(visitor: Visitor) -> None:
    page = visitor.get("/segments/new?condition=" + quote(nested(400)))
    assert page.status_code == 400
    assert "Split it into several" in page.text


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        "1",
        '{"kind":"trait"}',
        '{"kind":"trait","trait":"a","cmp":"is","value":"b","x":1}',
        '{"kind":"sql","sql":"SELECT 1"}',
        '{"kind":"member","segment":"me"}',
        '{"tenshu":"condition/9"}',
        '{"kind":"or","of":[]}',
        "\ud83d",
    ],
)
def test_what_is_no_condition_is_refused_with_its_place(visitor: Visitor, text: str) -> None:
    page = visitor.get("/segments/new?condition=" + quote(text, errors="replace"))
    assert page.status_code == 400
    assert "cannot be read at" in page.text


def test_ten_thousand_parts_in_a_form_are_refused(visitor: Visitor) -> None:
    fields = {f"c.{nth}.kind": "trait" for nth in range(1_000)} | {"c.kind": "or"}
    answer = visitor.part("POST", "/segments/count", data=fields)
    assert answer.status_code == 400
    assert "300" in answer.text
    many = {f"c.{nth}.kind": "trait" for nth in range(10_000)}
    assert visitor.part("POST", "/segments/count", data=many).status_code in {400, 413}


def test_a_form_that_is_deep_is_refused(visitor: Visitor) -> None:
    fields: dict[str, Any] = {"c" + ".0" * depth + ".kind": "or" for depth in range(500)}
    assert visitor.part("POST", "/segments/edit", data=fields).status_code == 400


def test_a_foreign_form_is_not_ours(shop: Shop) -> None:
    with visiting(shop) as visitor:
        visitor.csrf = "guessed"
        assert visitor.post("/segments/save", {"title": "x"}).status_code == 403
        assert visitor.post("/segments/count", {}).status_code == 403


def test_fields_that_are_nobodys_change_nothing(visitor: Visitor, shop: Shop) -> None:
    """Version, status, role: a form cannot set what it does not show."""
    said = {"kind": "trait", "trait": "last_name", "cmp": "is", "value": "佐藤"}
    extra = {"version": "9", "status": "ended", "is_filled": "1", "role": "owner", "saved_at": "1970"}
    visitor.post("/segments/save", form(said, title="plain", name="") | extra)
    with shop.ledger.reading() as tx:
        kept = next(one for one in read_segments(tx) if one.name == "plain")
    assert (kept.version, kept.is_filled, kept.saved_at) == (1, False, shop.clock.now())
