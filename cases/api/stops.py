"""The stop list for operators' own systems: asked before a mailing, a call list or a feed goes out."""

from typing import cast

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cases.api import examples
from cases.api.problems import Problem
from cases.api.schemas import StopListIn, StopListOut
from cases.api.views import refuse_fields
from cases.casework import standstill
from cases.casework.operators import get_operator
from cases.casework.permissions import Permission, allowed
from cases.casework.workflow import Refusal
from cases.execution.objections.stoplist import Asked, look_up
from cases.models import Scope, User


class StopList(APIView):
    scope = Scope.STOP_LIST

    @extend_schema(
        operation_id="ask_stop_list",
        summary="Ask the stop list",
        description=(
            "Tells for up to 1,000 identifiers what the person has said no to, also after the person's data have been "
            "erased. The list is kept as keyed hashes and can't be read out; each call is recorded with counts. A "
            "phone number can pass on to somebody else: say in `theirs_since` since when it has been this "
            "customer's, and what its earlier holder said is left out."
        ),
        tags=["Stop list"],
        request=StopListIn,
        responses={
            200: StopListOut,
            **examples.errors(
                "shape",
                "token-missing",
                "forbidden",
                "length",
                "too-large",
                "content-type",
                "too-many-calls",
                "held-back",
            ),
        },
        examples=examples.STOP_LIST,
    )
    def post(self, request: Request) -> Response:
        caller, form = cast(User, request.user), StopListIn(data=request.data)
        if not form.is_valid():
            refuse_fields("shape", form.errors)
        operator = get_operator(form.validated_data["operator"])
        if operator is None or not allowed(caller, operator, Permission.ASK_STOP_LIST):
            refuse_fields("operator", {"operator": [_("You have no such operator.")]})
        if standstill.stops("stop-list"):
            # What was stopped after the backup is not on the list: to say "not stopped" could be wrong.
            raise Problem("held-back", Refusal("held-back").message, status=503)
        asked = [Asked(**one) for one in form.validated_data["identifiers"]]
        return Response(StopListOut({"stopped": look_up(operator, asked, by=caller)}).data)
