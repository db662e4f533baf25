"""A message from the mailbox for bounces, read as a delivery report (RFC 3464). Pure: bytes in, a report out."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

# Where servers write whom the report itself was sent to: the envelope's sender of the mail that came back.
SENT_TO = ("To", "Delivered-To", "X-Original-To", "Envelope-To")
RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")


@dataclass(frozen=True)
class Report:
    """``failed``: a server gave up. A delay, a relay, a delivery is none, whatever its words.

    ``names``: text in which the mail it is about is named. ``status`` is "" where the server gave none.
    """

    failed: bool
    status: str
    names: str


def read(content: bytes) -> Report | None:
    """The report; None for any other message: an answer, an automatic reply, an advertisement."""
    message = message_from_bytes(content)
    if message.get_content_type() != "multipart/report":
        return None
    fields = [
        each for part in message.walk() if part.get_content_type() in STATUS_PARTS for each in _blocks(part)
    ]
    actions = [(_word(block, "Action"), _word(block, "Status")) for block in fields if block["Action"]]
    if not actions:
        return None
    failed = [status for action, status in actions if action == "failed"]
    return Report(bool(failed), failed[0][:12] if failed else "", "\n".join(_names(message)))


def _blocks(part: Message) -> list[Message]:
    blocks = part.get_payload()
    return [block for block in blocks if isinstance(block, Message)] if isinstance(blocks, list) else []


def _word(block: Message, name: str) -> str:
    """The first word of a field: servers add a remark in brackets."""
    words = str(block.get(name, "")).split()
    return words[0].lower() if words else ""


def _names(message: Message) -> Iterator[str]:
    for name in SENT_TO:
        yield from map(str, message.get_all(name, []))
    for part in message.walk():
        if part.get_content_type() in RETURNED:
            yield from _message_ids(part)


def _message_ids(part: Message) -> Iterator[str]:
    inside = part.get_payload()
    if isinstance(inside, list):
        yield from (str(each.get("Message-ID", "")) for each in inside if isinstance(each, Message))
    else:
        text = part.get_payload(decode=True)
        yield str(message_from_bytes(text if isinstance(text, bytes) else b"").get("Message-ID", ""))
