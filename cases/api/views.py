"""Intake and status for operators' own systems. Every call is scoped by the token's memberships."""

from typing import Any, NoReturn, cast
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cases.api import examples
from cases.api.problems import Problem
from cases.api.schemas import CaseOut, RequestIn, RequestOut
from cases.casework.members.named import seen_by
from cases.casework.operators import get_operator
from cases.casework.permissions import Permission, allowed, operators_for
from cases.casework.workflow import Refusal
from cases.models import Case, Operator, Scope, Submission, User
from cases.request import references
from cases.request.asked import Intake, IntakeProblem
from cases.request.intake import submit

LONGEST_KEY = 80


class RequestList(APIView):
    scope = Scope.HAND_IN

    @extend_schema(
        operation_id="hand_in",
        summary="Hand in a request",
        description=(
            "Opens one case for each right asked for and starts their clocks; the person gets a mail with a code "
            "to prove the address. Requests that came on another way have their `channel` and the day of receipt, "
            "from which the clock runs, and may lack an address. The same Idempotency-Key again gives the same answer "
            "and opens nothing. Where the person's identity is protected, named staff alone know of the cases, so that "
            "`cases` is empty."
        ),
        tags=["Requests"],
        request=RequestIn,
        parameters=[examples.KEY],
        responses={
            201: RequestOut,
            **examples.errors(
                "shape",
                "token-missing",
                "forbidden",
                "key-reused",
                "length",
                "too-large",
                "content-type",
                "too-many-calls",
            ),
        },
        examples=examples.REQUEST,
    )
    def post(self, request: Request) -> Response:
        caller, key = cast(User, request.user), _key(request)
        if not isinstance(request.data, dict):
            refuse_fields("shape", {"body": [_("Send one JSON object with the fields of a request.")]})
        form = RequestIn(data=request.data)
        if not form.is_valid():
            refuse_fields("shape", form.errors)
        operator = get_operator(form.validated_data["operator"])
        # Another's operator looks like one that doesn't exist.
        if operator is None or not allowed(caller, operator, Permission.HAND_IN):
            refuse_fields("operator", {"operator": [_("You have no such operator.")]})
        submission = _submit(operator, caller, key, form.validated_data)
        cases = submission.cases.filter(seen_by(caller)).select_related("operator")
        cases = cases.prefetch_related("answers").order_by("pk")
        return Response(RequestOut({"id": submission.pk, "cases": cases}).data, status=201)


def _key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key or len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
        message = _("Send an Idempotency-Key header of 1 to %(longest)s ASCII characters.")
        raise Problem("idempotency-key", message % {"longest": LONGEST_KEY})
    return key


def refuse_fields(code: str, fields: Any) -> NoReturn:
    """Problem 400 with the sentences by field."""
    raise Problem(code, _("Some fields can't stay as they are."), fields=fields)


def _submit(operator: Operator, caller: User, key: str, data: dict[str, Any]) -> Submission:
    # Keys are each caller's own: two systems may both count from 1.
    scoped_key = f"{caller.pk}:{key}"
    try:
        return submit(_intake(operator, scoped_key, data), idempotency_key=scoped_key, by=caller)
    except IntakeProblem as error:
        refuse_fields("rules", {name: [text] for name, text in error.errors.items()})
    except Refusal as refusal:
        raise Problem(refusal.code, refusal.message, status=422) from refusal


def _intake(operator: Operator, scoped_key: str, data: dict[str, Any]) -> Intake:
    return Intake(
        id=_request_id(operator, scoped_key),
        operator=operator,
        rights=tuple(data["rights"]),
        purposes=tuple(data["purposes"]),
        **{name: data[name] for name in ("channel", "received_on")},
        **{name: data[name] for name in ("language", "name", "email", "standing", "phone", "customer_no")},
        **{name: data[name] for name in ("national_id", "on_behalf_of", "note", "person_email", "authority")},
        **{name: data[name] for name in ("protected", "contact", "died_on", "send_to")},
    )


def _request_id(operator: Operator, scoped_key: str) -> UUID:
    """The same key is the same request, even if two calls race."""
    return uuid5(NAMESPACE_URL, f"dsar:{operator.pk}:{scoped_key}")


def cases_of(user: User) -> QuerySet[Case]:
    """The cases of the operators whose system this user is, but for those that only named staff know of."""
    operators = operators_for(user, Permission.HAND_IN)
    return (
        Case.objects.filter(seen_by(user), operator__in=operators)
        .select_related("operator")
        .prefetch_related("answers")
    )


def find_case(user: User, typed: str) -> Case:
    """The case with this reference, however it was typed. NotFound for another operator's as for none."""
    case = cases_of(user).filter(reference=references.read(typed)).first()
    if case is None:
        raise NotFound(_("You have no case with this reference."))
    return case


class CaseDetail(APIView):
    scope = Scope.FOLLOW

    @extend_schema(
        operation_id="case_status",
        summary="Where a case is",
        description="Stage, dates and outcome. Nothing of what was found, and no personal data.",
        tags=["Cases"],
        parameters=[examples.REFERENCE],
        responses={
            200: CaseOut,
            **examples.errors("token-missing", "forbidden", "not-found", "too-many-calls"),
        },
    )
    def get(self, request: Request, reference: str) -> Response:
        return Response(CaseOut(find_case(cast(User, request.user), reference)).data)


class Nowhere(APIView):
    """Any other address under /api/: a 404 in the API's shape."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()
    schema = None

    # Before the method is looked up, or a POST to nowhere would be answered 405.
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:  # noqa: ARG002
        raise NotFound(_("There is nothing at this address. Addresses end with a slash."))
