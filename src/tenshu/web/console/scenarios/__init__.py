"""Pages: scenarios as trees, started and paused."""

from typing import Final

from tenshu.web.console.page import Page

PAGES: Final[tuple[Page, ...]] = (
    Page("/scenarios", "scenarios.list_pages:index"),
    Page("/scenarios/new", "scenarios.new_pages:choose_recipe", role="marketer"),
    Page("/scenarios/new/{recipe}", "scenarios.new_pages:fill_in", role="marketer"),
    Page("/scenarios/new/{recipe}", "scenarios.new_pages:keep", role="marketer", method="POST"),
    Page("/scenarios/new/{recipe}/said", "scenarios.new_pages:say", role="marketer"),
    Page("/scenarios/{name}", "scenarios.show_pages:show"),
    Page("/scenarios/{name}/edit", "scenarios.new_pages:edit", role="marketer"),
    Page("/scenarios/{name}/edit", "scenarios.new_pages:change", role="marketer", method="POST"),
    Page("/scenarios/{name}/discard", "scenarios.new_pages:discard", role="marketer", method="POST"),
    Page("/scenarios/{name}/restore", "scenarios.new_pages:restore", role="marketer", method="POST"),
    Page("/scenarios/{name}/tree", "scenarios.changing.pages:show", role="marketer"),
    Page("/scenarios/{name}/tree", "scenarios.changing.pages:change", role="marketer", method="POST"),
    Page("/scenarios/{name}/undo", "scenarios.changing.pages:undo", role="marketer", method="POST"),
    Page("/scenarios/{name}/change", "scenarios.changing.pages:begin", role="marketer", method="POST"),
    Page("/scenarios/{name}/preflight", "scenarios.preflight_pages:show", role="marketer"),
    Page("/scenarios/{name}/test", "scenarios.preflight_pages:test", role="marketer", method="POST"),
    Page("/scenarios/{name}/start", "scenarios.preflight_pages:start", role="marketer", method="POST"),
    Page("/scenarios/{name}/pause", "scenarios.act_pages:pause", role="marketer", method="POST"),
    Page("/scenarios/{name}/resume", "scenarios.act_pages:resume", role="marketer", method="POST"),
    Page("/scenarios/{name}/go-on", "scenarios.act_pages:go_on", role="marketer", method="POST"),
    Page("/scenarios/{name}/skip-overdue", "scenarios.act_pages:skip_overdue", role="marketer", method="POST"),
    Page("/scenarios/{name}/end", "scenarios.act_pages:ask_end", role="marketer"),
    Page("/scenarios/{name}/end", "scenarios.act_pages:end", role="marketer", method="POST"),
    Page("/scenarios/{name}/live", "scenarios.show_pages:show_live"),
    Page("/scenarios/{name}/steps/{step}", "scenarios.show_pages:show_step"),
    Page("/scenarios/{name}/verdict", "scenarios.list_pages:show_verdict"),
)
