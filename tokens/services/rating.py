"""What a patient thought of a visit."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from tokens.errors import TokenError
from tokens.models import Rating, Token
from tokens.states import State

CHANGEABLE = timedelta(days=1)
LONGEST = 500  # characters of words


def rate(*, token: Token, stars: int, words: str | None = None) -> Rating:
    """Give one to five stars for a visit, once; for a day they may be changed, or words added (None: as they are)."""
    if not 1 <= stars <= 5:
        raise TokenError("Tap one to five stars.")
    if words is not None and len(words) > LONGEST:
        raise TokenError(f"That is {len(words)} characters: please say it in {LONGEST}.")
    if token.state != State.COMPLETED:
        raise TokenError("Your visit is not over yet.")
    with transaction.atomic():
        rating, is_new = Rating.objects.select_for_update().get_or_create(
            token=token, defaults={"clinic_id": token.clinic_id, "stars": stars}
        )
        if not is_new and not may_change(rating):
            raise TokenError("You rated this visit more than a day ago: thank you, it stays as it is.")
        rating.stars = stars
        rating.words = rating.words if words is None else words or None
        rating.save(update_fields=["stars", "words"])
    return rating


def may_change(rating: Rating) -> bool:
    """Within a day of the first tap."""
    return timezone.now() < rating.created_at + CHANGEABLE
