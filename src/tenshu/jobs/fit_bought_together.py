"""The job that learns what is bought together, on a snapshot of every order line."""

from collections.abc import Mapping
from typing import Any, Final

from tenshu.jobs.kinds import Kind, Work
from tenshu.jobs.snapshot import quoted, write_parquet
from tenshu.kit.i18n import N_, _
from tenshu.kit.progress import Progress
from tenshu.recommend.pairs import LEARNED, READ, Fit, fit, take_over
from tenshu.store.home import Stores
from tenshu.store.warehouse import Warehouse


def _snapshot(_work: Work) -> Mapping[str, str]:
    return READ


def _learn(work: Work, progress: Progress) -> dict[str, Any]:
    """Fit on the snapshot: views of the files stand where the tables are in a shop's warehouse."""
    progress.step(_("steps of learning what is bought together"), 0, 2)
    warehouse = Warehouse(work.folder / "work.duckdb", threads=1)
    try:
        for name in READ:
            path = quoted(work.snapshot / f"{name}.parquet")
            warehouse.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM read_parquet({path})")  # noqa: S608
        found = fit(warehouse, now=work.now)
        progress.step(_("steps of learning what is bought together"), 1, 2)
        for name in LEARNED:
            write_parquet(warehouse, f"FROM {name}", work.result / f"{name}.parquet")
    finally:
        warehouse.close()
    progress.step(_("steps of learning what is bought together"), 2, 2)
    return {"baskets": found.baskets, "too_large": found.too_large, "pairs": found.pairs}


def _take(stores: Stores, work: Work, result: dict[str, Any]) -> None:
    files = {name: quoted(work.result / f"{name}.parquet") for name in LEARNED}
    take_over(stores.warehouse, Fit(version=0, as_of_at=work.now, **result), files)


KIND: Final = Kind(title=N_("learn what is bought together"), snapshot=_snapshot, work=_learn, take=_take)
