"""The pages of messages: who may see them, what they show, and in which language."""

import pytest
from sqlalchemy import select

from tenshu.bootstrap import Shop, save_templates
from tenshu.content.tables import templates
from tenshu.content.template import TemplateSource, TemplateText
from tenshu.staff.person import Role
from tenshu.testing.small_shop import MONDAY, add_template, start, tell
from tenshu.web.console.templates_ import PAGES
from tests.unit.web.console.templates_.writing import fields_of, opened, words_of
from tests.unit.web.console.visiting import Visitor, visiting

GETS = ("/templates", "/templates/new", "/templates/brand", "/templates/welcome", "/templates/welcome/history")


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("path", GETS)
def test_every_page_opens_in_both_languages(shop: Shop, path: str, language: str) -> None:
    with visiting(shop, language=language) as visitor:
        answer = visitor.get(path)
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    assert 'style="' not in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("viewer", "/templates", 403),
        ("staff", "/templates", 200),
        ("staff", "/templates/welcome", 200),
        ("staff", "/templates/new", 403),
        ("staff", "/templates/brand", 403),
        ("marketer", "/templates/new", 200),
    ],
)
def test_each_role_sees_its_own(shop: Shop, role: Role, path: str, status: int) -> None:
    with visiting(shop, role=role) as visitor:
        assert visitor.get(path).status_code == status


def test_whoever_may_only_look_can_change_nothing(shop: Shop) -> None:
    with visiting(shop, role="staff") as visitor:
        page = visitor.get("/templates/welcome").text
        assert "letter-frame" in page
        assert 'name="subject"' not in page
        assert "/save" not in page
        for page_of in PAGES:
            if page_of.method == "POST":
                path = page_of.path.replace("{name}", "welcome")
                assert visitor.post(path, {"subject": "x"}).status_code == 403, path
    with shop.ledger.reading() as tx:
        assert tx.frame(select(templates))["version"].max() == 1


def test_a_page_of_another_site_can_change_nothing(marketer: Visitor) -> None:
    for page in PAGES:
        if page.method == "POST":
            path = page.path.replace("{name}", "welcome")
            assert marketer.send("POST", path, data={"csrf": "wrong"}).status_code == 403, path


def test_looking_changes_nothing(shop: Shop, marketer: Visitor) -> None:
    with shop.ledger.reading() as tx:
        before = tx.frame(select(templates))
    for page in PAGES:
        if page.method == "GET":
            marketer.get(page.path.replace("{name}", "welcome"))
    with shop.ledger.reading() as tx:
        assert tx.frame(select(templates)).equals(before)


def test_the_shelf_shows_how_each_letter_looks_who_sends_it_and_that_it_is_untested(
    shop: Shop, marketer: Visitor
) -> None:
    add_template(shop)
    start(shop)
    page = words_of(marketer.get("/templates").text)
    assert "はじめまして(登録のお礼)" in page
    assert "〔〇〇様〕、ご登録ありがとうございます" in page
    assert '<a href="/scenarios/hello">ご挨拶</a>' in page
    assert page.count("テスト未送信") == 3
    assert 'src="/templates/welcome/letter?in=ja&as=0&version=1"' in page
    assert "配信を停止" not in page


def test_an_empty_shelf_teaches(tmp_path_factory: pytest.TempPathFactory) -> None:
    from tenshu.testing.small_shop import open_small_shop  # noqa: PLC0415 - an empty shop, unlike the others' here

    shop, _clock = open_small_shop(tmp_path_factory.mktemp("empty"))
    with visiting(shop) as visitor:
        page = visitor.get("/templates").text
    assert "メッセージはまだありません" in page
    assert 'href="/templates/new"' in page
    shop.close()


@pytest.mark.parametrize(
    "path", ["/templates/gone", "/templates/gone/letter", "/templates/gone/history", "/templates/gone/gaps"]
)
def test_a_template_that_is_not_there_is_a_page_that_says_so(marketer: Visitor, path: str) -> None:
    assert marketer.get(path).status_code == 404


def test_the_editor_shows_values_in_words_and_never_as_liquid(marketer: Visitor) -> None:
    form = opened(marketer)
    assert form["subject"] == "〔〇〇様〕、ご登録ありがとうございます"
    assert form["b0.text"].startswith("〔〇〇様〕\n\nこのたびは〔店名〕に")
    assert form["b4.href"] == "〔お店のサイト〕/popular"
    assert not [value for value in form.values() if "{{" in value]


def test_an_english_reader_gets_english_words_for_the_same_values(shop: Shop) -> None:
    with visiting(shop, language="en") as visitor:
        form = opened(visitor, **{"in": "ja"})
    assert form["subject"].startswith("〔Dear + last name〕")


def test_each_language_has_its_tab(marketer: Visitor) -> None:
    assert opened(marketer)["in"] == "ja"
    english = opened(marketer, **{"in": "en"})
    assert english["in"] == "en"
    assert english["subject"] == "〔姓名+様〕, welcome"


def test_the_letter_is_seen_as_a_real_customer_at_first(marketer: Visitor) -> None:
    page = marketer.get("/templates/welcome").text
    assert "様、ご登録ありがとうございます" in page
    assert fields_of(page)["as"] != "0"


def test_neighbours_lead_through_everybody_one_by_one(marketer: Visitor) -> None:
    seen, at = [], int(opened(marketer)["as"])
    while at:
        seen.append(at)
        page = words_of(marketer.part("GET", f"/templates/welcome/seen?in=ja&as={at}").text)
        following = [part.partition('"')[0] for part in page.split("&as=")[1:]]
        at = next((int(number) for number in following if number.isdecimal() and int(number) > at), 0)
    assert len(seen) == 8
    assert seen == sorted(set(seen))


def test_as_nobody_the_letter_says_dear_customer(marketer: Visitor) -> None:
    page = marketer.part("GET", "/templates/welcome/seen?in=ja&as=0").text
    assert "お客様、ご登録ありがとうございます" in page


def test_the_plain_text_stands_beside_the_letter(marketer: Visitor) -> None:
    page = words_of(marketer.get("/templates/welcome").text)
    assert "▼ 人気の品を見る\nhttps://shop.example.com/popular" in page
    assert "https://mail.example.com/u/test" in page


def test_somebody_else_is_found_by_name(marketer: Visitor) -> None:
    found = marketer.part("GET", "/templates/welcome/people?in=ja&q=佐藤").text
    assert "佐藤" in found
    assert "hx-get=" in found
    assert "当てはまる方がいません" in marketer.part("GET", "/templates/welcome/people?q=誰でもない").text
    assert "li" not in marketer.part("GET", "/templates/welcome/people?q=").text


def test_a_letter_in_mjml_is_edited_as_its_source(shop: Shop, marketer: Visitor) -> None:
    add_template(shop, "by-hand")
    form = opened(marketer, "by-hand")
    assert form["mjml"].startswith("<mjml>")
    assert form["text"] == "https://shop.example.com/new"
    assert "b0.kind" not in form


def test_the_names_of_templates_are_text_wherever_they_stand(shop: Shop, marketer: Visitor) -> None:
    evil = '"><script>alert(1)</script>'
    text = TemplateText(subject=evil, preheader=evil, mjml="<body>x</body>", text=evil)
    save_templates(shop, [TemplateSource(name="evil", title=evil, languages={"ja": text})])
    for path in ("/templates", "/templates/evil", "/templates/evil/history"):
        page = marketer.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def test_the_history_shows_every_version_and_which_is_used(marketer: Visitor) -> None:
    form = opened(marketer)
    marketer.post("/templates/welcome/save", {**form, "subject": "新しい件名 〔〇〇様〕"})
    page = marketer.get("/templates/welcome/history").text
    assert "第2版" in page
    assert "第1版" in page
    assert page.count("現在の版") == 1
    assert page.count('name="version"') == 1


def test_new_offers_every_letter_to_begin_with(shop: Shop) -> None:
    with visiting(shop, language="en") as visitor:
        page = visitor.get("/templates/new").text
    for title in ("A birthday coupon", "We miss you", "Thanks to our regulars", "A seasonal letter", "An empty sheet"):
        assert title in page


def test_a_customer_who_reads_the_other_language_is_pointed_out(shop: Shop, marketer: Visitor) -> None:
    tell(shop, [_described("S-1", {"language": "en"})])
    page = words_of(marketer.get(f"/templates/welcome?in=ja&as={_number(shop)}").text)
    assert "この方にはEnglish版が届きます" in page


def _described(number: str, traits: dict[str, str]) -> dict[str, object]:
    import msgspec  # noqa: PLC0415

    from tenshu.collect.vocabulary import CUSTOMER_DESCRIBED  # noqa: PLC0415
    from tenshu.kit.ids import fact_id  # noqa: PLC0415

    return {
        "fact_id": fact_id("more", number),
        "event": CUSTOMER_DESCRIBED,
        "occurred_at": MONDAY,
        "received_at": MONDAY,
        "source": "roster",
        "identifiers": [{"kind": "customer_no", "value": number}],
        "properties": msgspec.json.encode({"traits": traits}).decode(),
    }


def _number(shop: Shop) -> int:
    found = shop.warehouse.frame("SELECT customer FROM facts JOIN node_map USING (node) WHERE properties LIKE '%佐藤%'")
    return int(found["customer"][0])
