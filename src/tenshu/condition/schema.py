"""Say as JSON Schema what a condition may be, for editors, forms and other programs."""

from typing import Any, Final

import msgspec

from tenshu.condition.grammar import VERSION, And

_REF: Final = "#/$defs/{name}"


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a condition: a bare node or the versioned envelope.

    What fits together (which comparison bears which value) is checked by `parse` only.
    """
    # And holds every other part, so its components are all of them.
    _, definitions = msgspec.json.schema_components([And], ref_template=_REF)
    node = {"anyOf": [{"$ref": _REF.format(name=name)} for name in _node_names(definitions)]}
    envelope = {
        "type": "object",
        "properties": {
            "tenshu": {"const": VERSION},
            "title": {"type": "object"},
            "condition": {"$ref": _REF.format(name="Condition")},
        },
        "required": ["tenshu", "condition"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": VERSION,
        "anyOf": [{"$ref": _REF.format(name="Condition")}, envelope],
        "$defs": {**definitions, "Condition": node},
    }


def _node_names(definitions: dict[str, Any]) -> list[str]:
    return [name for name, body in definitions.items() if "kind" in body.get("properties", {})]
