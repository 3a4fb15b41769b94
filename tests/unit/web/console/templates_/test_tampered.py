"""Forms that no page of ours has sent: answered in words, with nothing lost of what was written."""

import pytest

from tenshu.bootstrap import Shop
from tenshu.content.shelf import versions
from tests.unit.content.pictures import png
from tests.unit.web.console.templates_.writing import opened
from tests.unit.web.console.visiting import Visitor


@pytest.mark.parametrize("removed", ["", "x", '{"place": 0}', '{"place": 0, "block": {"kind": "script"}}'])
def test_a_block_that_was_never_taken_out_does_not_come_back(shop: Shop, marketer: Visitor, removed: str) -> None:
    with shop.ledger.reading() as tx:
        before = versions(tx, "welcome")
    answer = marketer.post("/templates/welcome/change", {**opened(marketer), "act": "back:", "removed": removed})
    assert answer.status_code == 400
    with shop.ledger.reading() as tx:
        assert versions(tx, "welcome") == before


@pytest.mark.parametrize("path", ["x", "99", "0.left.0"])
def test_a_picture_for_no_block_is_told_in_words(marketer: Visitor, path: str) -> None:
    sent = {**opened(marketer), "act": f"upload:{path}", "csrf": marketer.csrf}
    files = {f"b{path}.file": ("a.png", png(), "image/png")}
    answer = marketer.part("POST", "/templates/welcome/change", data=sent, files=files)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
