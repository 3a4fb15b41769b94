"""One who never saw the console: each step of the first hour as a person does it in the browser."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from tenshu.deliver.channels.email.sink import SmtpSink

#: How long, in milliseconds, long work may take: reading a file, digesting it.
PATIENCE: Final = 90_000
#: Reserved domains would do for a test, yet the pre-flight is right to refuse them.
DOMAIN: Final = "hanaya-kinomi.jp"
OWNER: Final = f"hanako@{DOMAIN}"
PASSWORD: Final = "hanaya-no-akari-2026"
Picture = Callable[[str], None]


class FirstHour:
    """A shopkeeper at a browser.

    Args:
        page: the browser's page.
        sink: the mail server of the shop's provider.
        picture: keeps a picture under a name, for the guide.
    """

    def __init__(self, page: Page, sink: SmtpSink, picture: Picture) -> None:
        self.page = page
        self.sink = sink
        self.picture = picture
        self.base = ""
        expect.set_options(timeout=PATIENCE)
        page.set_default_timeout(PATIENCE)

    def arrive(self, link: str) -> None:
        """Open the link from the terminal and become the owner."""
        self.base = "/".join(link.split("/")[:3])
        self.page.goto(link)
        self.fill(name="山田花子", email=OWNER, password=PASSWORD)
        self.picture("01-set-up")
        self.submit()
        self.page.wait_for_url("**/setup/shop")

    def set_up(self) -> None:
        """Go through the wizard; the domain and the purposes stay as they are."""
        self.fill(name="花屋 木の実", postal_address="東京都千代田区1-2-3", contact="03-0000-0000")
        self.picture("02-shop")
        self.submit()
        self.submit()  # Tokyo, yen, Japanese: as proposed
        self.fill(sender_email=f"shop@{DOMAIN}", public_url=f"https://links.{DOMAIN}", home_url=f"https://{DOMAIN}")
        self.submit()
        self.page.wait_for_url("**/setup/mail-server")
        self.fill(smtp_host="127.0.0.1", smtp_port=str(self.sink.port))
        self.page.locator("input[name=smtp_tls][value=none]").check()
        self.page.locator("[formaction='/settings/mail-server/test']").click()
        expect(self.page.locator(".tried")).to_be_visible()
        expect(self.page.locator(".tried .is-bad")).to_have_count(0)
        expect(self.page.locator(".trial .quiet").last).to_be_visible(timeout=PATIENCE)
        self.picture("03-mail-server")
        self.submit()
        for _step in ("domain", "purposes"):
            self.page.locator("a.btn[href^='/setup/']").click()
        soon = datetime.now(UTC).astimezone(ZoneInfo("Asia/Tokyo")) + timedelta(hours=3)
        until = soon + timedelta(hours=1)
        self.fill(quiet_from=f"{soon:%H:%M}", quiet_until=f"{until:%H:%M}")
        self.submit()
        self.page.wait_for_url("**/setup/done")
        self.picture("04-set-up-done")

    def bring(self, workbook: Path) -> None:
        """Drop the workbook, look at what was understood, and let every row be checked."""
        self.open("/import")
        self.page.set_input_files("#file", workbook)
        expect(self.page.locator(".columns").first).to_be_visible()
        self.picture("05-columns")
        self.page.locator("#look button.btn").click()
        expect(self.page.locator("form.basis")).to_be_visible(timeout=PATIENCE)
        self.picture("06-checked")

    def let_in(self, basis: str, reason: str = "") -> None:
        """State the ground and take the rows over."""
        self.page.locator(f"#basis-{basis}").check()
        if reason:
            self.page.locator(f"#reason-{basis}").fill(reason)
        self.page.locator("form.basis button.btn").click()
        expect(self.page.locator(".next-steps")).to_be_visible(timeout=PATIENCE)
        self.picture("07-done")

    def take_back(self) -> None:
        """Undo the whole import."""
        for _turn in range(60):
            self.open("/import")
            undo = self.page.locator("form[action$='/undo'] button")
            if undo.count():  # one import a kind of sheet
                undo.first.click()
                self.page.wait_for_load_state()
            elif self.page.locator("table.imports tbody tr:not(.is-undone)").count() == 0:
                return
            self.page.wait_for_timeout(500)
        raise AssertionError("the import was never taken back whole")

    def people(self, searched: str) -> str:
        """Search customers; return what the page shows of them."""
        self.open("/customers")
        if self.page.locator("main input[name=q]").count():  # an empty shop has nothing to search
            self.page.locator("main input[name=q]").fill(searched)
            expect(self.page).to_have_url(re.compile(f"q={searched}"))
            self.picture("08-customers")
        return self.page.locator("main").inner_text()

    def ranks(self) -> str:
        """Look at the ranks; return what the page says."""
        self.open("/ranks")
        expect(self.page.locator(".heat")).to_be_visible()
        self.picture("09-ranks")
        return self.page.locator("main").inner_text()

    def keep_segment(self, title: str) -> None:
        """Open a rank as a segment and keep it."""
        self.open("/ranks")
        self.page.locator(".rank-list a").nth(2).click()
        expect(self.page.locator("#live")).to_be_visible()
        self.fill(title=title)
        self.picture("10-segment")
        self.page.locator("[formaction='/segments/save']").click()
        self.page.wait_for_url(re.compile(r"/segments(/[^/?]+)?(\?.*)?$"))

    def write(self) -> None:
        """Begin a letter from a ready one, look at it as a customer sees it, save it, and send a test to oneself."""
        self.open("/templates/new")
        self.fill(title="春のご挨拶")
        self.page.locator("form.starters button.btn").click()
        expect(self.page.locator("#workshop iframe").first).to_be_visible(timeout=PATIENCE)
        self.picture("11-letter")
        self.page.locator("#save").click()
        self.page.wait_for_load_state()
        before = self.sink.accepted
        self.page.locator("button[formaction$='/test']").click()
        self.page.wait_for_load_state()
        self.wait(lambda: self.sink.accepted > before, "the test mail never came")

    def prepare(self) -> None:
        """Make a broadcast to the segment, with a hold-out."""
        self.open("/scenarios/new/broadcast")
        self.fill(title="春のご挨拶", holdout="20")
        self.page.locator("#segment").select_option(index=1)
        self.page.locator("#template").select_option(index=0)
        self.submit("#recipe-form button.btn")
        self.page.locator("a[href$='/preflight']").first.click()
        expect(self.page.locator(".start")).to_be_visible(timeout=PATIENCE)
        if self.page.locator("form[action$='/test'] button").count():
            self.page.locator("form[action$='/test'] button").click()
            expect(self.page.locator(".start")).to_be_visible(timeout=PATIENCE)
        self.picture("12-pre-flight")

    def start(self) -> int:
        """Confirm the size and start; return how many it said."""
        shown = int(self.page.locator("input[name=shown]").input_value())
        if self.page.locator("#people").count():
            self.fill(people=str(shown))
        else:
            self.page.locator("input[name=sure]").check()
        self.submit(".start button.btn")
        expect(self.page.locator("main h1")).to_be_visible()
        return shown

    def report(self) -> str:
        """Read the report, once it tells of the send."""
        for _turn in range(30):
            self.open("/report")
            if self.page.locator("svg.account-bar .part.sent").count():
                break
            self.page.wait_for_timeout(1000)
        self.picture("14-report")
        return self.page.locator("main").inner_text()

    def open(self, path: str) -> None:
        """Go to a page."""
        self.page.goto(self.base + path)

    def fill(self, **values: str) -> None:
        """Fill fields by their names."""
        for name, value in values.items():
            self.page.locator(f"main [name={name}]:visible").first.fill(value)

    def submit(self, button: str = "main form button.btn[type=submit]") -> None:
        """Send the page's form."""
        self.page.locator(button).first.click()
        self.page.wait_for_load_state()

    def wait(self, until: Callable[[], bool], problem: str, seconds: int = 60) -> None:
        """Wait for something outside the browser."""
        for _turn in range(seconds * 5):
            if until():
                return
            self.page.wait_for_timeout(200)
        raise AssertionError(problem)
