"""A code that does not come: asking again, by which way it goes, and what the page says of it."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from notifications.models import Message, Template
from patients.models import Challenge
from tests.asking import ask
from tests.clock import Clock
from tests.phone import last_code

pytestmark = pytest.mark.django_db


def test_within_half_a_minute_nobody_asks_again_and_the_page_stays(clock: Clock) -> None:
    client = Client()
    ask(client=client)
    page = ask(client=client, again="1").content.decode()
    assert "Give it half a minute" in page
    assert "The 6-digit code" in page
    assert Challenge.objects.count() == 1


def test_the_second_code_goes_by_whatsapp_and_the_page_says_so(whatsapp: Any, clock: Clock) -> None:
    client = Client()
    page = ask(client=client).content.decode()
    assert "On its way by SMS to •••••• 0112, asked for at 10:00 am." in page
    assert "Send it again by WhatsApp" in page
    assert "counter for a PIN, and type" not in page
    first = Message.objects.get()
    Message.objects.filter(pk=first.pk).update(state="sent", sent_at=timezone.now(), channel="sms")
    assert "Sent by SMS to •••••• 0112" in client.get("/phone/code/").content.decode()
    clock.pass_(seconds=31)
    page = ask(client=client, again="1").content.decode()
    assert "On its way by WhatsApp to •••••• 0112" in page
    assert "Ask at the clinic’s counter for a PIN" in page
    assert list(Message.objects.order_by("created_at").values_list("rung", flat=True)) == [0, 1]


@pytest.mark.parametrize("lacks", ["account", "template"])
def test_where_whatsapp_cannot_carry_codes_the_second_goes_by_sms(
    lacks: str, whatsapp: Any, settings: Any, clock: Clock
) -> None:
    if lacks == "account":
        settings.TWILIO = settings.TWILIO | {"whatsapp_from": ""}
    else:
        Template.objects.update(content_sid="")
    client = Client()
    ask(client=client)
    clock.pass_(seconds=31)
    assert "by WhatsApp" not in ask(client=client, again="1").content.decode()
    assert list(Message.objects.values_list("rung", flat=True)) == [0, 0]


def test_a_code_that_could_not_be_sent_is_said_to_be_one(sms: Any, clock: Clock) -> None:
    client = Client()
    ask(client=client)
    Message.objects.update(state="failed", reason="refused", channel="sms")
    page = client.get("/phone/code/").content.decode()
    assert "It could not be sent by SMS to •••••• 0112" in page
    assert "Ask at the clinic’s counter for a PIN" in page


def test_the_earlier_code_opens_no_more_and_is_not_sent_late(clock: Clock) -> None:
    client = Client()
    ask(client=client)
    first = last_code()
    clock.pass_(seconds=31)
    ask(client=client, again="1")
    old, new = Message.objects.order_by("created_at")
    assert old.useful_until == clock.now < new.useful_until
    if first != last_code():
        assert "not the code" in client.post("/phone/code/", {"code": first}).content.decode()
    assert client.post("/phone/code/", {"code": last_code()}).url == "/me/"


def test_an_expired_code_says_so_and_keeps_the_way_back(clock: Clock) -> None:
    client = Client()
    ask(client=client, next="/c/lake-clinic/")
    clock.pass_(seconds=301)
    page = client.get("/phone/code/?next=/c/lake-clinic/").content.decode()
    assert '<p role="status" data-code-over><b>The code has expired: send a new one.</b>' in page
    assert page.count('name="next" value="/c/lake-clinic/"') == 2
