"""Read addresses and telephone numbers as people type them into a cell, with names, labels and remarks around them."""

import re
import unicodedata
from typing import Final

from tenshu.kit.japanese import normalise_email, normalise_phone

#: Words for: there is none. An empty text means so, None that nobody can tell.
_NONE: Final = re.compile(
    r"0+|(?:e?メール|アドレス|電話|携帯|番号|連絡先|mail|tel)*(?:なし|無し|無|ナシ|不明|非公開|未登録|持っていない|持ってない|辞退|ありません)"
)
#: 山田 太郎 <taro@example.jp>: a name in front of an address, and nothing that could be another address or line.
_NAMED: Final = re.compile(r"[^<>@\x00-\x1f]*<([^<>\s]+)>")
#: taro@example.jp(会社)
_REMARK: Final = re.compile(r"\s*[(\[][^()\[\]@]*[)\]]$")
_AROUND_AT: Final = re.compile(r" ?@ ?")
_TYPED_MARKS: Final = "'`\"‘’”“"
#: A label before a number, a remark or an extension behind it.
_LABEL: Final = re.compile(r"^(?:[^\d+()/,;]*[^\d+()/,;\s]|\([^\d()]+\))\s*[:.]?\s*(?=[\d+(])")
_BEHIND: Final = re.compile(r"\s*(?:\([^()\d]*\)|(?:内線|内|ext\.?|x)\s*\d{1,6}|[^\d()/,;\s]+)$")
_BETWEEN: Final = re.compile(r"\s*[/、,;|\n\r]+\s*|\s{2,}|\s+(?=0\d{1,4}-)|\s*(?:または|又は|もしくは)\s*")
_WHOLE: Final = re.compile(r"(\d+)\.0+")
#: 81-90-1234-5678 without its plus: no number in Japan is that long.
_WITHOUT_PLUS: Final = re.compile(r"81\d{9,10}")
_MOBILE: Final = ("+8170", "+8180", "+8190")
_LONGEST: Final = 200


def read_email(text: str) -> str | None:
    """Return the one address in the cell, "" where it says that there is none, None where nobody can tell.

    >>> read_email("山田 太郎 <Taro@Example.jp>"), read_email("taro @ example.jp"), read_email("メールなし")
    ('taro@example.jp', 'taro@example.jp', '')
    >>> read_email("a@example.jp, b@example.jp"), read_email("taro@example.jp(会社)")
    (None, 'taro@example.jp')
    """
    if len(text) > _LONGEST * 5:
        return None
    plain = unicodedata.normalize("NFKC", text).strip()
    if _NONE.fullmatch(plain.casefold()):
        return ""
    found = normalise_email(plain)
    if found is not None and found[0] not in _TYPED_MARKS:
        return found
    if '"' in plain.partition("@")[0].lstrip('"'):
        return None
    named = _NAMED.fullmatch(plain)
    bare = named.group(1) if named else _REMARK.sub("", plain)
    bare = bare.strip(_TYPED_MARKS).rstrip(".,;。、")
    return normalise_email(_AROUND_AT.sub("@", bare))


def read_phone(text: str) -> str | None:
    """Return the telephone number in the cell, of several the first mobile one; "" and None as `read_email` does.

    >>> read_phone("携帯:090-1234-5678"), read_phone("03-1234-5678(自宅)"), read_phone("03-1234-5678 / 090-1234-5678")
    ('+819012345678', '+81312345678', '+819012345678')
    >>> read_phone("なし"), read_phone("1234"), read_phone("8012345678.0")
    ('', None, '+818012345678')
    """
    if len(text) > _LONGEST:
        return None
    plain = unicodedata.normalize("NFKC", text).strip()
    if _NONE.fullmatch(plain.casefold()):
        return ""
    found = _phone(plain)
    if found is not None:
        return found
    several = [number for part in _BETWEEN.split(plain) if part and (number := _phone(part)) is not None]
    return next((number for number in several if number.startswith(_MOBILE)), several[0] if several else None)


def _phone(text: str) -> str | None:
    whole = _WHOLE.fullmatch(text)
    plain = whole.group(1) if whole else text.lstrip(_TYPED_MARKS)
    found = normalise_phone(plain)
    if found is not None:
        return found
    digits = re.sub(r"[\s().-]", "", plain)
    if _WITHOUT_PLUS.fullmatch(digits):
        return normalise_phone(f"+{digits}")
    bare = _BEHIND.sub("", _LABEL.sub("", plain))
    return normalise_phone(bare) if bare != plain else None
