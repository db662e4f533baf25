"""The package, fetched by the operator's own system."""

from typing import cast

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from cases.api import examples
from cases.api.problems import Problem
from cases.api.views import find_case
from cases.casework.workflow import Refusal
from cases.models import Case, Scope, User
from cases.sealed.vault import KeyDestroyed
from exports import delivery
from exports.fetching.serving import respond
from exports.models import Answer


class CasePackage(APIView):
    scope = Scope.PACKAGES

    @extend_schema(
        operation_id="case_package",
        summary="Fetch the package",
        description=(
            "The zip the person gets: letter, data, manifest. From delivery until its last day; every fetch is "
            "recorded in the case. A `Range` of bytes is answered with that part (206), so that a download can be "
            "taken up again; the `ETag` is the package's SHA-256. A HEAD is no fetch."
        ),
        tags=["Cases"],
        parameters=[examples.REFERENCE],
        responses={
            (200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY, "The package"),
            **examples.errors(
                "token-missing",
                "forbidden",
                "not-found",
                "package-not-ready",
                "package-gone",
                "too-many-calls",
                "held-back",
            ),
        },
    )
    def get(self, request: Request, reference: str) -> HttpResponseBase:
        caller = cast(User, request.user)
        answer = _delivered(find_case(caller, reference))
        try:
            return respond(answer, request.method or "", request.headers, who=delivery.SYSTEM, by=caller)
        except Refusal as refusal:
            raise _problem(refusal, status=503 if refusal.code == "held-back" else 410) from refusal
        except KeyDestroyed as destroyed:
            raise Problem("package-gone", _("The package has been destroyed."), status=410) from destroyed


def _delivered(case: Case) -> Answer:
    answers = Answer.objects.filter(case=case).exclude(delivered_at=None).select_related("case__operator")
    answer = answers.order_by("-version").first()
    if answer is None:
        raise _problem(Refusal("package-not-ready"), status=409)
    return answer


def _problem(refusal: Refusal, *, status: int) -> Problem:
    return Problem(refusal.code, refusal.message, status=status)
