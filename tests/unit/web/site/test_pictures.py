"""The pictures of mails are public, are nothing but pictures, and the way out of a test harms nobody."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tenshu.bootstrap import Shop
from tenshu.content.picture import keep_picture, read_picture
from tenshu.privacy.tables import suppressions
from tenshu.testing.small_shop import open_small_shop
from tests.unit.content.pictures import gif, jpeg, png, webp
from tests.unit.web.console.visiting import Visitor, visiting


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    opened, _clock = open_small_shop(tmp_path_factory.mktemp("pictures") / "home")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def reader(shop: Shop) -> Iterator[Visitor]:
    with visiting(shop, role="viewer") as visitor:
        yield visitor


@pytest.mark.parametrize(
    ("content", "kind"), [(png(), "image/png"), (jpeg(), "image/jpeg"), (gif(), "image/gif"), (webp(), "image/webp")]
)
def test_a_picture_is_served_as_what_it_is_and_nothing_else(
    shop: Shop, reader: Visitor, content: bytes, kind: str
) -> None:
    picture = read_picture(content, name="a")
    answer = reader.get(keep_picture(shop.home, picture))
    assert answer.status_code == 200
    assert answer.content == picture.content
    assert answer.headers["content-type"] == kind
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "immutable" in answer.headers["cache-control"]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "name",
    [
        "../ledger.sqlite",
        "..%2fledger.sqlite",
        "%2e%2e/ledger.sqlite",
        "0123456789abcdef.svg",
        "0123456789abcdef.html",
        "0123456789ABCDEF.png",
        "0123456789abcdef.png%00.html",
        "0123456789abcdef.new",
        "a.png",
        "0123456789abcdef0123456789abcdef.png",
        "",
    ],
)
def test_nothing_else_below_the_home_can_be_had(shop: Shop, reader: Visitor, name: str) -> None:
    (shop.home / "media").mkdir(exist_ok=True)
    for kept in ("0123456789abcdef.svg", "0123456789abcdef.html", "0123456789abcdef.new", "a.png"):
        (shop.home / "media" / kept).write_bytes(b"<script>")
    assert reader.get(f"/media/{name}").status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_the_way_out_of_a_test_says_so_and_stops_nobody(shop: Shop, reader: Visitor, method: str) -> None:
    answer = reader.send(method, "/u/test", data={"List-Unsubscribe": "One-Click"} if method == "POST" else None)
    assert answer.status_code == 200
    if method != "HEAD":
        assert "これはテストメールです" in answer.text
        assert "<form" not in answer.text
    with shop.ledger.reading() as tx:
        assert tx.frame(select(suppressions)).is_empty()


def test_the_page_of_a_test_speaks_english_too(reader: Visitor) -> None:
    assert "This was a test" in reader.get("/u/test?lang=en").text
