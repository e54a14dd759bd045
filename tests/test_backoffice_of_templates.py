"""The back office of templates: what is refused in words, how a message will read, and trying it on a phone."""

from typing import Any

import pytest

from clinics.models import AuditEvent
from notifications import jobs
from notifications.models import Contact, Message, Sender, Template
from tests import cast
from tests.office import MARKS, at
from tests.telling import Phone

pytestmark = MARKS


def typed(template: Template, **more: Any) -> dict[str, Any]:
    """A template's page as it is sent."""
    names = ["category", "wording", "registered_text", "dlt_entity", "dlt_header", "dlt_template", "content_sid"]
    return {name: getattr(template, name) for name in names} | more


@pytest.fixture
def near(db: None) -> Template:
    """The platform's template of "your turn is near"."""
    return Template.objects.get(clinic=None, kind="near", language="en")


def test_a_variable_that_no_message_fills_is_refused_in_words(near: Template, operator: Any, signed_in: Any) -> None:
    page = signed_in(operator).post(
        at(Template, "change", near.pk), typed(near, wording="{token}: {fee} to pay")
    ).content.decode()  # fmt: skip
    assert "There is no {fee} in this kind of message. There is: {token}, {doctor}" in page
    assert "{token}: {fee} to pay" in page, "what was typed is kept"
    near.refresh_from_db()
    assert "{fee}" not in near.wording


def test_a_wording_that_is_not_the_registered_one_is_refused_in_words(
    near: Template, operator: Any, signed_in: Any
) -> None:
    client, ids = signed_in(operator), {"dlt_entity": "1101", "dlt_header": "OOZHAM", "dlt_template": "1107"}
    assert client.post(at(Template, "change", near.pk), typed(near, **ids)).status_code == 302
    near.refresh_from_db()
    assert near.registered_text.startswith("Your turn is near: token {#numeric#}, {#alphanumeric#}")
    page = client.post(at(Template, "change", near.pk), typed(near, wording="Soon: {token}")).content.decode()
    assert "This is not the wording above" in page


def test_the_page_shows_how_it_reads_what_it_costs_and_what_is_missing(
    near: Template, operator: Any, signed_in: Any
) -> None:
    page = signed_in(operator).get(at(Template, "change", near.pk)).content.decode()
    assert "Your turn is near: token 13, Dr Kavitha Rao, Lake Clinic. 3 ahead of you." in page
    assert "GSM-7, 1 part, ₹0.25 by SMS" in page
    assert "Your turn is near: token {#numeric#}, {#alphanumeric#}, {#alphanumeric#}." in page
    assert "DLT entity id: the operators drop every SMS without it." in page
    Template.objects.filter(pk=near.pk).update(wording="ടോക്കൺ {token}")
    assert "UCS-2" in signed_in(operator).get(at(Template, "change", near.pk)).content.decode()


def test_a_template_is_tried_on_a_phone_through_the_outbox(
    sms: Phone, near: Template, operator: Any, signed_in: Any
) -> None:
    client, address = signed_in(operator), f"{at(Template)}{near.pk}/try/"
    page = client.post(address, {"to": "98470 00112"}, follow=True).content.decode()
    message = Message.objects.get()
    assert at(Message, "change", message.pk) in page
    jobs.sweep()
    assert sms.said[0][0] == cast.ASHAS_PHONE
    for wrong in ("", "12345", "+14155550100", "0484 2000000"):
        assert "10 digits" in client.post(address, {"to": wrong}, follow=True).content.decode()
    for _ in range(6):
        page = client.post(address, {"to": "98470 00112"}, follow=True).content.decode()
    assert "You have tried 6 in this hour" in page
    assert Message.objects.count() == AuditEvent.objects.filter(action="template.tried").count() == 6


def test_a_phone_is_told_in_its_own_language_only(near: Template, operator: Any, signed_in: Any) -> None:
    from clinics.sealed import blind_index

    Contact.objects.create(phone_key=blind_index(cast.ASHAS_PHONE), language="ml")
    page = signed_in(operator).post(f"{at(Template)}{near.pk}/try/", {"to": "98470 00112"}, follow=True)
    assert "This phone has not chosen English" in page.content.decode()
    assert not Message.objects.exists()


def test_a_clinic_changes_its_own_templates_once_it_has_an_account(
    lake: Any, hill: Any, near: Template, lekha: Any, signed_in: Any
) -> None:
    client, address = signed_in(lekha), at(Template, "add")
    sent = typed(near, wording="Soon: {token}", clinic=lake.pk, kind="near", language="en")
    assert client.post(address, sent).status_code == 403
    Sender.objects.create(clinic=lake, account_sid="AC2", auth_token="secret", sms_from="LAKE")
    assert client.post(address, sent).status_code == 302
    own = Template.objects.get(clinic=lake)
    assert client.post(address, sent | {"clinic": hill.pk}).status_code == 200
    assert client.post(at(Template, "change", own.pk), typed(own, wording="Now: {token}")).status_code == 302
    assert client.post(at(Template, "change", near.pk), typed(near, wording="Mine: {token}")).status_code == 403
    assert client.post(f"{at(Template)}{near.pk}/try/", {"to": "98470 00112"}).status_code == 403
    assert "There is a template of this kind" in client.post(address, sent).content.decode()
