"""Answers at the desk, and the package for the person it is about. Mounted at the root."""

from django.urls import path

from exports import breaches, desk, views

app_name = "exports"
urlpatterns = [
    path("desk/cases/<str:reference>/answer/prepare/", views.prepare, name="prepare"),
    path("desk/cases/<str:reference>/answer/<int:version>/preview/", views.preview, name="preview"),
    path("desk/cases/<str:reference>/answer/<int:version>/approve/", views.approve, name="approve"),
    path("desk/cases/<str:reference>/answer/<int:version>/send-back/", views.send_back, name="send-back"),
    path("desk/cases/<str:reference>/answer/<int:version>/package/", views.download, name="download"),
    path("desk/cases/<str:reference>/answer/<int:version>/receipt/", views.receipt, name="receipt"),
    path("desk/cases/<str:reference>/answer/<int:version>/take-back/", breaches.take_back, name="take-back"),
    path("desk/cases/<str:reference>/breach/", breaches.breach, name="breach"),
    path("desk/cases/<str:reference>/record/", desk.record, name="record"),
    path("<slug:operator>/status/receipt/<int:pk>/", views.own_receipt, name="own-receipt"),
    path("desk/cases/<str:reference>/restriction/lift/", desk.lift, name="lift"),
    path("desk/cases/<str:reference>/cleared/", desk.assess_cleared, name="cleared"),
    path("desk/cases/<str:reference>/cleared/annex/", desk.cleared_annex, name="cleared-annex"),
    path("desk/orders/<int:pk>/notice/", desk.notice, name="notice"),
    path("desk/orders/<int:pk>/notice/sent/", desk.notice_sent, name="notice-sent"),
    path("<slug:operator>/status/package/<int:pk>/", views.package, name="package"),
]
