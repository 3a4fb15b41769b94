"""What makes the processes of a shop give memory back, and what the owner has loaded after a tick."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tenshu.bootstrap import open_shop
from tenshu.serve.lean import LEAN, begin_lean

_TICKED = """
import json, sys
from pathlib import Path
import tenshu.serve.owner
from tenshu import flow
from tenshu.bootstrap import open_shop_of
from tenshu.flow import Live
from tenshu.kit.clock import SystemClock
from tenshu.store.warehouse import Warehouse
from tests.unit.serve.test_lean import tell

home = Path(sys.argv[1])
shop = open_shop_of(home, Warehouse(home / "warehouse.duckdb"))
live, now = Live(shop, shop.settings.zone), SystemClock().now()
tell(shop.inbox, now)
done = flow.tick(shop, shop.settings, now=now, address_key=shop.address_key, live=live)
shop.close()
json.dump([done.batches, sorted({name.partition(".")[0] for name in sys.modules}), sorted(sys.modules)], sys.stdout)
"""


def tell(inbox: object, now: object) -> None:
    """Put a fact of a new customer with two identifiers into the inbox."""
    import polars as pl  # noqa: PLC0415 - for the child

    from tenshu.collect.event import FACT_SCHEMA  # noqa: PLC0415
    from tenshu.collect.inbox import accept  # noqa: PLC0415

    known = [{"kind": "email", "value": "a@example.com"}, {"kind": "member_no", "value": "1"}]
    row = dict.fromkeys(FACT_SCHEMA) | {"fact_id": b"1" * 16, "event": "page_viewed", "occurred_at": now}
    row |= {"received_at": now, "source": "web", "identifiers": known, "properties": "{}"}
    accept(inbox, pl.DataFrame([row], schema=FACT_SCHEMA), source="web", received_at=now)  # type: ignore[arg-type]


def test_a_tick_of_the_owner_loads_no_library_that_only_files_migrations_and_figures_need(tmp_path: Path) -> None:
    open_shop(tmp_path / "home", create=True).close()
    command = [sys.executable, "-c", _TICKED, str(tmp_path / "home")]
    told = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": "."})
    assert told.returncode == 0, told.stderr
    batches, packages, modules = json.loads(told.stdout)
    assert batches == 1
    assert not {"scipy", "alembic", "xlsxwriter", "liquid", "granian", "starlette", "python_calamine"} & set(packages)
    assert not {"pyarrow.parquet", "pyarrow._dataset", "tenshu.collect.connectors.file.stage"} & set(modules)


def test_a_process_that_begins_lean_tells_its_allocators_and_its_children() -> None:
    source = "import os; from tenshu.serve.lean import LEAN, begin_lean; begin_lean(); import polars, pyarrow\n"
    source += "assert all(os.environ[name] == LEAN[name] for name in LEAN if not name.startswith('_RJEM'))\n"
    source += (
        "assert os.environ['_RJEM_MALLOC_CONF'].endswith(LEAN['_RJEM_MALLOC_CONF']), 'polars puts its own first'\n"
    )
    source += "assert pyarrow.default_memory_pool().backend_name == 'system'"
    plain = {name: value for name, value in os.environ.items() if name not in LEAN}
    told = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False, env=plain)
    assert told.stderr == ""


def test_what_a_person_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LEAN:
        monkeypatch.setenv(name, LEAN[name])
    monkeypatch.setenv("MALLOC_ARENA_MAX", "7")
    begin_lean()
    assert os.environ["MALLOC_ARENA_MAX"] == "7"
