"""Whole letters as a shop would be glad to get them, and the same ones spoilt: what a colleague says of each."""

import msgspec
import pytest

from tenshu.content.copy_check import WHY, Remark, check_copy, check_letter
from tenshu.content.template import TemplateText
from tenshu.kit.i18n import LANGUAGES, speaking

GOOD = {
    "thanks": TemplateText(
        subject="{{ customer.last_name | sama }}、先日はありがとうございました",
        preheader="お求めいただいた急須のお手入れについて",
        mjml="",
        text="{{ customer.last_name | sama }}\n\n先日は当店へお越しいただき、ありがとうございました。"
        "急須は、お使いになったあと、お湯だけで洗ってください。洗剤は要りません。\n\n"
        "使い心地で気になることがございましたら、このメールにそのままご返信ください。\n\n花屋 佐藤",
    ),
    "season": TemplateText(
        subject="{{ customer.full_name | sama }}へ、新茶のお知らせ",
        preheader="八十八夜に摘んだお茶が入りました",
        mjml="",
        text="新茶の季節になりました。今年は雨が少なく、香りのよいお茶になったそうです。\n\n"
        "100gで1,200円です。6月30日まで、送料は当店で負担いたします。お手すきのときに、ご覧ください!\n"
        "https://shop.example.com/tea?from=今だけ",
    ),
    "birthday": TemplateText(
        subject="お誕生日おめでとうございます",
        preheader="",
        mjml="",
        text="{{ customer.last_name | sama }}\n\nお誕生日おめでとうございます! 健やかな一年になりますように。\n"
        "ささやかですが、10%引きのクーポンをお贈りします。お誕生月の末日までお使いいただけます。",
    ),
    "company": TemplateText(
        subject="夏季休業のお知らせ",
        preheader="8月11日から16日まで",
        mjml="",
        text="{{ customer.company }} {{ customer.last_name | sama }}\n\n平素よりお引き立ていただき、"
        "厚くお礼申し上げます。8月11日から16日まで、お休みをいただきます。お急ぎのご用は、お電話でも承ります。",
    ),
    "english thanks": TemplateText(
        subject="Thank you, {{ customer.first_name }}",
        preheader="How to look after your kettle",
        mjml="",
        text="Dear {{ customer.last_name }},\n\nthank you for coming to see us. Rinse the kettle with warm water and "
        "leave it to dry; it needs nothing else.\n\nIf anything is wrong with it, just answer this mail.",
    ),
    "english season": TemplateText(
        subject="The first tea of the year",
        preheader="Picked on the second of May",
        mjml="",
        text="{{ customer.full_name | sama }},\n\nthe new tea has come in. 100 g are 12 pounds, and we pay the "
        "postage until 30 June. There is no hurry. Have a look when you have time!\nhttps://shop.example.com/act-now",
    ),
}
LETTERS = [("en" if name.startswith("english") else "ja", name) for name in GOOD]
SPOILT = {
    "ja": {
        "mass": "会員各位",
        "pushy": "今すぐお求めください",
        "knowing": "ご覧になっていましたね",
        "shouting": "ご覧ください!!!",
        "claim": "日本一の品です",
    },
    "en": {
        "mass": "Dear customers",
        "pushy": "Act now",
        "knowing": "We noticed you",
        "shouting": "COME AND SEE IT TODAY",
        "claim": "It is clinically proven",
    },
}


@pytest.mark.parametrize(("language", "name"), LETTERS)
def test_a_good_letter_is_left_in_peace(language: str, name: str) -> None:
    assert check_letter(GOOD[name], language) == ()


@pytest.mark.parametrize("kind", list(SPOILT["ja"]))
@pytest.mark.parametrize(("language", "name"), LETTERS)
def test_one_hasty_sentence_spoils_it_and_is_the_only_one_told(language: str, name: str, kind: str) -> None:
    hasty = SPOILT[language][kind]
    spoilt = msgspec.structs.replace(GOOD[name], text=f"{GOOD[name].text}\n\n{hasty}")
    (remark,) = check_letter(spoilt, language)
    assert (remark.kind, remark.part) == (kind, "text")
    assert spoilt.text[remark.start :].startswith(remark.found)
    assert remark.start >= spoilt.text.index(hasty)


@pytest.mark.parametrize("part", ["subject", "preheader", "text"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_part_is_read_and_named(language: str, part: str) -> None:
    name = "thanks" if language == "ja" else "english thanks"
    hasty = SPOILT[language]["pushy"]
    (remark,) = check_letter(
        msgspec.structs.replace(GOOD[name], **{part: f"{getattr(GOOD[name], part)} {hasty}"}), language
    )
    assert remark.part == part


@pytest.mark.parametrize(("language", "name"), LETTERS)
def test_a_letter_without_a_name_is_told_first_of_all(language: str, name: str) -> None:
    nameless = msgspec.structs.replace(
        GOOD[name], subject=SPOILT[language]["mass"], text=SPOILT[language]["pushy"], preheader=""
    )
    first, *others = check_letter(nameless, language)
    assert (first.kind, first.part, first.found) == ("nameless", "text", "")
    assert [one.kind for one in others] == ["mass", "pushy"]


@pytest.mark.parametrize(
    "value", ["{{ customer.prefecture }}", "{{ shop.name }}", "{{ customer.last_name_kana }}", "様"]
)
def test_values_that_are_no_names_name_nobody(value: str) -> None:
    written = TemplateText(subject="a", mjml="", text=value)
    assert [one.kind for one in check_letter(written, "ja")] == ["nameless"]


@pytest.mark.parametrize(
    "value", ["{{customer.first_name}}", "{{ customer.name_kana }}", "{{ customer.company | strip }}"]
)
def test_any_name_names_somebody_however_it_is_written(value: str) -> None:
    assert check_letter(TemplateText(subject=value, mjml="", text="a"), "ja") == ()


def test_a_name_in_the_preheader_alone_is_not_enough() -> None:
    written = TemplateText(subject="a", preheader="{{ customer.last_name }}", mjml="", text="a")
    assert [one.kind for one in check_letter(written, "ja")] == ["nameless"]


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("ja", "うれしい!!", ["!!"]),
        ("ja", "うれしい!! またどうぞ！！！", ["!!", "！！！"]),
        ("ja", "一! 二! 三!", []),
        ("ja", "一! 二! 三! 四!", ["!"]),
        ("ja", "一！二！三！四！五！", ["！", "！"]),
        ("ja", "一! 二! 三! 四!!", ["!!"]),
        ("ja", "ありがとうございます❗", []),
        ("ja", "ありがとうございます‼❗", ["‼❗"]),
        ("en", "SALE!", ["SALE!"]),
        ("en", "FREE! HURRY! now", ["FREE! HURRY"]),
        ("en", "OUR NEW SHOP IS OPEN", ["OUR NEW SHOP IS OPEN"]),
        ("en", "OK, UK", []),
        ("en", "A NEW PDF for you", []),
        ("en", "Our Summer Sale!", []),
        ("ja", "初夏のNEW ARRIVAL SUMMERが届きました", ["NEW ARRIVAL SUMMER"]),
        ("ja", "お店のSALE!です", ["SALE!"]),
        ("ja", "NEW ARRIVAL SUMMER が届きました", ["NEW ARRIVAL SUMMER"]),
    ],
)
def test_shouting_is_told_apart_from_joy(language: str, text: str, found: list[str]) -> None:
    remarks = [one for one in check_copy(text, language) if one.kind == "shouting"]
    assert [one.found for one in remarks] == found
    assert [text[one.start :][: len(one.found)] for one in remarks] == found


@pytest.mark.parametrize(("language", "words"), [("ja", "「。」で結ぶ"), ("en", "End the sentence with a full stop.")])
def test_loud_marks_are_calmed_in_the_language_of_the_mail(language: str, words: str) -> None:
    (remark,) = check_copy("a!!", language)
    assert remark.better == words


@pytest.mark.parametrize(("language", "words"), [("ja", "小文字を交えて書く"), ("en", "Write it in small letters.")])
def test_capitals_are_calmed_in_the_language_of_the_mail(language: str, words: str) -> None:
    (remark,) = check_copy("COME AND SEE IT TODAY", language)
    assert remark.better == words


def test_values_conditions_and_addresses_are_passed_over_and_leave_places_right() -> None:
    text = (
        "{% if customer.sex == '今だけ' %}\n{{ shop.name | default: '絶対' }}{% endif %}"
        " https://shop.example.com/激安!! のあと、今なら"
    )
    assert [(one.found, text[one.start :][:3]) for one in check_copy(text, "ja")] == [("今なら", "今なら")]


@pytest.mark.parametrize("kind", list(WHY))
def test_why_is_a_sentence_of_the_reader_s_language(kind: str) -> None:
    remark = Remark(kind, "", 0, "")
    with speaking("ja"):
        assert remark.why.endswith(("。", "。)"))
    with speaking("en"):
        assert remark.why.endswith(".")
        assert remark.why == WHY[kind]


def test_an_empty_text_has_nothing_that_could_be_better() -> None:
    for language in LANGUAGES:
        assert check_copy("", language) == ()
        assert check_copy(" \n\n", language) == ()
