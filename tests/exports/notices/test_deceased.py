"""Somebody asks for a person who has died: the country's law decides, and where it does not reach a letter is kind."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client

from cases.casework.workflow import Refusal
from cases.identity import matching
from cases.identity.people.deceased import note_death, reach_of
from cases.models import Case, User
from cases.public.words import outcome_words
from cases.sources.loading import load_operator
from exports.notices.deceased import close_outside
from tests.operators.by_hand import mails

pytestmark = pytest.mark.django_db
FOR = {"standing": "proxy", "on_behalf_of": "Bertil Test"}
LATELY = date(2026, 3, 14)


@pytest.fixture
def ask_for(ask: Callable[..., Case]) -> Callable[..., Case]:
    """A request for Bertil, proven by whoever asks, at matching."""

    def make(**typed: object) -> Case:
        case = ask("access", **FOR, **typed)
        matching.match(case.pk)
        case.refresh_from_db()
        return case

    return make


def test_in_sweden_it_ends_with_a_kind_letter(
    ask_for: Callable[..., Case], signed_in: Callable[..., Client]
) -> None:
    case, client = ask_for(died_on=LATELY), signed_in("caseworker")
    page = client.get(case.get_absolute_url()).content.decode()
    assert "Sweden has no rule of its own" in page
    client.post(f"/desk/cases/{case.reference}/outside/")
    case.refresh_from_db()
    assert case.outcome == "outside"
    [letter] = mails(case.submission, "letter")
    assert letter["to"] == "anna@example.com"
    for said in ("Vi beklagar sorgen", "Bertil Test", "skäl 27", "dödsboet", "Integritetsskyddsmyndigheten"):
        assert said in letter["body"]
    assert "Bertil" not in letter["subject"]
    assert "sorry for your loss" in outcome_words(case)
    assert not case.runs.exists()


@pytest.mark.parametrize("slug", ["telenor-dk"])
def test_in_denmark_the_law_reaches_on_for_ten_years(
    slug: str, ask_for: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case, worker = ask_for(), staff("caseworker")
    note_death(case, died=LATELY, by=worker)
    case.refresh_from_db()
    found = reach_of(case)
    assert found is not None
    assert (found.applies, found.last) == (True, date(2036, 3, 14))
    with pytest.raises(Refusal, match="law-applies"):
        close_outside(case, by=worker)
    note_death(case, died=date(2010, 3, 14), by=worker)
    close_outside(case, by=worker)
    [letter] = mails(case.submission, "letter")
    assert "14 mars 2020" in " ".join(letter["body"].split())


def test_the_living_are_answered(ask_for: Callable[..., Case], staff: Callable[..., User]) -> None:
    with pytest.raises(Refusal, match="person-lives"):
        close_outside(ask_for(), by=staff("caseworker"))


def test_nobody_dies_tomorrow(ask_for: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = ask_for()
    with pytest.raises(Refusal, match="died-in-future"):
        note_death(case, died=date.today() + timedelta(days=2), by=staff("caseworker"))


def test_the_register_says_what_an_estate_may_ask(
    folder_of_operator: Path, ask_for: Callable[..., Case], staff: Callable[..., User], slug: str
) -> None:
    register = folder_of_operator / "register.toml"
    told = 'estate = { sv = "Ring vår dödsbogrupp.", da = "Ring til vores bogruppe.", en = "Call our estates desk." }'
    register.write_text(f"{told}\n{register.read_text()}")
    load_operator(slug)
    case = ask_for(died_on=LATELY)
    close_outside(case, by=staff("caseworker"))
    [letter] = mails(case.submission, "letter")
    assert "Ring vår dödsbogrupp." in letter["body"]
