"""Addresses of the sockets. Patients' and boards' need no session, so none is read for them."""

from typing import Any

from channels.auth import AuthMiddlewareStack
from django.urls import path

from tokens import consumers


def _signed_in(consumer: type[consumers.StaffConsumer]) -> Any:
    """For staff: with their session and user in the scope."""
    return AuthMiddlewareStack(consumer.as_asgi())


websocket_urlpatterns = [
    path("ws/t/<slug:code>/", consumers.TicketConsumer.as_asgi(), name="ticket"),
    path("ws/board/<slug:key>/", consumers.BoardConsumer.as_asgi(), name="board"),
    path("ws/desk/<slug:clinic>/", _signed_in(consumers.DeskAllConsumer), name="desk_all"),
    path("ws/desk/<slug:clinic>/<int:queue_id>/", _signed_in(consumers.DeskConsumer), name="desk"),
    path("ws/doctors/<slug:clinic>/<int:queue_id>/", _signed_in(consumers.DoctorsConsumer), name="doctors"),
    path("ws/today/<slug:clinic>/<int:queue_id>/", _signed_in(consumers.TodayConsumer), name="today"),
]
