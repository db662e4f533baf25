"""A reference read over the phone: a wrong character or two swapped ones are noticed before anybody is looked up."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cases.request import references
from cases.request.references import ALPHABET

REFERENCES = st.builds(
    references.made_of, st.integers(0, 99).map("{:02}".format), st.text(ALPHABET, min_size=5, max_size=5)
)
CHARACTERS = st.sampled_from(ALPHABET + "0123456789")
PLACES = (0, 1, 3, 4, 5, 6, 7, 9, 10)  # those of 26-ABCDE-12 that are no hyphens


@given(REFERENCES)
def test_a_reference_reads_back_as_itself(reference: str) -> None:
    assert references.read(reference) == reference
    assert references.read(reference.lower().replace("-", " ")) == reference


@given(REFERENCES, st.integers(1, 9))
def test_each_case_of_a_request_has_the_requests_with_its_place(reference: str, number: int) -> None:
    of_case = references.of_case(reference, number)
    assert references.read(of_case.replace("-", " ")) == of_case
    assert references.of_request(of_case) == reference


@given(REFERENCES, st.sampled_from(PLACES), CHARACTERS)
def test_one_wrong_character_is_noticed(reference: str, place: int, wrong: str) -> None:
    assume(reference[place] != wrong)
    assert references.read(reference[:place] + wrong + reference[place + 1 :]) is None


@given(REFERENCES, st.integers(0, len(PLACES) - 2))
def test_two_swapped_neighbours_are_noticed(reference: str, index: int) -> None:
    letters = list(reference)
    first, second = PLACES[index], PLACES[index + 1]
    assume(letters[first] != letters[second])
    letters[first], letters[second] = letters[second], letters[first]
    assert references.read("".join(letters)) is None


@pytest.mark.parametrize(
    "typed", ["", "26", "26-AAAAA", "x" * 1000, "２６-ABCDE-12", "26-AB\x00DE-12", "ß" * 9]
)
def test_nonsense_is_no_reference(typed: str) -> None:
    assert references.read(typed) is None


def test_nothing_in_it_looks_or_sounds_like_something_else() -> None:
    assert not set(ALPHABET) & set("01OILSBGUVDQ")


def test_a_new_reference_begins_with_its_year() -> None:
    assert references.new(2026).startswith("26-")
    assert len({references.new(2026) for _ in range(100)}) > 90
