"""Identifiers of people: written one way, shown masked. Only shape is checked; whose it is, a source tells."""

import phonenumbers
from personnummer import personnummer
from stdnum.dk import cpr
from stdnum.exceptions import ValidationError

EMAIL, MSISDN, CUSTOMER_NO, NATIONAL_ID = "email", "msisdn", "customer_no", "national_id"
TYPED_KINDS = (EMAIL, MSISDN, CUSTOMER_NO, NATIONAL_ID)


class NotAnIdentifier(ValueError):
    """The value cannot be an identifier of this kind. ``code`` names the sentence to show."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def normalise(kind: str, value: str, country: str) -> str:
    """One way to write a value: mail in lower case, E.164 number, 12-digit personnummer, 10-digit CPR.

    Raises NotAnIdentifier. Kinds the desk does not know (a source's own ids) are only stripped.
    """
    value = value.strip()
    if kind == EMAIL:
        return value.lower()
    if kind == MSISDN:
        return _phone(value, country)
    if kind == NATIONAL_ID:
        return _personnummer(value) if country == "SE" else _cpr(value)
    return value


def _phone(value: str, country: str) -> str:
    try:
        number = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException:
        raise NotAnIdentifier("phone") from None
    # Possible and not valid: the shape alone is checked, and new ranges come up before the library knows them.
    if not phonenumbers.is_possible_number(number):
        raise NotAnIdentifier("phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _personnummer(value: str) -> str:
    try:
        # This library takes coordination numbers too, whose day is raised by sixty (lag 2022:1697, 2 kap. 8 §).
        parsed = personnummer.parse(value)
    except Exception:  # noqa: BLE001 - the library raises its own and standard errors alike
        raise NotAnIdentifier("personnummer") from None
    return str(parsed.format(True))


def _cpr(value: str) -> str:
    try:
        # Without the check digit: numbers given out since October 2007 need not satisfy it.
        return str(cpr.validate(value))
    except ValidationError:
        raise NotAnIdentifier("cpr") from None


def mask(kind: str, value: str) -> str:
    """Enough to recognise one's own value, not enough to learn another's."""
    if kind == EMAIL and "@" in value:
        box, _at, domain = value.partition("@")
        return f"{box[:1]}{'•' * 4}@{domain}"
    if kind == NATIONAL_ID:
        return f"{value[:-4]}••••" if len(value) > 8 else "••••"
    return f"{value[:3]}{'•' * max(len(value) - 5, 2)}{value[-2:]}" if len(value) > 5 else "••••"
