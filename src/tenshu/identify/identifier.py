"""The kinds of identifier (顧客を見分けるID), strongest first.

A strong identifier is the shop's own number for a person: two different ones are two persons
until somebody says otherwise. A weak one (an address, a telephone) may be shared by a household.
"""

from typing import Final

#: Kind -> strength; smaller is stronger. A kind that is not here is as weak as the weakest.
STRENGTH: Final = {"customer_no": 0, "member_no": 1, "line_id": 2, "email": 3, "phone": 4, "cookie": 5}
WEAKEST: Final = max(STRENGTH.values()) + 1


def strength(kind: str) -> int:
    """Return how strong a kind of identifier is; smaller is stronger.

    >>> strength("customer_no") < strength("email") < strength("carrier pigeon")
    True
    """
    return STRENGTH.get(kind, WEAKEST)
