"""What a gateway and a browser tell of a message: by an address signed or known for that message alone."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from notifications.channels import gateway as by_gateway
from notifications.models import Dispatch, Message, Receipt
from tests.hooks import handed_over, written

State, Fate = Message.State, Dispatch.Fate
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("doors", "twilio_account")]


# ── A gateway ──────────────────────────────────────────────────────────────────────────────────────────────────


def gateway_says(dispatch: Any, call: Callable[[Client, str], Any], sign: str | None = None) -> int:
    """The gateway calls the address it was given."""
    address = by_gateway.receipts_at(str(dispatch.pk)).removeprefix(settings.PUBLIC_URL)
    address = address if sign is None else f"{address.partition('?')[0]}?sign={sign}"
    return call(Client(), address).status_code


@pytest.mark.parametrize(
    "call",
    [
        lambda client, at: client.get(f"{at}&status=DELIVRD&id=G1"),
        lambda client, at: client.post(at, {"status": "delivered", "id": "G1"}),
        lambda client, at: client.post(at, json.dumps({"status": "delivered", "id": "G1"}), "application/json"),
    ],
    ids=["query", "form", "json"],
)
def test_a_gateway_tells_as_it_can(call: Any) -> None:
    dispatch = handed_over()
    assert gateway_says(dispatch, call) == 204
    dispatch.refresh_from_db()
    assert (dispatch.fate, dispatch.provider_id) == (Fate.DELIVERED, "G1")


@pytest.mark.django_db(transaction=True)
def test_a_gateways_failure_keeps_its_number(doors: list[str]) -> None:
    dispatch = handed_over()
    gateway_says(dispatch, lambda client, at: client.post(at, {"status": "UNDELIV", "code": "017"}))
    dispatch.refresh_from_db()
    assert (dispatch.fate, dispatch.error_code, dispatch.error) == (Fate.FAILED, "017", "Reason 017")
    assert doors == [str(dispatch.message_id)]


def test_an_address_signed_for_one_message_does_not_open_another(settings: Any) -> None:
    one, other = handed_over(), handed_over()
    before = written()

    def delivered(client: Client, at: str) -> Any:
        return client.post(at, {"status": "delivered"})

    for sign in (by_gateway.signature(str(one.pk)), "", "സ്വാഗതം"):
        assert gateway_says(other, delivered, sign) == 403
    settings.SMS_GATEWAY = settings.SMS_GATEWAY | {"key": "another"}
    right = by_gateway.signature(str(other.pk))
    settings.SMS_GATEWAY = settings.SMS_GATEWAY | {"key": ""}
    assert gateway_says(other, delivered, right) == 403
    assert written() == before
    assert gateway_says(Dispatch(pk=uuid4()), delivered) == 404


@pytest.mark.parametrize("body", ["", "[]", "{", '{"status": null}', '{"status": ["delivered"]}'])
def test_what_a_gateway_says_that_nobody_understands_is_passed_over(body: str) -> None:
    dispatch = handed_over()
    before = written()
    assert gateway_says(dispatch, lambda client, at: client.post(at, body, "application/json")) == 204
    assert written() == before


# ── A browser ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_browser_says_that_it_has_shown_a_message() -> None:
    dispatch = handed_over("push")
    for _ in range(2):
        assert Client(enforce_csrf_checks=True).post(f"/push/seen/{dispatch.pk}/").status_code == 204
    dispatch.refresh_from_db()
    assert (dispatch.fate, dispatch.message.state, Receipt.objects.count()) == (Fate.DELIVERED, State.DELIVERED, 1)


def test_a_browser_can_say_so_of_nothing_else() -> None:
    dispatch = handed_over("sms")
    assert Client().post(f"/push/seen/{dispatch.pk}/").status_code == 404
    assert Client().post(f"/push/seen/{uuid4()}/").status_code == 404
    assert Client().get(f"/push/seen/{dispatch.pk}/").status_code == 405
    assert not Receipt.objects.exists()
