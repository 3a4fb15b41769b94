"""An owner at a terminal: the files of a small flower shop, and the commands typed over them."""

import asyncio
import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import xlsxwriter
from click.testing import CliRunner, Result
from starlette.applications import Starlette

from tenshu.bootstrap import REHEARSED_UNTIL, open_shop
from tenshu.cli.main import cli
from tenshu.deliver.channels.email.sink import ReceivedMail
from tenshu.store.ledger import Ledger
from tenshu.store.settings import write_setting
from tenshu.web.app import make_app

ROSTER = [
    "会員番号",
    "氏名",
    "フリガナ",
    "メールアドレス",
    "電話番号",
    "登録日",
    "メール配信希望",
    "同意日",
    "同意方法",
]
PURCHASES = ["伝票番号", "商品コード", "商品名", "数量", "購入日時", "単価", "会員番号"]
NAMES = [
    "佐藤 花子",
    "鈴木 一郎",
    "髙橋 次郎",
    "田中 三郎",
    "伊藤 桜",
    "渡辺 梅",
    "山本 菊",
    "中村 蘭",
    "小林 葵",
    "加藤 蓮",
]
PEOPLE = 40
#: Members 38 (has refused mail), 37 (has not said a word) and 40 (has no address) all have bought.
REFUSED, SILENT, UNADDRESSED = 38, 37, 40
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
LINK = re.compile(r"http://127\.0\.0\.1:8000(/[cou]/[^\s\"'<>]+)")


def write_roster(path: Path) -> Path:
    """Write the customer list as Excel does."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("名簿")
        sheet.write_row(0, 0, ROSTER)
        for nth in range(1, PEOPLE + 1):
            wish = {REFUSED: "希望しない", SILENT: ""}.get(nth, "希望する")
            agreed = ("令和7年4月1日", "会員登録フォーム") if wish == "希望する" else ("", "")
            mail = "" if nth == UNADDRESSED else address(nth)
            phone = f"090-1234-{nth:04}"
            told = (f"M-{nth:03}", NAMES[nth % 10], "サトウ ハナコ", mail, phone, "2025/04/01", wish, *agreed)
            sheet.write_row(nth, 0, told)
    return path


def write_purchases(path: Path, rows: list[list[str]]) -> Path:
    """Write purchases as an old till does: CP932, CRLF."""
    with path.open("w", encoding="cp932", newline="") as handle:
        csv.writer(handle).writerows([PURCHASES, *rows])
    return path


def purchase(order_no: str, nth: int, *, at: str) -> list[str]:
    """Return one line: member n buys one bunch for n thousand yen."""
    return [order_no, f"F-{nth % 4}", f"花束{nth % 4}号", "1", at, f"{nth},000円", f"M-{nth:03}"]


def history() -> list[list[str]]:
    """Return what was bought in spring: member n came n % 3 times; the last row has a date that is none."""
    rows = [
        purchase(f"{nth:03}{turn}", nth, at=f"2026/0{turn + 3}/{nth % 28 + 1:02} 11:00")
        for nth in range(1, PEOPLE + 1)
        for turn in range(nth % 3)
    ]
    return [*rows, ["9999", "F-1", "花束", "1", "2026/13/45", "1000", "M-001"]]


def address(nth: int) -> str:
    """Return a member's address."""
    return f"m{nth}@example.com"


def template(name: str) -> dict[str, Any]:
    """Return a template in both languages, with one link to the shop."""
    mjml = (
        "<mjml><mj-body><mj-section><mj-column><mj-text>{{ customer.last_name | sama }}</mj-text>"
        '<mj-button href="{{ shop.home_url }}/new">新着</mj-button></mj-column></mj-section></mj-body></mjml>'
    )
    words = {
        "ja": "{{ customer.last_name | sama }}、お元気ですか",
        "en": "{{ customer.last_name | sama }}, how are you?",
    }
    parts = {one: {"subject": said, "mjml": mjml, "text": "{{ shop.home_url }}/new"} for one, said in words.items()}
    return {"name": name, "languages": parts}


def scenario(**changes: Any) -> dict[str, Any]:
    """Return two mails, three days apart, to everybody who has ever bought; the second only to who did not click."""
    clicked = {"kind": "did", "event": "email_clicked", "within": {"days": 4}}
    steps = {
        "hello": {"kind": "send", "channel": "email", "template": "hello", "next": "wait"},
        "wait": {"kind": "wait", "days": 3, "at": "10:00", "next": "looked"},
        "looked": {"kind": "branch", "cases": [{"when": clicked, "next": "end"}], "otherwise": "again"},
        "again": {"kind": "send", "channel": "email", "template": "again", "next": "end"},
        "end": {"kind": "exit"},
    }
    return {
        "tenshu": "journey/1",
        "name": "spring",
        "title": {"ja": "春のご挨拶", "en": "Spring greetings"},
        "holdout_rate": 0.25,
        "entry": {"kind": "broadcast", "at": "2026-06-01T13:00", "condition": BOUGHT},
        "goal": {"event": "order_completed", "within_days": 14, "target_rate": 0.1},
        "review_on": "2026-09-01",
        "first_step": "hello",
        "steps": steps,
        **changes,
    }


BOUGHT: dict[str, Any] = {"kind": "did", "event": "order_completed"}


@dataclass
class Owner:
    """Somebody with a folder, a shop's home in it, and a terminal in one language."""

    folder: Path
    language: str
    said: dict[str, Result] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """The shop's home."""
        return self.folder / "home"

    def types(self, *arguments: str | Path, keep: str = "") -> Result:
        """Type a command; what it says is kept under a name."""
        result = CliRunner().invoke(cli, ["--language", self.language, *map(str, arguments)])
        if keep:
            self.said[keep] = result
        return result

    def does(self, *arguments: str | Path, keep: str = "") -> str:
        """Type a command about the home that must work; return what it says."""
        result = self.types(*arguments, "--home", self.home, keep=keep)
        assert result.exit_code == 0, (arguments, result.output, result.exception)
        return result.output

    def writes(self, name: str, data: Any) -> Path:
        """Write a JSON file."""
        path = self.folder / name
        path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        return path

    def reads(self, name: str) -> Any:
        """Read a JSON file that a command has written."""
        return json.loads((self.folder / name).read_text("utf-8"))

    def waits_until(self, instant: datetime) -> None:
        """Let time pass: the home's clock stands at the instant, as after a rehearsal."""
        ledger = Ledger(self.home / "ledger.sqlite")
        with ledger.writing() as tx:
            write_setting(tx, REHEARSED_UNTIL, instant.isoformat())
        ledger.close()

    def customers_ask(self, *asked: tuple[str, str], agent: str = PHONE) -> list[httpx.Response]:
        """Let customers' browsers ask the shop's web application: method and path, one after the other."""
        shop = open_shop(self.home)
        try:
            return asyncio.run(_ask(make_app(shop), asked, agent))
        finally:
            shop.close()


async def _ask(app: Starlette, asked: Sequence[tuple[str, str]], agent: str) -> list[httpx.Response]:
    there, name = httpx.ASGITransport(app=app), {"user-agent": agent}
    async with httpx.AsyncClient(transport=there, base_url="http://127.0.0.1:8000", headers=name) as browser:
        return [await browser.request(method, path) for method, path in asked]


def link(mail: ReceivedMail, kind: str) -> str:
    """Return the path of the first link of a kind (c, o or u) in a mail's HTML."""
    html = body(mail, "html")
    found: list[str] = LINK.findall(html)
    return next(path for path in found if path.startswith(f"/{kind}/"))


def body(mail: ReceivedMail, kind: str) -> str:
    """Return a mail's body in HTML or plain text."""
    message = message_from_bytes(mail.content or b"", policy=policy.default)
    assert isinstance(message, EmailMessage)
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def dead_mailbox(mail: ReceivedMail) -> bytes:
    """Return what a receiver's server sends back for a mail to a mailbox that is gone (RFC 3464)."""
    head = (mail.content or b"").partition(b"\r\n\r\n")[0].decode()
    return (
        f"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.com\r\nTo: {mail.sender}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="part"\r\n\r\n'
        "--part\r\nContent-Type: text/plain\r\n\r\nThe mailbox does not exist.\r\n"
        "--part\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n"
        f"Final-Recipient: rfc822; {mail.recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 user unknown\r\n\r\n"
        f"--part\r\nContent-Type: text/rfc822-headers\r\n\r\n{head}\r\n\r\n--part--\r\n"
    ).encode()
