"""Who may become what: every act on a person of every state, the last owner among others, and the log of it."""

from collections.abc import Callable
from typing import get_args

import pytest
from sqlalchemy import insert, select, update

from tenshu.kit.errors import TenshuError
from tenshu.staff import people
from tenshu.staff.audit import check, read_audit
from tenshu.staff.links import LinkSpent, make_link, read_link
from tenshu.staff.people import KnownAlready, LastOwner, NoSuchPerson, Status, read_member
from tenshu.staff.person import ROLES, Person, Role
from tenshu.staff.tables import people as table
from tenshu.store.ledger import Ledger, Transaction
from tests.unit.staff.crew import NOBODY, NOW, SATO

SUZUKI = 2
STATES: tuple[Status, ...] = get_args(Status)
Act = Callable[[Transaction], object]


def put(tx: Transaction, *who: tuple[Role, Status]) -> None:
    """Let these be the people, numbered from 1."""
    for number, (role, status) in enumerate(who, start=1):
        password = None if status == "invited" else "-"
        row = {"person": number, "email": f"p{number}@example.com", "name": f"P{number}", "role": role}
        tx.execute(insert(table).values(row | {"password": password, "status": status, "since_at": NOW}))


def role_changes(tx: Transaction) -> None:
    people.change_role(tx, SUZUKI, "viewer", by=SATO, now=NOW)


def leaves(tx: Transaction) -> None:
    people.say_farewell(tx, SUZUKI, by=SATO, now=NOW)


def returns(tx: Transaction) -> None:
    people.bring_back(tx, SUZUKI, by=SATO, now=NOW)


def is_invited(tx: Transaction) -> None:
    people.invite(tx, email="P2@example.com", name="鈴木", role="staff", by=SATO, now=NOW)


def joins(tx: Transaction) -> None:
    token = make_link(tx, "invitation", person=SUZUKI, now=NOW)
    people.take_invitation(tx, token, name="鈴木", digest="new", by=NOBODY, now=NOW)


@pytest.mark.parametrize(
    ("state", "act", "after", "told"),
    [
        ("invited", role_changes, "invited", "role_changed"),
        ("active", role_changes, "active", "role_changed"),
        ("ended", role_changes, NoSuchPerson, ""),
        ("invited", leaves, "ended", "farewell"),
        ("active", leaves, "ended", "farewell"),
        ("ended", leaves, "ended", ""),
        ("invited", returns, "invited", ""),
        ("active", returns, "active", ""),
        ("ended", returns, "active", "brought_back"),
        ("invited", is_invited, "invited", "invited"),
        ("active", is_invited, KnownAlready, ""),
        ("ended", is_invited, "invited", "invited"),
        ("invited", joins, "active", "joined"),
    ],
)
def test_each_act_leads_from_each_state_to_one_other(
    ledger: Ledger, state: Status, act: Act, after: Status | type[TenshuError], told: str
) -> None:
    with ledger.writing() as tx:
        put(tx, ("owner", "active"), ("marketer", state))
        if isinstance(after, str):
            act(tx)
            assert read_member(tx, SUZUKI).status == after
        else:
            with pytest.raises(after):
                act(tx)
            assert read_member(tx, SUZUKI).status == state
        assert [entry.act for entry in read_audit(tx)] == ([told] if told else [])
        assert check(tx).broken_at is None


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", [role_changes, leaves], ids=["another role", "farewell"])
def test_an_owner_goes_only_when_another_active_owner_stays(
    ledger: Ledger, act: Act, role: Role, state: Status
) -> None:
    with ledger.writing() as tx:
        put(tx, (role, state), ("owner", "active"))
        if (role, state) == ("owner", "active"):
            act(tx)
            after = read_member(tx, SUZUKI)
            assert (after.role, after.status) != ("owner", "active")
        else:
            with pytest.raises(LastOwner) as problem:
                act(tx)
            assert "P2" in problem.value.text("en")
            assert (read_member(tx, SUZUKI).role, read_member(tx, SUZUKI).status) == ("owner", "active")


@pytest.mark.parametrize("state", ["invited", "ended"])
def test_an_owner_who_cannot_sign_in_holds_nobody_back(ledger: Ledger, state: Status) -> None:
    with ledger.writing() as tx:
        put(tx, ("owner", "active"), ("owner", state))
        people.say_farewell(tx, SUZUKI, by=SATO, now=NOW)
        assert read_member(tx, SUZUKI).status == "ended"


def test_an_owner_who_stays_owner_is_not_the_last_of_anything(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        put(tx, ("owner", "active"))
        people.change_role(tx, 1, "owner", by=SATO, now=NOW)
        assert read_audit(tx) == []


@pytest.mark.parametrize("before", ROLES)
@pytest.mark.parametrize("after", ROLES)
def test_the_log_says_from_which_role_to_which(ledger: Ledger, before: Role, after: Role) -> None:
    with ledger.writing() as tx:
        put(tx, ("owner", "active"), (before, "active"))
        people.change_role(tx, SUZUKI, after, by=SATO, now=NOW)
        assert read_member(tx, SUZUKI).role == after
        told = [(entry.about, entry.detail) for entry in read_audit(tx)]
    wanted = [("p2@example.com", {"before": before, "role": after})]
    assert told == (wanted if before != after else [])


#: For each role, what it may do of what each role may: the whole table, so that a slip in the order shows.
MAY = {
    "viewer": (True, False, False, False),
    "staff": (True, True, False, False),
    "marketer": (True, True, True, False),
    "owner": (True, True, True, True),
}


@pytest.mark.parametrize(("role", "may"), MAY.items())
def test_the_table_of_roles_is_a_staircase(role: Role, may: tuple[bool, ...]) -> None:
    person = Person(id=1, name="P", email="p@example.com", role=role)
    assert tuple(person.can(other) for other in ("viewer", "staff", "marketer", "owner")) == may


@pytest.mark.parametrize("role", ["", "Owner", "OWNER", "owner ", "admin", "viewer,owner", "ｏｗｎｅｒ", "x" * 500])
def test_no_spelling_of_a_role_but_its_own_gives_rights(ledger: Ledger, role: str) -> None:
    with ledger.writing() as tx:
        put(tx, ("owner", "active"), ("viewer", "active"))
        for act in (
            lambda: people.change_role(tx, SUZUKI, role, by=SATO, now=NOW),
            lambda: people.invite(tx, email="new@example.com", name="N", role=role, by=SATO, now=NOW),
        ):
            with pytest.raises(people.NoSuchRole) as problem:
                act()
            assert len(problem.value.text("en")) < 200
        assert read_member(tx, SUZUKI).role == "viewer"
        assert people.find_member(tx, "new@example.com") is None


@pytest.mark.parametrize("number", [0, -1, 3, 10**12])
def test_a_number_that_nobody_has_is_nobody(ledger: Ledger, number: int) -> None:
    acts: tuple[Act, ...] = (
        lambda tx: read_member(tx, number),
        lambda tx: people.change_role(tx, number, "viewer", by=SATO, now=NOW),
        lambda tx: people.say_farewell(tx, number, by=SATO, now=NOW),
        lambda tx: people.bring_back(tx, number, by=SATO, now=NOW),
        lambda tx: people.describe(tx, number, name="N", language="ja", by=SATO, now=NOW),
        lambda tx: people.set_password(tx, number, "-", how="changed", by=SATO, now=NOW),
    )
    with ledger.writing() as tx:
        put(tx, ("owner", "active"), ("viewer", "active"))
        for act in acts:
            with pytest.raises(NoSuchPerson):
                act(tx)
        assert read_audit(tx) == []


def test_an_invitation_again_forgets_the_password_of_before(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        put(tx, ("owner", "active"), ("marketer", "ended"))
        token = people.invite(tx, email="p2@example.com", name="鈴木", role="viewer", by=SATO, now=NOW)
        assert tx.value(select(table.c.password).where(table.c.person == SUZUKI)) is None
        people.take_invitation(tx, token, name="鈴木", digest="new", by=NOBODY, now=NOW)
        member = read_member(tx, SUZUKI)
        assert (member.role, member.status, member.name) == ("viewer", "active", "鈴木")
        assert tx.value(select(table.c.password).where(table.c.person == SUZUKI)) == "new"


def test_a_farewell_takes_the_open_invitation_and_the_open_reset_along(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        put(tx, ("owner", "active"), ("marketer", "active"))
        tokens = {kind: make_link(tx, kind, person=SUZUKI, now=NOW) for kind in ("invitation", "reset")}
        mine = make_link(tx, "reset", person=1, now=NOW)
        people.say_farewell(tx, SUZUKI, by=SATO, now=NOW)
        for kind, token in tokens.items():
            with pytest.raises(LinkSpent):
                read_link(tx, token, "invitation" if kind == "invitation" else "reset", NOW)
        assert read_link(tx, mine, "reset", NOW).person == 1


@pytest.mark.parametrize(("language", "kept"), [("ja", "ja"), ("en", "en"), ("", None), ("fr", None), ("JA", None)])
def test_a_language_is_one_of_ours_or_the_browsers(ledger: Ledger, language: str, kept: str | None) -> None:
    with ledger.writing() as tx:
        put(tx, ("owner", "active"))
        tx.execute(update(table).values(language="en" if kept != "en" else "ja"))
        people.describe(tx, 1, name="P1", language=language, by=SATO, now=NOW)
        assert read_member(tx, 1).language == kept
        assert [entry.act for entry in read_audit(tx)] == ["described"]


def test_people_are_listed_by_what_they_may_and_then_by_how_long_they_are_here(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        put(
            tx,
            ("viewer", "active"),
            ("owner", "ended"),
            ("owner", "active"),
            ("staff", "invited"),
            ("marketer", "active"),
            ("owner", "invited"),
        )
        assert [member.id for member in people.read_people(tx)] == [3, 6, 5, 4, 1, 2]
