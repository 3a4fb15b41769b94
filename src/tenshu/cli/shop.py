"""`tenshu shop`: what the shop says about itself, and how its mail goes out."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from tenshu.cli.shop_sending import go_on, pause
from tenshu.cli.shop_stores import stores
from tenshu.content.header_text import header_text
from tenshu.content.shop import ShopSettings
from tenshu.content.shop_values import TAKES
from tenshu.deliver.channels.email.settings import SmtpSettings, read_smtp, write_smtp
from tenshu.deliver.limits import Limits, parse_limit, read_limits, write_limits
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _

if TYPE_CHECKING:
    from tenshu.bootstrap import Shop

_SHOP: Final = ShopSettings.__struct_fields__
_SMTP: Final = SmtpSettings.__struct_fields__
#: The provider's limits, as the settings call them.
_LIMITS: Final = {"limit_per_hour": "per_hour", "limit_per_day": "per_day"}
_KNOWN: Final = (*_SHOP, *_SMTP, *_LIMITS)


class UnknownSetting(TenshuError):
    """A setting was named that does not exist."""

    template = N_('There is no setting "{name}". The settings are: {known}.')


class SettingWithoutValue(TenshuError):
    """A setting was named, and not what it is to be."""

    template = N_('"{given}" sets nothing. Write NAME=VALUE, such as zone=Asia/Tokyo or name="花屋".')


class SettingRefused(TenshuError):
    """A setting was given a value that the shop could not work with."""

    template = N_('{name} cannot be "{value}". It takes {allowed}.')


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
        with opened.ledger.reading() as tx:
            limits = read_limits(tx)
        known |= {name: getattr(limits, field) or "" for name, field in _LIMITS.items()}
    finally:
        opened.close()
    for name, value in known.items():
        click.echo(f"{name} = {'***' if name == 'smtp_password' and value else value}")


shop.add_command(stores)
shop.add_command(pause)
shop.add_command(go_on)


def read_pairs(pairs: Sequence[str]) -> dict[str, str]:
    """Return the settings that NAME=VALUE pairs give, each one known and of its kind.

    Raises:
        SettingWithoutValue: a pair has no "=".
        UnknownSetting: there is no such setting.
        SettingRefused: the value is not of the kind that the setting takes.
        LimitRefused: a limit is no whole number.
        HeaderRefused: the value has a line break, which must never reach a mail's header.

    >>> read_pairs(["zone=Europe/London", "public_url=https://links.example.com/"])
    {'zone': 'Europe/London', 'public_url': 'https://links.example.com'}
    """
    given: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise SettingWithoutValue(given=pair)
        if name not in _KNOWN:
            raise UnknownSetting(name=name, known=", ".join(_KNOWN))
        header_text(value, name=name)
        if name in _LIMITS:
            parse_limit(name, value)
        takes, allowed = TAKES.get(name, (None, ""))
        if takes is not None and not takes(value):
            raise SettingRefused(name=name, value=value, allowed=_(allowed))
        given[name] = value.rstrip("/") if name.endswith("_url") else value
    return given


def _save(opened: "Shop", given: dict[str, str]) -> "Shop":
    """Save what was given over what there was; return the shop with it."""
    from tenshu.bootstrap import save_settings

    if any(name in given for name in _SMTP):
        smtp = msgspec.to_builtins(read_smtp(opened.ledger)) | {name: given[name] for name in _SMTP if name in given}
        write_smtp(opened.ledger, msgspec.convert(smtp, SmtpSettings, strict=False))
    limited = {field: parse_limit(name, given[name]) for name, field in _LIMITS.items() if name in given}
    if limited:
        with opened.ledger.writing() as tx:
            write_limits(tx, msgspec.convert(msgspec.to_builtins(read_limits(tx)) | limited, Limits))
    said = msgspec.to_builtins(opened.settings) | {name: given[name] for name in _SHOP if name in given}
    return save_settings(opened, msgspec.convert(said, ShopSettings))
