"""What a header says besides the field that it names: no to mail, somebody else, a sum of a life, only paper.

A column 配信停止 answers yes where somebody wants no mail; お届け先 is another person than the buyer; 累計購入金額 and
最終購入日 tell about a customer, not about a purchase. All work on the form in which headers are compared
(`fields.header_key`).
"""

import re
from typing import Final

#: Who is not the one that bought: where it was sent to, who is called in an emergency.
_SOMEBODY_ELSE: Final = re.compile(
    "送付先|配送先|届け?先|送り先|発送先|納品先|納入先|受取人|贈り先|お届け|緊急連絡|紹介者|"
    "recipient|shipping|^ship(?:to)?(?!ped)|deliver|consignee|giftee|referr|emergency|supplier"
)
_PERSONAL: Final = frozenset((
    "email", "phone", "full_name", "last_name", "first_name", "name_kana", "last_kana", "first_kana", "postal_code",
    "prefecture", "address", "country", "company", "customer_no", "member_no",
))  # fmt: skip
#: What sums up a customer's purchases or looks ahead is no purchase.
_SUMMED: Final = re.compile(
    "最終|最新|直近|前回|初回|次回|累計|累積|通算|生涯|平均|年間|月間|総購入|総注文|総利用|予定|期限|"
    "^(?:last|latest|first|next|prev\\w*|lifetime|average|avg|cumulative|total(?:spent|orders))|spent$|expir|todate$"
)
_OF_A_PURCHASE: Final = frozenset(("ordered_at", "ordered_time", "amount", "unit_price", "quantity"))
#: No to mail, and what that no is about.
_REFUSES: Final = re.compile(
    "停止|拒否|不要|解除|お断り|断り|不可(?!否)|希望しない|希望なし|しない$|unsub|optedout|optout|donot|dontmail|"
    "^no(?:e?mail|news|dm|contact)|suppress|blocked"
)
_OF_MAIL: Final = re.compile(
    "メール|メルマガ|配信|dm|案内|お知らせ|連絡|受信|購読|勧誘|mail|news|market|contact|sub|^opt"
)
#: Why, how or by which mail somebody stopped.
_AROUND_IT: Final = re.compile("理由|方法|経路|備考|回数|reason|title|campaign|comment|count|source")
#: Other ways to reach somebody, which a consent to mail says nothing about.
_OTHER_WAY: Final = re.compile("sms|line(?!item)|fax|電話|tel(?!l)|phone|whatsapp|push")
#: In Japan DM is mostly paper.
_PAPER: Final = re.compile("dm|ダイレクトメール|郵送|はがき|ハガキ|葉書|directmail|postal|postcard")
_ELECTRONIC: Final = re.compile("メルマガ|eメール|電子|email|メール配信|メール受信|newsletter|ニュース")
#: Who a field is told of, in front of the field: 注文者電話番号, Billing Phone.
_OWNER: Final = re.compile(
    "^(?:ご?(?:注文者|購入者|依頼主|請求先|予約者|申込者|契約者|利用者)様?の?|お客様の?|顧客の?|会員の?|購入商品|商品の?|"
    "billing(?:address)?|customers?|buyers?|guest|clients?|contact|defaultaddress|primary|lineitem|order)"
)


def may_mean(key: str, field: str) -> bool:
    """Say whether a header may mean the field at all.

    >>> may_mean("お届け先電話番号", "phone"), may_mean("最終購入日", "ordered_at"), may_mean("メルマガ停止", "consent")
    (False, False, False)
    """
    if field in _PERSONAL and _SOMEBODY_ELSE.search(key):
        return False
    if field in _OF_A_PURCHASE and _SUMMED.search(key):
        return False
    if field == "consent":
        return not says_no(key) and not (_OTHER_WAY.search(key) and not _ELECTRONIC.search(key))
    return field != "opt_out" or not _OTHER_WAY.search(key)


def is_somebody_else(key: str) -> bool:
    """Say whether a header is about another one than the buyer.

    >>> is_somebody_else("お届け先"), is_somebody_else("注文者")
    (True, False)
    """
    return _SOMEBODY_ELSE.search(key) is not None


def says_no(key: str) -> bool:
    """Say whether yes in a column of that header means no mail.

    >>> says_no("メルマガ配信停止"), says_no("unsubscribed"), says_no("メール配信可否"), says_no("送料不要")
    (True, True, False, False)
    """
    return bool(_REFUSES.search(key) and _OF_MAIL.search(key)) and not _AROUND_IT.search(key)


def is_paper(key: str) -> bool:
    """Say whether a header of a consent may be about mail on paper.

    >>> is_paper("dm可否"), is_paper("メルマガ"), is_paper("ダイレクトメール")
    (True, False, True)
    """
    return _PAPER.search(key) is not None and _ELECTRONIC.search(key) is None


def without_owner(key: str) -> str:
    """Return the key without who or what it is told of; empty where nothing of that kind stands in front.

    >>> without_owner("注文者電話番号"), without_owner("billingphone"), without_owner("電話番号")
    ('電話番号', 'phone', '')
    """
    found = _OWNER.match(key)
    return key[found.end() :] if found else ""
