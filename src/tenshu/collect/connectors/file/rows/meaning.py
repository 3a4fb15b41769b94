"""What words in a cell mean: yes or no, cancelled or not, on what basis somebody may be written to."""

import re
from importlib import resources
from typing import Final

import msgspec

from tenshu.kit.dates import parse_date
from tenshu.kit.japanese import normalise

GRANTED: Final = "granted"
DENIED: Final = "denied"
REVOKED: Final = "revoked"

_ANSWERS: Final = {
    name: frozenset(words)
    for name, words in msgspec.toml.decode(
        (resources.files("tenshu.collect.connectors.file.rows") / "answers.toml").read_bytes(),
        type=dict[str, list[str]],
    ).items()
}

#: 希望しません。 and 希望しません are one answer.
_CLOSING: Final = re.compile(r"[。．.!！]+$")
#: Words for a no, wherever they stand in a cell; a yes must be one of the known words as a whole.
_STOPPED: Final = re.compile(
    "停止|解除|退会|解約|脱退|撤回|unsubscribed|opt(?:ed)?[ _-]?out|bounced|エラー|不達|cleaned"
)
_REFUSED: Final = re.compile(
    "拒否|不可|不要|断り|辞退|要らない|いらない|しない|しません|ません$|希望なし|ない$|"
    "not |do not|don't|never|declin|refus"
)
_UNCLEAR: Final = re.compile("[?？]|要確認|確認中|未確認|検討|未定|停止予定|中止?解除|停止解除|拒否解除")
_NOT_STOPPED: Final = re.compile(
    "未(?:停止|解除|退会)|(?:停止|解除|退会)(?:なし|無し|していない|しない)|停止解除|拒否解除"
)
_NOTHING: Final = frozenset(
    ("", "-", "ー", "0000-00-00", "0000/00/00", "0000-00-00 00:00:00", "null", "none", "n/a", "空")
)
_BASES: Final = (
    ("business_card", re.compile("名刺|business.?card")),
    ("published_address", re.compile("公表|公開|ホームページ.*掲載|サイト.*掲載|published")),
    ("business_relation", re.compile("取引|契約|得意先|business.?relation|existing.?customer|contract")),
)
_CANCELLED: Final = re.compile(
    r"キャンセル(?!待ち|なし|無し|不可)|取消|取り消し|返品|返金|赤伝|無効|削除|破棄|不成立|cancel|return|refund|void|delete|invalid|declined|failed",
    re.IGNORECASE,
)
_NOT_CANCELLED: Final = re.compile(
    r"未(?:返品|返金|キャンセル|取消|取り消し)|(?:返品|返金|キャンセル|取消|取り消し)(?:なし|無し|不可|可)|"
    r"一部(?:返品|返金|キャンセル|取消)|partial|not?[ _-](?:cancel|return|refund)|returnable"
)
#: Headers that speak of cancelling and ask something else: until when, whether one may, why, how much.
_ABOUT_CANCELLING: Final = re.compile(
    "期限|期日|期間|可否|不?可能?$|理由|額|数|個|点|deadline|until|limit|able|reason|amount|quantity|qty|polic"
)


def consent_status(text: str) -> str | None:
    """Return granted, denied or revoked, or None where the word says neither.

    >>> consent_status("希望する"), consent_status("×"), consent_status("配信停止"), consent_status("多分")
    ('granted', 'denied', 'revoked', None)
    """
    plain = _CLOSING.sub("", normalise(text).casefold())
    if plain in _ANSWERS["revoked"]:
        return REVOKED
    answer = yes_or_no(plain)
    if answer is None:
        stopped, refused = _STOPPED.search(plain), _REFUSED.search(plain)
        return None if _UNCLEAR.search(plain) else REVOKED if stopped else DENIED if refused else None
    return GRANTED if answer else DENIED


def is_stopped(text: str) -> bool | None:
    """Return what a cell of a column such as 配信停止 says: no more mail, nothing, or what nobody can tell (None).

    >>> is_stopped("1"), is_stopped("配信停止"), is_stopped("2024/04/01"), is_stopped("×"), is_stopped("?")
    (True, True, True, False, None)
    """
    plain = _CLOSING.sub("", normalise(text).casefold())
    if plain in _NOTHING or plain in _ANSWERS["still_sent"] or _NOT_STOPPED.search(plain):
        return False
    if plain in _ANSWERS["no"]:
        # 配信停止: 配信しない and 拒否 say what the header says; ×, いいえ and 0 say that it is not so.
        return plain != "しない" and _REFUSED.search(plain) is not None
    if plain in _ANSWERS["yes"] or plain in _ANSWERS["revoked"] or plain in _ANSWERS["done"]:
        return True
    if _STOPPED.search(plain) or _REFUSED.search(plain):
        return True
    is_day = not plain.isdecimal() or len(plain) in {5, 8}
    return True if is_day and parse_date(plain) is not None else None


def yes_or_no(text: str) -> bool | None:
    """Return what the word says, or None.

    >>> yes_or_no("有り"), yes_or_no("0"), yes_or_no("3")
    (True, False, None)
    """
    plain = normalise(text).casefold()
    if plain in _ANSWERS["yes"]:
        return True
    return False if plain in _ANSWERS["no"] else None


def consent_basis(text: str | None) -> str:
    """Return the legal basis that the words name; without any, somebody asked for it (opt_in).

    The exceptions are those of the Japanese law on commercial mail (特定電子メール法 3条1項).

    >>> consent_basis("名刺交換"), consent_basis("会員登録フォーム"), consent_basis("取引先のため")
    ('business_card', 'opt_in', 'business_relation')
    """
    plain = normalise(text or "").casefold()
    return next((basis for basis, words in _BASES if words.search(plain)), "opt_in")


def asks_for_cancelled(header: str) -> bool:
    """Say whether a column asks just that: was the line cancelled or sent back?

    >>> asks_for_cancelled("キャンセル区分"), asks_for_cancelled("ステータス"), asks_for_cancelled("キャンセル期限日")
    (True, False, False)
    """
    plain = normalise(header).casefold()
    return bool(_CANCELLED.search(plain)) and not _ABOUT_CANCELLING.search(plain)


def is_cancelled(text: str, *, is_asked: bool = False, may_be_bare: bool = True) -> bool:
    """Say whether the status of an order line says that it was cancelled or sent back.

    Args:
        text: the word in the cell.
        is_asked: whether the column's header asks just that. Then 済 (done) and a day answer it; elsewhere they
            tell that an order is done.
        may_be_bare: whether a mere yes (1, ○) says it.

    >>> is_cancelled("キャンセル"), is_cancelled("出荷済"), is_cancelled("1"), is_cancelled("0")
    (True, False, True, False)
    >>> is_cancelled("済"), is_cancelled("済", is_asked=True), is_cancelled("未", is_asked=True)
    (False, True, False)
    """
    plain = normalise(text).casefold()
    if _NOT_CANCELLED.search(plain):
        return False
    if _CANCELLED.search(plain) or (may_be_bare and plain in _ANSWERS["cancelled"]):
        return True
    return is_asked and (plain in _ANSWERS["done"] or (not plain.isdecimal() and parse_date(plain) is not None))


_SEXES: Final = {
    **dict.fromkeys(("男", "男性", "m", "male", "1", "man"), "male"),
    **dict.fromkeys(("女", "女性", "f", "female", "2", "woman"), "female"),
}


def sex(text: str) -> str:
    """Return male, female or what was written."""
    plain = normalise(text)
    return _SEXES.get(plain.casefold(), plain)


def language(text: str) -> str | None:
    """Return ja or en, or None for a language that messages are not written in.

    >>> language("日本語"), language("en-GB"), language("fr")
    ('ja', 'en', None)
    """
    plain = normalise(text).casefold()
    if plain.startswith(("ja", "jp", "日")):
        return "ja"
    return "en" if plain.startswith(("en", "英")) else None
