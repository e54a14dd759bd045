"""Messages, how they were handed over, their templates, and whom they reach."""

from notifications.models.clinic import Policy, Sender, Spending
from notifications.models.contact import Contact, PushSubscription
from notifications.models.dispatch import Dispatch, Receipt
from notifications.models.health import Alert, Line
from notifications.models.message import Message
from notifications.models.template import Language, Template

__all__ = [
    "Alert",
    "Contact",
    "Dispatch",
    "Language",
    "Line",
    "Message",
    "Policy",
    "PushSubscription",
    "Receipt",
    "Sender",
    "Spending",
    "Template",
]
