"""Letters of blocks go out like any others: one set of sender lines, every link signed, the way out in its place."""

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from tenshu.bootstrap import Shop, make_dispatcher, read_templates, save_settings, save_templates
from tenshu.cli.main import cli
from tenshu.content.blocks.block import Block, Button, Coupon, Image, Products, Text
from tenshu.content.blocks.brand import Brand
from tenshu.content.blocks.letter import write_text
from tenshu.content.shop import ShopSettings
from tenshu.content.template import TemplateSource, compile_template
from tenshu.deliver.channels.email import SmtpChannel
from tenshu.deliver.channels.email.sender_lines import legal_footer, missing_lines
from tenshu.deliver.render import context_of
from tenshu.testing.small_shop import open_small_shop, start, tick
from tenshu.testing.smtp_sink import SmtpSink

SETTINGS = ShopSettings(
    name="花屋 & 茶屋",
    postal_address="東京都千代田区1-2-3",
    contact="03-0000-0000",
    public_url="https://mail.example.com",
)
BLOCKS: tuple[Block, ...] = (
    Text(text="{{ customer.last_name | sama }}\n\n[お知らせ](https://shop.example.com/news)です。"),
    Image(src="/media/0123456789abcdef.png", alt="花束", href="{{ shop.home_url }}/flowers"),
    Button(label="見る", href="{{ shop.home_url }}/new"),
    Coupon(code="B10"),
    Products(title="おすすめ"),
)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened, _clock = open_small_shop(tmp_path / "home")
    opened = save_settings(opened, SETTINGS)
    text = write_text("{{ customer.last_name | sama }}へ", "春の便り", BLOCKS, language="ja", brand=Brand())
    save_templates(opened, [TemplateSource(name="hello", languages={"ja": text})])
    yield opened
    opened.close()


def sent(shop: Shop) -> dict[str, EmailMessage]:
    """Send the letter to everybody who may get it; return the mails by recipient."""
    start(shop)
    tick(shop)
    with SmtpSink(keep_bytes=True) as sink:
        channel = SmtpChannel(sink.host, sink.port)
        make_dispatcher(shop, channel).run(now=shop.clock.now())
        channel.close()
        mails = {mail.recipient: mail.content or b"" for mail in sink.mails()}
    read = {to: email.message_from_bytes(content, policy=email.policy.default) for to, content in mails.items()}
    return {to: mail for to, mail in read.items() if isinstance(mail, EmailMessage)}


def bodies(mail: EmailMessage) -> dict[str, str]:
    found = {kind: mail.get_body((kind,)) for kind in ("plain", "html")}
    return {kind: str(part.get_content()) for kind, part in found.items() if part is not None}


def test_everybody_gets_a_letter_of_their_own(shop: Shop) -> None:
    mails = sent(shop)
    assert len(mails) == 3
    assert mails["s-1@example.com"]["Subject"] == "佐藤様へ"
    assert "鈴木様" in bodies(mails["s-2@example.com"])["plain"]
    assert "佐藤様" not in bodies(mails["s-2@example.com"])["html"]


def test_the_sender_lines_stand_there_once_and_no_second_ones_are_added(shop: Shop) -> None:
    for mail in sent(shop).values():
        for said in bodies(mail).values():
            assert said.count("送信者: 花屋") == 1
            assert said.count("東京都千代田区1-2-3") == 1
            assert said.count("03-0000-0000") == 1
            assert said.count("https://mail.example.com/u/") == 1


def test_the_way_out_in_the_letter_is_the_one_in_its_header(shop: Shop) -> None:
    for mail in sent(shop).values():
        link = str(mail["List-Unsubscribe"]).strip("<>")
        for said in bodies(mail).values():
            assert link in said


def test_every_link_is_signed_and_none_of_the_pictures(shop: Shop) -> None:
    said = bodies(sent(shop)["s-1@example.com"])
    for kind in ("plain", "html"):
        assert "shop.example.com" not in said[kind]
        assert said[kind].count("https://mail.example.com/c/") >= 3
    assert 'src="https://mail.example.com/media/0123456789abcdef.png"' in said["html"]
    assert "春の便り" in said["html"]


def test_the_same_link_in_both_forms_is_the_same_link(shop: Shop) -> None:
    said = bodies(sent(shop)["s-1@example.com"])
    in_text = {word for word in said["plain"].split() if "/c/" in word}
    assert in_text
    assert all(link in said["html"] for link in in_text)


@pytest.mark.parametrize("contact", ["", "03-0000-0000", "https://shop.example.com/ask?a=1&b=2"])
@pytest.mark.parametrize("address", ["", '1-2-3 <Chiyoda> & "Tokyo"'])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_whatever_a_shop_is_called_its_lines_are_found_to_be_there(language: str, address: str, contact: str) -> None:
    settings = msgspec.structs.replace(SETTINGS, name='O\'Neil <花> & "茶"', postal_address=address, contact=contact)
    text = write_text("a", "", BLOCKS, language=language, brand=Brand())
    compiled = compile_template(TemplateSource(name="x", languages={language: text}), language)
    url = "https://mail.example.com/u/k1.abc.def"
    rendered = compiled.render(context_of(settings, {}, unsubscribe_url=url, extras={}))
    footer = legal_footer(settings, url, language)
    assert missing_lines(rendered.html, footer) == []
    assert missing_lines(rendered.text, footer) == []


def test_a_file_with_blocks_can_be_added_from_the_command_line(shop: Shop, tmp_path: Path) -> None:
    source = msgspec.structs.replace(read_templates(shop)["hello"], name="from-file", title="ファイルから")
    file = tmp_path / "from-file.json"
    file.write_bytes(msgspec.json.encode(source))
    home = shop.home
    shop.warehouse.close()
    done = CliRunner().invoke(cli, ["template", "add", str(file), "--home", str(home)])
    assert done.exit_code == 0, done.output
    assert read_templates(shop)["from-file"] == source


def test_templates_from_before_there_were_blocks_are_read_as_they_were(shop: Shop) -> None:
    old = b'{"name":"old","languages":{"ja":{"subject":"a","preheader":"","mjml":"<body>b</body>","text":"c"}}}'
    source = msgspec.json.decode(old, type=TemplateSource)
    assert source.languages["ja"].blocks is None
    assert source.title == ""
    save_templates(shop, [source])
    assert read_templates(shop)["old"] == source
