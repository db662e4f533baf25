"""Rows that tell of somebody else: masked wherever they are given, said only where it was done, and else not given."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils.translation import override as override_language

from cases.assessment.assessing import assess
from cases.assessment.deciding import judge_again, override
from cases.assessment.situations import situation_of
from cases.casework.workflow import Refusal
from cases.law.situation import Record
from cases.models import Case, HandedFile, Run, User
from exports.answer.given_rows import NotCovered, masked_columns, redacted, verdicts
from exports.answer.snapshot import facts_of
from exports.answer.stops import STOPS, in_words
from exports.delivery import STAFF, fetch
from exports.letter.values import MASK
from exports.models import Answer
from tests.exports.unpacked import texts
from tests.operators.by_hand import decide, prepare, work, written
from tests.operators.line import answered
from tests.operators.scenes import SMALL

pytestmark = pytest.mark.django_db

COVERED = "Det har vi dolt"
HIDDEN = "+46701740697"


def letter(case: Case) -> str:
    return repr(answered(facts_of(case)).sections).replace("\\xa0", " ")


def files(prepared: Answer) -> dict[str, str]:
    return texts(b"".join(fetch(prepared, who=STAFF, by=prepared.prepared_by)))


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
    ('redact = ["othr"]', "because a row has no column othr."),
    ('redact = ["msisdm", "othr"]', "because a row has no column msisdm, othr."),
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
    why = in_words(prepared.error)
    assert why.startswith("crm/calls: rows that tell of somebody else could not be masked")
    assert said in why
    assert (
        "Have `redact` corrected in connectors.toml, or decide not to hand over Summaries of use and purchases."
        in why
    )


@pytest.mark.pango
def test_a_caseworker_can_mask_only_where_columns_are_named_and_can_withhold_instead(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case, by = work(ask("access")), staff("caseworker")
    decision = case.decisions.get(subject="invoices")
    override(decision, outcome="redact", reason="Somebody else paid.", by=by)
    stopped = prepare(case, by)
    assert "crm/invoice: " in in_words(stopped.error)
    assert "no column is named in `redact`" in in_words(stopped.error)
    override(decision, outcome="withhold", reason="Somebody else paid.", by=by)
    assert written(case, by).status == "written"


EMPTY = "UPDATE calls SET other = NULL WHERE hidden"
ONLY_WHERE_FILLED = SMALL.connectors.replace(
    'hidden_number = { column = "hidden", equals = 1 }',
    'hidden_number = { column = "hidden", equals = 1, when = "other" }',
)


@pytest.mark.parametrize("right", ["access", "portability"])
@pytest.mark.parametrize("blank", ["NULL", "''"])
def test_a_marked_row_with_nothing_to_mask_stops_the_answer_and_says_what_to_do(
    right: str,
    blank: str,
    ask: Callable[..., Case],
    staff: Callable[..., User],
    crm: sqlite3.Connection,
    client: Client,
) -> None:
    crm.execute(EMPTY.replace("NULL", blank))
    case, by = work(ask(right)), staff("caseworker")
    stopped = prepare(case, by)
    case.refresh_from_db()
    assert (stopped.status, case.stage, stopped.sha256) == ("failed", "decisions", "")
    assert stopped.error == "mask-empty: crm/calls|usage|other|hidden_number"
    client.force_login(by)
    page = client.get(case.get_absolute_url()).content.decode()
    assert "crm/calls: a row says by `hidden_number` that it tells of somebody else" in page
    assert "is empty: other." in page
    assert f"/desk/cases/{case.reference}/decisions/again/" in page


def test_one_marked_row_with_nothing_to_mask_is_enough(
    ask: Callable[..., Case], staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    """Another row of the same run is masked; the letter would say so of this one as well."""
    crm.execute("INSERT INTO calls VALUES (4, '+46701740605', '2026-03-02 12:00:00', NULL, 1)")
    stopped = prepare(work(ask("access")), staff("caseworker"))
    assert stopped.error.startswith("mask-empty: crm/calls|")


@pytest.mark.pango
def test_the_owner_says_that_empty_numbers_hide_nobody_and_the_rows_are_judged_again(
    ask: Callable[..., Case],
    staff: Callable[..., User],
    crm: sqlite3.Connection,
    configured: Callable[[str], None],
    client: Client,
) -> None:
    crm.execute(EMPTY)
    case, by = work(ask("access")), staff("caseworker")
    assert prepare(case, by).status == "failed"
    configured(ONLY_WHERE_FILLED)
    # What was found says that rows are to be masked, and none is: nothing goes out before they are judged again.
    assert written(case, by).error == "not-covered: usage"
    client.force_login(by)
    client.post(f"/desk/cases/{case.reference}/decisions/again/")
    assess(case.pk)
    case.refresh_from_db()
    assert case.decisions.get(subject="usage").proposed == "give"
    assert not case.decisions.exclude(subject="usage").filter(status="proposed").exists()
    prepared = prepare(case, by)
    assert prepared.status == Answer.Status.READY, prepared.error
    told, package = letter(case), files(prepared)
    assert COVERED not in told
    assert "uppgifter om andra är dolda" not in told
    assert "du får alla som vi hittade" in told
    assert MASK not in package["readme.txt"]
    numbers = [row["other"] for row in json.loads(package["data/usage-crm-calls.json"])]
    assert numbers == ["+46701740698", None]


def test_who_has_everything_masked_where_nothing_stands_is_told(
    ask: Callable[..., Case], staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    crm.execute("UPDATE calls SET other = NULL, hidden = 0")
    case, by = work(ask("access")), staff("caseworker")
    override(case.decisions.get(subject="usage"), outcome="redact", reason="Somebody else called.", by=by)
    assert prepare(case, by).error == "mask-nothing: crm/calls|usage|other|"


@pytest.mark.pango
def test_who_has_everything_masked_need_not_have_something_in_every_row(
    ask: Callable[..., Case], staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    crm.execute("UPDATE calls SET other = NULL, hidden = 0 WHERE id = 2")
    case, by = work(ask("access")), staff("caseworker")
    override(case.decisions.get(subject="usage"), outcome="redact", reason="Somebody else called.", by=by)
    prepared = prepare(case, by)
    assert prepared.status == Answer.Status.READY, prepared.error
    numbers = [row["other"] for row in json.loads(files(prepared)["data/usage-crm-calls.json"])]
    assert numbers == [None, MASK]


def test_only_a_caseworker_has_rows_judged_again_and_only_while_they_are_decided(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = work(ask("access"))
    with pytest.raises(PermissionDenied):
        judge_again(case, by=staff("auditor"))
    judge_again(case, by=staff("caseworker"))
    with pytest.raises(Refusal, match="wrong-stage"):
        judge_again(case, by=staff("caseworker"))


@pytest.mark.parametrize("code", STOPS)
@pytest.mark.parametrize("language", ["sv", "da", "en"])
def test_every_stop_is_said_in_each_language(code: str, language: str) -> None:
    with override_language(language):
        told = in_words(f"{code}: crm/calls|usage|other, note|hidden_number")
        assert "%(" not in told
        assert in_words("undecided: review") == "undecided: review"
    assert language == "en" or told != in_words(f"{code}: crm/calls|usage|other, note|hidden_number")


def test_values_are_masked_whole_however_they_are_made_up() -> None:
    row = {"id": 1, "who": {"name": "x", "at": ["y"]}, "more": ["x", "y"], "count": 0, "none": [], "text": ""}
    masked = redacted(Run(source="crm", collection="notes"), row, {*row} - {"id"})
    assert masked == {"id": 1, "who": MASK, "more": MASK, "count": MASK, "none": [], "text": ""}


@pytest.mark.parametrize("row", [{"id": 1}, {"caller": "070", "Note": "Ida (12) called"}])
def test_a_row_without_one_of_the_columns_is_not_given(row: dict[str, object]) -> None:
    """A column spelled otherwise beside one that is right would stand there uncovered."""
    with pytest.raises(NotCovered, match=r"mask-missing: crm/notes\|correspondence\|.*note"):
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
