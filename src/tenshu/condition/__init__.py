"""The closed grammar of conditions: types, schema, sentence. No engines here.

`parse` reads one from decoded JSON, `schema` says what may be written, `sentence` says a
condition in Japanese or English. Who meets it is asked in `tenshu.segment`.
"""

from tenshu.condition.errors import (
    ComparisonUnfit,
    ConditionTooLarge,
    ConditionUnreadable,
    FieldUnknown,
    RankUnknown,
    WindowUnclear,
)
from tenshu.condition.grammar import (
    And,
    Between,
    Condition,
    Count,
    Did,
    DidNot,
    Not,
    Or,
    Rank,
    Sum,
    Trait,
    Where,
    Within,
)
from tenshu.condition.parse import dump, parse, parse_where
from tenshu.condition.schema import schema
from tenshu.condition.sentence import sentence

__all__ = [
    "And",
    "Between",
    "ComparisonUnfit",
    "Condition",
    "ConditionTooLarge",
    "ConditionUnreadable",
    "Count",
    "Did",
    "DidNot",
    "FieldUnknown",
    "Not",
    "Or",
    "Rank",
    "RankUnknown",
    "Sum",
    "Trait",
    "Where",
    "WindowUnclear",
    "Within",
    "dump",
    "parse",
    "parse_where",
    "schema",
    "sentence",
]
