"""What is signed, to the byte: a line with its purpose, so that no signature stands for another thing, then JSON."""

import json
from collections.abc import Mapping

PACKAGE, FILE, RECEIPT = "dsar-package", "dsar-package-file", "dsar-receipt"


def canonical(said: object) -> bytes:
    """JSON in one way only: keys sorted, no blanks, text as it is, UTF-8."""
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def statement(purpose: str, said: Mapping[str, object]) -> bytes:
    """The bytes that are signed."""
    return f"{purpose}\n".encode() + canonical(said)
