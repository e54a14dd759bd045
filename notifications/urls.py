"""Addresses of messages: what a patient chooses, web push, and the development inbox, a 404 where it is not on."""

from django.urls import path

from notifications.views import choices, inbox, push

app_name = "notifications"
urlpatterns = [
    path("me/messages/", choices.choices, name="choices"),
    path("sw.js", push.worker, name="worker"),
    path("push/subscribe/", push.subscribe, name="subscribe"),
    path("push/unsubscribe/", push.unsubscribe, name="unsubscribe"),
    path("dev/inbox/", inbox.inbox, name="inbox"),
]
