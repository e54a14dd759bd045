"""A doctor's usual week, changed as a whole by the clinic's admin: drawn, tried, refused in words, or saved at once."""

from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Page, expect

from clinics.models import AuditEvent, Branch, Role
from doctors.models import Doctor
from scheduling import services
from scheduling.models import Conflict, Slot, WeeklyHours
from scheduling.slots import make_slots, rebuild
from tests import cast
from tests.clock import ist

AT = "/hours/lake-clinic/dr-rao/"
NAMES = [
    "weekday", "weeks", "starts", "ends", "branch", "room", "slot_minutes", "buffer_minutes", "capacity",
    "tele_capacity", "home_capacity", "equipment", "valid_from", "valid_to",
]  # fmt: skip


@pytest.fixture
def morning(sunday_noon: Any, dr_rao: Doctor) -> WeeklyHours:
    """Dr Rao sits on Mondays from nine to ten, with times of half an hour."""
    made = cast.hours(doctor=dr_rao, ends=time(10), slot_minutes=30)
    make_slots()
    return made


def as_shown(row: WeeklyHours) -> dict[str, Any]:
    """A row as the page shows it."""
    return {"id": row.pk} | {name: _typed(row, name) for name in NAMES}


def _typed(row: WeeklyHours, name: str) -> Any:
    value = getattr(row, f"{name}_id", getattr(row, name))
    return "" if value is None else f"{value:%H:%M}" if isinstance(value, time) else value


def new(doctor: Doctor, **more: Any) -> dict[str, Any]:
    """A new row: Tuesdays from nine to ten, unless said otherwise."""
    return {
        "weekday": 1, "weeks": 0, "starts": "09:00", "ends": "10:00", "branch": doctor.clinic.branches.first().pk,
        "slot_minutes": 30, "buffer_minutes": 0, "capacity": 1, "tele_capacity": 0, "home_capacity": 0, **more,
    }  # fmt: skip


def week(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The whole form as it is sent: rows that are there first."""
    there = sum("id" in row for row in rows)
    sent = {"hours-TOTAL_FORMS": len(rows), "hours-INITIAL_FORMS": there}
    return sent | {f"hours-{n}-{name}": value for n, row in enumerate(rows) for name, value in row.items()} | more


def clocks(doctor: Doctor, on: str = "2026-11-23") -> list[str]:
    """The times of a day that are offered."""
    slots = Slot.objects.filter(doctor=doctor, date=on, is_blocked=False).order_by("starts_at")
    return [f"{doctor.clinic.local(it.starts_at):%H:%M}" for it in slots]


def book(doctor: Doctor, at: str = "2026-11-23 09:30", **who: Any) -> Any:
    """Somebody has booked a time."""
    held = services.hold(slot=Slot.objects.get(doctor=doctor, starts_at=ist(at)), browser=f"b{at}")
    return services.book(hold=held, patient=cast.patient(**who), by=None)


@pytest.fixture
def client_of(lekha: Any, signed_in: Any) -> Client:
    """Lekha's browser."""
    return signed_in(lekha)


def test_the_page_shows_the_week_and_one_empty_row(morning: WeeklyHours, client_of: Client) -> None:
    page = client_of.get(AT).content.decode()
    assert 'name="hours-0-starts" value="09:00"' in page
    assert 'name="hours-1-weekday"' in page
    assert "style=" not in page


def test_all_rows_are_saved_together_and_become_times(
    morning: WeeklyHours, dr_rao: Doctor, lekha: Any, client_of: Client
) -> None:
    changed = as_shown(morning) | {"ends": "11:00"}
    extra = new(dr_rao, weekday=2, weeks=1, valid_from="2026-12-01")
    answer = client_of.post(AT, week(changed, new(dr_rao), extra), follow=True)
    assert "The hours of Dr Rao are saved." in answer.content.decode()
    assert clocks(dr_rao) == ["09:00", "09:30", "10:00", "10:30"]
    assert clocks(dr_rao, "2026-11-24") == ["09:00", "09:30"]
    assert dr_rao.weekly_hours.get(weekday=2).valid_from == date(2026, 12, 1)
    assert dr_rao.weekly_hours.get(weekday=0).pk == morning.pk
    assert AuditEvent.objects.get(action="hours.changed").by == lekha


def test_a_sitting_is_taken_out(morning: WeeklyHours, dr_rao: Doctor, client_of: Client) -> None:
    client_of.post(AT, week(as_shown(morning) | {"DELETE": "on"}))
    assert not WeeklyHours.objects.exists()
    assert clocks(dr_rao) == []


def test_two_sittings_change_places(morning: WeeklyHours, dr_rao: Doctor, client_of: Client) -> None:
    evening = cast.hours(doctor=dr_rao, starts=time(17), ends=time(18), capacity=3)
    sent = week(
        as_shown(morning) | {"starts": "17:00", "ends": "18:00"},
        as_shown(evening) | {"starts": "09:00", "ends": "10:00"},
    )
    assert client_of.post(AT, sent).status_code == 302
    assert list(dr_rao.weekly_hours.order_by("starts").values_list("pk", "capacity")) == [
        (evening.pk, 3), (morning.pk, 1),
    ]  # fmt: skip


def test_before_it_is_saved_it_says_whom_it_would_affect_and_touches_nobody(
    morning: WeeklyHours, dr_rao: Doctor, client_of: Client
) -> None:
    book(dr_rao)
    shorter = week(as_shown(morning) | {"ends": "09:30"})
    tried = client_of.post(AT, shorter, headers={"HX-Request": "true"}).content.decode()
    assert "1 visit would be affected." in tried
    assert "Asha Thomas" in tried
    assert "<html" not in tried
    whole = client_of.post(AT, shorter | {"try": "1"}).content.decode()  # without JavaScript: a button
    assert "1 visit would be affected." in whole
    assert 'name="hours-0-ends" value="09:30"' in whole
    assert not Conflict.objects.exists()
    assert clocks(dr_rao) == ["09:00", "09:30"]
    assert not AuditEvent.objects.filter(action="hours.changed").exists()
    saved = client_of.post(AT, shorter, follow=True).content.decode()
    assert "1 visit is affected: the patients have been told" in saved
    assert Conflict.objects.get().why == "The hours of Dr Rao have changed"


def refused(client: Client, sent: dict[str, Any]) -> str:
    """The page after a press that changes nothing, tried as well as saved."""
    before = list(WeeklyHours.objects.order_by("pk").values()), Slot.objects.count()
    tried = client.post(AT, sent, headers={"HX-Request": "true"}).content.decode()
    answer = client.post(AT, sent)
    assert answer.status_code == 200
    assert (list(WeeklyHours.objects.order_by("pk").values()), Slot.objects.count()) == before
    return tried + answer.content.decode()


def test_hours_that_overlap_are_refused_at_their_row(morning: WeeklyHours, dr_rao: Doctor, client_of: Client) -> None:
    page = refused(client_of, week(as_shown(morning), new(dr_rao, weekday=0, starts="09:45", ends="11:15")))
    said = '-says"{}>The doctor has other hours on that weekday at that time.'
    assert 'id="hours-1' + said.format(' hx-swap-oob="true"') in page
    assert 'id="hours-1' + said.format("") in page
    assert 'id="hours-0' + said.format("") not in page
    assert 'value="11:15"' in page


def test_a_room_of_somebody_else_is_refused_with_whose_it_is(
    morning: WeeklyHours, dr_rao: Doctor, lake: Any, client_of: Client
) -> None:
    room, nair = cast.room(clinic=lake), cast.doctor(clinic=lake, name="Meera Nair")
    cast.hours(doctor=nair, weekday=1, room=room)
    page = refused(client_of, week(as_shown(morning), new(dr_rao, room=room.pk)))
    assert "Room 2 is taken by Dr Nair on Tuesdays, 9:00 to 12:00 pm." in page
    cast.override(doctor=nair, on=date(2026, 12, 2), starts=time(9), ends=time(12), room=room)
    rebuild([nair.pk])
    page = refused(client_of, week(as_shown(morning), new(dr_rao, weekday=2, room=room.pk)))
    assert 'id="hours-1-says">Room 2 is taken by Dr Nair on Wed 2 Dec, 9:00 to 12:00 pm.' in page


def test_less_room_than_is_booked_is_refused_at_its_row(
    morning: WeeklyHours, dr_rao: Doctor, client_of: Client
) -> None:
    client_of.post(AT, week(as_shown(morning) | {"capacity": 2}, new(dr_rao)))
    book(dr_rao)
    held = services.hold(slot=Slot.objects.get(starts_at=ist("2026-11-23 09:30")), browser="another")
    services.book(hold=held, patient=cast.patient(name="Bilal Rahman", phone=cast.BILALS_PHONE), by=None)
    morning.refresh_from_db()
    page = refused(client_of, week(as_shown(morning) | {"capacity": 1}))
    assert 'id="hours-0-says">2 are booked at 9:30 on Mon 23 Nov' in page


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"starts": ""}, "Say from when."),
        ({"ends": "late"}, "Enter a valid time."),
        ({"ends": "08:00"}, "The end must be after the start."),
        ({"weekday": ""}, "Choose a weekday."),
        ({"branch": "999999"}, "Choose a branch of the clinic."),
        ({"room": "999999"}, "Choose a room of the clinic."),
        ({"slot_minutes": "1"}, "A time lasts from 2 to 240 minutes."),
        ({"capacity": "0"}, "Say how many patients a time takes"),
        ({"valid_from": "2026-12-02", "valid_to": "2026-12-01"}, "The last day must not be before the first."),
    ],
)
def test_bad_input_is_one_sentence_and_keeps_what_was_typed(
    morning: WeeklyHours, dr_rao: Doctor, client_of: Client, wrong: dict[str, str], sentence: str
) -> None:
    page = refused(client_of, week(as_shown(morning), new(dr_rao, buffer_minutes=7) | wrong))
    assert page.count(sentence) >= 2  # when it is tried, and when it is saved
    assert 'name="hours-1-buffer_minutes" value="7"' in page


def test_a_room_is_at_its_own_branch(morning: WeeklyHours, dr_rao: Doctor, lake: Any, client_of: Client) -> None:
    branch = Branch.objects.create(clinic=lake, city=cast.city(), name="Vyttila")
    page = refused(client_of, week(as_shown(morning), new(dr_rao, branch=branch.pk, room=cast.room(clinic=lake).pk)))
    assert "Room 2 is at Main, Kaloor." in page


def test_another_doctors_row_cannot_be_changed_by_number(
    morning: WeeklyHours, dr_rao: Doctor, lake: Any, client_of: Client
) -> None:
    others = cast.hours(doctor=cast.doctor(clinic=lake, name="Meera Nair"))
    refused(client_of, week(as_shown(others) | {"ends": "20:00"}))
    refused(client_of, week(as_shown(morning) | {"id": "x"}))
    refused(client_of, {"hours-TOTAL_FORMS": "many"})


def test_another_clinics_branch_and_doctor_are_out_of_reach(
    morning: WeeklyHours, dr_rao: Doctor, hill: Any, dr_hari: Doctor, client_of: Client
) -> None:
    page = refused(client_of, week(as_shown(morning), new(dr_rao, branch=hill.branches.get().pk)))
    assert "Choose a branch of the clinic." in page
    assert client_of.get("/hours/hill-clinic/dr-hari/").status_code == 404
    assert client_of.get("/hours/lake-clinic/dr-hari/").status_code == 404


def test_a_longer_week_takes_no_more_queries(morning: WeeklyHours, dr_rao: Doctor, client_of: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client_of.get(AT)
        return len(captured)

    before = queries()
    for weekday in range(1, 7):
        cast.hours(doctor=dr_rao, weekday=weekday, room=cast.room(clinic=dr_rao.clinic, name=f"Room {weekday}"))
    assert queries() == before <= 9


# ── in a browser ──────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.browser
def test_lekha_draws_a_week_with_the_mouse_and_with_the_keyboard(windows: Callable[..., Page], served: str) -> None:
    """A sitting is drawn, made longer, moved to another day, tried at once, and saved."""
    lake = cast.clinic(name="Lake Clinic")
    doctor = cast.doctor(clinic=lake)
    cast.hours(doctor=doctor, weekday=0)
    lekha = cast.staff(clinic=lake, name="Lekha", role=Role.ADMIN)
    page = windows(size={"width": 1280, "height": 900}, who=lekha)
    page.goto(served + AT)
    blocks = page.locator("#week .block-of-hours")
    expect(blocks).to_have_count(1)
    tuesday = page.locator(".day-hours").nth(1).bounding_box()
    hour = tuesday["height"] / 14  # from 7 am to 9 pm
    x = tuesday["x"] + tuesday["width"] / 2
    page.mouse.move(x, tuesday["y"] + 3 * hour)
    page.mouse.down()
    page.mouse.move(x, tuesday["y"] + 4 * hour)
    page.mouse.move(x, tuesday["y"] + 5 * hour)
    page.mouse.up()
    drawn = page.get_by_role("button", name="Tuesday, 10:00 to 12:00")
    expect(drawn).to_be_visible()
    expect(page.locator("#impact")).to_contain_text("Nobody is booked then.")
    page.mouse.move(x, tuesday["y"] + 5 * hour - 2)  # its lower edge
    page.mouse.down()
    page.mouse.move(x, tuesday["y"] + 6 * hour)
    page.mouse.up()
    page.get_by_role("button", name="Tuesday, 10:00 to 13:00").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.get_by_role("button", name="Wednesday, 10:00 to 13:15")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Monday, 10:00 to 13:15").wait_for()
    refusal = page.get_by_text("The doctor has other hours on that weekday at that time.")
    expect(refusal).to_be_visible()
    page.get_by_role("button", name="Monday, 10:00 to 13:15").focus()
    page.keyboard.press("ArrowRight")
    expect(refusal).not_to_be_attached()
    page.get_by_role("button", name="Save the week").click()
    expect(page.get_by_text("The hours of Dr Rao are saved.")).to_be_visible()
    assert list(doctor.weekly_hours.order_by("weekday").values_list("weekday", "starts", "ends")) == [
        (0, time(9), time(12)), (1, time(10), time(13, 15)),
    ]  # fmt: skip
