"""The database answers a question as reading everything would."""

from datetime import date, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from clinics.models import Branch, City, Clinic
from doctors.models import Doctor, Specialty
from scheduling.days import part_of_day
from scheduling.finding import Place, find
from scheduling.models import Hold, Slot
from scheduling.question import FILTERS, Known, asked
from tests import cast
from tests.clock import clock_at, ist
from tests.searching import TUESDAY, look, names

moments = st.sampled_from(
    [ist(f"2026-11-{day} {hour}") for day in (24, 25, 26) for hour in ("09:00", "12:00", "16:00")]
)
slots = st.tuples(
    moments, st.sampled_from([(1, 0), (1, 1), (2, 1), (2, 2)]), st.booleans(), st.sampled_from([None, -1, 5])
)
people = st.fixed_dictionaries({
    "name": st.sampled_from(["Kavitha Rao", "Joseph Kurian", "Rahul Nair"]),
    "gender": st.sampled_from("fm"),
    "fee_paise": st.sampled_from([20000, 30000]),
    "languages": st.sampled_from([["Malayalam"], ["Malayalam", "Hindi"]]),
    "status": st.sampled_from(["active", "active", "inactive"]),
})  # fmt: skip
questions = st.fixed_dictionaries({}, optional={
    "q": st.sampled_from(["rao", "ra", "kurian joseph", "lake", "general"]),
    "specialty": st.sampled_from(["general-medicine", "heart"]),
    "day": st.sampled_from(["today", "tomorrow", "2026-11-26"]),
    "at": st.sampled_from(["morning", "afternoon", "evening"]),
    "speaks": st.sampled_from(["Malayalam", "Hindi"]),
    "fee": st.sampled_from(["200", "300"]),
    "gender": st.sampled_from("fm"),
})  # fmt: skip
worlds = st.lists(
    st.tuples(people, st.sampled_from(["general-medicine", "heart"]), st.lists(slots, max_size=4)), max_size=4
)


@given(world=worlds, question=questions, now=st.sampled_from([TUESDAY, "2026-11-24 12:00", "2026-11-24 23:30"]))
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_the_databases_answer_is_the_one_that_reading_everything_gives(
    kochi: City, lake: Clinic, heart: Specialty, world: list, question: dict[str, str], now: str
) -> None:
    with transaction.atomic(), clock_at(now):
        cast.specialty()
        for number, (fields, specialty, times) in enumerate(world):
            treats = Specialty.objects.get(slug=specialty)
            _with_slots(cast.doctor(clinic=lake, slug=f"doctor-{number}", specialty=treats, **fields), times)
        known = Known(timezone.localdate(), list(Specialty.objects.all()), ["Hindi", "Malayalam"])
        place = Place(list(Branch.objects.values_list("pk", "clinic", "locality")))
        found = find(asked(question, known), place, timezone.now())
        assert [(it.doctor, it.starts_at) for it in found] == _naively(question)
        assert all(it.of == len(found) for it in found)
        transaction.set_rollback(True)


def _with_slots(doctor: Doctor, times: list) -> None:
    for starts_at, (capacity, booked), is_blocked, minutes in {it[0]: it for it in times}.values():
        held = int(minutes is not None and booked < capacity)
        slot = cast.slot(
            doctor=doctor, starts_at=starts_at, capacity=capacity, booked=booked, held=held, is_blocked=is_blocked
        )
        if held:
            until = timezone.now() + timedelta(minutes=minutes)
            Hold.objects.create(
                clinic=doctor.clinic, doctor=doctor, slot=slot, browser=f"{slot.pk}", expires_at=until,
                created_at=until - timedelta(minutes=10),
            )  # fmt: skip


def _naively(question: dict[str, str]) -> list[tuple[int, datetime | None]]:
    """Every doctor and every time, looked at one by one."""
    days = {"today": timezone.localdate(), "tomorrow": timezone.localdate() + timedelta(days=1)}
    found = []
    for doctor in Doctor.objects.filter(status="active").select_related("specialty", "clinic"):
        said = f"{doctor.name} {doctor.clinic.name} {doctor.specialty.name}".lower().split()
        fits = (
            all(any(part.startswith(word) for part in said) for word in question.get("q", "").split())
            and question.get("specialty") in (None, doctor.specialty.slug)
            and question.get("speaks") in (None, *doctor.languages)
            and doctor.fee_paise <= int(question.get("fee", 9999)) * 100
            and question.get("gender") in (None, doctor.gender)
        )
        free = [it.starts_at for it in doctor.slots.order_by("starts_at") if _is_free(it)]
        if "day" in question:
            day = days.get(question["day"]) or date.fromisoformat(question["day"])
            free = [it for it in free if timezone.localdate(it) == day]
        if "at" in question:
            free = [it for it in free if part_of_day(it).lower() == question["at"]]
        if fits and (free or not {"day", "at"} & question.keys()):
            found.append((doctor.pk, free[0] if free else None, doctor.name))
    found.sort(key=lambda it: (it[1] is None, it[1] or timezone.now(), it[2], it[0]))
    return [(key, starts_at) for key, starts_at, _ in found]


def _is_free(slot: Slot) -> bool:
    live = sum(hold.expires_at > timezone.now() for hold in slot.holds.filter(state="live"))
    return slot.starts_at > timezone.now() and not slot.is_blocked and slot.capacity - slot.booked > live


def test_one_more_filter_is_one_more_line(
    client: Client, rao: Doctor, kurian: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scheduling import finding, question

    visits = question.Filter(
        "quick", "Visit", lambda text, known: question.Chosen(text, f"{text} min", int(text)), "Any length",
        lambda known: [("5", "5 min")], doctors="doctor.consultation_minutes <= %s",
    )  # fmt: skip
    lasting = question.Filter(
        "lasting", "Time", lambda text, known: question.Chosen(text, text, text),
        slots="slot.ends_at - slot.starts_at >= make_interval(mins => %s::int)",
    )  # fmt: skip
    for module in (question, finding):
        monkeypatch.setattr(module, "FILTERS", (*FILTERS, visits, lasting))
    Doctor.objects.filter(pk=rao.pk).update(consultation_minutes=5)
    assert names(client, "?quick=5&lasting=10") == ["Kavitha Rao"]
    assert names(client, "?lasting=11&day=today") == []
    assert '<option value="5" selected>5 min</option>' in look(client, "?quick=5")
