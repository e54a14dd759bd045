"""What messages say: one template a kind, so that no text is made up anywhere else."""

from notifications.models import Message

TEXTS: dict[str, str] = {
    Message.Kind.CODE: "{code} is your Oozham code. It works for 5 minutes. Nobody from Oozham will ask you for it.",
    Message.Kind.BOOKED: "Token {token} with {doctor} at {place}, {day}, near {time}. See when to come: {link}",
    Message.Kind.TOGETHER: "Tokens {tokens} with {doctor} at {place}, {day}, near {time}. See them all: {link}",
    Message.Kind.MOVED: "Moved: token {token} with {doctor} at {place}, {day}, near {time}. {link}",
    Message.Kind.CANCELLED: "Cancelled: token {token} with {doctor} at {place}, {day}. Book again: {link}",
    Message.Kind.ADDED: "Token {token} with {doctor} at {place} today. Watch the line: {link}",
    Message.Kind.AFFECTED: "{why}: token {token} at {place}, {day}, near {time}. Move, wait or cancel: {link}",
    Message.Kind.TO_PAY: "Pay by {until} to keep token {token} with {doctor}, {day}, near {time}, {place}: {link}",
    Message.Kind.DELAYED: "{said}: token {token}, {place}. Wait: {wait} Another day: {move} Cancel: {cancel}",
    Message.Kind.OFFERED: "A place is free: {doctor}, {day} {time}, {place}. Yours until {until}: {link}",
}


def render(kind: str, **variables: object) -> str:
    """The text of a message; a missing variable is an error here, not a blank on somebody's phone."""
    return TEXTS[kind].format(**variables)
