"""An operator made up for a while, and the keys of a desk around it. Needs neither settings nor tables."""

import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from pyrage import x25519

SHIPPED = Path(__file__).resolve().parents[2] / "operators"
# The head of a connectors.toml: a customer register at the address in `CRM_URL`. More keys of the source may follow.
CRM = """
[[source]]
key = "crm"
name = { sv = "Kundregister", da = "Kundesystem", en = "Customer register" }
kind = "sql"
url = "env:CRM_URL"
time_zone = "Europe/Stockholm"
"""
# Its collection that everything else is found by. More keys of the collection may follow: `yields` has to.
CUSTOMERS = """
[[source.collection]]
key = "customer"
category = "contact"
name = { sv = "Kundkort", da = "Kundekort", en = "Customer card" }
table = "customer"
key_columns = ["customer_no"]
find = { customer_no = "customer_no", email = "email" }
at = "left_on"
contract_end = "left_on"
interval = false
link = ["email"]
"""


def write_register(
    operators: Path,
    slug: str,
    *,
    like: str = "tele2-se",
    contacts: Mapping[str, str] | None = None,
    asks: str = "low",
) -> Path:
    """The operator's new folder in `operators`, with the register `like` is shipped with and no connectors yet.

    `contacts`: the addresses of recipients, by their keys in the register. `asks`: the proof that every category asks
    for; a mailed code is enough unless told, and with "" the register says it.
    """
    register = (SHIPPED / like / "register.toml").read_text(encoding="utf-8")
    register = re.sub(r'(?m)^slug = ".*"$', f'slug = "{slug}"', register)
    for key, contact in (contacts or {}).items():
        register = register.replace(f"[recipients.{key}]\n", f'[recipients.{key}]\ncontact = "{contact}"\n')
    if asks:
        register = re.sub(r"(?m)^(\[categories\.[a-z-]+\])$", rf'\1\nproof = "{asks}"', register)
    folder = operators / slug
    folder.mkdir(parents=True)
    (folder / "register.toml").write_text(register, encoding="utf-8")
    return folder


def keys() -> dict[str, str]:
    """The keys that a desk cannot start without, made anew, by the names of their settings."""
    return {
        "DSAR_SECRET_KEY": secrets.token_hex(32),
        "DSAR_INDEX_KEY": secrets.token_hex(32),
        "DSAR_ANCHOR_KEY": secrets.token_hex(32),
        "DSAR_MASTER_KEY": str(x25519.Identity.generate()),
        "DSAR_ORDERS_KEY": str(x25519.Identity.generate()),
    }


def places(folder: Path) -> dict[str, str]:
    """Where the desk keeps what it keeps, in `folder`."""
    return {
        "DSAR_OPERATORS": str(folder / "operators"),
        "DSAR_VAULT": str(folder / "vault"),
        "DSAR_ANCHORS": str(folder / "anchors"),
    }
