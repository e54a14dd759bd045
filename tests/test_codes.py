"""A patient's code: how many may be asked for and by whom, what the page says of it, and what it gives away."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notifications.models import Alert, Message
from patients import jobs, limits
from patients.challenges import ChallengeError
from patients.models import Challenge, Pin, Quota
from tests import cast
from tests.asking import ASHAS, ask, send
from tests.clock import Clock
from tests.phone import last_code

pytestmark = pytest.mark.django_db


def proved(client: Client) -> Client:
    """A browser that has proved Asha's phone, and has been signed out since."""
    ask(client=client)
    assert client.post("/phone/code/", {"code": last_code()}).status_code == 302
    client.post("/phone/sign-out/")
    return client


# ── limits ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_sixth_code_within_an_hour_to_a_phone_is_refused_and_says_when_and_what_else(clock: Clock) -> None:
    for _ in range(limits.PER_PHONE):
        send(112)
        clock.pass_(minutes=2)
    page = ask().content.decode()
    assert "Try again at 11:00 am, or ask at the clinic’s counter for a PIN" in page
    assert 'value="98470 00112"' in page
    assert "I have a PIN from the counter" in page
    clock.set("2026-11-23 11:00")
    assert "The 6-digit code" in ask().content.decode()


def test_a_refused_request_uses_up_nothing_and_leaves_no_session(clock: Clock) -> None:
    for _ in range(limits.PER_PHONE):
        send(112)
    before = list(Quota.objects.order_by("scope").values_list("scope", "used"))
    client = Client()
    ask(client=client)
    assert "sessionid" not in client.cookies
    assert list(Quota.objects.order_by("scope").values_list("scope", "used")) == before


def test_what_is_full_is_taken_from_nothing_else(monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "PER_NETWORK", 1)
    monkeypatch.setattr(limits, "must_have_room", lambda counted: None)
    send(1, address="203.0.113.9")
    with pytest.raises(ChallengeError, match="your network"):
        send(2, address="203.0.113.9")
    assert dict(Quota.objects.values_list("scope", "used")) == {"phone": 1, "network": 1, "prefix": 1, "budget": 1}


@pytest.mark.parametrize(
    ("first", "second", "limit"),
    [
        ("203.0.113.9", "203.0.113.9", "PER_NETWORK"),
        ("2001:db8:1:2::/64", "2001:db8:1:2::/64", "PER_NETWORK"),
        ("203.0.113.9", "203.0.113.200", "PER_PREFIX"),
        ("2001:db8:1:2::/64", "2001:db8:1:ff::/64", "PER_PREFIX"),
    ],
)
def test_networks_and_neighbourhoods_are_counted(monkeypatch: Any, first: str, second: str, limit: str) -> None:
    monkeypatch.setattr(limits, limit, 1)
    send(1, address=first)
    with pytest.raises(ChallengeError, match="Too many codes were asked for from your network"):
        send(2, address=second)
    send(3, address="198.51.100.1" if "." in first else "2001:db8:2:2::/64")


def test_two_addresses_of_one_household_count_as_one(monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "PER_NETWORK", 1)
    ask("98470 00001", address="2001:db8:1:2::a")
    assert "from your network" in ask("98470 00002", address="2001:db8:1:2:ffff::b").content.decode()


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_CLIENT_IP"])
def test_a_forged_header_is_no_other_address(monkeypatch: Any, header: str) -> None:
    monkeypatch.setattr(limits, "PER_NETWORK", 2)
    for n in range(5):
        Client().post("/phone/", {"phone": f"98470 0010{n}"}, **{header: f"198.51.100.{n}"})
    assert Challenge.objects.count() == 2


@pytest.mark.parametrize("typed", ["+1 202 555 0143", "+447911123456", "0484 2312345", "12345", "1800 11 4000"])
def test_nothing_but_an_indian_mobile_is_sent_a_code(typed: str) -> None:
    ask(typed)
    assert not Message.objects.exists()
    assert not Quota.objects.exists()


# ── the budget ────────────────────────────────────────────────────────────────────────────────────────────────
def test_beyond_the_budget_codes_pause_until_the_hour_is_over_and_somebody_is_told_once(
    settings: Any, clock: Clock
) -> None:
    settings.CODES_AN_HOUR = 3
    for number in range(3):
        send(number)
    for number in range(3, 6):
        page = ask(f"98470 {number:05d}", address=f"198.51.{number}.1").content.decode()
        assert "Codes are paused until 11:00 am" in page
        assert "Call the clinic, or ask at the clinic’s counter for a PIN" in page
    alert = Alert.objects.get(kind=Alert.Kind.CODES)
    assert (alert.count, alert.closed_at) == (1, None)
    assert jobs.reopen_codes() == 1
    alert.refresh_from_db()
    assert alert.closed_at is None
    clock.set("2026-11-23 11:00")
    assert jobs.reopen_codes() == 2
    alert.refresh_from_db()
    assert alert.closed_at is not None
    assert "The 6-digit code" in ask().content.decode()


def test_a_budget_of_nothing_sends_nothing(settings: Any) -> None:
    settings.CODES_AN_HOUR = 0
    assert "Codes are paused" in ask().content.decode()
    assert not Message.objects.exists()


# ── returning devices ─────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("full", ["phone", "network", "prefix", "budget"])
def test_nothing_a_stranger_uses_up_locks_out_a_browser_that_has_proved_the_phone(full: str) -> None:
    client = proved(Client())
    Quota.objects.filter(scope=full).update(used=9999, most=9999)
    Challenge.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    assert "asked for at" not in ask().content.decode()
    assert "asked for at" in ask(client=client).content.decode()


def test_the_devices_own_quota_and_budget_are_limits_too(settings: Any) -> None:
    for n in range(limits.PER_DEVICE):
        send(112, browser=f"b{n}", device="Asha's")
    with pytest.raises(ChallengeError, match="Several codes"):
        send(112, device="Asha's")
    send(112, device="another")
    send(112)
    settings.CODES_AN_HOUR_RETURNING = limits.PER_DEVICE + 1
    with pytest.raises(ChallengeError, match="Codes are paused"):
        send(113, device="a third")
    assert dict(Quota.objects.filter(scope__in=["phone", "budget"]).values_list("scope", "used")) == {
        "phone": 1, "budget": 1,
    }  # fmt: skip


@pytest.mark.parametrize("change", ["other phone", "tampered", "made up", "too old"])
def test_only_a_browser_that_has_proved_this_very_phone_is_known(change: str, monkeypatch: Any) -> None:
    client = proved(Client())
    mine = client.cookies["device"]
    match change:
        case "tampered":
            client.cookies["device"] = f"x{mine.value}"
        case "made up":
            client.cookies["device"] = "WyJhIiwgWyJiIl1d:1abc:def"
        case "too old":
            later = time.time() + 401 * 24 * 3600
            monkeypatch.setattr(signing.time, "time", lambda: later)
    ask(client=client, phone="98470 00223" if change == "other phone" else ASHAS)
    assert not Quota.objects.filter(scope="device").exists()
    assert mine["httponly"]
    assert "847" not in mine.value


def test_a_browser_remembers_five_phones_and_forgets_the_first() -> None:
    client = Client()
    for n in range(6):
        ask(f"98470 0020{n}", client=client, address=f"203.0.{n}.1")
        client.post("/phone/code/", {"code": last_code()})
        client.post("/phone/sign-out/")
    for n in (0, 5):
        ask(f"98470 0020{n}", client=client)
    assert Quota.objects.filter(scope="device").count() == 1


# ── what it gives away ────────────────────────────────────────────────────────────────────────────────────────
def test_a_phone_with_a_family_and_a_user_is_answered_like_one_nobody_knows(asha: Any, clock: Clock) -> None:
    cast.phone_user()
    cast.patient(name="Joel Thomas")
    told = []
    for phone in ("98470 00112", "98470 00998"):
        client = Client()
        client.get("/phone/")
        with CaptureQueriesContext(connection) as asked:
            sent = client.post("/phone/", {"phone": phone})
            page = client.get(sent.url).content.decode()
            wrong = client.post("/phone/code/", {"code": "000000" if last_code() != "000000" else "000001"})
        shown = [
            text.replace(phone, "…").replace(phone[-4:], "…").replace(f"+91{phone.replace(' ', '')}", "…")
            for text in (page, wrong.content.decode())
        ]
        masked = [text.split('name="csrfmiddlewaretoken" value="') for text in shown]
        told.append((
            sent.status_code, sent.url, wrong.status_code, len(asked),
            ["".join([parts[0], *(part[64:] for part in parts[1:])]) for parts in masked],
        ))  # fmt: skip
    assert told[0] == told[1]


# ── afterwards ────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_nobody_needs_to_know_is_deleted(lake: Any, reena: Any, clock: Clock) -> None:
    send(112)
    Pin.objects.create(
        clinic=lake, phone=cast.ASHAS_PHONE, phone_key=b"k", code_mac=b"m", expires_at=clock.now + timedelta(minutes=10)
    )
    clock.pass_(minutes=59)
    assert jobs.purge_codes() == 0
    clock.pass_(minutes=2)
    assert jobs.purge_codes() == 2  # the counts of a phone, and of all
    clock.pass_(days=2)
    assert jobs.purge_codes() == 1
    assert (Challenge.objects.count(), Pin.objects.count(), Message.objects.count()) == (0, 1, 1)
    clock.pass_(days=5)
    assert jobs.purge_codes() == 1
