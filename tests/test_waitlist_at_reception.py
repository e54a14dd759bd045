"""Reception sees who waits, adds and removes people; and long lists cost no more."""

from typing import Any

import pytest

from doctors.models import Doctor
from scheduling.models import Offer, WaitlistEntry
from tests import cast
from tests.clock import ist
from tests.waiting import offered_to, wait

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


TYPED = {"name": "Devassy Paul", "phone": "98470 00334", "first": "2026-11-24", "last": "2026-11-26"}
ONCE = "0192f4f0-0000-7000-8000-000000000001"


def test_reception_sees_who_waits_with_their_phone(signed_in: Any, reena: Any, offer: Offer) -> None:
    page = signed_in(reena).get("/waitlist/lake-clinic/").content.decode()
    assert page.index("Asha Thomas") < page.index("Bilal Rahman")
    assert 'href="tel:+919847000112"' in page
    assert "Offered Tomorrow 10:00 am, until 10:20 am" in page


def test_reception_adds_somebody_once(signed_in: Any, reena: Any, full: Any, dr_rao: Doctor) -> None:
    typed = TYPED | {"doctor": dr_rao.pk, "once": ONCE}
    browser = signed_in(reena)
    page = browser.post("/waitlist/lake-clinic/", typed, follow=True).content.decode()
    assert "Devassy Paul is on the list of Dr Rao, 24–26 Nov." in page
    again = browser.post("/waitlist/lake-clinic/", typed).content.decode()
    assert "Devassy is on the list of Dr Rao already." in again
    entry = WaitlistEntry.objects.get()
    assert (entry.patient.phone, entry.joined_by) == (cast.HEMAS_PHONE, reena)


def test_what_reception_types_wrong_is_said_and_kept(signed_in: Any, reena: Any, dr_rao: Doctor) -> None:
    typed = TYPED | {"doctor": dr_rao.pk, "once": ONCE, "phone": "0484 2312345"}
    page = signed_in(reena).post("/waitlist/lake-clinic/", typed).content.decode()
    assert "That is a landline." in page
    assert 'value="Devassy Paul"' in page
    free = cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 10:00"))
    page = signed_in(reena).post("/waitlist/lake-clinic/", typed | {"phone": TYPED["phone"]}).content.decode()
    assert f"Dr Rao is free on Tue {free.date.day} Nov at 10:00" in page
    assert not WaitlistEntry.objects.exists()


def test_reception_removes_somebody(signed_in: Any, reena: Any, offer: Offer) -> None:
    answer = signed_in(reena).post(f"/waitlist/lake-clinic/{offer.entry_id}/remove/", follow=True)
    assert "Asha Thomas is off the list of Dr Rao." in answer.content.decode()
    assert offered_to() == ["Bilal"]


def test_a_long_list_takes_no_more_queries(
    signed_in: Any, reena: Any, dr_rao: Doctor, offer: Offer, django_assert_num_queries: Any
) -> None:
    browser = signed_in(reena)
    for at in range(10):
        phone = f"+9198470005{at:02d}"
        entry = wait(dr_rao, cast.patient(name=f"Person {at}", phone=phone))
        if at % 2:
            cast.offer(entry=entry, slot=cast.slot(doctor=dr_rao))
    with django_assert_num_queries(7):  # session, user, clinic; entries, offers; are there doctors, and which
        browser.get("/waitlist/lake-clinic/")


def test_my_visits_take_no_more_queries_for_more_entries(
    signed_in: Any, dr_rao: Doctor, offer: Offer, django_assert_num_queries: Any
) -> None:
    browser = signed_in(cast.phone_user())
    with django_assert_num_queries(6):  # session, user; coming, past; entries, offers
        browser.get("/me/")
    entry = wait(dr_rao, cast.patient(name="Ammini Thomas"))
    cast.offer(entry=entry, slot=cast.slot(doctor=dr_rao))
    with django_assert_num_queries(6):
        browser.get("/me/")
