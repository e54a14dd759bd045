"""What goes wrong in telling people, in words for whoever asked."""


class MessageError(Exception):
    """Why something about messages was not done; may be shown to the person who asked."""
