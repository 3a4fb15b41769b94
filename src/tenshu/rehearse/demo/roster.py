"""Write 顧客名簿.xlsx: invented people for the numbers in the purchases, as an owner would keep them.

Dates come in four spellings, some cells are empty, some people have refused, some were never asked: what
a real list looks like. Everything in it is invented, and its first row says so.
"""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import xlsxwriter
from numpy.typing import NDArray

from tenshu.kit.rng import mixed, unit
from tenshu.rehearse.demo.names import (
    FAMILY_EN,
    FAMILY_JA,
    GIVEN_EN,
    GIVEN_JA,
    MAIL_DOMAINS,
    PHONE_RANGES,
    STREETS,
    TOWNS,
)

NOTICE: Final = (
    "※この名簿の人物・連絡先・同意記録はすべて架空です(example ドメイン、架空用の電話番号)。"
    " All people, addresses and consents in this list are invented."
)
COLUMNS: Final = (
    "会員番号", "氏名", "フリガナ", "メールアドレス", "電話番号", "郵便番号", "住所", "国",
    "言語", "登録日", "メール配信希望", "同意日", "同意方法", "同意の根拠", "根拠の理由",
)  # fmt: skip

#: How people came to be on the mailing list, by cumulated share: asked and said yes, a running business
#: relation, said no, never asked.
OPT_IN_RATE: Final = 0.87
RELATION_RATE: Final = 0.04
REFUSED_RATE: Final = 0.05
#: The day on which the owner wrote the list: that of the last purchase.
LIST_DAY: Final = date(2011, 12, 9)
_WAYS: Final = ("Webフォーム", "店頭申込書", "注文時のチェック欄")
_ASKED: Final = "本人の同意"
_RELATION: Final = "取引関係"
_RELATION_REASON: Final = "継続的な取引があり、本人から連絡先の通知を受けた"
_WIDTHS: Final = (10, 18, 20, 36, 20, 12, 40, 18, 6, 16, 16, 14, 18, 14, 40)
#: Old mobile carriers handed out addresses that the standard forbids; they still exist.
_CARRIER_EVERY: Final = 1_500


class Person:
    """One line of the list, made up from the member number alone."""

    def __init__(self, number: int, joined_on: date, country: str, seed: int) -> None:
        self.number = number
        self.joined_on = joined_on
        self.country = country
        self._bits = mixed(f"{seed}:roster", [number] * 16, list(range(16)))
        self._chances: NDArray[np.float64] = unit(f"{seed}:roster chance", [number] * 8, list(range(8)))

    def _pick(self, question: int, choices: int) -> int:
        return int(self._bits[question]) % choices

    @property
    def is_japanese(self) -> bool:
        """Whether the invented person reads Japanese: about half of them, and everybody in Japan."""
        return self.country == "Japan" or self._chances[0] < 0.5

    def name(self) -> tuple[str, str, str]:
        """Return the name, its katakana (empty for Latin names) and the local part of an address."""
        if not self.is_japanese:
            given, family = GIVEN_EN[self._pick(0, len(GIVEN_EN))], FAMILY_EN[self._pick(1, len(FAMILY_EN))]
            return f"{given} {family}", "", f"{given}.{family}".lower()
        family, family_kana, family_latin = FAMILY_JA[self._pick(0, len(FAMILY_JA))]
        given, given_kana, given_latin = GIVEN_JA[self._pick(1, len(GIVEN_JA))]
        # Lists mix the two spaces, and so does this one.
        space = "　" if self._pick(2, 2) else " "
        return f"{family}{space}{given}", f"{family_kana}{space}{given_kana}", f"{given_latin}.{family_latin}"

    def email(self, local_part: str) -> str:
        """Return an address of one's own on a reserved domain, or nothing for a few."""
        if self._chances[1] < 0.03:
            return ""
        dots = ".." if self.number % _CARRIER_EVERY == 0 else "."
        return f"{local_part}{dots}{self.number}@{MAIL_DOMAINS[self._pick(3, len(MAIL_DOMAINS))]}"

    def phone(self, place: int) -> str:
        """Return a number of one's own in a range kept free for drama; every fifth has none."""
        return "" if self._chances[2] < 0.2 else f"{PHONE_RANGES[place // 1000]}{place % 1000:03d}"

    def address(self) -> tuple[str, str]:
        """Return a postal code and an address that do not exist."""
        letters = "ABDEFGHJLNPQRSTUWXYZ"
        code = f"ZZ99 {self._pick(4, 10)}{letters[self._pick(5, 20)]}{letters[self._pick(6, 20)]}"
        house = f"{1 + self._pick(7, 180)} {STREETS[self._pick(8, len(STREETS))]}, {TOWNS[self._pick(9, len(TOWNS))]}"
        return code, house

    def joined(self) -> date | str:
        """Return the day of joining in one of the spellings that grow together in a list over the years."""
        day, way = self.joined_on, self._pick(10, 6)
        if way == 0:
            return f"平成{day.year - 1988}年{day.month}月{day.day}日"
        if way == 1:
            return f"H{day.year - 1988}.{day.month}.{day.day}"
        return f"{day:%Y/%m/%d}" if way in {2, 3} else day

    def consent(self) -> tuple[str, date | str, str, str, str]:
        """Return whether mail is wanted, since when, how that was said, on what ground and why."""
        chance, day = self._chances[3], min(self.joined_on + timedelta(days=self._pick(11, 5)), LIST_DAY)
        if chance < OPT_IN_RATE:
            return "○", day, _WAYS[self._pick(12, len(_WAYS))], _ASKED, ""
        if chance < OPT_IN_RATE + RELATION_RATE:
            return "○", day, "名簿登録時", _RELATION, _RELATION_REASON
        if chance < OPT_IN_RATE + RELATION_RATE + REFUSED_RATE:
            return "×", day, _WAYS[self._pick(12, len(_WAYS))], "", ""
        return "", "", "", "", ""

    def cells(self, place: int) -> tuple[int | str | date, ...]:
        """Return the line's cells in the order of `COLUMNS`; `place` counts people from 0."""
        name, kana, local_part = self.name()
        code, house = self.address()
        contact = (self.email(local_part), self.phone(place), code, house)
        language = "ja" if self.is_japanese else "en"
        return (self.number, name, kana, *contact, self.country, language, self.joined(), *self.consent())


def known_customers(lines: pl.DataFrame) -> pl.DataFrame:
    """Return number, joined_on and country of everybody named in the purchases, by number."""
    return (
        lines.filter(pl.col("CustomerID").is_not_null())
        .sort("InvoiceDate", "InvoiceNo", maintain_order=True)
        .group_by(pl.col("CustomerID").cast(pl.Int64).alias("number"), maintain_order=True)
        .agg(pl.col("InvoiceDate").first().dt.date().alias("joined_on"), pl.col("Country").first().alias("country"))
        .sort("number")
    )


def write_roster(path: Path, customers: pl.DataFrame, *, seed: int) -> None:
    """Write the list of customers as a spreadsheet; the same input gives the same bytes.

    Args:
        path: where to.
        customers: number, joined_on, country; at most 10,000 (the numbers kept for drama end there).
        seed: another seed invents other people.
    """
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": "顧客名簿", "comments": NOTICE, "created": datetime.combine(LIST_DAY, time(17), UTC)})
    sheet = book.add_worksheet("顧客名簿")
    day_format = book.add_format({"num_format": "yyyy/mm/dd"})
    heading = book.add_format({"bold": True, "bg_color": "#E8EEF5", "bottom": 1})
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, NOTICE)
    sheet.write_row(2, 0, COLUMNS, heading)
    for place, (number, joined_on, country) in enumerate(
        customers.select("number", "joined_on", "country").iter_rows()
    ):
        for column, cell in enumerate(Person(number, joined_on, country, seed).cells(place)):
            if isinstance(cell, date):
                sheet.write_datetime(3 + place, column, cell, day_format)
            elif cell != "":
                sheet.write(3 + place, column, cell)
    book.close()
