"""A clinic says what it likes by its own account, and nothing by the platform's."""

from typing import Any

import pytest

from clinics.models import Clinic, Membership, Role
from clinics.sealed import blind_index
from notifications import choosing, jobs
from notifications.channels import CHANNELS
from notifications.models import Message, Sender, Template
from tests import cast
from tests.office import at
from tests.telling import KEYS, PUSH_KEY, Phone

pytestmark = pytest.mark.django_db

WORDS = {"token": 1, "doctor": "Dr Rao", "place": "Lake", "link": "http://x/"}
BOTH = {"sms_from": "LAKE", "whatsapp_from": "+914842111111"}
SENDER = {"account_sid": "AC9999", "token": "mine", "sms_paise": "25", "whatsapp_paise": "15", "is_active": "on"}
IDS = {"dlt_entity": "1", "dlt_header": "LAKE", "dlt_template": "2", "content_sid": ""}
SAYS = "You have won. Call 9000000000. {link}"


def account(clinic: Clinic, **more: Any) -> Sender:
    """The clinic's own account."""
    return Sender.objects.create(clinic=clinic, account_sid="AC9", auth_token="t", **more)


def wording(clinic: Clinic, **more: Any) -> Template:
    """The clinic's own wording of what is told at the desk."""
    return Template.objects.create(clinic=clinic, kind="added", category="service", wording=SAYS, **(IDS | more))


def told(clinic: Clinic) -> Message:
    """Asha is given a token."""
    message = cast.message(kind="added", clinic=clinic, **WORDS)
    jobs.sweep()
    return message


def carried(*phones: Phone) -> list[tuple[str, str, bool]]:
    """By which way, by whose account, and whether in the clinic's wording."""
    return [(phone.name, it.account.name, "won" in it.text) for phone in phones for it in phone.carried]


# ── What goes out ──────────────────────────────────────────────────────────────────────────────────────────────
def test_by_its_own_account_a_clinic_has_its_own_wording(lake: Clinic, sms: Phone) -> None:
    account(lake, sms_from="LAKE")
    wording(lake)
    told(lake)
    assert carried(sms) == [("sms", f"clinic-{lake.pk}", True)]
    assert sms.carried[0].registered.dlt_template == "2"


@pytest.mark.parametrize("has", [None, {"is_active": False, **BOTH}, {"whatsapp_from": "+914842111111"}])
def test_by_the_platforms_account_it_has_the_platforms(lake: Clinic, sms: Phone, has: dict[str, Any] | None) -> None:
    if has:
        account(lake, **has)
    wording(lake)
    told(lake)
    assert carried(sms) == [("sms", "platform", False)]
    assert sms.carried[0].registered.dlt_header == "OOZHAM"


def test_each_way_has_the_wording_of_its_own_account(lake: Clinic, sms: Phone, whatsapp: Phone) -> None:
    account(lake, whatsapp_from="+914842111111")
    wording(lake, content_sid="HX1")
    message = told(lake)
    Message.objects.filter(pk=message.pk).update(due_at=message.created_at)  # nobody confirms it: by SMS
    jobs.sweep()
    assert carried(whatsapp, sms) == [("whatsapp", f"clinic-{lake.pk}", True), ("sms", "platform", False)]
    assert whatsapp.carried[0].registered.content_sid == "HX1"


def test_a_browser_is_told_in_the_platforms_wording(
    lake: Clinic, sms: Phone, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAPID_PRIVATE_KEY, push = PUSH_KEY, Phone("push")
    monkeypatch.setitem(CHANNELS, ("push", "webpush"), push)
    choosing.subscribe(blind_index(cast.ASHAS_PHONE), endpoint="https://fcm.googleapis.com/x", **KEYS)
    account(lake, **BOTH)
    wording(lake)
    told(lake)
    assert carried(push, sms) == [("push", "platform", False)]


# ── Who may say something ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("status", [Clinic.Status.PENDING, Clinic.Status.CLOSED])
def test_a_clinic_that_is_not_approved_has_neither_account_nor_wording(status: str, signed_in: Any, lake: Any) -> None:
    clinic = cast.clinic(name="New Clinic", status=status)
    eve = cast.staff(clinic=clinic, role=Role.ADMIN, name="Eve")
    client = signed_in(eve)
    typed = SENDER | BOTH | {"clinic": clinic.pk}
    assert client.post(at(Sender, "add"), typed).status_code == 403
    Membership.objects.create(user=eve, clinic=lake, role=Role.ADMIN)
    assert client.post(at(Sender, "add"), typed).status_code == 200, "hers at Lake is approved, this one is not"
    assert not Sender.objects.exists()
    before = account(clinic, **BOTH)
    own = wording(clinic)
    assert client.post(at(Sender, "change", before.pk), SENDER | BOTH).status_code == 403
    assert client.post(f"{at(Sender)}{before.pk}/check/").status_code == 403
    assert client.post(at(Template, "change", own.pk), {"wording": "Mine"}).status_code == 403
    assert client.post(f"{at(Template)}{own.pk}/try/", {"to": "98470 00112"}).status_code == 403
    assert client.get(at(Sender, "change", before.pk)).status_code == 200, "she sees what there is"


def test_trying_a_wording_out_goes_by_the_same_rule(lake: Clinic, lekha: Any, signed_in: Any, sms: Phone) -> None:
    sender = account(lake, whatsapp_from="+914842111111")
    client, own = signed_in(lekha), wording(lake)
    where = f"{at(Template)}{own.pk}/try/"
    page = client.post(where, {"to": "98470 00112"}, follow=True).content.decode()
    assert "a clinic’s own wording goes by the clinic’s own account alone" in page
    assert not Message.objects.exists()
    Sender.objects.filter(pk=sender.pk).update(sms_from="LAKE")
    client.post(where, {"to": "98470 00112"})
    jobs.sweep()
    assert carried(sms) == [("sms", f"clinic-{lake.pk}", True)]


def test_a_wording_is_got_ready_before_the_account_is_switched_on(lake: Clinic, lekha: Any, signed_in: Any) -> None:
    account(lake, is_active=False, **BOTH)
    typed = {"clinic": lake.pk, "kind": "near", "language": "en", "category": "service", "wording": "Soon: {token}",
             "registered_text": ""}  # fmt: skip
    assert signed_in(lekha).post(at(Template, "add"), typed | IDS).status_code == 302
