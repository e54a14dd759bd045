"""E-mail, for staff."""

from __future__ import annotations

import smtplib
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.text import Truncator

from notifications.channels.base import Accepted, Handover, Outcome, Refused, Unsure
from notifications.models.dispatch import Fate


class Email:
    """E-mail by the server of the settings."""

    name = "email"
    concurrency = 2
    has_receipts = False
    repeats_harmlessly = True  # each try has the same Message-ID, by which mailboxes know that they have it

    def send(self, it: Handover) -> Outcome:
        """Send one e-mail."""
        headers = {"Message-ID": f"<{it.message}@{_domain()}>", "Auto-Submitted": "auto-generated"}
        subject = Truncator(" ".join(f"Oozham: {it.text}".split())).chars(78)
        try:
            EmailMessage(subject, f"{it.text}\n", to=[it.to], headers=headers).send()
        except smtplib.SMTPException as error:
            return _meaning(error)
        except ConnectionError as error:
            return Refused(f"The mail server cannot be reached ({type(error).__name__})", ours=True)
        except OSError as error:
            return Unsure(f"The mail server did not answer ({type(error).__name__})")
        except ValueError:  # a line break in the address
            return Refused("This is no e-mail address", lasting=True)
        return Accepted(fate=Fate.SENT)

    def ask(self, it: Handover) -> Outcome:
        """It is sent once more instead, under the same Message-ID."""
        return self.send(it)


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


def _meaning(error: smtplib.SMTPException) -> Outcome:
    """What the mail server's answer means; its own words may have names in them."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next((code for code, _ in error.recipients.values()), 0)
        return Refused("The mailbox is not there", str(code), lasting=code >= 500)
    code = getattr(error, "smtp_code", 0)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Refused("The mail server refuses our credentials", str(code), lasting=True, ours=True)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return Unsure("The mail server hung up")
    return Refused(f"The mail server does not take it ({type(error).__name__})", str(code or ""), ours=True)
