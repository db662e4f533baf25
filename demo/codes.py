"""What an authenticator app would show for the demo's staff (RFC 6238); `python -m demo.codes` prints the code."""

import base64
import hashlib
import hmac
import secrets
import time
from pathlib import Path

from demo.memory import Memory

STEP = 30  # seconds


def new_secret() -> str:
    """Twenty bytes, in base 32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code(secret: str) -> str:
    """Six digits, of this half minute."""
    counter = int(time.time()) // STEP
    digest = hmac.digest(base64.b32decode(secret), counter.to_bytes(8, "big"), hashlib.sha1)
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFF_FFFF
    return f"{number % 1_000_000:06}"


if __name__ == "__main__":
    print(code(Memory.load(Path("var/demo.json")).values["secret"]))
