"""What a patient says by the links we send: how far away they are, and how it was."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from clinics.access import public_page
from tokens import services
from tokens.errors import TokenError
from tokens.models import Rating, Token
from tokens.services.rating import may_change
from tokens.states import State

SECRET = "the token's address is the secret, and it shows no name"  # noqa: S105
FACES = {1: "Bad", 2: "Not good", 3: "All right", 4: "Good", 5: "Very good"}


@public_page(because=SECRET)
@require_POST
def travel(request: HttpRequest, code: str) -> HttpResponse:
    """How many minutes the patient is away; anything but a number is “do not mind”."""
    token = get_object_or_404(Token.objects.only("queue_id", "code", "state"), code=code)
    asked = request.POST.get("minutes", "")
    minutes = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else None
    try:
        services.set_travel(token=token, minutes=minutes)
    except TokenError as error:
        messages.error(request, str(error))
    else:
        told = f"We tell you when it is time to leave, {minutes} minutes before." if minutes else (
            "Taken back: we tell you when only a few are before you."
        )  # fmt: skip
        messages.success(request, told)
    return redirect(token)


@public_page(because=SECRET)
@never_cache
def rate(request: HttpRequest, code: str) -> HttpResponse:
    """One to five stars by one tap, and then some words, if any."""
    token = get_object_or_404(Token.objects.select_related("queue__doctor", "clinic"), code=code)
    if token.state != State.COMPLETED:
        return redirect(token)
    error, typed = "", request.POST.get("words")
    if request.method == "POST":
        stars = request.POST.get("stars", "")
        try:
            services.rate(token=token, stars=int(stars) if stars in {"1", "2", "3", "4", "5"} else 0, words=typed)
        except TokenError as wrong:
            error = str(wrong)
        else:
            return redirect("tokens:rate", code)
    rating = Rating.objects.filter(token=token).first()
    context = {
        "token": token, "doctor": token.queue.doctor, "rating": rating, "faces": FACES, "error": error,
        "typed": (rating.words if rating else "") if typed is None else typed,
        "may_change": rating is None or may_change(rating),
    }  # fmt: skip
    response = render(request, "tokens/rate.html", context)
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
