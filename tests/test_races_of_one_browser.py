"""Impatient fingers and guessing machines: the same thing sent many times at the same moment."""

from collections import Counter
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from clinics.models import AuditEvent, User
from notifications.models import Message
from patients import challenges, limits
from patients.challenges import TRIES, ChallengeError
from patients.models import Challenge, Patient
from scheduling.models import Appointment, Hold, Slot
from scheduling.services import booking
from tests import cast
from tests.racing import at_once, meeting, split
from tokens.models import Token

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

PRESSES = 20
NEIL = {"who": "new", "name": "Neil Thomas", "age": "6", "gender": "m"}


def same_browser(client: Client) -> Client:
    """The same cookies over another connection."""
    other = Client()
    other.cookies.load(client.cookies.output(header=""))
    return other


@pytest.fixture
def ready(client: Client, dr_rao: Any) -> tuple[Client, Hold]:
    """A browser that has proved its phone and holds a time."""
    client.force_login(cast.phone_user())
    slot = cast.slot(doctor=dr_rao, capacity=PRESSES)
    client.post(f"{dr_rao.get_absolute_url()}hold/", {"slot": slot.pk})
    return client, Hold.objects.get()


def press_confirm(ready: tuple[Client, Hold]) -> list[Any]:
    """The same confirmation, twenty times at once."""
    client, hold = ready
    browsers = [same_browser(client) for _ in range(PRESSES)]
    return at_once(*(lambda b=browser: b.post(f"/book/{hold.pk}/confirm/", NEIL) for browser in browsers))


def rows() -> dict[str, int]:
    """How much was written."""
    return {model.__name__: model.objects.count() for model in (Appointment, Token, Patient, Message)}


def test_twenty_presses_book_once_and_all_are_shown_the_same_token(ready: tuple[Client, Hold]) -> None:
    answers, errors = split(press_confirm(ready))
    assert errors == []
    assert Counter(answer.status_code for answer in answers) == {302: PRESSES}
    assert {answer.url for answer in answers} == {Token.objects.get().get_absolute_url()}
    assert rows() == {"Appointment": 1, "Token": 1, "Patient": 1, "Message": 1}
    slot = Slot.objects.get()
    assert (slot.held, slot.booked) == (0, 1)
    assert AuditEvent.objects.filter(action="appointment.booked").count() == 1


def test_looking_whether_the_hold_is_live_instead_of_marking_it_tells_some_that_it_failed(
    monkeypatch: Any, ready: tuple[Client, Hold]
) -> None:
    meet = meeting(PRESSES)

    def look(hold: Hold, patient: object) -> tuple[bool, bool]:
        is_live = Hold.objects.live().filter(pk=hold.pk).exists()
        meet()
        return is_live, False

    monkeypatch.setattr(booking, "book_simply", look)
    answers, errors = split(press_confirm(ready))
    assert errors or len({getattr(answer, "url", "") for answer in answers}) > 1


def test_pressed_again_later_it_answers_with_the_same_token(ready: tuple[Client, Hold]) -> None:
    client, hold = ready
    first, second = (client.post(f"/book/{hold.pk}/confirm/", NEIL) for _ in range(2))
    assert first.url == second.url
    assert rows() == {"Appointment": 1, "Token": 1, "Patient": 1, "Message": 1}


# ── codes ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def sent() -> tuple[Challenge, str]:
    """A code that was sent."""
    challenge = challenges.send_code(phone=cast.ASHAS_PHONE, browser="a browser", address=None)
    return challenge, Message.objects.get().text[:6]


def answer(challenge: Challenge, code: str) -> str:
    """Type a code into the browser that asked for it."""
    return challenges.answer(challenge=challenge, code=code, browser="a browser")


def test_a_code_opens_once_under_fifty_threads(sent: tuple[Challenge, str]) -> None:
    challenge, code = sent
    opened, refused = split(at_once(*[lambda: answer(challenge, code)] * 50))
    assert opened == [cast.ASHAS_PHONE]
    assert {type(error) for error in refused} == {ChallengeError}


def test_looking_first_and_marking_then_lets_eight_in(sent: tuple[Challenge, str]) -> None:
    challenge, _ = sent

    def naive() -> str:
        fresh = Challenge.objects.get(pk=challenge.pk)
        meet()
        if fresh.used_at is None:
            Challenge.objects.filter(pk=challenge.pk).update(used_at=timezone.now())
            return fresh.phone
        raise ChallengeError

    meet = meeting(8)
    opened, _ = split(at_once(*[naive] * 8))
    assert len(opened) == 8


def wrong(code: str, by: int) -> str:
    """Another code."""
    return f"{(int(code) + by) % 10**6:06d}"


def test_twenty_guesses_at_once_get_five_answers(sent: tuple[Challenge, str]) -> None:
    challenge, code = sent
    _, refused = split(at_once(*(lambda g=guess: answer(challenge, wrong(code, g)) for guess in range(1, 21))))
    said = Counter("answered" if "not the code" in str(error) else "shut" for error in refused)
    assert said == {"answered": TRIES, "shut": 20 - TRIES}
    challenge.refresh_from_db()
    assert challenge.tries == TRIES
    with pytest.raises(ChallengeError, match="expired or was used"):
        answer(challenge, code)


def test_counting_tries_by_reading_them_first_takes_eight_for_one(sent: tuple[Challenge, str]) -> None:
    challenge, _ = sent
    meet = meeting(8)

    def naive() -> bool:
        tries = Challenge.objects.get(pk=challenge.pk).tries
        meet()
        return tries < TRIES and bool(Challenge.objects.filter(pk=challenge.pk).update(tries=tries + 1))

    assert at_once(*[naive] * 8) == [True] * 8
    challenge.refresh_from_db()
    assert challenge.tries == 1


def test_ten_requests_for_a_code_at_once_send_one_to_a_browser() -> None:
    def ask() -> Challenge:
        return challenges.send_code(phone=cast.ASHAS_PHONE, browser="a browser", address=None)

    sent, refused = split(at_once(*[ask] * 10))
    assert len(sent) == Message.objects.count() == 1
    assert {str(error)[:27] for error in refused} == {"We have just sent a code. G"}


def test_ten_browsers_at_once_send_five_codes_to_one_phone() -> None:
    def ask(browser: str) -> Challenge:
        return challenges.send_code(phone=cast.ASHAS_PHONE, browser=browser, address=None)

    sent, refused = split(at_once(*(lambda at=at: ask(f"browser {at}") for at in range(10))))
    assert len(sent) == limits.PER_PHONE
    assert {str(error)[:13] for error in refused} == {"Several codes"}


def test_a_phone_proved_in_two_places_at_once_is_one_person() -> None:
    users = at_once(*[lambda: User.objects.with_phone(cast.ASHAS_PHONE)] * 8)
    assert {user.pk for user in users} == {User.objects.get().pk}
