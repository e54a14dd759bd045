"""Rooms and equipment: who sits where, what is out of use and whom that touches, and how much a room is used."""

from datetime import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinics.models import Branch, Equipment
from doctors.models import Doctor
from notifications.models import Message
from scheduling import services
from scheduling.models import Conflict, Maintenance, Sitting, Slot
from scheduling.slots import make_slots, rebuild
from tests import cast
from tests.browsing import read
from tests.clock import ist
from tests.refusing import refused_by

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sunday_noon")]

ADD = "admin:scheduling_maintenance_add"
PAGE = "/rooms/lake-clinic/?week=2026-11-23"


@pytest.fixture
def room(lake: Any) -> Any:
    """Room 2 of Lake Clinic."""
    return cast.room(clinic=lake)


@pytest.fixture
def calendar(dr_rao: Doctor, room: Any) -> Doctor:
    """Dr Rao sits in Room 2 on Mondays from nine to eleven, with times of half an hour."""
    cast.hours(doctor=dr_rao, ends=time(11), slot_minutes=30, room=room)
    make_slots()
    return dr_rao


def typed(clinic: Any, first: str = "09:00", last: str = "10:00", **more: Any) -> dict[str, Any]:
    """Maintenance of that Monday, as the back office sends it."""
    return {
        "clinic": clinic.pk, "starts_at_0": "2026-11-23", "starts_at_1": first, "ends_at_0": "2026-11-23",
        "ends_at_1": last, "why": "Painting", **more,
    }  # fmt: skip


def clocks(doctor: Doctor) -> list[str]:
    """The times of that Monday that are offered."""
    slots = Slot.objects.filter(doctor=doctor, date="2026-11-23", is_blocked=False).order_by("starts_at")
    return [f"{doctor.clinic.local(it.starts_at):%H:%M}" for it in slots]


# ── out of use ────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.ignore_template_errors
def test_a_room_out_of_use_closes_its_sittings_and_nobody_booked_is_forgotten(
    calendar: Doctor, room: Any, lekha: Any, signed_in: Any
) -> None:
    held = services.hold(slot=Slot.objects.get(starts_at=ist("2026-11-23 09:00")), browser="b")
    services.book(hold=held, patient=cast.patient(), by=None)
    answer = signed_in(lekha).post(reverse(ADD), typed(calendar.clinic, room=room.pk), follow=True)
    assert "1 visit is affected." in answer.content.decode()
    assert clocks(calendar) == ["10:00", "10:30"]
    conflict = Conflict.objects.get()
    assert conflict.why == "The room of Dr Rao cannot be used at that time"
    assert conflict.alternative.slot.starts_at == ist("2026-11-23 10:00")
    assert Message.objects.get(kind=Message.Kind.AFFECTED).text.startswith("The room of Dr Rao cannot be used")
    work = Maintenance.objects.get()
    signed_in(lekha).post(reverse("admin:scheduling_maintenance_delete", args=[work.pk]), {"post": "yes"})
    assert clocks(calendar) == ["09:00", "09:30", "10:00", "10:30"]
    assert Conflict.objects.get().state == Conflict.State.RESTORED


@pytest.mark.ignore_template_errors
def test_maintenance_that_overlaps_is_refused_in_words_and_changes_nothing(
    calendar: Doctor, room: Any, lekha: Any, signed_in: Any
) -> None:
    client = signed_in(lekha)
    client.post(reverse(ADD), typed(calendar.clinic, room=room.pk))
    sent = typed(calendar.clinic, "09:30", "10:30", room=room.pk, why="Yearly service")
    page = client.post(reverse(ADD), sent).content.decode()
    assert "That room is out of use already at that time." in page
    assert 'value="Yearly service"' in page
    assert clocks(calendar) == ["10:00", "10:30"]
    assert "The end must be after the start." in client.post(
        reverse(ADD), typed(calendar.clinic, "11:00", "10:30", room=room.pk)
    ).content.decode()  # fmt: skip
    assert "Say which room, or which equipment." in client.post(reverse(ADD), typed(calendar.clinic)).content.decode()
    assert Maintenance.objects.count() == 1


@pytest.mark.ignore_template_errors
def test_another_clinics_room_is_refused(calendar: Doctor, hill: Any, operator: Any, signed_in: Any) -> None:
    sent = typed(calendar.clinic, room=cast.room(clinic=hill).pk)
    assert "This belongs to another clinic." in signed_in(operator).post(reverse(ADD), sent).content.decode()
    assert not Maintenance.objects.exists()


def test_equipment_out_of_use_closes_the_sittings_that_need_it(calendar: Doctor, room: Any) -> None:
    scanner = cast.equipment(clinic=calendar.clinic, room=room)
    cast.hours(doctor=calendar, starts=time(14), ends=time(15), slot_minutes=30, equipment=scanner)
    cast.maintenance(clinic=calendar.clinic, equipment=scanner, starts_at=ist("2026-11-23 00:00"), hours=24)
    rebuild([calendar.pk])
    assert clocks(calendar) == ["09:00", "09:30", "10:00", "10:30"]


def test_a_doctor_without_a_room_in_the_hours_sits_in_the_usual_one(dr_rao: Doctor, lake: Any, room: Any) -> None:
    Doctor.objects.update(room=room)
    cast.hours(doctor=dr_rao, ends=time(10), slot_minutes=30)
    away = Branch.objects.create(clinic=lake, city=cast.city(), name="Vyttila")
    dr_rao.weekly_hours.create(clinic=lake, branch=away, weekday=0, starts=time(14), ends=time(15), slot_minutes=30)
    cast.maintenance(clinic=lake, room=room, starts_at=ist("2026-11-23 00:00"), hours=24)
    make_slots()
    assert clocks(dr_rao) == ["14:00", "14:30"]


def test_the_calendar_says_that_the_room_is_out_of_use(calendar: Doctor, room: Any, reena: Any, signed_in: Any) -> None:
    cast.maintenance(clinic=calendar.clinic, room=room, starts_at=ist("2026-11-23 08:00"), hours=2)
    rebuild([calendar.pk])
    page = read(signed_in(reena), "/calendar/lake-clinic/?day=2026-11-23")
    assert "Out of use: Painting, 9:00 to 10:00" in page


def test_the_database_refuses_maintenance_of_nothing_or_twice(lake: Any, room: Any) -> None:
    noon = ist("2026-11-23 12:00")
    with refused_by("maintenance_is_of_something"):
        cast.maintenance(clinic=lake, starts_at=noon)
    with refused_by("maintenance_ends_after_it_starts"):
        cast.maintenance(clinic=lake, room=room, starts_at=noon, hours=0)
    with refused_by("maintenance_says_why"):
        cast.maintenance(clinic=lake, room=room, starts_at=noon, why="")
    scanner = cast.equipment(clinic=lake)
    cast.maintenance(clinic=lake, room=room, equipment=scanner, starts_at=noon)
    with refused_by("maintenance_of_a_room_never_overlaps"):
        cast.maintenance(clinic=lake, room=room, starts_at=ist("2026-11-23 15:59"))
    with refused_by("maintenance_of_equipment_never_overlaps"):
        cast.maintenance(clinic=lake, equipment=scanner, starts_at=ist("2026-11-23 15:59"))
    cast.maintenance(clinic=lake, room=room, equipment=scanner, starts_at=ist("2026-11-23 16:00"))


def test_equipment_has_a_name_of_its_own_and_stands_in_its_own_clinic(lake: Any, hill: Any, room: Any) -> None:
    cast.equipment(clinic=lake)
    cast.equipment(clinic=hill)
    with refused_by("one_piece_of_equipment_per_name"):
        cast.equipment(clinic=lake)
    with refused_by("equipment_has_a_name"):
        cast.equipment(clinic=lake, name="")
    with refused_by("clinics_equipment_room_id_same_clinic"):
        Equipment.objects.create(clinic=hill, name="Scales", room=room)
    with refused_by("scheduling_maintenance_room_id_same_clinic"):
        cast.maintenance(clinic=hill, room=room)


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_page_says_who_sits_where_today(
    calendar: Doctor, lake: Any, room: Any, lekha: Any, signed_in: Any, sunday_noon: Any
) -> None:
    cast.equipment(clinic=lake, room=room)
    cast.room(clinic=lake, name="Room 3")
    cast.hours(doctor=cast.doctor(clinic=lake, name="Meera Nair"), ends=time(10))
    make_slots()
    sunday_noon.set("2026-11-23 08:00")
    page = read(signed_in(lekha), PAGE)
    assert "Room 2 Ultrasound scanner Dr Rao 9:00–11:00 am" in page
    assert "Room 3 Nobody" in page
    assert "In no room Neither the hours nor the doctor name one Dr Nair 9:00–10:00 am" in page


def test_a_room_is_used_for_part_of_the_hours_in_which_its_branch_is_open(
    calendar: Doctor, lake: Any, lekha: Any, signed_in: Any
) -> None:
    other = cast.doctor(clinic=lake, name="Meera Nair", room=cast.room(clinic=lake, name="Room 3"))
    cast.hours(doctor=other, starts=time(10), ends=time(13))
    cast.hours(doctor=other, weekday=1, starts=time(9), ends=time(13, 30))
    make_slots()
    page = read(signed_in(lekha), PAGE)
    assert "24%, 2 of 8.5 h" in page  # Monday 9 to 13, Tuesday 9 to 13:30
    assert "88%, 7.5 of 8.5 h" in page


def test_a_week_in_which_nobody_sits_is_no_mistake(lake: Any, room: Any, lekha: Any, signed_in: Any) -> None:
    assert "0%, 0 of 0 h" in read(signed_in(lekha), PAGE)
    assert not Sitting.objects.exists()


def test_what_is_out_of_use_is_listed_until_it_is_over(
    calendar: Doctor, lake: Any, room: Any, lekha: Any, signed_in: Any, sunday_noon: Any
) -> None:
    cast.maintenance(clinic=lake, room=room, starts_at=ist("2026-11-23 09:00"))
    assert "Room 2 Tomorrow, 9:00 am – Tomorrow, 1:00 pm Painting" in read(signed_in(lekha), PAGE)
    sunday_noon.set("2026-11-23 13:00")
    assert "Everything can be used." in read(signed_in(lekha), PAGE)


def test_another_clinics_rooms_are_not_there(calendar: Doctor, hill: Any, lekha: Any, signed_in: Any) -> None:
    cast.maintenance(clinic=hill, room=cast.room(clinic=hill, name="Cellar"))
    assert "Cellar" not in read(signed_in(lekha), PAGE)
    assert signed_in(lekha).get("/rooms/hill-clinic/").status_code == 404


def test_the_page_takes_the_same_number_of_queries_however_many_rooms(
    calendar: Doctor, lake: Any, room: Any, lekha: Any, signed_in: Any
) -> None:
    client = signed_in(lekha)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(PAGE)
        return len(captured)

    before = queries()
    for name in ("Room 3", "Room 4"):
        more = cast.room(clinic=lake, name=name)
        doctor = cast.doctor(clinic=lake, name=f"Doctor {name}", room=more, slug=more.name[-1])
        cast.hours(doctor=doctor)
        cast.maintenance(clinic=lake, room=more, equipment=cast.equipment(clinic=lake, name=name, room=more))
    make_slots()
    assert queries() == before <= 9
