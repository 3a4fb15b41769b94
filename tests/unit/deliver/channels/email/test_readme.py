"""The examples in the READMEs run, and the texts for people are there in both languages."""

import re
from pathlib import Path

import pytest

import tenshu
from tenshu.content.header_text import HeaderRefused
from tenshu.content.mjml import LayoutMalformed
from tenshu.content.template import RenderFailed, TemplateMalformed
from tenshu.deliver.channel import Outgoing
from tenshu.deliver.channels.email.address import AddressRefused
from tenshu.deliver.channels.email.letter import LetterRefused
from tenshu.kit.errors import TenshuError

HERE = Path(tenshu.__file__).parent
GIVEN = {
    "name": "hello",
    "value": "x",
    "longest": 500,
    "line": 3,
    "reason": "because",
    "part": "subject",
    "address": "a@b",
}


def example(readme: str) -> str:
    (found,) = re.findall(r"```python\n(.*?)```", (HERE / readme).read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


def test_example_of_the_templates_runs() -> None:
    names: dict[str, object] = {}
    exec(example("content/README.md"), names)  # noqa: S102 - our own words
    assert getattr(names["rendered"], "subject", "") == "佐藤様、春の新作です"
    assert "￥980" in getattr(names["rendered"], "html", "")


def test_example_of_the_mails_runs(capsys: pytest.CaptureFixture[str]) -> None:
    message = Outgoing(
        enrolment=1,
        visit=1,
        message_id="1@x",
        address="a@x.example",
        sender="b@x.example",
        content=b"Subject: hi\r\n\r\nx",
    )
    exec(example("deliver/channels/email/README.md"), {"messages": [message]})  # noqa: S102 - our own words
    assert capsys.readouterr().out == "1 ['hi']\n"


@pytest.mark.parametrize(
    "error", [HeaderRefused, LayoutMalformed, TemplateMalformed, RenderFailed, AddressRefused, LetterRefused]
)
def test_every_error_speaks_both_languages(error: type[TenshuError]) -> None:
    raised = error(**GIVEN)
    assert re.search("[ぁ-ん]", raised.text("ja"))
    assert raised.text("en").isascii()
    assert "{" not in raised.text("ja") + raised.text("en")
