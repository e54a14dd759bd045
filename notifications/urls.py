"""Addresses of messages: the development inbox alone, which is a 404 where it is not switched on."""

from django.urls import path

from notifications.views import inbox

app_name = "notifications"
urlpatterns = [path("dev/inbox/", inbox.inbox, name="inbox")]
