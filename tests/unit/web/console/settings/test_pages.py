"""The pages of the settings over HTTP: saved, undone, refused with what was typed still there."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tenshu.bootstrap import Shop
from tenshu.content.shop import read_shop
from tenshu.decide.policy import read_policy
from tenshu.deliver.channels.email.settings import read_smtp
from tenshu.deliver.limits import Limits, read_limits
from tenshu.deliver.standstill import standstill
from tenshu.privacy.purposes import purpose_named, words_of
from tenshu.staff.audit import read_audit
from tenshu.testing.small_shop import open_small_shop
from tests.unit.web.console.settings.test_forms import GOOD
from tests.unit.web.console.visiting import Visitor, visiting

PAGES = (
    "/settings",
    "/settings/shop",
    "/settings/sender",
    "/settings/mail-server",
    "/settings/domain",
    "/settings/limits",
    "/settings/purposes",
    "/settings/purposes/marketing",
    "/settings/sending",
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    opened, _clock = open_small_shop(tmp_path_factory.mktemp("home"))
    yield opened
    opened.close()


def typed(*sections: str, **changed: str) -> dict[str, str]:
    return {field: value for name in sections for field, value in GOOD[name].items()} | changed


def acts(shop: Shop) -> list[tuple[str, dict[str, Any]]]:
    with shop.ledger.reading() as tx:
        return [(entry.act, entry.detail) for entry in read_audit(tx)]


def undo_of(client: Visitor) -> str:
    page = client.get("/settings").text
    found = re.search(r'action="([^"]+)"[^>]*>[^<]*<input[^>]*>[^<]*<button class="btn-plain">', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_in_both_languages(shop: Shop, path: str, language: str) -> None:
    with visiting(shop, language=language) as client:
        answer = client.get(path)
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    assert "style=" not in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_only_the_owner_may(shop: Shop, path: str) -> None:
    with visiting(shop, role="marketer") as client:
        assert client.get(path).status_code == 403
        assert client.post("/settings/shop", typed("identity", "place")).status_code == 403


def test_what_is_saved_is_said_in_a_sentence(own_shop: Shop) -> None:
    with visiting(own_shop) as client:
        page = client.post("/settings/shop", typed("identity", "place", name="花屋みどり"), follow=True)
        assert "保存しました" in page.text
        assert "花屋みどり(東京都千代田区1-1)。お問い合わせ先は 03-1234-5678 です。" in page.text
    assert read_shop(own_shop.ledger).name == "花屋みどり"


def test_a_save_can_be_taken_back_once(own_shop: Shop) -> None:
    before = read_shop(own_shop.ledger)
    with visiting(own_shop) as client:
        client.post("/settings/shop", typed("identity", "place"))
        path = undo_of(client)
        assert "元に戻しました" in client.post(path, follow=True).text
        assert "元に戻すものがありません" in client.post(path, follow=True).text
    assert read_shop(own_shop.ledger) == before


def test_taking_back_the_first_server_leaves_none(own_shop: Shop) -> None:
    with visiting(own_shop) as client:
        client.post("/settings/mail-server", typed("server", "provider"))
        client.post("/settings/undo")
        assert "まだ設定されていない" in client.get("/settings/mail-server").text


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(own_shop: Shop) -> None:
    before = read_shop(own_shop.ledger)
    with visiting(own_shop) as client:
        answer = client.post("/settings/shop", typed("identity", "place", contact="", name="花屋<b>"))
    assert answer.status_code == 422
    assert 'aria-describedby="contact-hint contact-error"' in answer.text
    assert 'value="花屋&lt;b&gt;"' in answer.text
    assert read_shop(own_shop.ledger) == before


def test_one_wrong_section_saves_nothing_of_the_page(own_shop: Shop) -> None:
    with visiting(own_shop) as client:
        answer = client.post("/settings/mail-server", typed("server", "provider", per_hour="many"))
    assert answer.status_code == 422
    assert read_smtp(own_shop.ledger).smtp_host == "127.0.0.1"


def test_the_same_again_changes_nothing_and_keeps_the_undo_of_before(own_shop: Shop) -> None:
    with visiting(own_shop) as client:
        client.post("/settings/limits", typed("rhythm", "provider"))
        said = client.post("/settings/limits", typed("rhythm", "provider"), follow=True).text
    assert "変更はありませんでした" in said
    assert len(acts(own_shop)) == 1


def test_limits_and_quiet_hours_are_saved_and_work(own_shop: Shop) -> None:
    changed = {"cap_day": "2", "cap_week": "", "quiet_from": "", "quiet_until": ""}
    with visiting(own_shop) as client:
        client.post("/settings/limits", typed("rhythm", "provider", **changed))
    policy = read_policy(own_shop.ledger)
    assert ([cap.limit for cap in policy.caps], policy.quiet_hours) == ([2], None)
    with own_shop.ledger.reading() as tx:
        assert read_limits(tx) == Limits(per_hour=1500, per_day=15_000)


def test_the_password_is_on_no_page_and_in_no_log(own_shop: Shop) -> None:
    with visiting(own_shop) as client:
        client.post("/settings/mail-server", typed("server", "provider", smtp_password="very-secret"))
        pages = [client.get(path).text for path in (*PAGES, "/setup/mail-server", "/setup/done")]
        wrong = client.post(
            "/settings/mail-server", typed("server", "provider", smtp_password="new-secret", smtp_port="x")
        )
    assert read_smtp(own_shop.ledger).smtp_password == "very-secret"
    assert not any("very-secret" in page for page in pages)
    assert "new-secret" not in wrong.text
    assert not any("secret" in str(detail) for _act, detail in acts(own_shop))


def test_who_changed_which_fields_is_in_the_log(own_shop: Shop) -> None:
    with visiting(own_shop) as client:
        client.post("/settings/sender", typed("sender", "links"))
    ((act, detail),) = acts(own_shop)
    assert act == "settings_changed"
    assert sorted(detail["fields"]) == ["bounce_domain", "public_url", "sender_email"]


def test_a_form_without_its_token_changes_nothing(own_shop: Shop) -> None:
    with visiting(own_shop) as client:
        client.csrf = "another"
        assert client.post("/settings/sending/pause").status_code == 403
    with own_shop.ledger.reading() as tx:
        assert standstill(tx) is None


def test_all_sending_can_be_paused_and_goes_on(own_shop: Shop) -> None:
    with visiting(own_shop) as client:
        said = client.post("/settings/sending/pause", {"reason": "棚卸し <b>"}, follow=True).text
        assert "棚卸し &lt;b&gt;" in said
        assert "を送りました" in said
        assert "棚卸し" in client.get("/settings").text
        client.post("/settings/sending/go-on")
        assert "配信しています" in client.get("/settings/sending").text
    assert [act for act, _detail in acts(own_shop)] == ["sending_resumed", "sending_paused"]


def test_a_pause_can_be_taken_back_from_its_notice(own_shop: Shop) -> None:
    with visiting(own_shop) as client:
        client.post("/settings/sending/pause")
        assert undo_of(client) == "/settings/sending/go-on"


def purpose_form(**changed: str) -> dict[str, str]:
    words = {f"{part}_{code}": f"{part} in {code}" for part in ("title", "wording", "benefit") for code in ("ja", "en")}
    return words | changed


def test_a_purposes_new_words_are_read_from_then_on_and_old_ones_stay(own_shop: Shop) -> None:
    before = purpose_named(own_shop.ledger, "marketing")
    with visiting(own_shop) as client:
        client.post("/settings/purposes/marketing", purpose_form())
        client.post("/settings/purposes/marketing", purpose_form(wording_en="clearer"))
        assert "wording in ja" in client.get("/settings/purposes").text
    now = purpose_named(own_shop.ledger, "marketing")
    assert now.wording["en"] == "clearer"
    with own_shop.ledger.reading() as tx:
        assert words_of(tx, before.digest) == before
        assert words_of(tx, now.digest) == now


def test_a_purpose_without_words_in_one_language_is_not_saved(own_shop: Shop) -> None:
    with visiting(own_shop) as client:
        answer = client.post("/settings/purposes/marketing", purpose_form(benefit_en=" "))
    assert answer.status_code == 422
    assert 'id="benefit_en-error"' in answer.text
    assert "wording in ja" in answer.text
    assert purpose_named(own_shop.ledger, "marketing").wording["ja"] != "wording in ja"


def test_a_preview_shows_what_is_typed_and_saves_nothing(own_shop: Shop) -> None:
    with visiting(own_shop) as client:
        part = client.part("POST", "/settings/purposes/marketing/preview", data=purpose_form(title_ja="<i>新着</i>"))
    assert "&lt;i&gt;新着&lt;/i&gt;" in part.text
    assert "<html" not in part.text
    assert purpose_named(own_shop.ledger, "marketing").title["ja"] == "お店からのご案内"


def test_a_purpose_that_is_none_is_named_with_those_there_are(own_shop: Shop) -> None:
    with visiting(own_shop, language="en") as client:
        answer = client.get("/settings/purposes/nothing")
    assert answer.status_code == 400
    assert "marketing, service" in answer.text
