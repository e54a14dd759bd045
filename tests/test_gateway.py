"""Any SMS gateway: what it is given, what its answers mean, and how it may misbehave."""

from typing import Any

import pytest

from notifications import channels, outbox
from notifications.channels import Accepted, Refused
from notifications.channels import gateway as by_gateway
from notifications.models import Dispatch, Message
from tests import cast
from tests.provider.running import TOKEN, At
from tests.telling import news, sent, swept

State = Message.State
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("doors")]
ASHA = cast.ASHAS_PHONE


def test_a_gateway_is_given_what_its_parameters_ask_for(gateway: At, lake: Any) -> None:
    message = sent(news(lake))
    (taken,) = gateway.accepted()
    dispatch = Dispatch.objects.get()
    assert taken["fields"] == {
        "to": ASHA.removeprefix("+"), "text": dispatch.text, "header": "OOZHAM", "pe": "1101000000001",
        "dlt": "1107000000001", "ref": str(dispatch.pk), "callback": by_gateway.receipts_at(str(dispatch.pk)),
        "x": "", "Authorization": f"Bearer {TOKEN}",
    }  # fmt: skip
    assert (message.state, dispatch.provider_id) == (State.SENT, taken["sid"])


def test_words_in_braces_within_a_message_stay_what_they_are(gateway: At, lake: Any) -> None:
    words = {"token": 1, "doctor": "Dr {to}", "place": "{id} & {", "link": "http://x/"}
    sent(outbox.write(Message.Kind.ADDED, to=ASHA, clinic=lake, **words))
    assert "Dr {to} at {id} & {" in gateway.accepted()[0]["body"]


@pytest.mark.parametrize(
    ("rule", "state", "error"),
    [
        ({"do": "refuse"}, State.FAILED, "400 The gateway does not take it"),
        ({"do": "unauthorised"}, State.WAITING, "The gateway refuses our key"),
        ({"do": "busy", "after": 9}, State.WAITING, "Too many requests at once"),
        ({"do": "away"}, State.WAITING, "Too many requests at once"),
        ({"do": "drop"}, State.UNKNOWN, "The gateway failed (HTTP 500)"),
        ({"do": "hang"}, State.UNKNOWN, "No answer within 0.5 s"),
    ],
)
def test_each_way_a_gateway_can_behave(gateway: At, lake: Any, rule: Any, state: str, error: str) -> None:
    gateway.behave(**rule)
    message = sent(news(lake))
    assert (message.state, message.error) == (state, error)
    if state == State.UNKNOWN:
        assert swept(message).error == "The gateway cannot be asked"
        assert gateway.count()["total"] == 1


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ('{"id": "G-1"}', Accepted("G-1")),
        ('{"status": "success", "data": {"message_id": 17}}', Accepted("17")),
        ('{"messages": [{"id": "G-2", "to": "1"}]}', Accepted("G-2")),
        ("3f2a-77", Accepted("3f2a-77")),
        ("Message submitted successfully", Accepted()),
        ("", Accepted()),
        ("null", Accepted()),
        (
            '{"type": "error", "message": "Invalid DLT", "code": 211}',
            Refused("The gateway does not take it", "211", True),
        ),
        ('{"status": "Failed"}', Refused("The gateway does not take it", "", True)),
    ],
)
def test_a_gateways_key_is_read_wherever_it_stands(said: str, outcome: Any) -> None:
    assert by_gateway._answer(said) == outcome


def test_a_gateway_that_calls_every_message_the_same_loses_none(
    gateway: At, lake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_gateway, "_answer", lambda text: Accepted("DONE"))
    assert [sent(news(lake)).state for _ in range(3)] == [State.SENT] * 3
    assert sorted(Dispatch.objects.values_list("provider_id", flat=True)) == ["", "", "DONE"]


def test_a_gateway_without_an_address_for_receipts_has_none(settings: Any) -> None:
    way = channels.channel_named("sms", "gateway")
    assert way.has_receipts
    settings.SMS_GATEWAY = settings.SMS_GATEWAY | {"params": "to={to}&text={text}"}
    assert not way.has_receipts
