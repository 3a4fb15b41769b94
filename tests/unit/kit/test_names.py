"""Names and readings as envelopes and lists write them: who is meant, what is compared, and what stays of a name."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tenshu.kit.japanese import fold_kana, is_old_mobile, name_key, name_reading, normalise_email, split_party

PERSON = st.sampled_from(["佐藤花子", "佐藤 花子", "高橋 みなみ", "鵜殿 一郎", "Mary Smith", "王 小明"])


@pytest.mark.parametrize(
    ("written", "person", "company"),
    [
        ("佐藤 花子", "佐藤 花子", None),
        ("佐藤 花子 様", "佐藤 花子", None),
        ("佐藤花子様", "佐藤花子", None),
        ("佐藤花子さん", "佐藤花子", None),
        ("佐藤先生", "佐藤", None),
        ("鵜殿", "鵜殿", None),  # a name, and no 殿 behind one letter
        ("鵜殿 様", "鵜殿", None),
        ("天守商店 御中", None, "天守商店"),
        ("株式会社天守 御中", None, "株式会社天守"),
        ("株式会社天守", None, "株式会社天守"),
        ("株式会社 天守", None, "株式会社 天守"),
        ("天守(株)", None, "天守(株)"),
        ("天守（有）", None, "天守（有）"),
        ("㈲天守", None, "㈲天守"),
        ("株式会社天守 佐藤花子様", "佐藤花子", "株式会社天守"),
        ("株式会社 天守 佐藤花子 様", "佐藤花子", "株式会社 天守"),
        ("医療法人さくら会 院長 佐藤 先生", "院長 佐藤", "医療法人さくら会"),
        ("NPO法人みどり", None, "NPO法人みどり"),
        ("株式会社天守 佐藤花子", None, "株式会社天守 佐藤花子"),  # nobody says that this is a person
        ("", "", None),
    ],
)
def test_an_envelope_is_read_as_person_and_company(written: str, person: str | None, company: str | None) -> None:
    assert split_party(written) == (person, company)


@given(PERSON, st.sampled_from([" 様", "様", " さま", " 殿", "さん", ""]))
def test_an_honorific_is_no_part_of_a_persons_name(person: str, honorific: str) -> None:
    assert split_party(person + honorific) == (person, None)


@given(PERSON, st.sampled_from(["㈱天守", "株式会社天守", "天守有限会社"]))
def test_a_person_of_a_company_is_told_from_it(person: str, company: str) -> None:
    assert split_party(f"{company} {person} 様") == (person, company)


@given(st.text(max_size=30))
@example("御中")
@example("様 様")
@example("株式会社 様")
def test_whatever_an_envelope_says_it_means_one_of_the_two(text: str) -> None:
    person, company = split_party(text)
    assert person is not None or company is not None
    assert all(part in text for part in (person, company) if part)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("佐藤　花子", "佐藤花子"),
        ("佐藤 花子 様", "佐藤花子"),
        ("さとう はなこ", "サトウ ハナコ"),
        ("ｻﾄｳ ﾊﾅｺ", "さとうはなこ"),
        ("Mary SMITH", "mary smith"),
        ("Ｍａｒｙ Smith", "MarySmith"),
    ],
)
def test_the_same_name_in_another_dress_is_the_same(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("佐藤 花子", "佐藤 花"), ("齋藤", "斎藤"), ("Mary Smith", "Smith Mary"), ("サトウ", "ザトウ")]
)
def test_names_that_only_look_alike_are_two(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@given(PERSON)
def test_a_key_compares_with_itself(person: str) -> None:
    assert name_key(name_key(person)) == name_key(person)
    assert " " not in name_key(person)


def test_nothing_has_an_empty_key() -> None:
    assert name_key("") == name_key("　") == ""


@pytest.mark.parametrize(
    ("written", "reading"),
    [
        ("やまだ たろう", "ヤマダ タロウ"),
        ("ヤマダタロウ", "ヤマダタロウ"),
        ("ﾔﾏﾀﾞ ﾀﾛｳ ｻﾏ", "ヤマダ タロウ"),
        ("ヤマダ タロウ様", "ヤマダ タロウ"),
        ("テンシュ オンチュウ", "テンシュ"),
        ("アサマ", "アサマ"),  # a name that ends like サマ
        ("サマ", "サマ"),
        ("", ""),
    ],
)
def test_a_reading_is_katakana_without_what_stands_behind_a_name(written: str, reading: str) -> None:
    assert name_reading(written) == reading


@given(st.text(alphabet="あいうえおアイウエオｱｲｳｴｵがガｶﾞーゔ ", max_size=20))
def test_folding_kana_twice_changes_nothing_and_leaves_no_hiragana(text: str) -> None:
    folded = fold_kana(text)
    assert fold_kana(folded) == folded
    assert not any("ぁ" <= letter <= "ゖ" for letter in folded)


@pytest.mark.parametrize("local", ["a..b", "a.", ".a", "a...", "a.b..c"])
@pytest.mark.parametrize("domain", ["docomo.ne.jp", "ezweb.ne.jp", "t.vodafone.ne.jp", "softbank.ne.jp", "au.com"])
def test_what_carriers_once_handed_out_is_known_as_such(local: str, domain: str) -> None:
    assert is_old_mobile(f"{local}@{domain}")
    assert is_old_mobile(f"{local}@{domain}".upper())


@pytest.mark.parametrize(
    "address",
    [
        "hanako@docomo.ne.jp",
        "a..b@gmail.com",
        "a..b@docomo.ne.jp.evil.com",
        "a..b@notdocomo.ne.jp",
        "a..b@docomo.com",
        "",
        "@",
    ],
)
def test_other_addresses_are_not_excused(address: str) -> None:
    assert not is_old_mobile(address)


@given(st.from_regex(r"[a-z0-9.]{1,12}@(docomo\.ne\.jp|ezweb\.ne\.jp)", fullmatch=True))
def test_an_old_mobile_address_is_kept_as_an_address(address: str) -> None:
    if is_old_mobile(address) and address[0] != ".":
        assert normalise_email(address) == address
