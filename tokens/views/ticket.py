"""A patient's token: the one page a visit needs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache

from clinics.access import public_page
from tokens import screens
from tokens.models import Token
from tokens.qr import absolute, qr


@public_page(because="the address is the secret, and it shows a first name only")
@never_cache
def ticket(request: HttpRequest, code: str) -> HttpResponse:
    """The number, who is inside, how many before, and when; live."""
    token = get_object_or_404(Token.objects.only("queue_id", "number", "code"), code=code)
    fragment = screens.draw(screens.of_queue("ticket", token.queue_id, token.pk))
    if "fragment" in request.GET:
        response = HttpResponse(fragment)
    else:
        path = token.get_absolute_url()
        picture = screens.newest(token.queue_id)
        context = {
            "token": token, "fragment": fragment, "place": picture.place(token.pk), "queue": picture,
            "qr": qr(path, "QR code of this token"), "address": absolute(path),
        }  # fmt: skip
        response = render(request, "tokens/ticket.html", context)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
