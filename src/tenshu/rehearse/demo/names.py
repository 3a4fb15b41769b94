"""Words that invented people are put together from: common names, in no one's combination."""

from typing import Final


def _words(text: str) -> tuple[tuple[str, str, str], ...]:
    parts = (word.split("/") for word in text.split())
    return tuple((characters, kana, latin) for characters, kana, latin in parts)


#: Japanese family names: characters, katakana, Latin letters.
FAMILY_JA: Final = _words(
    "佐藤/サトウ/sato 鈴木/スズキ/suzuki 高橋/タカハシ/takahashi 田中/タナカ/tanaka "
    "伊藤/イトウ/ito 渡辺/ワタナベ/watanabe 山本/ヤマモト/yamamoto 中村/ナカムラ/nakamura "
    "小林/コバヤシ/kobayashi 加藤/カトウ/kato 吉田/ヨシダ/yoshida 山田/ヤマダ/yamada "
    "佐々木/ササキ/sasaki 山口/ヤマグチ/yamaguchi 松本/マツモト/matsumoto 井上/イノウエ/inoue "
    "木村/キムラ/kimura 林/ハヤシ/hayashi 清水/シミズ/shimizu 斎藤/サイトウ/saito "
    "髙田/タカダ/takada 阿部/アベ/abe 池田/イケダ/ikeda 橋本/ハシモト/hashimoto "
    "石川/イシカワ/ishikawa 前田/マエダ/maeda 藤田/フジタ/fujita 岡田/オカダ/okada "
    "長谷川/ハセガワ/hasegawa 村上/ムラカミ/murakami 近藤/コンドウ/kondo 坂本/サカモト/sakamoto"
)

#: Japanese given names, likewise.
GIVEN_JA: Final = _words(
    "花子/ハナコ/hanako 太郎/タロウ/taro 陽子/ヨウコ/yoko 健一/ケンイチ/kenichi "
    "美咲/ミサキ/misaki 翔太/ショウタ/shota さくら/サクラ/sakura 大輔/ダイスケ/daisuke "
    "由美/ユミ/yumi 直樹/ナオキ/naoki 恵子/ケイコ/keiko 拓也/タクヤ/takuya "
    "久美子/クミコ/kumiko 亮/リョウ/ryo 真理/マリ/mari 誠/マコト/makoto "
    "あゆみ/アユミ/ayumi 浩/ヒロシ/hiroshi 千尋/チヒロ/chihiro 悟/サトル/satoru "
    "優子/ユウコ/yuko 剛/ツヨシ/tsuyoshi 明美/アケミ/akemi 修/オサム/osamu"
)

#: Family and given names for people who write in Latin letters.
FAMILY_EN: Final = (
    "Adams", "Baker", "Brown", "Carter", "Clark", "Cooper", "Davies", "Dubois", "Edwards", "Evans", "Fischer", "Foster",
    "Garcia", "Green", "Hall", "Harris", "Hughes", "Jansen", "Johnson", "Jones", "King", "Lewis", "Martin", "Miller",
    "Moore", "Morris", "Nielsen", "Parker", "Peeters", "Roberts", "Rossi", "Schmidt", "Silva", "Taylor", "Turner",
    "Walker", "Weber", "White", "Wilson", "Wood",
)  # fmt: skip
GIVEN_EN: Final = (
    "Alice", "Anna", "Ben", "Carla", "Chris", "Clara", "Daniel", "Diana", "Emma", "Erik", "Eva", "Frank", "George",
    "Grace", "Hannah", "Henry", "Irene", "Jack", "Jane", "John", "Julia", "Karen", "Laura", "Leo", "Lucy", "Maria",
    "Mark", "Nina", "Oliver", "Paul", "Peter", "Rosa", "Sam", "Sarah", "Simon", "Sophie", "Thomas", "Victor",
)  # fmt: skip

#: Streets and towns that no map has.
STREETS: Final = (
    "Sample Street",
    "Example Road",
    "Fiction Lane",
    "Placeholder Avenue",
    "Specimen Close",
    "Dummy Crescent",
)
TOWNS: Final = ("Sampleton", "Exampleford", "Fictionbury", "Nowhereham", "Demoville", "Templewick-on-Paper")

#: Ranges of 1,000 numbers that Ofcom keeps free for drama; three digits follow.
PHONE_RANGES: Final = (
    "+44 20 7946 0", "+44 1632 960", "+44 7700 900", "+44 113 496 0", "+44 114 496 0", "+44 115 496 0",
    "+44 117 496 0", "+44 121 496 0", "+44 131 496 0", "+44 141 496 0",
)  # fmt: skip

#: Domains that RFC 2606 reserves for examples.
MAIL_DOMAINS: Final = ("example.com", "example.net", "example.org")
