"""Addresses of messages: what a patient chooses, web push, the doors by which providers come in; the inbox."""

from django.urls import path

from notifications.views import choices, hooks, inbox, push

app_name = "notifications"
urlpatterns = [
    path("me/messages/", choices.choices, name="choices"),
    path("sw.js", push.worker, name="worker"),
    path("push/subscribe/", push.subscribe, name="subscribe"),
    path("push/unsubscribe/", push.unsubscribe, name="unsubscribe"),
    path("push/seen/<uuid:dispatch>/", hooks.push_seen, name="push_seen"),
    path("hooks/twilio/inbound/", hooks.twilio_inbound, name="twilio_inbound"),
    path("hooks/twilio/<uuid:dispatch>/", hooks.twilio_status, name="twilio_status"),
    path("hooks/gateway/<uuid:dispatch>/", hooks.gateway_status, name="gateway_status"),
    path("dev/inbox/", inbox.inbox, name="inbox"),  # a 404 where it is not switched on
]
