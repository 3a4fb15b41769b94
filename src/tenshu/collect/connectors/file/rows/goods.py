"""Tell goods from the other lines of an order: postage, fees, vouchers, discounts, corrections.

Both the product code and the name may say it. Only whole names count: 送料 is postage, 送料無料Tシャツ is a shirt.
"""

from typing import Final

import polars as pl

#: Codes that shops give to lines that are no goods.
_CODES: Final = (
    r"(?i)^(?:post|dot|m|c2|d|s|b|bank charges?|amazonfee|cruk|gift_\d+_\d+|postage|shipping|ship|freight|delivery|"
    r"carriage|fee|charge|disc|discount|coupon|voucher|points?|tax|adjust(?:ment)?|manual|samples?|test\w*|"
    r"souryou|soryo|送料|手数料|クーポン|ポイント|値引き?|割引)$"
)
_ENGLISH: Final = (
    r"(?i)^(?:(?:\w+ )?postage|(?:\w+ )?carriage|"
    r"(?:standard |express |free )?(?:shipping|delivery)(?: (?:fee|cost|charge)s?| and handling)?|handling(?: fee)?|"
    r"(?:\w+ )?bank charges?|(?:\w+ ){0,2}(?:fees?|commission)|(?:\w+ ){0,2}discount|(?:\w+ ){0,2}coupon|"
    r".*\bgift (?:voucher|card)\b.*|(?:\w+ )?voucher|manual|samples?|adjust(?:ment|ed|s)?\b.*|bad debt|"
    r"gift wrap(?:ping)?(?: (?:fee|charge))|sales tax|vat|tip|rounding|points? used)$"
)
_JAPANESE: Final = (
    r"^(?:(?:全国一律|クール便|宅配便|通常|離島|追加)?(?:送料|配送料|運賃|宅配料)(?:\(.*\)|一律.*|別途.*)?|"
    r".{0,8}手数料|代引き?(?:料|手数料)?|.{0,10}(?:クーポン|割引|値引き?)(?:券|分|利用|適用)?(?:\(.*\))?|"
    r"ポイント(?:利用|値引き?|使用|充当)(?:分)?|(?:ギフト|商品)券(?:\(.*\)|\d+円分?)?|"
    r"(?:ラッピング|包装|ギフト包装|のし)(?:料|代|手数料)?|サンプル(?:品)?|試供品|見本|調整(?:金|額)?|端数調整|"
    r"消費税|入会金|年会費)$"
)


def is_goods(product_id: pl.Expr, description: pl.Expr) -> pl.Expr:
    """Return true for lines of goods."""
    name = description.fill_null("")
    no_goods = product_id.str.contains(_CODES) | name.str.contains(_ENGLISH) | name.str.contains(_JAPANESE)
    return ~no_goods.fill_null(value=False)


def is_correction(description: pl.Expr) -> pl.Expr:
    """Return true for lines that mend the books and that nobody bought: bad debt, stock corrections."""
    name = description.fill_null("")
    return name.str.contains(r"(?i)bad debt|貸倒|棚卸(?:調整|減耗)|在庫調整")
