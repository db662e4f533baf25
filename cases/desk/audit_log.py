"""The audit log, and whether its chain still holds."""

from contextlib import suppress
from itertools import chain

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.casework import audit
from cases.casework.members.named import seen_by
from cases.casework.permissions import Permission, operators_for
from cases.desk.scope import DeskRequest, deny_unless, staff
from cases.models import AuditEntry, Case, User
from cases.sealed.orders_key import Foreign

PAGE_SIZE = 100


def _visible(user: User, reference: str) -> Q:
    """The open stream of the operators one audits; the cleared stream only where one is cleared as well.

    Nothing of a case that is for other named staff. ``reference``: of one case alone.
    """
    operators = list(operators_for(user, Permission.SEE_AUDIT).values_list("pk", flat=True))
    secret = list(operators_for(user, Permission.SEE_SECRET).values_list("pk", flat=True))
    others = Case.objects.filter(~seen_by(user), reference=OuterRef("case"))
    audited = Q(operator__in=operators, stream="open") & ~Q(Exists(others))
    if reference:
        audited &= Q(case__iexact=reference)
    if both := set(operators) & set(secret):
        audited |= _cleared(both, user, reference.upper())
    return audited


def _cleared(operators: set[str], user: User, reference: str) -> Q:
    """The same of the cleared stream. The database can't tell which case an entry is about: for that all are opened."""
    stream = Q(operator__in=operators, stream="cleared")
    hidden = Case.objects.filter(~seen_by(user), operator__in=operators)
    others = set(hidden.values_list("reference", flat=True))
    if not (others or reference):
        return stream
    found = ((entry.pk, _readable(entry).case) for entry in AuditEntry.objects.filter(stream).iterator())
    return Q(pk__in=[pk for pk, case in found if case not in others and reference in ("", case)])


def _readable(entry: AuditEntry) -> AuditEntry:
    """One that another key sealed stays as it is."""
    with suppress(Foreign):
        return audit.opened(entry)
    return entry


@require_http_methods(["GET", "POST"])
@staff
def audit_log(request: DeskRequest) -> HttpResponseBase:
    """GET lists what happened, newest first; POST reads the whole chain again and says whether it holds."""
    operators = operators_for(request.user, Permission.SEE_AUDIT)
    deny_unless(operators.exists())
    reference = request.GET.get("case", "").strip()[:12]
    entries = AuditEntry.objects.filter(_visible(request.user, reference)).order_by("-at", "-number", "-pk")
    if (chosen := request.GET.get("operator")) in {operator.pk for operator in operators}:
        entries = entries.filter(operator=chosen)
    page = Paginator(entries, PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = [_readable(entry) for entry in page.object_list]
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "page": page,
        "operators": operators,
        "chosen": chosen,
        "case_reference": reference,
        "rest": query.urlencode(),
        "verified": _verified(request.user) if request.method == "POST" else None,
    }
    return render(request, "desk/audit.html", context)


def _verified(user: User) -> tuple[bool, str]:
    """Of the chains whose entries the page lists for this user, and of no others."""
    audited = {one.pk for one in operators_for(user, Permission.SEE_AUDIT)}
    cleared = audited & {one.pk for one in operators_for(user, Permission.SEE_SECRET)}
    opens = audit.breaks(operators=audited, streams=["open"])
    broken = next(chain(opens, audit.breaks(operators=cleared, streams=["cleared"])), None)
    if broken is None:
        return True, _("The chain holds: no entry was changed, removed or put in between.")
    place = {"operator": broken.operator, "number": broken.number, "why": broken.reason}
    return False, _("The chain is broken at %(operator)s, entry %(number)s: %(why)s.") % place
