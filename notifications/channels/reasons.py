"""What the numbers mean that operators and providers give as reasons, in the words of whoever looks after messages."""

WORDS = {
    "20003": "The provider refuses our credentials",
    "20404": "The provider does not know this account",
    "20429": "Too many requests at once",
    "21211": "This is no telephone number",
    "21212": "The sender is not allowed to send",
    "21408": "The account may not send to India",
    "21606": "The sender is not allowed to send",
    "21608": "A trial account sends to verified numbers only",
    "21610": "The patient has stopped messages from this sender",
    "21611": "Too many messages wait at the provider",
    "21612": "This sender does not reach this number",
    "21614": "The number is no mobile",
    "21617": "The message is too long",
    "21655": "The WhatsApp template is not known",
    "21656": "The WhatsApp template has other variables",
    "21659": "The sender does not belong to the account",
    "21660": "The sender does not belong to the account",
    "21703": "The messaging service has no sender",
    "21705": "The messaging service is not known",
    "30001": "Too many messages wait at the provider",
    "30002": "The account is suspended",
    "30003": "The phone is switched off or out of reach",
    "30004": "The operator blocks messages to this phone",
    "30005": "The number does not exist",
    "30006": "The number is no mobile, or its operator cannot be reached",
    "30007": "The operator’s filter stopped it: in India mostly a text that is not the registered one",
    "30008": "The operator gave no reason",
    "30036": "It could not be delivered in time",
    "63001": "WhatsApp refuses our credentials",
    "63003": "The number is not on WhatsApp",
    "63005": "WhatsApp does not take this text",
    "63007": "The WhatsApp sender is not known",
    "63013": "WhatsApp’s rules do not allow it",
    "63015": "The phone has not joined the WhatsApp sandbox",
    "63016": "Outside the 24 hours, and without an approved template",
    "63018": "Too many WhatsApp messages at once",
    "63021": "WhatsApp does not take this text",
    "63024": "The number is not on WhatsApp",
    "63027": "The WhatsApp template does not exist in this language",
    "63028": "The WhatsApp template has other variables",
    "63032": "WhatsApp does not deliver to this phone",
    "63033": "The patient has blocked us on WhatsApp",
    "63049": "WhatsApp chose not to deliver it",
}
SENDERS = frozenset(  # not the message is refused, but whoever sends it: nothing goes out until that is put right
    ["20003", "20404", "21212", "21408", "21606", "21659", "21660", "21703", "21705", "30002", "63001", "63007"]
)
CROWDED = frozenset(["20429", "21611", "30001", "63018"])  # the provider has too much to do just now


def in_words(code: str, otherwise: str = "") -> str:
    """A reason in words; of a number nobody has met yet, what the provider says itself."""
    return WORDS.get(code) or otherwise or (f"Reason {code}" if code else "No reason was given")
