"""An SMTP server that takes mail, now and then after saying no."""

import random
import re
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """What arrived; some of it is refused for the moment (RFC 5321, 4.2.1: a 4yz reply)."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.mood = 0.0
        self.refused = 0
        self.arrived: list[tuple[str, str]] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.random.random() < self.mood:
            self.refused += 1
            return "451 try again later"
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        body = mail.get_body()
        self.arrived.append((envelope.rcpt_tos[0], body.get_content() if body else ""))
        return "250 taken"

    def code(self, address: str) -> str | None:
        """The code in the newest mail to the address; None before it came."""
        mails = [text for to, text in self.arrived if to == address]
        found = [match[0] for text in mails if (match := re.search(r"\b\d{3} ?\d{3}\b", text))]
        return found[-1] if found else None
