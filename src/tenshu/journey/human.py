"""In a scenario an opening or a click is a person's, unless the scenario says otherwise.

Mail gates follow every link and mail services fetch every picture, so a branch on "clicked" that took them for
people would send half of a company down the wrong way. A test on `by` (human, machine, unknown) turns this off.
"""

from typing import Final

import msgspec

from tenshu.collect.vocabulary import EMAIL_CLICKED, EMAIL_OPENED
from tenshu.condition import And, Condition, Did, DidNot, Not, Or, Where

ANSWERS: Final = (EMAIL_OPENED, EMAIL_CLICKED)
BY: Final = "by"
HUMAN: Final = Where(field=BY, cmp="is", value="human")


def by_people(condition: Condition) -> Condition:
    """Return the condition with every question about openings and clicks asked of people only.

    >>> by_people(Did(event="email_clicked")).where[0].value
    'human'
    """
    if isinstance(condition, And | Or):
        return msgspec.structs.replace(condition, of=tuple(by_people(part) for part in condition.of))
    if isinstance(condition, Not):
        return msgspec.structs.replace(condition, of=by_people(condition.of))
    if isinstance(condition, Did | DidNot):
        return msgspec.structs.replace(condition, where=asked_of_people(condition.event, condition.where))
    return condition


def asked_of_people(event: str, tests: tuple[Where, ...]) -> tuple[Where, ...]:
    """Return the tests on an event, with the one on people when nothing is said about it."""
    if event not in ANSWERS or any(test.field == BY for test in tests):
        return tests
    return (*tests, HUMAN)
