"""A package kept longer: once, before its end, because the person asks for it (Article 12(2))."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from cases.casework import audit, standstill
from cases.casework.operators import register_of_case
from cases.casework.workflow import Refusal, lock
from cases.law.clock import date_of_receipt
from exports.delivery import end_of
from exports.models import Answer


@transaction.atomic
def keep(answer: Answer) -> datetime:
    """As many days again as it had, from its last one. Returns the new end.

    Refusal package-gone after its end, kept-longer the second time, held-back while the desk stands still.
    """
    if standstill.stops("keep-longer"):
        raise Refusal("held-back")
    # The case first, as whoever destroys the package does.
    case = lock(answer.case_id)
    answer = Answer.objects.select_for_update().get(pk=answer.pk)
    if answer.expires_at is None or answer.status != Answer.Status.DELIVERED:
        raise Refusal("package-not-ready")
    if answer.is_over:
        raise Refusal("package-gone", day=date_format(timezone.localtime(answer.expires_at), "DATE_FORMAT"))
    if answer.kept_longer_at is not None:
        raise Refusal("kept-longer")
    register = register_of_case(case)
    last = date_of_receipt(answer.expires_at, register.time_zone)
    answer.kept_longer_at = timezone.now()
    answer.expires_at = end_of(last + timedelta(days=register.settings.package_days), case)
    answer.save(update_fields=["kept_longer_at", "expires_at"])
    audit.record(case, "package.kept-longer", by=audit.DATA_SUBJECT, version=answer.version)
    return answer.expires_at
