"""The page of the rule for late arrivals: it is tried on last week first, and then the admin saves it."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from clinics.models import AuditEvent, Clinic
from tests import cast
from tests.last_week import yesterday
from tokens.models import LateRule

pytestmark = pytest.mark.django_db


def page(clinic: Any) -> str:
    return reverse("tokens:late_rule", args=[clinic.slug])


TYPED = {"doctor": "", "grace_minutes": "15", "policy": "after", "goes_after": "0", "max_recalls": "3"}


def test_trying_shows_what_would_have_been_and_saves_nothing(desk: Any, dr_rao: Any, lake: Any, reena: Any) -> None:
    yesterday(doctor=dr_rao, by=reena)
    shown = desk.get(page(lake), TYPED).content.decode()
    assert "token 1 of Dr Rao" in shown
    assert "30 min earlier" in shown
    assert "gives 100 % of the turns exactly as they were recorded" in shown
    lake.refresh_from_db()
    assert (lake.late_goes_after, AuditEvent.objects.count()) == (3, 0)
    assert "The clinic’s admin saves it." in shown


def test_a_week_without_patients_says_so(desk: Any, lake: Any) -> None:
    assert "Nobody was seen last week who goes by this rule" in desk.get(page(lake), TYPED).content.decode()


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("grace_minutes", "soon", "Type a whole number from 0 to 240 minutes."),
        ("grace_minutes", "-1", "Type a whole number from 0 to 240 minutes."),
        ("goes_after", "51", "Type a whole number from 0 to 50."),
        ("max_recalls", "", "Type a whole number from 0 to 20 times."),
        ("policy", "never", "Choose where they go in."),
        ("doctor", "dr-hari", "Choose a doctor of this clinic."),
    ],
)
def test_what_is_typed_wrong_is_said_at_its_field_and_kept(
    signed_in: Any, lekha: Any, lake: Any, dr_hari: Any, field: str, typed: str, said: str
) -> None:
    browser, wrong = signed_in(lekha), TYPED | {field: typed, "max_recalls": "7"} | {field: typed}
    for answer in (browser.get(page(lake), wrong), browser.post(page(lake) + "save/", wrong)):
        shown = answer.content.decode()
        assert said in shown
        assert field == "max_recalls" or 'value="7"' in shown
    lake.refresh_from_db()
    assert (lake.max_recalls, AuditEvent.objects.count()) == (3, 0)


def test_the_admin_saves_the_clinics_rule_and_every_screen_of_today_is_drawn_anew(
    signed_in: Any, lekha: Any, lake: Any, dr_rao: Any
) -> None:
    today, before = cast.queue(doctor=dr_rao), cast.queue(doctor=dr_rao).version
    old = cast.queue(doctor=dr_rao, on=lake.today() - timedelta(days=3))
    signed_in(lekha).post(page(lake) + "save/", TYPED | {"policy": "end", "grace_minutes": "20"})
    for row in (lake, today, old):
        row.refresh_from_db()
    assert (lake.late_policy, lake.grace_minutes, lake.late_goes_after) == ("end", 20, 0)
    assert (today.version, old.version) == (before + 1, 0)
    event = AuditEvent.objects.get()
    assert (event.action, event.by, event.object_id) == ("late_rule.set", lekha, str(lake.pk))
    assert (event.detail["before"]["policy"], event.detail["after"]["policy"]) == ("after", "end")


def test_a_doctor_gets_a_rule_of_their_own_and_goes_back_to_the_clinics(
    signed_in: Any, lekha: Any, lake: Any, dr_rao: Any
) -> None:
    browser, queue = signed_in(lekha), cast.queue(doctor=dr_rao)
    browser.post(page(lake) + "save/", TYPED | {"doctor": "dr-rao", "goes_after": "1"})
    assert (LateRule.objects.get(doctor=dr_rao).goes_after, Clinic.objects.get(pk=lake.pk).late_goes_after) == (1, 3)
    assert "Use the clinic’s rule" in browser.get(page(lake)).content.decode()
    assert 'name="goes_after" value="1"' in browser.get(page(lake) + "?doctor=dr-rao").content.decode()
    drop = reverse("tokens:late_rule_drop", args=[lake.slug, "dr-rao"])
    assert [browser.post(drop).status_code for _ in range(2)] == [302, 302]
    queue.refresh_from_db()
    assert (LateRule.objects.count(), queue.version, AuditEvent.objects.count()) == (0, 2, 2)


def test_reception_tries_but_does_not_save(desk: Any, lake: Any, dr_rao: Any) -> None:
    LateRule.objects.create(clinic=lake, doctor=dr_rao)
    assert desk.get(page(lake)).status_code == 200
    assert desk.post(page(lake) + "save/", TYPED).status_code == 403
    assert desk.post(reverse("tokens:late_rule_drop", args=[lake.slug, "dr-rao"])).status_code == 403
    assert (LateRule.objects.count(), AuditEvent.objects.count()) == (1, 0)
