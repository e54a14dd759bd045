"""Paying for a visit before it counts: how, until when; and the desk that says it is paid."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from clinics.access import public_page, staff_page
from clinics.models import Clinic, Role
from scheduling import services
from scheduling.errors import BookingError
from scheduling.models import Appointment, BookingRules
from scheduling.views.visits import SECRET, token_behind
from tokens.views.answers import STAFF, must_be_own

SHOWN = 200


@public_page(because=SECRET)
@never_cache
@require_safe
def pay(request: HttpRequest, code: str) -> HttpResponse:
    """How much, how, and until when. It looks by itself whether the money has come, and then leads to the token."""
    token = token_behind(code)
    visits = services.to_pay(token) if token.kept_until else []
    if not visits:
        return HttpResponseClientRedirect(token.get_absolute_url()) if request.htmx else redirect(token)
    if request.htmx:
        return HttpResponse(status=204)
    doctor = token.queue.doctor
    rules = BookingRules.objects.of(doctor)
    context = {
        "token": token, "doctor": doctor, "visits": visits, "sum_paise": sum(visit.fee_paise for visit in visits),
        "note": rules.payment_note if rules else "",
        "seconds_left": max(0, int((token.kept_until - timezone.now()).total_seconds())),
    }  # fmt: skip
    return render(request, "scheduling/pay.html", context)


@staff_page(*STAFF)
@require_safe
def payments(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """The visits of every day that are still to be paid for, the soonest to lapse first; doctors see their own."""
    visits = services.unpaid(clinic)
    if request.roles == {Role.DOCTOR}:
        visits = visits.filter(doctor__user=request.user)
    return render(request, "scheduling/payments.html", {"clinic": clinic, "visits": visits[:SHOWN]})


@staff_page(*STAFF)
@require_POST
def paid(request: HttpRequest, clinic: Clinic, pk: UUID) -> HttpResponse:
    """The money has come: the visit counts, with those of the family that were booked with it."""
    visit = get_object_or_404(Appointment.objects.select_related("token__queue__doctor"), clinic=clinic, pk=pk)
    token = visit.token
    must_be_own(request, token.queue)
    try:
        confirmed = services.confirm_payment(token=token, by=request.user)
    except BookingError as error:
        messages.error(request, str(error))
    else:
        numbers = " and ".join(str(it.token.number) for it in confirmed) or token.number
        messages.success(request, f"Paid: token {numbers} counts now.")
    if "token" in request.GET and token.queue.date == clinic.today():
        return redirect("tokens:desk_token", clinic.slug, token.queue.doctor.slug, token.number)
    return redirect("scheduling:payments", clinic.slug)
