"""Pages of the console as a signed-in owner opens them, from the whole tree of processes of a large shop."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec

from benchmarks.command import run as run_command
from benchmarks.customers_csv import write_customers
from benchmarks.figure import Figure, middle
from benchmarks.purchases_csv import ROWS_A_CUSTOMER, write_purchases
from tenshu.bootstrap import open_shop
from tenshu.condition import parse
from tenshu.segment.saved import save_segment
from tenshu.testing.small_shop import add_template, start, tick

CUSTOMERS: Final = 100_000
AT_MOST: Final = 0.3
WARM_UP: Final = 2
#: Seconds until the pages of a shop that was just started must open.
PATIENCE: Final = 30.0
#: What an owner opens in the morning.
PAGES: Final = (
    "/",
    "/customers",
    "/customers?q=" + "%E3%82%B5%E3%83%88%E3%82%A6",  # サトウ
    "/customers/7",
    "/customers/7/shoes",
    "/segments",
    "/segments/new",
    "/segments/tokyo",
    "/ranks",
    "/scenarios",
    "/scenarios/new",
    "/scenarios/hello",
    "/scenarios/hello/live",
    "/templates",
    "/templates/hello",
    "/templates/hello/letter",
    "/outbox",
    "/report",
    "/import",
    "/guide",
    "/data",
    "/settings",
)
#: Conditions whose people are counted while somebody types.
COUNTED: Final = (
    {"kind": "trait", "trait": "prefecture", "cmp": "is", "value": "東京都"},
    {"kind": "did_not", "event": "order_completed", "within": {"days": 180}},
    {
        "kind": "and",
        "of": [
            {"kind": "rank", "by": "decile", "cmp": "lte", "value": 3},
            {"kind": "did", "event": "product_purchased", "where": [{"field": "amount", "cmp": "gte", "value": 5000}]},
        ],
    },
)


class Reader:
    """An owner with a browser.

    Args:
        address: where the console is.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._site = f"{parts.scheme}://{parts.netloc}"
        self._link = HTTPConnection(parts.hostname or "", parts.port, timeout=120)
        self._cookies: dict[str, str] = {}
        self.csrf = ""

    def open(self, path: str) -> str:
        """Return a page.

        Raises:
            RuntimeError: it did not open.
        """
        return self._ask("GET", path, None)

    def send(self, path: str, form: dict[str, str]) -> str:
        """Send a form with its token."""
        return self._ask("POST", path, urlencode({"csrf": self.csrf, **form}))

    def close(self) -> None:
        """Hang up."""
        self._link.close()

    def _ask(self, method: str, path: str, body: str | None) -> str:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true", "Origin": self._site}
        self._link.request(method, path, body, headers)
        answer = self._link.getresponse()
        text = answer.read().decode()
        self._keep(answer, text)
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]}")
        return text

    def _keep(self, answer: HTTPResponse, text: str) -> None:
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _sign, value = cookie.split(";")[0].partition("=")
            self._cookies[name] = value
        found = re.search(r'name="csrf" value="([^"]+)"', text)
        self.csrf = found[1] if found else self.csrf


def run(folder: Path, *, size: float, repeats: int) -> list[Figure]:
    """Build the shop by its own commands, serve it, sign in, and open every page again and again."""
    customers = max(200, round(CUSTOMERS * size))
    home = folder / "home"
    write_customers(folder / "customers.csv", customers=customers)
    write_purchases(folder / "purchases.csv", rows=customers * ROWS_A_CUSTOMER)
    run_command(["import", str(folder / "customers.csv"), str(folder / "purchases.csv"), "--home", str(home), "--yes"])
    furnish(home)
    with served(home) as link, closing(signed_in(link)) as reader:
        paths = {path: path for path in PAGES} | ahead(reader)
        opened = {name: _times(repeats, partial(reader.open, path)) for name, path in paths.items()}
        counted = {nth: _times(repeats, _counting(reader, one)) for nth, one in enumerate(COUNTED)}
    return [*_page_figures(opened, customers), _count_figure(counted, customers)]


def furnish(home: Path) -> None:
    """Keep a segment, write a message, and let a broadcast to everybody be decided up to the outbox."""
    shop = open_shop(home)
    try:
        add_template(shop)
        with shop.ledger.writing() as tx:
            save_segment(tx, "tokyo", {"ja": "東京の方"}, parse(COUNTED[0]), now=shop.clock.now())
        start(shop, holdout_rate=0.1)
        tick(shop)
    finally:
        shop.close()


def ahead(reader: Reader) -> dict[str, str]:
    """Keep drafts for different people; return the sentence of each with its head count, and its pre-flight."""
    found = {}
    for recipe, segment in (("broadcast", ""), ("broadcast", "tokyo"), ("dormant-hello", "")):
        form = filled_form(reader.open(f"/scenarios/new/{recipe}"))
        form |= {"title": "案内", "template": "hello", "segment": segment}
        told = f"{recipe}{' for ' + segment if segment else ''}"
        found[f"/scenarios/new: the sentence of {told}"] = f"/scenarios/new/{recipe}/said?{urlencode(form)}"
        before = _drafts(reader)
        reader.send(f"/scenarios/new/{recipe}", form)
        (kept,) = _drafts(reader) - before
        found[f"/scenarios: the pre-flight of {told}"] = f"/scenarios/{kept}/preflight?now=yes"
    return found


def _drafts(reader: Reader) -> set[str]:
    return set(re.findall(r"/scenarios/([a-z-]+-20\d{6}[\w-]*)", reader.open("/scenarios")))


class _Form(HTMLParser):
    """Collects what a browser would send of a page's fields."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.fields):
            self.fields[self._select] = value
        elif tag == "textarea" and name:
            self.fields[name] = ""
        elif tag == "input" and name and (given.get("type") not in {"checkbox", "radio"} or "checked" in given):
            self.fields[name] = value


def filled_form(page: str) -> dict[str, str]:
    """Return the fields of a page's forms as they stand."""
    read = _Form()
    read.feed(page)
    return {name: value for name, value in read.fields.items() if name not in {"csrf", "language", "back"}}


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Serve the home without sending; yield the link of the first owner."""
    asked = [sys.executable, "-m", "tenshu", "serve", "--home", str(home), "--port", "0", "--no-send"]
    process = subprocess.Popen(asked, stdout=subprocess.PIPE, text=True, env={**os.environ, "LANG": "C.UTF-8"})
    assert process.stdout is not None  # noqa: S101 - a pipe, as asked for
    try:
        for line in process.stdout:
            if found := re.search(r"http://\S+/set-up/\S+", line):
                yield found[0]
                break
        else:
            raise RuntimeError("the shop never said its link")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        process.stdout.close()


def signed_in(link: str) -> Reader:
    """Become the owner by the link, once whoever has the warehouse answers as well."""
    reader, parts = Reader(link), urlsplit(link)
    reader.open(parts.path)
    token = parts.path.rsplit("/", 1)[1]
    given = {"token": token, "name": "山田", "email": "owner@example.com", "password": "akari-no-mise-2026"}
    reader.send("/set-up", given)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            reader.open("/")
        except RuntimeError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return reader


def _counting(reader: Reader, condition: object) -> Callable[[], object]:
    """Return the work of a keystroke in the builder that holds this condition: its whole form is sent and counted."""
    asked = urlencode({"condition": msgspec.json.encode(condition).decode()})
    form = filled_form(reader.open(f"/segments/new?{asked}"))
    return lambda: reader.send("/segments/count", form)


def _times(repeats: int, work: Callable[[], object]) -> list[float]:
    for _turn in range(WARM_UP):
        work()
    found = []
    for _turn in range(max(repeats, 3)):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return found


def _page_figures(opened: dict[str, list[float]], customers: int) -> list[Figure]:
    return [_figure(f"{path}, warm, {customers:,} customers", runs) for path, runs in opened.items()]


def _count_figure(counted: dict[int, list[float]], customers: int) -> Figure:
    what = f"live count of a segment (the slowest of {len(counted)} conditions), {customers:,} customers"
    return _figure(what, max(counted.values(), key=middle))


def _figure(what: str, runs: list[float]) -> Figure:
    return Figure(
        part="pages",
        what=what,
        value=middle(runs),
        unit="s",
        demand=f"<= {AT_MOST:g} s",
        is_met=middle(runs) <= AT_MOST,
        runs=runs,
    )
