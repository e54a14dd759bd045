"""Each push service works, or does not, by itself; one patient's browser is no reason not to push to others."""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone
from urllib3.exceptions import MaxRetryError, NameResolutionError

from clinics.sealed import blind_index
from notifications import choosing, jobs, vapid
from notifications.models import Alert, Line, Message, PushSubscription
from tests import cast
from tests.telling import Phone

pytestmark = pytest.mark.django_db

CHROME, FIREFOX, EDGE = "fcm.googleapis.com", "updates.push.services.mozilla.com", "wns2-pn1p.notify.windows.com"
ASHA, BILAL = cast.ASHAS_PHONE, cast.BILALS_PHONE
Does = int | Exception


class World:
    """What each push service does: it answers with a status, or something goes wrong on the way there."""

    def __init__(self) -> None:
        self.does: dict[str, Does] = {}
        self.after, self.asked = "", []

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        host = urlsplit(request.url).hostname or ""
        self.asked.append(host)
        does = self.does.get(host, 201)
        if isinstance(does, Exception):
            raise does
        said = requests.Response()
        said.status_code, said.request, said.url = does, request, request.url
        said._content, said._content_consumed = b"", True
        if self.after and does >= 400:
            said.headers["Retry-After"] = self.after
        return said


@pytest.fixture
def world(settings: Any, sms: Phone, monkeypatch: pytest.MonkeyPatch) -> World:
    """Push is set up."""
    settings.VAPID_PRIVATE_KEY, settings.VAPID_CONTACT = vapid.made()[0], "mailto:omana@oozham.example"
    there = World()
    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", lambda _, request, **more: there.send(request))
    return there


@pytest.fixture
def news(lake: Any) -> Callable[..., Message]:
    """Something to tell Asha, or somebody else."""

    def write(to: str = ASHA) -> Message:
        words = {"token": 1, "doctor": "Dr Rao", "place": "Lake", "link": "http://x/"}
        message = cast.message(kind="added", clinic=lake, to=to, **words)
        jobs.sweep()
        message.refresh_from_db()
        return message

    return write


def browser(host: str = CHROME, *, phone: str = ASHA) -> PushSubscription:
    point = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    public = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(*point)
    keys = [base64.urlsafe_b64encode(it).rstrip(b"=").decode() for it in (public, bytes(16))]
    return choosing.subscribe(
        blind_index(phone), endpoint=f"https://{host}/to/{phone[-4:]}", p256dh=keys[0], auth=keys[1]
    )


def no_such_host(number: int = socket.EAI_NONAME) -> requests.ConnectionError:
    """What is raised for a host without an address; or where nobody could say whether it has one."""
    error = socket.gaierror(number, "Name or service not known")
    reason = NameResolutionError("host", None, error)
    reason.__cause__ = error
    return requests.ConnectionError(MaxRetryError(None, "/", reason))


def resting() -> list[str]:
    return sorted(Line.objects.filter(rests_until__gt=timezone.now()).values_list("name", flat=True))


def test_too_many_pushes_to_ashas_browser_are_no_reason_not_to_push_to_bilals(world: World, news: Any) -> None:
    browser(phone=ASHA)
    browser(phone=BILAL)
    world.does[CHROME], world.after = 429, "30"
    news()
    world.does[CHROME] = 201
    assert (news(BILAL).channel, resting()) == ("push", [])


def test_a_service_that_is_away_rests_alone_and_its_patients_get_an_sms(world: World, news: Any) -> None:
    browser(CHROME, phone=ASHA)
    browser(FIREFOX, phone=BILAL)
    world.does[CHROME], world.after = 503, "30"
    news()
    assert resting() == [f"push:{CHROME}"]
    assert (news().channel, news(BILAL).channel) == ("sms", "push")
    Line.objects.update(rests_until=timezone.now() - timedelta(seconds=1))
    world.does[CHROME] = 201
    assert (news().channel, resting(), Line.objects.get(name=f"push:{CHROME}").failures) == ("push", [], 0)


def test_of_a_phones_browsers_those_are_told_whose_service_does_not_rest(world: World, news: Any) -> None:
    for host in (CHROME, FIREFOX, EDGE):
        browser(host)
    Line.objects.create(name=f"push:{CHROME}", rests_until=timezone.now() + timedelta(minutes=1))
    assert news().channel == "push"
    assert sorted(world.asked) == sorted([FIREFOX, EDGE])


def test_a_browser_whose_host_there_is_not_is_forgotten(world: World, news: Any) -> None:
    host = "nobody.notify.windows.com"
    browser(host)
    world.does[host] = no_such_host()
    assert (news().channel, PushSubscription.objects.count(), resting()) == ("sms", 0, [])


@pytest.mark.parametrize(
    ("host", "number"), [(CHROME, socket.EAI_NONAME), (CHROME, socket.EAI_AGAIN), (EDGE, socket.EAI_AGAIN)]
)
def test_when_our_own_look_ups_fail_nobodys_browser_is_forgotten(
    world: World, news: Any, host: str, number: int
) -> None:
    browser(host)
    world.does[host] = no_such_host(number)
    for _ in range(5):
        news()
    assert (PushSubscription.objects.count(), resting()) == (1, [f"push:{host}"])


def test_a_browser_with_an_address_that_is_none_is_forgotten(world: World, news: Any) -> None:
    browser()
    world.does[CHROME] = requests.exceptions.InvalidURL("Failed to parse")
    assert (news().channel, PushSubscription.objects.count(), resting()) == ("sms", 0, [])


def test_a_key_of_ours_that_is_none_rests_push_altogether(world: World, news: Any, settings: Any) -> None:
    browser()
    settings.VAPID_PRIVATE_KEY = "none"
    for _ in range(5):
        news()
    assert resting() == ["push:platform"]
    settings.VAPID_PRIVATE_KEY = vapid.made()[0]
    Line.objects.update(rests_until=timezone.now())
    assert (news().channel, Alert.objects.filter(kind="credentials", closed_at=None).count()) == ("push", 0)


def test_a_host_too_long_to_be_a_service_is_none(world: World, news: Any) -> None:
    row = browser()
    row.endpoint = f"https://{'a.' * 40}{CHROME}/"
    row.save()
    assert (news().channel, PushSubscription.objects.count()) == ("sms", 0)
