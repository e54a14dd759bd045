"""What decides how messages go, and the ladder: by which ways each can, the best first."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from clinics.sealed import NoKeyError, SealError
from notifications import alerts
from notifications.accounts import OWN, PLATFORM, account_for, is_own, opens, senders_of
from notifications.channels import Account, Browser, Handover, Registered
from notifications.kinds import Kind, variables_of
from notifications.models import (
    Alert,
    Contact,
    Dispatch,
    Language,
    Line,
    Message,
    Policy,
    PushSubscription,
    Sender,
    Template,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Way:
    """One rung: a channel and the account it goes by."""

    channel: str
    account: Account

    @property
    def line(self) -> str:
        """What fails together."""
        return f"{self.channel}:{self.account.name}"


class Known:
    """All that decides how these messages go, read in a handful of statements however many they are."""

    def __init__(self, messages: list[Message]) -> None:
        self.now: datetime = timezone.now()
        clinic_ids = {it.clinic_id for it in messages if it.clinic_id}
        keys = {bytes(it.to_key) for it in messages if it.to_key is not None}
        self.policies = Policy.objects.in_bulk(clinic_ids) if clinic_ids else {}
        self.senders: dict[int, Sender] = self._senders(clinic_ids)
        self.contacts = {bytes(it.phone_key): it for it in Contact.objects.filter(phone_key__in=keys)} if keys else {}
        self.browsers = self._browsers()
        self.templates = self._templates({it.kind for it in messages}, clinic_ids)
        self.resting = dict(Line.objects.filter(rests_until__gt=self.now).values_list("name", "rests_until"))

    def contact(self, message: Message) -> Contact | None:
        """Who is told, when the phone has made choices."""
        return self.contacts.get(bytes(message.to_key)) if message.to_key is not None else None

    @staticmethod
    def must_open(message: Message) -> None:
        """Raise SealError, or another ValueError, where it cannot be read."""
        if not isinstance(message.words, dict) or not message.to:
            raise ValueError("It is none.")

    def template(self, message: Message, account: Account) -> Template | None:
        """The template it is made from, in the phone's language or in English, where this account carries it.

        A clinic's own goes by the clinic's own account alone: by the platform's nobody says what the platform has not.
        """
        contact = self.contact(message)
        language = contact.language if contact else Language.ENGLISH
        whose = (message.clinic_id, None) if is_own(account, message.clinic_id) else (None,)
        asked = [(clinic, spoken) for spoken in (language, Language.ENGLISH) for clinic in whose]
        return next((found for key in asked if (found := self.templates.get((message.kind, *key)))), None)

    def ways(self, message: Message) -> list[Way]:
        """The rungs: push or WhatsApp, then SMS; for a code SMS first, since phones type it in by themselves."""
        sender = self._sender(message)
        ways = [Way(name, found) for name in self._channels(message) if (found := account_for(name, sender))]
        return ways or [Way("inbox", found) for found in [account_for("inbox", None)] if found]

    def is_last(self, message: Message, way: Way) -> bool:
        """Whether nothing else can be tried after this way."""
        return self.ways(message)[-1] == way

    def rests_until(self, message: Message, way: Way) -> datetime | None:
        """Until when nobody tries this way: of push, until when the services of all the phone's browsers rest."""
        rests = self.resting.get(way.line)
        contact = self.contact(message)
        if rests or way.channel != "push" or contact is None:
            return rests
        of_each = [self.resting.get(it.line) for it in self.browsers.get(contact.pk, ())]
        return min(of_each) if of_each and all(of_each) else None

    def _awake(self, contact: Contact) -> tuple[Browser, ...]:
        """Its browsers whose push service does not rest; where all do, all of them."""
        browsers = self.browsers.get(contact.pk, ())
        return tuple(it for it in browsers if it.line not in self.resting) or browsers

    def handover(
        self, message: Message, dispatch: Dispatch, way: Way, others: tuple[str, ...] = ()
    ) -> Handover:  # fmt: skip
        """Everything the channel needs, so that its thread reads nothing."""
        contact, template = self.contact(message), self.template(message, way.account)
        words = message.words
        return Handover(
            id=str(dispatch.pk), message=str(message.pk), kind=message.kind, channel=way.channel, to=message.to,
            text=dispatch.text, title=message.get_kind_display(), link=words.get("link", words.get("wait", "")),
            values=tuple(words[name] for name in variables_of(template.wording)) if template else (),
            registered=_registered(template), account=way.account, started=dispatch.started_at.timestamp(),
            seconds=max(int((message.useful_until - self.now).total_seconds()), 1),
            freely=self._freely(message, way.account), provider_id=dispatch.provider_id,
            browsers=self._awake(contact) if contact else (), others=others,
        )  # fmt: skip

    def _channels(self, message: Message) -> list[str]:
        if message.kind == Kind.ALERT:
            return ["email"]
        if message.kind == Kind.CODE:
            return ["sms", "whatsapp"]
        contact = self.contact(message)
        if contact and contact.by_push and self.browsers.get(contact.pk):
            return ["push", "sms"]
        wanted = contact is None or contact.by_whatsapp
        account = account_for("whatsapp", self._sender(message))
        template = self.template(message, account) if account else None
        possible = template and account and (template.content_sid or self._freely(message, account))
        return ["whatsapp", "sms"] if wanted and possible else ["sms"]

    def _sender(self, message: Message) -> Sender | None:
        return self.senders.get(message.clinic_id) if message.clinic_id else None

    def _freely(self, message: Message, account: Account) -> bool:
        """Whether WhatsApp's window is open: people write to the platform's number, and open that one's alone."""
        contact = self.contact(message)
        return contact is not None and account.name == PLATFORM and contact.may_be_written_freely(self.now)

    @staticmethod
    def _senders(clinic_ids: set[int]) -> dict[int, Sender]:
        """The clinics' own accounts; without one that does not open, its clinic is as one that has none."""
        found = senders_of(clinic_ids)
        for clinic_id in [clinic_id for clinic_id, it in found.items() if not opens(it)]:
            said = "The account’s token cannot be read; messages go by the platform’s. Enter it anew."
            alerts.notice(Alert.Kind.CREDENTIALS, clinic_id=clinic_id, subject=f"{OWN}{clinic_id}", said=said)
            del found[clinic_id]
        return found

    def _browsers(self) -> dict[int, tuple[Browser, ...]]:
        """The browsers of each contact; one that does not open is forgotten, unless only its key is not here."""
        found: dict[int, tuple[Browser, ...]] = {}
        for it in PushSubscription.objects.filter(contact__in=[it.pk for it in self.contacts.values()]):
            try:
                browser = Browser(str(it.pk), it.endpoint, it.p256dh, it.auth)
            except NoKeyError:
                logger.exception("Browser %s is passed over", it.pk)
            except SealError:
                logger.exception("Browser %s is forgotten", it.pk)
                it.delete()
            else:
                found[it.contact_id] = (*found.get(it.contact_id, ()), browser)
        return found

    @staticmethod
    def _templates(kinds: set[str], clinic_ids: set[int]) -> dict[tuple[str, int | None, str], Template]:
        theirs = Q(clinic=None) | Q(clinic__in=clinic_ids)
        return {(it.kind, it.clinic_id, it.language): it for it in Template.objects.filter(theirs, kind__in=kinds)}


def _registered(template: Template | None) -> Registered:
    if template is None:
        return Registered()
    return Registered(template.dlt_entity, template.dlt_header, template.dlt_template, template.content_sid)
