"""A person who works with the console, and the roles there are."""

from typing import Final, Literal

import msgspec

Role = Literal["viewer", "staff", "marketer", "owner"]
#: From the least to the most: each role may do what the ones before it may.
ROLES: Final[tuple[Role, ...]] = ("viewer", "staff", "marketer", "owner")


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One who is signed in.

    Attributes:
        id: number of the person; 0 is nobody's, for a guest.
        name: how the person is greeted.
        email: signs in by it; tests go to it.
        role: what the person may do.
        language: ja or en; None follows the browser.
    """

    id: int
    name: str
    email: str
    role: Role
    language: str | None = None

    def can(self, role: Role) -> bool:
        """Say whether this person may do what that role may.

        >>> Person(id=1, name="佐藤", email="sato@example.com", role="marketer").can("staff")
        True
        """
        return ROLES.index(self.role) >= ROLES.index(role)
