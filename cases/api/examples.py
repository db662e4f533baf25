"""What the OpenAPI description shows besides the shapes: parameters, error answers, a request to try."""

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from cases.api.schemas import ProblemOut

KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description=(
        "1 to 80 characters of your own, one key a request. The same key with another body is refused with 422."
    ),
    examples=[OpenApiExample("A number of your own", value="crm-ticket-48113")],
)
REFERENCE = OpenApiParameter(
    "reference",
    str,
    OpenApiParameter.PATH,
    description="The case's reference, with or without its hyphens.",
    examples=[OpenApiExample("A reference", value="26-7FK3W-84")],
)

ERRORS = {
    "shape": (400, "The call or its fields can't stay as they are"),
    "token-missing": (401, "No token, or not one of ours"),
    "forbidden": (403, "The token lacks the scope this call needs"),
    "not-found": (404, "No such case among yours"),
    "key-reused": (422, "This idempotency key was used for another request"),
    "package-not-ready": (409, "There is no package to fetch yet"),
    "package-gone": (410, "The package's last day is over; it has been destroyed"),
    "length": (411, "The body has no Content-Length"),
    "too-large": (413, "The body is too large"),
    "content-type": (415, "The body is not application/json"),
    "held-back": (503, "The desk was restored and is held back; ask again when it is released"),
    "too-many-calls": (429, "Too many calls; Retry-After says how many seconds to wait"),
}


def errors(*codes: str) -> dict[int, OpenApiResponse]:
    """The error answers with these codes, by status."""
    return {ERRORS[code][0]: _error(code, ERRORS[code][1]) for code in codes}


def _error(code: str, description: str) -> OpenApiResponse:
    value: dict[str, object] = {"code": code, "message": f"{description}."}
    if code == "shape":
        value["fields"] = {"rights.0": ["“acces” is not a valid choice."]}
    return OpenApiResponse(ProblemOut, description, [OpenApiExample(code, value=value)])


REQUEST = [
    OpenApiExample(
        "Access and no more marketing",
        request_only=True,
        value={
            "operator": "tele2-se",
            "rights": ["access", "marketing-objection"],
            "language": "sv",
            "name": "Anna Test",
            "email": "anna@example.com",
            "phone": "+46701740605",
            "customer_no": "100001",
        },
    ),
]

STOP_LIST = [
    OpenApiExample(
        "Before a campaign goes out",
        request_only=True,
        value={
            "operator": "tele2-se",
            "identifiers": [
                {"kind": "email", "value": "anna@example.com"},
                {"kind": "msisdn", "value": "+46701740605", "theirs_since": "2026-01-01T00:00:00+01:00"},
            ],
        },
    ),
    OpenApiExample(
        "The first is on the list",
        response_only=True,
        status_codes=["200"],
        value={"stopped": [[{"channel": "marketing", "since": "2026-05-19T09:12:44+02:00"}], []]},
    ),
]
