"""Answers at the desk, and the package for the person it is about. Mounted at the root."""

from django.urls import path

from exports import breaches, desk, letter_views, views
from exports.approving import cutting, masking, reading, sending, standard, words
from exports.fetching import posting
from exports.oversight import page as oversight
from exports.parting import page as parting

app_name = "exports"
urlpatterns = [
    path("desk/cases/<str:reference>/answer/prepare/", views.prepare, name="prepare"),
    path("desk/cases/<str:reference>/answer/<int:version>/preview/", reading.letter, name="preview"),
    path("desk/cases/<str:reference>/answer/words/", words.own_words, name="own-words"),
    path("desk/cases/<str:reference>/answer/<int:version>/", reading.read, name="answer"),
    path("desk/cases/<str:reference>/answer/<int:version>/send/", reading.send, name="send"),
    path("desk/cases/<str:reference>/answer/<int:version>/back/", reading.take_back, name="answer-back"),
    path("desk/cases/<str:reference>/runs/<int:pk>/rows/<int:number>/mask/", masking.mask, name="mask"),
    path("desk/cases/<str:reference>/files/<int:pk>/cut/", cutting.cut, name="cut"),
    path("desk/cases/<str:reference>/files/<int:pk>/cut/<int:number>/", cutting.opened, name="cut-file"),
    path("desk/cases/<str:reference>/masks/looked-at/", masking.drop_lapsed, name="masks-looked-at"),
    path("desk/oversight/", oversight.overview, name="oversight"),
    path("desk/oversight/<str:reference>/", oversight.case, name="overseen"),
    path("desk/standard-words/", standard.every, name="all-standard-words"),
    path("desk/standard-words/<slug:operator>/", standard.standard, name="standard-words"),
    path("desk/standard-words/<slug:operator>/<int:pk>/end/", standard.end, name="standard-words-end"),
    path("desk/cases/<str:reference>/answer/<int:version>/approve/", views.approve, name="approve"),
    path("desk/cases/<str:reference>/answer/<int:version>/send-back/", views.send_back, name="send-back"),
    path("desk/cases/<str:reference>/answer/<int:version>/package/", views.download, name="download"),
    path("desk/cases/<str:reference>/answer/<int:version>/receipt/", views.receipt, name="receipt"),
    path("desk/cases/<str:reference>/authority/letter/", views.refusal, name="refusal"),
    path("<slug:operator>/status/refusal/<int:pk>/", views.own_refusal, name="own-refusal"),
    path("desk/cases/<str:reference>/answer/receiver/", sending.choose, name="send-to"),
    path("desk/cases/<str:reference>/answer/receiver/again/", sending.try_again, name="send-again"),
    path("desk/cases/<str:reference>/answer/receiver/no-longer/", sending.give_up, name="send-no-longer"),
    path("desk/cases/<str:reference>/answer/<int:version>/take-back/", breaches.take_back, name="take-back"),
    path("desk/cases/<str:reference>/breach/", breaches.breach, name="breach"),
    path("desk/cases/<str:reference>/record/", desk.record, name="record"),
    path("<slug:operator>/status/answer/<int:pk>/", views.own_answer, name="own-answer"),
    path("<slug:operator>/status/receipt/<int:pk>/", views.own_receipt, name="own-receipt"),
    path("desk/cases/<str:reference>/restriction/lift/", desk.lift, name="lift"),
    path("desk/cases/<str:reference>/code/", desk.posted_code, name="posted-code"),
    path("desk/cases/<str:reference>/code/posted/", desk.code_posted, name="code-posted"),
    path("desk/cases/<str:reference>/outside/", desk.outside, name="outside"),
    path("desk/cases/<str:reference>/cleared/", desk.assess_cleared, name="cleared"),
    path("desk/cases/<str:reference>/cleared/annex/", desk.cleared_annex, name="cleared-annex"),
    path("desk/cases/<str:reference>/cleared/annex/seal/", desk.seal_annex, name="annex-seal"),
    path("desk/cases/<str:reference>/cleared/annex/<int:number>/", desk.kept_annex, name="annex"),
    path(
        "desk/cases/<str:reference>/cleared/annex/<int:number>/approve/",
        desk.approve_annex,
        name="annex-approve",
    ),
    path("desk/orders/<int:pk>/notice/", desk.notice, name="notice"),
    path("desk/orders/<int:pk>/notice/sent/", desk.notice_sent, name="notice-sent"),
    path("desk/cases/<str:reference>/clock/extend/", desk.extend, name="extend"),
    path("desk/cases/<str:reference>/split/", parting.split, name="split"),
    path("desk/cases/<str:reference>/together/", parting.put_together, name="together"),
    path("desk/cases/<str:reference>/ask-for-papers/", desk.ask_papers, name="ask-papers"),
    path("desk/cases/<str:reference>/ask-for-proof/", desk.ask_identity, name="ask-identity"),
    path("desk/cases/<str:reference>/unidentified/", desk.close_unidentified, name="unidentified"),
    path("desk/cases/<str:reference>/letters/<int:pk>/", letter_views.letter, name="letter"),
    path("<slug:operator>/status/letter/<int:pk>/", letter_views.own_letter, name="own-letter"),
    path("<slug:operator>/status/letter/<int:pk>/pdf/", letter_views.own_letter_pdf, name="own-letter-pdf"),
    path("<slug:operator>/status/package/<int:pk>/", views.package, name="package"),
    path("<slug:operator>/status/package/<int:pk>/longer/", views.keep_longer, name="keep-longer"),
    path("desk/cases/<str:reference>/answer/<int:version>/post/", posting.post, name="post"),
]
