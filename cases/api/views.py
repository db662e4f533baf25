"""Intake and status for operators' own systems. Every call is scoped by the token's memberships."""

from typing import Any, cast
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.generics import RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cases import references
from cases.api.schemas import CaseOut, Problem, RequestIn, RequestOut
from cases.intake import Intake, IntakeProblem, submit
from cases.models import Case, Operator, User
from cases.operators import get_operator
from cases.permissions import Permission, allowed, operators_for
from cases.workflow import Refusal

KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, required=True,
    description="The same key again returns the first answer; with another body it is refused with 409.",
)  # fmt: skip


def problem(code: str, message: str, http_status: int, fields: dict[str, Any] | None = None) -> Response:
    """One error shape for everything."""
    body: dict[str, Any] = {"code": code, "message": message}
    if fields:
        body["fields"] = fields
    return Response(body, status=http_status)


class RequestList(APIView):
    """Hand in a request."""

    @extend_schema(
        request=RequestIn,
        parameters=[KEY],
        responses={201: RequestOut, 200: RequestOut, 400: Problem, 409: Problem},
    )
    def post(self, request: Request) -> Response:
        key = request.headers.get("Idempotency-Key", "").strip()
        if not key or len(key) > 80 or not key.isprintable():
            return problem("idempotency-key", "Send an Idempotency-Key header of 1 to 80 characters.", 400)
        form = RequestIn(data=request.data)
        if not form.is_valid():
            return problem("shape", "Some fields can't stay as they are.", 400, form.errors)
        caller = cast(User, request.user)
        operator = get_operator(form.validated_data["operator"])
        if operator is None or not allowed(caller, operator, Permission.HAND_IN):
            return problem("operator", "There is no such operator.", 400, {"operator": ["Unknown."]})
        return self._submit(operator, key, form.validated_data, caller.pk)

    def _submit(self, operator: Operator, key: str, data: dict[str, Any], user_id: int) -> Response:
        scoped = f"{user_id}:{key}"
        intake = _intake(operator, scoped, data)
        existed = operator.submissions.filter(idempotency_key=scoped).exists()
        try:
            submission = submit(intake, idempotency_key=scoped)
        except IntakeProblem as error:
            fields = {name: [text] for name, text in error.errors.items()}
            return problem("rules", "Some fields can't stay as they are.", 400, fields)
        except Refusal as refusal:
            return problem(refusal.code, refusal.message, status.HTTP_409_CONFLICT)
        body = RequestOut({"id": submission.pk, "cases": submission.cases.all()}).data
        return Response(body, status=status.HTTP_200_OK if existed else status.HTTP_201_CREATED)


def _intake(operator: Operator, scoped_key: str, data: dict[str, Any]) -> Intake:
    return Intake(
        id=_request_id(operator, scoped_key),
        operator=operator,
        rights=tuple(data["rights"]),
        purposes=tuple(data["purposes"]),
        channel="api",
        **{name: data[name] for name in ("language", "name", "email", "standing", "phone", "customer_no")},
        **{name: data[name] for name in ("national_id", "on_behalf_of", "note")},
    )


def _request_id(operator: Operator, scoped_key: str) -> UUID:
    """The same key is the same request, even if two calls race."""
    return uuid5(NAMESPACE_URL, f"dsar:{operator.pk}:{scoped_key}")


class CaseDetail(RetrieveAPIView[Case]):
    """Where a case is."""

    serializer_class = CaseOut
    lookup_field = "reference"

    def get_queryset(self) -> QuerySet[Case]:
        operators = operators_for(cast(User, self.request.user), Permission.HAND_IN)
        return (
            Case.objects.filter(operator__in=operators).select_related("operator").prefetch_related("answers")
        )

    def get_object(self) -> Case:
        reference = references.read(self.kwargs["reference"])
        case = self.get_queryset().filter(reference=reference).first()
        if case is None:
            raise NotFound("There is no case with this reference.")
        return case
