"""Why operators did not deliver, in words. Source: the provider's list of error codes, as of November 2026."""

from notifications.channels.base import without_numbers

REASONS = {
    "20003": "The account or its token is wrong",
    "20429": "Too many requests at a time",
    "21211": "There is no such number",
    "21408": "The account may not send to this country",
    "21610": "The phone has asked for no more messages",
    "21614": "The number is not a mobile",
    "30003": "The phone is switched off or out of reach",
    "30004": "The phone blocks these messages",
    "30005": "The number is not known to its operator",
    "30006": "A landline, or an operator that cannot be reached",
    "30007": "The operator filtered it out",
    "30008": "The operator gives no reason",
    "63003": "There is no WhatsApp at this number",
    "63016": "WhatsApp: more than 24 hours after the patient’s last word, and no approved template",
    "63018": "WhatsApp: too many messages at a time",
    "63024": "WhatsApp cannot reach this number",
}
CHANNELS = {"sms": "SMS", "whatsapp": "WhatsApp", "push": "Web push", "email": "E-mail", "inbox": "Development inbox"}


def reason(code: str, said: str = "") -> str:
    """What an error code means; of one we do not know, what the provider said, without the phone it repeats."""
    return REASONS.get(code) or without_numbers(said) or "No reason was given"


def channel(name: str) -> str:
    """How a way is called."""
    return CHANNELS.get(name, name) or "None was tried"
