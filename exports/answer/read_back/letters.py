"""A letter beside the answer, opened again as whoever gets it would, before it is kept: receipts and small letters."""

from cases.assessment.situations import situation_of
from cases.casework import case_clock
from cases.models import Case, Run
from cases.sources.configured import collection_of
from exports.answer.postal import address_lines
from exports.answer.read_back import contents
from exports.answer.read_back.checking import Reader
from exports.answer.read_back.problem import ReadBack
from exports.answer.read_back.sentences import Sentences
from exports.letter.facts import file_stem

# A page that writes a letter waits no longer than these take; a worker reads all.
FIRST = 20_000


def read_back_letter(
    case: Case, name: str, letter: bytes, *, signed_by: str = "", most: int | None = None
) -> None:
    """Raises ReadBack where its words say what is masked for this person, or it cannot be opened.

    ``most``: of how many rows of a collection it is compared with what is masked; None for all.
    """
    spoken = Sentences()
    try:
        for place, text in contents.said(letter):
            spoken.add(name, place, text)
    except contents.Unread:
        raise ReadBack("unread", name) from None
    if runs := _masking(case):
        printed = (*address_lines(case), signed_by)
        situation = situation_of(case, case_clock.today(case))
        Reader(case, situation, runs, masks=True, printed=printed, most=most).check_sentences(spoken)


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
