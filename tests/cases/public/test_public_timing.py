"""A known and an unknown reference cost the page the same: the same statements, and no mail while anybody waits."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from shutil import copy, copytree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from cases.identity import knocks
from cases.identity.eid.configured import faces_of
from cases.identity.texting.configured import gateway_of
from cases.models import Attempt, Case, Knock, Operator, OutgoingMail, TextMessage
from cases.sources.loading import load_operator
from tests.cases.public.public_person import Person, mails, text, wrong_code

LATE = "What we send goes out late just now."
UNKNOWN = ("26-22222-22", "nonsense", "26-7KQXA-19")


@pytest.fixture
def operator(db: None, tmp_path: Path, settings: Settings) -> Iterator[Operator]:
    """One with every door: electronic identity, and codes by text message."""
    shipped = settings.OPERATORS_DIR
    folder = Path(copytree(shipped / "tele2-se", tmp_path / "tele2-se"))
    copy(shipped / "telenor-se" / "text-messages.toml", folder)
    settings.OPERATORS_DIR = tmp_path
    for kept in (gateway_of, faces_of):
        kept.cache_clear()
    yield load_operator("tele2-se")[0]
    for kept in (gateway_of, faces_of):
        kept.cache_clear()


def _statements(act: Callable[[], object]) -> list[str]:
    """The statements in order, without the values in them."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return [re.sub(r"'[^']*'(::\w+)?|\"s\d+_x\d+\"|\b\d+\b", "?", query["sql"]) for query in captured]


def _walk(operator: Operator, reference: str) -> Iterator[list[str]]:
    """Every step that a visitor without the mailbox can take with a reference."""
    visitor = Person(operator)
    yield _statements(lambda: visitor.do("status", reference=reference))
    yield _statements(lambda: visitor.see("status_code"))
    for _try in range(12):
        yield _statements(lambda: visitor.do("status_code", code="000000"))
    yield _statements(lambda: visitor.do("status_code", code="1"))
    for _press in range(6):
        yield _statements(lambda: visitor.do("status_code_again"))
    for _press in range(2):
        yield _statements(lambda: visitor.do("status_code_by_text"))
        yield _statements(lambda: visitor.see("status_code"))
    assert Knock.objects.filter(about="text").exists()
    yield _statements(lambda: visitor.do("eid", face="bankid", door="status"))
    yield _statements(lambda: visitor.see("eid_ended"))
    yield _statements(lambda: visitor.do("status_code", code="000000"))
    yield _statements(lambda: visitor.see("requests"))


@pytest.fixture(params=["proven", "waiting"])
def case(person: Person, request: pytest.FixtureRequest) -> Case:
    case = person.send().cases.get()
    if request.param == "proven":
        person.prove()
    case.refresh_from_db()
    return case


@pytest.mark.parametrize("reference", UNKNOWN)
def test_each_step_takes_the_same_statements(case: Case, operator: Operator, reference: str) -> None:
    mailed = OutgoingMail.objects.count()
    known, unknown = list(_walk(operator, case.reference)), list(_walk(operator, reference))
    assert known == unknown
    assert len(known[0]) > 3
    assert (OutgoingMail.objects.count(), TextMessage.objects.count()) == (mailed, 0)


@pytest.mark.parametrize("reference", UNKNOWN)
def test_what_is_sent_late_shows_no_request(
    case: Case, operator: Operator, reference: str, person: Person
) -> None:
    """The mail to whoever made the request is late; of nobody else's anything is known."""
    OutgoingMail.objects.exclude(kind="code").update(sent_at=case.received_at)
    OutgoingMail.objects.filter(kind="code").update(
        created_at=case.received_at - timedelta(hours=1), attempts=3
    )
    pages = []
    for asked in (case.reference, reference):
        visitor = Person(operator)
        visitor.do("status", reference=asked)
        pages.append(text(visitor.see("status_code")).replace(asked, "REFERENCE"))
    assert pages[0] == pages[1]
    assert LATE not in pages[0]


def test_the_page_tells_that_what_is_sent_is_late(case: Case, operator: Operator) -> None:
    visitor = Person(operator)
    visitor.do("status", reference=UNKNOWN[0])
    assert LATE not in text(visitor.see("status_code"))
    Knock.objects.update(at=case.received_at - timedelta(hours=1))
    assert LATE in text(visitor.see("status_code"))
    Knock.objects.all().delete()
    OutgoingMail.objects.update(kind="ready", sent_at=None, created_at=case.received_at - timedelta(hours=1))
    assert LATE in text(visitor.see("status_code"))
    # One that was refused for good keeps no other waiting.
    OutgoingMail.objects.update(failed_at=case.received_at)
    assert LATE not in text(visitor.see("status_code"))


def test_a_code_that_is_out_is_no_difference(case: Case, operator: Operator) -> None:
    """The known one has a live code, half used up, whose mail has been sent."""
    known, unknown = Person(operator), Person(operator)
    for visitor, reference in ((known, case.reference), (unknown, UNKNOWN[0])):
        visitor.do("status", reference=reference)
    wrong = wrong_code()
    OutgoingMail.objects.filter(sent_at=None).update(sent_at=case.received_at)
    for _try in range(7):
        assert _statements(lambda: known.do("status_code", code=wrong)) == _statements(
            lambda: unknown.do("status_code", code=wrong)
        )


def test_whoever_waits_waits_alike(case: Case, operator: Operator) -> None:
    answers = []
    for reference in (case.reference, UNKNOWN[0]):
        visitor = Person(operator)
        visitor.do("status", reference=reference)
        for _try in range(11):
            page = visitor.do("status_code", code="000000").content.decode()
        answers.append("Wait 2 minutes before the next one" in page)
    assert answers == [True, True]
    assert Attempt.objects.filter(door="guess").count() == 20


def test_the_worker_mails_once_and_only_where_there_is_a_request(case: Case, operator: Operator) -> None:
    before = len(mails())
    for reference in (case.reference, UNKNOWN[0]):
        Person(operator).do("status", reference=reference)
    asked = list(Knock.objects.order_by("pk"))
    for left in [*asked, *asked]:
        knocks.answer(left.pk)
    assert (len(mails()) - before, Knock.objects.count()) == (1, 0)
