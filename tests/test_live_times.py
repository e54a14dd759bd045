"""Everybody who looks at a doctor's times sees them taken and freed, without loading the page again."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from scheduling import services
from scheduling.models import Mode, Slot
from scheduling.slots import make_slots
from tests import cast
from tests.clock import clock_at
from tests.sockets import a_running_server, knocking, watching

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tomorrow(dr_rao: Any) -> date:
    """A day on which Dr Rao sits from nine to ten, at the clinic and by video."""
    day = dr_rao.clinic.today() + timedelta(days=1)
    cast.override(doctor=dr_rao, on=day, starts=time(9), ends=time(10), slot_minutes=30, tele_capacity=1)
    make_slots()
    return day


def at(day: date, how: str = "clinic") -> str:
    """The socket of a day's times."""
    return f"/ws/times/lake-clinic/dr-rao/{day}/{how}/"


async def test_a_tap_in_one_browser_is_seen_in_the_others(tomorrow: date, client: Any) -> None:
    slot = await Slot.objects.filter(mode=Mode.CLINIC).order_by("starts_at").afirst()
    path = f"/c/lake-clinic/dr-rao/?day={tomorrow}"
    with clock_at(timezone.now()):
        async with a_running_server(), watching(at(tomorrow)) as screen:
            await screen.shown("2 free")
            tap = sync_to_async(services.tap)
            held = await tap(clinic="lake-clinic", doctor="dr-rao", slot=slot.pk, browser="Asha's")
            pushed = await screen.shown("held</small>")
            fresh = await sync_to_async(client.get)(path)
            polled = await sync_to_async(client.get)(path + "&fragment=1")
            hold = await sync_to_async(lambda: slot.holds.get(pk=held))()
            await sync_to_async(services.release)(hold=hold)
            assert "held</small>" not in await screen.shown("2 free")
    assert pushed.startswith('<div id="times"')
    assert pushed in fresh.content.decode()
    assert pushed == polled.content.decode()
    assert f'id="slot-{slot.pk}"' not in pushed  # nobody else can tap it


async def test_a_change_of_hours_is_seen_at_once(tomorrow: date, dr_rao: Any) -> None:
    def away() -> None:
        block = cast.block(doctor=dr_rao, starts_at=timezone.now(), hours=48)
        with services.changing(services.touched_by(block), by=None):
            pass

    async with a_running_server(), watching(at(tomorrow)) as screen:
        await screen.shown("2 free")
        await sync_to_async(away)()
        assert "Dr Rao has no times open for booking." in await screen.shown("no times")


async def test_the_times_by_video_are_a_page_of_their_own(tomorrow: date, client: Any) -> None:
    clinic, video = await sync_to_async(lambda: list(Slot.objects.order_by("starts_at", "mode")[:2]))()
    page = await sync_to_async(client.get)(f"/c/lake-clinic/dr-rao/?day={tomorrow}&mode=video")
    assert f'id="slot-{video.pk}"' in page.content.decode()
    assert f'id="slot-{clinic.pk}"' not in page.content.decode()
    assert "By video" in page.content.decode()
    async with a_running_server(), watching(at(tomorrow, "video")) as screen:
        assert f'id="slot-{video.pk}"' in await screen.shown("2 free")


async def test_nobody_watches_a_doctor_who_is_not_there(tomorrow: date) -> None:
    async with a_running_server():
        assert not await knocking(f"/ws/times/hill-clinic/dr-rao/{tomorrow}/clinic/").connect()
