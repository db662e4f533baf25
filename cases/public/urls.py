"""Mounted at /<operator>/."""

from django.urls import path

from cases.public import pages, papers, status, wizard
from cases.public.about import pages as about
from cases.public.conversation import messages
from cases.public.drafts import reopening
from cases.public.proving import address, eid, letter, proof, texts

app_name = "public"
urlpatterns = [
    path("", pages.landing, name="landing"),
    path("accent.css", pages.accent, name="accent"),
    path("privacy/", about.privacy, name="privacy"),
    path("accessibility/", about.accessibility, name="accessibility"),
    path("request/", wizard.start, name="start"),
    path("request/code/", proof.code_sent_last, name="code_sent_last"),
    path("request/<uuid:draft>/check/", wizard.check_and_send, name="check"),
    path("request/<uuid:draft>/open/", reopening.reopen, name="reopen"),
    path("request/<uuid:draft>/code/", proof.code, name="code"),
    path("request/<uuid:draft>/code/again/", proof.code_again, name="code_again"),
    path("request/<uuid:draft>/receipt/", proof.receipt, name="receipt"),
    path("request/<uuid:draft>/receipt/signed/", proof.signed_receipt, name="signed_receipt"),
    path("request/<uuid:draft>/papers/", papers.papers, name="papers"),
    # After those above, since they take any word.
    path("request/<uuid:draft>/<slug:step>/", wizard.step, name="step"),
    path("request/<slug:step>/", wizard.formerly, name="formerly"),
    path("identity/", eid.go, name="eid"),
    path("identity/back/", eid.back, name="eid_back"),
    path("identity/ended/", eid.ended, name="eid_ended"),
    path("status/", status.status, name="status"),
    path("status/code/", status.status_code, name="status_code"),
    path("status/code/again/", status.status_code_again, name="status_code_again"),
    path("status/code/text/", status.status_code_by_text, name="status_code_by_text"),
    path("status/text/", texts.send, name="text_send"),
    path("status/text/code/", texts.code, name="text_code"),
    path("status/requests/", status.requests, name="requests"),
    path("status/letter/", letter.letter, name="letter"),
    path("status/letter/code/", letter.letter_code, name="letter_code"),
    path("status/address/", address.address, name="address"),
    path("status/address/code/", address.address_code, name="address_code"),
    path("status/messages/<int:pk>/", messages.conversation, name="messages"),
    path("status/anew/<int:pk>/", proof.ask_anew, name="anew"),
    path("status/leave/", status.leave, name="leave"),
]
