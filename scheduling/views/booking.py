"""Booking, step by step: hold a time, prove a phone, say who comes, confirm."""

from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from clinics.access import View, public_page
from clinics.compiled import CompiledQuery
from doctors.models import Doctor
from patients import challenges, pins, proving
from patients.browser import browser_of, forget, is_proved_at, let_in, send_code
from patients.challenges import ChallengeError
from patients.forms import CodeForm, PersonForm, PhoneForm, PinForm
from scheduling import services
from scheduling.errors import BookingError
from scheduling.forms import VisitForm
from scheduling.free import free_slots, nearest_free
from scheduling.models import Appointment, BookingRules, Hold, Slot
from scheduling.views.who import CHOOSE, chosen, some_chosen, some_to_choose, to_choose

OWN = "a hold opens only in the browser that took it"
_OWN = CompiledQuery(
    lambda pk, browser: Hold.objects.select_related("slot", "doctor__clinic").filter(pk=pk, browser=browser)
)

_SLOT = CompiledQuery(lambda pk: Slot.objects.select_related("doctor__clinic").filter(pk=pk).order_by())


def step(view: View) -> View:
    """A form of the booking: opened like a page (a reload, a copied address), it leads to the step that is next."""

    @wraps(view)
    def page(request: HttpRequest, hold: UUID) -> HttpResponse:
        if request.method != "POST":
            return redirect("scheduling:book", hold)
        return view(request, hold)

    return public_page(because=OWN)(page)


@public_page(because="anybody may hold one time of a doctor, for ten minutes")
def hold(request: HttpRequest, clinic: str, doctor: str) -> HttpResponse:
    """Keep the tapped time for this browser."""
    if request.method != "POST":
        return redirect("scheduling:doctor", clinic, doctor)
    tapped, browser = _key(request.POST.get("slot", "")), browser_of(request)
    held = tapped and services.tap(clinic=clinic, doctor=doctor, slot=tapped, browser=browser)
    if held:
        return redirect("scheduling:book", held)
    slot = _slot(clinic, doctor, tapped)
    if slot is None:
        who = get_object_or_404(Doctor.objects.active().select_related("clinic"), clinic__slug=clinic, slug=doctor)
        if who.takes_patients:
            messages.error(request, f"That is not a time of {who.short_name}. Choose one of these.")
        return redirect(who)
    try:
        held = services.hold(slot=slot, browser=browser).pk
    except BookingError as error:
        forget(request)
        messages.error(request, str(error))
        return redirect(f"{slot.doctor.get_absolute_url()}?day={(error.nearest or slot).date}")
    return redirect("scheduling:book", held)


@public_page(because=OWN)
@never_cache
@require_safe
def book(request: HttpRequest, hold: UUID) -> HttpResponse:
    """The step this booking is at."""
    return _page(request, _own(request, hold))


@step
def phone(request: HttpRequest, hold: UUID) -> HttpResponse:
    """Send a code to a mobile number; the hold is kept alive meanwhile."""
    held = _own(request, hold)
    form = PhoneForm(request.POST)
    if not form.is_valid():
        return _page(request, held, phone_form=form)
    try:
        send_code(request, form.cleaned_data["phone"])
    except ChallengeError as error:
        if "again" not in request.POST:
            form.add_error("phone", str(error))
            return _page(request, held, phone_form=form)
        messages.error(request, str(error))
    else:
        services.extend(hold=held)
    return redirect("scheduling:book", held.pk)


@step
def code(request: HttpRequest, hold: UUID) -> HttpResponse:
    """Check the code; from then on this browser is the phone's."""
    held = _own(request, hold)
    challenge = challenges.open_challenge(browser=browser_of(request))
    if challenge is None:
        return redirect("scheduling:book", held.pk)
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            proof = proving.by_code(
                challenge=challenge, code=form.cleaned_data["code"], browser=browser_of(request)
            )  # fmt: skip
        except ChallengeError as error:
            form.add_error("code", str(error))
        else:
            return let_in(request, proof, redirect("scheduling:book", held.pk))
    return _page(request, held, code_form=form)


@step
def pin(request: HttpRequest, hold: UUID) -> HttpResponse:
    """Check a PIN from the counter, for which no message is needed."""
    held = _own(request, hold)
    form = PinForm(request.POST)
    if form.is_valid():
        if proof := proving.by_pin(**form.cleaned_data):
            return let_in(request, proof, redirect("scheduling:book", held.pk))
        form.add_error("code", pins.WRONG)
    return _page(request, held, pin_form=form)


@step
def confirm(request: HttpRequest, hold: UUID) -> HttpResponse:
    """Book for one of the family, or for somebody new; pressed again it answers with the same token."""
    held = _own(request, hold)
    if not is_proved_at(request, held.clinic_id):
        return redirect("scheduling:book", held.pk)
    if held.basket:
        return _confirm_together(request, held)
    patient, form = chosen(request)
    visit_form = VisitForm(request.POST, mode=held.slot.mode)
    typed = {"person_form": form, "visit_form": visit_form}
    if patient is None:
        return _page(request, held, sorry="" if form else CHOOSE, **typed)
    if not visit_form.is_valid():
        return _page(request, held, **typed)
    try:
        terms = services.Terms(**visit_form.cleaned_data)
        appointment = services.book(hold=held, patient=patient, by=request.user, terms=terms)
    except BookingError as error:
        return _page(request, held, sorry=str(error), nearest=error.nearest, **typed)
    return _booked(appointment)


def _booked(appointment: Appointment) -> HttpResponse:
    """Where a booking leads: to its token, or first to paying for it."""
    token = appointment.token
    return redirect("scheduling:pay", token.code) if token.kept_until else redirect(token)


def _confirm_together(request: HttpRequest, held: Hold) -> HttpResponse:
    """Book for several of the family, all or none."""
    people, forms, sorry = some_chosen(request, _many(held))
    if people or held.state == Hold.State.BOOKED:
        try:
            visits = services.book_together(basket=held.basket, patients=people, by=request.user)
        except BookingError as error:
            return _page(request, held, sorry=str(error), people_forms=forms)
        first = visits[0]
        return _booked(first) if first.token.kept_until else redirect("tokens:party", first.token.code)
    return _page(request, held, sorry=sorry, people_forms=forms)


@step
def release(request: HttpRequest, hold: UUID) -> HttpResponse:
    """Give the time back and choose another."""
    held = _own(request, hold)
    services.release(hold=held)
    return redirect(f"{held.doctor.get_absolute_url()}?day={held.slot.date}")


def _key(text: str) -> int | None:
    """A key as a form sends it; anything else is no key."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _slot(clinic: str, doctor: str, pk: int | None) -> Slot | None:
    """A time of this doctor, who takes patients."""
    slot = _SLOT.first(pk=pk) if pk else None
    is_theirs = slot and (slot.doctor.clinic.slug, slot.doctor.slug) == (clinic, doctor)
    return slot if is_theirs and slot.doctor.takes_patients else None


def _many(held: Hold) -> int:
    """How many places are held together; none when it is a single one."""
    return Hold.objects.filter(basket=held.basket).count() if held.basket else 0


def _own(request: HttpRequest, hold_id: UUID) -> Hold:
    """A hold of this browser; anybody else's is not there."""
    held = _OWN.first(pk=hold_id, browser=request.session.get("browser", ""))
    if held is None:
        raise Http404
    held.slot.doctor = held.doctor
    return held


def _page(
    request: HttpRequest,
    held: Hold,
    *,
    sorry: str = "",
    nearest: Slot | None = None,
    phone_form: PhoneForm | None = None,
    code_form: CodeForm | None = None,
    pin_form: PinForm | None = None,
    person_form: PersonForm | None = None,
    people_forms: list[PersonForm] | None = None,
    visit_form: VisitForm | None = None,
) -> HttpResponse:
    """The page of a booking, at the step that is next: phone, code, or who."""
    if held.state == Hold.State.BOOKED:
        appointment = held.appointment
        return redirect("tokens:party", appointment.token.code) if held.basket else _booked(appointment)
    doctor, slot = held.doctor, held.slot
    rules = BookingRules.objects.of(doctor)
    context = {
        "hold": held,
        "doctor": doctor,
        "clinic": doctor.clinic,
        "slot": slot,
        "sorry": sorry,
        "nearest": nearest,
        "many": _many(held),
        "pays_first": rules and rules.payment_minutes,
    }
    if held.state == Hold.State.RELEASED or held.is_expired:
        context["nearest"] = nearest or (slot if _still_free(slot) else nearest_free(doctor, to=slot))
        return render(request, "scheduling/book_over.html", context)
    if is_proved_at(request, held.clinic_id):
        many = context["many"]
        context |= some_to_choose(request, many, people_forms) if many else to_choose(request, person_form)
        context["step"] = "who"
        if not many:
            context["visit_form"] = visit_form or VisitForm(mode=slot.mode)
        return render(request, "scheduling/book.html", context)
    context |= _to_prove(request, held, phone_form, code_form, pin_form)
    return render(request, "scheduling/book.html", context)


def _to_prove(
    request: HttpRequest, held: Hold, phone_form: PhoneForm | None, code_form: CodeForm | None, pin_form: PinForm | None
) -> dict[str, object]:
    """What the steps of the phone and its code show."""
    if pin_form or "pin" in request.GET:
        return {"step": "pin", "pin_form": pin_form or PinForm()}
    challenge = None if phone_form or "change" in request.GET else challenges.open_challenge(browser=held.browser)
    if challenge is None:
        return {"step": "phone", "phone_form": phone_form or PhoneForm()}
    sending = proving.sending(challenge)
    return {"step": "code", "challenge": challenge, "sending": sending, "code_form": code_form or CodeForm()}


def _still_free(slot: Slot) -> bool:
    """Whether the time that was held can be held again."""
    return free_slots(timezone.now()).filter(pk=slot.pk).exists()
