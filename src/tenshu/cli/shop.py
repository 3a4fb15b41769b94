"""`tenshu shop`: what the shop says about itself, and how its mail goes out."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import click
import msgspec
from babel import Locale

from tenshu.cli.shop_stores import stores
from tenshu.cli.smtp import SmtpSettings, read_smtp, write_smtp
from tenshu.content.header_text import header_text
from tenshu.content.shop import ShopSettings
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import LANGUAGES, N_, _
from tenshu.kit.japanese import normalise_email

if TYPE_CHECKING:
    from tenshu.bootstrap import Shop

_SHOP: Final = ShopSettings.__struct_fields__
_SMTP: Final = SmtpSettings.__struct_fields__


class UnknownSetting(TenshuError):
    """A setting was named that does not exist."""

    template = N_('There is no setting "{name}". The settings are: {known}.')


class SettingWithoutValue(TenshuError):
    """A setting was named, and not what it is to be."""

    template = N_('"{given}" sets nothing. Write NAME=VALUE, such as zone=Asia/Tokyo or name="花屋".')


class SettingRefused(TenshuError):
    """A setting was given a value that the shop could not work with."""

    template = N_('{name} cannot be "{value}". It takes {allowed}.')


def _is_zone(value: str) -> bool:
    return value in available_timezones()


def _is_currency(value: str) -> bool:
    return value in Locale("en").currencies


def _is_address(value: str) -> bool:
    return normalise_email(value) is not None


def _is_url(value: str) -> bool:
    return value.startswith(("http://", "https://")) and bool(urlsplit(value).hostname) and " " not in value


def _is_domain(value: str) -> bool:
    return _is_address(f"b@{value}")


def _is_port(value: str) -> bool:
    return value.isdecimal() and 0 < int(value) < 65_536


#: What the settings take that are not free text, and how to say so.
_TAKES: Final[dict[str, tuple[Callable[[str], bool], str]]] = {
    "name": (bool, N_("some text")),
    "zone": (_is_zone, N_("an IANA time zone, such as Asia/Tokyo or Europe/London")),
    "currency": (_is_currency, N_("an ISO 4217 code, such as JPY or GBP")),
    "language": (LANGUAGES.__contains__, N_("ja or en")),
    "sender_email": (_is_address, N_("an e-mail address, such as shop@example.com")),
    "bounce_domain": (_is_domain, N_("a domain, such as bounce.example.com")),
    "public_url": (_is_url, N_("an address that begins with http:// or https://")),
    "home_url": (_is_url, N_("an address that begins with http:// or https://")),
    "smtp_host": (bool, N_("some text")),
    "smtp_port": (_is_port, N_("a port from 1 to 65535")),
    "smtp_tls": (("none", "starttls", "tls").__contains__, N_("none, starttls or tls")),
}


class _Shop(click.Group):
    """A group whose word `settings` may be left out: `tenshu shop name=花屋`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what is no command for something about the settings."""
        is_said = bool(args) and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if is_said else ["settings", *args])


@click.group(cls=_Shop)
def shop() -> None:
    """Show or set what the shop says about itself, how its mail goes out, and where its data is."""


@shop.command()
@click.argument("pairs", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")
def settings(pairs: tuple[str, ...], home: Path) -> None:
    """Show the shop's settings, or set some: name="花屋" zone=Asia/Tokyo smtp_host=mail.example.com."""
    from tenshu.bootstrap import open_shop

    given = read_pairs(pairs)
    # Only setting something makes a home: a slip in --home must not show a shop that nobody has.
    opened = open_shop(home, create=bool(given))
    try:
        if given:
            opened = _save(opened, given)
            click.echo(_("Saved."))
        known = {**msgspec.to_builtins(opened.settings), **msgspec.to_builtins(read_smtp(opened.ledger))}
    finally:
        opened.close()
    for name, value in known.items():
        click.echo(f"{name} = {'***' if name == 'smtp_password' and value else value}")


shop.add_command(stores)


def read_pairs(pairs: Sequence[str]) -> dict[str, str]:
    """Return the settings that NAME=VALUE pairs give, each one known and of its kind.

    Raises:
        SettingWithoutValue: a pair has no "=".
        UnknownSetting: there is no such setting.
        SettingRefused: the value is not of the kind that the setting takes.
        HeaderRefused: the value has a line break, which must never reach a mail's header.

    >>> read_pairs(["zone=Europe/London", "public_url=https://links.example.com/"])
    {'zone': 'Europe/London', 'public_url': 'https://links.example.com'}
    """
    given: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise SettingWithoutValue(given=pair)
        if name not in (*_SHOP, *_SMTP):
            raise UnknownSetting(name=name, known=", ".join((*_SHOP, *_SMTP)))
        header_text(value, name=name)
        takes, allowed = _TAKES.get(name, (None, ""))
        if takes is not None and not takes(value):
            raise SettingRefused(name=name, value=value, allowed=_(allowed))
        given[name] = value.rstrip("/") if name.endswith("_url") else value
    return given


def _save(opened: "Shop", given: dict[str, str]) -> "Shop":
    """Save what was given over what there was; return the shop with it."""
    from tenshu.bootstrap import save_settings

    smtp = msgspec.to_builtins(read_smtp(opened.ledger)) | {name: given[name] for name in _SMTP if name in given}
    write_smtp(opened.ledger, msgspec.convert(smtp, SmtpSettings, strict=False))
    said = msgspec.to_builtins(opened.settings) | {name: given[name] for name in _SHOP if name in given}
    return save_settings(opened, msgspec.convert(said, ShopSettings))
