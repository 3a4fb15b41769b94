"""`tenshu staff`: who may open the console, from the machine that the shop is on."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _, _n

if TYPE_CHECKING:
    from tenshu.bootstrap import Shop


class WhoseLink(TenshuError):
    """A link was wanted in a shop that has people, and not said for whom."""

    template = N_("People work in this shop already. Say for whom the link is, with --email: {known}.")


class NobodyOfThatAddress(TenshuError):
    """A link was wanted for somebody who is not here."""

    template = N_("Nobody signs in with {email}. Those who do: {known}. An owner can invite others in the console.")


_HOME = click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")


@click.group()
def staff() -> None:
    """See who may open the console, and help those who cannot get in."""


@staff.command("link")
@_HOME
@click.option("--email", help="Whose: a new password, or an invitation that is open. Without it: to set the shop up.")
@click.option("--url", help="Where the console is opened (default: the shop's public address).")
def link(home: Path, email: str | None, url: str | None) -> None:
    """Make a link that can be used once: to set the shop up, to choose a new password, to take an invitation."""
    shop = _opened(home)
    try:
        path, hours = make_staff_link(shop, email)
        base = (url or shop.settings.public_url).rstrip("/")
    finally:
        shop.close()
    click.echo(
        _n(
            "This link can be used once, within an hour. Whoever opens it gets in:",
            "This link can be used once, within {hours} hours. Whoever opens it gets in:",
            hours,
            hours=hours,
        )
    )
    click.echo(f"{base}{path}")


@staff.command("list")
@_HOME
def list_people(home: Path) -> None:
    """Show who works here, with role and state."""
    from tenshu.staff.people import read_people

    shop = _opened(home)
    try:
        with shop.ledger.reading() as tx:
            members = read_people(tx)
    finally:
        shop.close()
    if not members:
        click.echo(
            _("Nobody works here yet. Make a link for the first owner: tenshu staff link --home {home}", home=home)
        )
    for member in members:
        click.echo(f"{member.email}\t{member.name}\t{member.role}\t{member.status}")


@staff.command("verify")
@_HOME
def verify(home: Path) -> None:
    """Check that no row of the audit log was changed or taken out; ends with status 1 when one was."""
    from tenshu.staff.audit import check

    shop = _opened(home)
    try:
        with shop.ledger.reading() as tx:
            found = check(tx)
    finally:
        shop.close()
    if found.broken_at is None:
        click.echo(_n("The one row is as it was written.", "All {count} rows are as they were written.", found.entries))
        return
    click.echo(_("Row {number} is not as it was written, or is missing.", number=found.broken_at), err=True)
    raise SystemExit(1)


@staff.command("proxies")
@click.argument("count", type=click.IntRange(0, 5))
@_HOME
def proxies(count: int, home: Path) -> None:
    """Say how many proxies of your own stand before the console (default 0: X-Forwarded-For is not believed)."""
    from tenshu.staff.audit import TERMINAL, record
    from tenshu.store.settings import write_setting
    from tenshu.web.console.gate import real_now
    from tenshu.web.console.reach import PROXIES

    shop = _opened(home)
    try:
        with shop.ledger.writing() as tx:
            write_setting(tx, PROXIES, count)
            record(tx, "proxies_set", by=TERMINAL, about=str(count), now=real_now(shop))
    finally:
        shop.close()
    click.echo(_("Saved."))


def make_staff_link(shop: "Shop", email: str | None = None) -> tuple[str, int]:
    """Return the path of a new link with its hours.

    Raises:
        WhoseLink: somebody works here, and no address was given.
        NobodyOfThatAddress: nobody signs in with the address.
    """
    from tenshu.staff.audit import TERMINAL, record
    from tenshu.staff.links import LASTS, Kind, make_link
    from tenshu.staff.people import read_people
    from tenshu.staff.text import account_of, visible
    from tenshu.web.console.gate import real_now

    now = real_now(shop)
    with shop.ledger.writing() as tx:
        members = [member for member in read_people(tx) if member.status != "ended"]
        known = ", ".join(member.email for member in members) or "–"
        if email is None and any(member.status == "active" for member in members):
            raise WhoseLink(known=known)
        kind: Kind = "set_up"
        person, about = None, ""
        if email is not None:
            found = next((member for member in members if member.email == account_of(email)), None)
            if found is None:
                raise NobodyOfThatAddress(email=visible(email), known=known)
            kind = "invitation" if found.status == "invited" else "reset"
            person, about = found.id, found.email
        token = make_link(tx, kind, person=person, now=now)
        record(tx, f"{kind}_link_made", by=TERMINAL, about=about, now=now)
    paths: dict[Kind, str] = {"set_up": "set-up", "invitation": "invited", "reset": "reset"}
    return f"/{paths[kind]}/{token}", int(LASTS[kind].total_seconds() // 3600)


def _opened(home: Path) -> "Shop":
    """Open the shop beside a server that may have its warehouse open."""
    from tenshu.bootstrap import open_shop

    return open_shop(home, access="ask")
