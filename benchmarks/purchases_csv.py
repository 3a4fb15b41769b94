"""A purchase history as a shop's till exports it: CSV, as many rows as one likes, the same for the same number."""

from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb

#: Five rows a customer, two rows an order, two years.
ROWS_A_CUSTOMER: Final = 5
ROWS_AN_ORDER: Final = 2
UNTIL: Final = datetime(2026, 6, 1)  # noqa: DTZ001 - a till writes local time without a zone

_ROWS: Final = """
    COPY (
        SELECT
            'D' || lpad(order_no::VARCHAR, 9, '0') AS "伝票番号",
            'C' || lpad((hash(order_no) % $customers)::VARCHAR, 8, '0') AS "会員番号",
            strftime($until - to_seconds((hash(order_no, 1) % 63072000)::BIGINT), '%Y-%m-%d %H:%M:%S') AS "購入日時",
            'P' || lpad(product::VARCHAR, 5, '0') AS "商品コード",
            '商品' || product || CASE WHEN product % 3 = 0 THEN ' 大袋 500g' ELSE ' 詰め合わせ' END AS "商品名",
            1 + hash(n, 3) % 4 AS "数量",
            100 + product * 7 % 9000 AS "単価"
        FROM (
            SELECT n, n // $rows_an_order AS order_no, hash(n, 2) % 3000 AS product FROM range($rows) AS told(n)
        ) ORDER BY n
    ) TO '{path}' (FORMAT csv, HEADER)
"""


def write_purchases(path: Path, *, rows: int) -> None:
    """Write the file: order number, customer number, time, product, name, quantity, unit price."""
    given = {
        "customers": max(1, rows // ROWS_A_CUSTOMER),
        "rows": rows,
        "rows_an_order": ROWS_AN_ORDER,
        "until": UNTIL,
    }
    with duckdb.connect() as engine:
        engine.execute(_ROWS.format(path=path), given)
