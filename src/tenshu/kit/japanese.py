"""Bring values as people in Japan write them into one form: text, numbers, names, addresses.

Full-width digits, ￥1,234, △500, ０３（１２３４）５６７８ and old carrier mail addresses are everyday
input. Each function takes what stood in a cell and returns its one form, or None where it is no such
value; none of them raises. Dates have a file of their own (`kit.dates`).
"""

import re
import unicodedata
from decimal import Decimal
from typing import Final

_SPACES: Final = re.compile(r"\s+")
_DASHES: Final = re.compile("[-‐‑‒–—―−ーｰ─━﹣－~〜～]")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")

#: What people write into a cell to say that there is nothing.
PLACEHOLDERS: Final = frozenset((
    "-", "--", "ー", "―", "—", "–", "−", "*", "/", ".", "なし", "無し", "無", "不明", "未定", "未登録", "未入力",
    "該当なし", "該当無し", "空白", "n/a", "na", "#n/a", "nan", "null", "none", "nil", "unknown", "(null)",
))  # fmt: skip


def normalise(text: str) -> str:
    """Return the text in its one form: NFKC, no space around it, single spaces inside.

    >>> normalise("　ﾃﾝｼｭ　１２３ ")
    'テンシュ 123'
    """
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip()


#: ①, Ⅳ, №, ㈱, ㌔ and the kanji that only differ in shape (神, 塚): NFKC would write them otherwise.
KEPT_MARKS: Final = "[\u2116\u2121\u2160-\u2183\u2460-\u24ff\u3200-\u33ff\uf900-\ufaff]"
_KEPT_RUN: Final = re.compile(f"({KEPT_MARKS}+)")


def keep_marks(text: str) -> str:
    """Return the text as `normalise` does, but with its marks and the shape of its kanji as they are written.

    >>> keep_marks("①㈱　髙﨑ﾔﾏﾀﾞ"), normalise("①㈱")
    ('①㈱ 髙﨑ヤマダ', '1(株)')
    """
    parts = [part if at % 2 else unicodedata.normalize("NFKC", part) for at, part in enumerate(_KEPT_RUN.split(text))]
    return _SPACES.sub(" ", "".join(parts)).strip()


def is_nothing(text: str) -> bool:
    """Say whether the cell only says that there is nothing.

    >>> is_nothing("なし"), is_nothing("Ｎ／Ａ"), is_nothing("梨")
    (True, True, False)
    """
    plain = normalise(text).casefold()
    return not plain or plain in PLACEHOLDERS


_NEGATIVE_MARKS: Final = ("△", "▲", "-", "−", "‐", "–", "ー", "－")
#: The exponent is what spreadsheets export for long numbers, 1.5E+3: it never stands alone, E11 is somebody's number.
_NUMBER: Final = re.compile(r"(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,2})?)", re.ASCII)
_SPLIT_DIGITS: Final = re.compile(r"\d\s+\d")
_CURRENCY: Final = re.compile(r"(?:jpy|gbp|usd|eur|円|[¥\\£$€])")
_COUNTERS: Final = re.compile(r"(?:個|点|本|枚|冊|箱|袋|セット|pcs?|件|回|ケ|ヶ|コ|台|着|足)$")


def parse_decimal(text: str) -> Decimal | None:
    """Return the number that the text writes, or None.

    Takes full-width digits, thousands commas, a currency mark or 円, a counter such as 個, and for
    negative numbers -, △, ▲ or parentheses. An exponent needs digits in front of it: E11 is no number.

    >>> parse_decimal("￥１，２３４"), parse_decimal("△500円"), parse_decimal("(1,200.50)"), parse_decimal("1,23")
    (Decimal('1234'), Decimal('-500'), Decimal('-1200.50'), None)
    """
    if len(text) > 60:
        return None
    plain = unicodedata.normalize("NFKC", text).casefold().replace("、", ",").strip()
    if _SPLIT_DIGITS.search(plain):
        return None
    plain, sign = plain.replace(" ", ""), 1
    if len(plain) > 2 and plain[0] == "(" and plain[-1] == ")":
        sign, plain = -1, plain[1:-1]
    plain, marks = _CURRENCY.subn("", plain)
    if marks > 1:
        return None
    if plain.startswith(_NEGATIVE_MARKS):
        sign, plain = -sign, plain[1:]
    elif plain.startswith("+"):
        plain = plain[1:]
    # ¥1,234- is a way to write a price; 1234- alone could mean either sign.
    plain = _COUNTERS.sub("", plain.removesuffix("-") if marks else plain)
    if not _NUMBER.fullmatch(plain):
        return None
    return sign * Decimal(plain.replace(",", ""))


_LOCAL: Final = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-][a-z0-9!#$%&'*+/=?^_`{|}~.-]{0,63}")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_TOP_LABEL: Final = re.compile(r"(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})")


def normalise_email(text: str) -> str | None:
    """Return the one address that the text writes, in lower case, or None.

    Refuses line breaks and other control characters, two addresses, quoted local parts, characters
    outside ASCII (look-alikes), a domain without a dot and more than 254 characters. Keeps what old
    phone carriers handed out against RFC 5321: dots in a row, or a dot before the @.

    >>> normalise_email(" Ｈanako..S.@Docomo.ne.jp "), normalise_email("a@x.jp,b@x.jp")
    ('hanako..s.@docomo.ne.jp', None)
    """
    if len(text) > 1000:
        return None
    plain = unicodedata.normalize("NFKC", text.strip(" 　\t\r\n")).casefold().removeprefix("mailto:").strip()
    local, at, domain = plain.partition("@")
    if not at or not plain.isascii() or len(plain) > 254 or len(local) > 64 or not _LOCAL.fullmatch(local):
        return None
    labels = domain.split(".")
    known = len(labels) >= 2 and all(map(_LABEL.fullmatch, labels)) and _TOP_LABEL.fullmatch(labels[-1])
    return plain if known else None


#: The mail domains of Japanese mobile phones, which handed out addresses against the standard until about 2009.
_MOBILE: Final = re.compile(
    r"(?:[a-z0-9-]+\.)*(?:docomo\.ne\.jp|ezweb\.ne\.jp|au\.com|softbank\.(?:ne\.)?jp|vodafone\.ne\.jp|disney\.ne\.jp|"
    r"pdx\.ne\.jp|willcom\.com|emnet\.ne\.jp|ymobile1?\.ne\.jp|uqmobile\.jp|jp-[a-z]\.ne\.jp)"
)


def is_old_mobile(address: str) -> bool:
    """Say whether an address is one that a mobile carrier handed out against the standard: dots in a row or at the end.

    >>> is_old_mobile("ha..na.@docomo.ne.jp"), is_old_mobile("hanako@docomo.ne.jp"), is_old_mobile("a..b@example.jp")
    (True, False, False)
    """
    local, _at, domain = address.casefold().partition("@")
    odd = ".." in local or local.startswith(".") or local.endswith(".")
    return odd and _MOBILE.fullmatch(domain) is not None


_LONG_PREFIXES: Final = ("050", "060", "070", "080", "090", "0800")


def normalise_phone(text: str) -> str | None:
    """Return the telephone number in E.164 form, or None.

    A number without a country is Japanese. A spreadsheet that swallowed the leading zero is put right.

    >>> normalise_phone("０３（１２３４）５６７８"), normalise_phone("9012345678"), normalise_phone("+44 20 7946 0018")
    ('+81312345678', '+819012345678', '+442079460018')
    """
    plain = unicodedata.normalize("NFKC", text)
    if len(plain) > 40 or _CONTROL.search(plain.strip()):
        return None
    digits = re.sub(r"[\s().・/]", "", _DASHES.sub("", plain)).removeprefix("tel:").removeprefix("TEL:")
    if digits.startswith("010"):
        digits = "+" + digits[3:]
    elif digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("+81"):
        digits = "0" + digits[3:].removeprefix("0")
    elif digits.startswith("+"):
        return digits if re.fullmatch(r"\+[1-9]\d{6,14}", digits, re.ASCII) else None
    return _japanese_phone(digits)


def _japanese_phone(digits: str) -> str | None:
    if not re.fullmatch(r"\d{9,11}", digits, re.ASCII):
        return None
    if not digits.startswith("0"):
        digits = "0" + digits
    length = 11 if digits.startswith(_LONG_PREFIXES) else 10
    return f"+81{digits[1:]}" if len(digits) == length and digits[1] != "0" else None


#: 150-001 lacks its last digit: the zero that a spreadsheet swallows is the first.
_CUT_POSTAL: Final = re.compile(rf"\d{{3}}{_DASHES.pattern}\d{{1,3}}")


def normalise_postal_code(text: str) -> str | None:
    """Return a Japanese postal code as 123-4567, a foreign one in capitals, or None.

    >>> normalise_postal_code("〒１２３ー４５６７"), normalise_postal_code("600001"), normalise_postal_code("sw1a 1aa")
    ('123-4567', '060-0001', 'SW1A 1AA')
    """
    plain = re.sub(r"(?<=\d)\.0+$", "", normalise(text).removeprefix("〒").strip().upper())
    if _CUT_POSTAL.fullmatch(plain):
        return None
    digits = _DASHES.sub("", plain).replace(" ", "")
    if re.fullmatch(r"\d{6,7}", digits, re.ASCII) and not re.fullmatch(r"\d{3} \d{3}", plain):
        digits = digits.zfill(7)
        return f"{digits[:3]}-{digits[3:]}"
    foreign = re.fullmatch(r"[A-Z0-9](?:[A-Z0-9 -]{1,8}[A-Z0-9])", plain)
    return plain if foreign and any(mark.isdigit() for mark in plain) else None


_READING_HONORIFIC: Final = re.compile(r"\s*(?:様|殿|御中)$|\s+(?:サマ|ドノ|オンチュウ)$")
_HIRAGANA: Final = {code: code + 0x60 for code in range(0x3041, 0x3097)}


def fold_kana(text: str) -> str:
    """Return the text with every kana as full-width katakana, the form that readings are compared in.

    >>> fold_kana("さとう ﾊﾅｺ")
    'サトウ ハナコ'
    """
    return normalise(text).translate(_HIRAGANA)


def name_reading(text: str) -> str:
    """Return the reading of a name: full-width katakana, without サマ or 様 behind it.

    >>> name_reading("ﾔﾏﾀﾞ ﾀﾛｳ ｻﾏ")
    'ヤマダ タロウ'
    """
    return _READING_HONORIFIC.sub("", fold_kana(text)).strip()


def split_name(full_name: str) -> tuple[str | None, str | None]:
    """Return (last name, first name) of a name whose parts are told apart by a space, else (None, None).

    A name in Latin letters has its last name at the end, or before a comma.

    >>> split_name("佐藤　花子"), split_name("Mary Ann Smith"), split_name("佐藤花子")
    (('佐藤', '花子'), ('Smith', 'Mary Ann'), (None, None))
    """
    plain = normalise(full_name)
    if "," in plain:
        last, _comma, first = (part.strip() for part in plain.partition(","))
    elif plain.isascii() or is_latin(plain):
        first, _space, last = plain.rpartition(" ")
    else:
        last, _space, first = plain.partition(" ")
    return (last, first) if last and first else (None, None)


_HONORIFIC: Final = re.compile(r"(?<=..)\s*(御中|様|さま|殿|先生|さん)$|\s+(御中|様|さま|殿|先生|さん)$")
_COMPANY: Final = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|相互会社|(?:一般|公益)?(?:社団|財団)法人|"
    r"(?:医療|学校|宗教|社会福祉|特定非営利活動|npo|独立行政|国立大学)法人|[(（](?:株|有|同|社|財|医|学)[)）]|[㈱㈲]",
    re.IGNORECASE,
)


def split_party(name: str) -> tuple[str | None, str | None]:
    """Return (person, company) that a name on an envelope means, without 様, 殿 or 御中 behind it.

    >>> split_party("佐藤 花子 様"), split_party("天守商店御中"), split_party("㈱天守 佐藤花子様"), split_party("鵜殿")
    (('佐藤 花子', None), (None, '天守商店'), ('佐藤花子', '㈱天守'), ('鵜殿', None))
    """
    found = _HONORIFIC.search(name)
    bare = name[: found.start()].strip() if found else name
    honorific = (found.group(1) or found.group(2)) if found else ""
    if honorific == "御中":
        return None, bare
    if not _COMPANY.search(bare):
        return bare, None
    words = bare.split()
    last = max(place for place, word in enumerate(words) if _COMPANY.search(word))
    # 株式会社 天守 is one name in two words.
    end = last + 2 if _COMPANY.fullmatch(words[last]) and last == 0 else last + 1
    person = " ".join(words[end:])
    return (person, " ".join(words[:end])) if person and honorific else (None, bare)


def name_key(name: str) -> str:
    """Return the name in the form in which names are compared: no blanks, no 様, one kind of kana.

    >>> name_key("佐藤　花子様") == name_key("佐藤花子")
    True
    """
    person, company = split_party(normalise(name))
    return fold_kana(person or company or "").replace(" ", "").casefold()


def join_name(last_name: str | None, first_name: str | None) -> str | None:
    """Return the full name in the order its script writes it, or None where there is neither part.

    >>> join_name("佐藤", "花子"), join_name("Smith", "Mary"), join_name("佐藤", None)
    ('佐藤 花子', 'Mary Smith', '佐藤')
    """
    parts = [part for part in (last_name, first_name) if part]
    if parts and all(map(is_latin, parts)):
        parts.reverse()
    return " ".join(parts) or None


def is_latin(text: str) -> bool:
    """Say whether every letter of the text is Latin."""
    return all("LATIN" in unicodedata.name(mark, "") for mark in text if mark.isalpha())


#: The 47 prefectures, north to south.
PREFECTURES: Final = (
    "北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県",
    "茨城県", "栃木県", "群馬県", "埼玉県", "千葉県", "東京都", "神奈川県",
    "新潟県", "富山県", "石川県", "福井県", "山梨県", "長野県", "岐阜県", "静岡県", "愛知県",
    "三重県", "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県",
    "鳥取県", "島根県", "岡山県", "広島県", "山口県", "徳島県", "香川県", "愛媛県", "高知県",
    "福岡県", "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県", "鹿児島県", "沖縄県",
)  # fmt: skip
_PREFECTURE: Final = re.compile("|".join(PREFECTURES))


def prefecture_of(address: str) -> str | None:
    """Return the prefecture that the address begins with, or None.

    >>> prefecture_of("〒150-0001 東京都渋谷区神宮前1-1")
    '東京都'
    """
    found = _PREFECTURE.search(normalise(address)[:20])
    return found.group() if found else None
