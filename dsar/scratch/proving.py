"""The mails that wait for the person who asks, and the code in them typed in."""

import json
import re

from cases.identity.verification import check_code
from cases.models import MailedCode, OutgoingMail, Submission
from cases.sealed.vault import unseal_for_operator


def opened(mail: OutgoingMail) -> dict[str, str]:
    """to, subject and body of a mail that waits to be sent."""
    content: dict[str, str] = json.loads(unseal_for_operator(mail.sealed))
    return content


def mailed_code(submission: Submission, kind: str = "code") -> str:
    """The newest code in the person's mailbox."""
    found = re.search(r"\b\d{6}\b", opened(submission.mails.filter(kind=kind).latest("pk"))["body"])
    assert found
    return found[0]


def prove(submission: Submission) -> None:
    """Enter the code from the mail that waits to be sent."""
    check_code(submission, purpose=MailedCode.Purpose.PROVE, code=mailed_code(submission))
