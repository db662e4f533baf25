"""The whole map. Public pages live under the operator's own address; everything else stands before them."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from cases.api import problems
from cases.public import pages
from cases.public.owner import owner
from cases.web import accounts, liveness
from cases.web.signing_in import factors, open_sessions, sso
from exports.api import CasePackage
from exports.fetching import published

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.front, name="front"),
    path("healthz", liveness.healthz),
    path("readyz", liveness.readyz),
    path("metrics", liveness.metrics),
    path("language/", include("django.conf.urls.i18n")),
    re_path("^accounts/password/reset/", accounts.forgotten),
    path(
        "accounts/link/<uidb64>/<token>/", accounts.ChoosePassword.as_view(), name="account_choose_password"
    ),
    path("accounts/address/", accounts.own_address, name="account_own_address"),
    path("accounts/sessions/", open_sessions.own_sessions, name="account_sessions"),
    path("accounts/sessions/others/end/", open_sessions.end_others, name="account_sessions_end"),
    path("accounts/sessions/<int:pk>/end/", open_sessions.end_session, name="account_session_end"),
    path("accounts/2fa/", include(factors)),
    path("accounts/sso/", sso.go, name="sso"),
    path("accounts/sso/back/", sso.back, name="sso_back"),
    re_path("^accounts/(?:email|confirm-email|login/code)/", accounts.no_such_page),
    path("accounts/", include("allauth.urls")),
    path("desk/", include("cases.desk.urls")),
    # Before the rest of the API, which ends in a 404 for any other address.
    path("api/cases/<str:reference>/package/", CasePackage.as_view(), name="api-package"),
    path("api/", include("cases.api.urls")),
    path("sources/<str:token>/", owner, name="owner"),
    path(".well-known/dsar-package-keys.json", published.package_keys, name="package-keys"),
    path(".well-known/dsar-verify.py", published.verifier, name="verifier"),
    path(".well-known/dsar-schemas/<slug:name>.schema.json", published.schema, name="schema"),
    path("", include("exports.urls")),
    # Last, since an operator's slug can be any word.
    path("<slug:operator>/", include("cases.public.urls")),
]

handler400 = problems.bad_request
handler404 = pages.not_found
handler500 = problems.server_error
