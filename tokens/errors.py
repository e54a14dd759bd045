"""What a queue refuses."""


class TokenError(Exception):
    """Something the queue refuses, in words for the person who asked."""
