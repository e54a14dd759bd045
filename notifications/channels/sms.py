"""SMS by Twilio."""

from __future__ import annotations

from notifications.channels import twilio
from notifications.channels.base import Handover, Outcome

LONGEST = 36000  # seconds Twilio keeps trying at most


class Sms:
    """SMS by the platform's Twilio account or a clinic's."""

    name = "sms"
    concurrency = 24
    has_receipts = True
    repeats_harmlessly = False

    def send(self, it: Handover) -> Outcome:
        """Hand over the text; the operators find its registered template by its words."""
        sender = it.account.sms_from
        way = {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}
        return twilio.create(it, to=it.to, body=it.text, validity_period=min(it.seconds, LONGEST), **way)

    def ask(self, it: Handover) -> Outcome:
        """Look for the text among the latest to the phone; a trial account puts words of its own before it."""
        text = " ".join(it.text.split())
        return twilio.look_for(it, to=it.to, is_ours=lambda body: text in " ".join(body.split()))
