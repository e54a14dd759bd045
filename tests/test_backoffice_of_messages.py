"""The back office of telling people: dead letters, what a clinic sends, alerts."""

from typing import Any

import pytest

from clinics.models import AuditEvent
from notifications import alerts, jobs
from notifications.models import Alert, Dispatch, Message, Policy
from tests import cast
from tests.office import MARKS, at
from tests.telling import Phone

pytestmark = MARKS
State = Message.State


def dead(clinic: Any, *, kind: str = "added", **words: Any) -> Message:
    """Something that reached nobody, handed over once."""
    message = cast.message(kind=kind, clinic=clinic, **words) if words else cast.news(clinic=clinic)
    Message.objects.filter(pk=message.pk).update(state=State.FAILED, reason="refused")
    Dispatch.objects.create(
        message=message, clinic=clinic, kind=kind, channel="sms", text=message.text, fate=35, error_code="21614"
    )
    return message


def chosen(*rows: Any, action: str) -> dict[str, Any]:
    """What the list sends when an action is pressed."""
    return {"action": action, "_selected_action": [str(row.pk) for row in rows]}


# ── Dead letters ───────────────────────────────────────────────────────────────────────────────────────────────


def test_dead_letters_are_found_and_sent_again(sms: Phone, lake: Any, hill: Any, lekha: Any, signed_in: Any) -> None:
    ours, theirs, client = dead(lake), dead(hill), signed_in(lekha)
    code = dead(lake, kind="code", code="402931", host="localhost")
    assert client.get(at(Message), {"reached": "nobody"}).context_data["cl"].result_count == 2
    page = client.post(at(Message), chosen(ours, theirs, code, action="send_again"), follow=True).content.decode()
    assert "1 goes out again now." in page
    assert "1 stays as it is" in page
    jobs.sweep()
    assert [it.message for it in sms.carried] == [str(ours.pk)]
    assert AuditEvent.objects.get(action="message.sent_again").object_id == str(ours.pk)


def test_a_clinic_reads_word_for_word_and_an_operator_that_it_went(
    lake: Any, lekha: Any, operator: Any, signed_in: Any
) -> None:
    ours, code = dead(lake), dead(lake, kind="code", code="402931", host="localhost")
    ours = at(Message, "change", ours.pk)
    assert "Token 13 with Dr Rao" in signed_in(lekha).get(ours).content.decode()
    page = signed_in(operator).get(ours).content.decode()
    assert "21614" in page
    assert "Token 13 with Dr Rao" not in page
    for user in (lekha, operator):
        assert "402931" not in signed_in(user).get(at(Message, "change", code.pk)).content.decode()


# ── What a clinic sends ────────────────────────────────────────────────────────────────────────────────────────

POLICY = {"kinds": ["booked", "cancelled"], "evening_at": "18:30", "near_ahead": "4", "thanks_after": "60"}


def test_what_a_clinic_sends_is_there_when_it_is_first_opened(lake: Any, hill: Any, lekha: Any, signed_in: Any) -> None:
    client = signed_in(lekha)
    client.get(at(Policy))
    client.get(at(Policy))
    policy = Policy.objects.get()
    assert policy.clinic == lake
    page = client.get(at(Policy, "change", lake.pk)).content.decode()
    assert "Essential: sent also to patients who have stopped the others." in page
    assert page.count("checked") == len(policy.chosen)
    assert client.post(at(Policy, "change", lake.pk), POLICY | {"monthly_cap": "249.50"}).status_code == 302
    policy.refresh_from_db()
    assert (policy.kinds, policy.monthly_cap_paise, policy.near_ahead) == (["booked", "cancelled"], 24950, 4)
    client.post(at(Policy, "change", lake.pk), POLICY | {"monthly_cap": ""})
    policy.refresh_from_db()
    assert policy.monthly_cap_paise is None


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("monthly_cap", "abc", "Give the cap as an amount in rupees, like 500 or 249.50."),
        ("monthly_cap", "-1", "greater than or equal to 0"),
        ("monthly_cap", "1.005", "no more than 2 decimal places"),
        ("evening_at", "23:00", "between noon and 8:30 in the evening"),
        ("near_ahead", "0", "between 1 and 30"),
        ("kinds", "code", "not one of the available choices"),
    ],
)
def test_nonsense_is_refused_in_words(field: str, value: str, said: str, lake: Any, lekha: Any, signed_in: Any) -> None:
    Policy.objects.create(clinic=lake)
    page = signed_in(lekha).post(at(Policy, "change", lake.pk), POLICY | {"monthly_cap": ""} | {field: value})
    assert said in page.content.decode()
    assert Policy.objects.get().kinds is None


def test_a_raised_cap_ends_the_alert_and_leads_to_what_it_stopped(lake: Any, lekha: Any, signed_in: Any) -> None:
    Policy.objects.create(clinic=lake, monthly_cap_paise=0)
    Message.objects.filter(pk=dead(lake).pk).update(reason="cap")
    alerts.notice(Alert.Kind.CAP, said="reached", clinic_id=lake.pk, subject="2026-11")
    client = signed_in(lekha)
    page = client.post(at(Policy, "change", lake.pk), POLICY | {"monthly_cap": "500"}, follow=True).content.decode()
    assert "The cap before has stopped 1 message that still matter" in page
    assert Alert.objects.get().closed_at is not None
    assert client.get(at(Message), {"reason__exact": "cap", "reached": "telephone"}).status_code == 200


# ── Alerts ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_open_alerts_stand_on_the_first_page_until_seen_to(
    lake: Any, hill: Any, lekha: Any, operator: Any, signed_in: Any
) -> None:
    alerts.notice(Alert.Kind.DEAD, said="Lake was not told", clinic_id=lake.pk)
    alerts.notice(Alert.Kind.DEAD, said="Hill was not told", clinic_id=hill.pk)
    client = signed_in(lekha)
    page = client.get("/admin/").content.decode()
    assert "Lake was not told" in page
    assert "Hill was not told" not in page
    assert "Hill was not told" in signed_in(operator).get("/admin/").content.decode()
    client.post(at(Alert), chosen(*Alert.objects.all(), action="seen_to"))
    assert list(Alert.objects.filter(closed_at=None).values_list("said", flat=True)) == ["Hill was not told"]
    assert AuditEvent.objects.get(action="alert.seen_to").by == lekha
    assert "Lake was not told" not in client.get("/admin/").content.decode()
