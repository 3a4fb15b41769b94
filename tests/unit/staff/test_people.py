"""The people of a shop: invited, in another role, gone, back; and always an owner who can sign in."""

import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenshu.staff import people, sign_ins
from tenshu.staff.audit import check, read_audit
from tenshu.staff.links import LinkSpent, make_link, read_link
from tenshu.staff.people import KnownAlready, LastOwner, Member, NoSuchPerson, NoSuchRole, SetUpAlready
from tenshu.staff.person import ROLES, Person
from tenshu.staff.text import AddressUnusable, NameRefused
from tenshu.store.ledger import Ledger
from tests.unit.staff.crew import NOBODY, NOW, OWNER, SATO, hire, hire_owner


def everybody(ledger: Ledger) -> list[Member]:
    with ledger.reading() as tx:
        return people.read_people(tx)


def member(ledger: Ledger, person: int) -> Member:
    with ledger.reading() as tx:
        return people.read_member(tx, person)


def test_the_first_owner_comes_in_by_the_link(either: Ledger) -> None:
    with either.reading() as tx:
        assert not people.has_people(tx)
    person = hire_owner(either, "-")
    with either.reading() as tx:
        assert people.has_people(tx)
    (found,) = everybody(either)
    assert (found.id, found.email, found.role, found.status) == (person, OWNER, "owner", "active")


def test_a_shop_is_set_up_once_even_with_a_second_link(ledger: Ledger) -> None:
    hire_owner(ledger, "-")
    with ledger.writing() as tx:
        token = make_link(tx, "set_up", now=NOW)
    with pytest.raises(SetUpAlready), ledger.writing() as tx:
        people.set_up(tx, token, name="悪者", email="evil@example.com", digest="-", by=NOBODY, now=NOW)
    assert [one.email for one in everybody(ledger)] == [OWNER]


def test_an_invited_person_works_here_only_after_the_invitation_was_taken(either: Ledger) -> None:
    hire_owner(either, "-")
    with either.writing() as tx:
        token = people.invite(tx, email=" Suzuki@Example.com ", name=" 鈴木 ", role="staff", by=SATO, now=NOW)
    invited = everybody(either)[-1]
    assert (invited.email, invited.name, invited.status) == ("suzuki@example.com", "鈴木", "invited")
    with either.writing() as tx:
        person = people.take_invitation(tx, token, name="鈴木 一郎", digest="-", by=NOBODY, now=NOW)
    assert (member(either, person).status, member(either, person).name) == ("active", "鈴木 一郎")
    with pytest.raises(LinkSpent), either.writing() as tx:
        people.take_invitation(tx, token, name="鈴木", digest="x", by=NOBODY, now=NOW)


def test_inviting_again_ends_the_link_of_before_and_keeps_one_person(ledger: Ledger) -> None:
    hire_owner(ledger, "-")
    with ledger.writing() as tx:
        first = people.invite(tx, email="s@example.com", name="鈴木", role="viewer", by=SATO, now=NOW)
        second = people.invite(tx, email="S@example.com", name="鈴木", role="staff", by=SATO, now=NOW)
        with pytest.raises(LinkSpent):
            read_link(tx, first, "invitation", NOW)
        assert read_link(tx, second, "invitation", NOW).person == 2
    assert [one.role for one in everybody(ledger)] == ["owner", "staff"]


def test_who_works_here_is_not_invited_once_more(ledger: Ledger) -> None:
    hire_owner(ledger, "-")
    with pytest.raises(KnownAlready) as problem, ledger.writing() as tx:
        people.invite(tx, email=OWNER.upper(), name="佐藤", role="viewer", by=SATO, now=NOW)
    assert OWNER in problem.value.text("en")
    assert member(ledger, 1).role == "owner"


@pytest.mark.parametrize("email", ["", "no address", "a@x.jp,b@x.jp", "a@x.jp\r\nBcc: v@x.jp", "ａ＠b", "x" * 300])
def test_what_is_no_address_is_not_invited(ledger: Ledger, email: str) -> None:
    with pytest.raises(AddressUnusable), ledger.writing() as tx:
        people.invite(tx, email=email, name="鈴木", role="staff", by=SATO, now=NOW)


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "a\x1b[31m", "x" * 101, "a\u202eb", "\u2028"])
def test_a_name_that_could_disturb_a_log_or_a_line_is_refused(ledger: Ledger, name: str) -> None:
    with pytest.raises(NameRefused) as problem, ledger.writing() as tx:
        people.invite(tx, email="s@example.com", name=name, role="staff", by=SATO, now=NOW)
    said = problem.value.text("en")
    assert said.isprintable()


@pytest.mark.parametrize("role", ["", "admin", "OWNER", "owner ", "root"])
def test_a_role_that_does_not_exist_is_given_to_nobody(ledger: Ledger, role: str) -> None:
    hire_owner(ledger, "-")
    person = hire(ledger, "s@example.com", "viewer")
    with pytest.raises(NoSuchRole), ledger.writing() as tx:
        people.change_role(tx, person, role, by=SATO, now=NOW)
    with pytest.raises(NoSuchRole), ledger.writing() as tx:
        people.invite(tx, email="t@example.com", name="田中", role=role, by=SATO, now=NOW)
    assert member(ledger, person).role == "viewer"


def test_another_role_and_a_farewell_end_every_sign_in_at_once(either: Ledger) -> None:
    hire_owner(either, "-")
    person = hire(either, "s@example.com", "marketer")
    for act in ("role", "farewell"):
        with either.writing() as tx:
            tokens = [sign_ins.begin(tx, person, now=NOW, ip="", agent="") for _browser in range(3)]
            mine = sign_ins.begin(tx, 1, now=NOW, ip="", agent="")
        with either.writing() as tx:
            if act == "role":
                people.change_role(tx, person, "viewer", by=SATO, now=NOW)
            else:
                people.say_farewell(tx, person, by=SATO, now=NOW)
        with either.reading() as tx:
            assert [sign_ins.find(tx, token, NOW) for token in tokens] == [None] * 3
            assert sign_ins.find(tx, mine, NOW) is not None


def test_the_same_role_again_changes_nothing(ledger: Ledger) -> None:
    hire_owner(ledger, "-")
    with ledger.writing() as tx:
        token = sign_ins.begin(tx, 1, now=NOW, ip="", agent="")
        people.change_role(tx, 1, "owner", by=SATO, now=NOW)
        assert sign_ins.find(tx, token, NOW) is not None


def test_the_last_owner_stays(either: Ledger) -> None:
    hire_owner(either, "-")
    with pytest.raises(LastOwner), either.writing() as tx:
        people.change_role(tx, 1, "marketer", by=SATO, now=NOW)
    with pytest.raises(LastOwner) as problem, either.writing() as tx:
        people.say_farewell(tx, 1, by=SATO, now=NOW)
    assert "佐藤" in problem.value.text("ja")
    second = hire(either, "s@example.com", "owner")
    with either.writing() as tx:
        people.say_farewell(tx, 1, by=SATO, now=NOW)
    with pytest.raises(LastOwner), either.writing() as tx:
        people.change_role(tx, second, "viewer", by=SATO, now=NOW)


def test_an_owner_who_was_only_invited_is_no_owner_yet(ledger: Ledger) -> None:
    hire_owner(ledger, "-")
    with ledger.writing() as tx:
        people.invite(tx, email="s@example.com", name="鈴木", role="owner", by=SATO, now=NOW)
    with pytest.raises(LastOwner), ledger.writing() as tx:
        people.say_farewell(tx, 1, by=SATO, now=NOW)


def test_two_owners_who_dismiss_each_other_at_the_same_moment_leave_one(either: Ledger) -> None:
    hire_owner(either, "-")
    second = hire(either, "s@example.com", "owner")
    begin = threading.Barrier(2)
    refused = list[LastOwner]()

    def dismiss(person: int) -> None:
        begin.wait()
        try:
            with either.writing() as tx:
                people.say_farewell(tx, person, by=SATO, now=NOW)
        except LastOwner as problem:
            refused.append(problem)

    threads = [threading.Thread(target=dismiss, args=(person,)) for person in (1, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert [one.status for one in everybody(either)].count("active") == 1


def test_a_farewell_can_be_taken_back(ledger: Ledger) -> None:
    hire_owner(ledger, "-")
    person = hire(ledger, "s@example.com", "staff")
    with ledger.writing() as tx:
        people.say_farewell(tx, person, by=SATO, now=NOW)
        people.say_farewell(tx, person, by=SATO, now=NOW)
    assert member(ledger, person).status == "ended"
    with ledger.writing() as tx:
        people.bring_back(tx, person, by=SATO, now=NOW)
        people.bring_back(tx, person, by=SATO, now=NOW)
    assert (member(ledger, person).status, member(ledger, person).role) == ("active", "staff")
    with ledger.reading() as tx:
        acts = [entry.act for entry in read_audit(tx)]
    assert (acts.count("farewell"), acts.count("brought_back")) == (1, 1)


def test_who_never_came_is_invited_again_after_a_farewell(ledger: Ledger) -> None:
    hire_owner(ledger, "-")
    with ledger.writing() as tx:
        token = people.invite(tx, email="s@example.com", name="鈴木", role="staff", by=SATO, now=NOW)
        people.say_farewell(tx, 2, by=SATO, now=NOW)
        with pytest.raises(LinkSpent):
            read_link(tx, token, "invitation", NOW)
        people.bring_back(tx, 2, by=SATO, now=NOW)
    assert member(ledger, 2).status == "invited"


def test_a_role_of_somebody_who_has_gone_cannot_be_changed(ledger: Ledger) -> None:
    hire_owner(ledger, "-")
    person = hire(ledger, "s@example.com", "staff")
    with ledger.writing() as tx:
        people.say_farewell(tx, person, by=SATO, now=NOW)
    with pytest.raises(NoSuchPerson), ledger.writing() as tx:
        people.change_role(tx, person, "owner", by=SATO, now=NOW)
    with pytest.raises(NoSuchPerson), ledger.writing() as tx:
        people.say_farewell(tx, 99, by=SATO, now=NOW)


def test_a_new_password_ends_sign_ins_and_open_links_of_this_person_alone(ledger: Ledger) -> None:
    hire_owner(ledger, "-")
    person = hire(ledger, "s@example.com", "staff")
    with ledger.writing() as tx:
        mine, others = (sign_ins.begin(tx, one, now=NOW, ip="", agent="") for one in (person, 1))
        reset = make_link(tx, "reset", person=person, now=NOW)
        reset_of_other = make_link(tx, "reset", person=1, now=NOW)
        people.set_password(tx, person, "new", how="changed", by=SATO, now=NOW)
        assert sign_ins.find(tx, mine, NOW) is None
        assert sign_ins.find(tx, others, NOW) is not None
        assert read_link(tx, reset_of_other, "reset", NOW).person == 1
        with pytest.raises(LinkSpent):
            read_link(tx, reset, "reset", NOW)


def test_one_can_describe_oneself_and_nothing_more(ledger: Ledger) -> None:
    hire_owner(ledger, "-")
    person = hire(ledger, "s@example.com", "viewer")
    with ledger.writing() as tx:
        people.describe(tx, person, name="鈴木 次郎", language="en", by=SATO, now=NOW)
    found = member(ledger, person)
    assert (found.name, found.language, found.role, found.email) == ("鈴木 次郎", "en", "viewer", "s@example.com")
    with ledger.writing() as tx:
        people.describe(tx, person, name="鈴木 次郎", language="<script>", by=SATO, now=NOW)
    assert member(ledger, person).language is None


def test_the_list_says_who_was_here_and_begins_with_owners(ledger: Ledger) -> None:
    person = hire_owner(ledger, "-")
    hire(ledger, "v@example.com", "viewer")
    hire(ledger, "o@example.com", "owner")
    with ledger.writing() as tx:
        sign_ins.begin(tx, person, now=NOW + timedelta(minutes=1), ip="", agent="")
        sign_ins.begin(tx, person, now=NOW + timedelta(minutes=9), ip="", agent="")
    found = everybody(ledger)
    assert [one.role for one in found] == ["owner", "owner", "viewer"]
    assert [one.seen_at for one in found] == [NOW + timedelta(minutes=9), None, None]


ACTS = st.lists(
    st.tuples(st.sampled_from(["role", "farewell", "back"]), st.integers(1, 4), st.sampled_from(ROLES)), max_size=12
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_whatever_owners_do_one_is_left_and_the_log_is_whole(ledger: Ledger, acts: list[tuple[str, int, str]]) -> None:
    if not everybody(ledger):
        hire_owner(ledger, "-")
        for number, role in enumerate(("owner", "staff", "viewer")):
            hire(ledger, f"p{number}@example.com", role)  # type: ignore[arg-type]
    for act, person, role in acts:
        try:
            with ledger.writing() as tx:
                if act == "role":
                    people.change_role(tx, person, role, by=SATO, now=NOW)
                elif act == "farewell":
                    people.say_farewell(tx, person, by=SATO, now=NOW)
                else:
                    people.bring_back(tx, person, by=SATO, now=NOW)
        except (LastOwner, NoSuchPerson):
            pass
    assert [one for one in everybody(ledger) if one.role == "owner" and one.status == "active"]
    with ledger.reading() as tx:
        assert check(tx).broken_at is None


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_do_what_the_ones_below_it_may(role: str) -> None:
    person = Person(id=1, name="佐藤", email=OWNER, role=role)  # type: ignore[arg-type]
    assert [person.can(other) for other in ROLES] == [ROLES.index(other) <= ROLES.index(person.role) for other in ROLES]
