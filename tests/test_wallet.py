"""What messages cost is counted to the paisa, and a clinic's monthly cap is kept however many send at once."""

from datetime import date
from typing import Any

import pytest
from django.db import transaction

from notifications import by_hand, jobs
from notifications.channels import Refused
from notifications.models import Alert, Dispatch, Message, Policy, Spending
from notifications.wallet import Purses
from tests import cast
from tests.clock import clock_at
from tests.racing import at_once, meet_after, no_lock
from tests.telling import Phone

State, Reason = Message.State, Message.Reason
PART = 25  # paise


def sixteen_spend(clinic: Any, policy: Policy) -> list[Any]:
    """Sixteen senders at the same moment, each one part."""

    def spend() -> bool:
        with transaction.atomic():
            purses = Purses({clinic.pk}, {clinic.pk: policy})
            taken = purses.take(clinic.pk, PART)
            purses.close()
            return taken

    return at_once(*[spend] * 16)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_sixteen_senders_at_once_spend_no_more_than_the_cap(lake: Any) -> None:
    policy = Policy.objects.create(clinic=lake, monthly_cap_paise=5 * PART)
    Spending.objects.create(clinic=lake, month=lake.today().replace(day=1))
    ended = sixteen_spend(lake, policy)
    assert sorted(ended) == [False] * 11 + [True] * 5
    assert Spending.objects.get().paise == 5 * PART


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_they_spend_more(lake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pair of the test above: all have read the sum before any has written it."""
    policy = Policy.objects.create(clinic=lake, monthly_cap_paise=5 * PART)
    Spending.objects.create(clinic=lake, month=lake.today().replace(day=1))
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", no_lock)
    meet_after(monkeypatch, Purses, "_locked", 16, wait=5.0)
    assert sum(it is True for it in sixteen_spend(lake, policy)) > 5


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_the_first_spending_of_a_month_is_one_row_however_many_begin_it(lake: Any) -> None:
    policy = Policy.objects.create(clinic=lake, monthly_cap_paise=5 * PART)
    assert sorted(sixteen_spend(lake, policy)) == [False] * 11 + [True] * 5
    assert Spending.objects.get().paise == 5 * PART


def test_beyond_the_cap_messages_wait_for_a_word_and_codes_go_out(sms: Phone, lake: Any) -> None:
    Policy.objects.create(clinic=lake, monthly_cap_paise=2 * PART)
    told = [cast.news(clinic=lake) for _ in range(4)]
    jobs.sweep()
    code = cast.message(kind="code", clinic=lake, code="402931", host="localhost")
    jobs.sweep()
    assert sorted(Message.objects.filter(pk__in=[it.pk for it in told]).values_list("state", "reason")) == [
        (State.FAILED, Reason.CAP), (State.FAILED, Reason.CAP), (State.SENT, ""), (State.SENT, ""),
    ]  # fmt: skip
    code.refresh_from_db()
    assert code.state == State.SENT
    assert Alert.objects.get(kind=Alert.Kind.CAP, clinic=lake).closed_at is None


def test_what_the_cap_stopped_is_sent_again_when_it_is_raised(sms: Phone, lake: Any, lekha: Any) -> None:
    policy = Policy.objects.create(clinic=lake, monthly_cap_paise=0)
    cast.news(clinic=lake)
    jobs.sweep()
    assert by_hand.send_again(Message.objects.all(), by=lekha)
    jobs.sweep()
    assert Message.objects.get(kind="added").reason == Reason.CAP, "the cap is the cap, however often one presses"
    policy.monthly_cap_paise = PART
    policy.save()
    by_hand.send_again(Message.objects.all(), by=lekha)
    jobs.sweep()
    assert Message.objects.get(kind="added").state == State.SENT
    assert Spending.objects.get().paise == PART


def test_a_warning_comes_once_a_month_when_four_fifths_are_spent(
    sms: Phone, lake: Any, lekha: Any, lines: dict[str, Phone]
) -> None:
    Policy.objects.create(clinic=lake, monthly_cap_paise=10 * PART)
    near = Alert.objects.filter(kind=Alert.Kind.CAP_NEAR, clinic=lake)
    for _ in range(7):
        cast.news(clinic=lake)
    jobs.sweep()
    assert not near.exists()
    cast.news(clinic=lake)
    jobs.sweep()
    assert near.get().said == "₹2.00 of ₹2.50 are spent this month."
    by_hand.see_to(near.all(), by=lekha)
    Spending.objects.update(paise=7 * PART)  # one was given back
    cast.news(clinic=lake)
    jobs.sweep()
    assert near.get().closed_at is not None, "said once, it is not said again"
    jobs.sweep()
    assert [it.to for it in lines["email"].carried] == [lekha.email]


def test_what_was_refused_is_given_back_and_the_sum_is_that_of_the_dispatches(sms: Phone, lake: Any) -> None:
    sms.answers = [Refused("No mobile", code="21614", lasting=True)]
    cast.news(clinic=lake)
    jobs.sweep()
    assert (Spending.objects.get().paise, Dispatch.objects.get().cost_paise) == (0, 0)
    sms.answers = []
    cast.news(clinic=lake)
    jobs.sweep()
    assert Spending.objects.get().paise == sum(Dispatch.objects.values_list("cost_paise", flat=True)) == PART


def test_a_month_turns_at_midnight_in_kerala_and_its_cap_begins_anew(sms: Phone, lake: Any) -> None:
    Policy.objects.create(clinic=lake, monthly_cap_paise=PART)
    with clock_at("2026-11-30 23:59") as clock:
        cast.news(clinic=lake), cast.news(clinic=lake)
        jobs.sweep()
        assert Alert.objects.get(kind=Alert.Kind.CAP).closed_at is None
        clock.set("2026-12-01 00:01")
        cast.news(clinic=lake)
        jobs.sweep()
    assert dict(Spending.objects.values_list("month", "paise")) == {date(2026, 11, 1): PART, date(2026, 12, 1): PART}
    assert Alert.objects.get(kind=Alert.Kind.CAP).closed_at is not None, "last month's cap is nobody's trouble any more"
