"""Waiting for a place: joining, leaving, answering an offer; and reception's list."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from clinics.access import go_and_come_back, is_patient, patient_page, public_page, staff_page
from clinics.models import Clinic, Role
from doctors.models import Doctor
from patients.browser import is_proved_at
from scheduling import services
from scheduling.errors import BookingError
from scheduling.forms import DaysForm, WaitlistForm
from scheduling.models import Offer, WaitlistEntry
from scheduling.views.who import CHOOSE, chosen, to_choose

SECRET = "the address is the secret, the message to the patient carries it, and it shows a first name only"  # noqa: S105
SHOWN = 500


@patient_page
def wait(request: HttpRequest, clinic: str, doctor: str) -> HttpResponse:
    """Join a doctor's waitlist: for which days, and who is coming."""
    doctors = Doctor.objects.active().select_related("clinic", "specialty")
    who = get_object_or_404(doctors, clinic__slug=clinic, slug=doctor)
    if not is_proved_at(request, who.clinic_id):  # a PIN counts at the clinic that gave it
        return go_and_come_back(request, reverse("patients:phone"))
    form = DaysForm(request.POST or None, initial=_days(who, request.GET.get("day", "")))
    person_form, sorry, nearest = None, "", None
    if request.method == "POST":
        patient, person_form = chosen(request)
        if patient is None and person_form is None:
            sorry = CHOOSE
        elif form.is_valid() and patient is not None:
            try:
                entry = services.join_waitlist(doctor=who, patient=patient, by=request.user, **form.cleaned_data)
            except BookingError as error:
                sorry, nearest = str(error), error.nearest
            else:
                place = WaitlistEntry.objects.numbered().get(pk=entry.pk).place
                said = f"{patient.first_name} is number {place} in line for {who.short_name}, {entry.days}."
                messages.success(request, f"{said} We send a message when a place is free.")
                return redirect("scheduling:visits")
    context = {"doctor": who, "clinic": who.clinic, "form": form, "sorry": sorry, "nearest": nearest}
    return render(request, "scheduling/wait.html", context | to_choose(request, person_form))


def _days(doctor: Doctor, asked: str) -> dict[str, object]:
    """The day that was full, or the coming two weeks."""
    today = doctor.clinic.today()
    try:
        day = parse_date(asked)
    except ValueError:
        day = None
    return {"first": day, "last": day} if day else {"first": today, "last": today + timedelta(days=13)}


@patient_page
@require_POST
def wait_leave(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Leave a waitlist."""
    mine = WaitlistEntry.objects.filter(patient__phone_key=request.user.phone_key).select_related("doctor", "patient")
    entry = get_object_or_404(mine, pk=pk)
    if not is_proved_at(request, entry.clinic_id):
        raise Http404
    services.leave_waitlist(entry=entry, by=request.user)
    messages.success(request, f"{entry.patient.first_name} waits for {entry.doctor.short_name} no longer.")
    return redirect("scheduling:visits")


@public_page(because=SECRET)
@never_cache
def offer(request: HttpRequest, code: str) -> HttpResponse:
    """A place was freed: book it with one tap, or let it go to the next in line."""
    beside = ("entry__doctor__clinic", "entry__patient", "hold__slot__branch")
    offered = get_object_or_404(Offer.objects.select_related(*beside), code=code)
    if request.method == "POST":
        by = request.user if is_patient(request.user) else None
        try:
            match request.POST.get("answer"):
                case "book":
                    return redirect(services.accept_offer(offer=offered, by=by).token)
                case "leave":
                    services.leave_waitlist(entry=offered.entry, by=by)
                case "decline":
                    services.decline(offer=offered, by=by)
        except BookingError as error:
            messages.error(request, str(error))
        return redirect(offered)
    if offered.state == Offer.State.BOOKED and offered.hold:
        return redirect(offered.hold.appointment.token)
    entry = offered.entry
    context = {
        "offer": offered, "entry": entry, "doctor": entry.doctor, "clinic": entry.doctor.clinic,
        "slot": offered.hold and offered.hold.slot, "waits": entry.state in WaitlistEntry.OPEN,
    }  # fmt: skip
    response = render(request, "scheduling/offer.html", context)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


@staff_page(Role.RECEPTIONIST, Role.ADMIN)
def waitlist(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """Who waits for which doctor, and a form to add somebody who is on the telephone."""
    doctors = Doctor.objects.at_work().filter(clinic=clinic).select_related("clinic").order_by("name")
    today = clinic.today()
    form = WaitlistForm(
        request.POST or None, doctors=doctors, initial={"first": today, "last": today + timedelta(days=13)}
    )
    if request.method == "POST" and form.is_valid():
        try:
            entry = services.add_to_waitlist(**form.cleaned_data, by=request.user)
        except BookingError as error:
            form.add_error(None, str(error))
        else:
            said = f"{entry.patient.name} is on the list of {entry.doctor.short_name}, {entry.days}."
            messages.success(request, said)
            return redirect("scheduling:waitlist", clinic.slug)
    waiting = WaitlistEntry.objects.filter(clinic=clinic).open().select_related("doctor", "patient")
    entries = list(waiting.numbered().with_offers().order_by("doctor__name", "doctor", "joined_at", "pk")[:SHOWN])
    return render(request, "scheduling/waitlist.html", {"clinic": clinic, "entries": entries, "form": form})


@staff_page(Role.RECEPTIONIST, Role.ADMIN)
@require_POST
def waitlist_remove(request: HttpRequest, clinic: Clinic, pk: UUID) -> HttpResponse:
    """Take somebody off a doctor's list."""
    entry = get_object_or_404(WaitlistEntry.objects.select_related("doctor", "patient"), clinic=clinic, pk=pk)
    services.leave_waitlist(entry=entry, by=request.user)
    messages.success(request, f"{entry.patient.name} is off the list of {entry.doctor.short_name}.")
    return redirect("scheduling:waitlist", clinic.slug)
