"""The whole map. Public pages live under the operator's own address; everything else stands before them."""

from django.urls import URLPattern, URLResolver, include, path

from cases.views import health
from cases.views.public import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.front, name="front"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("", include("django_prometheus.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("accounts/", include("allauth.urls")),
    path("desk/", include("cases.views.desk.urls")),
    path("api/", include("cases.api.urls")),
    path("", include("exports.urls")),
    path("<slug:operator>/", include("cases.views.public.urls")),
]
