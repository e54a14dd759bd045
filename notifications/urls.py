"""Addresses of messages: the development inbox alone, and only where it is switched on."""

from django.conf import settings
from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [path("dev/inbox/", views.inbox, name="inbox")] if settings.SHOW_INBOX else []
