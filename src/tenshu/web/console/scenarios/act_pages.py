"""What a person does with a scenario that runs: pause, resume, end, let it send again, skip what is overdue."""

from starlette.responses import Response

from tenshu.deliver import breaker
from tenshu.deliver.ending import end_scenario
from tenshu.journey import switch
from tenshu.kit.i18n import _, _n, current_language
from tenshu.measure.state import ScenarioState, Standing, scenario_states
from tenshu.web.console import figures
from tenshu.web.console.visit import Visit

_OVER = (Standing.ENDED, Standing.FINISHED)


def pause(visit: Visit) -> Response:
    """Stop a scenario where it is."""
    state = _state(visit)
    if state is None or state.standing in _OVER:
        return visit.lost()
    switch.pause(visit.shop.ledger, state.name)
    undo = (f"/scenarios/{state.name}/resume", _("Undo"))
    return visit.go(
        f"/scenarios/{state.name}", said=_("Paused: nobody enters, nobody moves, nothing is sent."), undo=undo
    )


def resume(visit: Visit) -> Response:
    """Let a paused scenario go on."""
    state = _state(visit)
    if state is None or state.standing in _OVER:
        return visit.lost()
    switch.resume(visit.shop.ledger, state.name, now=visit.now, zone=visit.settings.zone)
    undo = (f"/scenarios/{state.name}/pause", _("Undo"))
    return visit.go(f"/scenarios/{state.name}", said=_("It goes on."), undo=undo)


def go_on(visit: Visit) -> Response:
    """Let a scenario send again whose sending has stopped itself, on this person's word."""
    state = _state(visit)
    if state is None:
        return visit.lost()
    with visit.shop.ledger.writing() as tx:
        was_stopped = breaker.clear(tx, state.name, by=visit.person.name, now=visit.now)
    said = _n(
        "It sends again: {count} message goes out.",
        "It sends again: {count} messages go out by and by.",
        figures.count(state.queued),
    )
    return visit.go(_back(visit, state.name), said=said if was_stopped else "")


def skip_overdue(visit: Visit) -> Response:
    """Do not send what has been due for more than a day; the rest goes on."""
    state = _state(visit)
    if state is None:
        return visit.lost()
    skipped = breaker.skip_overdue(visit.shop.ledger, state.name, now=visit.now)
    with visit.shop.ledger.writing() as tx:
        breaker.clear(tx, state.name, by=visit.person.name, now=visit.now)
    said = _n("{count} message is skipped.", "{count} messages are skipped.", figures.count(skipped))
    return visit.go(_back(visit, state.name), said=said)


def ask_end(visit: Visit) -> Response:
    """Ask before a scenario ends for good: it cannot be taken back."""
    state = _state(visit)
    if state is None or state.standing in _OVER:
        return visit.lost()
    return visit.page(
        "scenarios/end.html",
        name=state.name,
        title=state.title.get(current_language()) or state.name,
        walking=figures.count(state.walking),
        queued=figures.count(state.queued),
    )


def end(visit: Visit) -> Response:
    """End a scenario for good."""
    state = _state(visit)
    if state is None or state.standing in _OVER:
        return visit.lost()
    end_scenario(visit.shop.ledger, state.name, now=visit.now)
    return visit.go(f"/scenarios/{state.name}", said=_("It has ended."))


def _state(visit: Visit) -> ScenarioState | None:
    states = scenario_states(visit.shop.ledger, now=visit.now)
    return next((one for one in states if one.name == visit.path["name"]), None)


def _back(visit: Visit, name: str) -> str:
    return "/outbox" if visit.said("back") == "outbox" else f"/scenarios/{name}"
