"""The limits of codes when everybody asks at the same moment: each holds, and is seen to fail without its guard."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisIsAway

from notifications import jobs
from notifications.models import Alert, Message
from patients import challenges, limits, pins
from patients.challenges import ChallengeError
from patients.models import Challenge, Pin, Quota
from tests import cast
from tests.racing import at_once, meeting, split, without_constraint

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

MANY = 64


def ask(number: int, *, phone: str = cast.ASHAS_PHONE, **more: Any) -> Challenge:
    """Ask for a code in a browser of its own."""
    return challenges.send_code(phone=phone, browser=f"b{number}", **({"address": None} | more))


def phone(number: int) -> str:
    """A phone for each."""
    return f"+9198470{number:05d}"


def reading_first(counted: Sequence[limits.Limit]) -> list[limits.Limit]:
    """The counts without their guard: read, then written."""
    used = {limit: Quota.objects.filter(scope=limit.scope, key=limit.key).count() for limit in counted}
    meet()
    for limit in counted:
        if used[limit] >= limit.most:
            raise limits.Full(limit, timezone.now())
    return []


meet = meeting(8)


def test_sixty_four_at_once_get_five_codes_to_one_phone() -> None:
    sent, refused = split(at_once(*(lambda n=n: ask(n) for n in range(MANY))))
    assert len(sent) == Message.objects.count() == Challenge.objects.count() == limits.PER_PHONE
    assert {type(error) for error in refused} == {ChallengeError}
    assert Quota.objects.get(scope="phone").used == limits.PER_PHONE


def test_counting_by_reading_first_lets_eight_through(monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "take", reading_first)
    sent, _ = split(at_once(*(lambda n=n: ask(n) for n in range(8))))
    assert len(sent) == 8


def test_the_database_refuses_a_count_beyond_its_limit() -> None:
    now = timezone.now()
    row = {"scope": "phone", "key": b"k", "began_at": now, "used": 6, "most": 5}
    with without_constraint("patients_quota", "no_more_than_allowed"):
        Quota.objects.create(**row)
    _, (error,) = split(at_once(lambda: Quota.objects.create(**row)))
    assert "no_more_than_allowed" in str(error)


@pytest.mark.parametrize(
    ("limit", "shared"),
    [
        ("PER_NETWORK", lambda n: "203.0.113.9"),
        ("PER_PREFIX", lambda n: f"203.0.113.{n}"),
        ("PER_PREFIX", lambda n: f"2001:db8:1:{n:x}::/64"),
    ],
)
def test_sixty_four_phones_of_one_network_get_five_between_them(monkeypatch: Any, limit: str, shared: Any) -> None:
    monkeypatch.setattr(limits, limit, 5)
    sent, refused = split(
        at_once(*(lambda n=n: ask(n, phone=phone(n), address=shared(n)) for n in range(MANY)))
    )  # fmt: skip
    assert len(sent) == Message.objects.count() == 5
    assert all("your network" in str(error) for error in refused)


def test_the_budget_is_exact_and_its_end_is_told_once(settings: Any) -> None:
    settings.CODES_AN_HOUR = 5
    works = [lambda n=n: ask(n, phone=phone(n), address=f"203.{n}.113.9") for n in range(MANY)]
    sent, refused = split(at_once(*works))
    assert len(sent) == Message.objects.exclude(kind="alert").count() == 5
    assert all("Codes are paused" in str(error) for error in refused)
    assert Alert.objects.get(kind=Alert.Kind.CODES).count == 1


def test_many_limits_in_any_mixture_never_wait_for_each_other_for_ever(monkeypatch: Any, settings: Any) -> None:
    monkeypatch.setattr(limits, "PER_NETWORK", 40)
    settings.CODES_AN_HOUR = 50
    works = [
        lambda n=n: ask(n, phone=phone(n % 16), address=f"203.0.{n % 3}.{n % 4}", device="d" if n % 5 == 0 else "")
        for n in range(MANY)
    ]
    _, refused = split(at_once(*works))
    assert {type(error) for error in refused} <= {ChallengeError}


def test_headers_and_a_dead_redis_change_nothing(monkeypatch: Any, settings: Any) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise RedisIsAway

    monkeypatch.setattr(limits, "PER_NETWORK", 5)
    monkeypatch.setattr(jobs._queue("messages"), "enqueue", away)
    monkeypatch.setattr(jobs, "_tries_again_at", 0.0)
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9/0"}
    }

    def press(n: int) -> int:
        forged = {"HTTP_X_FORWARDED_FOR": f"198.51.100.{n}", "HTTP_X_REAL_IP": f"198.51.100.{n}"}
        return Client().post("/phone/", {"phone": phone(n)}, **forged).status_code

    answers = Counter(at_once(*(lambda n=n: press(n) for n in range(32))))
    assert answers == {302: 5, 200: 27}
    assert Message.objects.count() == 5


# ── PINs ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_pin_opens_one_browser_under_fifty_threads(lake: Any, reena: Any) -> None:
    _, digits = pins.give(clinic=lake, phone=cast.ASHAS_PHONE, by=reena)
    used = at_once(*[lambda: pins.use(phone=cast.ASHAS_PHONE, code=digits)] * 50)
    assert len([pin for pin in used if pin]) == 1


def test_looking_first_and_marking_then_lets_eight_in(lake: Any, reena: Any) -> None:
    pin, _ = pins.give(clinic=lake, phone=cast.ASHAS_PHONE, by=reena)
    meet = meeting(8)

    def naive() -> bool:
        fresh = Pin.objects.get(pk=pin.pk)
        meet()
        return fresh.used_at is None and bool(Pin.objects.filter(pk=pin.pk).update(used_at=timezone.now()))

    assert at_once(*[naive] * 8) == [True] * 8


def test_forty_guesses_at_a_pin_cost_five_tries(lake: Any, reena: Any) -> None:
    pin, digits = pins.give(clinic=lake, phone=cast.ASHAS_PHONE, by=reena)
    guesses = [f"{(int(digits) + n) % 10**6:06d}" for n in range(1, 41)]
    assert set(at_once(*(lambda g=g: pins.use(phone=cast.ASHAS_PHONE, code=g) for g in guesses))) == {None}
    pin.refresh_from_db()
    assert pin.tries == pins.TRIES
    assert pins.use(phone=cast.ASHAS_PHONE, code=digits) is None


def test_reception_pressed_by_many_gives_three_for_one_phone(lake: Any, reena: Any) -> None:
    given, refused = split(
        at_once(*[lambda: pins.give(clinic=lake, phone=cast.ASHAS_PHONE, by=reena)] * 16)
    )  # fmt: skip
    assert len(given) == Pin.objects.count() == limits.PIN_PER_PHONE
    assert {type(error) for error in refused} == {pins.PinError}
    assert Pin.objects.open().count() == 1
