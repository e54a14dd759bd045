"""Old days leave the calendar: times move to the past, and nobody's visit is lost on the way."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connection
from django.test import Client
from django.utils import timezone

from clinics.models import Role
from scheduling import archive, jobs, services
from scheduling.archive import move_days
from scheduling.models import Appointment, Conflict, Hold, Offer, PastSlot, Slot, WaitlistEntry
from scheduling.slots import make_slots
from tests import cast
from tests.olddays import TODAY, at, fill, kept, run, visit
from tests.refusing import refused_by
from tokens.models import Token
from tokens.states import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tuesday_noon")]


def test_times_older_than_the_days_kept_leave_and_no_others(dr_rao: Any) -> None:
    fill(dr_rao, range(28, 34))
    before = kept()
    said = run()
    assert said.splitlines() == [
        "2026-10-22  3 times", "2026-10-23  3 times", "2026-10-24  3 times", "9 times of 3 days moved.",
    ]  # fmt: skip
    after = kept()
    assert sorted(after["slots"] + after["past"]) == before["slots"]
    assert {slot[4] for slot in after["past"]} == {at(days).date() for days in (31, 32, 33)}
    assert {day for _, day in after["sittings"]} == {at(days).date() for days in (28, 29, 30)}
    assert {slot for _, slot in after["holds"]} == {slot[0] for slot in after["slots"]}
    assert run() == "0 times of 0 days moved.\n"
    assert kept() == after


def test_one_day_at_least_is_kept(dr_rao: Any) -> None:
    fill(dr_rao, range(3))
    for wrong in ({"keep": 0}, {"keep": -1}, {"pause": -1}):
        with pytest.raises(CommandError, match="one day at least"):
            run(**wrong)
    with pytest.raises(ValueError, match="one day at least"):
        next(move_days(keep=0))
    assert run(keep=1).endswith("3 times of 1 day moved.\n")
    assert Slot.objects.count() == 6


def test_a_confirmed_visit_is_never_lost(dr_rao: Any, asha: Any, lekha: Any, signed_in: Any) -> None:
    seen, missed = visit(dr_rao, asha, 40, State.COMPLETED), visit(dr_rao, asha, 50)
    assert run().endswith("2 times of 2 days moved.\n")
    for it, state in ((seen, "completed"), (missed, "missed")):
        it.refresh_from_db()
        assert (it.state, it.slot, it.hold) == (state, None, None)
    page = signed_in(cast.phone_user()).get("/me/").content.decode().split("<h2>Past</h2>")[1]
    assert "Thu 15 Oct" in page
    assert "Mon 5 Oct" in page
    for it in (seen, missed):
        assert Client().get(it.token.get_absolute_url()).status_code == 200
        assert Client().post(f"{it.token.get_absolute_url()}cancel/").status_code == 302
        assert Client().post(f"{it.token.get_absolute_url()}move/").status_code == 302
        it.refresh_from_db()
        assert it.state != "cancelled"
    calendar = signed_in(lekha).get("/calendar/lake-clinic/dr-rao/?week=2026-10-15").content.decode()
    assert "Asha Thomas" in calendar
    assert signed_in(lekha).get("/calendar/lake-clinic/?day=2026-10-15").status_code == 200
    assert signed_in(lekha).get("/rooms/lake-clinic/?week=2026-10-15").status_code == 200
    assert signed_in(lekha).get("/reports/lake-clinic/").status_code == 200


@pytest.mark.ignore_template_errors
def test_the_back_office_shows_a_clinic_what_has_left(
    dr_rao: Any, asha: Any, lekha: Any, hill: Any, signed_in: Any
) -> None:
    stranger = cast.staff(clinic=hill, name="Hari", role=Role.ADMIN)
    booked = visit(dr_rao, asha, 40)
    run()
    office = signed_in(lekha)
    assert "10 a.m." in office.get("/admin/scheduling/pastslot/").content.decode()
    assert "10 a.m." not in signed_in(stranger).get("/admin/scheduling/pastslot/").content.decode()
    for page in (f"pastslot/{PastSlot.objects.get().pk}", f"appointment/{booked.pk}"):
        assert office.get(f"/admin/scheduling/{page}/change/").status_code == 200


def test_a_visit_that_was_moved_keeps_its_new_time_when_the_old_one_leaves(dr_rao: Any, asha: Any) -> None:
    moved = visit(dr_rao, asha, 40)
    later = cast.slot(doctor=dr_rao, booked=1)
    Token.objects.filter(pk=moved.token_id).update(queue=cast.queue(doctor=dr_rao, on=later.date))
    Appointment.objects.filter(pk=moved.pk).update(slot=later, date=later.date, starts_at=later.starts_at)
    run()
    moved.refresh_from_db()
    assert (moved.state, moved.slot, moved.hold) == ("confirmed", later, None)
    token = services.cancel(token=moved.token, by=None, why="Called off by the patient.", from_patient=True)
    later.refresh_from_db()
    assert (token.state, later.booked) == (State.CANCELLED, 0)


def test_what_was_offered_is_known_when_the_place_has_left(dr_rao: Any, asha: Any, tuesday_noon: Any) -> None:
    entry = cast.waits(doctor=dr_rao, patient=asha, first=at(40).date(), days=60)
    tuesday_noon.set(f"{at(41).date()} 12:00")
    slot = cast.slot(doctor=dr_rao, starts_at=at(40))
    offer = cast.offer(entry=entry, slot=slot)
    tuesday_noon.set("2026-11-24 12:00")
    run()  # with the sweeps asleep all that while
    offer.refresh_from_db()
    entry.refresh_from_db()
    assert (offer.state, offer.hold, offer.was_at) == (Offer.State.EXPIRED, None, at(40))
    assert (entry.state, offer.starts_at) == (WaitlistEntry.State.WAITING, at(40))
    address = offer.get_absolute_url()
    assert "Thu 15 Oct, near <b>10:00 am</b>" in Client().get(address).content.decode()
    for answer in ("book", "decline"):
        assert Client().post(address, {"answer": answer}, follow=True).status_code == 200
    Offer.objects.update(state=Offer.State.BOOKED)
    assert "You booked this place" in Client().get(address).content.decode()
    page = Client().post(address, {"answer": "book"}, follow=True).content.decode()
    assert "The day of that visit is over." in page


def test_a_conflict_outlives_the_time_that_was_kept_beside_it(dr_rao: Any, asha: Any) -> None:
    away = visit(dr_rao, asha, 41)
    slot = cast.slot(doctor=dr_rao, starts_at=at(40, 17))
    kept = Hold.objects.create(
        clinic=dr_rao.clinic, doctor=dr_rao, slot=slot, browser="conflict", state=Hold.State.RELEASED,
        created_at=at(41), expires_at=at(40),
    )  # fmt: skip
    conflict = Conflict.objects.create(
        clinic=dr_rao.clinic, doctor=dr_rao, appointment=away, why="Dr Rao is on leave", alternative=kept
    )
    run()
    conflict.refresh_from_db()
    assert (conflict.alternative, conflict.appointment) == (None, away)
    assert jobs.close_past_conflicts() == 1


def test_what_is_held_or_stands_stays_in_the_calendar(dr_rao: Any, asha: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(archive, "_end_what_is_over", lambda: None)  # as if it came to stand just after
    standing = visit(dr_rao, asha, 40)
    held = cast.slot(doctor=dr_rao, starts_at=at(40, 12), held=1)
    fill(dr_rao, range(40, 41), many=1)
    assert run() == "2026-10-15  1 time\n1 time of 1 day moved.\n"
    assert set(Slot.objects.all()) == {standing.slot, held}


def test_the_database_refuses_a_visit_that_stands_without_a_time(dr_rao: Any, asha: Any) -> None:
    booked = visit(dr_rao, asha, 0)
    for state in Appointment.ACTIVE:
        with refused_by("live_appointments_have_a_slot"):
            Appointment.objects.filter(pk=booked.pk).update(state=state, slot=None)
    Appointment.objects.filter(pk=booked.pk).update(state="missed", slot=None)
    with refused_by("live_appointments_have_a_slot"):
        Appointment.objects.filter(pk=booked.pk).update(state="confirmed")


def test_without_the_rule_a_visit_could_stand_without_a_time(dr_rao: Any, asha: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE scheduling_appointment DROP CONSTRAINT live_appointments_have_a_slot")
    booked = visit(dr_rao, asha, 0)
    assert Appointment.objects.filter(pk=booked.pk).update(slot=None) == 1


def test_an_open_offer_keeps_its_place(dr_rao: Any, asha: Any) -> None:
    offer = cast.offer(entry=cast.waits(doctor=dr_rao, patient=asha), slot=cast.slot(doctor=dr_rao))
    with refused_by("offers_keep_a_place_or_its_time"):
        Offer.objects.update(hold=None, was_at=timezone.now())
    with refused_by("offers_keep_a_place_or_its_time"):
        Offer.objects.update(hold=None, state="declined", answered_at=timezone.now())
    assert offer.starts_at == offer.hold.slot.starts_at


def test_booking_goes_on_afterwards(client: Client, dr_rao: Any, asha: Any) -> None:
    cast.hours(doctor=dr_rao, weekday=TODAY.weekday() + 1)
    make_slots()
    fill(dr_rao, range(31, 35))
    ahead = Slot.objects.ahead().count()
    run()
    assert (Slot.objects.count(), make_slots()) == (ahead, 0)
    slot = dr_rao.slots.earliest("starts_at")
    client.force_login(cast.phone_user())
    page = client.get(dr_rao.get_absolute_url())
    assert f'value="{slot.pk}"' in page.content.decode()
    held = client.post(f"{dr_rao.get_absolute_url()}hold/", {"slot": slot.pk})
    booked = client.post(f"{held.url}confirm/", {"who": str(asha.pk)})
    token = Token.objects.get()
    assert booked.url == token.get_absolute_url()
    client.post(f"{token.get_absolute_url()}cancel/")
    token.refresh_from_db()
    assert token.state == State.CANCELLED


def test_with_nothing_due_the_times_are_not_read_from_end_to_end(lake: Any) -> None:
    made = [cast.doctor(clinic=lake, name=f"Anu {chr(65 + n)}") for n in range(20)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO scheduling_slot (clinic_id, doctor_id, branch_id, date, starts_at, ends_at, mode, capacity, "
            "held, booked, is_blocked, is_void) SELECT %s, doctor, %s, start::date, start, "
            "start + interval '10 minutes', 0, 1, 0, 0, false, false FROM unnest(%s) AS doctor CROSS JOIN LATERAL "
            "generate_series(%s::timestamptz, %s::timestamptz, interval '30 minutes') AS start",
            [lake.pk, lake.branches.get().pk, [it.pk for it in made], at(20), at(-20)],
        )
        cursor.execute("ANALYZE scheduling_slot, doctors_doctor")
        span = {"after": "-infinity", "first_kept": TODAY - timedelta(days=30), "day": TODAY - timedelta(days=31)}
        span |= {"doctors": [it.pk for it in made]}
        for statement in (archive._NEXT_DAY, archive._DOCTORS, archive._DUE):
            cursor.execute(f"EXPLAIN {statement}", span)
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "Seq Scan on scheduling_slot" not in plan
            assert "slots_of_a_doctor" in plan
    assert Slot.objects.count() > 30_000
    assert list(move_days()) == []
