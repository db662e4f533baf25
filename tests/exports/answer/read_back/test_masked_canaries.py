"""Packages with planted canaries: no masked one survives in any file; take the masking out, and nothing goes out.

The case is made once for a batch, with calls alone in it: its rows are what varies, and a package costs its letter.
In the soak each batch says at every tenth package how far it is, so that one that is cut short has proven something.
"""

import os
import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from io import BytesIO
from unittest.mock import patch
from zipfile import ZipFile

import orjson
import pytest

from cases.assessment.assessing import assess
from cases.models import Case, Run, User
from cases.rows import chunks
from exports import delivery
from exports.answer import given_rows
from exports.letter.values import MASK
from exports.masking import by_hand, spans
from exports.models import Answer
from exports.opened import pdfs
from exports.package import data
from tests.exports.unpacked import texts
from tests.operators.by_hand import decide, work, written

SOAK = bool(os.environ.get("SOAK"))
PACKAGES, BATCHES = (250, 4) if SOAK else (4, 1)
# In one package of so many the masking is taken out first, and many rows are in another.
BROKEN, MANY = (10, 10) if SOAK else (4, 4)
NAMES = ("Eva", "Kim", "Søren", "Åsa", "Noor", "Łukasz", "José")
SURNAMES = ("Bergkvist", "Holm-Dahl", "Østergaard", "Öhrn", "van der Meer", "Nguyen")

pytestmark = [pytest.mark.django_db, pytest.mark.pango, pytest.mark.soak]


@dataclass
class Planted:
    """Rows of calls, what of them may stand nowhere, and what has to stand there."""

    rows: list[dict[str, object]]
    canaries: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)
    by_hand: dict[int, tuple[spans.Span, ...]] = field(default_factory=dict)


def number(draw: random.Random) -> str:
    return f"+4670{draw.randrange(10**7):07}"


def planted(draw: random.Random, most: int) -> Planted:
    """Numbers that are masked, given, or both; names that a person masks in a note; short values beside them."""
    made, given = Planted([]), [number(draw) for _ in range(3)]
    for at in range(draw.randint(4, most)):
        hidden = draw.random() < 0.5
        both = draw.random() < 0.2
        other = draw.choice(given) if both or not hidden else number(draw)
        name = f"{draw.choice(NAMES)} {draw.choice(SURNAMES)}{at}{draw.randrange(10**6)}"
        note = f"Ringde {name} om {draw.randint(1, 9)} saker"
        made.rows.append(
            {
                "id": at,
                "msisdn": "+46701740605",
                "started_at": f"2026-0{draw.randint(2, 9)}-11 12:00:00",
                "other": other,
                "hidden": int(hidden),
                "note": note,
                "n": draw.randint(1, 3),
            }
        )
        if not hidden:
            made.given.add(other)
        elif other not in given:
            made.canaries.add(other)
        if draw.random() < 0.3:
            made.by_hand[at] = ((7, 7 + len(name)),)
            made.canaries.add(name)
        else:
            made.given.add(note)
    # Masked in each row, and short enough to stand in every letter.
    made.rows.append({**made.rows[0], "id": 99, "other": "7", "hidden": 1, "note": "Kort"})
    return made


def gathered_anew(run: Run, made: Planted, by: User) -> Case:
    """These rows and no others are what was gathered; judged, decided, and masked by hand where a person did."""
    case = run.case
    chunks.forget(run)
    lines = [orjson.dumps(row) for row in made.rows]
    chunks.keep(run, lines)
    Run.objects.filter(pk=run.pk).update(rows=len(lines))
    run.findings.all().delete()
    Case.objects.filter(pk=case.pk).update(stage="holds", blocked_by="")
    assess(case.pk)
    if case.decisions.filter(status="proposed").exists():
        decide(case, by)
    case.masked_texts.all().delete()
    for at, stretches in made.by_hand.items():
        text = str(made.rows[at]["note"])
        by_hand.mask(run, lines[at], column="note", text=text, spans=stretches, why="Another.", by=by)
    case.refresh_from_db()
    return case


def words_of(answer: Answer) -> str:
    """Everything that whoever opens every file finds."""
    package = b"".join(delivery.open_package(answer))
    letter = ZipFile(BytesIO(package)).read("letter.pdf")
    return "\n".join([*texts(package).values(), *pdfs.lines(letter), str(pdfs.metadata(letter))])


def leaking_column(column: str) -> AbstractContextManager[object]:
    really = given_rows.redacted

    def fault(run, row, columns, marks=()):  # type: ignore[no-untyped-def]
        return {**really(run, row, columns, marks), column: row[column]}

    return patch.object(given_rows, "redacted", fault)


def leaking_spreadsheet(made: Planted) -> AbstractContextManager[object]:
    really, leaked = data.cell, min(made.canaries)

    def fault(value, zone, texts):  # type: ignore[no-untyped-def]
        return really(leaked if value == MASK else value, zone, texts)

    return patch.object(data, "cell", fault)


def leaking_by_hand() -> AbstractContextManager[object]:
    return patch.object(by_hand, "covered_row", lambda row, _of_row: dict(row))


def faults(made: Planted) -> list[AbstractContextManager[object]]:
    found = [leaking_column("other"), leaking_spreadsheet(made)] if made.canaries else []
    return [*found, leaking_by_hand()] if made.by_hand else found


@pytest.fixture
def slug() -> str:
    """The operator that uses calls for one purpose alone: its letters are the shortest."""
    return "hektor-se"


@pytest.fixture
def run(ask: Callable[..., Case]) -> Run:
    """The calls of a case that has nothing else in it."""
    case = work(ask("access"))
    case.runs.exclude(collection="calls").delete()
    return case.runs.select_related("case__operator").get()


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_canary_survives(
    batch: int, run: Run, staff: Callable[..., User], capsys: pytest.CaptureFixture[str]
) -> None:
    draw, worker = random.Random(batch), staff("caseworker")
    stopped = canaries = 0
    for at in range(PACKAGES):
        made = planted(draw, 40 if at % MANY == MANY - 1 else 12)
        case = gathered_anew(run, made, worker)
        if broken := faults(made) if at % BROKEN == 1 else []:
            with draw.choice(broken):
                answer = written(case, worker)
            assert (answer.status, answer.name) == ("failed", ""), f"package {at} of batch {batch} went out"
            assert answer.error.startswith("read-back-cell: data/usage-crm-calls.")
            assert not any(canary in answer.error for canary in made.canaries)
            stopped += 1
            case.refresh_from_db()
        answer = written(case, worker)
        assert answer.status == "written", f"package {at} of batch {batch}: {answer.error}"
        said = words_of(answer)
        survived = sum(canary in said for canary in made.canaries)
        assert survived == 0, f"package {at} of batch {batch}: {survived} survived"
        assert all(one in said for one in made.given)
        Answer.objects.filter(case=case).delete()
        canaries += len(made.canaries)
        if SOAK and at % 10 == 9:
            with capsys.disabled():
                print(
                    f"batch {batch}: {at + 1} packages, {canaries} canaries, none survived; {stopped} stopped"
                )
    assert stopped
