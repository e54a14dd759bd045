"""A family whose first visit is in the quiet hours is reminded all the same, once, at eight."""

from typing import Any

import pytest

from notifications import jobs as messages
from notifications.models import Message
from scheduling.jobs import remind
from tests import cast
from tests.clock import clock_at
from tests.telling import Phone, visit
from tokens.models import Token

pytestmark = pytest.mark.django_db

PARTY = "01a20182-370d-77bf-93fe-a32f01136ba5"


def family(doctor: Any, *times: str) -> list[Token]:
    """Visits of those who come together, tomorrow at these times."""
    tokens = [
        visit(doctor, f"2026-11-24 {at}", patient=cast.patient(name=f"Thomas {number}")).token
        for number, at in enumerate(times, start=1)
    ]
    Token.objects.filter(pk__in=[it.pk for it in tokens]).update(party=PARTY)
    return tokens


@pytest.mark.parametrize(
    ("times", "told"),
    [
        (("07:30", "08:20"), [2]),
        (("08:00", "08:20", "08:30"), [2]),
        (("07:30", "07:50"), []),  # both are over before anybody may be woken
        (("08:10", "08:20"), [1]),
        (("10:30", "10:40"), [1]),
    ],
)
def test_of_a_family_the_first_who_can_be_reminded_is(
    dr_rao: Any, sms: Phone, times: tuple[str, ...], told: list[int]
) -> None:
    tokens = family(dr_rao, *times)
    with clock_at("2026-11-24 05:00") as clock:
        for _ in range(24):
            clock.pass_(minutes=15)
            remind()
            messages.sweep()
    sent = Message.objects.exclude(state=Message.State.DROPPED).filter(kind="soon")
    assert [it.about for it in sent] == [tokens[number - 1].pk for number in told]
    assert len(sms.said) == len(told)


def test_the_evening_before_the_first_speaks_for_all(dr_rao: Any) -> None:
    tokens = family(dr_rao, "07:30", "08:20")
    with clock_at("2026-11-23 18:00"):
        assert remind() == 1
    assert Message.objects.get(kind="evening").about == tokens[0].pk
