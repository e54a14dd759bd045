"""The development channel: messages go to the terminal; the inbox page shows them from the database."""

import sys

from django.conf import settings


class Terminal:
    """Prints messages where a developer sees them; elsewhere it says only that one went by."""

    name = "terminal"

    def send(self, *, to: str, text: str) -> None:
        """Print one message."""
        shown = f"to {to}: {text}" if settings.SHOW_INBOX else f"to a phone ending {to[-2:]}"
        print(f"✉ {shown}", file=sys.stdout, flush=True)
