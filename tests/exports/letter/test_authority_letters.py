"""The letter that an authority was not accepted, at every operator, of every right, in every language."""

from collections.abc import Callable

import pytest

from cases.models import AuthorityRefusal
from exports.letter.content import CaseFacts, authority_refused
from exports.letter.matrix import RIGHTS
from exports.letter.plain import plain
from tests.exports.letter.letter_cases import OPERATORS

GROUNDS = AuthorityRefusal.Ground.values


@pytest.mark.parametrize("language", ["sv", "da", "en"])
@pytest.mark.parametrize("operator", OPERATORS)
def test_it_names_grounds_and_the_ways_to_complain(
    operator: str, language: str, case: Callable[..., CaseFacts]
) -> None:
    bodies = set()
    for right in RIGHTS:
        facts = case(operator, right, "refused", language)
        for ground in GROUNDS:
            letter = authority_refused(
                facts, person="Bo Berg", ground=ground, reason="No seal.", days_kept=30
            )
            said = " ".join(plain(letter).split())
            bodies.add(said)
            assert letter.recipient[0] == "Anna Lind"
            assert "No seal." in said
            assert "Bo Berg" in said
            assert facts.register.authorities[0].name.get(facts.language) in said
            assert facts.register.court.get(facts.language)[:40] in said
            assert "{" not in said
    assert len(bodies) == len(RIGHTS) * len(GROUNDS)
