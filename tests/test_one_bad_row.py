"""A row that does not open (restored from elsewhere, a key destroyed) costs one person a message, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, models
from django.test import Client
from django.utils import timezone

from clinics.sealed import SealError, blind_index, seal, unseal
from notifications import choosing, delivery, jobs
from notifications.models import Alert, Dispatch, Message, Policy, PushSubscription, Sender
from scheduling.jobs import remind
from tests import cast
from tests.clock import clock_at
from tests.telling import KEYS, Phone, visit
from tokens import aftercare, nearing

pytestmark = pytest.mark.django_db

WORDS = {"token": 1, "doctor": "Dr Rao", "place": "Lake", "link": "http://x/"}
ASHA, BILAL = cast.ASHAS_PHONE, cast.BILALS_PHONE


def news(clinic: Any, *, to: str = ASHA) -> Message:
    return cast.message(kind="added", clinic=clinic, to=to, **WORDS)


def damage(row: models.Model, column: str, to: bytes | None = None) -> None:
    """As after a restore of the wrong row; or anything else in place of it."""
    value = seal("x", place="elsewhere") if to is None else to
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE {row._meta.db_table} SET "{column}" = %s WHERE id = %s', [value, row.pk])


def without_its_key() -> bytes:
    """Sealed by a key that this process has not been given."""
    return b"\x05later" + bytes(40)


def state(message: Message) -> str:
    return Message.objects.get(pk=message.pk).state


def reason(message: Message) -> str:
    return Message.objects.get(pk=message.pk).reason


@pytest.fixture
def bilals(lake: Any) -> Callable[[], str]:
    """What became of a message to Bilal, who has nothing to do with any of it."""

    def swept() -> str:
        good = news(lake, to=BILAL)
        jobs.sweep()
        return state(good)

    return swept


@pytest.mark.parametrize("column", ["variables", "to"])
def test_a_message_that_does_not_open_keeps_no_other_waiting(
    lake: Any, sms: Phone, bilals: Any, reena: Any, signed_in: Any, column: str
) -> None:
    bad = news(lake)
    damage(bad, column)
    assert bilals() == "sent"
    assert (state(bad), reason(bad), Alert.objects.get().kind) == ("failed", "no_way", "dead")
    assert Dispatch.objects.count() == len(sms.carried) == 1
    page = signed_in(reena).get("/calls/lake-clinic/").content.decode()
    assert "Token given at the desk" in page
    assert ("cannot be read" in page) is (column == "to")


@pytest.mark.parametrize("left", [b"", b"\x03", b"\x03dev", b"\x03dev" + bytes(13)])
def test_nor_does_one_that_is_cut_off(lake: Any, sms: Phone, bilals: Any, left: bytes) -> None:
    bad = news(lake)
    damage(bad, "variables", left)
    assert bilals() == "sent"
    assert state(bad) == "failed"
    with pytest.raises(SealError):
        unseal(left, place="anywhere")


@pytest.mark.parametrize("words", ["[]", "nothing", '"a"'])
def test_nor_does_one_with_other_words_in_it(lake: Any, sms: Phone, bilals: Any, words: str) -> None:
    bad = news(lake)
    bad.variables = words
    bad.save()
    assert bilals() == "sent"
    assert state(bad) == "failed"


def test_one_that_was_being_sent_when_it_broke_is_left_to_people(lake: Any, sms: Phone, bilals: Any) -> None:
    bad = news(lake)
    delivery.claim(1, delivery.Room())
    Message.objects.update(due_at=bad.due_at)
    damage(bad, "to")
    assert bilals() == "sent"
    assert (state(bad), reason(bad)) == ("failed", "unsure")


def test_a_kind_of_a_newer_release_waits_for_it(lake: Any, sms: Phone, bilals: Any) -> None:
    bad = news(lake)
    Message.objects.filter(pk=bad.pk).update(kind="parking")
    assert bilals() == "sent"
    assert (state(bad), Alert.objects.get().kind) == ("waiting", "no_way")
    Message.objects.filter(pk=bad.pk).update(kind="added", due_at=bad.created_at)
    jobs.sweep()
    assert state(bad) == "sent"


def test_what_was_sealed_with_a_key_that_comes_later_waits_for_it(lake: Any, sms: Phone, bilals: Any) -> None:
    bad = news(lake)
    damage(bad, "variables", without_its_key())
    assert bilals() == "sent"
    assert (state(bad), "later" in Alert.objects.get().said) == ("waiting", True)


def test_a_browser_that_does_not_open_is_forgotten_and_the_sms_goes(lake: Any, sms: Phone, settings: Any) -> None:
    gone = choosing.subscribe(blind_index(ASHA), endpoint="https://fcm.googleapis.com/a", **KEYS)
    kept = choosing.subscribe(blind_index(BILAL), endpoint="https://fcm.googleapis.com/b", **KEYS)
    damage(gone, "auth")
    damage(kept, "auth", without_its_key())
    both = [news(lake), news(lake, to=BILAL)]
    jobs.sweep()
    assert [state(it) for it in both] == ["sent", "sent"]
    assert list(PushSubscription.objects.values_list("pk", flat=True)) == [kept.pk]


def test_a_clinics_account_that_does_not_open_is_none_and_its_admins_hear_of_it(
    lake: Any, hill: Any, sms: Phone, client: Client
) -> None:
    own = Sender.objects.create(clinic=lake, account_sid="AC9", auth_token="t", sms_from="LAKE")
    damage(own, "auth_token")
    both = [news(lake), news(hill, to=BILAL)]
    jobs.sweep()
    assert [state(it) for it in both] == ["sent", "sent"]
    assert {it.account.name for it in sms.carried} == {"platform"}
    alert = Alert.objects.get()
    assert (alert.kind, alert.clinic) == ("credentials", lake)
    assert client.post("/hooks/twilio/inbound/", {"AccountSid": "AC9"}).status_code == 403


# ── What is written by sweeps ──────────────────────────────────────────────────────────────────────────────────
def test_a_patient_who_cannot_be_read_costs_nobody_else_their_reminders(dr_rao: Any, dr_hari: Any, asha: Any) -> None:
    bilal = cast.patient(name="Bilal", phone=BILAL)
    visit(dr_rao, "2026-11-24 10:30", patient=asha)
    damage(asha, "phone")
    visit(dr_hari, "2026-11-24 11:30", patient=bilal)
    with clock_at("2026-11-23 18:00"):
        assert remind() == 1
        assert Alert.objects.get().clinic == dr_rao.clinic
    with clock_at("2026-11-24 09:45"):
        assert remind() == 1
    assert [(it.kind, it.to) for it in Message.objects.exclude(kind="alert").order_by("pk")] == [
        ("evening", BILAL), ("soon", BILAL),
    ]  # fmt: skip


def test_an_evening_that_breaks_leaves_the_two_hours_reminders_alone(
    dr_rao: Any, asha: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit(dr_rao, "2026-11-24 10:30", patient=asha)

    def breaks(*_: Any) -> Any:
        raise RuntimeError("no evening")

    monkeypatch.setattr("scheduling.services.reminding._of_the_evening", breaks)
    with clock_at("2026-11-24 08:45"), pytest.raises(RuntimeError, match="no evening"):
        remind()
    assert Message.objects.get().kind == "soon"


@pytest.mark.parametrize("column", ["phone", "name"])
def test_nor_their_news_of_being_near(dr_rao: Any, dr_hari: Any, asha: Any, column: str) -> None:
    lines = [(dr_rao, asha), (dr_hari, cast.patient(name="Bilal", phone=BILAL))]
    for doctor, patient in lines:
        queue = cast.queue(doctor=doctor)
        queue.doctor_state, queue.version = "consulting", 5
        queue.save()
        here = {"state": "waiting", "arrived_at": timezone.now()}
        for _ in range(5):
            cast.token(queue=queue, patient=cast.patient(name="Ravi", phone=None), **here)
        cast.token(queue=queue, patient=patient, travel_minutes=180, **here)
    damage(asha, column)
    nearing.tell_near()
    assert [it.to for it in Message.objects.filter(kind="near")] == [BILAL]


def test_nor_their_thanks(dr_rao: Any, dr_hari: Any, asha: Any) -> None:
    for doctor, patient in [(dr_rao, asha), (dr_hari, cast.patient(name="Bilal", phone=BILAL))]:
        Policy.objects.create(clinic=doctor.clinic, kinds=["thanks", "late"])
        with clock_at("2026-11-24 10:00") as clock:
            queue = cast.queue(doctor=doctor)
            times = dict.fromkeys(["arrived_at", "consulting_at", "ended_at"], clock.now)
            cast.token(queue=queue, patient=patient, state="completed", **times)
    damage(asha, "phone")
    with clock_at("2026-11-24 11:30"):
        aftercare.tell_thanks()
    assert [it.to for it in Message.objects.filter(kind="thanks")] == [BILAL]
