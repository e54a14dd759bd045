"""Addresses of messages: a clinic's ledger, reception's call list, and the development inbox."""

from django.urls import path

from notifications.views import calls, inbox, ledger

app_name = "notifications"
urlpatterns = [
    path("messages/<slug:clinic>/", ledger.ledger, name="ledger"),
    path("messages/<slug:clinic>/file/", ledger.ledger_file, name="ledger_file"),
    path("calls/<slug:clinic>/", calls.calls, name="calls"),
    path("calls/<slug:clinic>/<uuid:pk>/told/", calls.told, name="told"),
    path("calls/<slug:clinic>/<uuid:pk>/not-told/", calls.not_told, name="not_told"),
    path("calls/<slug:clinic>/<uuid:pk>/again/", calls.again, name="again"),
    path("dev/inbox/", inbox.inbox, name="inbox"),
]
