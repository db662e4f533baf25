from django.urls import path, re_path

from cases.api import docs, stops, views
from cases.api.reading import LARGEST
from cases.web.bodies import takes

app_name = "api"
urlpatterns = [
    path("requests/", takes(LARGEST)(views.RequestList.as_view()), name="requests"),
    path("stop-list/", takes(LARGEST)(stops.StopList.as_view()), name="stop-list"),
    path("cases/<str:reference>/", views.CaseDetail.as_view(), name="case"),
    path("schema/", docs.Schema.as_view(), name="schema"),
    path("docs/", docs.Docs.as_view(url_name="api:schema"), name="docs"),
    # Last, or Django's own page would answer a wrong address here, in HTML.
    re_path(r"", views.Nowhere.as_view()),
]
