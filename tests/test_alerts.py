"""What staff must look after is said once while it lasts, to whoever can put it right, until it is over or seen to."""

from typing import Any

import pytest
from django.db import OperationalError, transaction

from notifications import alerts, by_hand, jobs
from notifications.channels import Accepted, Refused
from notifications.lines import MANY
from notifications.models import Alert, Line, Message, Sender
from tests import cast
from tests.racing import at_once, meeting
from tests.telling import Phone

Kind = Alert.Kind
WRONG = Refused("Authenticate", code="20003", lasting=True, ours=True)


def told() -> list[str]:
    """Who was written to."""
    return [it.to for it in Message.objects.filter(kind="alert")]


def fails_often(sms: Phone, clinic: Any) -> None:
    """The provider fails once more than it may."""
    Line.objects.update(rests_until=None)
    sms.answers = [Refused("Out of order", ours=True)]
    for _ in range(MANY):
        cast.news(clinic=clinic)
    jobs.sweep()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", Kind)
def test_one_mail_while_it_lasts_to_whoever_can_do_something(kind: str, lake: Any, lekha: Any, operator: Any) -> None:
    for _ in range(3):
        alerts.notice(kind, said="Something is wrong", clinic_id=lake.pk)
        alerts.notice(kind, said="Something is wrong")
    assert sorted(told()) == sorted([lekha.email, operator.email])
    assert list(Alert.objects.values_list("count", flat=True)) == [3, 3]


@pytest.mark.django_db
def test_seen_to_it_opens_anew_when_it_goes_on(lake: Any, lekha: Any) -> None:
    alerts.notice(Kind.DEAD, said="One was not told", clinic_id=lake.pk)
    assert by_hand.see_to(Alert.objects.all(), by=lekha) == 1
    assert by_hand.see_to(Alert.objects.all(), by=lekha) == 0
    alerts.notice(Kind.DEAD, said="Another was not told", clinic_id=lake.pk)
    assert list(Alert.objects.order_by("pk").values_list("closed_by", "said")) == [
        (lekha.pk, "One was not told"), (None, "Another was not told"),
    ]  # fmt: skip
    assert len(told()) == 2


def test_a_provider_seen_to_that_still_fails_is_said_again(sms: Phone, lake: Any, operator: Any) -> None:
    fails_often(sms, lake)
    assert by_hand.see_to(Alert.objects.filter(kind=Kind.PROVIDER), by=operator) == 1
    fails_often(sms, lake)
    assert Alert.objects.filter(kind=Kind.PROVIDER, closed_at=None).count() == 1
    sms.answers = [Accepted("")]
    Line.objects.update(rests_until=None)
    cast.message(kind="code", code="402931", host="localhost")
    jobs.sweep()
    assert not Alert.objects.filter(kind=Kind.PROVIDER, closed_at=None).exists()


def test_wrong_credentials_of_a_clinics_own_account_are_its_own_admins_business(
    sms: Phone, lake: Any, hill: Any, lekha: Any, operator: Any
) -> None:
    Sender.objects.create(clinic=lake, account_sid="AC2", auth_token="wrong", sms_from="LAKE")
    sms.answers = [WRONG]
    cast.news(clinic=lake)
    jobs.sweep()
    assert Alert.objects.get(kind=Kind.CREDENTIALS).clinic == lake
    assert told() == [lekha.email]
    sms.answers = [Accepted("")]
    Message.objects.update(due_at=Message.objects.earliest("pk").created_at)
    jobs.sweep()
    assert Alert.objects.get(kind=Kind.CREDENTIALS).closed_at is not None


def test_a_mail_that_cannot_be_sent_makes_no_storm(lines: dict[str, Phone], lake: Any, operator: Any) -> None:
    lines["email"].answers = [Refused("No such mailbox", lasting=True)]
    alerts.notice(Kind.DEAD, said="One was not told", clinic_id=None)
    for _ in range(10):
        jobs.sweep()
    assert len(told()) == 1, "that it failed is counted in the alert that is open already"
    assert Alert.objects.get().count > 1


def test_without_any_mail_server_an_alert_waits_and_makes_no_storm(settings: Any, operator: Any) -> None:
    settings.HAS_EMAIL = settings.USE_INBOX = False
    alerts.notice(Kind.PROVIDER, said="sms:platform fails")
    for _ in range(5):
        Message.objects.update(due_at=Message.objects.earliest("pk").created_at)
        jobs.sweep()
    assert len(told()) == 2, "one of the provider, one of the mail"
    assert "e-mail" in Alert.objects.get(kind=Kind.NO_WAY).said


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_who_notice_the_same_open_one_alert_and_write_once(lake: Any, lekha: Any) -> None:
    def notice() -> None:
        alerts.notice(Kind.DEAD, said="One was not told", clinic_id=lake.pk)

    assert at_once(*[notice] * 8) == [None] * 8
    assert Alert.objects.count() == 1
    assert told() == [lekha.email]


def _crosswise() -> list[Any]:
    """Two senders who notice the same two things, each in the other's order, before either has finished."""
    meet = meeting(2)

    def notice(first: str, second: str) -> None:
        with transaction.atomic():
            alerts.notice(first, said="wrong")
            meet()
            alerts.notice(second, said="wrong")

    return at_once(lambda: notice(Kind.DEAD, Kind.CAP), lambda: notice(Kind.CAP, Kind.DEAD))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_senders_never_wait_for_each_other_to_count_an_alert(operator: Any) -> None:
    alerts.notice(Kind.DEAD, said="wrong")
    alerts.notice(Kind.CAP, said="wrong")
    assert _crosswise() == [None, None]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_if_they_waited_they_would_wait_for_ever(operator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pair of the test above: the database has to break the knot."""
    alerts.notice(Kind.DEAD, said="wrong")
    alerts.notice(Kind.CAP, said="wrong")
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", lambda rows, **_: rows._chain())
    assert any(isinstance(it, OperationalError) for it in _crosswise())
