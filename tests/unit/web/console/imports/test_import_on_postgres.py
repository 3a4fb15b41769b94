"""A shop whose ledger and inbox lie in PostgreSQL takes a file in, lists it and takes it back just the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tenshu.bootstrap import Shop
from tenshu.collect.importing import noted_imports
from tenshu.testing.copied_shop import POSTGRES, close_all
from tenshu.testing.postgres_server import PostgresServer
from tenshu.testing.small_shop import open_small_shop
from tests.unit.web.console.imports.bringing import ROWS, csv_of, imported, words
from tests.unit.web.console.visiting import visiting


@pytest.fixture
def elsewhere(tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A small shop in a database."""
    monkeypatch.setenv(POSTGRES, postgres.url)
    opened, _clock = open_small_shop(tmp_path / "home")
    yield opened
    close_all()


def test_a_file_comes_in_is_listed_and_goes_again(elsewhere: Shop) -> None:
    assert elsewhere.ledger.kind == "postgresql"
    with visiting(elsewhere, language="ja") as owner:
        done = imported(owner, csv_of(ROWS), basis="business_relation", reason="この一年に買った方")
        assert "取り込みが終わりました" in words(done)
        (noted,) = noted_imports(elsewhere.ledger)
        assert (noted.state, noted.summary.origin.granted) == ("digested", 1)
        assert "2026年6月1日 12:00 店主 3 0 取り込み済み" in words(owner.get("/import"))
        owner.post(f"/import/of/{noted.summary.import_id}/undo")
        assert "取り消し済み" in words(owner.get("/import"))
        again = imported(owner, csv_of(ROWS))
    assert "取り込みが終わりました" in words(again)
    assert sorted(each.state for each in noted_imports(elsewhere.ledger)) == ["digested", "undone"]
