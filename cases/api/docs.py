"""The API's description, for machines and to read and try out in a browser."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.negotiation import DefaultContentNegotiation


class TokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]
    """How the description speaks of our tokens; found by being defined."""

    target_class = "cases.api.tokens.SystemToken"
    name = "token"


class Schema(SpectacularAPIView):
    """OpenAPI 3, as YAML or JSON by the Accept header or ?format=json."""

    # Not the API's own, which always answers JSON: here the Accept header chooses between two formats.
    content_negotiation_class = DefaultContentNegotiation
    throttle_classes = ()


# Swagger UI writes style elements of its own; scripts stay limited to files of ours.
@method_decorator(csp_update({"style-src": [SELF, UNSAFE_INLINE]}), name="dispatch")
class Docs(SpectacularSwaggerSplitView):
    content_negotiation_class = DefaultContentNegotiation
    throttle_classes = ()
