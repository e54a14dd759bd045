"""Messages that are not to be sent (above a cap, too late) are gone through at once: the others go out."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from notifications import delivery
from notifications.models import Message, Policy
from tests import cast
from tests.telling import Phone

pytestmark = pytest.mark.django_db


def test_many_messages_above_a_cap_leave_room_for_another_clinics(lake: Any, hill: Any, sms: Phone) -> None:
    Policy.objects.create(clinic=lake, monthly_cap_paise=0)
    words = {"token": 1, "doctor": "Dr Rao", "place": "Lake", "link": "http://x/"}
    above = [cast.message(kind="added", clinic=lake, **words) for _ in range(3 * sms.concurrency)]
    other = cast.message(kind="added", clinic=hill, to=cast.BILALS_PHONE, **words)
    assert delivery.hand_over() == 1
    other.refresh_from_db()
    assert (other.state, len(sms.carried)) == ("sent", 1)
    assert Message.objects.filter(pk__in=[it.pk for it in above], reason="cap").count() == len(above)


def test_what_has_passed_while_nobody_swept_is_gone_through_at_once(lake: Any, sms: Phone) -> None:
    words = {"token": 1, "doctor": "Dr Rao", "place": "Lake", "link": "http://x/"}
    for _ in range(40):
        cast.message(kind="added", clinic=lake, **words)
    Message.objects.update(useful_until=timezone.now())
    news = cast.message(kind="added", clinic=lake, to=cast.BILALS_PHONE, **words)
    assert delivery.hand_over() == 1
    assert [it.message for it in sms.carried] == [str(news.pk)]
    assert Message.objects.filter(reason="passed").count() == 40
