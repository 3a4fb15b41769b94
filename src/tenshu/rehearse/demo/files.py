"""Write the owner's files for the demo: 顧客名簿.xlsx and 購入履歴.csv.

The purchases are real (see ATTRIBUTION.md), the people are invented, and some rows are broken on
purpose: a list of which ones is returned, so that the rejects of an import can be checked to the row.
"""

from collections import Counter
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from tenshu.rehearse.demo.roster import known_customers, write_roster

ROSTER_NAME: Final = "顧客名簿.xlsx"
PURCHASES_NAME: Final = "購入履歴.csv"
ENCODING: Final = "cp932"
HEADER: Final = ("伝票番号", "商品コード", "商品名", "数量", "購入日時", "単価", "会員番号", "国")

#: Rows that cannot be taken over, each with the code of `collect.reject.Reason` that says why.
BROKEN: Final[tuple[tuple[str, str], ...]] = (
    ("bad_date", "590001,22423,REGENCY CAKESTAND 3 TIER,1,2011/13/05 10:12,12.75,15311,United Kingdom"),
    ("bad_date", "590002,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2011/02/30 11:00,2.95,14646,Netherlands"),
    ("bad_date", "590003,47566,PARTY BUNTING,4,きのうの午後,4.95,17841,United Kingdom"),
    ("bad_date", "590004,20725,LUNCH BAG RED RETROSPOT,10,2011/11/31 09:30,1.65,13089,United Kingdom"),
    ("bad_date", "590005,84879,ASSORTED COLOUR BIRD ORNAMENT,8,2011/12/,1.69,14298,United Kingdom"),
    ("bad_date", "590006,22720,SET OF 3 CAKE TINS PANTRY DESIGN,3,平成二三年師走,4.95,14911,EIRE"),
    ("bad_date", "590007,22197,POPCORN HOLDER,12,不明,0.85,15039,United Kingdom"),
    ("bad_date", "590008,23203,JUMBO BAG DOILEY PATTERNS,10,2011-12-09 25:61,2.08,16782,United Kingdom"),
    ("bad_number", "590009,22383,LUNCH BAG SUKI DESIGN,六個,2011/10/03 12:01,1.65,17730,United Kingdom"),
    ("bad_number", "590010,20727,LUNCH BAG BLACK SKULL.,12x,2011/10/04 12:02,1.65,12748,United Kingdom"),
    ("bad_number", "590011,22457,NATURAL SLATE HEART CHALKBOARD,6?,2011/10/05 12:03,2.95,13767,United Kingdom"),
    ("bad_number", "590012,22469,HEART OF WICKER SMALL,12,2011/10/06 12:04,1.6.5,15856,United Kingdom"),
    ("bad_number", "590013,21212,PACK OF 72 RETROSPOT CAKE CASES,24,2011/10/07 12:05,要確認,14156,EIRE"),
    ("bad_number", "590014,22666,RECIPE BOX PANTRY YELLOW DESIGN,6,2011/10/10 12:06,2.9O,12971,United Kingdom"),
    ("bad_number", "590015,23298,SPOTTY BUNTING,#REF!,2011/10/11 12:07,4.95,13081,United Kingdom"),
    ("bad_number", "590016,22086,PAPER CHAIN KIT 50'S CHRISTMAS,1/2,2011/10/12 12:08,2.95,14527,United Kingdom"),
    ("missing_value", ",22138,BAKING SET 9 PIECE RETROSPOT,3,2011/09/05 13:01,4.95,17068,United Kingdom"),
    ("missing_value", ",22139,RETROSPOT TEA SET CERAMIC 11 PC,3,2011/09/06 13:02,4.95,16422,United Kingdom"),
    ("missing_value", ",23084,RABBIT NIGHT LIGHT,12,2011/09/07 13:03,2.08,13694,United Kingdom"),
    ("missing_value", ",22411,JUMBO SHOPPER VINTAGE RED PAISLEY,10,2011/09/08 13:04,2.08,15061,United Kingdom"),
    ("missing_value", "590021,,SET OF 4 PANTRY JELLY MOULDS,6,2011/09/09 13:05,1.25,14606,United Kingdom"),
    ("missing_value", "590022,,VICTORIAN GLASS HANGING T-LIGHT,6,2011/09/12 13:06,1.25,17949,United Kingdom"),
    ("missing_value", "590023,,JAM MAKING SET PRINTED,12,2011/09/13 13:07,1.45,13408,United Kingdom"),
    ("missing_value", "590024,21931,JUMBO STORAGE BAG SUKI,10,,2.08,16029,United Kingdom"),
    ("missing_value", "590025,22960,JAM MAKING SET WITH JARS,6,,4.25,13798,United Kingdom"),
    ("missing_value", "590026,22178,VICTORIAN GLASS HANGING T-LIGHT,,2011/09/16 13:10,1.25,17675,United Kingdom"),
    ("missing_value", "590027,21754,HOME BUILDING BLOCK WORD,3,2011/09/19 13:11,,14096,United Kingdom"),
    ("too_few_columns", "590028,22355,CHARLOTTE BAG SUKI DESIGN,10"),
    ("too_few_columns", "590029,20719,WOODLAND CHARLOTTE BAG,10,2011/08/02 14:02"),
    ("too_few_columns", "590030,22356,CHARLOTTE BAG PINK"),
    ("too_few_columns", "590031,22356"),
    ("too_few_columns", "590032,23199,JUMBO BAG APPLES,10,2011/08/05 14:05,2.08"),
    ("too_many_columns", "590033,22961,JAM MAKING SET, PRINTED,12,2011/08/08 14:06,1.45,13050,United Kingdom"),
    ("too_many_columns", "590034,21790,VINTAGE SNAP CARDS,1,200,2011/08/09 14:07,0.85,15194,United Kingdom"),
    ("too_many_columns", "590035,22112,CHOCOLATE HOT WATER BOTTLE,3,2011/08/10 14:08,4.95,15465,United Kingdom,至急"),
    ("future_date", "590036,22114,HOT WATER BOTTLE TEA AND SYMPATHY,4,2101/12/09 10:00,4.95,16684,United Kingdom"),
    ("future_date", "590037,22865,HAND WARMER OWL DESIGN,12,2911/11/02 10:01,2.10,17511,United Kingdom"),
)


class OwnerFiles(NamedTuple):
    """The two files, and how many rows of the purchases cannot be taken over, by reason."""

    roster: Path
    purchases: Path
    broken: dict[str, int]


def purchase_lines() -> pl.DataFrame:
    """Return every line of the data set, in its own columns and order."""
    source = resources.files("tenshu.rehearse.demo") / "online_retail.parquet"
    return pl.read_parquet(BytesIO(source.read_bytes()))


def write_owner_files(folder: Path, *, seed: int = 1, customers: int | None = None) -> OwnerFiles:
    """Write both files into the folder; the same arguments give the same bytes.

    Args:
        folder: where to; it is made when it is not there.
        seed: another seed invents other people. The purchases are always the same.
        customers: only the first so many of the known customers, and as large a share of the lines without one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = purchase_lines()
    known = known_customers(lines)
    if customers is not None:
        lines, known = _cut(lines, known, customers)
    roster, purchases = folder / ROSTER_NAME, folder / PURCHASES_NAME
    write_roster(roster, known, seed=seed)
    _write_purchases(purchases, as_owner_writes(lines))
    return OwnerFiles(roster, purchases, dict(Counter(reason for reason, _ in BROKEN)))


def as_owner_writes(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines as texts under the owner's headings."""
    price = pl.col("UnitPrice").cast(pl.String).str.replace(r"\.0$", "")
    texts = (
        pl.col("InvoiceNo"),
        pl.col("StockCode"),
        # CP932 knows only the full-width pound sign; NFKC on reading makes it the ordinary one again.
        pl.col("Description").str.replace_all("£", "￡", literal=True),
        pl.col("Quantity").cast(pl.String),
        pl.col("InvoiceDate").dt.strftime("%Y/%m/%d %H:%M"),
        price,
        pl.col("CustomerID").cast(pl.Int64).cast(pl.String),
        pl.col("Country"),
    )
    return lines.select(text.alias(name) for text, name in zip(texts, HEADER, strict=True))


def _cut(lines: pl.DataFrame, known: pl.DataFrame, customers: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    few = known.head(customers)
    number = pl.col("CustomerID")
    anonymous = number.is_null() & (number.is_null().cum_sum() * known.height <= number.is_null().sum() * few.height)
    return lines.filter(number.cast(pl.Int64).is_in(few["number"].implode()) | anonymous), few


def _write_purchases(path: Path, rows: pl.DataFrame) -> None:
    """Write CSV in CP932 with CRLF, the broken rows spread evenly among the others."""
    parts = len(BROKEN) + 1
    with path.open("wb") as handle:
        handle.write(_encoded(",".join(HEADER) + "\r\n"))
        for place in range(parts):
            start, end = rows.height * place // parts, rows.height * (place + 1) // parts
            part = rows.slice(start, end - start)
            handle.write(_encoded(part.write_csv(include_header=False, line_terminator="\r\n")))
            if place < len(BROKEN):
                handle.write(_encoded(BROKEN[place][1] + "\r\n"))


def _encoded(text: str) -> bytes:
    return text.encode(ENCODING)
