"""Addresses of messages: a patient's choices, web push, a clinic's ledger and call list, the providers' doors."""

from django.urls import path

from notifications.views import calls, choices, hooks, inbox, ledger, push

app_name = "notifications"
urlpatterns = [
    path("me/messages/", choices.choices, name="choices"),
    path("sw.js", push.worker, name="worker"),
    path("push/subscribe/", push.subscribe, name="subscribe"),
    path("push/unsubscribe/", push.unsubscribe, name="unsubscribe"),
    path("push/seen/<uuid:dispatch>/", hooks.push_seen, name="push_seen"),
    path("messages/<slug:clinic>/", ledger.ledger, name="ledger"),
    path("messages/<slug:clinic>/file/", ledger.ledger_file, name="ledger_file"),
    path("calls/<slug:clinic>/", calls.calls, name="calls"),
    path("calls/<slug:clinic>/<uuid:pk>/told/", calls.told, name="told"),
    path("calls/<slug:clinic>/<uuid:pk>/not-told/", calls.not_told, name="not_told"),
    path("calls/<slug:clinic>/<uuid:pk>/again/", calls.again, name="again"),
    path("hooks/twilio/inbound/", hooks.twilio_inbound, name="twilio_inbound"),
    path("hooks/twilio/<uuid:dispatch>/", hooks.twilio_status, name="twilio_status"),
    path("hooks/gateway/<uuid:dispatch>/", hooks.gateway_status, name="gateway_status"),
    path("dev/inbox/", inbox.inbox, name="inbox"),  # a 404 where it is not switched on
]
