"""Every link of a mail is looked at, wherever and however it is written; what leads nowhere is said with its reason."""

import html as markup

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.deliver.preflight import Check, Written, link_checks
from tenshu.kit.i18n import speaking

OUT = "https://mail.hanaya.test/u/1"
REASONS = {
    "placeholder": ("is only a placeholder", "仮の値のままです"),
    "unreadable": ("cannot be read as an address", "アドレスとして読めません"),
    "scheme": ("does not begin with http:// or https://", "http:// か https:// で始まっていません"),
    "here": ("leads to this very machine, where no customer comes", "このパソコン自身を指しており、お客様は開けません"),
    "example": ("leads to an example address", "見本のアドレスを指しています"),
    "nowhere": ("names no host that customers could reach", "お客様が開けるサーバー名ではありません"),
}


def look(html: str = "", text: str = "", *, language: str = "en") -> list[Check]:
    with speaking(language):
        return link_checks([Written(template="hello", language="ja", html=html, text=text, unsubscribe_url=OUT)])


def said_of(link: str, language: str = "en") -> str:
    (check,) = look(f'<a href="{markup.escape(link)}">x</a>', language=language)
    return check.said


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("", "placeholder"),
        ("#", "placeholder"),
        ("https://your-domain.jp/sale", "placeholder"),
        ("https://yourshop.jp", "placeholder"),
        ("https://YOUR-SITE.jp", "placeholder"),
        ("https://xxx.jp/", "placeholder"),
        ("https://hanaya.jp/xxxxx", "placeholder"),
        ("ここにURL", "placeholder"),
        ("https://hanaya.jp/}}", "placeholder"),
        ("https://[oops", "unreadable"),
        ("javascript:void(0)", "scheme"),
        ("hanaya.jp/new", "scheme"),
        ("/new", "scheme"),
        ("ftp://hanaya.jp", "scheme"),
        ("https//hanaya.jp", "scheme"),
        ("http://LOCALHOST/a", "here"),
        ("http://0.0.0.0:8000", "here"),
        ("https://shop.example.org", "example"),
        ("https://EXAMPLE.CO.JP/a", "example"),
        ("https://hanaya.invalid", "example"),
        ("https://intranet/new", "nowhere"),
        ("https:///new", "nowhere"),
    ],
)
def test_why_a_link_leads_nowhere_is_said_in_both_languages(link: str, reason: str) -> None:
    english, japanese = REASONS[reason]
    assert said_of(link) == f"The link “{link or '-'}” {english}."
    assert said_of(link, "ja") == f"リンク「{link or '-'}」は{japanese}。"


@pytest.mark.parametrize(
    "link",
    [
        "https://hanaya.jp/items/xxxl-shirt",
        "https://hanaya.jp/t/4xxx8",
        "https://hanaya.jp/examples",
        "https://myexample.com/",
        "https://hanaya.jp/?next=http://localhost/",
        "https://localhost.hanaya.jp/",
        "https://hanaya.jp:8443/a#part",
        "http://203.0.113.7/a",
        "https://花屋.jp/春?色=赤",
        "https://hanaya.jp/a(1)",
    ],
)
def test_what_only_looks_odd_passes(link: str) -> None:
    (check,) = look(f'<a href="{markup.escape(link)}">x</a>')
    assert (check.level, check.said) == ("ok", "The link is well formed.")


@pytest.mark.parametrize(
    "html",
    [
        '<a href="http://localhost">x</a>',
        "<a href='http://localhost'>x</a>",
        "<a href=http://localhost>x</a>",
        '<A class="btn" HREF = "http://localhost" target="_blank">x</A>',
        '<a\n  title="x"\n  href="http://localhost">x</a>',
        '<a href=" http://localhost ">x</a>',
        '<a href="&#104;ttp://localhost">x</a>',
    ],
)
def test_a_link_is_found_however_its_markup_is_written(html: str) -> None:
    (check,) = look(html)
    assert "“http://localhost”" in check.said


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost/new",
        "ご覧ください:http://localhost/new",
        "くわしくはhttp://localhost/newをどうぞ",
        "「http://localhost/new」",
        "(http://localhost/new)",
        "1つめ\nhttp://localhost/new\n2つめ",
        "HTTP://localhost/new。",
    ],
)
def test_an_address_in_the_plain_text_is_found_between_any_letters(text: str) -> None:
    (check,) = look(text=text)
    assert check.level == "stop"
    assert "localhost/new" in check.said


@pytest.mark.parametrize("text", ["https://hanaya.jp/new、", "https://hanaya.jp/new。", "「https://hanaya.jp/new」"])
def test_punctuation_behind_an_address_belongs_to_the_sentence(text: str) -> None:
    (check,) = look('<a href="https://hanaya.jp/new">x</a>', text)
    assert check.said == "The link is well formed.", "the same link in both bodies is one"


def test_other_links_of_a_page_are_no_links_of_the_mail() -> None:
    html = (
        '<link href="http://localhost/a.css"><img src="http://localhost/a.png"><abbr href="http://localhost">x</abbr>'
    )
    (check,) = look(html)
    assert (check.level, check.said) == ("warn", "There is no link in the mail.")


def test_the_way_out_is_not_counted_among_the_links() -> None:
    (check,) = look(f'<a href="{OUT}">stop</a>', OUT)
    assert check.level == "warn"
    (check,) = look(f'<a href="{OUT}">stop</a><a href="https://hanaya.jp">x</a>', OUT, language="ja")
    assert check.said == "リンク1件の書き方に問題はありません。"


def test_each_bad_link_is_told_once_with_the_message_to_correct() -> None:
    one = '<a href="http://localhost/a">a</a><a href="http://localhost/b">b</a><a href="http://localhost/a">c</a>'
    mails = [
        Written(template="first", language="ja", html=one, text="", unsubscribe_url=OUT),
        Written(template="second", language="ja", html=one + '<a href="#">x</a>', text="", unsubscribe_url=OUT),
    ]
    with speaking("en"):
        checks = link_checks(mails)
    assert [check.where for check in checks] == ["/templates/first", "/templates/first", "/templates/second"]
    assert {check.to_do for check in checks} == {"Correct it in the message."}


def test_a_very_long_link_is_cut_in_the_sentence() -> None:
    link = "http://localhost/" + "a" * 500
    assert said_of(link) == f"The link “{link[:120]}” leads to this very machine, where no customer comes."


@given(st.lists(st.sampled_from(["https://hanaya.jp/a", "http://localhost/b", "#", "https://intranet/c"]), max_size=8))
def test_it_stops_if_and_only_if_one_link_is_bad(links: list[str]) -> None:
    checks = look("".join(f'<a href="{link}">x</a>' for link in links))
    bad = {link for link in links if link != "https://hanaya.jp/a"}
    assert len([check for check in checks if check.level == "stop"]) == len(bad)
    assert [check.level for check in checks if check.level != "stop"] == ([] if bad else ["ok" if links else "warn"])
