"""A patient's token: the one page a visit needs."""

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRefresh

from clinics.access import is_verified, public_page, roles_of
from clinics.models import Role
from notifications import vapid
from notifications.kinds import Kind
from notifications.policies import sends
from patients.browser import is_proved
from tokens import screens
from tokens.models import ReservedNumber, Token
from tokens.qr import absolute, qr
from tokens.self_check_in import EXPECTED
from tokens.snapshot import Snapshot
from tokens.states import IN_LINE
from tokens.views.answers import STAFF


@public_page(because="the address is the secret, and it shows a first name only")
@never_cache
def ticket(request: HttpRequest, code: str) -> HttpResponse:
    """The number, who is inside, how many before, and when; live."""
    few = ("queue_id", "number", "code", "party", "clinic_id", "patient_id", "travel_minutes")
    token = Token.objects.only(*few).filter(code=code).first()
    if token is None:
        return _kept_number(request, code)
    if request.htmx and "kept" in request.GET:  # asked by the page of a number that was only kept before
        return HttpResponseClientRefresh()
    fragment = screens.draw(screens.of_queue("ticket", token.queue_id, token.pk))
    context: dict[str, object] = {}
    if "fragment" in request.GET:
        response = HttpResponse(fragment)
    else:
        path = token.get_absolute_url()
        picture = screens.newest(token.queue_id)
        context = {
            "token": token, "fragment": fragment, "place": picture.place(token.pk), "queue": picture,
            "qr": qr(path, "QR code of this token"), "address": absolute(path),
            "others": _party_of(token).exclude(pk=token.pk) if token.party else (),
            "desk": _desk(request, token, picture),
            "asks_travel": _asks_travel(token, picture), "push_key": _push_key(request, token),
        }  # fmt: skip
        response = render(request, "tokens/ticket.html", context)
    _told_to_nobody(response)
    if any(context.get(name) for name in ("desk", "asks_travel", "push_key")):
        # Forms say where they come from, or they would be refused; other sites are told nothing all the same.
        response["Referrer-Policy"] = "same-origin"
    return response


def _desk(request: HttpRequest, token: Token, picture: Snapshot) -> dict[str, bool] | None:
    """What the clinic's own people see on top, when they scan a patient's code; None for everybody else."""
    roles = roles_of(request.user, token.clinic_id)
    if roles.isdisjoint(STAFF) or (token.clinic.needs_second_factor and not is_verified(request.user)):
        return None
    is_today = picture.date == token.clinic.today()
    is_own = roles != {Role.DOCTOR} or token.queue.doctor.user_id == request.user.pk
    return {"is_today": is_today, "may_arrive": is_today and is_own and picture.place(token.pk).state in EXPECTED}


def _asks_travel(token: Token, picture: Snapshot) -> bool:
    """Whether it is of use to say how far away one is: to come to the clinic, and be told when to leave."""
    place = picture.place(token.pk)
    is_to_come = place.state in IN_LINE and not place.mode and picture.date >= timezone.localdate()
    return is_to_come and bool(place.phone_end) and sends(Kind.NEAR, token.clinic_id)


def _push_key(request: HttpRequest, token: Token) -> str:
    """What a browser needs to be told by push: shown where a code has proved the phone of this token's patient."""
    if not settings.VAPID_PRIVATE_KEY or not is_proved(request):
        return ""
    return vapid.public_key() if token.patient.phone_key == request.user.phone_key else ""


@public_page(because="the address is the secret of one of a family, and it shows first names only")
@never_cache
def party(request: HttpRequest, code: str) -> HttpResponse:
    """All the tokens of those who come together."""
    token = get_object_or_404(Token.objects.only("code", "party"), code=code)
    if token.party is None:
        return redirect(token)
    return _told_to_nobody(render(request, "tokens/party.html", {"family": _party_of(token)}))


def _kept_number(request: HttpRequest, code: str) -> HttpResponse:
    """A number on paper that nobody has been given yet: its page says so, and looks again by itself."""
    free = ReservedNumber.objects.free().select_related("queue__doctor", "queue__clinic")
    kept = get_object_or_404(free, code=code)
    if request.htmx and "kept" in request.GET:
        return HttpResponse(status=204)
    return _told_to_nobody(render(request, "tokens/kept_number.html", {"kept": kept}))


def _party_of(token: Token) -> QuerySet[Token]:
    """Those who come together, in the order of their times; whoever was moved, where they stand now."""
    related = ("patient", "queue__doctor", "queue__clinic")
    return Token.objects.filter(party=token.party, moved_to=None).select_related(*related).order_by("due_at", "number")


def _told_to_nobody(response: HttpResponse) -> HttpResponse:
    """The address is a secret: no search engine keeps it, no other page is told of it."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
