"""How systems write the values that the desk writes in one way: E.164 numbers, personnummer and CPR without hyphen.

A mailbox with a domain beyond ASCII has two spellings. Which one a system keeps, nobody can know: both are asked for.
"""

import re
from collections.abc import Callable
from typing import Literal

import idna
import phonenumbers

Written = Literal[
    "plain", "lower", "digits", "double-zero", "national-se", "national-dk", "national-no", "national-fi",
    "hyphen", "short", "short-hyphen",
]  # fmt: skip

_E164 = re.compile(r"\+[1-9]\d{5,14}")
_PERSON = re.compile(r"(\d{2})?(\d{6})(\d{4})")
_MAILBOX = re.compile(r"[^@\s]+@[^@\s]+")


def in_unicode(mailbox: str) -> str:
    """The mailbox with the letters of its domain: `xn--rksmrgs-5wao1o.se` as `räksmörgås.se`.

    UnicodeError for a domain that cannot be.
    """
    return _with_domain(mailbox, lambda domain: idna.decode(_registered(domain)))


def in_ascii(mailbox: str) -> str:
    """The mailbox with its domain as it is registered, and as mail is sent. UnicodeError for one that cannot be."""
    return _with_domain(mailbox, _registered)


def mailbox_spellings(value: str) -> tuple[str, ...]:
    """The ways in which systems write this mailbox; any other value as it is."""
    if not _MAILBOX.fullmatch(value):
        return (value,)
    try:
        return tuple(dict.fromkeys((value, in_unicode(value), in_ascii(value))))
    except UnicodeError:
        return (value,)


def _with_domain(mailbox: str, written: Callable[[str], str]) -> str:
    box, at, domain = mailbox.rpartition("@")
    # A domain of plain ASCII is what it is, however few registries would give it out.
    plain = domain.isascii() and "xn--" not in domain.lower()
    return mailbox if plain else f"{box}{at}{written(domain)}"


def _registered(domain: str) -> str:
    # Not Python's own codec: it makes straße.de into strasse.de, which is somebody else's.
    return idna.encode(domain, uts46=True).decode()


def spelled(value: str, written: Written) -> str:
    """The desk's value as a system writes it; "" if it cannot be in that system: a Norwegian number among Swedish ones.

    What is written like that already, or is nothing of the kind, stays as it is.
    """
    match written:
        case "lower":
            return value.lower()
        case "digits":
            return "".join(filter(str.isdigit, value))
        case "double-zero":
            return f"00{value[1:]}" if _E164.fullmatch(value) else value
        case "hyphen" | "short" | "short-hyphen":
            return _personal(value, written)
        case "plain":
            return value
    return _national(value, written.removeprefix("national-").upper())


def _national(value: str, country: str) -> str:
    """Without the country's code, and with the 0 that is dialled within it."""
    if not _E164.fullmatch(value):
        return value
    number = phonenumbers.parse(value)
    if phonenumbers.region_code_for_country_code(number.country_code or 0) != country:
        return ""
    about = phonenumbers.PhoneMetadata.metadata_for_region(country)
    trunk = about.national_prefix if about and about.national_prefix else ""
    return trunk + phonenumbers.national_significant_number(number)


def _personal(value: str, written: Written) -> str:
    """19850101-1234, 8501011234 or 850101-1234; of a CPR number, 010185-1234 or without the hyphen."""
    parts = _PERSON.fullmatch(value)
    if parts is None:
        return value
    century, day, last = parts.group(1) or "", parts.group(2), parts.group(3)
    return f"{century if written == 'hyphen' else ''}{day}{'' if written == 'short' else '-'}{last}"
