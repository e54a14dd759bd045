"""The ledger says what became of every message and what it cost; reception telephones whom nothing has reached."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinics.models import AuditEvent
from notifications import by_hand, delivery, jobs
from notifications.channels import Refused
from notifications.kinds import KINDS
from notifications.models import Dispatch, Message, Policy, Spending
from tests import cast
from tests.clock import clock_at
from tests.racing import at_once
from tests.telling import Phone

State, Fate = Message.State, Dispatch.Fate
LEDGER, CALLS = "/messages/lake-clinic/", "/calls/lake-clinic/"
NO = Refused("The number +919847000112 is no mobile", code="99999", lasting=True)


def news(clinic: Any, **more: Any) -> Message:
    """Today's token, of a place with a name that spreadsheets would reckon with."""
    return cast.news(clinic=clinic, **{"place": "=SUM(A1)"} | more)


def dead(clinic: Any, **more: Any) -> Message:
    """Something that reached nobody."""
    message = news(clinic, **more)
    Message.objects.filter(pk=message.pk).update(state=State.FAILED, reason="refused", channel="sms")
    return message


def press(client: Any, message: Message, what: str) -> str:
    """A press on the call list; the page that answers."""
    return client.post(f"{CALLS}{message.pk}/{what}/", follow=True).content.decode()


# ── The ledger ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def month(sms: Phone, lake: Any) -> None:
    """One delivered, one sent, one refused, one dropped; at Hill Clinic nothing."""
    for _ in range(2):
        news(lake)
    jobs.sweep()
    delivery.hear(Dispatch.objects.first().pk, Fate.DELIVERED)
    sms.answers = [NO]
    news(lake)
    jobs.sweep()
    Message.objects.filter(pk=news(lake).pk).update(useful_until=timezone.now())
    jobs.sweep()


def test_an_admin_reads_what_became_of_every_message(month: None, lekha: Any, signed_in: Any) -> None:
    page = signed_in(lekha).get(LEDGER)
    ledger = page.context["ledger"]
    row = ledger.all
    assert (row.delivered, row.sent, row.failed, row.dropped, row.total) == (1, 1, 1, 1, 4)
    assert ledger.share_delivered == 33
    assert ledger.dropped == [("Its time had passed", 1)]
    assert ledger.operators == [("SMS", "99999", "The number … is no mobile", 1)]
    assert (ledger.budget.paise, ledger.budget.cap) == (50, None)
    text = page.content.decode()
    assert "Token given at the desk" in text
    assert "9847000112" not in text


def test_another_clinics_messages_are_not_in_it(month: None, hill: Any, lekha: Any, signed_in: Any) -> None:
    dead(hill)
    assert signed_in(lekha).get(LEDGER).context["ledger"].all.total == 4


def test_the_cap_is_shown_with_what_is_left_and_when_it_is_reached(lake: Any, lekha: Any, signed_in: Any) -> None:
    with clock_at("2026-11-10 12:00"):
        Policy.objects.create(clinic=lake, monthly_cap_paise=30000)
        Spending.objects.create(clinic=lake, month=lake.today().replace(day=1), paise=15000)
        page = signed_in(lekha).get(LEDGER)
        assert "<b>₹150</b> of ₹300 · ₹150 left" in page.content.decode()
        assert "the cap is reached on <b>Fri 20 Nov</b>" in page.content.decode()
        Spending.objects.update(paise=24000)
        assert signed_in(lekha).get(LEDGER).context["ledger"].budget.level == "near"
        Spending.objects.update(paise=30000)
        assert "only codes go out" in signed_in(lekha).get(LEDGER).content.decode()


@pytest.mark.parametrize("asked", ["abc", "2026-13", "2099-01", "1999-01", "", "2026-11-01", "٢٠٢٦-١١x"])
def test_a_month_that_is_none_is_this_month(asked: str, lake: Any, lekha: Any, signed_in: Any) -> None:
    page = signed_in(lekha).get(LEDGER, {"month": asked})
    assert page.context["ledger"].month == lake.today().replace(day=1)


def test_a_month_begins_at_midnight_on_the_clinics_clock(sms: Phone, lake: Any, lekha: Any, signed_in: Any) -> None:
    with clock_at("2026-11-30 23:59") as clock:
        news(lake)
        jobs.sweep()
        clock.set("2026-12-01 00:01")
        news(lake)
        jobs.sweep()
        client = signed_in(lekha)
        for month, day in (("2026-11", 30), ("2026-12", 1)):
            found = client.get(LEDGER, {"month": month}).context["ledger"]
            assert [(on.day, row.total, paise) for on, row, paise in found.days if row.total] == [(day, 1, 25)]


def test_more_messages_take_no_more_queries(month: None, lake: Any, lekha: Any, reena: Any, signed_in: Any) -> None:
    def queries(client: Any, address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    asked = [(signed_in(lekha), LEDGER), (signed_in(lekha), f"{LEDGER}file/"), (signed_in(reena), CALLS)]
    before = [queries(*it) for it in asked]
    for kind in ("near", "late", "called"):
        words = dict.fromkeys(KINDS[kind].variables, "1") | {"link": "http://x/t/"}
        made = cast.message(kind=kind, clinic=lake, **words)
        Message.objects.filter(pk=made.pk).update(state=State.FAILED, reason="tries")
        Dispatch.objects.create(message=made, clinic=lake, kind=kind, channel="sms", text="x", fate=35, error_code=kind)
        dead(lake)
    assert [queries(*it) for it in asked] == before
    assert max(before) <= 13


def test_the_file_has_every_message_and_nobodys_number(month: None, lekha: Any, signed_in: Any) -> None:
    answer = signed_in(lekha).get(f"{LEDGER}file/")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    rows.sort(key=lambda row: row["fate"])
    assert [row["fate"] for row in rows] == [
        "Delivered", "Failed: nobody was told", "Not sent: no longer wanted", "Sent",
    ]  # fmt: skip
    assert sum(int(row["paise"]) for row in rows) == 50
    assert rows[0] | {"time": ""} == {
        "kind": "Token given at the desk", "channel": "SMS", "time": "", "fate": "Delivered", "reason": "",
        "parts": "1", "paise": "25",
    }  # fmt: skip
    for secret in ("98470", "=SUM", "/t/abc"):
        assert secret not in answer.content.decode()
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="messages-lake-clinic-')


# ── The call list ──────────────────────────────────────────────────────────────────────────────────────────────


def test_reception_reads_out_what_reached_nobody_and_says_so(lake: Any, reena: Any, signed_in: Any) -> None:
    message, client = dead(lake), signed_in(reena)
    page = client.get(CALLS).content.decode()
    assert "98470 00112" in page
    assert "Token 13 with Dr Rao at =SUM(A1) today. Watch the line: (link)" in page
    assert "Told today" in press(client, message, "told")
    message.refresh_from_db()
    assert (message.called_by, message.state) == (reena, State.FAILED)
    assert AuditEvent.objects.filter(action="message.telephoned", by=reena, clinic=lake).exists()
    assert "stands on the list again" in press(client, message, "not-told")
    assert list(Message.objects.to_telephone()) == [message]


def test_nobody_is_on_the_list_who_need_not_be_called(lake: Any, hill: Any, reena: Any, signed_in: Any) -> None:
    Message.objects.filter(pk=dead(lake).pk).update(useful_until=timezone.now() - timedelta(seconds=1))
    dead(hill)
    news(lake)
    code = cast.message(kind="code", clinic=lake, code="402931", host="localhost")
    Message.objects.filter(pk=code.pk).update(state=State.FAILED, reason="refused")
    page = signed_in(reena).get(CALLS).content.decode()
    assert "Nobody is to be telephoned" in page
    assert "402931" not in page


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_receptionists_one_calls(lake: Any, reena: Any) -> None:
    message = dead(lake)

    def tell() -> bool:
        return by_hand.tell_by_telephone(clinic=lake, message_id=message.pk, by=reena)

    assert sorted(at_once(*[tell] * 4)) == [False, False, False, True]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_what_two_send_again_is_sent_once_and_not_called_too(sms: Phone, lake: Any, reena: Any) -> None:
    message = dead(lake)
    again = at_once(*[lambda: by_hand.send_again(Message.objects.filter(pk=message.pk), by=reena)] * 4)
    assert sorted(map(len, again)) == [0, 0, 0, 1]
    assert not by_hand.tell_by_telephone(clinic=lake, message_id=message.pk, by=reena)
    jobs.sweep()
    assert len(sms.carried) == 1


def test_reception_has_it_sent_again_from_the_first_way_on(
    whatsapp: Phone, sms: Phone, lake: Any, reena: Any, signed_in: Any
) -> None:
    whatsapp.answers = sms.answers = [NO]
    message = news(lake)
    jobs.sweep()
    whatsapp.answers = []
    assert "It is sent again" in press(signed_in(reena), message, "again")
    jobs.sweep()
    message.refresh_from_db()
    assert (message.state, message.channel, message.reason) == (State.AWAITED, "whatsapp", "")
    assert "settled already" in press(signed_in(reena), message, "again")


def test_what_is_too_late_or_told_by_telephone_is_not_sent_again(lake: Any, reena: Any) -> None:
    late, told = dead(lake), dead(lake)
    Message.objects.filter(pk=late.pk).update(useful_until=timezone.now() - timedelta(seconds=1))
    by_hand.tell_by_telephone(clinic=lake, message_id=told.pk, by=reena)
    code = cast.message(kind="code", code="402931", host="localhost")
    Message.objects.filter(pk=code.pk).update(state=State.FAILED, reason="unsure")
    assert by_hand.send_again(Message.objects.all(), by=reena) == []
