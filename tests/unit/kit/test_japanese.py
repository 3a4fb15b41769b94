"""Values as people in Japan write them come out in one form, or as None; nothing raises."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tenshu.kit.japanese import (
    PREFECTURES,
    fold_kana,
    is_latin,
    is_nothing,
    join_name,
    normalise,
    normalise_email,
    normalise_phone,
    normalise_postal_code,
    parse_decimal,
    prefecture_of,
    split_name,
)


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("　佐藤　　花子　", "佐藤 花子"),  # full-width spaces, one of them twice
        ("ﾃﾝｼｭ", "テンシュ"),  # half-width kana
        ("ｶﾞｷﾞ", "ガギ"),  # half-width kana with its mark apart
        ("ＡＢＣ１２３", "ABC123"),
        ("①", "1"),
        ("a\tb\r\nc", "a b c"),
        ("", ""),
    ],
)
def test_text_has_one_form(written: str, form: str) -> None:
    assert normalise(written) == form


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    "written", ["", " ", "　", "-", "ー", "なし", "無し", "不明", "N/A", "ＮＵＬＬ", "None", "#N/A"]
)
def test_words_for_nothing_are_nothing(written: str) -> None:
    assert is_nothing(written)


@pytest.mark.parametrize("written", ["0", "梨", "なしや", "×", "ノー", "nanako"])
def test_words_that_only_look_like_nothing_are_something(written: str) -> None:
    assert not is_nothing(written)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1234", "1234"),
        ("１２３４", "1234"),
        ("1,234", "1234"),
        ("１，２３４", "1234"),
        ("1,234,567.89", "1234567.89"),
        ("￥1,234", "1234"),
        ("¥1,234-", "1234"),  # the dash behind a price is no sign
        ("\\980", "980"),  # a yen mark of old code pages
        ("1,234円", "1234"),
        ("£2.55", "2.55"),
        ("￡２．５５", "2.55"),
        ("-5", "-5"),
        ("－５", "-5"),
        ("−5", "-5"),
        ("△500", "-500"),
        ("▲1,000円", "-1000"),
        ("(1,200.50)", "-1200.50"),
        ("（300）", "-300"),
        ("-¥500", "-500"),
        ("¥-500", "-500"),
        ("+7", "7"),
        (".5", "0.5"),
        ("3個", "3"),
        ("12 点", "12"),
        ("1e3", "1000"),
        ("1.5E+3", "1500"),  # as spreadsheets export long numbers
        ("1.23457E+11", "123457000000"),
        ("-2.5e-2", "-0.025"),
        (".5e1", "5"),
        ("5.", "5"),
        (" 42 ", "42"),
        ("0.000", "0"),
    ],
)
def test_number_is_read(written: str, number: str) -> None:
    assert parse_decimal(written) == Decimal(number)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "abc",
        "六個",
        "12x",
        "6?",
        "1.6.5",
        "2.9O",
        "#REF!",
        "1/2",
        "1,23",  # a comma that parts no thousands
        "1,2345",
        "1 234",  # two numbers
        "1234-",  # either sign
        "--5",
        "円",
        "¥",
        "∞",
        "NaN",
        "Infinity",
        "1e999",
        "E11",  # somebody's number
        "e12",
        "E+3",
        "-E5",
        "¥e5",
        ".e5",
        ".",
        "1,234e5",  # no program writes both
        "1.5E",
        "1e5.5",
        "1e3e3",
        "٣",  # a digit, not one that we write
        "9" * 61,
        "¥5円5",
    ],
)
def test_what_is_no_number_is_none(written: str) -> None:
    assert parse_decimal(written) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_number_written_with_commas_comes_back(number: Decimal) -> None:
    assert parse_decimal(f"{number:,.4f}") == number


@given(st.integers(0, 10**12))
def test_full_width_triangle_is_the_negative_of_the_number(number: int) -> None:
    wide = str(number).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert parse_decimal(f"△{wide}") == -number


@given(st.integers(0, 99), st.sampled_from(["E", "e", "Ｅ", "E-", "e+", "E0"]))
def test_an_exponent_alone_is_no_number(number: int, mark: str) -> None:
    assert parse_decimal(f"{mark}{number}") is None


@given(st.text(alphabet="0123456789eE+-.,()¥△円個 １Ｅ", max_size=61))
def test_no_text_of_a_numbers_characters_breaks_the_reader_of_numbers(text: str) -> None:
    number = parse_decimal(text)
    assert number is None or number.is_finite()


@example(3.118821218840421e-96)
@example(1e-99)
@example(9.999999999999999e-100)
@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e90, max_value=1e90))
def test_number_comes_back_from_the_spelling_of_a_program(number: float) -> None:
    has_long_exponent = number != 0 and abs(number) < 1e-99  # three digits: as a quantity that is no number
    assert parse_decimal(repr(number)) == (None if has_long_exponent else Decimal(repr(number)))


@given(st.text(max_size=80))
def test_no_text_breaks_a_reader(text: str) -> None:
    for reader in (
        parse_decimal,
        normalise_email,
        normalise_phone,
        normalise_postal_code,
        prefecture_of,
        split_name,
        fold_kana,
    ):
        reader(text)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("hanako@example.jp", "hanako@example.jp"),
        (" Hanako@Example.JP ", "hanako@example.jp"),
        ("ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ", "hanako@example.jp"),
        ("hanako@example.jp\n", "hanako@example.jp"),  # the end of a line, not a second header
        ("mailto:hanako@example.jp", "hanako@example.jp"),
        ("ha..na..ko@docomo.ne.jp", "ha..na..ko@docomo.ne.jp"),  # handed out against the standard
        ("hanako.@ezweb.ne.jp", "hanako.@ezweb.ne.jp"),
        ("a+b@example.co.jp", "a+b@example.co.jp"),
        ("-x-@example.jp", "-x-@example.jp"),
        ("a@xn--wgv71a119e.jp", "a@xn--wgv71a119e.jp"),
        ("a" * 64 + "@example.jp", "a" * 64 + "@example.jp"),
    ],
)
def test_address_is_kept(written: str, address: str) -> None:
    assert normalise_email(written) == address


@pytest.mark.parametrize(
    "written",
    [
        "",
        "hanako",
        "@example.jp",
        "hanako@",
        "hanako@example",
        "hanako@@example.jp",
        "hanako@example.jp,taro@example.jp",
        "hanako@example.jp; taro@example.jp",
        "hanako@example.jp taro@example.jp",
        "Hanako <hanako@example.jp>",
        '"ha na ko"@example.jp',
        "a@x.jp>\r\nRCPT TO:<v@x",
        "a@x.jp\r\nBcc: v@x.jp",
        "a\n@x.jp",
        "a@x.jp\x00",
        "a@x.jp\u2028b",
        "=?utf-8?q?a=0D=0ABcc=3A_v=40x?=",
        ".hanako@docomo.ne.jp",
        "花子@example.jp",
        "a@аpple.com",  # a Cyrillic а
        "a@-x.jp",
        "a@x-.jp",
        "a@b..jp",
        "a@x.jp.",
        "a@127.0.0.1",
        "a@[127.0.0.1]",
        "a" * 65 + "@example.jp",
        "a@" + "b" * 63 + "." + "c" * 63 + "." + "d" * 63 + "." + "e" * 60 + ".jp",  # 256 characters
        "a@" + "b" * 64 + ".jp",
        "x" * 100_000,
    ],
)
def test_what_is_no_single_address_is_refused(written: str) -> None:
    assert normalise_email(written) is None


@given(st.text())
def test_an_address_that_passes_can_end_no_header(text: str) -> None:
    address = normalise_email(text)
    if address is not None:
        assert address.isascii()
        assert address.count("@") == 1
        assert not set(address) & set('\r\n\x00 <>,;"()')


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("090-1234-5678", "+819012345678"),
        ("０９０－１２３４－５６７８", "+819012345678"),
        ("０９０ー１２３４ー５６７８", "+819012345678"),
        ("(03)1234-5678", "+81312345678"),
        ("03(1234)5678", "+81312345678"),
        ("03.1234.5678", "+81312345678"),
        ("03 1234 5678", "+81312345678"),
        ("0312345678", "+81312345678"),
        ("312345678", "+81312345678"),  # a spreadsheet ate the zero
        ("9012345678", "+819012345678"),
        ("+81-90-1234-5678", "+819012345678"),
        ("+81 (0)3 1234 5678", "+81312345678"),
        ("0081-3-1234-5678", "+81312345678"),
        ("010-44-20-7946-0018", "+442079460018"),  # dialled from Japan
        ("+44 20 7946 0018", "+442079460018"),
        ("0120-123-456", "+81120123456"),
        ("0800-123-4567", "+818001234567"),
        ("050-1234-5678", "+815012345678"),
        ("TEL:03-1234-5678", "+81312345678"),
    ],
)
def test_telephone_number_is_read(written: str, number: str) -> None:
    assert normalise_phone(written) == number


@pytest.mark.parametrize(
    "written",
    [
        "",
        "110",
        "1234",
        "03-1234",
        "090-1234-567",
        "090-1234-56789",
        "abc",
        "03-1234-5678 内線5",
        "+0312345678",
        "0" * 41,
        "03-12\n34-56\x0078",
    ],
)
def test_what_is_no_telephone_number_is_none(written: str) -> None:
    assert normalise_phone(written) is None


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("123-4567", "123-4567"),
        ("〒123-4567", "123-4567"),
        ("〒１２３ー４５６７", "123-4567"),
        ("1234567", "123-4567"),
        ("600001", "060-0001"),  # a spreadsheet ate the zero
        ("sw1a 1aa", "SW1A 1AA"),
        ("ZZ99 3AB", "ZZ99 3AB"),
        ("D-10115", "D-10115"),
        ("10115", "10115"),
    ],
)
def test_postal_code_is_read(written: str, code: str) -> None:
    assert normalise_postal_code(written) == code


@pytest.mark.parametrize("written", ["", "東京", "1", "abc", "123-4567-8901", "=1+1"])
def test_what_is_no_postal_code_is_none(written: str) -> None:
    assert normalise_postal_code(written) is None


@pytest.mark.parametrize(
    ("written", "kana"),
    [("さとう", "サトウ"), ("ｻﾄｳ", "サトウ"), ("サトウ　はなこ", "サトウ ハナコ"), ("ゔぁいおりん", "ヴァイオリン")],
)
def test_kana_are_compared_as_katakana(written: str, kana: str) -> None:
    assert fold_kana(written) == kana


@pytest.mark.parametrize(
    ("full", "parts"),
    [
        ("佐藤 花子", ("佐藤", "花子")),
        ("佐藤　花子", ("佐藤", "花子")),
        ("佐藤花子", (None, None)),
        ("Mary Smith", ("Smith", "Mary")),
        ("Mary Ann Smith", ("Smith", "Mary Ann")),
        ("Smith, Mary", ("Smith", "Mary")),
        ("José García", ("García", "José")),
        ("Madonna", (None, None)),
        ("", (None, None)),
    ],
)
def test_name_is_split_where_a_space_says_so(full: str, parts: tuple[str | None, str | None]) -> None:
    assert split_name(full) == parts


@pytest.mark.parametrize(
    ("last", "first", "full"),
    [
        ("佐藤", "花子", "佐藤 花子"),
        ("Smith", "Mary", "Mary Smith"),
        ("佐藤", None, "佐藤"),
        (None, "花子", "花子"),
        (None, None, None),
        ("佐藤", "Mary", "佐藤 Mary"),  # one Japanese part keeps the Japanese order
    ],
)
def test_name_is_joined_in_the_order_of_its_script(last: str | None, first: str | None, full: str | None) -> None:
    assert join_name(last, first) == full


def test_split_undoes_join() -> None:
    for last, first in (("佐藤", "花子"), ("Smith", "Mary"), ("García", "José")):
        assert split_name(join_name(last, first) or "") == (last, first)


def test_latin_is_told_from_japanese() -> None:
    assert is_latin("Müller")
    assert not is_latin("佐藤")
    assert not is_latin("サトウ")


@pytest.mark.parametrize(
    ("address", "prefecture"),
    [
        ("東京都渋谷区神宮前1-1", "東京都"),
        ("〒150-0001　東京都渋谷区", "東京都"),
        ("京都府京都市", "京都府"),
        ("神奈川県横浜市", "神奈川県"),
        ("渋谷区神宮前1-1", None),
        ("1 High Street, London", None),
    ],
)
def test_prefecture_is_found_at_the_start(address: str, prefecture: str | None) -> None:
    assert prefecture_of(address) == prefecture


def test_there_are_47_prefectures() -> None:
    assert len(set(PREFECTURES)) == 47
