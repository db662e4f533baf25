"""Identifiers of people: written one way, shown masked. Only shape is checked; whose it is, a source tells.

Whatever comes in, by whichever door, goes through `normalise` once. What it returns is what is mailed, proven, hashed,
kept and searched: no later step makes another value of it. Connectors spell it as each system writes it.
"""

import re
import unicodedata

import phonenumbers
from django.core.exceptions import ValidationError as NotMailable
from django.core.validators import validate_email
from personnummer import personnummer
from stdnum.dk import cpr
from stdnum.exceptions import ValidationError

from cases.identity.characters import Unseen, first_unseen
from cases.sealed import vault
from connectors.description.spelling import in_ascii, in_unicode

EMAIL, MSISDN, CUSTOMER_NO, NATIONAL_ID = "email", "msisdn", "customer_no", "national_id"
# Unicode counts it among the signs of arithmetic.
MINUS = "\u2212"
SWEDEN, SWEDISH_MOBILE = 46, 9  # the country's code, and the digits of a mobile number after the 0
MOST_DIGITS = 15  # of a phone number (ITU-T E.164)
TYPED_KINDS = (EMAIL, MSISDN, CUSTOMER_NO, NATIONAL_ID)


class NotAnIdentifier(ValueError):
    """The value cannot be an identifier of this kind. ``code`` names the sentence to show, ``unseen`` what is in it."""

    def __init__(self, code: str, unseen: Unseen | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.unseen = unseen


def normalise(kind: str, value: str, country: str) -> str:
    """One way to write a value: mail in lower case, E.164 number, 12-digit personnummer, 10-digit CPR.

    A mailbox's domain has its letters (räksmörgås.se, never xn--...), composed; numbers have the digits 0 to 9. Raises
    NotAnIdentifier, for a character nobody sees as well. Kinds the desk does not know (a source's own ids) are only
    stripped.
    """
    refuse_unseen(value)
    value = value.strip()
    if kind == EMAIL:
        return _mailbox(value)
    if kind == MSISDN:
        return _phone(_plain_digits(value), country)
    if kind == NATIONAL_ID:
        return (_personnummer if country == "SE" else _cpr)(_ungrouped(_plain_digits(value)))
    return unicodedata.normalize("NFKC", value) if kind == CUSTOMER_NO else value


def typed(kind: str, value: str, country: str) -> str:
    """The same of what a person typed, who writes a customer number in groups. Systems may have blanks of their own."""
    canonical = normalise(kind, value, country)
    if not canonical:
        raise NotAnIdentifier("empty")
    return "".join(canonical.split()) if kind == CUSTOMER_NO else canonical


def refuse_unseen(value: str) -> None:
    """NotAnIdentifier `unseen` for a character that nobody sees: two values that look alike must not differ."""
    if unseen := first_unseen(value):
        raise NotAnIdentifier("unseen", unseen)


def reply_mailbox(value: str) -> str:
    """The mailbox in its one way, if mail can be sent to it as it stands. Raises NotAnIdentifier."""
    mailbox = normalise(EMAIL, value, "")
    try:
        validate_email(in_ascii(mailbox))
    except NotMailable:
        raise NotAnIdentifier("email" if mailbox.partition("@")[0].isascii() else "mailbox-letters") from None
    return mailbox


def digest_of_mailbox(operator: str, mailbox: str) -> str:
    """By which the same mailbox is known again; "" for none, or all who have none would be one person."""
    return vault.digest(operator, EMAIL, mailbox) if mailbox else ""


def _mailbox(value: str) -> str:
    box, at, domain = value.rpartition("@")
    # In quotation marks the same mailbox has a second name.
    if not (box and at and domain) or any(char.isspace() or char in '"@' for char in box + domain):
        raise NotAnIdentifier("email")
    try:
        return in_unicode(f"{unicodedata.normalize('NFC', box)}@{domain}".lower())
    except UnicodeError:
        raise NotAnIdentifier("email") from None


def _plain_digits(value: str) -> str:
    """What looks like digits as 0 to 9, whichever script or width they are typed in."""
    composed = unicodedata.normalize("NFKC", value)
    return "".join(str(unicodedata.decimal(char, char)) for char in composed)


def _ungrouped(value: str) -> str:
    """Without blanks and dashes of any length: they only group. A plus stays, it tells of a hundred years."""
    return "".join(
        char for char in value if not (char.isspace() or unicodedata.category(char) == "Pd" or char == MINUS)
    )


def _phone(value: str, country: str) -> str:
    if sum(map(str.isdigit, value)) > MOST_DIGITS:
        raise NotAnIdentifier("phone-several")
    try:
        number = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException:
        raise NotAnIdentifier("phone") from None
    if not _is_all_of(value, number):
        raise NotAnIdentifier("phone-several")
    if _is_short(number):
        raise NotAnIdentifier("phone-short")
    # Possible and not valid: the shape alone is checked, and new ranges come up before the library knows them.
    if not phonenumbers.is_possible_number(number):
        raise NotAnIdentifier("phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_all_of(value: str, number: phonenumbers.PhoneNumber) -> bool:
    """Whether no digits are left over: the library reads the first of several numbers, and leaves out the rest."""
    country, national = str(number.country_code), phonenumbers.national_significant_number(number)
    # With a 0 or 00 before it, as `+46 (0)70` has.
    longest = f"00{country}0{national}"
    return sum(map(str.isdigit, value)) <= len(longest) and not number.extension


def _is_short(number: phonenumbers.PhoneNumber) -> bool:
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason in (
        phonenumbers.ValidationResult.TOO_SHORT,
        phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY,
    ):
        return True
    # Sweden has numbers of six digits, but none that begin with 0, and no mobile ones: 070-174 is the beginning of one.
    national = phonenumbers.national_significant_number(number)
    begun = national.startswith("0") or (national.startswith("7") and len(national) < SWEDISH_MOBILE)
    return number.country_code == SWEDEN and begun


def _personnummer(value: str) -> str:
    try:
        # This library takes coordination numbers too, whose day is raised by sixty (lag 2022:1697, 2 kap. 8 §).
        parsed = personnummer.parse(value)
    except Exception:  # noqa: BLE001 - the library raises its own and standard errors alike
        shaped = re.fullmatch(r"\d{12}|\d{6}\+?\d{4}|\d{8}\+\d{4}", value)
        raise NotAnIdentifier("personnummer-digits" if shaped else "personnummer") from None
    return str(parsed.format(True))


def _cpr(value: str) -> str:
    try:
        # Without the check digit: numbers given out since October 2007 need not satisfy it.
        return str(cpr.validate(value))
    except ValidationError:
        raise NotAnIdentifier("cpr-digits" if re.fullmatch(r"\d{10}", value) else "cpr") from None


def mask(kind: str, value: str) -> str:
    """Enough to recognise one's own value, not enough to learn another's."""
    if kind == EMAIL and "@" in value:
        box, _at, domain = value.partition("@")
        return f"{box[:1]}{'•' * 4}@{domain}"
    if kind == NATIONAL_ID:
        return f"{value[:-4]}••••" if len(value) > 8 else "••••"
    return f"{value[:3]}{'•' * max(len(value) - 5, 2)}{value[-2:]}" if len(value) > 5 else "••••"
