"""A sample for every name in the paths of pages, and a shop that has something to show on each of them."""

from datetime import date
from typing import Any, Final

import httpx

from tenshu.bootstrap import Shop, save_templates
from tenshu.collect.connectors.file import stage_file
from tenshu.collect.importing import import_file
from tenshu.condition import parse
from tenshu.content.blocks.brand import read_brand
from tenshu.content.starters import begin, starters
from tenshu.flow import digest_all
from tenshu.journey.drafts import keep_draft
from tenshu.journey.recipes import Choices
from tenshu.segment.saved import save_segment
from tenshu.staff.audit import Actor
from tenshu.staff.links import make_link
from tenshu.staff.password import password_digest
from tenshu.staff.people import invite, set_up
from tenshu.testing.small_shop import MONDAY, TWO_MAILS, add_template, everybody, start, tick
from tenshu.web.console.gate import real_now
from tests.unit.web.console.visiting import visiting

#: Pages that answer with a file, or with a part of a page for htmx.
FILES: Final = frozenset(
    {
        "/guide/list.xlsx",
        "/import/samples/{name}",
        "/scenarios/new/{recipe}/said",
        "/scenarios/{name}/live",
        "/scenarios/{name}/steps/{step}",
        "/scenarios/{name}/verdict",
        "/settings/backup/list",
        "/settings/domain/look",
        "/settings/export/list",
        "/settings/mail-server/host",
        "/settings/mail-server/test/{token}",
        "/templates/{name}/gaps",
        "/templates/{name}/letter",
        "/templates/{name}/people",
        "/templates/{name}/seen",
    }
)
#: Pages that lead on to another one at once.
DOORS: Final = frozenset({"/setup", "/sign-in"})
#: Name, or path and name -> what stands there; `furnish` adds what only a running shop knows.
SAMPLES: Final[dict[str | tuple[str, str], Any]] = {
    "name": "hello",
    "recipe": "broadcast",
    ("/customers/{number}", "number"): 1,
    ("/customers/{number}/shoes", "number"): 1,
    ("/customers/{number}/timeline", "number"): 1,
    ("/scenarios/{name}/edit", "name"): "spring",
    ("/scenarios/{name}/preflight", "name"): "spring",
    ("/scenarios/{name}/tree", "name"): "spring",
    ("/segments/{name}", "name"): "regulars",
    ("/settings/purposes/{name}", "name"): "marketing",
    ("/templates/{name}", "name"): "letter",
    ("/setup/{step}", "step"): "shop",
}
_CUSTOMERS: Final = "会員番号,氏名,メールアドレス\nB-1,山本 桜,sakura@example.com\nB-2,中村 蓮,ren@@example\n"
_SELF: Final = Actor(0, "test")


def furnish(shop: Shop) -> None:
    """Give the shop a running scenario, a draft, a segment, a message, imports and links."""
    add_template(shop)
    start(shop, **TWO_MAILS, holdout_rate=0.1)
    tick(shop)
    draft = Choices(
        recipe="broadcast", title="春のご挨拶", segment="regulars", template="hello", review_on=date(2026, 9, 1)
    )
    with shop.ledger.writing() as tx:
        save_segment(tx, "regulars", {"ja": "常連の方", "en": "Regulars"}, parse(everybody()), now=MONDAY)
        keep_draft(tx, "spring", draft, now=MONDAY, by="test")
    save_templates(shop, [begin(starters()[0], "letter", title="はじめまして", brand=read_brand(shop.ledger))])
    _import(shop)
    _links(shop)


def _import(shop: Shop) -> None:
    """Import a file with a broken row, and leave another one half way."""
    path = shop.home / "顧客名簿.csv"
    path.write_text(_CUSTOMERS, "utf-8")
    staged = stage_file(
        path,
        shop_zone=shop.settings.zone,
        currency=shop.settings.currency,
        received_at=MONDAY,
        folder=shop.home / "imports",
    )
    import_file(shop.inbox, shop.ledger, staged, home=shop.home)
    digest_all(shop, now=MONDAY)
    SAMPLES["/import/of/{number}", "number"] = staged.import_id
    with visiting(shop) as client:
        brought = client.post("/import", files={"file": ("別の名簿.csv", _CUSTOMERS.encode())})
    SAMPLES["number"] = _last_part(brought)


def _links(shop: Shop) -> None:
    now = real_now(shop)
    with shop.ledger.writing() as tx:
        SAMPLES["/set-up/{token}", "token"] = token = make_link(tx, "set_up", now=now)
        digest = password_digest("akari-no-mise-2026")
        owner = set_up(tx, token, name="山田花子", email="owner@example.com", digest=digest, by=_SELF, now=now)
        SAMPLES["/set-up/{token}", "token"] = make_link(tx, "set_up", now=now)
        SAMPLES["/invited/{token}", "token"] = invite(
            tx, email="sato@example.com", name="佐藤", role="marketer", by=_SELF, now=now
        )
        SAMPLES["/reset/{token}", "token"] = make_link(tx, "reset", now=now, person=owner)


def _last_part(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text[:500]
    return str(answer.headers["location"]).rsplit("/", 1)[1]
