"""`tenshu segment save, list, end`: segments that the shop keeps under a name."""

from contextlib import closing
from pathlib import Path

import click

from tenshu.cli.as_of import HOME, JSON, show, table, write_json
from tenshu.cli.segment import FILE, read_condition, segment
from tenshu.condition import Condition, sentence
from tenshu.kit.i18n import _, current_language


@segment.command()
@click.argument("name")
@click.option("--condition", "file", type=FILE, required=True, help="A condition as JSON.")
@click.option("--title-ja", help="What people call it in Japanese (default: its name).")
@click.option("--title-en", help="What people call it in English (default: its name).")
@HOME
def save(name: str, file: Path, title_ja: str | None, title_en: str | None, home: Path) -> None:
    """Keep a segment under a name; from now on it is told who comes and who goes."""
    from tenshu.bootstrap import open_shop
    from tenshu.segment.saved import save_segment

    condition = read_condition(file)
    title = {"ja": title_ja or name, "en": title_en or name}
    with closing(open_shop(home)) as shop, shop.ledger.writing() as tx:
        version = save_segment(tx, name, title, condition, now=shop.clock.now())
    click.echo(
        _("{name} (version {version}) is kept: {sentence}", name=name, version=version, sentence=_said(condition))
    )


@segment.command("list")
@HOME
@JSON
def list_(home: Path, json_file: Path | None) -> None:
    """List the kept segments and how many customers are in each now."""
    from tenshu.bootstrap import open_shop
    from tenshu.segment.evaluate import evaluate
    from tenshu.segment.saved import read_segments, unreadable_segments

    with closing(open_shop(home)) as shop:
        with shop.ledger.reading() as tx:
            saved, unreadable = read_segments(tx), unreadable_segments(tx)
        conditions = {one.name: one.condition for one in saved}
        now, zone = shop.clock.now(), shop.settings.zone
        met = evaluate(shop.warehouse, conditions, now=now, zone=zone)
        counts = {name: int(met[name].sum()) for name in conditions}
    made = table(_("Kept segments"), [_("segment"), _("who is in it")], [_("number of customers")])
    for one in saved:
        made.add_row(one.title.get(current_language(), one.name), _said(one.condition), f"{counts[one.name]:,}")
    show(made)
    for name in unreadable:
        show(_('The condition of "{name}" cannot be read by this version of tenshu: save it again.', name=name))
    write_json(json_file, {"as_of": now, "segments": counts, "unreadable": unreadable})


@segment.command()
@click.argument("name")
@HOME
def end(name: str, home: Path) -> None:
    """Keep a segment no longer; scenarios that it opens are opened no more."""
    from tenshu.bootstrap import open_shop
    from tenshu.segment.saved import end_segment

    with closing(open_shop(home)) as shop, shop.ledger.writing() as tx:
        end_segment(tx, name)
    click.echo(_("{name} is kept no longer.", name=name))


def _said(condition: Condition) -> str:
    return sentence(condition, current_language())
