"""Read the definition of a scenario and check that it can run.

A definition is JSON that names its grammar (`"tenshu": "journey/1"`) and is closed: an unknown word is an
error. It is checked as a whole before anything is saved, so that what is started can run to its end.
"""

import re
from typing import Any, Final

import msgspec

from tenshu import condition
from tenshu.journey.check import check_journey
from tenshu.journey.errors import JourneyInvalid
from tenshu.journey.grammar import CHANNELS, OWN_OUTCOMES, Journey, Step

__all__ = ["Journey", "parse_journey", "schema", "to_json"]


def parse_journey(data: object) -> Journey:
    """Read and check a definition given as JSON bytes, as text or decoded.

    Raises:
        JourneyInvalid: it is no scenario that can run; the sentence names the place.
    """
    try:
        return _parsed(msgspec.json.decode(data) if isinstance(data, bytes | bytearray | str) else data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise JourneyInvalid(path="$", problem=str(error)) from error


def _parsed(data: object) -> Journey:
    try:
        journey = msgspec.convert(data, Journey)
    except msgspec.ValidationError as error:
        path, problem = _place(data, str(error))
        raise JourneyInvalid(path=path, problem=problem) from error
    check_journey(journey)
    try:
        # What cannot be saved and read again would be found out in the middle of a tick.
        return msgspec.json.decode(to_json(journey), type=Journey)
    except (TypeError, ValueError, OverflowError) as error:
        raise JourneyInvalid(path="$", problem=str(error)) from error


_PLACE: Final = re.compile(r"^(?P<problem>.*) - at `(?P<path>[^`]*)`\Z", re.DOTALL)


def _place(data: object, message: str) -> tuple[str, str]:
    """Split the reader's message into path and problem, and name the step that it only counts."""
    found = _PLACE.match(message)
    path, problem = (found["path"], found["problem"]) if found else ("$", message)
    if path.startswith("$.steps[...]") and isinstance(data, dict):
        for name, step in data["steps"].items():
            try:
                msgspec.convert(step, Step)
            except msgspec.ValidationError as error:
                inner, problem = _place(None, str(error))
                return f"$.steps.{name}{inner.removeprefix('$')}", problem
    return path, problem


def to_json(journey: Journey) -> str:
    """Write a definition as JSON; reading it again gives the same scenario."""
    return msgspec.json.encode(journey).decode()


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a scenario, with that of the conditions inside.

    What hangs together (steps that exist, shares that add up) is checked by `parse_journey` only.
    """
    _, definitions = msgspec.json.schema_components([Journey], ref_template="#/$defs/{name}")
    asked = condition.schema()
    for owner, name in (("Broadcast", "condition"), ("Daily", "condition"), ("Case", "when")):
        definitions[owner]["properties"][name] = {"$ref": "#/$defs/AnyCondition"}
    for owner, name in (("OnEvent", "condition"), ("Journey", "exit_when")):
        definitions[owner]["properties"][name] = {"anyOf": [{"$ref": "#/$defs/AnyCondition"}, {"type": "null"}]}
    definitions["Send"]["properties"]["channel"] = {"enum": list(CHANNELS)}
    definitions["Exit"]["properties"]["outcome"]["not"] = {"enum": list(OWN_OUTCOMES)}
    definitions["OnEvent"]["properties"]["where"]["items"] = {"$ref": "#/$defs/Where"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "journey/1",
        "$ref": "#/$defs/Journey",
        "$defs": {**asked["$defs"], **definitions, "AnyCondition": {"anyOf": asked["anyOf"]}},
    }
