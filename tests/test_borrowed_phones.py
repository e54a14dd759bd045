"""Whoever signs out on a borrowed phone leaves nothing on it: the next message comes by SMS to their own."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page

from clinics.models import Clinic
from clinics.sealed import blind_index
from notifications import choosing, jobs
from notifications.channels import CHANNELS
from notifications.models import PushSubscription
from tests import cast
from tests.phone import Phone as Browser
from tests.phone import last_code
from tests.telling import KEYS, PUSH_KEY, Phone

HERE = "https://fcm.googleapis.com/fcm/send/here"


def subscribe(client: Client, endpoint: str = HERE) -> int:
    """This browser asks to be told."""
    told = {"endpoint": endpoint, "keys": KEYS}
    return client.post("/push/subscribe/", json.dumps(told), content_type="application/json").status_code


@pytest.fixture
def push(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Phone:
    """The browsers' push services."""
    settings.VAPID_PRIVATE_KEY, phone = PUSH_KEY, Phone("push")
    monkeypatch.setitem(CHANNELS, ("push", "webpush"), phone)
    return phone


def news(clinic: Clinic) -> None:
    """Asha is given a token."""
    cast.message(kind="added", clinic=clinic, token=1, doctor="Dr Rao", place="Lake", link="http://x/")
    jobs.sweep()


def test_after_signing_out_the_sms_comes(lake: Clinic, push: Phone, sms: Phone, signed_in: Any) -> None:
    borrowed = signed_in(cast.phone_user())
    assert subscribe(borrowed) == 204
    news(lake)
    assert (len(push.carried), len(sms.carried)) == (1, 0)
    borrowed.post("/phone/sign-out/")
    news(lake)
    assert (len(push.carried), len(sms.carried)) == (1, 1)
    assert not PushSubscription.objects.exists()


def test_her_own_browser_goes_on_being_told(lake: Clinic, push: Phone, sms: Phone, signed_in: Any) -> None:
    own, borrowed = signed_in(cast.phone_user()), signed_in(cast.phone_user())
    for client, endpoint in ((own, f"{HERE}/own"), (borrowed, HERE), (borrowed, f"{HERE}/anew")):
        subscribe(client, endpoint)
    borrowed.post("/phone/sign-out/")
    assert [it.endpoint for it in PushSubscription.objects.all()] == [f"{HERE}/own"]
    news(lake)
    assert (len(push.carried), len(sms.carried)) == (1, 0)


@pytest.mark.django_db
def test_somebody_elses_phone_proved_in_the_same_browser_ends_it_too(asha: Any) -> None:
    phone = Browser()
    phone.press("/phone/", phone="98470 00112")
    phone.press("/phone/code/", code=last_code())
    assert subscribe(phone.client) == 204
    session = phone.client.session
    session["only_clinic"] = 1  # so that it is asked for a phone once more
    session.save()
    phone.press("/phone/", phone=cast.BILALS_PHONE)
    phone.press("/phone/code/", code=last_code())
    assert not PushSubscription.objects.exists()


@pytest.mark.browser
@pytest.mark.parametrize("javascript", [True, False])
def test_the_button_takes_off_what_an_earlier_session_asked_for(
    windows: Callable[..., Page], served: str, javascript: bool
) -> None:
    asha = cast.patient()
    choosing.subscribe(blind_index(asha.phone), endpoint=HERE, **KEYS)
    page = windows(size={"width": 360, "height": 740}, who=cast.phone_user(), javascript=javascript)
    page.add_init_script(f"""
      const subscription = {{ endpoint: '{HERE}', unsubscribe: async () => localStorage.setItem('off', 'yes') }}
      const shown = {{ close: () => localStorage.setItem('closed', 'yes') }}
      navigator.serviceWorker.getRegistration = async () => ({{
        getNotifications: async () => [shown], pushManager: {{ getSubscription: async () => subscription }},
      }})""")
    page.goto(f"{served}/me/")
    page.get_by_role("button", name="Sign out on this phone").click()
    page.get_by_text("You are signed out. Your visits are kept.").wait_for()
    if javascript:
        assert page.evaluate("[localStorage.getItem('off'), localStorage.getItem('closed')]") == ["yes", "yes"]
    assert PushSubscription.objects.exists() is not javascript
