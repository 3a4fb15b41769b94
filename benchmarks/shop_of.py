"""Fill a warehouse with a shop of any size, quickly and always the same: described customers, orders, browsing, mails.

Of 20 facts one describes a customer, four are order lines (two an order), four are about mails, the others are
browsing with JSON properties. Every tenth customer is known by two identifiers. Low numbers are more active.
"""

from datetime import datetime, timedelta
from typing import Final

from tenshu.store.warehouse import Warehouse

#: How many facts are written by one statement.
CHUNK: Final = 2_000_000
#: How many facts one batch of the inbox brought.
BATCH: Final = 10_000

_NODE_MAP: Final = """
    INSERT INTO node_map
    SELECT node::INTEGER, (CASE WHEN node <= $customers THEN node ELSE 1 + hash(node, 'same') % $customers END)::INTEGER
    FROM range(1, $nodes + 1) AS all_nodes(node)
"""
_ROWS: Final = """
    SELECT
        i,
        i % 20 AS kind,
        1 + i // $size AS batch,
        $start::TIMESTAMP + to_microseconds((i * $step)::BIGINT) AS occurred_at,
        -- Two lines of an order have the same number and the same buyer.
        CASE WHEN i % 20 BETWEEN 1 AND 4 THEN (i // 20) * 2 + (i % 20 - 1) // 2 ELSE i END AS deed,
        CASE WHEN i % 20 = 0 THEN 1 + (i // 20) % $nodes
             ELSE 1 + ($nodes * pow((hash(deed, 'who') % 1000000) / 1000000.0, 1.5))::BIGINT % $nodes END AS node,
        hash(i, 'what') AS r
    FROM range($first, $last) AS numbers(i)
"""
_FACTS: Final = """
    INSERT INTO facts
    SELECT
        unhex(md5(i::VARCHAR)),
        batch,
        node::INTEGER,
        ['customer_described', 'product_purchased', 'product_purchased', 'product_purchased', 'product_purchased',
         'email_sent', 'email_sent', 'email_opened', 'email_clicked',
         'product_viewed', 'product_viewed', 'product_viewed', 'cart_changed',
         'page_viewed', 'page_viewed', 'page_viewed', 'page_viewed', 'page_viewed', 'page_viewed', 'page_viewed'
        ][kind + 1],
        occurred_at,
        occurred_at + to_seconds((r % 60)::BIGINT),
        CASE WHEN kind BETWEEN 5 AND 8 THEN 'ledger' ELSE 'web' END,
        CASE
            WHEN kind = 0 THEN '{"traits":{"prefecture":"' ||
                ['東京都', '大阪府', '愛知県', '北海道', '福岡県', '沖縄県'][1 + (r % 6)::BIGINT] ||
                '","age":' || (18 + r % 60) || ',"gender":"' || ['f', 'm', 'x'][1 + (r // 7 % 3)::BIGINT] ||
                '","plan":"' || ['free', 'basic', 'pro'][1 + (r // 11 % 3)::BIGINT] || '"}}'
            WHEN kind <= 4 THEN NULL
            WHEN kind <= 8 THEN '{"journey":"j' || (r % 20) || '","step":"s' || (r // 20 % 5) ||
                '","link":' || (r // 100 % 4) || '}'
            WHEN kind <= 12 THEN '{"product_id":"p' || (r % 5000) || '","category":"c' || (r // 5000 % 40) ||
                '","price":' || (100 + r // 200000 % 90000) || '}'
            ELSE '{"path":"/c' || (r % 40) || '/p' || (r // 40 % 5000) || '","seconds":' || (r // 200000 % 600) || '}'
        END
    FROM told
"""
_LINES: Final = """
    INSERT INTO order_lines
    SELECT
        unhex(md5(i::VARCHAR)),
        batch,
        node::INTEGER,
        'product_purchased',
        'web',
        'o' || deed,
        'p' || (r % 5000),
        'product ' || (r % 5000),
        (1 + r // 5000 % 3)::DECIMAL(18, 3),
        (100 + r // 20000 % 9000)::DECIMAL(18, 4),
        ((1 + r // 5000 % 3) * (100 + r // 20000 % 9000))::BIGINT,
        r // 1000000 % 20 <> 0,
        occurred_at
    FROM told
    WHERE kind BETWEEN 1 AND 4
"""


def fill_shop(warehouse: Warehouse, *, customers: int, facts: int, now: datetime, days: int = 730) -> None:
    """Fill an empty warehouse.

    Args:
        warehouse: what is filled: node_map, facts, order_lines.
        customers: how many people; there are a tenth more identifiers.
        facts: how many facts, evenly over the time; a fifth of them are order lines besides.
        now: when the last of them happened.
        days: over how many days.
    """
    nodes = customers + customers // 10
    warehouse.execute(_NODE_MAP, {"customers": customers, "nodes": nodes})
    start = (now - timedelta(days=days)).replace(tzinfo=None)
    step = days * 86_400_000_000 / facts
    for first in range(0, facts, CHUNK):
        given = {"first": first, "last": min(first + CHUNK, facts), "start": start, "step": step, "nodes": nodes}
        for statement in (_FACTS, _LINES):
            warehouse.execute(f"WITH told AS ({_ROWS}) {statement}", {**given, "size": BATCH})


def batches(facts: int) -> int:
    """Return the number of the last batch of a shop of so many facts."""
    return 1 + (facts - 1) // BATCH
