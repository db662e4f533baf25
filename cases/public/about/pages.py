"""The desk's own privacy notice (Article 13) and accessibility statement, from the register and what is enforced.

No figure is written down twice: each time is the setting, or the constant, by which `exports.retention` and the tasks
of the clock end things.
"""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from cases.casework.mail import MAY_COME_BACK
from cases.casework.operators import register_of
from cases.identity.eid.configured import names_of
from cases.identity.texting.configured import gateway_of
from cases.identity.unproven import HAND_OVER_AFTER
from cases.models import Operator
from cases.papers.keeping import DAYS_KEPT
from cases.public.entry import public
from cases.public.status import OPEN_FOR
from cases.request.drafts import KEPT


@require_safe
@public
def privacy(request: HttpRequest, operator: Operator) -> HttpResponse:
    """What becomes of the data that somebody gives by asking."""
    register, language = register_of(operator), get_language() or "en"
    context = {
        "settings": register.settings,
        "country": register.country,
        "authorities": [(one.name.get(language), one.web) for one in register.authorities],
        "faces": [*names_of(operator.pk).values()],
        "texts": gateway_of(operator.pk) is not None,
        "papers_days": DAYS_KEPT,
        "draft_hours": KEPT // timedelta(hours=1),
        "open_minutes": OPEN_FOR // timedelta(minutes=1),
        "unproven_days": HAND_OVER_AFTER.days,
        "mail_days": MAY_COME_BACK.days,
    }
    return render(request, "public/privacy.html", context)


@require_safe
@public
def accessibility(request: HttpRequest, operator: Operator) -> HttpResponse:  # noqa: ARG001 - the room's shape
    """How far everybody can use these pages, and what to do where somebody cannot."""
    return render(request, "public/accessibility.html")
