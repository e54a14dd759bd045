"""By whose account a message goes: the platform's, or a clinic's own."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from clinics.sealed import SealError
from notifications.channels import Account
from notifications.models import Sender

PLATFORM, OWN = "platform", "clinic-"  # how accounts are named: a clinic's own with its number


def senders_of(clinic_ids: Iterable[int | None]) -> dict[int, Sender]:
    """The senders of these clinics that have their own, by clinic."""
    wanted = {clinic_id for clinic_id in clinic_ids if clinic_id is not None}
    if not wanted:
        return {}
    return {it.clinic_id: it for it in Sender.objects.filter(clinic__in=wanted, is_active=True)}


def opens(sender: Sender) -> bool:
    """Whether its token can be read: without it, it is no account."""
    return _token(sender) is not None


def account_for(channel: str, sender: Sender | None) -> Account | None:
    """The account by which a message goes this way; None when there is none."""
    own = _own(sender) if sender is not None else None
    if own is not None and (own.whatsapp_from if channel == "whatsapp" else own.sms_from):
        return own if channel in {"sms", "whatsapp"} else _platform(channel)
    return _platform(channel)


def is_own(account: Account, clinic_id: int | None) -> bool:
    """Whether an account is this clinic's own: in it, the clinic may say what it has registered."""
    return clinic_id is not None and account.name == f"{OWN}{clinic_id}"


def token_of(account: str) -> str:
    """What signs the receipts of an account, also one that sends no more; "" where there is none."""
    if account == PLATFORM:
        return settings.TWILIO["token"]
    clinic_id = account.removeprefix(OWN)
    sender = Sender.objects.filter(clinic=clinic_id).first() if clinic_id.isdecimal() else None
    return (_token(sender) or "") if sender else ""


def clinic_of(account: str) -> int | None:
    """Whose own account it is; None of the platform's."""
    return int(account.removeprefix(OWN)) if account.startswith(OWN) else None


def tokens_of_sid(sid: str) -> dict[str, str]:
    """What may sign whatever comes from a Twilio account, by whose it is; nothing where it is nobody's of ours.

    Two clinics may have entered the same: each signs for itself alone, with the token that it has entered.
    """
    if sid and sid == settings.TWILIO["sid"]:
        return {PLATFORM: settings.TWILIO["token"]}
    senders = Sender.objects.filter(account_sid=sid, is_active=True) if sid.isalnum() else ()
    return {f"{OWN}{sender.clinic_id}": token for sender in senders if (token := _token(sender)) is not None}


def _token(sender: Sender) -> str | None:
    try:
        return sender.auth_token
    except SealError:
        return None


def _own(sender: Sender) -> Account:
    return Account(
        name=f"{OWN}{sender.clinic_id}", provider="twilio", sid=sender.account_sid, token=sender.auth_token,
        sms_from=sender.sms_from, whatsapp_from=sender.whatsapp_from, sms_paise=sender.sms_paise,
        whatsapp_paise=sender.whatsapp_paise,
    )  # fmt: skip


def _platform(channel: str) -> Account | None:
    twilio = Account(
        name=PLATFORM, provider="twilio", sms_paise=settings.SMS_PAISE, whatsapp_paise=settings.WHATSAPP_PAISE,
        **settings.TWILIO,
    )  # fmt: skip
    gateway = Account(name=PLATFORM, provider="gateway", sms_paise=settings.SMS_PAISE)
    accounts = {
        "sms": gateway if settings.SMS_GATEWAY["url"] else twilio if twilio.sid and twilio.sms_from else None,
        "whatsapp": twilio if twilio.sid and twilio.whatsapp_from else None,
        "push": Account(name=PLATFORM, provider="webpush") if settings.VAPID_PRIVATE_KEY else None,
        "email": Account(name=PLATFORM, provider="smtp") if settings.HAS_EMAIL else None,
        "inbox": Account(name=PLATFORM, provider="inbox") if settings.USE_INBOX else None,
    }
    return accounts[channel]
