"""Joining a doctor's waitlist: who may, for which days, and how often."""

from typing import Any

import pytest

from doctors.models import Doctor
from scheduling import services
from scheduling.errors import BookingError
from scheduling.models import WaitlistEntry
from tests import cast
from tests.clock import ist
from tests.waiting import wait

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_a_full_day_offers_to_wait_and_the_phone_is_asked_for_first(client: Any, full: Any, dr_rao: Doctor) -> None:
    page = client.get(f"{dr_rao.get_absolute_url()}?day=2026-11-24").content.decode()
    assert 'href="/c/lake-clinic/dr-rao/wait/?day=2026-11-24"' in page
    assert client.get("/c/lake-clinic/dr-rao/wait/?day=2026-11-24").url.startswith("/phone/?next=/c/lake-clinic/")


def test_a_doctor_without_any_time_can_be_waited_for(client: Any, dr_rao: Doctor) -> None:
    assert "Tell me when a place is free" in client.get(dr_rao.get_absolute_url()).content.decode()


def test_a_free_day_offers_its_times_and_no_waiting(client: Any, dr_rao: Doctor) -> None:
    cast.slot(doctor=dr_rao)
    assert "Tell me when" not in client.get(dr_rao.get_absolute_url()).content.decode()


def test_asha_joins_and_reads_her_number_in_line(
    signed_in: Any, full: Any, dr_rao: Doctor, bilal: Any, asha: Any
) -> None:
    wait(dr_rao, bilal)
    browser = signed_in(cast.phone_user())
    form = browser.get("/c/lake-clinic/dr-rao/wait/?day=2026-11-24").content.decode()
    assert form.count('value="2026-11-24"') == 2
    typed = {"who": str(asha.pk), "first": "2026-11-24", "last": "2026-11-28"}
    answer = browser.post("/c/lake-clinic/dr-rao/wait/", typed, follow=True)
    page = answer.content.decode()
    assert "Asha is number 2 in line for Dr Rao, 24–28 Nov. We send a message" in page
    assert "Number 2 in line" in page
    assert "Bilal" not in page


def test_somebody_new_is_written_down_with_the_entry(signed_in: Any, full: Any, dr_rao: Doctor) -> None:
    typed = {"first": "2026-11-24", "last": "2026-11-24", "name": "Ammini Thomas", "age": "70", "gender": "f"}
    signed_in(cast.phone_user()).post("/c/lake-clinic/dr-rao/wait/", typed | {"who": "new"})
    assert WaitlistEntry.objects.get().patient.name == "Ammini Thomas"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"first": "2026-11-22"}, "The first day is over."),
        ({"last": "2026-11-23"}, "The last day must not be before the first."),
        ({"last": "2027-06-01"}, "Times are given 90 days ahead"),
        ({"last": ""}, "Say until which day."),
        ({"first": "2026-02-31"}, "Write the day like 2026-11-24."),
        ({"who": "new"}, "Give the name of the person who is coming."),
        ({"who": "nobody"}, "Choose who is coming."),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(
    signed_in: Any, full: Any, dr_rao: Doctor, asha: Any, typed: dict[str, str], said: str
) -> None:
    given = {"who": str(asha.pk), "first": "2026-11-24", "last": "2026-11-28"} | typed
    page = signed_in(cast.phone_user()).post("/c/lake-clinic/dr-rao/wait/", given).content.decode()
    assert said in page
    if "last" not in typed:
        assert 'value="2026-11-28"' in page  # what was typed is kept
    assert not WaitlistEntry.objects.exists()


def test_nobody_waits_while_a_time_is_free(dr_rao: Doctor, asha: Any) -> None:
    free = cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 16:20"))
    with pytest.raises(BookingError, match="Dr Rao is free on Tue 24 Nov at 4:20 pm: book that") as error:
        wait(dr_rao, asha)
    assert error.value.nearest == free


def test_whoever_has_a_visit_on_those_days_does_not_wait_for_them(dr_rao: Doctor, asha: Any) -> None:
    cast.appointment(
        doctor=dr_rao, patient=asha, slot=cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 09:00"), booked=1)
    )
    with pytest.raises(BookingError, match="Asha has a visit with Dr Rao on Tue 24 Nov"):
        wait(dr_rao, asha)


def test_nobody_waits_twice_for_one_doctor(full: Any, dr_rao: Doctor, asha: Any) -> None:
    wait(dr_rao, asha)
    with pytest.raises(BookingError, match="Asha is on the list of Dr Rao already"):
        wait(dr_rao, asha)


def test_a_phone_waits_three_times_and_again_when_one_has_left(dr_rao: Doctor) -> None:
    family = [cast.patient(name=f"{name} Thomas") for name in ("Asha", "Ammini", "Biju", "Rosa")]
    first, *_ = [wait(dr_rao, patient) for patient in family[:3]]
    with pytest.raises(BookingError, match="This phone waits for three doctors already"):
        wait(dr_rao, family[3])
    services.leave_waitlist(entry=first, by=None)
    assert wait(dr_rao, family[3]).seat == first.seat
