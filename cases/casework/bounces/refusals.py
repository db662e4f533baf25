"""Which answer of a mail server ends a mail: the address is refused for good (RFC 5321, 4.2.1; RFC 3463)."""

import re
import smtplib

STATUS = re.compile(rb"\b5\.\d{1,3}\.\d{1,3}\b")
# 5.7: what the server thinks of us, such as "relay denied". To be mended here, and the address may be well.
OURS = b"5.7."
# "Syntax error", "not implemented", "authentication needed": of the talk, not of the address.
OF_THE_TALK = frozenset({500, 501, 502, 503, 504, 530, 534, 535, 538})


def for_good(error: Exception) -> str:
    """The status of a permanent refusal, such as ``550`` or ``5.1.1``; "" for what may yet go out."""
    answers = _answers(error)
    if not answers or not all(map(_ends_it, answers)):
        return ""
    code, words = answers[0]
    found = STATUS.search(words)
    return found[0].decode() if found else str(code)


def _answers(error: Exception) -> list[tuple[int, bytes]]:
    """What was said of the recipients, or of the message as a whole; not of us as its sender."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [(code, bytes(words)) for code, words in error.recipients.values()]
    if isinstance(error, smtplib.SMTPDataError):
        words = error.smtp_error
        return [(error.smtp_code, words if isinstance(words, bytes) else words.encode())]
    return []


def _ends_it(answer: tuple[int, bytes]) -> bool:
    code, words = answer
    status = STATUS.search(words)
    return 500 <= code < 600 and code not in OF_THE_TALK and not (status and status[0].startswith(OURS))
