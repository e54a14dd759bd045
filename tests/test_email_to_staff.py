"""E-mail to staff: one name however often it is sent, and what a mail server's answers mean."""

import smtplib
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from notifications import channels, outbox
from notifications.channels import Refused, Unsure
from notifications.models import Message
from tests.telling import sent

State = Message.State
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("doors")]


def alert(to: str = "omana@oozham.example") -> Message:
    """An e-mail to the operator."""
    return outbox.write(Message.Kind.ALERT, to=to, clinic=None, what="Messages reached nobody: the provider is away")


@pytest.fixture
def post(settings: Any) -> None:
    """A mail server."""
    settings.HAS_EMAIL, settings.DEFAULT_FROM_EMAIL = True, "Oozham <tokens@oozham.example>"


@pytest.mark.usefixtures("post")
def test_an_e_mail_has_the_same_name_however_often_it_is_sent() -> None:
    message = alert()
    for _ in range(2):
        Message.objects.update(state=State.WAITING, sent_at=None, due_at=timezone.now())
        assert sent(message).state == State.SENT
    first, second = mail.outbox
    assert first.subject == "Oozham: Messages reached nobody: the provider is away"
    assert (first.to, first.body) == (["omana@oozham.example"], "Messages reached nobody: the provider is away\n")
    assert first.extra_headers == second.extra_headers
    assert first.extra_headers["Message-ID"] == f"<{message.pk}@oozham.example>"


@pytest.mark.usefixtures("post")
@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (
            smtplib.SMTPAuthenticationError(535, b"no"),
            Refused("The mail server refuses our credentials", "535", True, True),
        ),
        (smtplib.SMTPRecipientsRefused({"x": (550, b"no")}), Refused("The mailbox is not there", "550", True)),
        (smtplib.SMTPRecipientsRefused({"x": (450, b"later")}), Refused("The mailbox is not there", "450")),
        (smtplib.SMTPServerDisconnected("bye"), Unsure("The mail server hung up")),
        (ConnectionRefusedError(), Refused("The mail server cannot be reached (ConnectionRefusedError)", ours=True)),
        (TimeoutError(), Unsure("The mail server did not answer (TimeoutError)")),
        (
            smtplib.SMTPDataError(451, b"x"),
            Refused("The mail server does not take it (SMTPDataError)", "451", ours=True),
        ),
    ],
    ids=lambda it: type(it).__name__,
)
def test_what_a_mail_server_says(error: Exception, outcome: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []
    way = channels.CHANNELS["email", "smtp"]

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    send = way.send
    monkeypatch.setattr(way, "send", lambda it: heard.append(send(it)) or heard[-1])
    sent(alert())
    assert heard == [outcome]


@pytest.mark.usefixtures("post")
def test_an_address_that_is_none_fails_where_it_is_seen() -> None:
    message = sent(alert(to="omana@oozham.example\nBcc: all@oozham.example"))
    assert (message.state, mail.outbox) == (State.FAILED, [])
