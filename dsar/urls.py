"""The whole map. Public pages live under the operator's own address; everything else stands before them."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from cases.api import problems
from cases.public import pages
from cases.public.owner import owner
from cases.web import accounts, liveness
from exports.api import CasePackage

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.front, name="front"),
    path("healthz", liveness.healthz),
    path("readyz", liveness.readyz),
    path("metrics", liveness.metrics),
    path("language/", include("django.conf.urls.i18n")),
    re_path("^accounts/password/reset/", accounts.forgotten),
    re_path("^accounts/(?:email|confirm-email|login/code)/", accounts.no_such_page),
    path("accounts/", include("allauth.urls")),
    path("desk/", include("cases.desk.urls")),
    # Before the rest of the API, which ends in a 404 for any other address.
    path("api/cases/<str:reference>/package/", CasePackage.as_view(), name="api-package"),
    path("api/", include("cases.api.urls")),
    path("sources/<str:token>/", owner, name="owner"),
    path("", include("exports.urls")),
    # Last, since an operator's slug can be any word.
    path("<slug:operator>/", include("cases.public.urls")),
]

handler400 = problems.bad_request
handler500 = problems.server_error
