"""Sockets: push-only, each showing one live fragment. What a client sends is not listened to."""

import asyncio
from typing import Any

from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import close_old_connections
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.models import Device

from clinics.access import clinics_of
from clinics.models import Role
from tokens import screens
from tokens.admission import Viewer
from tokens.hub import Watcher, hub
from tokens.models import Board, Queue, Token
from tokens.screens import Screen

Admission = tuple[Screen, Viewer | None]


class LiveConsumer(AsyncWebsocketConsumer):
    """Opens when `admit` says which screen this is and who looks; then the hub pushes."""

    # The hub holds one subscription for the whole process: a socket needs no channel of its own.
    channel_layer_alias = "none"
    watcher: Watcher | None = None

    async def connect(self) -> None:
        """Admit, or refuse with 403 before the handshake."""
        route = self.scope["url_route"]["kwargs"]
        admitted = await sync_to_async(self._admit, thread_sensitive=False)(**route)
        if admitted is None:
            await self.close()
            return
        screen, viewer = admitted
        await self.accept()
        self.watcher = Watcher(screen, viewer, self.base_send, self.close)
        hub.watch(self.watcher)

    async def disconnect(self, code: int) -> None:
        """Leave the hub."""
        if self.watcher is not None:
            hub.unwatch(self.watcher)
            await asyncio.sleep(0)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Nobody is listened to: every change is a form post."""

    def _admit(self, **route: Any) -> Admission | None:
        close_old_connections()
        try:
            return self.admit(**route)
        finally:
            close_old_connections()

    def admit(self, **route: Any) -> Admission | None:
        """Which screen, and who looks; None is nobody."""
        raise NotImplementedError


class TicketConsumer(LiveConsumer):
    """A patient's token page: whoever has its address may look."""

    def admit(self, code: str) -> Admission | None:
        token = Token.objects.filter(code=code).values_list("queue_id", "pk").first()
        return token and (screens.of_queue("ticket", *token), None)


class BoardConsumer(LiveConsumer):
    """A waiting-room display: whoever has its key may look, until it is revoked."""

    def admit(self, key: str) -> Admission | None:
        board = Board.objects.filter(key=key, is_active=True).values_list("clinic_id", "pk").first()
        return board and (screens.of_clinic("board", *board), None)


class StaffConsumer(LiveConsumer):
    """A screen of a clinic's own people."""

    roles: frozenset[Role] = frozenset({Role.RECEPTIONIST, Role.DOCTOR, Role.ADMIN})

    def admit(self, clinic: str, **route: Any) -> Admission | None:
        user, session = self.scope["user"], self.scope["session"]
        found = clinics_of(user, *self.roles).filter(slug=clinic).first() if user.is_authenticated else None
        if found is None or (found.needs_second_factor and not _has_second_factor(user, session)):
            return None
        screen = self.screen(found, **route)
        return screen and (screen, Viewer(user.pk, session.session_key, found.pk, self.roles))

    def screen(self, clinic: Any, **route: Any) -> Screen | None:
        """Which screen of the clinic."""
        raise NotImplementedError


class DeskAllConsumer(StaffConsumer):
    """Reception, all doctors."""

    def screen(self, clinic: Any) -> Screen | None:
        return screens.of_clinic("desk_all", clinic.pk, clinic.pk)


class DoctorsConsumer(StaffConsumer):
    """Reception, the strip of doctors above one queue."""

    def screen(self, clinic: Any, queue_id: int) -> Screen | None:
        queue = clinic.queues.filter(pk=queue_id).first()
        return queue and screens.of_clinic("doctors", clinic.pk, queue.pk)


class DeskConsumer(StaffConsumer):
    """Reception, one queue."""

    def screen(self, clinic: Any, queue_id: int) -> Screen | None:
        queue = clinic.queues.filter(pk=queue_id).first()
        return queue and screens.of_queue("desk", queue.pk)


class TodayConsumer(StaffConsumer):
    """A doctor's own list."""

    roles = frozenset({Role.DOCTOR})

    def screen(self, clinic: Any, queue_id: int) -> Screen | None:
        queue = Queue.objects.filter(pk=queue_id, clinic=clinic, doctor__user=self.scope["user"]).first()
        return queue and screens.of_queue("today", queue.pk)


def _has_second_factor(user: Any, session: Any) -> bool:
    """Channels runs no OTP middleware: the proof is looked up in the session, as that middleware would."""
    device_id = session.get(DEVICE_ID_SESSION_KEY)
    device = Device.from_persistent_id(device_id) if device_id else None
    return device is not None and device.user_id == user.pk
