"""Real names, readings and spellings: those that are one are found as one, those that are two stay two."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.know.folding import digits_of, fold, fold_latin, folded, latin, same_latin

#: Reading -> how people with that name spell it: Hepburn, Kunrei, passports, visiting cards, without long vowels.
SPELLINGS = {
    "サトウ": "Sato Satou Satoh Satō satô SATO",
    "イトウ": "Ito Itou Itoh Itō",
    "カトウ": "Kato Katou Katoh Katō",
    "ゴトウ": "Goto Gotou Gotoh",
    "サイトウ": "Saito Saitou Saitoh",
    "コンドウ": "Kondo Kondou Kondoh",
    "エンドウ": "Endo Endou Endoh",
    "オオタニ": "Otani Ohtani Ootani Ōtani",
    "オオノ": "Ono Ohno Oono Ōno",
    "オオハシ": "Ohashi Oohashi Ōhashi",
    "オオシマ": "Oshima Ohshima Ooshima",
    "コウノ": "Kono Kohno Kouno",
    "ショウジ": "Shoji Shouji Shohji Syozi",
    "リョウヘイ": "Ryohei Ryouhei Ryōhei",
    "ヨウコ": "Yoko Youko Yohko",
    "キョウコ": "Kyoko Kyouko Kyōko",
    "ユウコ": "Yuko Yuuko Yūko",
    "シュウジ": "Shuji Shuuji Syuzi",
    "ジュンイチ": "Junichi Jun'ichi Zyuniti",
    "シンイチ": "Shinichi Shin'ichi Siniti",
    "ケンイチロウ": "Kenichiro Ken'ichirou Kenichiroh",
    "シンペイ": "Shinpei Shimpei",
    "ナンバ": "Nanba Namba",
    "ホンマ": "Honma Homma",
    "グンジ": "Gunji Gunzi",
    "ハットリ": "Hattori",
    "ホッタ": "Hotta",
    "イッペイ": "Ippei",
    "テッペイ": "Teppei",
    "ロッカク": "Rokkaku",
    "マッチャ": "Matcha Maccha",
    "ミッチ": "Mitchi Micchi",
    "ツチヤ": "Tsuchiya Tutiya",
    "フジワラ": "Fujiwara Huziwara",
    "フクダ": "Fukuda Hukuda",
    "チバ": "Chiba Tiba",
    "シミズ": "Shimizu Simizu",
    "ヂヂワ": "Jijiwa Ziziwa Didiwa",
    "ミズホ": "Mizuho",
    "カヅコ": "Kazuko Kaduko Kadzuko",
    "ニイガキ": "Niigaki Nigaki",
    "メグミ": "Megumi",
    "レイコ": "Reiko",
    "イノウエ": "Inoue",
    "ナオキ": "Naoki",
    "タカアキ": "Takaaki Takaki",
    "ワタナベ": "Watanabe",
    "ジャクソン": "Jakuson Zyakuson",
}
PAIRS = [(one, kana) for kana, all_of in SPELLINGS.items() for one in all_of.split()]

#: The form that keyboards offer first, and what is in the family register.
KANJI = [
    ("高橋", "髙橋"), ("山崎", "山﨑"), ("浜田", "濱田"), ("浜田", "濵田"), ("渡辺", "渡邊"), ("渡辺", "渡邉"),
    ("斉藤", "齋藤"), ("斉藤", "齊藤"), ("斎藤", "斉藤"), ("中島", "中嶋"), ("中島", "中嶌"), ("小沢", "小澤"),
    ("広瀬", "廣瀬"), ("広瀬", "廣瀨"), ("桜井", "櫻井"), ("国分", "國分"), ("徳永", "德永"), ("恵子", "惠子"),
    ("真理", "眞理"), ("栄子", "榮子"), ("北条", "北條"), ("富田", "冨田"), ("竜太", "龍太"), ("寿子", "壽子"),
]  # fmt: skip
APART = [
    ("佐藤", "加藤"), ("田中", "中田"), ("大田", "太田"), ("川", "河"), ("阿部", "安部"), ("伊藤", "伊東"),
    ("斉藤", "斉木"), ("渡辺", "渡部"), ("高田", "高口"), ("土屋", "士屋"),
]  # fmt: skip


@pytest.mark.parametrize(("spelt", "kana"), PAIRS)
def test_a_name_in_latin_letters_finds_its_reading(spelt: str, kana: str) -> None:
    assert fold_latin(spelt) == fold_latin(kana)


@pytest.mark.parametrize("spelt", ["Sato", "Ohtani", "Jun'ichi", "Yūko"])
def test_neither_capitals_nor_width_matter(spelt: str) -> None:
    wide = "".join(chr(ord(mark) + 0xFEE0) if "!" <= mark <= "~" else mark for mark in spelt)
    assert fold_latin(spelt.upper()) == fold_latin(spelt.lower()) == fold_latin(wide) == fold_latin(spelt)


def test_different_readings_stay_different_in_latin_letters() -> None:
    """The spelling is loose, but not so loose that names become others."""
    one_spelling = {kana: fold_latin(kana) for kana in SPELLINGS}
    assert len(set(one_spelling.values())) == len(one_spelling)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sato", "Seto"),
        ("Sato", "Saito"),
        ("Kano", "Kanno"),
        ("Kondo", "Kono"),
        ("Hara", "Hora"),
        ("Aoki", "Aki"),
        ("Tanabe", "Watanabe"),
        ("Kimi", "Kumi"),
        ("Shin", "Sen"),
    ],
)
def test_spellings_of_two_names_are_two(one: str, other: str) -> None:
    assert fold_latin(one) != fold_latin(other)


@pytest.mark.parametrize(("common", "registered"), KANJI)
def test_kanji_of_the_register_are_those_of_the_keyboard(common: str, registered: str) -> None:
    assert fold(common) == fold(registered)
    assert fold(f"{registered}　花子") == fold(common) + "花子"


@pytest.mark.parametrize(("one", "other"), APART)
def test_kanji_of_other_names_are_others(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("ﾊﾟﾋﾟﾌﾟ", "パピプ"),
        ("ｶﾞｷﾞ", "ガギ"),
        ("ヴァ", "ヴァ"),
        ("ゔぁ", "ヴァ"),
        ("ぁぃゃゅょっ", "ァィャュョッ"),
        ("さとう・はなこ", "サトウハナコ"),
        ("佐藤,花子", "佐藤花子"),
        ("佐藤/花子", "佐藤花子"),
        ("(株)ひまわり", "株ヒマワリ"),
        ("㈱ひまわり", "株ヒマワリ"),
        ("Ｓ－１２", "s12"),
        ("a.b-c", "abc"),
        ("12–34—56", "123456"),
        ("か\u3099", "ガ"),
        ("\t 佐藤\n", "佐藤"),
        ("", ""),
        ("・-./,()", ""),
        ("スーパー", "スーパー"),
    ],
)
def test_what_says_nothing_between_the_parts_is_dropped(typed: str, plain: str) -> None:
    assert fold(typed) == plain


@pytest.mark.parametrize("mark", ["@", "_", "+", "#", "&", "ー", "々", "%", "\\", "*"])
def test_marks_that_say_something_stay(mark: str) -> None:
    assert fold(f"a{mark}b") == f"a{mark}b"


@pytest.mark.parametrize(
    ("typed", "dialled"),
    [
        ("+81-3-1234-5678", "0312345678"),
        ("+81 (0)3 1234 5678", "0312345678"),
        ("０３（１２３４）５６７８", "0312345678"),
        ("03.1234.5678", "0312345678"),
        ("03 1234 5678", "0312345678"),
        ("090〜1234", "0901234"),
        ("090~1234", "0901234"),
        ("+44 20 7946 0018", ""),
        ("090-1234-5678 (自宅)", ""),
        ("①②③", "123"),
        ("+81", "0"),
        ("12a", ""),
        ("+", ""),
        ("٣٤", ""),
    ],
)
def test_a_telephone_number_is_its_digits_however_it_is_written(typed: str, dialled: str) -> None:
    assert digits_of(typed) == dialled


@settings(max_examples=40, deadline=None)
@given(st.from_regex(r"0[1-9][0-9]{8,9}", fullmatch=True), st.sampled_from(["-", " ", "", "–", "."]), st.integers(2, 5))
def test_at_home_and_from_abroad_it_is_the_same_number(number: str, between: str, place: int) -> None:
    parts = between.join([number[:place], number[place:-4], number[-4:]])
    assert digits_of(parts) == number
    assert digits_of("+81" + between + parts[1:]) == number


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(list(SPELLINGS)), min_size=1, max_size=4))
def test_a_reading_in_latin_letters_is_in_one_spelling_for_good(parts: list[str]) -> None:
    once = fold_latin("".join(parts))
    assert once.isascii()
    again = pl.DataFrame({"text": [once]}).select(same_latin(pl.col("text"))).item()
    assert again == once


def test_a_column_keeps_what_is_not_known() -> None:
    """A null is nobody's name and stays one, in both programs."""
    column = pl.DataFrame({"text": ["さとう", None, ""]}, schema={"text": pl.String})
    told = column.select(plain=folded(pl.col("text")), read=latin(folded(pl.col("text"))))
    assert told.rows() == [("サトウ", "sato"), (None, None), ("", "")]


@pytest.mark.parametrize("text", ["佐藤", "김", "Ωμέγα", "👩‍👩‍👧", "ﷺ", "\u0000", "é"])
def test_letters_of_other_scripts_pass_through_without_harm(text: str) -> None:
    assert isinstance(fold(text), str)
    assert fold(fold(text)) == fold(text)
