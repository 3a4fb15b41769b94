"""What the editor's buttons do: nothing is lost, everything can be taken back, mistakes are told at their place."""

import pytest
from sqlalchemy import select

from tenshu.bootstrap import Shop, read_templates
from tenshu.content.blocks.block import Columns, Image, kind_of
from tenshu.content.blocks.brand import read_brand
from tenshu.content.tables import template_drafts, templates
from tenshu.content.template import TemplateText
from tenshu.deliver.channels.email.settings import SmtpSettings, write_smtp
from tenshu.deliver.test_send import last_test
from tenshu.staff.audit import Actor
from tenshu.staff.people import invite, take_invitation
from tenshu.testing.small_shop import MONDAY
from tenshu.testing.smtp_sink import SmtpSink
from tests.unit.content.pictures import png
from tests.unit.web.console.templates_.writing import fields_of, opened, words_of
from tests.unit.web.console.visiting import Visitor, visiting

HERE = "/templates/welcome"


def saved(shop: Shop, name: str = "welcome", language: str = "ja") -> TemplateText:
    return read_templates(shop)[name].languages[language]


def kinds(form: dict[str, str]) -> list[str]:
    """Return the kinds of the blocks in a form, in order; those in columns are left out."""
    return [value for name, value in form.items() if name.endswith(".kind") and name.count(".") == 1]


def pressed(visitor: Visitor, form: dict[str, str], order: str, path: str = HERE) -> dict[str, str]:
    """Press a button of the letter's structure; return the form afterwards."""
    answer = visitor.part("POST", f"{path}/change", data={**form, "act": order})
    assert answer.status_code == 200, answer.text[:300]
    return fields_of(answer.text)


def test_what_is_written_is_shown_at_once_and_kept_though_not_saved(shop: Shop, marketer: Visitor) -> None:
    form = opened(marketer)
    answer = marketer.part("POST", f"{HERE}/write", data={**form, "subject": "〔〇〇様〕、春です"})
    assert "様、春です" in answer.text
    assert "未保存です" in answer.text
    assert saved(shop).subject == "{{ customer.last_name | sama }}、ご登録ありがとうございます"
    assert opened(marketer)["subject"] == "〔〇〇様〕、春です"


def test_each_person_writes_for_oneself(shop: Shop, marketer: Visitor) -> None:
    marketer.part("POST", f"{HERE}/write", data={**opened(marketer), "subject": "mine"})
    with shop.ledger.writing() as tx:
        tx.execute(template_drafts.update().values(person=9))
    assert opened(marketer)["subject"] != "mine"


def test_a_form_that_comes_back_unchanged_is_no_draft(shop: Shop, marketer: Visitor) -> None:
    for name in ("welcome", "newsletter"):
        answer = marketer.part("POST", f"/templates/{name}/write", data=opened(marketer, name))
        assert "保存済み" in answer.text
    with shop.ledger.reading() as tx:
        assert tx.frame(select(template_drafts)).is_empty()


def test_saving_makes_a_version_that_can_be_taken_back(shop: Shop, marketer: Visitor) -> None:
    before = saved(shop)
    form = opened(marketer)
    answer = marketer.post(f"{HERE}/save", {**form, "b0.text": "〔〇〇様〕\n\nはじめまして。"}, follow=True)
    assert "第2版として保存しました" in answer.text
    assert "はじめまして。" in saved(shop).text
    assert "はじめまして。" in saved(shop).mjml
    assert f'action="{HERE}/restore?version=1"' in answer.text
    again = marketer.post(f"{HERE}/restore?version=1", follow=True)
    assert "第1版の内容を、第3版として戻しました" in again.text
    assert saved(shop) == before


def test_saving_without_a_change_is_no_version(shop: Shop, marketer: Visitor) -> None:
    answer = marketer.post(f"{HERE}/save", opened(marketer), follow=True)
    assert "変更はありません" in answer.text
    with shop.ledger.reading() as tx:
        assert tx.frame(select(templates).where(templates.c.template == "welcome")).height == 1


def test_what_was_not_saved_can_be_thrown_away(marketer: Visitor) -> None:
    marketer.part("POST", f"{HERE}/write", data={**opened(marketer), "subject": "x"})
    page = marketer.post(f"{HERE}/discard", follow=True)
    assert "最後に保存した内容に戻しました" in page.text
    assert opened(marketer)["subject"] == "〔〇〇様〕、ご登録ありがとうございます"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"b4.label": ""}, "ボタンの文字がまだありません"),
        ({"b4.href": "javascript:alert(1)"}, "「javascript:alert(1)」はリンクにできません"),
        ({"b0.text": "{{ customer.nose }}"}, "「{{ customer.nose }}」は差し込める項目ではなく"),
    ],
)
def test_an_unfinished_letter_is_kept_but_not_saved_and_says_where(
    shop: Shop, marketer: Visitor, changes: dict[str, str], said: str
) -> None:
    before = saved(shop)
    answer = marketer.post(f"{HERE}/save", {**opened(marketer), **changes})
    page = words_of(answer.text)
    assert answer.status_code == 400
    assert page.count(said) == 2  # at the top, and at its field
    assert 'aria-invalid="true"' in page
    assert saved(shop) == before
    assert {name: opened(marketer)[name] for name in changes} == changes


def test_a_label_that_was_broken_by_hand_is_pointed_out(marketer: Visitor) -> None:
    answer = marketer.part("POST", f"{HERE}/change", data={**opened(marketer), "b0.text": "〔〇〇〕", "act": "up:1"})
    assert "「〔〇〇〕」は差し込み項目ではありません" in words_of(answer.text)


def test_broken_mjml_is_refused_with_its_line(shop: Shop, marketer: Visitor) -> None:
    created = marketer.post("/templates/new", {"starter": "letter", "as_source": "yes"})
    path = created.headers["location"]
    form = opened(marketer, path.rpartition("/")[2])
    answer = marketer.post(f"{path}/save", {**form, "mjml": "<mjml>\n<mj-body>\n<mj-nonsense/>\n</mj-body></mjml>"})
    assert answer.status_code == 400
    assert "3行目" in answer.text
    assert saved(shop, "letter").mjml.startswith("<mjml>\n<mj-head>")


def test_blocks_are_added_where_one_asks_for_them(marketer: Visitor) -> None:
    form = opened(marketer)
    before = kinds(form)
    after = pressed(marketer, form, "add:coupon:1")
    assert kinds(after) == [before[0], "coupon", *before[1:]]
    assert kinds(opened(marketer)) == kinds(after)


@pytest.mark.parametrize("kind", ["heading", "text", "image", "button", "products", "coupon", "columns", "spacer"])
def test_every_kind_can_be_added(marketer: Visitor, kind: str) -> None:
    assert kinds(pressed(marketer, opened(marketer), f"add:{kind}:0"))[0] == kind


def test_blocks_move_and_take_their_words_along(marketer: Visitor) -> None:
    form = opened(marketer)
    words = form["b0.text"]
    down = pressed(marketer, form, "down:0")
    assert down["b1.text"] == words
    up = pressed(marketer, down, "up:1")
    assert up["b0.text"] == words
    assert pressed(marketer, up, "up:0")["b0.text"] == words


def test_the_focus_stays_with_the_block_that_moved(marketer: Visitor) -> None:
    answer = marketer.part("POST", f"{HERE}/change", data={**opened(marketer), "act": "down:0"})
    assert answer.text.count("autofocus") == 1
    assert 'value="down:1"' in answer.text.partition("autofocus")[0][-700:]


def test_a_block_that_was_taken_out_comes_back_where_it_was(marketer: Visitor) -> None:
    form = opened(marketer)
    without = pressed(marketer, form, "out:2")
    assert kinds(without) == kinds(form)[:2] + kinds(form)[3:]
    back = pressed(marketer, without, "back")
    assert {name: value for name, value in back.items() if name != "at"} == {
        name: value for name, value in form.items() if name != "at"
    }


def test_columns_hold_blocks_of_their_own(shop: Shop, marketer: Visitor) -> None:
    path = "/templates/newsletter"
    form = opened(marketer, "newsletter")
    place = kinds(form).index("columns")
    added = pressed(marketer, form, f"leaf:image:{place}.right", path)
    assert added[f"b{place}.right.2.kind"] == "image"
    out = pressed(marketer, added, f"out:{place}.right.2", path)
    moved = pressed(marketer, out, f"down:{place}.left.0", path)
    assert moved[f"b{place}.left.0.kind"] == "button"
    marketer.post(f"{path}/save", moved)
    blocks = saved(shop, "newsletter").blocks
    assert blocks is not None
    columns = blocks[place]
    assert isinstance(columns, Columns)
    assert [kind_of(leaf) for leaf in columns.left] == ["button", "text"]


@pytest.mark.parametrize(
    "order",
    ["out:99", "add:script:0", "up:x", "leaf:text:0.left", "nonsense", "add:text", "up:-1", "leaf:columns:0.left", ""],
)
def test_an_order_that_makes_no_sense_changes_nothing(marketer: Visitor, order: str) -> None:
    form = opened(marketer)
    assert kinds(pressed(marketer, form, order)) == kinds(form)


def test_everything_works_without_scripts(marketer: Visitor) -> None:
    form = opened(marketer)
    answer = marketer.post(f"{HERE}/change", {**form, "act": "add:heading:0"}, follow=True)
    assert answer.status_code == 200
    assert kinds(fields_of(answer.text))[0] == "heading"


def test_the_other_language_is_written_beside_this_one(shop: Shop, marketer: Visitor) -> None:
    form = {**opened(marketer), "subject": "〔〇〇様〕、春です"}
    english = pressed(marketer, form, "tab:en")
    assert english["in"] == "en"
    back = pressed(marketer, {**english, "subject": "Spring, 〔姓名+様〕"}, "tab:ja")
    assert back["subject"] == "〔〇〇様〕、春です"
    marketer.post(f"{HERE}/save", back)
    assert saved(shop).subject == "{{ customer.last_name | sama }}、春です"
    assert saved(shop, language="en").subject == "Spring, {{ customer.full_name | sama }}"


def test_its_name_is_changed_beside_its_words(shop: Shop, marketer: Visitor) -> None:
    marketer.post(f"{HERE}/save", {**opened(marketer), "title": "ようこそ"})
    assert read_templates(shop)["welcome"].title == "ようこそ"


def test_a_new_letter_begins_with_the_one_that_was_chosen(shop: Shop, marketer: Visitor) -> None:
    answer = marketer.post("/templates/new", {"starter": "birthday", "title": "六月のお誕生日"}, follow=True)
    assert answer.status_code == 200
    assert "六月のお誕生日" in answer.text
    again = marketer.post("/templates/new", {"starter": "birthday"})
    assert again.headers["location"] == "/templates/birthday-2"
    assert set(read_templates(shop)) == {"welcome", "newsletter", "birthday", "birthday-2"}


def test_a_picture_goes_into_the_block_that_asked_for_it(shop: Shop, marketer: Visitor) -> None:
    form = pressed(marketer, opened(marketer), "add:image:0")
    sent = {**form, "act": "upload:0", "b0.alt": "花束", "csrf": marketer.csrf}
    answer = marketer.part("POST", f"{HERE}/change", data=sent, files={"b0.file": ("../x.svg", png(), "image/svg+xml")})
    after = fields_of(answer.text)
    assert after["b0.src"].startswith("/media/")
    assert after["b0.alt"] == "花束"
    marketer.post(f"{HERE}/save", after)
    blocks = saved(shop).blocks
    assert blocks is not None
    assert isinstance(blocks[0], Image)
    assert f"{{{{ shop.public_url }}}}{after['b0.src']}" in saved(shop).mjml
    assert marketer.get(after["b0.src"]).headers["content-type"] == "image/png"


@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", b"<html>", png(50_000, 50_000), b""])
def test_what_is_no_picture_is_refused_in_words_and_nothing_is_lost(marketer: Visitor, content: bytes) -> None:
    form = pressed(marketer, opened(marketer), "add:image:0")
    sent = {**form, "act": "upload:0", "b0.alt": "花束"}
    answer = marketer.part("POST", f"{HERE}/change", data=sent, files={"b0.file": ("a.png", content, "image/png")})
    page = words_of(answer.text)
    assert 'role="alert"' in page
    assert "PNG" in page or "ピクセル" in page
    assert fields_of(answer.text)["b0.alt"] == "花束"
    assert fields_of(answer.text)["b0.src"] == ""


def test_the_look_is_given_to_every_letter_of_blocks(shop: Shop, marketer: Visitor) -> None:
    sent = {"csrf": marketer.csrf, "colour": "#AA3311", "width": "640"}
    answer = marketer.send(
        "POST", "/templates/brand", data=sent, files={"logo": ("logo.png", png(), "image/png")}, follow=True
    )
    assert "2通のメッセージが新しいデザインになりました" in answer.text
    brand = read_brand(shop.ledger)
    assert (brand.colour, brand.width) == ("#aa3311", 640)
    assert brand.logo in saved(shop).mjml
    marketer.post("/templates/brand", {"colour": "#aa3311", "width": "640", "no_logo": "yes"})
    assert read_brand(shop.ledger).logo == ""


@pytest.mark.parametrize("given", [{"colour": "red"}, {"width": "99999"}, {"width": "x"}])
def test_a_look_that_cannot_be_is_refused(shop: Shop, marketer: Visitor, given: dict[str, str]) -> None:
    answer = marketer.post("/templates/brand", {"colour": "#112233", "width": "600", **given})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert read_brand(shop.ledger).colour == "#2b3f73"


def test_a_test_saves_first_and_arrives(shop: Shop, marketer: Visitor) -> None:
    with SmtpSink(keep_bytes=True) as sink:
        write_smtp(shop.ledger, SmtpSettings(smtp_host=sink.host, smtp_port=sink.port))
        form = {**opened(marketer), "subject": "〔〇〇様〕、試しです"}
        page = marketer.post(f"{HERE}/test", form, follow=True)
        (mail,) = sink.mails()
    assert "テストメールをowner@example.comに送りました" in page.text
    assert mail.recipient == "owner@example.com"
    assert mail.subject.startswith("[テスト] ")
    assert mail.subject.endswith("様、試しです")
    assert saved(shop).subject.endswith("、試しです")
    found = last_test(shop.ledger, "welcome", version=2)
    assert found is not None
    assert (found.person, found.customer) == (1, int(form["as"]))
    assert "テスト済み" in marketer.get("/templates").text


def test_a_test_goes_to_nobody_outside(shop: Shop, marketer: Visitor) -> None:
    with SmtpSink() as sink:
        write_smtp(shop.ledger, SmtpSettings(smtp_host=sink.host, smtp_port=sink.port))
        answer = marketer.post(f"{HERE}/test", {**opened(marketer), "to": "s-1@example.com"})
        assert sink.mails() == []
    assert answer.status_code == 400
    assert "s-1@example.comはスタッフのアドレスではありません" in answer.text


def test_without_a_mail_server_the_editor_says_what_to_do_and_loses_nothing(marketer: Visitor) -> None:
    answer = marketer.post(f"{HERE}/test", {**opened(marketer), "subject": "〔〇〇様〕、試しです"})
    assert answer.status_code == 400
    assert "メールサーバーがまだ設定されていない" in answer.text
    assert fields_of(answer.text)["subject"] == "〔〇〇様〕、試しです"


def test_two_who_write_at_once_are_told(shop: Shop, marketer: Visitor) -> None:
    marketer.part("POST", f"{HERE}/write", data={**opened(marketer), "subject": "mine"})
    with shop.ledger.writing() as tx:
        row = tx.frame(select(templates).where(templates.c.template == "welcome"))
        tx.insert(templates, row.with_columns(version=row["version"] + 1))
    assert "その間に、ほかの方が第2版を保存しました" in marketer.get(HERE).text


def test_a_form_of_rubbish_breaks_nothing(shop: Shop) -> None:
    rubbish = {"in": "fr", "b0.kind": "text", "b0.zzz": "1", "b999.text": "x", "as": "-1", "of": "none", "at": "x"}
    with visiting(shop) as visitor:
        answer = visitor.part("POST", f"{HERE}/write", data=rubbish)
    assert answer.status_code == 400
    assert "読み取れません" in words_of(answer.text)


def colleague(shop: Shop, email: str, *, comes: bool) -> None:
    """Invite somebody, who takes the invitation or not."""
    with shop.ledger.writing() as tx:
        token = invite(tx, email=email, name="同僚", role="staff", by=Actor(0, "test"), now=MONDAY)
        if comes:
            take_invitation(tx, token, name="同僚", digest="x", by=Actor(0, "test"), now=MONDAY)


def test_a_test_can_go_to_a_colleague_who_works_here_and_to_nobody_who_was_only_invited(
    shop: Shop, marketer: Visitor
) -> None:
    colleague(shop, "here@example.com", comes=True)
    colleague(shop, "not-yet@example.com", comes=False)
    assert "<option>here@example.com</option>" in marketer.get(HERE).text
    assert "not-yet@example.com" not in marketer.get(HERE).text
    with SmtpSink() as sink:
        write_smtp(shop.ledger, SmtpSettings(smtp_host=sink.host, smtp_port=sink.port))
        marketer.post(f"{HERE}/test", {**opened(marketer), "to": "here@example.com"})
        refused = marketer.post(f"{HERE}/test", {**opened(marketer), "to": "not-yet@example.com"})
        assert [mail.recipient for mail in sink.mails()] == ["here@example.com"]
    assert refused.status_code == 400


def test_an_unfinished_letter_is_not_tested(shop: Shop, marketer: Visitor) -> None:
    with SmtpSink() as sink:
        write_smtp(shop.ledger, SmtpSettings(smtp_host=sink.host, smtp_port=sink.port))
        answer = marketer.post(f"{HERE}/test", {**opened(marketer), "b4.label": ""})
        assert sink.mails() == []
    assert answer.status_code == 400
    assert "まだ保存できません" in answer.text


def test_a_form_that_is_too_large_is_refused(marketer: Visitor) -> None:
    answer = marketer.part("POST", f"{HERE}/write", data={**opened(marketer), "b0.text": "あ" * 400_000})
    assert answer.status_code == 413


def test_a_text_that_is_too_long_is_kept_and_told(marketer: Visitor) -> None:
    long = "あ" * 5_001
    answer = marketer.post(f"{HERE}/save", {**opened(marketer), "b0.text": long})
    assert "5001文字あります" in answer.text
    assert opened(marketer)["b0.text"] == long


def test_a_version_that_never_was_cannot_be_brought_back(shop: Shop, marketer: Visitor) -> None:
    before = read_templates(shop)
    for version in ("99", "0", "x", ""):
        assert marketer.post(f"{HERE}/restore", {"version": version}).status_code == 404
    assert read_templates(shop) == before


def test_bringing_a_version_back_drops_what_was_not_saved(marketer: Visitor) -> None:
    marketer.post(f"{HERE}/save", {**opened(marketer), "subject": "二つめ 〔〇〇様〕"})
    marketer.part("POST", f"{HERE}/write", data={**opened(marketer), "subject": "途中"})
    marketer.post(f"{HERE}/restore", {"version": "1"})
    assert opened(marketer)["subject"] == "〔〇〇様〕、ご登録ありがとうございます"


@pytest.mark.parametrize("act", ["write", "change", "save", "discard", "restore", "test"])
def test_nothing_can_be_done_to_a_letter_that_is_not_there(marketer: Visitor, act: str) -> None:
    assert marketer.post(f"/templates/gone/{act}", {"subject": "x"}).status_code == 404


def test_remarks_follow_what_is_written(marketer: Visitor) -> None:
    form = opened(marketer)
    pressing = marketer.part("POST", f"{HERE}/write", data={**form, "b0.text": "お客様各位 今だけ"}).text
    assert "<q>お客様各位</q>" in pressing
    assert "<q>今だけ</q>" in pressing
    assert "言い換えの例" in pressing
    calm = marketer.part("POST", f"{HERE}/write", data={**form, "b0.text": "お元気ですか"}).text
    assert "<q>" not in calm


def test_a_letter_without_a_name_is_told_so(marketer: Visitor) -> None:
    form = {name: value.replace("〔〇〇様〕", "") for name, value in opened(marketer).items()}
    page = marketer.part("POST", f"{HERE}/write", data=form).text
    assert "お名前がどこにもありません" in page
