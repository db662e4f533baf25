"""A backlog is taken in line by line: what can't be is told and left, what is there already is told and not doubled."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.casework.workflow import Refusal
from cases.models import Case, Operator, OutgoingMail, User
from cases.request import backlog

pytestmark = pytest.mark.django_db
HEAD = "received_on;channel;rights;name;email;note;protected"
DAY = (timezone.localdate() - timedelta(days=3)).isoformat()


def csv_of(*lines: str, head: str = HEAD) -> bytes:
    return "\ufeff".encode() + "\r\n".join((head, *lines)).encode()


def test_each_line_stands_for_itself(operator: Operator, staff: Callable[..., User]) -> None:
    lines = (
        f"{DAY};letter;access erasure;Anna Åström;;;no",
        f"{DAY};pigeon;access;Bo Test;;;",
        "2999-01-01;shop;access;Cia Test;;;",
        f'{DAY};phone;rectification;Dan Test;dan@example.com;"Street;\r\nnot road";',
        f"{DAY};letter;access erasure;Anna Åström;;;",
        "yesterday;letter;access;Eva Test;;;perhaps",
        f"{DAY};letter;access",
    )
    report = list(backlog.take_in(operator, csv_of(*lines), by=staff("caseworker")))
    assert [line.number for line in report] == [2, 3, 4, 6, 7, 8, 9]
    assert [set(line.errors) for line in report] == [
        set(), {"channel"}, {"received_on"}, set(), set(), {"received_on", "protected"}, {""},
    ]  # fmt: skip
    first, again = report[0], report[4]
    assert (len(first.references), first.was_there) == (2, False)
    # Two who wrote the same, or one who wrote twice, asked twice.
    assert (len(again.references), again.was_there) == (2, False)
    assert not set(again.references) & set(first.references)
    assert Case.objects.count() == 5
    assert OutgoingMail.objects.filter(kind="code").count() == 1
    # The mended file again: what is there is not taken twice.
    later = list(backlog.take_in(operator, csv_of(*lines), by=staff("caseworker", name="other")))
    assert [line.was_there for line in later if not line.errors] == [True, True, True]
    assert [line.references for line in later] == [line.references for line in report]
    assert Case.objects.count() == 5


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (csv_of(), "backlog-empty"),
        (csv_of("x", head="received_on;channel;rights"), "backlog-missing"),
        (csv_of("x", head=f"{HEAD};ssn"), "backlog-unknown"),
        (csv_of("x", head=f"{HEAD};note"), "backlog-twice"),
        (csv_of("x").replace(b"x", b"\xe5"), "backlog-text"),
        (csv_of(f'{DAY};letter;access;"Anna'), "backlog-text"),
        (csv_of(*["x"] * 501), "backlog-long"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_before_its_first_line(
    operator: Operator, staff: Callable[..., User], content: bytes, code: str
) -> None:
    with pytest.raises(Refusal, match=code):
        backlog.take_in(operator, content, by=staff("caseworker"))
    assert not Case.objects.exists()
