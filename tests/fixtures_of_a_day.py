"""A day at Lake Clinic as several tests find it: whose queue, what screen, which phone, and what is printed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest


@pytest.fixture
def kurian(lake: Any) -> Any:
    """Dr Kurian's queue, in the next room."""
    from tests import cast
    from tests.waiting_room import queue

    return queue(doctor=cast.doctor(clinic=lake, name="Joseph Kurian"))


@pytest.fixture
def cut(clock: Any, dr_rao: Any, reena: Any) -> Any:
    """Dr Rao's Monday: open since nine; Asha inside since 9:10, Bilal booked for 9:30, numbers 3 to 6 kept; the power
    went at 9:20, and it is eleven now."""
    from tests import cast, power_cut, waiting_room
    from tokens import services
    from tokens.models import Purpose

    clock.set("2026-11-23 09:00")
    queue = services.open_day(queue=services.queue_for(dr_rao, dr_rao.clinic.today()))
    asha = waiting_room.walk_in(queue=queue, name="Asha Thomas", by=reena)
    bilal = cast.patient(name="Bilal Rahman", phone=cast.BILALS_PHONE)
    waiting_room.booked(queue=queue, patient=bilal, due_at=power_cut.at("9:30"))
    clock.set("2026-11-23 09:10:25")
    services.call_next(queue=queue, by=reena, seen=None)
    services.reserve(queue=queue, how_many=4, purpose=Purpose.POWER_CUT, by=reena)
    clock.set("2026-11-23 11:00")
    assert asha.number == 1
    queue.refresh_from_db()
    return queue


@pytest.fixture
def board(lake: Any) -> Any:
    """The screen of Lake Clinic."""
    from tokens.models import Board

    return Board.objects.create(clinic=lake)


@pytest.fixture
def ashas(signed_in: Callable[[Any], Any]) -> Any:
    """Asha's phone, which has proved itself."""
    from tests import cast

    return signed_in(cast.phone_user())


@pytest.fixture
def nobody_tried() -> None:
    """Whatever the cache has counted is forgotten."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def print_jobs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sheets whose jobs were put into the queue, instead of the queue."""
    from tokens import sheets

    put: list[str] = []
    monkeypatch.setattr(sheets, "enqueue_job", lambda job, sheet_id, **_: put.append(sheet_id))
    return put


@pytest.fixture
def queue(dr_rao: Any) -> Any:
    """Dr Rao's day."""
    from tests import cast

    return cast.queue(doctor=dr_rao)


@pytest.fixture
def kurians(lake: Any) -> Any:
    """Dr Kurian's day, at the same clinic."""
    from tests import cast

    return cast.queue(doctor=cast.doctor(clinic=lake, name="Joseph Kurian"))


@pytest.fixture
def slot(dr_rao: Any) -> Any:
    """A time of Dr Rao in two hours."""
    from django.utils import timezone

    from tests import cast

    return cast.slot(doctor=dr_rao, starts_at=timezone.now() + timedelta(hours=2))
