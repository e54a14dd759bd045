"""Addresses of the calendar's sockets."""

from django.urls import path

from scheduling.consumers import TimesConsumer

websocket_urlpatterns = [
    path("ws/times/<slug:clinic>/<slug:doctor>/<slug:day>/<slug:how>/", TimesConsumer.as_asgi(), name="times"),
]
