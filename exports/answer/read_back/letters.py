"""A letter beside the answer, opened again as whoever gets it would, before it is kept: receipts and small letters.

It is held against every row in which anything is masked: those that have none of its words are not opened.
"""

from dataclasses import replace

from cases.assessment.situations import situation_of
from cases.casework import case_clock
from cases.models import Case, Run
from cases.sources.configured import collection_of
from exports.answer.postal import address_lines
from exports.answer.read_back import contents
from exports.answer.read_back.checking import Reader
from exports.answer.read_back.problem import ReadBack
from exports.answer.read_back.sentences import Sentences
from exports.answer.read_back.sifting import Sieve
from exports.letter.facts import file_stem


def read_back_letter(case: Case, name: str, letter: bytes, *, printed: tuple[str, ...] = ()) -> None:
    """Raises ReadBack where its words say what is masked for this person, or it cannot be opened.

    ``printed``: what it says rightly beside the person's own, such as who signed it.
    """
    spoken, texts = Sentences(), opened(name, letter)
    for place, text in texts:
        spoken.add(name, place, text)
    if runs := _masking(case):
        situation = situation_of(case, case_clock.today(case))
        whole = Reader(case, situation, runs, masks=True, printed=(*address_lines(case), *printed))
        sieve = Sieve.of((text for _place, text in texts), whole.is_common)
        try:
            replace(whole, sieve=sieve).check_sentences(spoken)
        except ReadBack:
            # Which row it is, among all of them.
            whole.check_sentences(spoken)


def opened(name: str, letter: bytes) -> list[tuple[str, str]]:
    """The texts of a letter with their places. Raises ReadBack where it cannot be opened."""
    try:
        return list(contents.said(letter))
    except contents.Unread:
        raise ReadBack("unread", name) from None


def _masking(case: Case) -> dict[str, Run]:
    """Of what is still there: where anything can be masked, by rule or by hand."""
    by_hand = set(case.masked_texts.values_list("source", "collection"))
    found = {}
    for run in case.runs.filter(rows__gt=0, chunks__isnull=False).distinct():
        place = (run.source, run.collection)
        if place in by_hand or collection_of(case.operator_id, *place).redact:
            run.case = case
            found[file_stem(run.category, *place)] = run
    return found
