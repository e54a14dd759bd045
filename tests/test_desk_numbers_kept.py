"""Reception keeps numbers back, and gives them by choice or to whom they were kept for."""

from typing import Any

import pytest

from tests.desk import add, at, refusing, words
from tests.waiting_room import press
from tokens.models import Queue, ReservedNumber

pytestmark = pytest.mark.django_db


def test_numbers_are_kept_back_and_given_by_choice(desk: Any, room: Queue) -> None:
    press(desk, "reserve", room, data={"how_many": "2", "purpose": "vip", "note": "the collector"})
    shown = words(desk.get(at(room)))
    assert "kept 1–2 VIP" in shown
    assert "1, kept: VIP, the collector" in shown
    add(desk, room, name="Ravi Kumar")
    add(desk, room, name="Collector Sahib", number="2")
    assert dict(room.tokens.values_list("number", "kind")) == {3: "walkin", 2: "walkin"}
    assert ReservedNumber.objects.get(number=2).token.patient.name == "Collector Sahib"


def test_a_phone_booking_takes_the_numbers_kept_for_the_phone_until_they_are_gone(desk: Any, room: Queue) -> None:
    press(desk, "reserve", room, data={"how_many": "1", "purpose": "phone"})
    phone = {"kind": "phone", "phone": "98470 00556"}
    add(desk, room, name="Fathima Salim", **phone)
    assert room.tokens.get().number == 1
    answer = add(desk, room, name="Another Caller", live=True, **(phone | {"phone": "98470 00557"}))
    assert "All numbers kept for a phone booking are given" in words(answer)
    assert 'value="Another Caller"' in words(answer), "what was typed is kept"
    add(desk, room, name="Another Caller", number="next", **(phone | {"phone": "98470 00557"}))
    assert room.tokens.count() == 2


@refusing
def test_nonsense_is_kept_back_for_nobody(desk: Any, room: Queue) -> None:
    for typed, said in (
        ({"how_many": "x", "purpose": "vip"}, "Keep 1 to 100"),
        ({"how_many": "2", "purpose": "friends"}, "Say what the numbers are kept for"),
    ):
        assert said in words(press(desk, "reserve", room, data=typed, live=True))
    assert not ReservedNumber.objects.exists()
