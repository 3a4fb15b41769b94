"""Errors say what happened in the reader's language."""

import pickle

from tenshu.kit.errors import MissingExtra, TenshuError
from tenshu.kit.i18n import speaking


class TooFew(TenshuError):
    """Somebody asked for more than there is."""

    template = "{given} were asked for, {there} are there. Ask for fewer."


def test_an_error_is_a_sentence_with_what_was_given() -> None:
    assert str(TooFew(given=3, there=2)) == "3 were asked for, 2 are there. Ask for fewer."


def test_the_facts_stay_readable_for_programs() -> None:
    assert TooFew(given=3, there=2).given == {"given": 3, "there": 2}


def test_a_missing_extra_names_itself() -> None:
    with speaking("en"):
        assert 'pip install "tenshu[postgres]"' in str(MissingExtra(part="PostgreSQL", extra="postgres"))


def test_errors_have_an_http_status() -> None:
    assert TooFew(given=1, there=0).status == 400


def test_a_plain_reason_is_said() -> None:
    with speaking("en"):
        assert TenshuError(reason="the disk is full").text() == "Something went wrong: the disk is full"


def test_braces_in_what_was_given_do_no_harm() -> None:
    assert "{x}" in TooFew(given="{x}", there=0).text("en")


def test_an_error_can_cross_a_process() -> None:
    copy = pickle.loads(pickle.dumps(TooFew(given=3, there=2)))  # noqa: S301 - our own object
    assert isinstance(copy, TooFew)
