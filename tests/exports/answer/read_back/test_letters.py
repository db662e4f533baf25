"""A small letter is read back as the answer is: what is masked for the person stands in none."""

from collections.abc import Callable

import pytest

from cases.casework.workflow import Refusal
from cases.models import Case, ClockEvent, User
from exports.answer.read_back.letters import read_back_letter
from exports.answer.read_back.problem import ReadBack
from exports.notices.extension import extend
from tests.operators.by_hand import work

pytestmark = [pytest.mark.django_db, pytest.mark.pango]


def test_a_caseworkers_words_cannot_tell_in_a_letter_what_is_masked(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case, worker = work(ask("access")), staff("caseworker")
    for told in ("070-174 06 97", "+46 70 174 06 97", "0046701740697"):
        with pytest.raises(Refusal, match="letter-masked"):
            extend(case, ground="complexity", reason=f"Whoever has {told} has to be asked first.", by=worker)
    assert not case.letters.exists()
    assert not ClockEvent.objects.filter(case=case, kind="extended").exists()
    # The other number of the calls is given, and so may be said.
    extend(case, ground="complexity", reason="Whoever has 070-174 06 98 has to be asked first.", by=worker)
    assert case.letters.get().kind == "extension"


def test_a_letter_that_cannot_be_opened_goes_nowhere(ask: Callable[..., Case]) -> None:
    with pytest.raises(ReadBack, match=r"read-back-unread: receipt\.pdf"):
        read_back_letter(ask("access"), "receipt.pdf", b"%PDF-1.7 and no more")
