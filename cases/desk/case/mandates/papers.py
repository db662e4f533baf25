"""A paper that was shown, for whoever works the case: saved to a file, never shown by the desk itself."""

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET

from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal
from cases.desk.scope import DeskRequest, find_case, recently
from cases.models import Paper
from cases.papers import keeping
from cases.sealed.vault import KeyDestroyed
from cases.web.downloads import download


@require_GET
@recently
def paper(request: DeskRequest, reference: str, pk: int) -> HttpResponseBase:
    """Any paper of the request this case is part of; who opened it is recorded."""
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.WORK_CASES)
    papers = Paper.objects.select_related("case__operator")
    found = get_object_or_404(papers, pk=pk, case__submission=case.submission_id)
    try:
        blocks = keeping.opened(found, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect(case)
    except (KeyDestroyed, FileNotFoundError):
        raise Http404 from None
    response = download(blocks, keeping.file_name(found), found.type)
    response["Content-Length"] = str(found.bytes)
    return response
