"""How far a patient is from the clinic, so that they are told in time to leave."""

from django.db import transaction
from django.utils import timezone

from tokens.errors import TokenError
from tokens.models import Queue, Token
from tokens.states import IN_LINE


def set_travel(*, token: Token, minutes: int | None) -> None:
    """So many minutes on the way, or None: then a patient is told when only a few are ahead."""
    if minutes is not None and minutes not in Token.TRAVEL:
        raise TokenError("Choose one of these.")
    if token.state not in IN_LINE:
        raise TokenError("Your turn has come already.")
    with transaction.atomic():
        Token.objects.filter(pk=token.pk).update(travel_minutes=minutes)
        Queue.objects.filter(pk=token.queue_id).update(near_look_at=timezone.now())
