"""Reception types a name or a mobile number: who is known already, and who is not."""

from typing import Any

import pytest

from patients.models import Patient
from tests import cast
from tests.desk import add, at, words
from tests.waiting_room import booked, queue, walk_in
from tokens import services
from tokens.models import Queue

pytestmark = pytest.mark.django_db


def known(desk: Any, room: Queue, **typed: str) -> str:
    return words(desk.get(f"{at(room)}known/", typed))


def test_somebody_who_has_been_here_is_found_by_the_beginning_of_a_name(desk: Any, room: Queue, reena: Any) -> None:
    walk_in(queue=room, name="Ravi Kumar", by=reena)
    walk_in(queue=room, name="Meera Ravindran", by=reena)
    assert "Ravi Kumar" in known(desk, room, name="kum")
    assert known(desk, room, name="ravi").count("<li>") == 2
    assert known(desk, room, name="ra") == "", "two letters fit too many"
    assert known(desk, room, name="nobody") == ""


def test_a_whole_mobile_number_finds_its_family(desk: Any, room: Queue, asha: Any) -> None:
    booked(queue=room, patient=asha)
    cast.patient(name="Ammini Thomas", registered_at=room.clinic)
    found = known(desk, room, name="", phone="98470 00112")
    assert "Asha Thomas" in found
    assert "Ammini Thomas" in found
    assert "Asha" not in known(desk, room, name="amm", phone="9847000112")


def test_patients_of_another_clinic_are_not_known_here(desk: Any, room: Queue, dr_hari: Any, bilal: Any) -> None:
    booked(queue=queue(doctor=dr_hari), patient=bilal)
    assert known(desk, room, name=bilal.name) == ""
    assert known(desk, room, name="", phone="9847000223") == ""


def test_who_was_found_while_typing_is_not_written_down_twice(desk: Any, room: Queue, reena: Any) -> None:
    before = walk_in(queue=room, name="Ravi Kumar", by=reena)
    services.cancel(token=before, by=reena, why="went home")
    add(desk, room, name="Ravi Kumar", patient=str(before.patient_id))
    assert Patient.objects.count() == 1
    assert room.tokens.get(number=2).patient_id == before.patient_id


def test_a_patient_of_another_clinic_is_not_taken_by_a_made_up_key(desk: Any, room: Queue, dr_hari: Any) -> None:
    strange = cast.patient(name="Hill Patient", registered_at=dr_hari.clinic)
    add(desk, room, name="Ravi Kumar", patient=str(strange.pk))
    assert room.tokens.get().patient.name == "Ravi Kumar"
