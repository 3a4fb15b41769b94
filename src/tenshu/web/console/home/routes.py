"""The first page of the morning, and the language of the console."""

from typing import Final

from starlette.responses import Response

from tenshu.kit.i18n import LANGUAGES
from tenshu.measure.days import last_days
from tenshu.web.console.home.home_view import home_view
from tenshu.web.console.home.situation import next_by_scenario, read_account, read_situation, read_states
from tenshu.web.console.visit import Visit

LANGUAGE_COOKIE: Final = "tenshu_language"
_A_YEAR: Final = 365 * 24 * 3600


def show(visit: Visit) -> Response:
    """Say what happened, what goes out next and what needs a person."""
    shop, now, zone = visit.shop, visit.now, visit.settings.zone
    states, whole = read_states(shop, now=now), read_account(shop, now=now)
    situation = read_situation(shop, visit.settings, states, whole, now=now)
    view = home_view(
        situation,
        states,
        next_by_scenario(shop, now=now),
        days=last_days(shop.warehouse, now=now, zone=zone),
        whole=whole,
        now=now,
        zone=zone,
    )
    return visit.page("home/home.html", view=view)


def choose_language(visit: Visit) -> Response:
    """Keep the language that this browser wants from now on."""
    back = visit.said("back")
    language = visit.said("language")
    is_ours = back.startswith("/") and not back.startswith(("//", "/\\"))
    answer = visit.go(back if is_ours else "/")
    if language in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=_A_YEAR, path="/", httponly=True, samesite="lax")
    return answer
