"""What a letter says of one case besides rows and decisions."""

import pytest

from cases.casework import case_clock
from cases.sources.loading import load_operator
from exports.answer.snapshot import facts_of
from exports.letter.texts.reading import LANGUAGES, texts
from tests.operators.placed import hand_in, proven

pytestmark = pytest.mark.django_db
SIGN_IN = ("MitID", "e-legitimation", "electronic ID")


def test_whoever_has_proven_a_mailbox_is_asked_to_get_in_touch_for_more() -> None:
    case = proven(hand_in(load_operator("tele2-se")[0]))
    case_clock.pause(case, reason="identity")
    asked = facts_of(case).identity
    assert asked
    assert asked.needed == ("visit",)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["kept.not-proven", "reasons.not-proven", "identity.visit"])
def test_no_sign_in_is_promised_that_no_page_has(key: str, language: str) -> None:
    assert [word for word in SIGN_IN if word in texts(language)(key)] == []
