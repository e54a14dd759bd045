"""The back office of a clinic's account with a provider: the token is never shown, and credentials are checked."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from notifications import alerts
from notifications.models import Alert, Line, Sender
from tests.office import MARKS, at

pytestmark = MARKS
TOKEN = "a-secret-of-twilio"


@pytest.fixture
def twilio(settings: Any) -> Iterator[dict[str, Any]]:
    """Something that answers as the provider does: the status and the body that a test wants."""
    says: dict[str, Any] = {"status": 200, "body": b'{"status": "active", "friendly_name": "Lake"}', "asked": []}

    class Provider(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            says["asked"].append((self.path, self.headers["Authorization"]))
            self.send_response(says["status"])
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()
            self.wfile.write(says["body"])

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Provider)
    thread = Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    settings.TWILIO_API_URL = f"http://127.0.0.1:{server.server_port}"
    yield says
    server.shutdown()
    server.server_close()
    thread.join()


SENDER = {
    "account_sid": "AC0123456789", "token": TOKEN, "sms_from": "LAKE", "whatsapp_from": "", "sms_paise": "25",
    "whatsapp_paise": "15", "is_active": "on",
}  # fmt: skip


def test_a_token_is_written_and_never_shown_again(lake: Any, lekha: Any, signed_in: Any) -> None:
    client = signed_in(lekha)
    assert (
        "Give the token" in client.post(at(Sender, "add"), SENDER | {"clinic": lake.pk, "token": ""}).content.decode()
    )
    assert client.post(at(Sender, "add"), SENDER | {"clinic": lake.pk}).status_code == 302
    sender = Sender.objects.get()
    assert TOKEN not in client.get(at(Sender, "change", sender.pk)).content.decode()
    client.post(at(Sender, "change", sender.pk), SENDER | {"token": "", "sms_from": "LAKES"})
    sender = Sender.objects.get()
    assert (sender.auth_token, sender.sms_from) == (TOKEN, "LAKES")
    client.post(at(Sender, "change", sender.pk), SENDER | {"token": "another"})
    assert Sender.objects.get().auth_token == "another"
    page = client.post(at(Sender, "change", sender.pk), SENDER | {"token": "", "sms_from": ""}).content.decode()
    assert "Give a number or header for SMS" in page


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b'{"status": "active", "friendly_name": "Lake"}', "Twilio knows this account as Lake"),
        (200, b'{"status": "suspended"}', "it is not active"),
        (200, b"<html>", "Twilio did not answer"),
        (200, b"[]", "it is not active"),
        (401, b"", "Twilio refuses this account and token"),
        (404, b"", "no account with this SID"),
        (302, b"", "Twilio could not say (status 302)"),
        (500, b"", "Twilio could not say (status 500)"),
    ],
)
def test_credentials_are_checked_with_one_request(
    status: int, body: bytes, said: str, twilio: dict[str, Any], lake: Any, lekha: Any, signed_in: Any
) -> None:
    sender = Sender.objects.create(clinic=lake, account_sid="AC0123", auth_token=TOKEN, sms_from="LAKE")
    twilio |= {"status": status, "body": body}
    page = signed_in(lekha).post(f"{at(Sender)}{sender.pk}/check/", follow=True).content.decode()
    assert said in page
    assert TOKEN not in page
    assert [path for path, _ in twilio["asked"]] == ["/2010-04-01/Accounts/AC0123.json"]


def test_a_provider_that_is_not_there_is_said_and_right_credentials_end_the_alert(
    settings: Any, twilio: dict[str, Any], lake: Any, hema: Any, lekha: Any, signed_in: Any
) -> None:
    sender = Sender.objects.create(clinic=lake, account_sid="AC0123", auth_token=TOKEN, sms_from="LAKE")
    there, line = settings.TWILIO_API_URL, f"sms:clinic-{lake.pk}"
    Line.objects.create(name=line, failures=3)
    alerts.notice(Alert.Kind.CREDENTIALS, said="wrong", clinic_id=lake.pk, subject=line)
    settings.TWILIO_API_URL = "http://127.0.0.1:9"
    client, address = signed_in(lekha), f"{at(Sender)}{sender.pk}/check/"
    assert "Twilio did not answer" in client.post(address, follow=True).content.decode()
    assert Alert.objects.get().closed_at is None
    settings.TWILIO_API_URL = there
    client.post(address)
    assert Alert.objects.get().closed_at is not None
    assert client.get(address).status_code == 405
