"""The encoding is told from the bytes, wherever in the file the first Japanese character stands."""

from pathlib import Path

import pytest

from tenshu.collect.connectors.file.cells.encoding import best_encoding, find_encoding

TABLE = "伝票番号,商品名,会員番号\r\n1001,花束(大),77\r\n1002,ｶｰﾈｰｼｮﾝ,78\r\n" * 5


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp932", "cp932"),
        ("euc_jp", "euc_jis_2004"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
    ],
)
def test_encoding_is_found_and_reads_the_text(tmp_path: Path, written: str, found: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TABLE.encode(written))
    assert find_encoding(path) == found
    assert path.read_bytes().decode(found) == TABLE


def test_mail_encoding_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    text = "伝票番号,商品名\n1,花束\n"
    path.write_bytes(text.encode("iso2022_jp"))
    assert path.read_bytes().decode(find_encoding(path)) == text


def test_ascii_is_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,2\n")
    assert find_encoding(path) == "utf-8"


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
def test_first_japanese_character_far_down_still_counts(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"1001,bouquet,77\r\n" * 200_000 + "1002,花束と花瓶の贈り物,78\r\n".encode(encoding))
    assert path.read_bytes()[-40:].decode(find_encoding(path), "replace").count("花束と花瓶の贈り物") == 1


def test_character_across_two_blocks_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * ((1 << 20) - 1) + "花".encode() + b"\n")
    assert find_encoding(path) == "utf-8"


def test_few_broken_bytes_do_not_turn_utf_8_into_something_else(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes((TABLE * 10).encode() + b"\xff\xfe broken\n" + (TABLE * 10).encode())
    assert find_encoding(path) == "utf-8"


def test_character_cut_at_the_end_of_the_file_is_still_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TABLE.encode() + "花束".encode()[:-1])
    assert find_encoding(path) == "utf-8"


def test_characters_of_machines_are_read_in_cp932() -> None:
    text = "①髙橋﨑様 ㈱テンシュ ～"  # none of them in plain Shift_JIS
    assert text.encode("cp932").decode(best_encoding(text.encode("cp932"))) == text


def test_user_defined_characters_do_not_break_cp932(tmp_path: Path) -> None:
    content = "氏名,備考\n佐藤花子,外字".encode("cp932") + b"\xf0\x40\n"
    assert best_encoding(content) == "cp932"
    assert "\ufffd" not in content.decode("cp932")


def test_western_text_is_not_taken_for_japanese() -> None:
    text = "name,city\nJosé,Málaga\nZoë,Köln\nRenée,Orléans\n"
    assert text.encode("cp1252").decode(best_encoding(text.encode("cp1252"))) == text
