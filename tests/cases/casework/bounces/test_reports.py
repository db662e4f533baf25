"""Delivery reports as servers write them, and what only looks like one."""

from pathlib import Path

import pytest

from cases.casework.bounces.reports import read
from tests.cases.casework.bounces.post_office import report

TOKEN = "1f-0123456789abcdef0123"
VERP = f"bounces+{TOKEN}@desk.example"


def test_a_failure_names_its_mail_by_whom_the_report_was_sent_to() -> None:
    found = read(report(VERP))
    assert found is not None
    assert (found.failed, found.status, TOKEN in found.names) == (True, "5.1.1", True)


def test_it_names_it_by_the_message_id_of_what_came_back() -> None:
    found = read(report("bounces@desk.example", returned=f"Subject: x\nMessage-ID: <{TOKEN}@desk.example>"))
    assert found is not None
    assert TOKEN in found.names


@pytest.mark.parametrize(
    ("action", "status", "failed"),
    [
        ("failed", "5.1.1", True),
        ("Failed (mailbox gone)", "5.2.1", True),
        # Given up after days: "failed" is what counts, not the class of the status.
        ("failed", "4.4.7", True),
        ("delayed", "4.4.1", False),
        ("delivered", "2.0.0", False),
        ("relayed", "2.0.0", False),
        ("expanded", "2.0.0", False),
    ],
)
def test_only_a_failure_is_a_failure(action: str, status: str, failed: bool) -> None:
    found = read(report(VERP, action=action, status=status))
    assert found is not None
    assert found.failed is failed


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x00\xff\xfe",
        b"Subject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.",
        b"Content-Type: multipart/report\r\n\r\nwithout any part",
        b"Content-Type: multipart/report; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: message/delivery-status\r\n\r\n\r\n--x--",
        report(VERP).replace(b"multipart/report", b"multipart/mixed"),
        report(VERP).replace(b"Action:", b"Inaction:"),
    ],
)
def test_anything_else_is_no_report(message: bytes) -> None:
    assert read(message) is None


@pytest.mark.parametrize("cut", range(100, 1100, 100))
def test_a_report_cut_off_anywhere_is_read_or_not_and_never_breaks(cut: int) -> None:
    found = read(report(VERP, returned="Subject: x\n" * 40)[:cut])
    assert found is None or found.failed


def test_reading_a_report_is_pure() -> None:
    source = Path(read.__code__.co_filename).read_text()
    assert "django" not in source
    assert "cases.models" not in source
