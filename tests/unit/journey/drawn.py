"""Scenarios drawn by chance: any shape that the grammar allows, with ways that meet and circles through waits."""

from typing import Any

from hypothesis import strategies as st

from tenshu.journey.definition import Journey, parse_journey
from tests.unit.journey.examples import IN_OSAKA, definition


@st.composite
def journeys(draw: st.DrawFn, *, most: int = 16) -> Journey:
    """Draw a scenario of up to so many steps.

    A step leads to later ones, so that no circle comes up but those through a wait, which may lead back; what nobody
    can reach is left out.
    """
    count = draw(st.integers(1, most))
    names = [f"s{number}" for number in range(count)]
    steps: dict[str, Any] = {"end": {"kind": "exit"}}
    for number, name in enumerate(names):
        later = [*names[number + 1 :], "end"]
        steps[name] = draw(_step(later, names[: number + 1]))
    reached = _reached(steps, "s0")
    return parse_journey(
        definition(first_step="s0", steps={name: steps[name] for name in [*names, "end"] if name in reached})
    )


@st.composite
def _step(draw: st.DrawFn, later: list[str], earlier: list[str]) -> dict[str, Any]:
    kind = draw(st.sampled_from(["send", "send", "wait", "branch", "split", "exit"]))
    # Mostly the next one, so that trees grow deep as well as wide.
    target = st.one_of(st.just(later[0]), st.sampled_from(later))
    if kind == "send":
        return {"kind": "send", "channel": "email", "template": "t", "next": draw(target)}
    if kind == "wait":
        back = draw(st.integers(0, 9)) == 0
        return {"kind": "wait", "days": 1, "next": draw(st.sampled_from(earlier)) if back else draw(target)}
    if kind == "branch":
        cases = [{"when": IN_OSAKA, "next": draw(target)} for _ in range(draw(st.integers(1, 4)))]
        return {"kind": "branch", "cases": cases, "otherwise": draw(target)}
    if kind == "split":
        count = draw(st.integers(2, 4))
        return {
            "kind": "split",
            "arms": [{"name": f"a{n}", "share": 1 / count, "next": draw(target)} for n in range(count)],
        }
    return {"kind": "exit"}


def _reached(steps: dict[str, Any], first: str) -> set[str]:
    found: set[str] = set()
    open_steps = [first]
    while open_steps:
        name = open_steps.pop()
        if name in found:
            continue
        found.add(name)
        step = steps[name]
        open_steps += [step[key] for key in ("next", "otherwise") if key in step]
        open_steps += [way["next"] for key in ("cases", "arms") for way in step.get(key, ())]
    return found
