"""`tenshu template`: add and list the templates of messages."""

from pathlib import Path

import click
import msgspec

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _n

HOME = click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")


class TemplateUnreadable(TenshuError):
    """A file is no template."""

    template = N_("{file} is no template: {problem}. See docs/en/templates.md for what one looks like.")


@click.group()
def template() -> None:
    """Add and list templates."""


@template.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@HOME
def add(files: tuple[Path, ...], home: Path) -> None:
    """Add templates (JSON), each as its next version; all of them are tried out first."""
    from tenshu.bootstrap import open_shop, save_templates
    from tenshu.content.template import TemplateSource, compile_template, parse_template

    sources = []
    for file in files:
        try:
            source = msgspec.json.decode(file.read_bytes(), type=TemplateSource)
        except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
            raise TemplateUnreadable(file=file, problem=problem) from problem
        parse_template(msgspec.to_builtins(source))
        for language in source.languages:
            compile_template(source, language)
        sources.append(source)
    shop = open_shop(home, create=True)
    save_templates(shop, sources)
    shop.close()
    click.echo(_n("{count} template saved.", "{count} templates saved.", len(sources)))


@template.command(name="list")
@HOME
def list_(home: Path) -> None:
    """List the templates."""
    from tenshu.bootstrap import open_shop, read_templates

    shop = open_shop(home)
    for name in read_templates(shop):
        click.echo(name)
    shop.close()
