"""Proving a phone outside a booking, to see one's visits."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from clinics.access import is_patient, public_page
from clinics.shedding import network_of
from patients import challenges
from patients.browser import browser_of, sign_in
from patients.challenges import ChallengeError
from patients.forms import CodeForm, PhoneForm

OPEN = "anybody may prove a phone of their own"


@public_page(because=OPEN)
@never_cache
def phone(request: HttpRequest) -> HttpResponse:
    """Ask for a mobile number and send a code to it."""
    after = _next(request)
    if is_patient(request.user):
        return redirect(after)
    form = PhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            challenges.send_code(
                phone=form.cleaned_data["phone"], browser=browser_of(request), address=network_of(request)
            )
        except ChallengeError as error:
            form.add_error("phone", str(error))
        else:
            return redirect(f"{reverse('patients:code')}?{urlencode({'next': after})}")
    return render(request, "patients/phone.html", {"form": form, "next": after})


@public_page(because=OPEN)
@never_cache
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code and sign the browser in."""
    after = _next(request)
    challenge = challenges.open_challenge(browser=browser_of(request))
    if challenge is None:
        return redirect(after if is_patient(request.user) else "patients:phone")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            proved = challenges.answer(challenge=challenge, code=form.cleaned_data["code"], browser=browser_of(request))
        except ChallengeError as error:
            form.add_error("code", str(error))
        else:
            sign_in(request, proved)
            return redirect(after)
    return render(request, "patients/code.html", {"form": form, "next": after, "challenge": challenge})


@public_page(because="signs out whoever asks")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Forget this browser's phone: on a borrowed phone, for example."""
    logout(request)
    messages.success(request, "You are signed out. Your visits are kept.")
    return redirect("scheduling:home")


def _next(request: HttpRequest) -> str:
    """Where to go afterwards: an address of ours, or the visits."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else "/me/"
