"""Every reason has a sentence in both languages."""

import pytest

from tenshu.decide.reasons import SENTENCES, Reason, decision_sentence, sentence
from tenshu.kit.i18n import speaking


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_sentence_in_both_languages(reason: Reason) -> None:
    english, japanese = sentence(reason, "en"), sentence(reason, "ja")
    assert english.endswith(".")
    assert japanese.endswith((")。", "。", "す。", ")。"))
    assert english != japanese


def test_no_two_reasons_sound_alike() -> None:
    for language in ("en", "ja"):
        assert len({sentence(reason, language) for reason in Reason}) == len(Reason)
    assert set(SENTENCES) == set(Reason)


def test_code_that_nobody_knows_speaks_for_itself() -> None:
    assert sentence("invented_elsewhere", "ja") == "invented_elsewhere"


def test_reason_is_said_in_the_readers_language() -> None:
    with speaking("ja"):
        assert sentence("no_address") == "宛先が分かりません。"
    with speaking("en"):
        assert sentence("no_address") == "No address is known."


@pytest.mark.parametrize(
    ("outcome", "reason", "said"),
    [
        ("send", None, "A message is sent."),
        ("suppressed", "capped", "The customer would get more messages than the frequency cap allows."),
        ("held_out", None, "Held out to measure the effect; otherwise a message would have been sent."),
        (
            "held_out",
            "no_basis",
            "Held out to measure the effect; there would have been no message anyway: "
            "There is no consent or other basis for this purpose.",
        ),
    ],
)
def test_decision_says_what_and_why(outcome: str, reason: str | None, said: str) -> None:
    assert decision_sentence(outcome, reason, "en") == said
    assert decision_sentence(outcome, reason, "ja") != said
