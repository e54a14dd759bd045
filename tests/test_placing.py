"""The order by hand, numbers kept back, tokens that go to another doctor, and two tokens of one person."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests import cast
from tests.reception import Kind, come, give, line, picture, refused, state
from tokens import services
from tokens.models import Purpose, Queue, StandingBlock, Token
from tokens.reasons import kind_sentence, why_here
from tokens.states import State
from tokens.undo import undo

pytestmark = pytest.mark.django_db


def here(queue: Queue, many: int) -> list[Token]:
    return [give(queue, Kind.WALK_IN) for _ in range(many)]


# ── by hand ───────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("number", "before", "expected"),
    [(4, 1, [4, 1, 2, 3]), (4, 2, [1, 4, 2, 3]), (1, None, [2, 3, 4, 1]), (1, 4, [2, 3, 1, 4]), (3, 4, [1, 2, 3, 4])],
)
def test_a_token_is_put_just_before_another(
    queue: Queue, reena: Any, number: int, before: int | None, expected: list[int]
) -> None:
    here(queue, 4)
    services.place(queue=queue, number=number, before=before, why="has a fever", by=reena)
    assert line(queue) == expected


def test_room_is_made_between_two_with_the_same_time(queue: Queue, reena: Any) -> None:
    due = timezone.now()
    same = [
        services.issue(queue=queue, patient=cast.patient(phone=None), kind=Kind.BOOKED, due_at=due, by=None)
        for _ in range(3)
    ]
    come(queue, *same)
    late_comer = give(queue, Kind.WALK_IN)
    services.place(queue=queue, number=late_comer.number, before=2, why="in pain", by=reena)
    assert line(queue) == [1, 4, 2, 3]
    services.place(queue=queue, number=3, before=2, why="with a baby", by=reena)
    assert line(queue) == [1, 4, 3, 2]


def test_without_a_reason_nobody_is_moved(queue: Queue, reena: Any) -> None:
    here(queue, 2)
    with refused("Say why"):
        services.place(queue=queue, number=2, before=1, why="  ", by=reena)


def test_nobody_is_put_before_somebody_who_has_gone(queue: Queue, reena: Any) -> None:
    here(queue, 3)
    services.call_next(queue=queue, by=reena, seen=None)
    with refused("Token 1 is not in line any more"):
        services.place(queue=queue, number=3, before=1, why="in pain", by=reena)


def test_before_an_emergency_only_as_one(queue: Queue, reena: Any) -> None:
    here(queue, 2)
    emergency = give(queue, Kind.EMERGENCY)
    services.place(queue=queue, number=2, before=emergency.number, why="worse than that", by=reena)
    assert line(queue) == [2, 3, 1]
    services.place(queue=queue, number=3, before=1, why="was not so bad", by=reena)
    services.place(queue=queue, number=3, before=None, why="was not so bad", by=reena)
    assert line(queue) == [2, 1, 3]


def test_moving_by_hand_is_taken_back(queue: Queue, reena: Any) -> None:
    here(queue, 3)
    services.place(queue=queue, number=3, before=1, why="in pain", by=reena)
    assert undo(queue=queue, by=reena) == "Moving by hand"
    assert line(queue) == [1, 2, 3]
    assert Token.objects.get(queue=queue, number=3).placed == ""


def test_each_token_can_say_why_it_stands_there(queue: Queue, reena: Any) -> None:
    here(queue, 3)
    give(queue, Kind.EMERGENCY)
    services.place(queue=queue, number=3, before=1, why="Ravi’s mother, in pain", by=reena)
    seen = picture(queue)
    why = {place.number: why_here(seen, place) for place in seen.line}
    assert why[4] == "Emergency: before everybody who is not."
    assert why[3].startswith("Moved by Reena: Ravi’s mother, in pain. 4 goes first: emergency.")
    assert "4 goes first: emergency. 3 goes before by hand." in why[1]


def test_her_page_says_it_in_one_kind_sentence_without_a_name(queue: Queue, reena: Any) -> None:
    here(queue, 3)
    services.place(queue=queue, number=3, before=1, why="Ravi’s mother, in pain", by=reena)
    seen = picture(queue)
    kind = {place.number: kind_sentence(seen, place) for place in seen.line}
    assert kind[3] == "The clinic gave you this place."
    assert kind[1] == kind[2] == "The clinic let 1 person go in before you, for a reason it wrote down."
    give(queue, Kind.EMERGENCY)
    seen = picture(queue)
    assert kind_sentence(seen, seen.line[-1]) == "1 emergency goes before you."


# ── kept back ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_kept_numbers_are_given_to_nobody_else(queue: Queue, reena: Any) -> None:
    give(queue, Kind.WALK_IN)
    kept = services.reserve(queue=queue, how_many=3, purpose=Purpose.VIP, by=reena)
    assert [it.number for it in kept] == [2, 3, 4]
    assert give(queue, Kind.WALK_IN).number == 5


def test_a_kept_number_is_given_once_with_the_address_of_its_slip(queue: Queue, reena: Any) -> None:
    kept = services.reserve(queue=queue, how_many=2, purpose=Purpose.VIP, by=reena)
    patient = cast.patient(phone=None)
    token = services.issue(queue=queue, patient=patient, kind=Kind.WALK_IN, by=reena, reserved=2)
    assert (token.number, token.code) == (2, kept[1].code)
    with refused("Number 2 has been given"):
        services.issue(queue=queue, patient=cast.patient(phone=None), kind=Kind.WALK_IN, by=reena, reserved=2)
    with refused("Number 9 was not kept back"):
        services.issue(queue=queue, patient=cast.patient(phone=None), kind=Kind.WALK_IN, by=reena, reserved=9)
    assert services.next_reserved(queue, Purpose.VIP) == 1


def test_a_doctors_standing_blocks_are_kept_before_the_first_number(queue: Queue) -> None:
    StandingBlock.objects.create(clinic=queue.clinic, doctor=queue.doctor, purpose=Purpose.VIP, size=2)
    StandingBlock.objects.create(clinic=queue.clinic, doctor=queue.doctor, purpose=Purpose.PHONE, size=3)
    assert give(queue, Kind.WALK_IN).number == 6
    assert list(queue.reserved.values_list("number", "purpose")) == [
        (1, "vip"), (2, "vip"), (3, "phone"), (4, "phone"), (5, "phone"),
    ]  # fmt: skip
    assert give(queue, Kind.WALK_IN).number == 7


@pytest.mark.parametrize("how_many", [0, -1, 101])
def test_nobody_keeps_none_or_all(queue: Queue, reena: Any, how_many: int) -> None:
    with refused("Keep 1 to 100 numbers"):
        services.reserve(queue=queue, how_many=how_many, purpose=Purpose.VIP, by=reena)


# ── to another doctor ─────────────────────────────────────────────────────────────────────────────────────────
def test_a_token_goes_to_another_doctor_with_its_time_and_is_still_here(
    queue: Queue, kurians: Queue, reena: Any
) -> None:
    token = give(queue, past=5)
    services.write_note(queue=queue, number=1, text="brings an X-ray", by=reena)
    come(queue, token)
    give(kurians, Kind.WALK_IN)
    token.refresh_from_db()
    new = services.transfer(token=token, queue=kurians, by=reena, why="knows the skin")
    new.refresh_from_db()
    token.refresh_from_db()
    assert (new.number, new.state, new.due_at, new.desk_note) == (2, State.WAITING, token.due_at, "brings an X-ray")
    assert (token.state, token.moved_to) == (State.CANCELLED, new)
    assert line(kurians) == [2, 1]
    assert new.why == "From Dr Rao, token 1. knows the skin"


def test_undo_in_the_new_queue_does_not_take_the_patient_out_of_both(queue: Queue, kurians: Queue, reena: Any) -> None:
    new = services.transfer(token=give(queue, Kind.WALK_IN), queue=kurians, by=reena)
    with refused("nothing recent to undo"):
        undo(queue=kurians, by=reena)
    assert state(new) == State.WAITING


def test_somebody_still_expected_is_expected_there(queue: Queue, kurians: Queue, reena: Any) -> None:
    new = services.transfer(token=give(queue, past=-30), queue=kurians, by=reena)
    assert state(new) == State.BOOKED


def test_nobody_goes_to_a_doctor_whose_day_is_closed(queue: Queue, kurians: Queue, reena: Any) -> None:
    token = give(queue, Kind.WALK_IN)
    services.close_day(queue=kurians, by=reena)
    with refused("The day of Dr Kurian is closed"):
        services.transfer(token=token, queue=kurians, by=reena)


def test_whoever_is_inside_or_gone_goes_nowhere(queue: Queue, kurians: Queue, reena: Any) -> None:
    token = give(queue, Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    with refused("Token 1 is consulting"):
        services.transfer(token=token, queue=kurians, by=reena)
    with refused("Choose another doctor"):
        services.transfer(token=token, queue=queue, by=reena)


# ── two tokens of one person ──────────────────────────────────────────────────────────────────────────────────
def test_a_walk_in_who_had_booked_keeps_the_booking(queue: Queue, reena: Any) -> None:
    booking = give(queue, past=20)
    walk_in = give(queue, Kind.WALK_IN)
    services.merge(queue=queue, number=walk_in.number, into=booking.number, by=reena)
    walk_in.refresh_from_db()
    assert (state(booking), state(walk_in), walk_in.moved_to) == (State.WAITING, State.CANCELLED, booking)
    assert line(queue) == [1]


def test_whoever_came_early_as_a_walk_in_keeps_that_place(queue: Queue, reena: Any) -> None:
    booking = give(queue, past=-60)
    walk_in, after = give(queue, Kind.WALK_IN), give(queue, Kind.WALK_IN)
    services.merge(queue=queue, number=walk_in.number, into=booking.number, by=reena)
    assert line(queue) == [booking.number, after.number]


def test_two_bookings_are_not_made_one(queue: Queue, reena: Any) -> None:
    first, second = give(queue, past=20), give(queue, past=10)
    with refused("Token 2 is a booking too"):
        services.merge(queue=queue, number=second.number, into=first.number, by=reena)
    with refused("Two tokens that are not over"):
        services.merge(queue=queue, number=first.number, into=first.number, by=reena)


# ── the end of the day ────────────────────────────────────────────────────────────────────────────────────────
def test_a_closed_day_marks_who_did_not_come_and_keeps_the_numbers(queue: Queue, reena: Any) -> None:
    absent, done = give(queue, past=5), give(queue, Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    with refused("1 is still here"):
        services.close_day(queue=queue, by=reena)
    services.complete(queue=queue, by=reena, seen=2)
    assert services.close_day(queue=queue, by=reena) == [absent]
    absent.refresh_from_db()
    assert (absent.state, absent.why, state(done)) == (State.CANCELLED, "Did not come.", State.COMPLETED)
    queue.refresh_from_db()
    assert (queue.last_number, queue.doctor_state) == (2, Queue.DoctorState.LEFT)


def test_nothing_happens_on_a_closed_day_until_it_is_opened_again(queue: Queue, reena: Any) -> None:
    give(queue, past=5)
    services.close_day(queue=queue, by=reena)
    for press in (
        lambda: give(queue, Kind.WALK_IN),
        lambda: services.call_next(queue=queue, by=reena, seen=None),
        lambda: services.set_doctor_state(queue=queue, state="consulting", by=reena),
        lambda: services.run_late(queue=queue, minutes=10, by=reena),
        lambda: services.reserve(queue=queue, how_many=1, purpose="vip", by=reena),
    ):
        with refused("is closed"):
            press()
    services.reopen_day(queue=queue, by=reena)
    assert give(queue, Kind.WALK_IN).number == 2


def test_by_itself_the_day_is_closed_over_whoever_is_left(queue: Queue, reena: Any) -> None:
    inside, waiting = give(queue, Kind.WALK_IN), give(queue, Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    assert services.close_day(queue=queue, by=None) == [waiting]
    waiting.refresh_from_db()
    assert (state(inside), waiting.why) == (State.COMPLETED, "The day ended before the turn came.")


def test_a_follow_up_is_some_days_from_that_day(queue: Queue, reena: Any) -> None:
    token = give(queue, Kind.WALK_IN)
    with refused("has not been with the doctor"):
        services.follow_up(queue=queue, number=1, days=14, by=reena)
    services.call_next(queue=queue, by=reena, seen=None)
    services.follow_up(queue=queue, number=1, days=14, by=reena)
    token.refresh_from_db()
    assert token.follow_up_on == queue.date + timedelta(days=14)
