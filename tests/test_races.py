"""Everybody at once. Each guard has a pair: without it two patients get one thing, with it they do not."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Max
from django.db.models.query import QuerySet
from django.test import Client
from django.utils import timezone

from notifications.models import Message
from patients import challenges
from patients.challenges import ChallengeError
from patients.models import Patient
from scheduling import services as calendar
from scheduling.errors import BookingError, SlotTaken
from scheduling.models import Appointment, Hold, Slot
from scheduling.services import holding, places
from tests import cast
from tokens import changing, services
from tokens.models import Queue, Token, TokenError

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def at_once(tasks: list[Callable[[], Any]]) -> list[Any]:
    """Run all of them at the same moment, each with a connection of its own; what each returned or raised."""
    barrier, results = threading.Barrier(len(tasks)), [None] * len(tasks)

    def run(index: int) -> None:
        try:
            connection.ensure_connection()
            barrier.wait()
            results[index] = tasks[index]()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return results


def of(kind: type, results: list[Any]) -> list[Any]:
    """Those of one kind."""
    return [result for result in results if isinstance(result, kind)]


# ── Numbers ────────────────────────────────────────────────────────────────────────────────────────────────────
def givers(queue: Queue, many: int) -> list[Callable[[], Token]]:
    """So many receptionists, each giving a number to another patient."""
    people = [cast.patient(phone=None) for _ in range(many)]
    return [lambda p=p: services.issue(queue=queue, patient=p, kind=Token.Kind.WALK_IN, by=None) for p in people]


def test_twenty_walk_ins_at_once_get_twenty_numbers_without_a_gap(dr_rao: Any) -> None:
    queue = cast.queue(doctor=dr_rao)
    tokens = of(Token, at_once(givers(queue, 20)))
    assert sorted(token.number for token in tokens) == list(range(1, 21))
    queue.refresh_from_db()
    assert (queue.last_number, queue.version) == (20, 20)


def test_without_the_lock_two_walk_ins_are_given_one_number(dr_rao: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the constraint stands then: it turns the second patient away with an error."""

    @contextmanager
    def unlocked(queue: Queue) -> Iterator[Queue]:
        with transaction.atomic():
            queue = Queue.objects.select_related("clinic", "doctor").get(pk=queue.pk)
            both_have_read.wait(timeout=5)
            yield queue
            queue.save(update_fields=["last_number", "version"])

    both_have_read = threading.Barrier(2)
    queue = cast.queue(doctor=dr_rao)
    monkeypatch.setattr(services, "changing", unlocked)
    results = at_once(givers(queue, 2))
    assert len(of(Token, results)) == 1
    assert "one_token_per_number" in str(of(IntegrityError, results)[0])


def test_the_highest_number_plus_one_is_given_twice(dr_rao: Any) -> None:
    """The other way that looks right: counting what is there."""
    queue, both_have_read = cast.queue(doctor=dr_rao), threading.Barrier(2)

    def naive() -> int:
        highest = queue.tokens.aggregate(n=Max("number"))["n"] or 0
        both_have_read.wait(timeout=5)
        return highest + 1

    assert at_once([naive, naive]) == [1, 1]


# ── Calling ────────────────────────────────────────────────────────────────────────────────────────────────────
def waiting(dr_rao: Any, many: int) -> Queue:
    """A queue in which so many are here."""
    queue = cast.queue(doctor=dr_rao)
    for give in givers(queue, many):
        give()
    return queue


def test_two_receptionists_press_call_next_at_once_and_one_patient_is_called(dr_rao: Any, reena: Any) -> None:
    queue = waiting(dr_rao, 3)
    seetha = cast.staff(clinic=dr_rao.clinic, name="Seetha")
    results = at_once([lambda by=by: services.call_next(queue=queue, by=by, seen=None) for by in (reena, seetha)])
    assert [token.number for token in of(Token, results)] == [1]
    assert "has just called 1" in str(of(TokenError, results)[0])
    assert queue.tokens.consulting().count() == 1
    assert queue.tokens.completed().count() == 0


def test_without_saying_what_they_saw_they_would_call_two(
    dr_rao: Any, reena: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock alone lets the second press finish the first patient after a blink."""
    monkeypatch.setattr(services, "_must_be_as_seen", lambda queue, current, seen: None)
    queue = waiting(dr_rao, 3)
    at_once([lambda: services.call_next(queue=queue, by=reena, seen=None) for _ in range(2)])
    assert queue.tokens.completed().count() == 1


# ── Slots ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_thirty_browsers_tap_the_last_place_and_one_has_it(dr_rao: Any) -> None:
    slot, spare = cast.slot(doctor=dr_rao, capacity=3, booked=2), cast.slot(doctor=dr_rao)
    results = at_once([lambda n=n: calendar.hold(slot=slot, browser=f"browser {n}") for n in range(30)])
    assert len(of(Hold, results)) == 1
    turned_away = of(SlotTaken, results)
    assert len(turned_away) == 29
    assert {error.nearest for error in turned_away} == {spare}
    slot.refresh_from_db()
    assert (slot.held, slot.booked) == (1, 2)


def test_reading_first_and_taking_then_oversells_and_only_the_constraint_stands(
    dr_rao: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_have_read = threading.Barrier(2)

    def read_then_write(slot: Slot, as_: str) -> int:
        found = Slot.objects.get(pk=slot.pk)
        is_free = found.held + found.booked < found.capacity
        both_have_read.wait(timeout=5)
        return Slot.objects.filter(pk=slot.pk).update(**{as_: F(as_) + 1}) if is_free else 0

    monkeypatch.setattr(places, "_take", read_then_write)
    slot = cast.slot(doctor=dr_rao)
    results = at_once([lambda n=n: calendar.hold(slot=slot, browser=f"browser {n}") for n in range(2)])
    assert len(of(Hold, results)) == 1
    assert "slots_are_never_oversold" in str(of(IntegrityError, results)[0])


# ── Holds ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_two_tabs_of_a_browser_keep_one_hold_between_them(dr_rao: Any) -> None:
    slots = [cast.slot(doctor=dr_rao) for _ in range(2)]
    holds = at_once([lambda slot=slot: calendar.hold(slot=slot, browser="Asha's") for slot in slots])
    assert len(of(Hold, holds)) == 2, "each tab is answered"
    live = Hold.objects.live().get()
    assert {slot.pk: slot.held for slot in Slot.objects.all()} == {slot.pk: int(slot == live.slot) for slot in slots}


def test_without_asking_again_the_second_tab_would_fall_on_the_constraint(dr_rao: Any) -> None:
    """The pair: one attempt each, as the database sees it."""
    slots = [cast.slot(doctor=dr_rao) for _ in range(2)]
    once = [lambda slot=slot: holding._hold(slot, "Asha's", None, timedelta(minutes=10)) for slot in slots]
    results = [result for _ in range(10) for result in at_once(once)]
    assert all("one_live_hold_per_browser_and_doctor" in str(error) for error in of(IntegrityError, results))
    assert Hold.objects.live().count() == 1


def test_two_patients_swap_times_without_waiting_for_ever(dr_rao: Any) -> None:
    first, second = cast.slot(doctor=dr_rao, capacity=2), cast.slot(doctor=dr_rao, capacity=2)
    for _ in range(5):
        calendar.hold(slot=first, browser="Asha's")
        calendar.hold(slot=second, browser="Bilal's")
        results = at_once([
            lambda: calendar.hold(slot=second, browser="Asha's"),
            lambda: calendar.hold(slot=first, browser="Bilal's"),
        ])  # fmt: skip
        assert len(of(Hold, results)) == 2
    assert list(Slot.objects.values_list("held", flat=True)) == [1, 1]


# ── Confirming ─────────────────────────────────────────────────────────────────────────────────────────────────
def browser_with(hold: Hold) -> dict[str, str]:
    """The cookies of a browser that holds a time and has proved Asha's phone."""
    user = cast.phone_user()
    session = SessionStore()
    session.update({
        SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
        HASH_SESSION_KEY: user.get_session_auth_hash(), "browser": hold.browser,
    })  # fmt: skip
    session.save()
    return {"sessionid": session.session_key}


def test_twenty_identical_confirms_are_one_booking_with_one_answer(dr_rao: Any) -> None:
    hold = calendar.hold(slot=cast.slot(doctor=dr_rao, capacity=30), browser="Asha's")
    cookies = browser_with(hold)
    typed = {"who": "new", "name": "Asha Thomas", "age": "38", "gender": "f"}

    def confirm() -> str:
        client = Client()
        client.cookies.load(cookies)
        return client.post(f"/book/{hold.pk}/confirm/", typed)["Location"]

    answers = at_once([confirm] * 20)
    token = Token.objects.get()
    assert set(answers) == {token.get_absolute_url()}
    assert (Appointment.objects.count(), Patient.objects.count(), Message.objects.count()) == (1, 1, 1)
    slot = Slot.objects.get()
    assert (slot.held, slot.booked) == (0, 1)


def test_without_the_lock_on_the_hold_two_confirms_do_the_work_twice(
    dr_rao: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only constraints stand then, and the second patient reads an error instead of a token."""
    hold = calendar.hold(slot=cast.slot(doctor=dr_rao, capacity=2), browser="Asha's")
    people = [cast.patient(phone=None) for _ in range(2)]
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self)
    results = at_once([lambda p=p: calendar.book(hold=hold, patient=p, by=None) for p in people] * 4)
    assert of(Exception, results)


def test_a_patient_books_two_times_of_a_day_at_once_and_has_one(dr_rao: Any, asha: Any) -> None:
    start = timezone.now() + timedelta(days=1)
    slots = [cast.slot(doctor=dr_rao, starts_at=start + timedelta(minutes=10 * n)) for n in range(2)]
    holds = [calendar.hold(slot=slot, browser=f"phone {n}") for n, slot in enumerate(slots)]
    if slots[0].date != slots[1].date:
        pytest.skip("ten minutes that have midnight between them")
    results = at_once([lambda h=h: calendar.book(hold=h, patient=asha, by=None) for h in holds])
    assert len(of(Appointment, results)) == 1
    assert "already has" in str(of(BookingError, results)[0])
    assert Slot.objects.filter(booked=1).count() == 1


# ── Codes ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_code_is_used_once_though_fifty_try_it_at_once() -> None:
    challenge = challenges.send_code(phone=cast.ASHAS_PHONE, browser="Asha's", address=None)
    code = Message.objects.get().text[:6]
    results = at_once([lambda: challenges.answer(challenge=challenge, code=code, browser="Asha's")] * 50)
    assert of(str, results) == [cast.ASHAS_PHONE]
    assert len(of(ChallengeError, results)) == 49


def test_twenty_guesses_at_once_are_five_tries() -> None:
    challenge = challenges.send_code(phone=cast.ASHAS_PHONE, browser="Asha's", address=None)
    code = int(Message.objects.get().text[:6])
    wrong = [f"{(code + n) % 10**6:06d}" for n in range(1, 21)]
    results = at_once([lambda w=w: challenges.answer(challenge=challenge, code=w, browser="Asha's") for w in wrong])
    assert sum("That is not the code" in str(error) for error in results) == challenges.TRIES
    with pytest.raises(ChallengeError):  # the right one comes too late
        challenges.answer(challenge=challenge, code=f"{code:06d}", browser="Asha's")


def test_twenty_browsers_ask_for_codes_at_once_and_five_are_sent() -> None:
    results = at_once([
        lambda n=n: challenges.send_code(phone=cast.ASHAS_PHONE, browser=f"browser {n}", address=None)
        for n in range(20)
    ])  # fmt: skip
    assert len(of(ChallengeError, results)) == 20 - challenges.PER_PHONE
    assert Message.objects.count() == challenges.PER_PHONE


def test_without_queueing_up_for_a_phone_more_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(challenges, "_one_at_a_time", lambda key: None)
    at_once([
        lambda n=n: challenges.send_code(phone=cast.ASHAS_PHONE, browser=f"browser {n}", address=None)
        for n in range(40)
    ])  # fmt: skip
    assert Message.objects.count() > challenges.PER_PHONE


def test_the_lock_is_the_queues_own(dr_rao: Any) -> None:
    """Another doctor's queue is not kept waiting."""
    other = cast.queue(doctor=cast.doctor(clinic=dr_rao.clinic, name="Joseph Kurian"))
    people = givers(other, 2)
    with changing.changing(cast.queue(doctor=dr_rao)):
        assert len(of(Token, at_once(people))) == 2
