"""What this browser asked to be told, as its session remembers: who signs out on a borrowed phone leaves nothing on."""

from uuid import UUID

from django.http import HttpRequest

from notifications.choosing import BROWSERS
from notifications.models import PushSubscription

KEY = "told_here"


def remember(request: HttpRequest, subscription: PushSubscription) -> None:
    """This session has asked to be told here."""
    before = request.session.get(KEY, [])
    request.session[KEY] = [*before, str(subscription.pk)][-BROWSERS:]


def forget(request: HttpRequest) -> None:
    """Nothing that this session asked for is told here any more: the next message goes another way."""
    if asked := [UUID(it) for it in request.session.pop(KEY, [])]:
        PushSubscription.objects.filter(pk__in=asked).delete()
