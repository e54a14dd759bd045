"""Addresses of the sockets. Patients' and boards' need no session, so none is read for them."""

from channels.auth import AuthMiddlewareStack
from django.urls import path

from tokens import consumers

websocket_urlpatterns = [
    path("ws/t/<str:code>/", consumers.TicketConsumer.as_asgi(), name="ticket"),
    path("ws/board/<str:key>/", consumers.BoardConsumer.as_asgi(), name="board"),
    path("ws/desk/<slug:clinic>/", AuthMiddlewareStack(consumers.DeskAllConsumer.as_asgi()), name="desk_all"),
    path("ws/desk/<slug:clinic>/<int:queue_id>/", AuthMiddlewareStack(consumers.DeskConsumer.as_asgi()), name="desk"),
    path("ws/today/<slug:clinic>/<int:queue_id>/", AuthMiddlewareStack(consumers.TodayConsumer.as_asgi()), name="today"),
]
