"""The owner's first hour, from the command in the terminal to a report that says that it cannot know yet."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tenshu.deliver.channels.email.sink import SmtpSink
from tests.acceptance.first_hour import OWNER, FirstHour
from tests.acceptance.messy import PEOPLE, write_workbook
from tests.browser.conftest import LOCALES, chromium

__all__ = ["chromium"]

#: A folder in which the pictures of the guide are kept: `make pictures` sets it.
PICTURES = os.environ.get("TENSHU_PICTURES")
#: From the start of the import to the test mail, in seconds of this machine's time.
AT_MOST = 180.0


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Serve a new home as the terminal does; yield the link that it prints."""
    command = [sys.executable, "-m", "tenshu", "serve", "--home", str(home), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield next(found[0] for line in process.stdout if (found := re.search(r"http://\S+/set-up/\S+", line)))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        process.stdout.close()


@pytest.mark.parametrize("language", ["ja", "en"] if PICTURES else ["ja"])
def test_an_owner_gets_from_install_to_an_honest_first_send_alone(
    tmp_path: Path, chromium: Browser, language: str
) -> None:
    workbook = tmp_path / "顧客台帳.xlsx"
    write_workbook(workbook, today=datetime.now(UTC).date())
    with SmtpSink(keep_bytes=True) as sink, served(tmp_path / "shop") as link:
        context = chromium.new_context(
            locale=LOCALES[language], timezone_id="Asia/Tokyo", viewport={"width": 1280, "height": 900}
        )
        page = context.new_page()

        def picture(name: str) -> None:
            if PICTURES:
                folder = Path(PICTURES) / language
                folder.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=folder / f"{name}.png")

        person = FirstHour(page, sink, picture)
        person.arrive(link)
        person.set_up()
        began = time.monotonic()
        person.bring(workbook)
        person.let_in("none")
        assert "H-005" in person.people("H-005")
        person.take_back()
        assert "H-005" not in person.people("H-005")
        person.bring(workbook)
        person.let_in("business_relation", "店頭でお買い上げいただき、お取引があります")
        assert str(PEOPLE) in person.ranks()  # purchases know by number also those whose row in the list is broken
        person.keep_segment("春の候補")
        person.write()
        assert time.monotonic() - began <= AT_MOST
        assert sink.mails()[-1].recipient == OWNER
        sent_before = sink.accepted
        person.prepare()
        planned = person.start()
        assert planned > 0
        person.wait(lambda: sink.accepted > sent_before + 1, "no mail went out")
        page.wait_for_timeout(3000)
        page.reload()
        person.picture("13-scenario")
        said = person.report()
        assert ("まだ分かりません" if language == "ja" else "Cannot know yet") in said
        context.close()
