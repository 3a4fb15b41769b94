"""A list of customers as a shop keeps it: CSV with names, kana, addresses and the word about mail."""

from pathlib import Path
from typing import Final

import duckdb

#: Kanji and kana of names, one a line.
SURNAMES: Final = """佐藤 サトウ
鈴木 スズキ
高橋 タカハシ
田中 タナカ
伊藤 イトウ
渡辺 ワタナベ
山本 ヤマモト
中村 ナカムラ
小林 コバヤシ
加藤 カトウ
吉田 ヨシダ
佐々木 ササキ
山口 ヤマグチ
斎藤 サイトウ
髙木 タカギ
渡邉 ワタナベ""".splitlines()
NAMES: Final = """花子 ハナコ
太郎 タロウ
陽菜 ヒナ
蓮 レン
結衣 ユイ
大輔 ダイスケ
美咲 ミサキ
さくら サクラ
直樹 ナオキ
誠 マコト""".splitlines()
PREFECTURES: Final = ("東京都", "大阪府", "愛知県", "福岡県", "北海道", "宮城県", "京都府", "沖縄県")

_ROWS: Final = """
    COPY (
        SELECT
            'C' || lpad(n::VARCHAR, 8, '0') AS "会員番号",
            split_part(surname, ' ', 1) || ' ' || split_part(name, ' ', 1) AS "氏名",
            split_part(surname, ' ', 2) || ' ' || split_part(name, ' ', 2) AS "フリガナ",
            'member' || n || '@example.com' AS "メールアドレス",
            '090-' || lpad((hash(n, 5) % 10000)::VARCHAR, 4, '0') || '-' || lpad((n % 10000)::VARCHAR, 4, '0')
                AS "電話番号",
            prefecture AS "都道府県",
            strftime(DATE '1950-01-01' + (hash(n, 6) % 20000)::INTEGER, '%Y-%m-%d') AS "生年月日",
            CASE WHEN hash(n, 7) % 10 < 7 THEN '○' ELSE '×' END AS "メール配信希望",
            '2024-04-01' AS "同意日",
            'web' AS "同意方法"
        FROM (
            SELECT
                n,
                $surnames[1 + (hash(n, 1) % $many_surnames)::INTEGER] AS surname,
                $names[1 + (hash(n, 2) % $many_names)::INTEGER] AS name,
                $prefectures[1 + (hash(n, 3) % $many_prefectures)::INTEGER] AS prefecture
            FROM range($customers) AS told(n)
        ) ORDER BY n
    ) TO '{path}' (FORMAT csv, HEADER)
"""


def write_customers(path: Path, *, customers: int) -> None:
    """Write the file: number, name, kana, e-mail, telephone, prefecture, birthday, consent."""
    given: dict[str, object] = {"customers": customers}
    for name, words in (("surnames", SURNAMES), ("names", NAMES), ("prefectures", PREFECTURES)):
        given |= {name: list(words), f"many_{name}": len(words)}
    with duckdb.connect() as engine:
        engine.execute(_ROWS.format(path=path), given)
