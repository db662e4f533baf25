"""The day on which a request was received, where that is not the day on which it comes into the desk.

The month runs from receipt, whoever at the operator received it (Art. 12(3); EDPB guidelines 01/2022).
"""

from datetime import date, timedelta

from cases.law.calendars import working_days_after
from cases.models.case import Channel
from cases.registers.register import Register

# Whoever has waited longer has long asked again: a day further back is a year mistyped.
OLDEST = timedelta(days=731)


def receipt_error(received_on: date | None, channel: str, today: date) -> str | None:
    """The code of what is wrong with the day; None for nothing."""
    if received_on is None:
        return None
    if channel == Channel.FORM:
        return "received-now"
    if received_on > today:
        return "received-ahead"
    return "received-long-ago" if received_on < today - OLDEST else None


def is_late(received_on: date, today: date, register: Register) -> bool:
    """Whether it comes in so late that the question who asks no longer stops the clock."""
    limit = register.settings.pause_ask_working_days
    return any(today > working_days_after(received_on, limit, one) for one in register.calendars)
