"""Pages: scenarios as trees, started and paused."""

from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from tenshu.web.console.page import Endpoint, Page
from tenshu.web.console.scenarios import act_pages, list_pages, new_pages, show_pages

if TYPE_CHECKING:
    from tenshu.web.console.visit import Visit


def _later(name: str) -> Endpoint:
    """Return a page of the pre-flight; it loads templates and the rules of deciding only when somebody comes."""

    def endpoint(visit: "Visit") -> Response:
        from tenshu.web.console.scenarios import preflight_pages  # noqa: PLC0415 - heavy, and seldom asked for

        answer: Response = getattr(preflight_pages, name)(visit)
        return answer

    return endpoint


PAGES: Final[tuple[Page, ...]] = (
    Page("/scenarios", list_pages.index),
    Page("/scenarios/new", new_pages.choose_recipe, role="marketer"),
    Page("/scenarios/new/{recipe}", new_pages.fill_in, role="marketer"),
    Page("/scenarios/new/{recipe}", new_pages.keep, role="marketer", method="POST"),
    Page("/scenarios/new/{recipe}/said", new_pages.say, role="marketer"),
    Page("/scenarios/{name}", show_pages.show),
    Page("/scenarios/{name}/edit", new_pages.edit, role="marketer"),
    Page("/scenarios/{name}/edit", new_pages.change, role="marketer", method="POST"),
    Page("/scenarios/{name}/discard", new_pages.discard, role="marketer", method="POST"),
    Page("/scenarios/{name}/restore", new_pages.restore, role="marketer", method="POST"),
    Page("/scenarios/{name}/preflight", _later("show"), role="marketer"),
    Page("/scenarios/{name}/test", _later("test"), role="marketer", method="POST"),
    Page("/scenarios/{name}/start", _later("start"), role="marketer", method="POST"),
    Page("/scenarios/{name}/pause", act_pages.pause, role="marketer", method="POST"),
    Page("/scenarios/{name}/resume", act_pages.resume, role="marketer", method="POST"),
    Page("/scenarios/{name}/go-on", act_pages.go_on, role="marketer", method="POST"),
    Page("/scenarios/{name}/skip-overdue", act_pages.skip_overdue, role="marketer", method="POST"),
    Page("/scenarios/{name}/end", act_pages.ask_end, role="marketer"),
    Page("/scenarios/{name}/end", act_pages.end, role="marketer", method="POST"),
    Page("/scenarios/{name}/live", show_pages.show_live),
    Page("/scenarios/{name}/steps/{step}", show_pages.show_step),
    Page("/scenarios/{name}/verdict", list_pages.show_verdict),
)
