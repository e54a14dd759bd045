"""Paying for a visit before it counts: how, until when; and the desk that says it is paid."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from clinics.access import public_page, staff_page
from clinics.models import Clinic
from scheduling import services
from scheduling.errors import BookingError
from scheduling.models import BookingRules
from scheduling.views.visits import SECRET, token_behind, token_today
from tokens.views.answers import STAFF


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
@require_POST
def desk_paid(request: HttpRequest, clinic: Clinic, doctor: str, number: int) -> HttpResponse:
    """The money has come: the visit counts, with those of the family that were booked with it."""
    token = token_today(request, clinic, doctor, number)
    try:
        paid = services.confirm_payment(token=token, by=request.user)
    except BookingError as error:
        messages.error(request, str(error))
    else:
        numbers = " and ".join(str(visit.token.number) for visit in paid) or number
        messages.success(request, f"Paid: token {numbers} counts now.")
    return redirect("tokens:desk_token", clinic.slug, doctor, number)
