"""A phone's visits; moving one, and calling one off."""

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from clinics.access import is_patient, patient_page, public_page, staff_page
from clinics.models import Clinic, Role, User
from patients.browser import only_clinic
from scheduling import services
from scheduling.days import doctor_page
from scheduling.errors import BookingError
from scheduling.models import Mode, Slot, WaitlistEntry
from scheduling.screens import of_page
from tokens.models import Queue, Token
from tokens.states import LIVE, State
from tokens.views.answers import must_be_own

SECRET = "the token's address is the secret, and the messages sent to the patient carry it"  # noqa: S105
PAST_SHOWN = 50


@patient_page
def visits(request: HttpRequest) -> HttpResponse:
    """What is coming and what was, for everybody of this phone."""
    clinic_id = only_clinic(request)
    own = {"patient__phone_key": request.user.phone_key} | ({"clinic": clinic_id} if clinic_id else {})
    mine = Token.objects.filter(**own).select_related(
        "patient", "queue__doctor__specialty", "queue__doctor__room", "clinic"
    )
    today = timezone.localdate()
    coming = mine.filter(queue__date__gte=today, state__in=LIVE).order_by("due_at")
    past = mine.exclude(queue__date__gte=today, state__in=LIVE).filter(moved_to=None).order_by("-due_at")
    past = past.annotate(visit=F("appointment__state"))[:PAST_SHOWN]
    waits = WaitlistEntry.objects.open().filter(**own)
    waits = waits.select_related("patient", "doctor", "clinic").numbered().with_offers().in_line()
    context = {"coming": coming, "past": past, "today": today, "waits": waits}
    context["only"] = Clinic.objects.filter(pk=clinic_id).first() if clinic_id else None
    return render(request, "scheduling/visits.html", context)


@public_page(because=SECRET)
@never_cache
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Call a visit off: asked once, because it cannot be undone."""
    token = token_behind(code)
    if request.method == "POST":
        try:
            services.cancel(token=token, by=_patient(request), why="Called off by the patient.", from_patient=True)
        except BookingError as error:
            messages.error(request, str(error))
        return redirect(token)
    if token.state not in LIVE or token.state == State.CONSULTING or _is_past(token):
        return redirect(token)
    return render(request, "scheduling/cancel.html", {"token": token, "doctor": token.queue.doctor})


@public_page(because=SECRET)
@never_cache
def move(request: HttpRequest, code: str) -> HttpResponse:
    """Choose another time of the same doctor; the old place is kept until the new one is taken."""
    token = token_behind(code)
    doctor = token.queue.doctor
    appointment = getattr(token, "appointment", None)
    if appointment is None and token.state in LIVE and not _is_past(token):
        return redirect(doctor)  # a number given at the desk has no time to move: another day is booked anew
    if token.state not in (State.BOOKED, State.LATE) or appointment is None or _is_past(token):
        if token.state in LIVE and not _is_past(token):
            messages.info(request, "You are at the clinic already: ask the desk to move you.")
        return redirect(token)
    sorry, day = "", request.GET.get("day", "")
    if request.method == "POST":
        tapped = request.POST.get("slot", "")
        slot = (
            Slot.objects.filter(pk=tapped, doctor=doctor).first() if tapped.isdecimal() and len(tapped) < 19 else None
        )
        if slot is None:
            sorry = f"That is not a time of {doctor.short_name}. Choose one of these."
        else:
            try:
                return redirect(services.reschedule(token=token, slot=slot, by=_patient(request)))
            except BookingError as error:
                sorry, day = f"{error} Your old time is kept.", str((error.nearest or slot).date)
    how = Mode(token.mode)
    shown = doctor_page(doctor, asked=day, how=how.slug)
    context = {
        "token": token, "doctor": doctor, "clinic": doctor.clinic, "shown": shown, "sorry": sorry,
        "is_offered": shown.mode == how,
    }  # fmt: skip
    return render(request, "scheduling/move.html", context | {"fragment": of_page(shown)})


@staff_page(Role.RECEPTIONIST, Role.DOCTOR, Role.ADMIN)
@require_POST
def desk_cancel(request: HttpRequest, clinic: Clinic, doctor: str, number: int) -> HttpResponse:
    """Reception calls a token off, with a reason; its slot is free again at once."""
    token = token_today(request, clinic, doctor, number)
    why = " ".join(request.POST.get("why", "").split())[:160] or "Called off at the desk."
    try:
        services.cancel(token=token, by=request.user, why=why)
        messages.success(request, f"Token {number} is cancelled.")
    except BookingError as error:
        messages.error(request, str(error))
    back = "scheduling:rest_of_day" if request.GET.get("at") == "rest" else "tokens:desk"
    return redirect(back, clinic.slug, doctor)


def token_behind(code: str) -> Token:
    """The token behind a secret address."""
    beside = ("queue__doctor__clinic", "queue__doctor__specialty", "queue__clinic", "patient", "clinic")
    return get_object_or_404(Token.objects.select_related(*beside), code=code)


def token_today(request: HttpRequest, clinic: Clinic, doctor: str, number: int) -> Token:
    """A token of the queue a doctor works on now, as the desk names it; a doctor's own."""
    running = Queue.objects.running(clinic).filter(doctor__slug=doctor).order_by("date")  # past midnight, two may be
    beside = ("queue__doctor", "queue__clinic", "clinic", "patient")
    token = get_object_or_404(Token.objects.select_related(*beside), queue=running.first(), number=number)
    must_be_own(request, token.queue)
    return token


def _is_past(token: Token) -> bool:
    """Its day is over."""
    return token.queue.is_over


def _patient(request: HttpRequest) -> User | None:
    """Who pressed, when the phone has proved itself; the link alone names nobody."""
    return request.user if is_patient(request.user) else None
