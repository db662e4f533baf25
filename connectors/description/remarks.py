"""What a configuration says that is allowed and yet seldom meant: kinds nobody tells, collections nothing leads to."""

import difflib
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from connectors.description.collection import Collection
from connectors.description.config import ManualSource, Source
from connectors.description.reach import steps


@dataclass(frozen=True)
class Remark:
    """One thing to look at again. Codes: `no-find`, `unreached`, `never-told` (a kind, perhaps the kind that was
    meant), `erase-unsaid`, `others-unsaid` (of a category in which others occur, no word on which rows), `never-masked`
    (columns to mask, and no row that says so)."""

    source: str
    collection: str
    code: str
    detail: str = ""


def remarks(sources: Sequence[Source], of_others: Container[str] = ()) -> Iterator[Remark]:
    """What a person should look at again, in the order of the file. ``of_others``: categories that tell of others."""
    collections = [part for source in sources for part in source.collection]
    told = {found.kind for part in collections for found in part.yields}
    known = told | {kind for part in collections for kind in part.link}
    unreached = {(step.source, step.collection) for step in steps(sources) if step.wave is None}
    for source in sources:
        for part in source.collection:
            lost = bool(part.find) and (source.key, part.key) in unreached
            if lost:
                yield Remark(source.key, part.key, "unreached")
            for code, detail in _of(part, known, by_hand=isinstance(source, ManualSource), lost=lost):
                yield Remark(source.key, part.key, code, detail)
            for code in _of_others(part, told=part.category in of_others):
                yield Remark(source.key, part.key, code)


def _of(part: Collection, known: set[str], *, by_hand: bool, lost: bool) -> Iterator[tuple[str, str]]:
    if not part.find and not by_hand:
        yield "no-find", ""
    for kind in part.find:
        if kind not in known:
            near = difflib.get_close_matches(kind, sorted(known), n=1)
            if near or not lost:
                yield "never-told", f"{kind} ({near[0]}?)" if near else kind
    if "on_erase" not in part.model_fields_set and not by_hand:
        yield "erase-unsaid", ""


def _of_others(part: Collection, *, told: bool) -> Iterator[str]:
    said = part.model_fields_set & {"hidden_number", "other_person"}
    if told and not said:
        yield "others-unsaid"
    if part.redact and not part.marks_of_others:
        yield "never-masked"
