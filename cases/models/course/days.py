"""The day a case is sorted by, for the database and its indexes: `Case.first_day` of a case that is open."""

from datetime import date

from django.db.models import Case as CaseOf
from django.db.models import DateField, F, Q, Value, When
from django.db.models.functions import Coalesce, Least

# The place in order of what waits and has no day: after every other.
NO_DAY = date(9999, 12, 31)
STOPS_BY = CaseOf(When(interim_at=None, then=F("act_by")), output_field=DateField())
ANSWERED_BY = CaseOf(When(paused=False, then=F("due_on")), output_field=DateField())
# LEAST leaves out what is empty.
FIRST = Coalesce(Least(STOPS_BY, ANSWERED_BY), Value(NO_DAY, DateField()))
NOT_CLOSED = ~Q(stage="closed")
# Nobody needs to look at these while there is time: they came from where much comes from, and nobody has proven them.
PROOF_FIRST = Q(stage="verification", proof_first=True)
