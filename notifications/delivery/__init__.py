"""From a row that is due to a provider that has it: claim, judge, hand over, record."""

from notifications.delivery.claiming import claim
from notifications.delivery.handing import hand_over
from notifications.delivery.receipts import hear
from notifications.delivery.recording import record
from notifications.delivery.room import Room

__all__ = ["Room", "claim", "hand_over", "hear", "record"]
