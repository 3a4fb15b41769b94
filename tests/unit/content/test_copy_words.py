"""Every word that the list looks for is found where it stands, and its neighbours that mean well are left in peace."""

import re
import tomllib
from importlib import resources
from typing import Any

import pytest

from tenshu.content.copy_check import check_copy

#: A sentence as hasty shops write it, the kind of the remark, and the words that it is about.
HASTY_JA = (
    ("いまだけの特別なご案内です", "pushy", "いまだけ"),
    ("この値段は今しかありません", "pushy", "今しか"),
    ("今なら送料が無料です", "pushy", "今なら"),
    ("この品なら絶対に後悔しません", "pushy", "絶対"),
    ("必ず儲かる仕組みです", "pushy", "必ず儲か"),
    ("必ずもうかる仕組みです", "pushy", "必ずもうか"),
    ("必ず痩せる方法です", "pushy", "必ず痩せ"),
    ("必ず得をするお話です", "pushy", "必ず得"),
    ("確実に儲かる方法です", "pushy", "確実に儲か"),
    ("誰でも楽に稼げます", "pushy", "誰でも楽に稼"),
    ("だれでも稼げます", "pushy", "だれでも稼"),
    ("これが最後のチャンスです", "pushy", "最後のチャンス"),
    ("こんな機会は二度とないでしょう", "pushy", "二度とない"),
    ("このような価格は二度とありません", "pushy", "二度とありません"),
    ("千載一遇の好機です", "pushy", "千載一遇"),
    ("急いでお店へお越しください", "pushy", "急いで"),
    ("いますぐご覧ください", "pushy", "いますぐ"),
    ("大至急ご確認ください", "pushy", "大至急"),
    ("早い者勝ちの一点ものです", "pushy", "早い者勝ち"),
    ("先着順につき、なくなり次第終わります", "pushy", "先着順につき"),
    ("見逃せない新作が入りました", "pushy", "見逃せない"),
    ("この春を見逃すな", "pushy", "見逃すな"),
    ("知らないと損をするお話です", "pushy", "知らないと損"),
    ("損をしない器の選び方", "pushy", "損をしない"),
    ("この夏に買わないともったいない品です", "pushy", "買わないと"),
    ("売り切れ必至の人気の品です", "pushy", "売り切れ必至"),
    ("残りわずかとなりました", "pushy", "残りわずか"),
    ("爆安の品をそろえました", "pushy", "爆安"),
    ("お値段が大暴落しました", "pushy", "大暴落"),
    ("驚愕のお値段です", "pushy", "驚愕"),
    ("衝撃の価格でお届けします", "pushy", "衝撃の価格"),
    ("衝撃的な安さです", "pushy", "衝撃的な安さ"),
    ("超お得な詰め合わせです", "pushy", "超お得"),
    ("超特価でご提供します", "pushy", "超特価"),
    ("みなさん、こんにちは", "mass", "みなさん、"),
    ("皆様各位", "mass", "皆様各位"),
    ("会員様各位", "mass", "会員様各位"),
    ("お得意様各位", "mass", "お得意様各位"),
    ("ご利用の皆様にお知らせします", "mass", "ご利用の皆様"),
    ("ご購読の皆さまにお届けします", "mass", "ご購読の皆さま"),
    ("ご購読者様にお送りしています", "mass", "ご購読者様"),
    ("昨日、急須をごらんになっていましたが", "knowing", "ごらんになっていましたが"),
    ("急須をご覧になっておられましたので", "knowing", "ご覧になっておられましたので"),
    ("昨日の晩、急須をご覧になりましたね", "knowing", "ご覧になりましたね"),
    ("三回クリックしていましたね", "knowing", "クリックしていましたね"),
    ("夜中に閲覧されていました", "knowing", "閲覧されていました"),
    ("ずっと調べていましたよね", "knowing", "調べていましたよね"),
    ("昨日から見ていましたね", "knowing", "見ていましたね"),
    ("カートに残したままの品があります", "knowing", "カートに残したまま"),
    ("まだご購入されていないようです", "knowing", "ご購入されていないよう"),
    ("何かお忘れではありませんか", "knowing", "お忘れではありませんか"),
    ("世界一の眠りをお届けします", "claim", "世界一"),
    ("世界初の織り方です", "claim", "世界初"),
    ("日本初の技術です", "claim", "日本初"),
    ("業界トップの品ぞろえです", "claim", "業界トップ"),
    ("売上Ｎo．１の茶葉です", "claim", "Ｎo．１"),
    ("人気ナンバーワンの茶葉です", "claim", "ナンバーワン"),
    ("どこよりも最安値です", "claim", "最安値"),
    ("地域最安のお店です", "claim", "地域最安"),
    ("最高峰の職人が作りました", "claim", "最高峰"),
    ("史上最高の仕上がりです", "claim", "史上最高"),
    ("肩こりが改善します", "claim", "肩こりが改善し"),
    ("長年の不調が治ります", "claim", "治ります"),
    ("飲むと治るお茶です", "claim", "治る"),
    ("三日で完治します", "claim", "完治"),
    ("治療効果があります", "claim", "治療効果"),
    ("シミが消える化粧水です", "claim", "シミが消え"),
    ("しわがなくなります", "claim", "しわがなくな"),
    ("肌が若返ります", "claim", "若返り"),
    ("免疫力を高めます", "claim", "免疫力を高め"),
    ("飲むだけでよいお茶です", "claim", "飲むだけで"),
    ("すぐに痩せます", "claim", "痩せます"),
    ("やせられます", "claim", "やせられます"),
    ("副作用はありません", "claim", "副作用はありません"),
    ("効果100％です", "claim", "効果100％"),
    ("100%安心のお店です", "claim", "100%安心"),
    ("完璧な仕上がりをお約束します", "claim", "完璧な仕上がり"),
)
HASTY_EN = (
    ("Buy now and be glad", "pushy", "Buy now"),
    ("Please order now", "pushy", "order now"),
    ("Click here now", "pushy", "Click here now"),
    ("Click now", "pushy", "Click now"),
    ("Don't wait for winter", "pushy", "Don't wait"),
    ("Come and see it right now", "pushy", "right now"),
    ("This is urgent", "pushy", "urgent"),
    ("It works instantly", "pushy", "instantly"),
    ("This is the final call", "pushy", "final call"),
    ("Our final notice to you", "pushy", "final notice"),
    ("It comes once in a lifetime", "pushy", "once in a lifetime"),
    ("Come before it's too late", "pushy", "before it's too late"),
    ("Come before it’s too late", "pushy", "before it’s too late"),
    ("Time is running out", "pushy", "Time is running out"),
    ("For a limited-time only", "pushy", "limited-time only"),
    ("While supplies last", "pushy", "While supplies last"),
    ("While stocks last", "pushy", "While stocks last"),
    ("Half the price, today only", "pushy", "today only"),
    ("A risk-free trial", "pushy", "risk-free"),
    ("A risk free trial", "pushy", "risk free"),
    ("Try it, with no obligation", "pushy", "no obligation"),
    ("An unbelievable teapot", "pushy", "unbelievable"),
    ("An incredible offer", "pushy", "incredible offer"),
    ("Make easy money from home", "pushy", "Make easy money"),
    ("Make money from home", "pushy", "Make money"),
    ("Crazy prices this week", "pushy", "Crazy prices"),
    ("A crazy deal", "pushy", "crazy deal"),
    ("Dear loyal members,", "mass", "Dear loyal members"),
    ("Dear all,", "mass", "Dear all"),
    ("Dear friends,", "mass", "Dear friends"),
    ("Dear esteemed clients,", "mass", "Dear esteemed clients"),
    ("To whom it may concern", "mass", "To whom it may concern"),
    ("Dear Sirs,", "mass", "Dear Sirs"),
    ("Dear Sir and Madam,", "mass", "Dear Sir and Madam"),
    ("Hello all,", "mass", "Hello all"),
    ("Hey there,", "mass", "Hey there"),
    ("We noticed you came by", "knowing", "We noticed you"),
    ("We know that you like green", "knowing", "We know that you"),
    ("We could see you at the shelf", "knowing", "We could see you"),
    ("You were looking at a kettle", "knowing", "You were looking at"),
    ("The chair you have been eyeing", "knowing", "you have been eyeing"),
    ("Still thinking about that kettle?", "knowing", "Still thinking about"),
    ("You left it in your basket", "knowing", "You left it"),
    ("You left items behind", "knowing", "You left items"),
    ("We've been watching", "knowing", "We've been watching"),
    ("We have been watching", "knowing", "We have been watching"),
    ("Based on your browsing, a kettle", "knowing", "Based on your browsing"),
    ("Based on your behaviour", "knowing", "Based on your behaviour"),
    ("The nation’s no. 1 tea", "claim", "nation’s no. 1"),
    ("The country's number one", "claim", "country's number one"),
    ("The best in the world", "claim", "best in the world"),
    ("We are number one", "claim", "number one"),
    ("The cheapest tea in town", "claim", "cheapest"),
    ("The lowest prices in town", "claim", "lowest prices"),
    ("A miracle for your hair", "claim", "miracle"),
    ("It cures a cold", "claim", "cures"),
    ("A balm that heals", "claim", "heals"),
    ("Guaranteed to work", "claim", "Guaranteed to work"),
    ("Guaranteed results in a week", "claim", "Guaranteed results"),
    ("An anti-ageing cream", "claim", "anti-ageing"),
    ("An anti aging cream", "claim", "anti aging"),
    ("It has no side effects", "claim", "no side effects"),
)
HASTY = (*(("ja", *one) for one in HASTY_JA), *(("en", *one) for one in HASTY_EN))
#: Alternatives of which sentences stand in test_copy_check, or that a longer one of the same rule is found for.
ELSEWHERE = {
    *("お急ぎください", "今すぐ", "激安", "お客様各位", "日本一", "最高級", "今だけ", r"\bact now\b", r"\bhurry\b"),
    *(r"\blast chance\b", r"\b100\s?% free\b", r"\bdear valued customer\b", r"\bclinically proven\b", r"お?見逃しなく"),
    *(r"\byou recently (?:viewed|looked at|browsed|searched)\b", r"(?<!\w)(?:#|no\. ?1)(?!\d)", r"\bfree!!"),
}


@pytest.mark.parametrize(("language", "sentence", "kind", "words"), HASTY, ids=[f"{one[0]}-{one[3]}" for one in HASTY])
def test_hasty_words_are_found_with_kind_place_and_a_better_wording(
    language: str, sentence: str, kind: str, words: str
) -> None:
    (remark,) = check_copy(sentence, language)
    assert (remark.kind, remark.found, remark.start) == (kind, words, sentence.index(words))
    assert remark.better
    assert words not in remark.better


def lists() -> dict[str, list[dict[str, Any]]]:
    """Return the lists of words as they are written."""
    written = tomllib.loads((resources.files("tenshu.content") / "copy_words.toml").read_text("utf-8"))
    return {language: written[language] for language in ("ja", "en")}


def entries() -> list[tuple[str, str]]:
    """Return every entry of the lists, with its language."""
    return [(language, entry) for language, rules in lists().items() for rule in rules for entry in rule["find"]]


@pytest.mark.parametrize(("language", "entry"), entries(), ids=lambda value: str(value)[:30])
def test_no_entry_of_the_lists_is_without_a_sentence_that_it_finds(language: str, entry: str) -> None:
    found = [one[3] for one in HASTY if one[0] == language and re.search(entry, one[1], re.IGNORECASE)]
    assert found or entry in ELSEWHERE


@pytest.mark.parametrize(("language", "sentence", "kind", "words"), HASTY, ids=[f"{one[0]}-{one[3]}" for one in HASTY])
def test_the_proposed_wording_takes_the_remark_away(language: str, sentence: str, kind: str, words: str) -> None:
    (remark,) = check_copy(sentence, language)
    calmer = sentence.replace(words, remark.better.partition("(")[0].strip())
    assert kind not in {one.kind for one in check_copy(calmer, language)}


MEANT_WELL = (
    ("ja", "今だけでなく、これからもお使いいただけます"),
    ("ja", "今だけではなく、秋にもお届けします"),
    ("ja", "今しがた、入荷いたしました"),
    ("ja", "絶対値の計算も楽しい算数の本です"),
    ("ja", "絶対温度の目盛りが付いた温度計です"),
    ("ja", "絶対的な正解はありません"),
    ("ja", "私どもは急いでいません"),
    ("ja", "お返事は急いでおりません"),
    ("ja", "今すぐでなくてかまいません"),
    ("ja", "今すぐでなくとも、秋までにどうぞ"),
    ("ja", "今すぐ必要でないものは、お送りしません"),
    ("ja", "各位置にあるねじを締めてください"),
    ("ja", "製品No.10の替え芯です"),
    ("ja", "vino 1本に合うチーズです"),
    ("ja", "製品No.１２の替え芯です"),
    ("ja", "必ずお得意先にお届けします"),
    ("ja", "お店の皆様にも、よろしくお伝えください"),
    ("en", "There is no hurry at all"),
    ("en", "We are not in a hurry"),
    ("en", "Nobody has a need to hurry here"),
    ("en", "There is nothing urgent in this letter"),
    ("en", "The number one thing to know is how warm the water is"),
    ("en", "We are at No. 1 High Street"),
    ("en", "Chapter no. 12 of the guide"),
    ("en", "A secure parcel, obscured by paper"),
    ("en", "The healthy garden, and how it is kept"),
    ("en", "We see your garden from our window"),
    ("en", "The right nowadays is the left of old"),
)


@pytest.mark.parametrize(("language", "sentence"), MEANT_WELL)
def test_words_that_only_look_hasty_are_left_in_peace(language: str, sentence: str) -> None:
    assert check_copy(sentence, language) == ()


@pytest.mark.parametrize(("sentence", "kind", "words"), HASTY_EN, ids=[one[2] for one in HASTY_EN])
def test_english_words_are_found_however_they_are_capitalised(sentence: str, kind: str, words: str) -> None:
    for written in (sentence.lower(), sentence.title().replace("'S", "'s").replace("’S", "’s")):
        found = [one for one in check_copy(written, "en") if one.kind == kind]
        assert [one.found.lower() for one in found] == [words.lower()]


def test_every_hit_of_the_same_words_is_a_remark_of_its_own() -> None:
    remarks = check_copy("今だけ、今だけ、今だけのご案内", "ja")
    assert [one.start for one in remarks] == [0, 4, 8]
    assert len({one.better for one in remarks}) == 1


def test_places_count_characters_whatever_is_merged_in_before() -> None:
    text = "{{ customer.last_name | sama }}、今だけです😀絶対"
    assert [text[one.start :][: len(one.found)] for one in check_copy(text, "ja")] == ["今だけ", "絶対"]
    assert [one.start for one in check_copy(text, "ja")] == [text.index("今だけ"), text.index("絶対")]


@pytest.mark.parametrize(
    ("language", "rules"),
    [(language, rules) for language, rules in lists().items()],
    ids=["ja", "en"],
)
def test_better_wordings_are_written_in_the_language_of_the_mail(language: str, rules: list[dict[str, Any]]) -> None:
    is_japanese = [bool(re.search("[ぁ-ん]", rule["better"])) for rule in rules]
    assert all(is_japanese) if language == "ja" else not any(is_japanese)


def test_no_entry_stands_in_a_list_twice() -> None:
    for language in ("ja", "en"):
        mine = [entry for spoken, entry in entries() if spoken == language]
        assert len(set(mine)) == len(mine)
