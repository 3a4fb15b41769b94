"""A letter that is looked at: a document of its own that runs nothing, loads nothing foreign and knows no cookie."""

import base64
import re

import pytest

from tenshu.bootstrap import Shop, save_templates
from tenshu.content.template import TemplateSource, TemplateText
from tenshu.web.console.templates_.letter import POLICY, tamed
from tests.unit.web.console.templates_.writing import opened
from tests.unit.web.console.visiting import Visitor, visiting

ATTACKS = (
    "<script>parent.document.title='x'</script>",
    "<svg onload=alert(1)><script>alert(2)</script></svg>",
    '<img src=x onerror="fetch(`/settings`)">',
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    '<base href="https://evil.example/">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    "<style>@import url(https://evil.example/x.css); body{background:url(https://evil.example/b)}</style>",
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    '<iframe src="/templates"></iframe>',
    '<form action="/templates/new" method="post"><button>x</button></form>',
    '<object data="https://evil.example"></object>',
    '<a href="javascript:alert(1)">x</a>',
)


def attacked(shop: Shop, written: str) -> str:
    """Save a letter of hostile HTML; return its name."""
    text = TemplateText(subject="x", mjml=f"<html><head></head><body>{written}</body></html>", text="x")
    save_templates(shop, [TemplateSource(name="attack", languages={"ja": text})])
    return "attack"


def test_the_letter_is_a_document_in_a_sandbox(marketer: Visitor) -> None:
    answer = marketer.get("/templates/welcome/letter?in=ja&as=0")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy == POLICY
    assert policy.startswith("sandbox;")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert "set-cookie" not in answer.headers


def test_its_page_holds_it_in_a_frame_without_any_leave(marketer: Visitor) -> None:
    page = marketer.get("/templates/welcome").text
    frames = re.findall(r"<iframe[^>]*>", page)
    assert frames
    assert all('sandbox=""' in frame for frame in frames)
    assert "allow-" not in "".join(frames)


def test_other_pages_keep_the_strict_policy(marketer: Visitor) -> None:
    for path in ("/templates", "/templates/welcome", "/templates/new"):
        headers = marketer.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("written", ATTACKS)
def test_hostile_html_stays_inside_its_document(shop: Shop, marketer: Visitor, written: str) -> None:
    name = attacked(shop, written)
    answer = marketer.get(f"/templates/{name}/letter?as=0")
    assert answer.headers["content-security-policy"] == POLICY
    page = marketer.get(f"/templates/{name}").text
    assert "evil.example" not in page.replace("&lt;", "<").partition('<textarea id="mjml"')[0]
    assert "srcdoc" not in page


@pytest.mark.parametrize(
    "written",
    [
        '<img src="https://evil.example/a.png">',
        "<img alt='x' src='https://evil.example/a.png'>",
        "<img src=https://evil.example/a.png>",
        '<IMG SRC="//evil.example/a.png">',
        '<img\nsrc = "http://evil.example/a.png" >',
        '<img src="https://mail.example.com/o/token.gif">',
        '<img src="https://mail.example.com/media/../settings">',
        '<img src="/media/0123456789abcdef.svg">',
        '<img src="http://[broken">',
    ],
)
def test_pictures_from_elsewhere_stand_as_frames(written: str) -> None:
    shown = tamed(written, "https://mail.example.com")
    drawn = re.findall(r'src\s*=\s*"(data:image/svg\+xml;base64,[^"]+)"', shown, re.IGNORECASE)
    assert len(drawn) == 1
    picture = base64.b64decode(drawn[0].partition(",")[2]).decode()
    assert picture.startswith("<svg")
    assert "<script" not in picture


def test_a_frame_names_the_site_of_its_picture() -> None:
    shown = tamed('<img src="https://cdn.shop.example/a.png">', "https://mail.example.com")
    picture = base64.b64decode(shown.partition("base64,")[2].partition('"')[0]).decode()
    assert "cdn.shop.example" in picture


def test_the_name_of_a_site_cannot_break_out_of_the_frame() -> None:
    shown = tamed("<img src='https://a&lt;script&gt;.example/\"x'>", "https://mail.example.com")
    picture = base64.b64decode(shown.partition("base64,")[2].partition('"')[0]).decode()
    assert picture.count("<") == picture.count(">") == 5


def test_own_pictures_are_shown_from_here() -> None:
    written = '<img alt="" src="https://mail.example.com/media/0123456789abcdef.png" width="9">'
    assert tamed(written, "https://mail.example.com") == '<img alt="" src="/media/0123456789abcdef.png" width="9">'


def test_what_is_not_saved_yet_is_shown_to_its_writer_alone(shop: Shop, marketer: Visitor) -> None:
    marketer.part("POST", "/templates/welcome/write", data={**opened(marketer), "b0.text": "まだ途中です"})
    assert "まだ途中です" in marketer.get("/templates/welcome/letter?in=ja").text
    assert "まだ途中です" not in marketer.get("/templates/welcome/letter?in=ja&version=1").text
    with visiting(shop, role="staff") as other:
        other_person = other.get("/templates/welcome/letter?in=ja&version=1")
    assert "まだ途中です" not in other_person.text


def test_a_letter_that_cannot_be_made_says_why_in_its_place(shop: Shop, marketer: Visitor) -> None:
    text = TemplateText(subject="x", mjml="<body>{% for i in (1..30000) %}a{% endfor %}</body>", text="x")
    save_templates(shop, [TemplateSource(name="bomb", languages={"ja": text})])
    answer = marketer.get("/templates/bomb/letter?as=0")
    assert answer.status_code == 200
    assert "差し込めません" in answer.text
    assert "差し込めません" in marketer.get("/templates/bomb").text


def test_the_sender_lines_are_seen_even_where_the_layout_forgets_them(shop: Shop, marketer: Visitor) -> None:
    html = marketer.get(f"/templates/{attacked(shop, 'hello')}/letter?as=0").text
    assert "小さな花屋" in html
    assert "/u/test" in html


def test_the_block_that_is_written_can_be_found(marketer: Visitor) -> None:
    html = marketer.get("/templates/welcome/letter?in=ja&as=0").text
    assert 'id="b0"' in html
    seen = marketer.part("POST", "/templates/welcome/write", data={**opened(marketer), "at": "4"}).text
    assert re.search(r'src="/templates/welcome/letter\?[^"]*#b4"', seen)
