"""Old days leave the calendar: visits are closed, times move to the past, and nobody's visit is lost on the way."""

import os
import signal
import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from clinics.models import Role
from scheduling import archive, jobs, services
from scheduling.archive import move_days
from scheduling.models import Appointment, Conflict, Hold, Offer, PastSlot, Sitting, Slot, WaitlistEntry
from scheduling.slots import make_slots
from tests import cast
from tests.clock import IST, clock_at, ist
from tests.racing import at_once
from tests.test_constraints import refused_by
from tokens.models import Token
from tokens.states import TIMES, State

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
FACTS = ("id", "clinic_id", "doctor_id", "branch_id", "date", "starts_at", "ends_at", "capacity", "booked", "mode",
         "is_blocked", "is_void")  # fmt: skip


@pytest.fixture(autouse=True)
def noon() -> Any:
    """A Tuesday at noon, in Kerala."""
    with clock_at("2026-11-24 12:00") as clock:
        yield clock


def at(days_ago: int, hour: int = 10, minute: int = 0) -> Any:
    """A time of an earlier day."""
    return ist(f"{TODAY - timedelta(days=days_ago)} {hour:02}:{minute:02}")


def visit(doctor: Any, patient: Any, days_ago: int, token: State = State.BOOKED, **fields: Any) -> Appointment:
    """A confirmed visit of an earlier day, with its hold, whose token has come so far."""
    slot = cast.slot(doctor=doctor, starts_at=at(days_ago), booked=1)
    hold = Hold.objects.create(
        clinic=doctor.clinic, doctor=doctor, slot=slot, browser="b", state=Hold.State.BOOKED,
        created_at=slot.starts_at - timedelta(days=1), expires_at=slot.starts_at,
    )  # fmt: skip
    made = cast.appointment(doctor=doctor, patient=patient, slot=slot, hold=hold, **fields)
    times = {name: slot.starts_at for name, states in TIMES.items() if token in states}
    Token.objects.filter(pk=made.token_id).update(state=token, **times)
    return made


def fill(doctor: Any, days_ago: range, many: int = 3) -> None:
    """Free times on some days, each with a hold that came to nothing, and the day's sitting."""
    for days in days_ago:
        for n in range(many):
            slot = cast.slot(doctor=doctor, starts_at=at(days, 11, 10 * n), capacity=2)
            Hold.objects.create(
                clinic=doctor.clinic, doctor=doctor, slot=slot, browser=f"b{n}", state=Hold.State.RELEASED,
                created_at=slot.starts_at - timedelta(hours=9), expires_at=slot.starts_at - timedelta(hours=8),
            )  # fmt: skip
        Sitting.objects.create(
            clinic=doctor.clinic, doctor=doctor, branch=doctor.clinic.branches.get(), source="weekly",
            date=at(days).date(), starts_at=at(days, 11), ends_at=at(days, 12), grid_from=at(days, 11),
            slot_minutes=10, capacity=2,
        )  # fmt: skip


def kept() -> dict[str, Any]:
    """Everything that archiving touches."""
    return {
        "slots": list(Slot.objects.order_by("pk").values_list(*FACTS)),
        "past": list(PastSlot.objects.order_by("pk").values_list(*FACTS)),
        "holds": list(Hold.objects.order_by("pk").values_list("pk", "slot")),
        "sittings": list(Sitting.objects.order_by("pk").values_list("pk", "date")),
        "visits": list(Appointment.objects.order_by("pk").values_list("pk", "state", "slot", "hold", "date")),
    }


def run(**options: Any) -> str:
    """What the command says."""
    out = StringIO()
    call_command("archive_days", stdout=out, **options)
    return out.getvalue()


# ── visits whose day is over ──────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("state", "becomes"),
    [(State.COMPLETED, "completed"), (State.CONSULTING, "completed"), (State.BOOKED, "missed"),
     (State.WAITING, "missed"), (State.LATE, "missed"), (State.SKIPPED, "missed")],
)  # fmt: skip
def test_who_was_seen_has_been_and_who_was_not_did_not_come(dr_rao: Any, asha: Any, state: State, becomes: str) -> None:
    yesterday = visit(dr_rao, asha, 1, state)
    assert services.close_visits() == 1
    yesterday.refresh_from_db()
    assert yesterday.state == becomes
    assert services.close_visits() == 0


def test_what_was_called_off_stays_so_and_todays_visits_stand(dr_rao: Any, asha: Any, bilal: Any) -> None:
    called_off = visit(dr_rao, asha, 1, State.CANCELLED, state="cancelled", cancelled_at=timezone.now())
    standing = visit(dr_rao, bilal, 0)
    assert services.close_visits() == 0
    called_off.refresh_from_db()
    standing.refresh_from_db()
    assert (called_off.state, standing.state) == ("cancelled", "confirmed")


@pytest.mark.parametrize(("now", "closed"), [("2026-11-24 23:59", 0), ("2026-11-25 00:00", 1)])
def test_a_day_is_over_at_midnight_on_the_clinics_own_clock(
    dr_rao: Any, asha: Any, noon: Any, now: str, closed: int
) -> None:
    visit(dr_rao, asha, 0)
    noon.set(now)
    assert services.close_visits() == closed


def test_where_the_clock_is_behind_the_day_goes_on(dr_rao: Any, asha: Any, lake: Any, noon: Any) -> None:
    lake.timezone = "Europe/London"
    lake.save(update_fields=["timezone"])
    visit(dr_rao, asha, 0)
    noon.set("2026-11-25 05:29")
    assert services.close_visits() == 0
    noon.set("2026-11-25 05:30")
    assert jobs.close_visits() == 1


def test_more_visits_than_a_statement_takes_are_all_closed(dr_rao: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("scheduling.services.closing.AT_A_TIME", 2)
    for days in range(1, 6):
        visit(dr_rao, cast.patient(phone=None), days)
    assert services.close_visits() == 5
    assert not Appointment.objects.active().exists()


def test_the_family_reads_how_a_past_visit_ended(dr_rao: Any, asha: Any, signed_in: Any) -> None:
    visit(dr_rao, asha, 2)
    visit(dr_rao, asha, 3, State.CONSULTING)
    services.close_visits()
    past = signed_in(cast.phone_user()).get("/me/").content.decode().split("<h2>Past</h2>")[1]
    assert "did not come" in past
    assert "done" in past
    assert "booked" not in past


# ── what leaves, and what stays ───────────────────────────────────────────────────────────────────────────────
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


def test_what_was_offered_is_known_when_the_place_has_left(dr_rao: Any, asha: Any, noon: Any) -> None:
    entry = cast.waits(doctor=dr_rao, patient=asha, first=at(40).date(), days=60)
    noon.set(f"{at(41).date()} 12:00")
    slot = cast.slot(doctor=dr_rao, starts_at=at(40))
    offer = cast.offer(entry=entry, slot=slot)
    noon.set("2026-11-24 12:00")
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
    client.force_login(cast.phone_user(), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(dr_rao.get_absolute_url())
    assert f'value="{slot.pk}"' in page.content.decode()
    held = client.post(f"{dr_rao.get_absolute_url()}hold/", {"slot": slot.pk})
    booked = client.post(f"{held.url}confirm/", {"who": str(asha.pk)})
    token = Token.objects.get()
    assert booked.url == token.get_absolute_url()
    client.post(f"{token.get_absolute_url()}cancel/")
    token.refresh_from_db()
    assert token.state == State.CANCELLED


# ── stopped, killed, run twice ────────────────────────────────────────────────────────────────────────────────
def doctors(clinic: Any, many: int = 4) -> list[Any]:
    """So many doctors with three old days each."""
    made = [cast.doctor(clinic=clinic, name=f"Anu {chr(65 + n)}") for n in range(many)]
    for doctor in made:
        fill(doctor, range(30, 34))
    return made


def test_a_batch_that_breaks_off_leaves_all_as_it_was_and_the_next_run_ends_the_same(
    lake: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(archive, "DOCTORS_AT_A_TIME", 1)
    doctors(lake)
    everything = kept()
    statements = archive._LET_GO
    for broken in range(len(statements) + 1):
        torn = (*statements[:broken], "SELECT 1 / 0 -- the power fails")
        with monkeypatch.context() as context:
            context.setattr(archive, "_LET_GO", torn)
            with pytest.raises(Exception, match="division by zero"):
                run()
        assert kept() == everything
    moved = list(islice(move_days(), 5))  # stopped in the middle of the second day
    assert [(str(day), times) for day, times in moved] == [("2026-10-22", 3)] * 4 + [("2026-10-23", 3)]
    assert PastSlot.objects.count() == 15
    assert run().endswith("21 times of 2 days moved.\n")
    after = kept()
    assert sorted(after["slots"] + after["past"]) == everything["slots"]
    assert {slot[4] for slot in after["slots"]} == {at(30).date()}


def test_ctrl_c_is_answered_with_a_sentence(lake: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(archive, "DOCTORS_AT_A_TIME", 1)
    monkeypatch.setattr(archive, "_move", interrupted_after(5, archive._move))
    doctors(lake)
    out = StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("archive_days", stdout=out)
    assert stopped.value.code == 130
    assert out.getvalue().splitlines() == [
        "2026-10-22  12 times",
        "Stopped. 15 times of 2 days moved. Nothing is half moved: run this again, and it goes on.",
    ]


def interrupted_after(many: int, move: Any) -> Any:
    """Ctrl-C after so many batches."""
    done: list[int] = []

    def moving(*given: Any) -> int:
        if len(done) == many:
            raise KeyboardInterrupt
        done.append(move(*given))
        return done[-1]

    return moving


def test_the_nightly_run_stops_when_its_time_is_over(lake: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(archive, "DOCTORS_AT_A_TIME", 1)
    doctors(lake)
    monkeypatch.setattr(jobs, "ARCHIVING", -1)
    assert jobs.archive_days() == 3
    monkeypatch.setattr(jobs, "ARCHIVING", 90)
    assert jobs.archive_days() == 33
    assert jobs.archive_days() == 0


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_at_once_move_every_time_once(lake: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(archive, "DOCTORS_AT_A_TIME", 1)
    for doctor in doctors(lake):
        visit(doctor, cast.patient(phone=None), 32)
    before = kept()["slots"]
    moved = at_once(*[lambda: sum(times for _, times in move_days())] * 3)
    assert sum(moved) == 40
    after = kept()
    assert sorted(after["slots"] + after["past"]) == before
    assert len(after["past"]) == 40


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_sweepers_close_a_visit_once(dr_rao: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("scheduling.services.closing.AT_A_TIME", 1)
    for days in range(1, 9):
        visit(dr_rao, cast.patient(phone=None), days)
    assert sum(at_once(*[services.close_visits] * 3)) == 8


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_killed_command_has_moved_whole_batches_and_the_next_run_does_the_rest(lake: Any) -> None:
    for doctor in doctors(lake, many=2):
        visit(doctor, cast.patient(phone=None), 32)
    before = kept()["slots"]
    killed = start("--pause", "60")
    until = time.monotonic() + 30
    while not PastSlot.objects.exists() and time.monotonic() < until:
        time.sleep(0.05)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=30)
    assert killed.returncode == -signal.SIGKILL
    half = kept()
    assert sorted(half["slots"] + half["past"]) == before
    assert {slot[4] for slot in half["past"]} < {at(days).date() for days in (31, 32, 33)}
    stopped = start("--pause", "60")
    while (many := PastSlot.objects.count()) == len(half["past"]) and time.monotonic() < until:
        time.sleep(0.05)
    stopped.send_signal(signal.SIGINT)
    assert "Nothing is half moved" in stopped.communicate(timeout=30)[0]
    assert stopped.returncode == 130
    assert many > len(half["past"])
    run()
    after = kept()
    assert sorted(after["slots"] + after["past"]) == before
    assert {slot[4] for slot in after["slots"]} == {at(30).date()}


def start(*options: str) -> subprocess.Popen[str]:
    """The command in a process of its own, on this test's database; it goes by the real clock."""
    keep = (datetime.now(IST).date() - TODAY).days + 30
    given = connection.get_connection_params()
    address = f"postgresql://{given['user']}@/{given['dbname']}?host={given['host']}&port={given['port']}"
    return subprocess.Popen(
        [sys.executable, "manage.py", "archive_days", f"--keep={keep}", *options],
        cwd=Path(__file__).resolve().parent.parent,
        env=os.environ | {"DATABASE_URL": address, "DEBUG": "1"}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


# ── what it costs ─────────────────────────────────────────────────────────────────────────────────────────────
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
