"""Postage, fees, vouchers and corrections are no goods; goods that only speak of them are."""

import polars as pl
import pytest

from tenshu.collect.connectors.file.rows.goods import is_correction, is_goods


def is_good(code: str, name: str | None) -> bool:
    frame = pl.DataFrame({"code": [code], "name": [name]}, schema={"code": pl.String, "name": pl.String})
    return bool(frame.select(is_goods(pl.col("code"), pl.col("name"))).item())


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("POST", "POSTAGE"),
        ("DOT", "DOTCOM POSTAGE"),
        ("M", "Manual"),
        ("m", "Manual"),
        ("C2", "CARRIAGE"),
        ("D", "Discount"),
        ("S", "SAMPLES"),
        ("B", "Adjust bad debt"),
        ("BANK CHARGES", "Bank Charges"),
        ("AMAZONFEE", "AMAZON FEE"),
        ("CRUK", "CRUK Commission"),
        ("gift_0001_20", "Dotcomgiftshop Gift Voucher £20.00"),
        ("POST", None),
        ("X1", "Shipping"),
        ("X1", "Express delivery"),
        ("X1", "Shipping and handling"),
        ("X1", "Loyalty discount"),
        ("X1", "Gift card 5000"),
        ("X1", "Sales tax"),
        ("Z9", "送料"),
        ("Z9", "送料(北海道)"),
        ("Z9", "クール便送料"),
        ("Z9", "送料一律"),
        ("Z9", "代引手数料"),
        ("Z9", "代引き手数料"),
        ("Z9", "決済手数料"),
        ("Z9", "500円OFFクーポン"),
        ("Z9", "会員割引"),
        ("Z9", "値引き"),
        ("Z9", "ポイント利用"),
        ("Z9", "商品券"),
        ("Z9", "ギフト券1000円分"),
        ("Z9", "ラッピング代"),
        ("Z9", "サンプル"),
        ("Z9", "試供品"),
        ("Z9", "消費税"),
        ("送料", "北海道"),
    ],
)
def test_line_of_no_goods_is_marked(code: str, name: str | None) -> None:
    assert not is_good(code, name)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("85123A", "WHITE HANGING HEART T-LIGHT HOLDER"),
        ("22423", "REGENCY CAKESTAND 3 TIER"),
        ("DCGSSGIRL", "GIRLS PARTY BAG"),
        ("PADS", "PADS TO MATCH ALL CUSHIONS"),
        ("47566", None),
        ("A1", "送料無料Tシャツ"),
        ("A2", "ポイントメイク落とし"),
        ("A3", "割引シール柄マグカップ"),
        ("A4", "クーポン入れポーチ 花柄"),
        ("A5", "POSTAGE STAMP ALBUM"),
        ("A6", "COFFEE"),
        ("A7", "TOFFEE APPLES"),
        ("A8", "VINTAGE DISCOUNT SIGN"),
        ("D1", "花束"),
        ("M2", "花瓶"),
        ("S3", "花"),
        ("A9", "DELIVERY VAN TOY"),
        ("A10", "サンプルケース"),
    ],
)
def test_goods_are_goods(code: str, name: str | None) -> None:
    assert is_good(code, name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Adjust bad debt", True), ("貸倒処理", True), ("棚卸調整", True), ("花束", False), (None, False)],
)
def test_corrections_of_the_books_are_told(name: str | None, expected: bool) -> None:  # noqa: FBT001
    frame = pl.DataFrame({"name": [name]}, schema={"name": pl.String})
    assert frame.select(is_correction(pl.col("name"))).item() is expected
