"""Rows that tell of somebody else: masked wherever they are given, said only where it was done, and else not given."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest

from cases.assessment.deciding import override
from cases.assessment.situations import situation_of
from cases.law.situation import Record
from cases.models import Case, HandedFile, Run, User
from exports.answer import building
from exports.answer.given_rows import NotCovered, masked_columns, redacted, verdicts
from exports.answer.snapshot import facts_of
from exports.delivery import STAFF, fetch
from exports.letter import content
from exports.letter.facts import MASK
from exports.models import Answer
from tests.operators.by_hand import decide, prepare, work
from tests.operators.scenes import SMALL

pytestmark = pytest.mark.django_db

COVERED = "Det har vi täckt över"
HIDDEN = "+46701740697"


def letter(case: Case) -> str:
    return repr(content.answer(facts_of(case)).sections).replace("\\xa0", " ")


def files(prepared: Answer) -> dict[str, str]:
    package = ZipFile(BytesIO(b"".join(fetch(prepared, who=STAFF, by=prepared.prepared_by))))
    return {name: package.read(name).decode() for name in package.namelist() if name != "letter.pdf"}


@pytest.mark.pango
@pytest.mark.parametrize("right", ["access", "portability"])
def test_a_hidden_number_stands_nowhere_in_a_package(
    ask: Callable[..., Case], staff: Callable[..., User], right: str
) -> None:
    case = work(ask(right))
    prepared = prepare(case, staff("caseworker"))
    assert prepared.status == Answer.Status.READY, prepared.error
    package = files(prepared)
    assert MASK in package["data/usage-crm-calls.csv"]
    assert [row["other"] for row in json.loads(package["data/usage-crm-calls.json"])] == [
        "+46701740698",
        MASK,
    ]
    assert not any(HIDDEN in text for text in [*package.values(), letter(case)])
    assert MASK in package["readme.txt"]
    assert COVERED in letter(case)


def test_taking_data_along_names_the_rule_that_protects_others(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = work(ask("portability"))
    decide(case, staff("caseworker"))
    assert "artikel 20.4 i dataskyddsförordningen" in letter(case)


# What is wrong once the rows are gathered, and what the case then says.
WRONG = [
    ('redact = ["othr"]', "a row has no column `othr`"),
    ('redact = ["msisdm", "othr"]', "a row has no column `msisdm`, `othr`"),
]


@pytest.mark.parametrize("right", ["access", "portability"])
@pytest.mark.parametrize(("instead", "said"), WRONG)
def test_a_row_in_which_nothing_can_be_masked_stops_the_answer(
    ask: Callable[..., Case],
    staff: Callable[..., User],
    configured: Callable[[str], None],
    right: str,
    instead: str,
    said: str,
) -> None:
    case = work(ask(right))
    configured(SMALL.connectors.replace('redact = ["other"]', instead))
    prepared = prepare(case, staff("caseworker"))
    case.refresh_from_db()
    assert (prepared.status, case.stage, prepared.sha256) == ("failed", "decisions", "")
    assert prepared.error.startswith("crm/calls: rows that tell of somebody else could not be masked")
    assert said in prepared.error
    assert "Have `redact` corrected in connectors.toml, or decide not to hand usage over." in prepared.error


@pytest.mark.pango
def test_a_caseworker_can_mask_only_where_columns_are_named_and_can_withhold_instead(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case, by = work(ask("access")), staff("caseworker")
    decision = case.decisions.get(subject="invoices")
    override(decision, outcome="redact", reason="Somebody else paid.", by=by)
    stopped = prepare(case, by)
    assert "crm/invoice: " in stopped.error
    assert "no column is named in `redact`" in stopped.error
    override(decision, outcome="withhold", reason="Somebody else paid.", by=by)
    case.refresh_from_db()
    building.prepare(case, by=by)
    building.build(case.pk)
    assert Answer.objects.filter(case=case).latest("version").status == "ready"


@pytest.mark.pango
def test_where_nothing_had_to_be_covered_the_letter_does_not_say_that_it_was(
    ask: Callable[..., Case], staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    crm.execute("UPDATE calls SET other = NULL WHERE hidden")
    case = work(ask("access"))
    prepared = prepare(case, staff("caseworker"))
    assert prepared.status == Answer.Status.READY, prepared.error
    told = letter(case)
    assert COVERED not in told
    assert "andras uppgifter är dolda" not in told
    assert "inga uppgifter om den personen att täcka över" in told
    assert "du får alla som vi hittade" in told
    package = files(prepared)
    assert MASK not in package["readme.txt"]
    assert [row["other"] for row in json.loads(package["data/usage-crm-calls.json"])] == [
        "+46701740698",
        None,
    ]


def test_values_are_masked_whole_however_they_are_made_up() -> None:
    row = {"id": 1, "who": {"name": "x", "at": ["y"]}, "more": ["x", "y"], "count": 0, "none": [], "text": ""}
    masked = redacted(Run(source="crm", collection="notes"), row, {*row} - {"id"})
    assert masked == {"id": 1, "who": MASK, "more": MASK, "count": MASK, "none": [], "text": ""}


@pytest.mark.parametrize("row", [{"id": 1}, {"caller": "070", "Note": "Ida (12) called"}])
def test_a_row_without_one_of_the_columns_is_not_given(row: dict[str, object]) -> None:
    """A column spelled otherwise beside one that is right would stand there uncovered."""
    with pytest.raises(NotCovered, match=r"crm/notes: .* a row has no column .*`note`"):
        redacted(Run(source="crm", collection="notes", category="correspondence"), row, {"note", "caller"})


def test_a_column_called_file_is_no_file(ask: Callable[..., Case]) -> None:
    """Only the row of a file that was handed over is masked by its file's name alone."""
    run = work(ask("access")).runs.get(collection="calls")
    name = "attachments/usage-crm-calls-1.pdf"
    HandedFile.objects.create(
        run=run, number=1, type="application/pdf", rows=1, bytes=1, digest="d", name="sealed", file=name
    )
    columns_of = masked_columns(run.case, run)
    assert columns_of({"file": name, "type": "application/pdf"}) == ("file",)
    assert columns_of({"file": "x.pdf", "Other": "Ida (12) called"}) == ("other",)


def test_who_gives_what_the_law_holds_back_uncovers_nobody_else(
    ask: Callable[..., Case], staff: Callable[..., User], configured: Callable[[str], None]
) -> None:
    """Proposed was only to describe these rows: nobody has weighed what they tell of others."""
    configured(SMALL.connectors.replace('category = "usage"', 'category = "retained"'))
    case = work(ask("access"))
    decision = case.decisions.get(subject="retained")
    assert decision.proposed == "describe"
    override(decision, outcome="give", reason="The court says so.", by=staff("legal"))
    run, situation = case.runs.get(collection="calls"), situation_of(case, case.received_on)
    run.case = case
    verdict_of = verdicts(case, run, situation)
    hidden = Record("retained", "internet", hidden_number=True)
    assert verdict_of(hidden) == "redact"
    assert verdict_of(replace(hidden, hidden_number=False)) == "give"
