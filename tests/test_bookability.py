"""Whether a doctor can be booked: the rule by itself, what the calendar adds, and the doors it opens and shuts."""

from dataclasses import fields, replace
from datetime import time, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from doctors.bookability import IN_THE_WAY_WHEN_TRUE, REASONS, Bookability, Facts, evaluate
from doctors.models import Doctor, DoctorBranch, DoctorDepartment
from scheduling import jobs
from scheduling.bookability import days_without_times, facts_of, reassess
from scheduling.models import Hold, Slot
from scheduling.slots import make_slots
from tests import cast
from tokens.models import Token

NAMES = [field.name for field in fields(Facts)]
SOME = st.builds(Facts, **{name: st.booleans() for name in NAMES})
ALL_WELL = Facts(**{name: name not in IN_THE_WAY_WHEN_TRUE for name in NAMES})


def levels(found: Bookability) -> tuple[bool, bool, bool]:
    """By patients, in search, at the desk."""
    return found.is_bookable_online, found.is_shown, found.is_bookable_at_desk


# ── The rule ───────────────────────────────────────────────────────────────────────────────────────────────────
@given(SOME)
def test_every_missing_precondition_gives_exactly_one_reason(facts: Facts) -> None:
    wrong = [name for name in NAMES if getattr(facts, name) == (name in IN_THE_WAY_WHEN_TRUE)]
    found = evaluate(facts)
    assert sorted(found.missing) == sorted(wrong)
    assert found.score == 100 - 10 * len(wrong)


@given(SOME, st.sampled_from(NAMES))
def test_putting_one_thing_right_raises_the_score_and_takes_no_level_away(facts: Facts, name: str) -> None:
    right = replace(facts, **{name: name not in IN_THE_WAY_WHEN_TRUE})
    wrong = replace(facts, **{name: name in IN_THE_WAY_WHEN_TRUE})
    assert evaluate(right).score > evaluate(wrong).score
    assert all(after >= before for after, before in zip(levels(evaluate(right)), levels(evaluate(wrong)), strict=True))


@given(SOME)
def test_whom_patients_book_search_shows_and_reception_books(facts: Facts) -> None:
    found = evaluate(facts)
    steps = [found.is_bookable_online, found.is_open_online, found.is_shown, found.is_bookable_at_desk]
    assert steps == sorted(steps)
    assert found.is_bookable_online == (found.score == 100) == (not found.reasons)


def test_each_fact_has_its_sentence() -> None:
    assert sorted(REASONS) == sorted(NAMES)
    assert len({reason.says for reason in REASONS.values()}) == 10


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ({}, (True, True, True)),
        ({"has_free_slots": False}, (False, True, True)),
        ({"licence_verified": False}, (False, True, True)),
        ({"has_forced_block": True}, (False, True, True)),
        ({"has_branch": False}, (False, False, True)),
        ({"verification_failed": True, "licence_verified": False}, (False, False, False)),
        ({"is_active": False}, (False, False, False)),
    ],
)
def test_what_shuts_which_door(missing: dict[str, bool], expected: tuple[bool, bool, bool]) -> None:
    assert levels(evaluate(replace(ALL_WELL, **missing))) == expected


def test_when_the_times_run_out_whoever_holds_one_may_still_book() -> None:
    found = evaluate(replace(ALL_WELL, has_free_slots=False, has_hours=False))
    assert (found.is_bookable_online, found.is_open_online) == (False, True)


# ── The facts ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def sitting(dr_rao: Doctor) -> Doctor:
    """Dr Rao, with hours every day and times made from them."""
    for weekday in range(7):
        cast.hours(doctor=dr_rao, weekday=weekday, starts=time(0), ends=time(23, 50))
    make_slots()
    return dr_rao


def facts(doctor: Doctor) -> Facts:
    """As they stand in the database."""
    return facts_of([Doctor.objects.get(pk=doctor.pk)])[doctor.pk]


def test_a_doctor_with_everything_can_be_booked(sitting: Doctor) -> None:
    assert facts(sitting) == ALL_WELL
    assert reassess() == 1
    sitting.refresh_from_db()
    assert (sitting.score, sitting.is_bookable_online, sitting.missing) == (100, True, [])
    assert reassess() == 0


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"languages": []}, "profile_complete"),
        ({"qualifications": ""}, "profile_complete"),
        ({"fee_paise": 0}, "fees_set"),
        ({"licence_status": "waiting", "licence_checked_at": None}, "licence_verified"),
        ({"status": "inactive"}, "is_active"),
    ],
)
def test_what_is_missing_in_the_profile_is_found(sitting: Doctor, change: dict[str, Any], missing: str) -> None:
    Doctor.objects.filter(pk=sitting.pk).update(**change)
    assert evaluate(facts(sitting)).missing == [missing]


def test_a_doctor_who_treats_free_of_charge_has_said_what_it_costs(sitting: Doctor) -> None:
    Doctor.objects.filter(pk=sitting.pk).update(fee_paise=0, is_free=True)
    assert facts(sitting) == ALL_WELL


def test_a_failed_check_is_found(sitting: Doctor) -> None:
    Doctor.objects.filter(pk=sitting.pk).update(licence_status="failed", licence_note="No such number.")
    assert set(evaluate(facts(sitting)).missing) == {"licence_verified", "verification_failed"}


def test_no_branch_is_found(sitting: Doctor) -> None:
    sitting.at_branches.all().delete()
    assert evaluate(facts(sitting)).missing == ["has_branch"]


def test_hours_that_are_over_are_none(sitting: Doctor) -> None:
    sitting.weekly_hours.update(valid_to=timezone.localdate() - timedelta(days=1))
    assert evaluate(facts(sitting)).missing == ["has_hours"]


def test_times_that_are_booked_held_off_the_offer_or_too_far_away_are_not_free(sitting: Doctor) -> None:
    far, held, *_ = sitting.slots.ahead().order_by("-pk")
    Slot.objects.exclude(pk__in=[far.pk, held.pk]).update(booked=1)
    Slot.objects.filter(pk=far.pk).update(
        starts_at=timezone.now() + timedelta(days=91), ends_at=timezone.now() + timedelta(days=92)
    )
    Slot.objects.filter(pk=held.pk).update(held=1)
    later = timezone.now() + timedelta(minutes=9)
    Hold.objects.create(clinic=sitting.clinic, doctor=sitting, slot=held, browser="b", expires_at=later)
    assert evaluate(facts(sitting)).missing == ["has_free_slots"]


def test_ten_doctors_take_as_many_queries_as_one(lake: Any, sitting: Doctor) -> None:
    def queries() -> int:
        doctors = list(Doctor.objects.all())
        with CaptureQueriesContext(connection) as captured:
            facts_of(doctors)
        return len(captured)

    def all_queries() -> int:
        Doctor.objects.update(score=1)
        with CaptureQueriesContext(connection) as captured:
            reassess()
        return len(captured)

    before = queries(), all_queries()
    for number in range(9):
        cast.hours(doctor=cast.doctor(clinic=lake, name=f"Number {number}", slug=f"dr-{number}"))
    make_slots()
    assert (queries(), all_queries()) == before
    assert Doctor.objects.filter(score=100).count() == 10


def test_the_sweep_finds_that_the_times_have_run_out(sitting: Doctor) -> None:
    reassess()
    Slot.objects.update(booked=1)
    assert jobs.reassess_doctors() == 1
    sitting.refresh_from_db()
    assert (sitting.is_bookable_online, sitting.is_open_online, sitting.is_shown) == (False, True, True)
    assert sitting.missing == ["has_free_slots"]


# ── Usual days without times ───────────────────────────────────────────────────────────────────────────────────
def test_a_usual_day_without_times_is_told_of(sitting: Doctor) -> None:
    assert days_without_times([sitting.pk], timezone.now()) == {}
    third, later = sitting.clinic.today() + timedelta(days=3), sitting.clinic.today() + timedelta(days=20)
    sitting.slots.filter(date=third).update(is_blocked=True)
    sitting.slots.filter(date=later).delete()
    assert days_without_times([sitting.pk], timezone.now()) == {sitting.pk: [third]}
    reassess()
    sitting.refresh_from_db()
    assert sitting.days_without_times == [third]


def test_a_full_day_and_a_day_on_which_the_doctor_never_sits_are_nothing_to_tell(sitting: Doctor) -> None:
    third, fourth = (sitting.clinic.today() + timedelta(days=days) for days in (3, 4))
    sitting.slots.filter(date=third).update(booked=1)
    sitting.slots.filter(date=fourth).delete()
    sitting.weekly_hours.filter(weekday=fourth.weekday()).delete()
    assert days_without_times([sitting.pk], timezone.now()) == {}


# ── The doors ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_whoever_is_not_shown_has_no_page_and_is_not_found(client: Any, lake: Any, sitting: Doctor) -> None:
    sitting.at_branches.all().delete()
    reassess()
    assert client.get("/c/lake-clinic/dr-rao/").status_code == 404
    assert b"Rao" not in client.get("/c/lake-clinic/").content
    assert b"/c/lake-clinic/dr-rao/" not in client.get("/?q=Kavitha").content


def test_whoever_is_not_open_to_patients_is_shown_without_times(client: Any, sitting: Doctor) -> None:
    Doctor.objects.update(licence_status="waiting", licence_checked_at=None)
    reassess()
    page = client.get("/c/lake-clinic/dr-rao/").content.decode()
    assert "cannot be booked here at present" in page
    assert 'name="slot"' not in page
    assert "Next free" not in client.get("/c/lake-clinic/").content.decode()
    slot = sitting.slots.ahead().first()
    client.post("/c/lake-clinic/dr-rao/hold/", {"slot": slot.pk})
    assert not Hold.objects.exists()


def test_the_last_time_of_a_doctor_can_be_held_though_the_sweep_saw_none_free(client: Any, sitting: Doctor) -> None:
    Slot.objects.update(booked=1)
    reassess()
    slot = sitting.slots.ahead().order_by("starts_at").last()
    Slot.objects.filter(pk=slot.pk).update(booked=0)
    client.post("/c/lake-clinic/dr-rao/hold/", {"slot": slot.pk})
    assert Hold.objects.get().slot == slot


def test_the_number_of_a_licence_is_read_by_patients_once_it_is_verified(client: Any, sitting: Doctor) -> None:
    assert "Travancore-Cochin Medical Council, reg. no. 12345" in client.get("/c/lake-clinic/dr-rao/").content.decode()
    Doctor.objects.update(licence_status="waiting", licence_checked_at=None)
    assert "12345" not in client.get("/c/lake-clinic/dr-rao/").content.decode()


def test_a_doctor_whose_licence_failed_gets_emergencies_only(lake: Any, dr_rao: Doctor, reena: Any) -> None:
    from uuid6 import uuid7

    from tokens import desk_adding
    from tokens.models import TokenError

    Doctor.objects.update(is_bookable_at_desk=False, is_shown=False, is_open_online=False)
    queue = cast.queue(doctor=Doctor.objects.get(pk=dr_rao.pk))
    with pytest.raises(TokenError, match="takes no new patients"):
        desk_adding.add(queue=queue, kind=Token.Kind.WALK_IN, name="Asha", once=uuid7(), by=reena)
    token, _ = desk_adding.add_emergency(queue=queue, name="Asha", reason="chest pain", once=uuid7(), by=reena)
    assert token.number == 1


def test_doctors_of_before_are_shown_and_booked_as_yesterday(lake: Any, client: Any) -> None:
    yesterday = dict.fromkeys(["is_shown", "is_open_online", "is_bookable_at_desk"], False)
    yesterday |= {"council": "", "licence_status": "not_asked"}
    known = cast.doctor(clinic=lake, name="Kavitha Rao", **yesterday)
    free = cast.doctor(clinic=lake, name="Free Heart", fee_paise=0, registration_number="", **yesterday)
    draft = cast.doctor(clinic=lake, name="No Body", status="draft", **yesterday)
    DoctorBranch.objects.all().delete()
    cast.hours(doctor=known)
    migration = import_module("doctors.migrations.0005_doctors_of_before").Migration
    with connection.schema_editor() as editor:
        for operation in migration.operations:
            operation.database_forwards("doctors", editor, None, None)
    for doctor in (known, free):
        doctor.refresh_from_db()
        assert doctor.takes_patients
        assert facts(doctor).has_branch
        assert facts(doctor).fees_set
        assert client.get(doctor.get_absolute_url()).status_code == 200
    assert (known.registration, free.licence_status) == ("reg. no. 12345", "not_asked")
    draft.refresh_from_db()
    assert (draft.is_shown, draft.licence_status) == (False, "not_asked")
    reassess()
    assert client.get(free.get_absolute_url()).status_code == 200


def test_a_doctors_page_names_every_department_and_branch_and_fee(client: Any, lake: Any, dr_rao: Doctor) -> None:
    heart, fever = lake.departments.create(name="Heart"), lake.departments.create(name="Fever")
    DoctorDepartment.objects.create(clinic=lake, doctor=dr_rao, department=fever)
    vyttila = lake.branches.create(name="Second", city=cast.city(), locality="Vyttila")
    DoctorBranch.objects.create(clinic=lake, doctor=dr_rao, branch=vyttila)
    Doctor.objects.update(department=heart, follow_up_fee_paise=10000, follow_up_days=5, tele_fee_paise=20000)
    page = client.get(dr_rao.get_absolute_url()).content.decode()
    for said in ("Fever, Heart", "Kaloor, Vyttila", "Coming back within 5 days", "₹100", "By video", "₹200"):
        assert said in page, said
