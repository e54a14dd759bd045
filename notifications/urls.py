"""Addresses of messages: the doors by which providers come in; the development inbox, a 404 where it is off."""

from django.urls import path

from notifications.views import hooks, inbox

app_name = "notifications"
urlpatterns = [
    path("hooks/twilio/inbound/", hooks.twilio_inbound, name="twilio_inbound"),
    path("hooks/twilio/<uuid:dispatch>/", hooks.twilio_status, name="twilio_status"),
    path("hooks/gateway/<uuid:dispatch>/", hooks.gateway_status, name="gateway_status"),
    path("push/seen/<uuid:dispatch>/", hooks.push_seen, name="push_seen"),
    path("dev/inbox/", inbox.inbox, name="inbox"),
]
