"""`tenshu bounce`: take in what came back to the bounce address, as a mail server pipes it or from files."""

import sys
from pathlib import Path

import click

from tenshu.kit.i18n import _


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")
def bounce(files: tuple[Path, ...], home: Path) -> None:
    """Read returned mails and complaints (files, or one from standard input) and stop mail to dead addresses."""
    from tenshu.bootstrap import open_shop
    from tenshu.deliver.returned import receive_report

    letters = [file.read_bytes() for file in files] if files else [sys.stdin.buffer.read()]
    shop = open_shop(home)
    found = [receive_report(shop.ledger, shop.signer, letter, at=shop.clock.now()) for letter in letters]
    shop.close()
    known = sum(one is not None for one in found)
    click.echo(_("{known} of {all} were reports about our messages.", known=known, all=len(found)))
