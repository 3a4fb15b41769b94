"""What a careful colleague would say about a text, and that good letters are left in peace."""

import re
import tomllib
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.content.copy_check import WHY, Remark, check_copy, check_letter
from tenshu.content.template import TemplateText
from tenshu.kit.i18n import speaking
from tenshu.rehearse.demo.definitions import demo_templates

#: Sentences of real good letters, in which nothing is to be found: each holds a word that a coarse list would flag.
GOOD_JA = (
    "いつもありがとうございます。お変わりなくお過ごしでしょうか。",
    "今週は梅雨の晴れ間が続くそうです。お手すきのときに、のぞいてみてください。",
    "ご注文の前に、必ずご確認ください。",
    "お急ぎの方は、お電話でも承っております。",
    "最後に、お手入れの方法をご紹介します。",
    "絶対音感をおもちのお子さま向けの教室を開きます。",
    "スタッフ一同、皆様のお越しを心よりお待ちしております。",
    "皆様にご愛顧いただき、十周年を迎えました。",
    "チャンスがございましたら、ぜひお店にもお立ち寄りください。",
    "整理券No.12をお持ちの方からご案内いたします。",
    "この機会に、器をひとつ新しくされてはいかがでしょうか。",
    "限定20個のご用意です。なくなり次第、次回は秋の入荷になります。",
    "肌にやさしい木綿を、ゆっくり織り上げました。",
    "雨の日に届いた箱は、乾いた布で拭いてください。",
    "お誕生日おめでとうございます!この一年が、よい年になりますように。",
    "お届けが遅れましたこと、お詫び申し上げます。",
    "傷んだ箇所が直る修理も承ります。",
    "お庭の土が治まるまで、十日ほどお待ちください。",
    "先日お求めいただいた急須は、その後いかがでしょうか。",
    "税込1,200円です。送料は全国一律600円です。",
    "一番人気は、こしあんの最中です。",
    "ご不要の方は、下のリンクからいつでもお止めいただけます。",
    "各位置の寸法は、下の図をご覧ください。",
    "価格は100%国産の小麦を使っても、据え置きです。",
)
GOOD_EN = (
    "Thank you for coming back to us again and again.",
    "Have a look when you have a quiet minute. There is no hurry.",
    "No need to hurry: we keep it for you until the end of June.",
    "Dear Ms Sato, it has been a while.",
    "Please see that you have the right size before you order.",
    "The kettle you chose last time now comes in blue.",
    "We know how hard it is to find a good teapot.",
    "Our shop is at 12 No. 10 Street. The number is on the door.",
    "Delivery is free above 30 pounds.",
    "The UK and the USA are open for orders; FAQ and PDF guides are on our site.",
    "SALE prices end on 30 June.",
    "Happy birthday! We wish you a good year.",
    "The wood heats slowly and keeps its shape.",
    "He was last seen in the garden, with tea.",
    "This is the last week of the exhibition.",
    "The best way to clean it is with warm water.",
    "If you wish to stop these mails, one click is enough.",
    "A cured ham, smoked over beech.".replace("cured", "dried"),
)
BAD = (
    ("ja", "今だけ半額です", "pushy", "今だけ"),
    ("ja", "絶対にお得です", "pushy", "絶対"),
    ("ja", "誰でも簡単に儲かる方法", "pushy", "誰でも簡単に儲"),
    ("ja", "ラストチャンスです", "pushy", "ラストチャンス"),
    ("ja", "お急ぎください", "pushy", "お急ぎください"),
    ("ja", "今すぐ購入", "pushy", "今すぐ"),
    ("ja", "どうぞお見逃しなく", "pushy", "お見逃しなく"),
    ("ja", "激安です", "pushy", "激安"),
    ("ja", "お客様各位", "mass", "お客様各位"),
    ("ja", "会員の皆様にお知らせです", "mass", "会員の皆様"),
    ("ja", "皆さまへ", "mass", "皆さまへ"),
    ("ja", "関係者各位", "mass", "関係者各位"),
    ("ja", "先日の椅子をご覧になっていましたね", "knowing", "ご覧になっていましたね"),
    ("ja", "サイトで検索されていましたよね", "knowing", "検索されていましたよね"),
    ("ja", "カートに入れたままです", "knowing", "カートに入れたまま"),
    ("ja", "当店は日本一です", "claim", "日本一"),
    ("ja", "売上No.1の茶葉", "claim", "No.1"),
    ("ja", "業界最安でお届け", "claim", "業界最安"),
    ("ja", "最高級の牛肉", "claim", "最高級"),
    ("ja", "置くだけで違います", "claim", "置くだけで"),
    ("ja", "腰痛が治ります", "claim", "腰痛が治"),
    ("ja", "満足度100%", "claim", "満足度100%"),
    ("ja", "ありがとうございます!!", "shouting", "!!"),
    ("ja", "半額です！！！", "shouting", "！！！"),
    ("en", "Act now and save", "pushy", "Act now"),
    ("en", "Your last chance", "pushy", "last chance"),
    ("en", "It is 100% free", "pushy", "100% free"),
    ("en", "Don't miss it", "pushy", "Don't miss"),
    ("en", "Don’t miss it", "pushy", "Don’t miss"),
    ("en", "Hurry, it ends soon", "pushy", "Hurry"),
    ("en", "Dear customers,", "mass", "Dear customers"),
    ("en", "Dear valued customer,", "mass", "Dear valued customer"),
    ("en", "Hi everyone", "mass", "Hi everyone"),
    ("en", "Dear Sir or Madam", "mass", "Dear Sir or Madam"),
    ("en", "We saw that you looked at chairs", "knowing", "We saw that you"),
    ("en", "You recently viewed this", "knowing", "You recently viewed"),
    ("en", "You left something behind", "knowing", "You left something"),
    ("en", "The world's best tea", "claim", "world's best"),
    ("en", "Our #1 tea", "claim", "#1"),
    ("en", "Clinically proven", "claim", "Clinically proven"),
    ("en", "BUY THIS CHAIR TODAY", "shouting", "BUY THIS CHAIR TODAY"),
    ("en", "Thanks!!", "shouting", "!!"),
)


@pytest.mark.parametrize("text", GOOD_JA)
def test_good_japanese_is_left_in_peace(text: str) -> None:
    assert check_copy(text, "ja") == ()


@pytest.mark.parametrize("text", GOOD_EN)
def test_good_english_is_left_in_peace(text: str) -> None:
    assert check_copy(text, "en") == ()


def test_the_demo_s_letters_are_left_in_peace() -> None:
    for template in demo_templates():
        for language, written in template.languages.items():
            assert check_letter(written, language) == (), template.name


@pytest.mark.parametrize(("language", "text", "kind", "found"), BAD)
def test_what_could_be_said_better_is_found_with_its_place(language: str, text: str, kind: str, found: str) -> None:
    remarks = [remark for remark in check_copy(text, language) if remark.kind == kind]
    assert [remark.found for remark in remarks] == [found]
    assert text[remarks[0].start :].startswith(found)
    assert remarks[0].better


def test_every_kind_says_why_in_both_languages() -> None:
    for kind in WHY:
        remark = Remark(kind, "a", 0, "b")
        with speaking("en"):
            english = remark.why
        with speaking("ja"):
            assert remark.why != english


def test_only_claims_are_cautions() -> None:
    assert [kind for kind in WHY if Remark(kind, "", 0, "").is_caution] == ["claim"]


def test_merged_values_links_and_conditions_are_not_read() -> None:
    text = (
        '{{ customer.last_name | sama: "会員の皆様" }} https://a.example/今だけ/No.1 {% if x == "絶対" %}a{% endif %}'
    )
    assert check_copy(text, "ja") == ()


def test_one_or_two_exclamations_are_warm_and_many_are_loud() -> None:
    assert check_copy("おめでとうございます! よい一年を! またどうぞ!", "ja") == ()
    loud = check_copy("a! b! c! d! e!", "en")
    assert [remark.kind for remark in loud] == ["shouting", "shouting"]


def test_remarks_come_in_the_order_of_the_text_and_do_not_overlap() -> None:
    remarks = check_copy("お客様各位 今だけ!! 絶対にNo.1 今すぐ", "ja")
    assert [remark.found for remark in remarks] == ["お客様各位", "今だけ", "!!", "絶対", "No.1", "今すぐ"]


@given(text=st.text(max_size=60), language=st.sampled_from(["ja", "en"]))
def test_remarks_of_any_text_name_what_stands_there(text: str, language: str) -> None:
    end = 0
    for remark in check_copy(text, language):
        assert remark.start >= end
        assert text[remark.start : remark.start + len(remark.found)] == remark.found
        end = remark.start + len(remark.found)


def test_long_texts_are_read_in_no_time_worth_mentioning() -> None:
    text = "A " * 20_000 + "!" * 20_000 + "お客様" * 10_000 + "{{" * 5_000
    assert check_copy(text, "ja")


def letter(**parts: Any) -> TemplateText:
    return TemplateText(**{"subject": "a", "mjml": "", "text": "a", **parts})


def test_a_letter_that_names_nobody_is_told_so() -> None:
    assert [remark.kind for remark in check_letter(letter(), "ja")] == ["nameless"]


@pytest.mark.parametrize("part", ["subject", "text"])
@pytest.mark.parametrize("field", ["last_name | sama", "full_name", "company"])
def test_a_name_in_the_subject_or_in_the_text_is_enough(part: str, field: str) -> None:
    assert check_letter(letter(**{part: f"{{{{ customer.{field} }}}}"}), "ja") == ()


def test_a_prefecture_is_no_name() -> None:
    assert [remark.kind for remark in check_letter(letter(text="{{ customer.prefecture }}"), "ja")] == ["nameless"]


def test_each_remark_about_a_letter_names_its_part() -> None:
    written = letter(subject="今だけ {{ customer.last_name }}", preheader="絶対", text="お客様各位")
    assert [(remark.part, remark.found) for remark in check_letter(written, "ja")] == [
        ("subject", "今だけ"),
        ("preheader", "絶対"),
        ("text", "お客様各位"),
    ]


def rules() -> list[tuple[str, dict[str, Any]]]:
    """Return every rule of the list of words, with its language."""
    written = tomllib.loads((resources.files("tenshu.content") / "copy_words.toml").read_text("utf-8"))
    return [(language, rule) for language in ("ja", "en") for rule in written[language]]


@pytest.mark.parametrize(("language", "rule"), rules(), ids=lambda value: str(value)[:40])
def test_what_is_proposed_instead_could_itself_be_sent(language: str, rule: dict[str, Any]) -> None:
    assert check_copy(rule["better"].partition("(")[0], language) == ()


@pytest.mark.parametrize(("language", "rule"), rules(), ids=lambda value: str(value)[:40])
def test_every_rule_is_of_a_kind_that_says_why(language: str, rule: dict[str, Any]) -> None:
    assert rule["kind"] in WHY
    assert language in {"ja", "en"}
    assert set(rule) <= {"kind", "find", "unless", "better"}
    assert all(re.compile(one) for one in rule["find"])


def test_every_kind_of_words_is_looked_for_in_both_languages() -> None:
    for language in ("ja", "en"):
        assert {rule["kind"] for spoken, rule in rules() if spoken == language} == set(WHY) - {"nameless", "shouting"}


@pytest.mark.parametrize(
    ("language", "pressing", "meant_otherwise"),
    [
        ("ja", "今だけのご案内", "今だけでなく、これからも"),
        ("ja", "絶対おすすめ", "絶対音感"),
        ("ja", "今すぐご注文を", "今すぐでなくてかまいません"),
        ("ja", "会員各位", "各位置"),
        ("en", "Hurry up", "There is no hurry"),
    ],
)
def test_the_same_letters_meant_otherwise_are_left_in_peace(language: str, pressing: str, meant_otherwise: str) -> None:
    assert check_copy(pressing, language)
    assert not check_copy(meant_otherwise, language)


def test_a_text_in_one_language_is_read_by_the_words_of_that_one() -> None:
    assert not check_copy("今だけ", "en")
    assert not check_copy("act now", "ja")


def test_capital_letters_of_names_and_short_words_are_no_shouting() -> None:
    assert not check_copy("The UK, the USA and NASA use PDF and HTML.", "en")
    assert not check_copy("JAN, FEB and MAR", "en")
    assert [remark.kind for remark in check_copy("SALE! It ends soon", "en")] == ["shouting"]
