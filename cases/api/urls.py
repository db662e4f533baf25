from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView

from cases.api import views

app_name = "api"
urlpatterns = [
    path("requests/", views.RequestList.as_view(), name="requests"),
    path("cases/<str:reference>/", views.CaseDetail.as_view(), name="case"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularRedocView.as_view(url_name="api:schema"), name="docs"),
]
